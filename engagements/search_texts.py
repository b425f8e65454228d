"""The texts of the records that a search shows, among which it looks for the words; read in one question, however many there are."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Country
from catalog.registry import LISTS
from engagements import models
from engagements.models import Engagement
from engagements.search_hits import Words

THESE = -1  # stands for the keys of the records
TEXTS, LINKS = 4, 2  # columns


@dataclass(frozen=True)
class Part:
    """Rows that hang on a record: what they are called, their texts, and the entries they point to."""

    label: str | Promise
    model: type[Any]
    texts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def _listed(label, relation: str) -> Part:
    """A list of the record, of many entries."""
    return Part(label, getattr(Engagement, relation).through, (), (Engagement._meta.get_field(relation).m2m_reverse_field_name(),))


PARTS: list[Part] = [
    Part(_("Outcome"), models.Outcome, ("statement", "indicator"), ("type",)),
    Part(_("Challenge"), models.Challenge, ("description", "mitigation"), ("category",)),
    Part(_("Lesson"), models.Lesson, ("observation", "lesson", "recommendation")),
    Part(_("Source"), models.Source, ("title", "publisher")),
    Part(_("Identifier"), models.ExternalId, ("value",)),
    Part(_("Participant"), models.Participation, ("organization__abbreviation", "unit", "contribution"), ("acts_for", "organization")),
    _listed(_("Held in"), "also_held_in"),
    _listed(_("Strategy"), "strategies"),
    _listed(_("Theme"), "themes"),
    _listed(_("Domain"), "domains"),
    _listed(_("Objective"), "objectives"),
    _listed(_("Legal basis"), "legal_bases"),
    Part(_("Mission"), models.PeacekeepingMission, ("acronym", "mandate", "headquarters", "end_state"), ("mandating_body",)),
    Part(_("Exercise"), models.Exercise, ("forces",)),
    Part(_("Training"), models.TrainingProgram, ("subject", "course", "certification")),
]
# Entries of the record itself, by another spelling of which it may have been found.
OF_THE_RECORD = [(_("Held in"), "country"), (_("Type"), "type"), (_("Series"), "framework")]
LISTED: dict[str, Any] = {str(one.model._meta.model_name): one.model for one in LISTS}
ALIASES = {
    model.aliases.rel.related_model._meta.db_table: (kind, model.aliases.rel.related_model)
    for kind, model in LISTED.items()
    if hasattr(model, "aliases")
}
Text = tuple[str, str]


def texts_below(records: Sequence[Engagement], words: Words) -> dict[int, list[Text]]:
    """{key: [(from what of it, text)]} of what hangs on ``records``, which the search found through ``visible_to``: its own texts
    and names, and the other spellings of its entries that have one of the words."""
    found: dict[int, list[Text]] = {record.pk: [] for record in records}
    if not records:
        return found
    labels = [str(part.label) for part in PARTS]
    sought = {(one.kind, one.target) for term in words.wanted for one in words.entries[term]}
    links: list[tuple[int, str, tuple[str, int], str]] = []
    for pk, place, *cells in _rows(list(found), words.using):
        label, entries = labels[place], cells[TEXTS:]
        found[pk] += [(label, text) for text in (*cells[:TEXTS], *entries[1::2]) if text]
        if sought:
            kinds = _kinds(place)
            links += [(pk, label, (kind, entry), name) for kind, entry, name in zip(kinds, entries[::2], entries[1::2], strict=False)]
    for label, path in OF_THE_RECORD:
        for record in records:
            if sought and (entry := getattr(record, path)) is not None:
                links.append((record.pk, str(label), (_kind(Engagement, path), entry.pk), entry.name))
    links = [link for link in links if link[2] in sought]
    spelled = _spellings(words, {entry for *_these, entry, _name in links})
    for pk, label, entry, name in links:
        found[pk] += [(label, f"{name} ({spelling})") for spelling in spelled.get(entry, [])]
    return found


@cache
def _kinds(place: int) -> list[str]:
    """The kinds of the entries to which this one of PARTS points."""
    return [_kind(PARTS[place].model, path) for path in PARTS[place].links]


def _kind(model: Any, path: str) -> str:
    return str(model._meta.get_field(path).related_model._meta.model_name)


def _rows(pks: list[int], using: str) -> list[tuple]:
    """(record, which of PARTS, four texts, twice an entry and its name)."""
    connection = connections[using]
    sql, params = _statement(using)
    keys = json.dumps(pks)
    if connection.vendor == "postgresql":
        keys = f"{{{keys[1:-1]}}}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [keys if param == THESE else param for param in params])
        return cursor.fetchall()


@cache
def _statement(using: str) -> tuple[str, tuple]:
    """Put together once: the SQL, and its parameters with THESE for the keys."""
    asked = []
    for place, part in enumerate(PARTS):
        texts = [*part.texts, *[Value("")] * (TEXTS - len(part.texts))]
        entries: list[Any] = [column for path in part.links for column in (f"{path}_id", f"{path}__name")]
        entries += [Value(0), Value("")] * (LINKS - len(part.links))
        rows = part.model.objects.using(using).filter(engagement__in=[THESE])
        asked.append(rows.values_list("engagement_id", Value(place), *texts, *entries))
    sql, params = together(asked).order_by().query.get_compiler(using).as_sql()
    within = "= ANY (%s::bigint[])" if connections[using].vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    if sql.count("IN (%s)") != len(PARTS) or list(params).count(THESE) != len(PARTS):
        raise RuntimeError("The keys are expected once for each part.")
    return sql.replace("IN (%s)", within), tuple(params)


def together(asked: Iterable[QuerySet]) -> QuerySet:
    """The rows of several questions in one."""
    first, *others = (rows.order_by() for rows in asked)
    return first.union(*others, all=True)


def _spellings(words: Words, linked: set[tuple[str, int]]) -> dict[tuple[str, int], list[str]]:
    """{(kind, entry): other spellings with one of the words} of the ``linked`` entries; of a country also its official name and codes."""
    rows: dict[str, set[int]] = {}
    for term in words.wanted:
        for one in words.entries[term]:
            if (one.kind, one.target) in linked:
                rows.setdefault(one.source, set()).add(one.of_row)
    asked = [
        aliases.objects.using(words.using).filter(pk__in=rows[table]).values_list(Value(kind), "entry_id", "text")
        for table, (kind, aliases) in ALIASES.items()
        if table in rows
    ]
    if countries := rows.get(Country._meta.db_table):
        named = Country.objects.using(words.using).filter(pk__in=countries)
        asked += [named.values_list(Value("country"), "pk", name) for name in ("official_name", "iso2", "code")]
    found: dict[tuple[str, int], list[str]] = {}
    for kind, entry, text in together(asked) if asked else ():
        found.setdefault((kind, entry), []).append(text)
    return found
