"""New records, many at a time: rows straight into the tables, whose triggers count the scope and write the history."""

import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.choices import ReviewState, ReviewStepKind
from engagements.domain.saving import sentence_of
from engagements.models import (
    DETAIL_OF,
    Engagement,
    ExternalId,
    FundingLine,
    Outcome,
    Participation,
    PeacekeepingMission,
    ReviewStep,
    Source,
    StrengthReport,
)
from engagements.references import new_reference
from imports.choices import Action
from imports.copying import add, numbers
from imports.gathering import Row
from imports.models import Batch, Imported
from imports.planning import MANY, Plan

IMPORTED = ("engagement_id", "group", "identity", "content")
WRITTEN = {"action": Action.CREATED.value, "version_after": 1, "is_undone": False}
Progress = Callable[..., None]
PAUSE = 0.5  # seconds


class Refused(Exception):
    """The database refused a record; ``plan`` is the one, ``sentence`` says why."""

    def __init__(self, plan: Plan, sentence: str):
        super().__init__(sentence)
        self.plan, self.sentence = plan, sentence


class Table:
    """Rows for one table, whose columns that nothing says have their defaults."""

    def __init__(self, model: type[Model], *, without: Sequence[str] = ()):
        fields = [item for item in model._meta.local_concrete_fields if item.attname not in without]
        self.model = model
        defaults = {str(item.attname): item.get_default() for item in fields}
        self.defaults = {name: getattr(default, "value", default) for name, default in defaults.items()}
        self.rows: list[Row] = []

    def put(self, *parts: Row) -> None:
        row: Row = {}
        for part in parts:
            row.update(part)
        self.rows.append(row)

    def write(self, **same: Any) -> None:
        """``same`` is what all rows have beside what each says. Columns that hold nothing in any row are left to the database."""
        said = set().union(*self.rows)
        own = {name: default for name, default in self.defaults.items() if name in said}
        same = {name: default for name, default in self.defaults.items() if default is not None and name not in said} | same
        rows = [own | row for row in self.rows]
        add(self.model, tuple(own), [tuple([row[name] for name in own]) for row in rows], same)
        self.rows.clear()


class Writer:
    """Writes the new records of one batch; to be used inside one transaction and one action of the history."""

    CHILDREN = (StrengthReport, FundingLine, Outcome, Source, ExternalId, ReviewStep)

    def __init__(self, batch: Batch):
        self.batch = batch
        self.engagements = Table(Engagement)
        self.parties = Table(Participation)
        self.children = {model: Table(model, without=["id"]) for model in self.CHILDREN}
        self.details = {kind: Table(model) for kind, model in DETAIL_OF.items()}
        self.of_name = self.links()
        self.linked: dict[Any, tuple[tuple[str, str], list[tuple[int, int]]]] = {}
        for name, through in self.of_name.items():
            other = f"{Engagement._meta.get_field(name).m2m_reverse_field_name()}_id"
            self.linked[through] = (("engagement_id", other), [])
        self.linked[PeacekeepingMission.tasks.through] = (("peacekeepingmission_id", "missiontask_id"), [])
        self.imported: list[tuple] = []

    @staticmethod
    def links() -> dict[str, type[Model]]:
        """The tables of the many-to-many links that a file can say."""
        return {name: getattr(Engagement, name).through for name in sorted(MANY)}

    def create(self, plans: Sequence[Plan]) -> None:
        """Write the plans as new records. Raises ``Refused`` for the first that the database does not take."""
        if not plans:
            return
        try:
            with transaction.atomic():
                self._write(plans)
        except IntegrityError as error:
            if len(plans) == 1:
                raise Refused(plans[0], sentence_of(error)) from error
            # Which one: each by itself, until one is refused again. Then nothing of the whole is kept anyway.
            for plan in plans:
                self.create([plan])

    def _write(self, plans: Sequence[Plan]) -> None:
        self._clear()
        keys = numbers(Engagement, len(plans))
        for plan, key, reference in zip(plans, keys, _references(len(plans)), strict=True):
            self._record(plan, key, reference)
        self._parties(plans, keys)
        # Participants go first (their records are asked for at the end of the transaction only), so that the scope of a
        # record is counted once, as it comes in, and not again with each participant.
        self.parties.write()
        owner, now = self.batch.owner_id, timezone.now()
        self.engagements.write(
            owner_id=owner, created_by_id=owner, updated_by_id=owner, created_at=now, updated_at=now, review_state=self.batch.review_state
        )
        for table in (*self.details.values(), *self.children.values()):
            table.write()
        for through, (columns, rows) in self.linked.items():
            add(through, columns, rows)
        add(Imported, IMPORTED, self.imported, WRITTEN | {"batch_id": self.batch.pk})

    def _clear(self) -> None:
        for table in (self.engagements, self.parties, *self.details.values(), *self.children.values()):
            table.rows.clear()
        for _columns, rows in self.linked.values():
            rows.clear()
        self.imported.clear()

    def _record(self, plan: Plan, key: int, reference: str) -> None:
        batch = self.batch
        of_record = {"engagement_id": key}
        self.engagements.put({"id": key, "reference": reference}, plan.engagement)
        kind = plan.engagement["kind"]
        if kind in self.details:
            self.details[kind].put(of_record, plan.detail)
            if plan.tasks:
                self.linked[PeacekeepingMission.tasks.through][1].extend((key, task) for task in plan.tasks)
        for name, ids in plan.many.items():
            self.linked[self.of_name[name]][1].extend([(key, other) for other in ids])
        for (source, year, currency, note), amounts in plan.funding.items():
            self.children[FundingLine].put(
                of_record, {"source_id": source, "fiscal_year": year, "currency": currency, "note": note}, amounts
            )
        for model, rows in ((Outcome, plan.outcomes), (Source, plan.sources)):
            for row in rows:
                self.children[model].put(of_record, {name: value for name, value in row.items() if name != "number"})
        for system, value in plan.names:
            self.children[ExternalId].put(of_record, {"system": system, "value": value})
        if batch.review_state == ReviewState.SUBMITTED:
            self.children[ReviewStep].put(
                of_record, {"kind": ReviewStepKind.SUBMITTED.value, "taken_by_id": batch.owner_id, "taken_at": timezone.now()}
            )
        group = plan.gathered
        self.imported.append((key, group.group, group.identity, plan.content))

    def _parties(self, plans: Sequence[Plan], keys: list[int]) -> None:
        """Their keys are asked for together, as strength reports point to them."""
        reported = [plan for plan in plans if plan.strengths]
        ids = iter(numbers(Participation, sum(len(plan.parties) for plan in plans)))
        of_party: dict[tuple[int, Any], int] = {}
        for plan, key in zip(plans, keys, strict=True):
            for party, row in plan.parties.items():
                column, pk, role = party
                number = next(ids)
                if reported:
                    of_party[key, party] = number
                self.parties.put({"id": number, "engagement_id": key, column: pk, "role": role}, row)
            for (party, as_of, precision, kind), figures in plan.strengths.items():
                self.children[StrengthReport].put(
                    {"participation_id": of_party[key, party], "as_of_on": as_of, "as_of_precision": precision, "personnel_type": kind},
                    {name: figures[name] for name in ("female", "male", "total")},
                )


def _references(count: int) -> list[str]:
    """As many references that nobody has."""
    drawn = [SimpleNamespace(reference=new_reference()) for _number in range(count)]
    Engagement.objects.draw_again(drawn)
    return [item.reference for item in drawn]


def lock(progress: Progress) -> None:
    """Of two imports at once one writes after the other, and sees what that one wrote."""
    if connection.vendor != "postgresql":  # SQLite lets only one write anyway
        return
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('entente.imports', 0))")
            if cursor.fetchone()[0]:
                return
        progress(sentence=_("Waiting for another import"))
        time.sleep(PAUSE)
