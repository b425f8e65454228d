"""Plans kept from the check to the writing, so that nothing is read and looked up twice.

They count as long as nothing they were made from has changed (``basis``); what they say of records on file is asked again.
"""

import hashlib
import json
from array import array
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Max, Q

from history.models import Change
from imports.choices import Outcome
from imports.gathering import Gathered
from imports.models import Batch, Planned
from imports.planning import Plan

CHUNK = 2000
ROWS = 10_000  # keys that are in memory twice at a time
_as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def basis(batch: Batch) -> str:
    """The same as long as the batch, its answers, the lists and the people are as they were."""
    tables = [
        model._meta.db_table
        for label in ("accounts", "catalog")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    last = Change.objects.filter(table__in=tables).aggregate(last=Max("pk"))["last"]
    answers = list(batch.questions.order_by("kind", "text").values_list("kind", "text", "answer"))
    said = [batch.mapping, batch.options, batch.headings, batch.team_id, batch.handling, batch.review_state, batch.owner_id, answers, last]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def changes_nothing(batch: Batch) -> bool:
    """Whether every plan is about a record that is new, or was written by an import and says the same."""
    return not batch.planned.filter(Q(outcome=Outcome.UPDATE) | Q(outcome=Outcome.UNCHANGED, compared=True)).exists()


def dumped(plan: Plan) -> str:
    """A plan for a new record, as text. Days and amounts become text, as the tables take them too."""
    return _as_text(
        [
            plan.engagement,
            plan.many,
            plan.detail,
            plan.tasks,
            [[*key, row] for key, row in plan.parties.items()],
            [[*key, row] for key, row in plan.strengths.items()],
            [[*key, row] for key, row in plan.funding.items()],
            plan.outcomes,
            plan.sources,
        ]
    )


def kept(batch: Batch) -> Iterator[list[Plan]]:
    """The plans of the last check, as it found them, some at a time; those of records on file have only what finds these.

    They come in the order of their days, by which most indexes of the record are sorted: what is written together lies together.
    """
    columns = ("pk", "group", "first_line", "outcome", "identity", "content", "names", "reference", "facts")
    order = _by_day(batch)
    for start in range(0, len(order), CHUNK):
        rows = {pk: row for pk, *row in Planned.objects.filter(pk__in=order[start : start + CHUNK]).values_list(*columns)}
        yield [_loaded(*rows[pk]) for pk in order[start : start + CHUNK] if pk in rows]


def _by_day(batch: Batch) -> "array[int]":
    """The keys of the plans; those without a day come last."""
    day = "facts::json->0->>'starts_on'" if connection.vendor == "postgresql" else "json_extract(facts, '$[0].starts_on')"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM imports_planned WHERE batch_id = %s ORDER BY CASE WHEN facts <> '' THEN {day} END NULLS LAST, first_line",
            [batch.pk],
        )
        return array("Q", (pk for rows in iter(lambda: cursor.fetchmany(ROWS), []) for (pk,) in rows))


def _loaded(group: str, line: int, outcome: str, identity: str, content: str, names: Any, reference: str, facts: str) -> Plan:
    gathered = Gathered(group, identity)
    gathered.lines.append(line)
    plan = Plan(gathered, outcome=outcome, content=content, reference=reference, names=[(system, value) for system, value in names])
    if outcome == Outcome.CREATE:
        plan.engagement, plan.many, plan.detail, plan.tasks, parties, strengths, funding, plan.outcomes, plan.sources = json.loads(facts)
        plan.parties = {(column, pk, role): row for column, pk, role, row in parties}
        plan.strengths = {((*party,), day, precision, kind): row for party, day, precision, kind, row in strengths}
        plan.funding = {(source, year, currency, note): row for source, year, currency, note, row in funding}
    return plan
