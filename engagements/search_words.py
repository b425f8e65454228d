"""What a person asks for in a search, and how words are compared: without accents, case and signs.

PostgreSQL folds by a function of its own, written from the tables below (search_in_database.py); a test holds the two together.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.canonical import tidy

# Letters of a text that are looked at; and of a word.
LONGEST_TEXT, LONGEST_WORD = 100_000, 200
MOST_TERMS = 12
PREFIX_FROM = 3  # letters from which a word stands for all that begin with it
FIELD_END = "\x01"  # between two fields of a record; no phrase reaches over it
GAP = "|"  # what it becomes


def _class(*spans: tuple[int, int]) -> str:
    """The spans as a class of a regular expression that Python and PostgreSQL read alike."""

    def written(number: int) -> str:
        return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"

    return "[" + "".join(f"{written(first)}-{written(last)}" for first, last in spans) + "]"


# Accents and invisible letters, which nobody types: they go.
DROPPED = _class((0x300, 0x36F), (0xAD, 0xAD), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF))
# Signs, which part words: all that is neither letter nor digit.
SIGNS = _class(
    (0x02, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2B0, 0x2FF), (0x2000, 0x206F),
    (0x20A0, 0x20CF), (0x2100, 0x2BFF), (0x2E00, 0x2E7F), (0x3000, 0x303F), (0xFE10, 0xFE6F), (0xFF00, 0xFF0F), (0xFFF0, 0xFFFF),
    (0x1F000, 0x1FAFF), (0xE0000, 0xE01EF),
)  # fmt: skip
# Letters that take no accent apart, and what they are without it.
ONE_FOR_ONE = str.maketrans("øłđðħıςØŁĐÐĦ", "olddhiσolddh")  # noqa: RUF001
SPELLED_OUT = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
_DROPPED, _SIGNS = re.compile(DROPPED), re.compile(f"(?:{SIGNS}|\x00)+")


def folded(*fields: str | None) -> str:
    """The words of ``fields``, each with a blank around it: " cote d ivoire | accra "; nothing where there are none."""
    text = FIELD_END.join(field for field in fields if field)[:LONGEST_TEXT]
    if text.isascii():  # most are: there is nothing but case to fold
        text = text.lower()
    else:
        text = _without_accents(text)
    text = _SIGNS.sub(" ", text).replace(FIELD_END, f" {GAP} ").strip(" ")
    return f" {text} " if text.strip(f" {GAP}") else ""


def _without_accents(text: str) -> str:
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text)[:LONGEST_TEXT]).lower().translate(ONE_FOR_ONE)
    for letter, spelled in SPELLED_OUT.items():
        text = text.replace(letter, spelled)
    return text


def words_of(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in folded(text).split() if word != GAP]


@dataclass(frozen=True)
class Term:
    """One thing asked for: a word, or words that follow each other. ``is_open``: the last one may go on."""

    words: tuple[str, ...]
    is_open: bool = True
    is_unwanted: bool = False

    @property
    def pattern(self) -> str:
        """For LIKE, over folded text."""
        return f"% {' '.join(self.words)}{'%' if self.is_open else ' %'}"

    def is_in(self, folded_text: str) -> bool:
        return f" {' '.join(self.words)}{'' if self.is_open else ' '}" in folded_text

    def has(self, word: str) -> bool:
        """Whether the folded ``word`` is one that this term asks for."""
        return word in self.words or (self.is_open and word.startswith(self.words[-1]))


_ASKED = re.compile(r'(?P<no>-?)"(?P<phrase>[^"]*)"|(?P<token>\S+)')


def terms_of(text: str) -> list[Term]:
    """The terms of ``text``: every word counts, "words in quotes" as they stand, -word not. At most MOST_TERMS; signs say nothing."""
    found = []
    for match in _ASKED.finditer(tidy(text)):
        if (phrase := match["phrase"]) is not None:
            words, is_open, is_unwanted = words_of(phrase), False, bool(match["no"])
        else:
            words = words_of(match["token"])
            is_open, is_unwanted = bool(words) and len(words[-1]) >= PREFIX_FROM, match["token"].startswith("-")
        if words:
            found.append(Term(tuple(words), is_open, is_unwanted))
    return list(dict.fromkeys(found))[:MOST_TERMS]


# What was found, shown -----------------------------------------------------------------------------

_RUN = re.compile(f"(?:(?!{SIGNS})[^\x00\x01]|{DROPPED})+")
AROUND = 90  # letters left before the first word of a snippet
LONG = 260


def hits_in(text: str, terms: list[Term]) -> list[tuple[int, int]]:
    """Where in ``text`` the wanted words stand."""
    wanted = [term for term in terms if not term.is_unwanted]
    if len(text) < LONGEST_TEXT // 4:  # most texts have none of them: then they need not be gone through word by word
        whole = folded(text)
        wanted = [term for term in wanted if any(f" {word}" in whole for word in term.words)]
    if not wanted:
        return []
    runs = ((run.span(), _words_of_run(run.group())) for run in _RUN.finditer(text))
    return [span for span, words in runs if any(term.has(word) for word in words for term in wanted)]


def _words_of_run(run: str) -> list[str]:
    return [run.lower()[:LONGEST_WORD]] if run.isascii() else words_of(run)


def marked(text: str, terms: list[Term]) -> SafeString:
    """``text`` as HTML with the wanted words marked."""
    pieces, end = [], 0
    for first, last in hits_in(text, terms):
        pieces.append((text[end:first], text[first:last]))
        end = last
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[end:])


def snippet(texts: list[tuple[str, str]], terms: list[Term]) -> tuple[str, str]:
    """Of ``texts`` (label, text) the one with most of the wanted words: its label, and the stretch around the first of them.

    Two empty texts where none has any.
    """
    best, most = ("", ""), 0
    for label, given in texts:
        text = " ".join(given.split())
        spans = hits_in(text, terms)
        different = len({text[first:last].lower() for first, last in spans})
        if different > most:
            best, most = (label, _around(text, *spans[0])), different
    return best


def _around(text: str, first: int, last: int) -> str:
    start = max(0, first - AROUND)
    if start:
        start = text.find(" ", start, first) + 1 or first
    end = start + LONG
    if end < len(text):
        end = max(text.rfind(" ", start, end), min(last, end))
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")
