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

from catalog.models import Country
from catalog.registry import LISTS
from engagements import models, search_index
from engagements.references import PATTERN
from engagements.search_words import Term, folded, hits_in, marked, snippet, terms_of, words_of

SHOWN, ENTRIES_SHOWN = 20, 8
LINES = 2  # of a record, besides its title and facts
BEGINNING = 200  # letters of a summary or definition
COUNTED = 1_000  # beyond, the page says "more than"
STORIES = "casestudy"
OF_ITS_OWN = ["country", "organization", "framework"]  # lists that are a group of their own
TITLES_ASKED = 2_000  # of the newest records, when a better spelling is looked for
LIKE_ENOUGH = 74  # of 100
SHORTEST = 4  # letters of a word that is looked for in another spelling
# A code that nobody types as a word: us-dod, m49:002, JPN.
CODE = re.compile(r"[A-Z]{3}|(?=.*[0-9:_-])[A-Za-z0-9][A-Za-z0-9:_-]*", re.ASCII)
MODELS = {catalog_list.model._meta.model_name: catalog_list.model for catalog_list in LISTS}


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
    groups: list[Group] = field(default_factory=list)
    is_alike: bool = False
    better: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.records and not self.groups

    @property
    def has_more(self) -> bool:
        return self.count > COUNTED


def direct(rows: QuerySet, text: str) -> str:
    """The address of the one record of ``rows``, or the one entry, whose reference or code ``text`` is; "" where none is."""
    text = text.strip()
    if PATTERN.fullmatch(text.upper()):
        record = rows.filter(reference=text.upper()).first()
        return record.get_absolute_url() if record else ""
    if not CODE.fullmatch(text):
        return ""
    # A country's code is often a word, too: it is written in capitals.
    models_asked = [model for model in MODELS.values() if model is not Country or text.isupper()]
    entries = _together(
        model.objects.filter(code__iexact=text, merged_into=None).values_list(Value(model._meta.model_name), "code")
        for model in models_asked
    )
    found = list(entries[:2])
    if len(found) != 1:
        return ""
    return MODELS[found[0][0]](code=found[0][1]).get_absolute_url()


def find(rows: QuerySet, text: str) -> Found:
    """What of ``rows`` (the records the reader may see), lists and case studies has all words of ``text``."""
    found = Found(terms_of(text))
    if not text.strip():
        return found
    _look(found, rows.search(text), text, search_index.entries_having(found.terms, rows.db))
    if PATTERN.fullmatch(text.strip().upper()):
        return found  # a reference is right or it is not
    if found.is_empty and (better := _better(rows, found.terms)):
        nothing, found = found, Found(terms_of(better), better=better)
        _look(found, rows.search(better), better, search_index.entries_having(found.terms, rows.db))
        found = nothing if found.is_empty else found
    if found.is_empty and search_index.forgives(rows.db):
        _look(found, rows.spelled_like(text), text, search_index.entries_having(found.terms, rows.db, is_forgiving=True))
        found.is_alike = not found.is_empty
    return found


def _look(found: Found, records: QuerySet, text: str, entries: list[tuple[str, int]]) -> None:
    first = list(records.best_first(text).select_related("type", "country", "framework")[:SHOWN])
    found.count = records.order_by()[: COUNTED + 1].count() if first else 0
    found.records = _hits(first, found.terms)
    found.groups = _groups(entries, found.terms, text)


# Records -------------------------------------------------------------------------------------------


def _hits(records: list[Any], terms: list[Term]) -> list[Hit]:
    texts = {record.pk: _own_texts(record) for record in records}
    if records:
        pks = [record.pk for record in records]
        for pk, where, text in _texts_below(pks):
            texts[pk].append((where, text))
        if wanted := [term for term in terms if not term.is_unwanted]:
            for pk, where, name, spelling in _spellings_below(pks, wanted):
                texts[pk].append((where, f"{name} ({spelling})"))
    return [
        Hit(
            marked(record.title, terms),
            record.get_absolute_url(),
            record=record,
            facts=tuple(marked(str(fact or ""), terms) for fact in (record.type, record.country, record.reference)),
            lines=_lines(record, texts[record.pk], terms),
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


def _texts_below(pks: list[int]) -> QuerySet:
    """(engagement, from what of it, text) of what hangs on the records, in one query."""
    engagement = models.Engagement
    below: list[tuple[str, type, list[str]]] = [
        (_("Outcome"), models.Outcome, ["statement", "indicator", "type__name"]),
        (_("Challenge"), models.Challenge, ["description", "mitigation", "category__name"]),
        (_("Lesson"), models.Lesson, ["observation", "lesson", "recommendation"]),
        (_("Source"), models.Source, ["title", "publisher"]),
        (_("Identifier"), models.ExternalId, ["value"]),
        (_("Participant"), models.Participation, ["acts_for__name", "organization__name", "organization__abbreviation"]),
        (_("Participant"), models.Participation, ["unit", "contribution"]),
        (_("Held in"), engagement.also_held_in.through, ["country__name"]),
        (_("Strategy"), engagement.strategies.through, ["strategy__name"]),
        (_("Theme"), engagement.themes.through, ["theme__name"]),
        (_("Domain"), engagement.domains.through, ["domain__name"]),
        (_("Objective"), engagement.objectives.through, ["objective__name"]),
        (_("Legal basis"), engagement.legal_bases.through, ["legalbasis__name"]),
        (_("Mission"), models.PeacekeepingMission, ["acronym", "mandate", "headquarters", "end_state", "mandating_body__name"]),
        (_("Exercise"), models.Exercise, ["forces"]),
        (_("Training"), models.TrainingProgram, ["subject", "course", "certification"]),
    ]
    return _together(
        model.objects.filter(engagement__in=pks, **{f"{name.partition('__')[0]}__isnull": False})
        .exclude(**{name: ""})
        .values_list("engagement_id", Value(where), name)
        for where, model, names in below
        for name in names
    ).order_by()


def _spellings_below(pks: list[int], terms: list[Term]) -> QuerySet:
    """(engagement, from what of it, name, other spelling) of entries on the records, where the other spelling has one of the words."""
    engagement = models.Engagement
    linked: list[tuple[str, type, str]] = [
        (_("Outcome"), models.Outcome, "type"),
        (_("Challenge"), models.Challenge, "category"),
        (_("Participant"), models.Participation, "acts_for"),
        (_("Participant"), models.Participation, "organization"),
        (_("Strategy"), engagement.strategies.through, "strategy"),
        (_("Theme"), engagement.themes.through, "theme"),
        (_("Domain"), engagement.domains.through, "domain"),
        (_("Mission"), models.PeacekeepingMission, "mandating_body"),
        (_("Held in"), engagement, "country"),
        (_("Held in"), engagement.also_held_in.through, "country"),
        (_("Type"), engagement, "type"),
        (_("Series"), engagement, "framework"),
    ]
    asked = []
    for where, model, path in linked:
        own = "pk" if model is engagement else "engagement"
        entry = model._meta.get_field(path).related_model
        spelled = search_index.rows_having(entry.aliases.rel.related_model._meta.db_table, terms, "default")
        names = [(f"{path}__aliases__text", {f"{path}__aliases__in": spelled})]
        if entry is Country:
            named = search_index.rows_having(entry._meta.db_table, terms, "default")
            names += [(f"{path}__{name}", {f"{path}__in": named}) for name in ("official_name", "iso2", "code")]
        asked += [
            model.objects.filter(**{f"{own}__in": pks}, **found).values_list(own, Value(where), f"{path}__name", name)
            for name, found in names
        ]
    return _together(asked).order_by()


def _together(asked) -> QuerySet:
    first, *others = (rows.order_by() for rows in asked)
    return first.union(*others, all=True)


# Lists and case studies ----------------------------------------------------------------------------


def _groups(found: list[tuple[str, int]], terms: list[Term], text: str) -> list[Group]:
    """Countries, organizations, frameworks, all other lists together, and case studies; in each the closest names first."""
    pks: dict[str, list[int]] = {}
    for kind, pk in found:
        pks.setdefault(kind, []).append(pk)
    if not pks:
        return []
    entries, spellings = [], {}
    for kind, pk, code, name, text_of_it in _together(rows for asked_kind in pks for rows in _entries(asked_kind, pks[asked_kind])):
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
    return MODELS.get(kind, models.CaseStudy)


def _entries(kind: str, pks: list[int]) -> list[QuerySet]:
    """(kind, id, code, name, text) of the entries, and of their other spellings, which have no code."""
    if kind == STORIES:
        return [models.CaseStudy.objects.filter(pk__in=pks).values_list(Value(kind), "pk", "code", "title", "narrative")]
    found = [MODELS[kind].objects.filter(pk__in=pks, merged_into=None).values_list(Value(kind), "pk", "code", "name", "definition")]
    if hasattr(MODELS[kind], "aliases"):
        aliases = MODELS[kind].aliases.rel.related_model.objects.filter(entry__in=pks)
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
    names = _together(model.objects.filter(merged_into=None).values_list("name", flat=True) for model in MODELS.values())
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
