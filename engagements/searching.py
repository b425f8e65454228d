"""What the search page shows: records, entries of lists and case studies that have all the words, with the words marked."""

import re
from dataclasses import dataclass, field
from itertools import islice
from textwrap import shorten
from typing import Any

from django.db.models import F, QuerySet, Value
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from accounts.models import User
from catalog.models import Country
from engagements import models, search_index
from engagements.references import PATTERN
from engagements.search_hits import Words
from engagements.search_order import COUNTED, Best, Search
from engagements.search_texts import LISTED, texts_below, together
from engagements.search_words import Term, folded, hits_in, marked, snippet, terms_of, words_of

SHOWN, ENTRIES_SHOWN = 20, 8
LINES = 2  # of a record, besides its title and facts
BEGINNING = 200  # letters of a summary or definition
STORIES = "casestudy"
OF_ITS_OWN = ["country", "organization", "framework"]  # lists that are a group of their own
TITLES_ASKED = 2_000  # of the newest records, when a better spelling is looked for
LIKE_ENOUGH = 74  # of 100
SHORTEST = 4  # letters of a word that is looked for in another spelling
# A code that nobody types as a word: us-dod, m49:002, JPN.
CODE = re.compile(r"[A-Z]{3}|(?=.*[0-9:_-])[A-Za-z0-9][A-Za-z0-9:_-]*", re.ASCII)


@dataclass
class Hit:
    """One thing found, with the words marked. ``lines`` are (from what of it, text); ``facts`` type, country and reference."""

    title: SafeString
    address: str
    about: str = ""
    lines: list[tuple[str, SafeString]] = field(default_factory=list)
    record: Any = None
    facts: tuple[SafeString, ...] = ()


@dataclass
class Group:
    code: str
    title: str
    hits: list[Hit]
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.hits)


@dataclass
class Found:
    """All that was found.

    Where nothing has just these words: ``better`` are words spelled almost like them, and this is what has those; or
    ``is_alike``: these are titles and names spelled almost like them.
    """

    terms: list[Term] = field(default_factory=list)
    records: list[Hit] = field(default_factory=list)
    count: int = 0
    has_more: bool = False  # than are counted: not all of them are ranked
    groups: list[Group] = field(default_factory=list)
    is_alike: bool = False
    better: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.records and not self.groups


def direct(rows: QuerySet, text: str) -> str:
    """The address of the one record of ``rows``, or the one entry, whose reference or code ``text`` is; "" where none is."""
    text = text.strip()
    if PATTERN.fullmatch(text.upper()):
        record = rows.filter(reference=text.upper()).first()
        return record.get_absolute_url() if record else ""
    if not CODE.fullmatch(text):
        return ""
    # A country's code is often a word, too: it is written in capitals.
    models_asked = [model for model in LISTED.values() if model is not Country or text.isupper()]
    entries = together(
        model.objects.filter(code__iexact=text, merged_into=None).values_list(Value(model._meta.model_name), "code")
        for model in models_asked
    )
    found = list(entries[:2])
    if len(found) != 1:
        return ""
    return LISTED[found[0][0]](code=found[0][1]).get_absolute_url()


def find(user: User, text: str) -> Found:
    """What of the records that ``user`` may see, of lists and of case studies has all words of ``text``."""
    terms = terms_of(text)
    if not text.strip():
        return Found()
    if not terms:
        return _signs(user, text)
    found = _having(user, terms, text)
    if PATTERN.fullmatch(text.strip().upper()):
        return found  # a reference is right or it is not
    rows = models.Engagement.objects.visible_to(user).current()
    if found.is_empty and (better := _better(rows, terms)):
        meant = _having(user, terms_of(better), better)
        meant.better = better
        found = found if meant.is_empty else meant
    if found.is_empty and search_index.forgives(rows.db):
        alike = rows.spelled_like(text)
        entries = search_index.entries_having(terms, rows.db, is_forgiving=True)
        found = _found(text, _alike(alike), entries, rows, Words(terms, rows.db))
        found.is_alike = not found.is_empty
    return found


def _having(user: User, terms: list[Term], text: str) -> Found:
    search = Search(user, terms)
    return _found(text, search.best(SHOWN), search.words.entries_of_all(), search.rows, search.words)


def _signs(user: User, text: str) -> Found:
    rows = models.Engagement.objects.visible_to(user).current()
    return _found(text, _alike(rows.search(text)), [], rows, Words([], rows.db))


def _alike(rows: QuerySet) -> Best:
    """The newest of ``rows``."""
    first = list(rows.order_by(F("starts_on").desc(nulls_last=True), "reference").values_list("pk", flat=True)[:SHOWN])
    count = rows.order_by()[: COUNTED + 1].count() if first else 0
    return Best(first, min(count, COUNTED), count > COUNTED)


def _found(text: str, best: Best, entries: list[tuple[str, int]], rows: QuerySet, words: Words) -> Found:
    terms = list(words.terms)
    shown = {}
    if best.pks:
        shown = {record.pk: record for record in rows.filter(pk__in=best.pks).select_related("type", "country", "framework")}
    records = [shown[pk] for pk in best.pks if pk in shown]
    return Found(terms, _hits(records, terms, words), best.count, best.is_more, _groups(entries, terms, text))


# Records -------------------------------------------------------------------------------------------


def _hits(records: list[Any], terms: list[Term], words: Words) -> list[Hit]:
    below = texts_below(records, words)
    return [
        Hit(
            marked(record.title, terms),
            record.get_absolute_url(),
            record=record,
            facts=tuple(marked(str(fact or ""), terms) for fact in (record.type, record.country, record.reference)),
            lines=_lines(record, [*_own_texts(record), *below[record.pk]], terms),
        )
        for record in records
    ]


def _lines(record, texts: list[tuple[str, str]], terms: list[Term]) -> list[tuple[str, SafeString]]:
    """Where the words stand that title and facts do not have: (label, text), at most LINES; else its summary."""
    shown = [folded(str(fact)) for fact in (record.title, record.type, record.country, record.reference)]
    missing = [term for term in terms if not term.is_unwanted and not any(term.is_in(fact) for fact in shown)]
    lines: list[tuple[str, SafeString]] = []
    while missing and len(lines) < LINES:
        where, text = snippet(texts, missing)
        if not text:
            break
        lines.append((where, marked(text, terms)))
        missing = [term for term in missing if not hits_in(text, [term])]
    if not lines and record.summary:
        text = snippet([("", record.summary)], terms)[1] or shorten(record.summary, BEGINNING, placeholder=" …")
        lines.append(("", marked(text, terms)))
    return lines


def _own_texts(record) -> list[tuple[str, str]]:
    series = record.framework
    named = [
        (_("Place"), record.place),
        (_("Series"), series and series.name),
        (_("Series"), series and series.abbreviation),
        (_("Iteration"), record.iteration),
    ]
    return [("", record.summary), *((label, value) for label, value in named if value)]


# Lists and case studies ----------------------------------------------------------------------------


def _groups(found: list[tuple[str, int]], terms: list[Term], text: str) -> list[Group]:
    """Countries, organizations, frameworks, all other lists together, and case studies; in each the closest names first."""
    pks: dict[str, list[int]] = {}
    for kind, pk in found:
        pks.setdefault(kind, []).append(pk)
    if not pks:
        return []
    entries: list[tuple] = []
    spellings: dict[tuple[str, int], list[str]] = {}
    for kind, pk, code, name, text_of_it in together(rows for asked_kind in pks for rows in _entries(asked_kind, pks[asked_kind])):
        if code:
            entries.append((kind, pk, code, name, text_of_it))
        else:
            spellings.setdefault((kind, pk), []).append(name)
    asked = " ".join(words_of(text))

    def closeness(entry):
        words = " ".join(words_of(entry[3]))
        return words != asked and folded(entry[2]).strip() != asked, not words.startswith(asked), words, entry[2]

    entries.sort(key=closeness)
    groups = []
    for code in [*OF_ITS_OWN, "lists", STORIES]:
        of_group = [entry for entry in entries if (entry[0] if entry[0] in {*OF_ITS_OWN, STORIES} else "lists") == code]
        if of_group:
            title = _("Lists") if code == "lists" else capfirst(_model(code)._meta.verbose_name_plural)
            hits = [_entry_hit(entry, spellings.get(entry[:2], []), terms) for entry in of_group[:ENTRIES_SHOWN]]
            groups.append(Group(code, title, hits, len(of_group)))
    return groups


def _model(kind: str) -> type:
    return LISTED.get(kind, models.CaseStudy)


def _entries(kind: str, pks: list[int]) -> list[QuerySet]:
    """(kind, id, code, name, text) of the entries, and of their other spellings, which have no code."""
    if kind == STORIES:
        return [models.CaseStudy.objects.filter(pk__in=pks).values_list(Value(kind), "pk", "code", "title", "narrative")]
    found = [LISTED[kind].objects.filter(pk__in=pks, merged_into=None).values_list(Value(kind), "pk", "code", "name", "definition")]
    if hasattr(LISTED[kind], "aliases"):
        aliases = LISTED[kind].aliases.rel.related_model.objects.filter(entry__in=pks)
        found.append(aliases.values_list(Value(kind), "entry_id", Value(""), "text", Value("")))
    return found


def _entry_hit(entry: tuple, spellings: list[str], terms: list[Term]) -> Hit:
    kind, _pk, code, name, text_of_it = entry
    about = [(_("Code"), code), *((_("Also"), spelling) for spelling in spellings)] if kind != STORIES else []
    where, text = snippet([*about, ("", text_of_it)], terms)
    if hits_in(name, terms) or not text:
        where, text = "", snippet([("", text_of_it)], terms)[1] or shorten(text_of_it, BEGINNING, placeholder=" …")
    model = _model(kind)
    lines = [(where, marked(text, terms))] if text else []
    return Hit(marked(name, terms), model(code=code).get_absolute_url(), str(model._meta.verbose_name), lines)


# Spelling ------------------------------------------------------------------------------------------


def _better(rows: QuerySet, terms: list[Term]) -> str:
    """What the reader may have meant, in words of titles that the reader sees and of names; "" where nothing comes close."""
    wanted = [term for term in terms if not term.is_unwanted]
    if not wanted:
        return ""
    titles = rows.order_by(F("starts_on").desc(nulls_last=True), "reference").values_list("title", flat=True)[:TITLES_ASKED]
    names = together(model.objects.filter(merged_into=None).values_list("name", flat=True) for model in LISTED.values())
    known = {word for text in [*titles, *names] for word in words_of(text) if len(word) >= SHORTEST}
    said, is_other = [], False
    for word in islice((word for term in wanted for word in term.words), 12):
        closest = None
        if len(word) >= SHORTEST and word not in known:
            # Sorted, so that of two equally close words always the same is said.
            closest = process.extractOne(word, sorted(known), scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        said.append(closest[0] if closest else word)
        is_other |= closest is not None
    said += [f'-"{" ".join(term.words)}"' for term in terms if term.is_unwanted]
    return " ".join(said) if is_other else ""
