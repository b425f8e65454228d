"""What becomes of each plan: a new record, changes in one that is there, or nothing; with the rights that a form asks for."""

from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.choices import Handling
from engagements.choices import Kind
from engagements.domain.handling import opens
from engagements.domain.lifecycle import may_edit
from engagements.models import DETAIL_OF, Engagement, ExternalId
from imports import identity
from imports.choices import LineState, Outcome
from imports.differences import Changes, changes, told
from imports.gathering import Gathered
from imports.mapping.parsed import ERROR, REVIEW, ParsedLine
from imports.models import Batch, Imported, Line
from imports.names import Names
from imports.parts import files_of, joined
from imports.planning import Plan, Planner, refuse
from imports.standing import Standing, standing

# What the lines of a plan say of its record.
TOLD = (
    "engagement", "many", "detail", "tasks", "parties", "strengths", "funding", "outcomes", "sources", "names", "party_names", "content",
)  # fmt: skip


def _together(group: str, lines: Sequence[ParsedLine]) -> Gathered:
    gathered = Gathered(group)
    for line in lines:
        gathered.add(line)
    return gathered


class Matcher:
    """Asks for many plans at once."""

    def __init__(self, batch: Batch, planner: Planner):
        self.batch, self.planner, self.user = batch, planner, batch.owner
        self.may_add = self.user.has_perm("engagements.add_engagement")
        self.earlier: dict[int, tuple[Any, Planner]] = {}  # of other batches
        self.changed: set[int] = set()  # records that this file has changed already
        self.named: set[tuple[str, str]] = set()
        self.is_part = bool(batch.counts.get("is_part"))  # lines taken out of another file, corrected

    def match(self, plans: Sequence[Plan]) -> None:
        """Fill in ``outcome``, ``record``, ``changes`` and ``told``."""
        ready = [plan for plan in plans if not self._is_out(plan)]
        matches = identity.find(ready, self.batch)
        differing = []
        for number, plan in enumerate(ready):
            match = matches.get(number)
            if match is None:
                self._new(plan)
            elif match.imported is not None and match.imported.content == plan.content:
                plan.outcome = Outcome.UNCHANGED.value
            else:
                differing.append((plan, match))
        if not differing:
            return
        records = standing({match.engagement for _plan, match in differing})
        lines = self._lines([match.imported for _plan, match in differing if match.imported is not None])
        partial = self._partial([plan.gathered.group for plan, _match in differing])
        for plan, match in differing:
            plan.record = records[match.engagement]
            was = None
            if match.imported is not None and (earlier := lines[match.imported.pk]):
                _source, planner = self._of_batch(match.imported.batch_id)
                was = planner.plan(_together(match.imported.group, earlier))
                if self.is_part:
                    self._join(plan, earlier)
            self._change(plan, changes(plan, plan.record, was, is_whole=plan.gathered.group not in partial), merged=match.merged)

    def _is_out(self, plan: Plan) -> bool:
        if plan.is_wrong:
            plan.outcome = Outcome.WRONG.value
        elif plan.is_left_out:
            plan.outcome = Outcome.LEFT_OUT.value
        elif plan.waits:
            plan.outcome = Outcome.WAITS.value
        return bool(plan.outcome)

    # New ---------------------------------------------------------------------------------------

    def _new(self, plan: Plan) -> None:
        if not self.may_add:
            plan.say("", None, _("Your role changes no records: somebody who enters records brings this file in."))
        self.planner.complete(plan)
        self._keep_names_apart(plan, plan.names)
        plan.outcome = (Outcome.WRONG if plan.is_wrong else Outcome.CREATE).value

    def _keep_names_apart(self, plan: Plan, names: list[tuple[str, str]]) -> None:
        """A name in another system leads to one record, of those that the person sees."""
        for name in names:
            if name in self.named:
                sentence = _(
                    "This identifier stands in other lines for another record. "
                    "If it is the same line twice, let lines that are the same count once."
                )
                plan.say("external_id", name[1], sentence)
            self.named.add(name)

    # Changed -----------------------------------------------------------------------------------

    def _change(self, plan: Plan, found: Changes, *, merged: bool) -> None:
        if not found:
            plan.outcome = Outcome.UNCHANGED.value
            return
        record = plan.record.instance
        if record.pk in self.changed:
            plan.say("", record.reference, _("Other lines of this file change the same record."))
        self.changed.add(record.pk)
        if merged:
            sentence = _("The record of these lines was merged into %(reference)s: they change that one.")
            plan.say("", record.reference, sentence % {"reference": record.reference}, REVIEW)
        if not may_edit(record, self.user):
            said = _("It is archived: restore it first.") if record.is_archived else _("Only its own people and managers change it.")
            plan.say("", record.reference, _("These lines change the record %(reference)s.") % {"reference": record.reference} + " " + said)
        self._keep_rules(plan, found, plan.record)
        plan.changes, plan.told = found, told(found, plan.record)
        plan.outcome = (Outcome.WRONG if plan.is_wrong else Outcome.UPDATE).value

    def _keep_rules(self, plan: Plan, found: Changes, record: Standing) -> None:
        if found.engagement:
            merged = record.engagement | found.engagement
            if merged["kind"] != record.instance.kind:
                plan.say("kind", merged["kind"], _("The kind of a record does not change."))
            elif self.planner.kind_of_type.get(merged["type_id"]) != merged["kind"]:
                plan.say("type", None, _("This type belongs to another kind of engagement."))
            refuse(plan, Engagement, merged, "")
            self._keep_readers(plan, merged, record.instance)
        if "strategies" in found.many and not found.many["strategies"]:
            plan.say("strategies", None, _("Choose at least one strategy."))
        if found.detail or found.tasks is not None:
            model: type[Model] | None = DETAIL_OF.get(Kind(record.instance.kind))
            if model is None or not found.detail.keys() <= {item.attname for item in model._meta.concrete_fields}:
                plan.say("kind", None, _("These facts belong to another kind of engagement."))
            else:
                refuse(plan, model, record.detail | found.detail, "")
        for change in found.rows:
            if change.values is not None and change.row is not None:
                refuse(plan, change.model, change.row | change.values, "")
        if found.names:
            self._keep_names_apart(plan, found.names)
            visible = Engagement.objects.visible_to(self.user).exclude(pk=record.instance.pk)
            for system, value in found.names:
                if ExternalId.objects.filter(engagement__in=visible, system=system, value=value).exists():
                    plan.say("external_id", value, _("This identifier already leads to a record."))

    def _keep_readers(self, plan: Plan, merged: dict, record: Engagement) -> None:
        """More readers need a second person, by file as by form."""
        if merged["handling"] not in Handling.values or (merged["handling"], merged["team_id"]) == (record.handling, record.team_id):
            return
        released = list(record.released_to.values_list("pk", flat=True))
        for name in sorted(opens(record, handling=merged["handling"], released_to=released, team=merged["team_id"])):
            plan.say(
                name, None, _("Then more people would read it. Ask for that on the record's page “Handling”: a second person decides.")
            )

    # What an earlier import said ---------------------------------------------------------------

    def _lines(self, rows: list[Imported]) -> dict[int, list[ParsedLine]]:
        """For each ``Imported``, by its key: the lines that its record was written from."""
        files = files_of(rows)
        by_batch: dict[int, set[str]] = {}
        for row in chain.from_iterable(files.values()):
            by_batch.setdefault(row.batch_id, set()).add(row.group)
        found = {(batch, group): lines for batch, groups in by_batch.items() for group, lines in self._of_groups(batch, groups).items()}
        return {key: joined(found.get((row.batch_id, row.group), []) for row in of_record) for key, of_record in files.items()}

    def _of_groups(self, batch: int, groups: Collection[str]) -> dict[str, list[ParsedLine]]:
        """The lines of a batch that can come in."""
        source, _planner = self._of_batch(batch)
        found: dict[str, list[ParsedLine]] = {}
        lines = Line.objects.filter(batch=batch, group__in=groups, state=LineState.READ).order_by("number")
        seen = set()
        for number, cells, group in lines.values_list("number", "cells", "group"):
            if source.is_merged and (group, *cells) in seen:
                continue
            seen.add((group, *cells))
            found.setdefault(group, []).append(source.compiled.read(number, cells))
        return found

    def _join(self, plan: Plan, earlier: list[ParsedLine]) -> None:
        """Make ``plan`` that of its lines and those that came in before: figures of the same party add up."""
        group = plan.gathered.group
        whole = self.planner.plan(_together(group, joined([earlier, self._of_groups(self.batch.pk, [group]).get(group, [])])))
        for name in TOLD:
            setattr(plan, name, getattr(whole, name))
        for problem in whole.problems:
            if problem.severity == ERROR:
                plan.say(problem.column, problem.value, problem.sentence)

    def _of_batch(self, pk: int) -> tuple[Any, Planner]:
        from imports.checking import Source

        if pk not in self.earlier:
            batch = self.batch if pk == self.batch.pk else Batch.objects.select_related("owner").get(pk=pk)
            source = Source(batch, batch.headings)
            self.earlier[pk] = (source, Planner(batch, Names(batch), source.targets))
        return self.earlier[pk]

    def _partial(self, groups: list[str]) -> set[str]:
        """Those of the groups of which some lines do not come in, or came in from the file that this one was taken out of."""
        if self.is_part:
            return set(groups)
        rows = Line.objects.filter(batch=self.batch, group__in=groups).exclude(state=LineState.READ)
        return set(rows.values_list("group", flat=True))
