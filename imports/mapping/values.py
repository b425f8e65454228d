"""The text of a cell becomes a value or a fault, never an exception. What was read once is not read again."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from catalog.canonical import canonical, tidy
from catalog.country_codes import as_name
from catalog.partial_dates import FIRST_YEAR, LAST_YEAR, PartialDate
from engagements.export import lists
from engagements.export.guard import unguard
from imports.mapping.dates import UNKNOWN, Fault, Read, read_date
from imports.mapping.numbers import TIMES, read_decimal, read_people
from imports.mapping.parsed import REVIEW, Named
from imports.mapping.spans import read_end
from imports.mapping.spec import Rule
from imports.mapping.targets import Reads, Target

NOTHING: Read = (None, None)
IsName = Callable[[str, str], bool]  # (list, text): whether the text is a name in the list
_WEAKER = "/,&"  # than others between two names, the last the weakest but words
KEPT = 10_000  # cells a column remembers, as the days of 27 years; then it begins again
_YES = {"yes", "y", "true", "t", "1", "x", "✓", "✔", "on"}
_NO = {"no", "n", "false", "f", "0", "-", "off"}
# Tab, line feed and carriage return are text; the other controls, and halves of letters, are not.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONG_NAME = 500
_is_address = URLValidator(schemes=["http", "https"])


class Memory(dict):
    """``memory[cell]``: what ``read`` makes of a cell, kept while there is room."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[Any], Any]):
        super().__init__()
        self.read = read

    def __missing__(self, cell: Any) -> Any:
        if len(self) >= KEPT:
            self.clear()
        found = self[cell] = self.read(cell)
        return found


class Missing:
    """The tokens that stand for nothing: an empty cell, and what the mapping states."""

    def __init__(self, tokens: tuple[str, ...]):
        self.tokens = {"", *(tidy(token).casefold() for token in tokens)}

    def __call__(self, text: str) -> bool:
        return text.casefold() in self.tokens


def cell_reader(
    target: Target, rule: Rule, missing: Missing, decimal: str = ".", beside: str = "", is_name: IsName | None = None
) -> Callable[[str], Read]:
    """A function from the text of a cell to its value, None where it says nothing, and the fault, None where there is none.

    A target of several entries gives a tuple; so does any target whose rule splits the cell. ``beside``: see ``spans.read_end``.
    What ``is_name`` knows as one name is not parted: Trinidad and Tobago.
    """
    one = _value_reader(target, rule, decimal, beside)
    mapped = {canonical(text): said for text, said in rule.values.items()}
    contained = [(canonical(part), said) for part, said in rule.contains.items()]
    many = target.reads is Reads.ENTRIES or bool(rule.split)
    kind = _list_of(target, rule)
    is_plain = not (many or mapped or contained or rule.guarded or rule.after or rule.before or rule.codes)

    def piece(text: str) -> Read:
        if mapped and (key := canonical(text)) in mapped:
            said = mapped[key]
            if said is None or said == "":
                return NOTHING
            text = said
        elif rule.codes and kind in {"party", "country"}:
            text = as_name(rule.codes, text)
        if missing(text):
            return NOTHING
        return one(text)

    def is_whole(text: str) -> bool:
        return canonical(text) in mapped or bool(kind and is_name and is_name(kind, text))

    def read(cell: str) -> Read:
        if _NO_TEXT.search(cell):
            return None, Fault(_("The cell holds a character that is no text."))
        text = tidy(cell)
        if is_plain:
            return NOTHING if missing(text) else one(text)
        if rule.guarded:
            text = unguard(text)
        if missing(text):
            return NOTHING
        if rule.after or rule.before:
            text = _part(text, rule)
        if contained:
            key = canonical(text)
            text = next((said for part, said in contained if part in key), "")
        if target.reads is Reads.SOURCES:
            return one(text)
        if not many or canonical(text) in mapped:
            value, fault = piece(text)
            return ((value,) if many and value is not None else value), fault
        values, first = [], None
        for part in _pieces(text, rule, is_whole):
            value, fault = piece(part)
            first = first or fault
            if value is not None:
                values.append(value)
        return (tuple(values) or None), first

    def forgiving(cell: str) -> Read:
        value, fault = read(cell)
        if fault and fault.severity != REVIEW:
            return value, Fault(fault.sentence, REVIEW)
        return value, fault

    return forgiving if rule.unreadable == "flag" else read


def _part(text: str, rule: Rule) -> str:
    """What stands after ``rule.after`` and before ``rule.before``; nothing where they do not occur."""
    if rule.after:
        text = text.partition(rule.after)[2]
    if rule.before:
        before, mark, _rest = text.partition(rule.before)
        text = before if mark else ""
    return text.strip()


def _pieces(text: str, rule: Rule, is_whole: Callable[[str], bool]) -> list[str]:
    if rule.escaped:
        return [piece for piece in lists.split(text) if piece]
    if rule.split:
        return [stripped for piece in _parted(text, _marks(rule.split), is_whole) if (stripped := piece.strip())]
    return [text]


def _parted(text: str, marks: tuple[re.Pattern[str], ...], is_whole: Callable[[str], bool]) -> list[str]:
    """At the strongest mark first, so that a name with a weaker one in it is seen as a whole before it is parted."""
    marks = tuple(mark for mark in marks if mark.search(text))
    if not marks or is_whole(text.strip()):
        return [text]
    return [part for piece in marks[0].split(text) for part in _parted(piece, marks[1:], is_whole)]


@lru_cache(maxsize=256)
def _marks(split: str) -> tuple[re.Pattern[str], ...]:
    """What stands between two pieces: one mark, or several with a blank between them. A word is one only as a whole: not in "Finland"."""
    marks = sorted(split.split() or [split], key=lambda mark: (mark.isalpha(), _WEAKER.find(mark), -len(mark)))
    return tuple(re.compile(rf"(?<!\w){mark}(?!\w)" if mark.isalpha() else re.escape(mark), re.IGNORECASE) for mark in marks)


def _list_of(target: Target, rule: Rule) -> str:
    """The list in which its names are looked up; empty for a target that has no names."""
    return rule.resolve if target.name == "participant" else target.entries


def _value_reader(target: Target, rule: Rule, decimal: str, beside: str) -> Callable[[str], Read]:
    """The reader of one value that is there."""
    reads = target.reads
    if reads is Reads.TEXT:
        return lambda text: _text(text, target.max_length)
    if reads is Reads.LONG:
        return lambda text: (text.replace("\r\n", "\n").replace("\r", "\n"), None)
    if reads is Reads.PARTIAL_DATE:
        return lambda text: _date(text, rule, starts=target.field != "ends", beside=beside)
    if reads is Reads.DAY:
        return lambda text: _day(text, rule)
    if reads is Reads.YEAR:
        return _year
    if reads is Reads.INTEGER:
        return lambda text: read_people(text, decimal)
    if reads is Reads.DECIMAL:
        return _decimal_reader(target, rule, decimal)
    if reads is Reads.BOOLEAN:
        return _boolean
    if reads is Reads.CHOICE:
        return lambda text: choice(text, target)
    if reads in {Reads.ENTRY, Reads.ENTRIES}:
        kind = _list_of(target, rule)
        return lambda text: _named(text, kind)
    if reads is Reads.URL:
        return lambda text: _url(text, target.max_length)
    if reads is Reads.CURRENCY:
        return _currency
    if reads is Reads.SOURCES:
        return _sources
    return lambda text: NOTHING


def _text(text: str, longest: int | None) -> Read:
    """One line of text: line ends count as blanks."""
    if "\n" in text or "\r" in text or "\t" in text:
        text = re.sub(r"\s*[\n\r\t]\s*", " ", text)
    if longest is not None and len(text) > longest:
        return None, Fault(_("The text has %(count)s characters; at most %(most)s fit.") % {"count": len(text), "most": longest})
    return text, None


def _dated(text: str, rule: Rule) -> tuple[PartialDate | None, Fault | None]:
    century = int(rule.century_from) if rule.century_from else None
    return read_date(text, rule.order, first_of_month_is_month=rule.first_of_month == "month", century_from=century)


def _date(text: str, rule: Rule, *, starts: bool, beside: str) -> Read:
    date, fault = _dated(text, rule)
    if date is None and rule.to in {"starts", "ends"}:
        date, fault = read_end(text, rule, beside) or (date, fault)
    if date is not None and date.open and starts:
        return UNKNOWN, Fault(_("Only an end can be open."), REVIEW)
    return (UNKNOWN if date is None and rule.unreadable else date), fault


def _day(text: str, rule: Rule) -> Read:
    date, fault = _dated(text, rule)
    if date is None or (not date.year and not date.open):
        return None, fault
    if date.day is None:
        return None, Fault(_("A full date is needed here: day, month and year."))
    return date.earliest, fault


def _year(text: str) -> Read:
    match = re.fullmatch(r"(?:FY|fy|Fy)?\s*([0-9]{4})(?:\.0+)?", text)
    if not match:
        return None, Fault(_("“%(text)s” is not read as a year.") % {"text": text[:40]})
    year = int(match[1])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        said = {"year": year, "first": FIRST_YEAR, "last": LAST_YEAR}
        return None, Fault(_("The year %(year)s is outside %(first)s to %(last)s.") % said, REVIEW)
    return year, None


def _decimal_reader(target: Target, rule: Rule, decimal: str) -> Callable[[str], Read]:
    of_money = target.group == "funding"
    is_degrees = target.name in {"latitude", "longitude"}
    # Degrees out of range are read, so that the flag can name the likely swap.
    return lambda text: read_decimal(
        text.rstrip("°") if is_degrees else text,
        decimal,
        places=target.places,
        digits=target.digits,
        currency=rule.currency if of_money else None,
        lowest=0 if of_money else None,
        rounds=is_degrees,
        times=TIMES.get(rule.times, 1),
    )


def _boolean(text: str) -> Read:
    word = canonical(text)
    if word in _YES:
        return True, None
    if word in _NO:
        return False, None
    return None, Fault(_("“%(text)s” is neither yes nor no.") % {"text": text[:40]})


@lru_cache(maxsize=256)
def choice_words(target: Target, language: str) -> dict[str, str]:
    """The spellings of a closed list: code and label, and each half of a label such as "Trainee or recipient"."""
    words: dict[str, str] = {}
    for code, label in target.options:
        words[_word(code)] = words[_word(label)] = code
    for code, label in target.options:
        for half in re.split(r" or |, ", label):
            words.setdefault(_word(half), code)
    return words


def _word(text: str) -> str:
    return canonical(text).replace("_", " ").replace("-", " ")


def choice(text: str, target: Target) -> Read:
    """The code of a value of a closed list, or a name to ask about."""
    from django.utils.translation import get_language

    code = choice_words(target, get_language() or "").get(_word(text))
    return (code, None) if code else _named(text, f"choice:{target.name}")


def _named(text: str, kind: str) -> Read:
    text = " ".join(text.split())
    if len(text) > _LONG_NAME:
        return None, Fault(_("This is no name: it has %(count)s characters.") % {"count": len(text)})
    return Named(kind, text), None


def _url(text: str, longest: int | None) -> Read:
    try:
        _is_address(text)
    except ValidationError:
        return None, Fault(_("“%(text)s” is not a web address.") % {"text": text[:60]})
    return _text(text, longest)


def _currency(text: str) -> Read:
    code = text.upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return code, None
    return None, Fault(_("A currency has three capital letters, such as EUR."))


def _sources(text: str) -> Read:
    """ "title | publisher | address; …", as our own exports write them."""
    found = []
    for parts in lists.split_parts(text):
        title, publisher, url = (part.strip() for part in (*parts, "", "")[:3])
        _kept, fault = _text(title, 400) if title else (None, Fault(_("A source has no title.")))
        fault = fault or (_text(publisher, 200)[1]) or (_url(url, 500)[1] if url else None)
        if fault:
            return None, fault
        found.append((title, publisher, url))
    return (tuple(found) or None), None


def reads_nothing(value: Any) -> bool:
    """Whether a value says nothing: not known, not given."""
    return value is None or (isinstance(value, PartialDate) and not value)
