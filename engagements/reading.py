"""Everything one record's page shows, in a fixed and small number of queries."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, DateField, QuerySet, TextField, Value
from django.db.models.functions import Cast

from accounts.models import Team
from catalog.models import ChallengeCategory, Country, Domain, LegalBasis, MissionTask, Objective, Strategy, Theme
from engagements.models import CaseStudy, Challenge, Engagement, ExternalId, FollowUp, Lesson, Source
from engagements.prepared import Prepared
from engagements.ratings import current

# The rows that are words and days only: which columns of text and which dates each has.
PLAIN_ROWS: dict[str, tuple[type[Any], list[str], list[str]]] = {
    "challenges": (Challenge, ["description", "mitigation", "severity", "status", "category__name", "category__code"], ["noted_on"]),
    "follow_ups": (FollowUp, ["text", "owner", "status"], ["due_on", "done_on"]),
    "lessons": (Lesson, ["observation", "lesson", "recommendation", "status"], []),
    "sources": (Source, ["title", "publisher", "url", "supports", "certainty", "published_precision"], ["published_on"]),
    "identifiers": (ExternalId, ["system", "value"], []),
}
TEXTS, DATES = 6, 2
FILED: dict[str, tuple[type[Any], str, str]] = {
    "strategies": (Strategy, "engagements", "number"),
    "themes": (Theme, "engagements", ""),
    "domains": (Domain, "engagements", ""),
    "objectives": (Objective, "engagements", ""),
    "legal_bases": (LegalBasis, "engagements", ""),
    "also_held_in": (Country, "engagements_also_held", ""),
    "released_to": (Team, "engagements_released", ""),
    "tasks": (MissionTask, "missions__engagement", ""),
    "stories": (CaseStudy, "engagements", ""),
}


def plain_rows(engagement: Engagement) -> dict[str, list[Any]]:
    """Challenges, follow-ups, lessons, sources and identifiers of ``engagement``, read in one query."""
    found: dict[str, list[Any]] = {name: [] for name in PLAIN_ROWS}
    for name, pk, *cells in sorted(_PLAIN_ROWS.of(engagement.pk), key=lambda row: row[1]):
        model, texts, dates = PLAIN_ROWS[name]
        fields = dict(zip(texts, cells[:TEXTS], strict=False)) | dict(zip(dates, cells[TEXTS:], strict=False))
        category = {column: fields.pop(f"category__{column}") for column in ("name", "code") if f"category__{column}" in fields}
        row = model(pk=pk, **fields)
        if category:
            row.category = ChallengeCategory(**category)
        found[name].append(row)
    found["follow_ups"].sort(key=lambda row: (row.due_on is None, row.due_on or dt.date.min, row.pk))
    return found


def filed_under(engagement: Engagement) -> dict[str, list[Any]]:
    """The entries of lists that ``engagement`` is filed under, the teams it is released to and its case studies."""
    found: dict[str, list[Any]] = {name: [] for name in FILED}
    # The key last: entries of one name and place always stand in the same order.
    for name, pk, code, label, number, _order in sorted(_FILED.of(engagement.pk), key=lambda row: (row[0], row[5], row[3], row[1])):
        model = FILED[name][0]
        entry = model(pk=pk, code=code, **{"title" if model is CaseStudy else "name": label})
        if name == "strategies":
            entry.number = number
        found[name].append(entry)
    return found


def _plain_rows(engagement: int) -> QuerySet:
    queries = []
    for name, (model, texts, dates) in PLAIN_ROWS.items():
        columns = [Cast(column, TextField()) for column in texts] + [Value("", TextField())] * (TEXTS - len(texts))
        days = [Cast(column, DateField()) for column in dates] + [Cast(Value(None), DateField())] * (DATES - len(dates))
        rows = model.objects.filter(engagement=engagement).order_by()
        queries.append(rows.values_list(Value(name, CharField()), "pk", *columns, *days))
    return _together(queries)


def _filed(engagement: int) -> QuerySet:
    queries = []
    for name, (model, relation, extra) in FILED.items():
        label = "title" if model is CaseStudy else "name"
        order = "sort" if hasattr(model, "sort") else "pk"
        number = Cast(extra, TextField()) if extra else Value("", TextField())
        rows = model.objects.filter(**{relation: engagement}).order_by()
        queries.append(rows.values_list(Value(name, CharField()), "pk", Cast("code", TextField()), Cast(label, TextField()), number, order))
    return _together(queries)


def _together(queries: list[QuerySet]) -> QuerySet:
    first, *rest = queries
    return first.union(*rest, all=True)


_PLAIN_ROWS, _FILED = Prepared(_plain_rows), Prepared(_filed)


def detail_of(engagement: Engagement) -> Any:
    """The facts of its kind, where its kind has some."""
    found = (getattr(engagement, name, None) for name in ("exercise", "training", "mission"))
    return next((detail for detail in found if detail is not None), None)


def parties_of(participations: Iterable[Any]) -> list[dict[str, Any]]:
    """One entry a party with its rows, in the order entered: [{"party", "country", "rows"}]."""
    parties: dict = {}
    for row in participations:
        entry = parties.setdefault((row.country_id, row.organization_id), {"party": row.party, "rows": [], "country": row.country_id})
        entry["rows"].append(row)
    return list(parties.values())


def outcomes_of(engagement: Engagement, assessments: list[Any], led_to: dict[int, Engagement]) -> list[Any]:
    """The outcomes, each with its current judgment and the engagement it led to where the reader may see that."""
    judged = {assessment.outcome_id: assessment for assessment in current(assessments)}
    outcomes: list[Any] = list(engagement.outcomes.select_related("type"))
    for outcome in outcomes:
        outcome.judged = judged.get(outcome.pk)
        outcome.led_to = led_to.get(outcome.linked_engagement_id)
    return outcomes
