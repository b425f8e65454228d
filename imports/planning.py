"""What one group of lines would write: looked up, checked against every rule of the record, nothing written.

Columns are by attribute name (``country_id``, ``starts_on``); a plan holds only those that the file says.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.choices import Handling
from catalog.canonical import tidy
from catalog.models import EngagementType
from catalog.models.base import NameField
from catalog.partial_dates import PartialDate
from engagements.choices import Kind, PersonnelType, Role
from engagements.domain.titles import generated_title
from engagements.models import DETAIL_OF, Engagement, ExternalId, FundingLine, Outcome, Participation, Source, StrengthReport
from imports.gathering import JOINED, SEPARATOR, Gathered, Row, join, shown
from imports.mapping.parsed import ERROR, REVIEW, Named, Problem
from imports.mapping.places import out_of_place
from imports.models import Batch
from imports.names import LEFT_OUT, LEFT_OUT_LINES, OPEN, Names
from imports.rules import rules_of

MANY = {"strategies", "themes", "domains", "objectives", "legal_bases", "also_held_in"}
KIND_OF_PART = {"exercise": Kind.EXERCISE, "training": Kind.TRAINING, "mission": Kind.PEACEKEEPING}
ALWAYS_THERE = {"reference", "kind", "type", "title", "handling", "team", "strategies"}
CUT = "…"
HANDLINGS = frozenset(Handling.values)
TROOPS = PersonnelType.TROOPS.value
PartyKey = tuple[str, int, str]  # ("country_id", 4, "host")


@dataclass(slots=True)
class Plan:
    """One engagement as its lines tell it."""

    gathered: Gathered
    engagement: Row = field(default_factory=dict)
    many: dict[str, tuple[int, ...]] = field(default_factory=dict)
    detail: Row = field(default_factory=dict)
    tasks: tuple[int, ...] | None = None
    parties: dict[PartyKey, Row] = field(default_factory=dict)
    strengths: dict[tuple, Row] = field(default_factory=dict)  # (party, as_of_on, as_of_precision, personnel_type)
    funding: dict[tuple, Row] = field(default_factory=dict)  # (source_id, fiscal_year, currency, note)
    outcomes: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    reference: str = ""
    party_names: list[str] = field(default_factory=list)
    waits: bool = False  # for an answer
    is_left_out: bool = False
    content: str = ""  # fingerprint of all of it
    # What becomes of it (imports/matching.py):
    outcome: str = ""
    record: Any = None  # the record it is about, as it stands
    changes: Any = None  # what it changes in that record
    told: list[list[str]] = field(default_factory=list)  # the same in words

    @property
    def problems(self) -> list[Problem]:
        return self.gathered.problems

    @property
    def is_wrong(self) -> bool:
        """Whether the record can not come in, though each of its lines by itself could."""
        return any(problem.severity == ERROR for problem in self.gathered.problems)

    @property
    def engagement_id(self) -> int | None:
        return self.record.instance.pk if self.record is not None else None

    @property
    def seen(self) -> int:
        """The version of the record it was compared with; 0: there is none."""
        return self.record.instance.version if self.record is not None else 0

    def say(self, column: str, value: Any, sentence: str, severity: str = ERROR, line: int = 0) -> None:
        """Note a problem; where no line is said, at the first."""
        text = "" if value is None else shown(value)
        self.gathered.problems.append(Problem(line or self.gathered.lines[0], column, text, sentence, severity))


class Planner:
    """Makes plans for one batch; reads its lists once."""

    def __init__(self, batch: Batch, names: Names, mapped: Collection[str] = ()):
        """``mapped``: the targets that columns of the file lead to."""
        self.batch, self.names, self.mapped = batch, names, set(mapped)
        self.cleared = Handling.up_to(batch.owner.clearance)
        self.teams = set(batch.owner.team_ids)
        self.kind_of_type = dict(EngagementType.objects.values_list("pk", "kind"))
        self.type_names: dict[int, str] = dict(EngagementType.objects.values_list("pk", "name"))

    def plan(self, gathered: Gathered) -> Plan:
        """What the lines say, looked up; ``content`` is empty where something is missing or wrong."""
        plan = Plan(gathered)
        for target, value in gathered.values.items():
            self._value(plan, target, value)
        if plan.reference:
            self._empty(plan)
        self._period(plan)
        self._place(plan)
        self._parties(plan)
        self._rows(plan)
        if plan.waits or plan.is_left_out:
            return plan
        self._check(plan)
        if not plan.is_wrong:
            plan.content = fingerprint(plan)
        return plan

    # Values ------------------------------------------------------------------------------------

    def _entry(self, plan: Plan, named: Any) -> Any:
        """The entry (or value of a closed list) of a name; None where it is left out, or nobody answered yet."""
        if type(named) is not Named:
            return named
        found = self.names(named, plan.gathered.on)
        if found is OPEN:
            plan.waits = True
        elif found is LEFT_OUT_LINES:
            plan.is_left_out = True
        elif found is not LEFT_OUT:
            return found
        return None

    def _entries(self, plan: Plan, value: Any) -> tuple[int, ...]:
        items = value if type(value) is tuple else (value,)
        found = [self._entry(plan, item) for item in items if item]
        return tuple(sorted({entry.pk for entry in found if entry is not None}))

    def _value(self, plan: Plan, target: str, value: Any) -> None:
        if target in MANY:
            plan.many[target] = self._entries(plan, value)
        elif target == "reference":
            plan.reference = value or ""
        elif target == "mission.tasks":
            plan.tasks = self._entries(plan, value)
        elif "." in target:
            part, name = target.split(".", 1)
            if part in KIND_OF_PART:
                put(plan.detail, DETAIL_OF[KIND_OF_PART[part]], name, self._entry(plan, value))
        else:
            put(plan.engagement, Engagement, target, self._entry(plan, value) if type(value) is Named else value)

    def _empty(self, plan: Plan) -> None:
        """A record named by its reference is as the file says: an empty cell empties its field."""
        for target in self.mapped - plan.gathered.values.keys() - ALWAYS_THERE:
            part, _dot, name = target.rpartition(".")
            if target in MANY:
                plan.many[target] = ()
            elif target == "mission.tasks":
                plan.tasks = ()
            elif not part and hasattr(Engagement, target):
                clear(plan.engagement, Engagement, target)
            elif part in KIND_OF_PART and plan.detail:
                clear(plan.detail, DETAIL_OF[KIND_OF_PART[part]], name)

    def _period(self, plan: Plan) -> None:
        """An end before the start, said by different lines: then the end is not known, and the record is flagged."""
        row = plan.engagement
        start, end = row.get("starts_on"), row.get("ends_on")
        if start is not None and end is not None and end < start:
            plan.say("ends", end, _("The end is before the start (%(start)s): it comes in as not known.") % {"start": start}, REVIEW)
            row["ends_on"], row["ends_precision"] = None, "unknown"

    def _place(self, plan: Plan) -> None:
        """A point far from where it is held comes in as it is given, and the record is flagged."""
        row, values = plan.engagement, plan.gathered.values
        if row.get("latitude") is None or row.get("country_id") is None:
            return
        held = [self._entry(plan, named) for named in (values["country"], *(values.get("also_held_in") or ()))]
        if sentence := out_of_place(
            {country.code: country.name for country in held if country is not None}, row["latitude"], row["longitude"]
        ):
            plan.say("latitude", f"{row['latitude']}, {row['longitude']}", sentence, REVIEW)

    # Rows --------------------------------------------------------------------------------------

    def _parties(self, plan: Plan) -> None:
        roles: dict[tuple[str, int], str] = {}
        lines: dict[PartyKey, int] = {}
        # Who is named with a role goes first; the others join them.
        for party in sorted(plan.gathered.parties.values(), key=lambda party: party.is_plain):
            entry = self._entry(plan, party.named)
            role = str(self._entry(plan, party.role) or Role.PARTICIPANT.value)
            if entry is None:
                continue
            who = ("country_id" if entry._meta.model_name == "country" else "organization_id", entry.pk)
            if party.is_plain:
                role = roles.get(who, role)
            roles.setdefault(who, role)
            key = (*who, role)
            row: Row = {}
            if plan.reference and party.column:
                for target in self.mapped:
                    if target.startswith("participant.") and target != "participant.role":
                        clear(row, Participation, target.partition(".")[2])
            for name, value in party.fields.items():
                put(row, Participation, name, self._entry(plan, value))
            held = plan.parties.get(key)
            if held is None:
                plan.parties[key] = row
                lines[key] = party.line
                plan.party_names.append(entry.name)
            else:
                for name, value in row.items():
                    join(plan.gathered, party.line, held, name, value)
            for (as_of, kind), figures in party.strengths.items():
                _strength(plan, (key, as_of or PartialDate(), self._entry(plan, kind) or TROOPS), figures)
        for key, row in plan.parties.items():
            for name in JOINED & row.keys():
                self._fit(plan, row, name, lines[key])

    def _fit(self, plan: Plan, row: Row, name: str, line: int) -> None:
        """Texts that were joined and have grown too long are cut where they are shown; whole they stand in the lines."""
        value, longest = row[name], Participation._meta.get_field(name).max_length or 0
        if value and len(value) > longest and SEPARATOR in value[:longest]:
            row[name] = value[: longest - len(SEPARATOR + CUT)].rpartition(SEPARATOR)[0] + SEPARATOR + CUT
            sentence = _("The lines together say more than fits: the rest stands in the lines only.")
            plan.say(f"participant.{name}", None, sentence, REVIEW, line)

    def _rows(self, plan: Plan) -> None:
        for given in plan.gathered.funding.values():
            row: Row = {}
            for name, value in given.items():
                put(row, FundingLine, name, self._entry(plan, value))
            key = (row.get("source_id"), row.get("fiscal_year"), row.get("currency") or "", row.get("note") or "")
            held = plan.funding.setdefault(key, {"planned": None, "actual": None})
            for name in held:
                if row.get(name) is not None:
                    held[name] = row[name] if held[name] is None else held[name] + row[name]
        parts = ((Outcome, plan.gathered.outcomes, plan.outcomes), (Source, plan.gathered.sources, plan.sources))
        for model, given_rows, rows in parts:
            for given in given_rows:
                made: Row = {}
                for name, value in given.items():
                    if name == "number":
                        made[name] = value
                    else:
                        put(made, model, name, self._entry(plan, value))
                rows.append(made)
        plan.names = plan.gathered.names

    # Rules -------------------------------------------------------------------------------------

    def _check(self, plan: Plan) -> None:
        self._keep_to_own(plan, plan.engagement)
        for (column, pk, role), party in plan.parties.items():
            refuse(plan, Participation, {column: pk, "role": role, **party}, "participant.")
        for (_party, as_of, precision, kind), figures in plan.strengths.items():
            values = {"as_of_on": as_of, "as_of_precision": precision, "personnel_type": kind, **figures}
            refuse(plan, StrengthReport, values, "strength.", figures["line"])
        for (source, year, currency, note), amounts in plan.funding.items():
            if source is None:
                plan.say("funding.source", None, _("Say where the money comes from: a column, or the same for all lines."))
            refuse(plan, FundingLine, {"fiscal_year": year, "currency": currency, "note": note, **amounts}, "funding.")
        for values in plan.outcomes:
            if values.get("type_id") is None:
                plan.say("outcome.type", values.get("statement"), _("Say of which type this outcome is."))
            refuse(plan, Outcome, values, "outcome.")
        for values in plan.sources:
            refuse(plan, Source, values, "source.")
        for system, value in plan.names:
            refuse(plan, ExternalId, {"system": system, "value": value}, "external_id.")

    def _keep_to_own(self, plan: Plan, row: Row) -> None:
        """Handling and team are those that the form would offer."""
        if row.get("handling") in HANDLINGS and row["handling"] not in self.cleared:
            plan.say("handling", row["handling"], _("Your clearance does not reach this handling."))
        if row.get("team_id") is not None and row["team_id"] not in self.teams:
            plan.say("team", None, _("Records come in for your own teams only."))

    def complete(self, plan: Plan) -> None:
        """Fill what a new record needs beside what the file says, and refuse what the form would refuse."""
        row = plan.engagement
        kind = self.kind_of_type.get(row.get("type_id") or 0)
        if kind is None:
            plan.say("type", None, _("Say of which type it is: a column, or the same for all lines."))
            return
        row.setdefault("kind", kind)
        if row["kind"] != kind:
            plan.say("type", self.type_names[row["type_id"]], _("This type belongs to another kind of engagement."))
        if not plan.many.get("strategies"):
            plan.say("strategies", None, _("Choose at least one strategy: a column, or the same for all lines."))
        if plan.detail or plan.tasks:
            model = DETAIL_OF.get(row["kind"])
            if model is None or not plan.detail.keys() <= {item.attname for item in model._meta.concrete_fields}:
                plan.say("kind", row["kind"], _("These facts belong to another kind of engagement."))
            else:
                refuse(plan, model, plan.detail, "")
        of_batch: Row = {"handling": self.batch.handling, "team_id": self.batch.team_id}
        usual = {name: value for name, value in of_batch.items() if name not in row}
        self._keep_to_own(plan, usual)
        row.update(usual)
        if not row.get("title"):
            starts = PartialDate.of(row.get("starts_on"), row.get("starts_precision", "unknown"))
            row["title"] = generated_title(self.type_names[row["type_id"]], plan.party_names, starts)
            row["is_title_generated"] = True
        refuse(plan, Engagement, row, "")


def refuse(plan: Plan, model: type[Model], values: Row, part: str, line: int = 0) -> None:
    """Note each rule of ``model`` that the values break."""
    for column, sentence in rules_of(model).broken(values):
        plan.say(part + column.removesuffix("_on") if column else part.rstrip("."), values.get(column), sentence, line=line)


def _strength(plan: Plan, of: tuple[PartyKey, PartialDate, str], figures: Row) -> None:
    party, as_of, kind = of
    key = (party, as_of.earliest, str(as_of.precision), kind)
    held = plan.strengths.get(key)
    if held is None:
        plan.strengths[key] = dict(figures)
        return
    for name in ("female", "male", "total"):
        if figures[name] is not None:
            held[name] = (held[name] or 0) + figures[name]


# Columns -----------------------------------------------------------------------------------------


@cache
def _way(model: type[Model], name: str) -> tuple[str, str, bool]:
    """How a value of the field ``name`` is stored: ("link" | "first" | "last" | "name" | "plain", column, whether empty is text)."""
    fields = {item.name: item for item in model._meta.concrete_fields}
    if name in fields:
        item = fields[name]
        if item.is_relation:
            return "link", str(item.attname), False
        empty_is_text = item.empty_strings_allowed and not item.null and item.get_internal_type() in {"CharField", "TextField", "SlugField"}
        return ("name" if isinstance(item, NameField) else "plain"), name, empty_is_text
    dated = fields[f"{name}_on"]
    return ("last" if dated.latest else "first"), name, False


def put(row: Row, model: type[Model], name: str, value: Any) -> None:
    """Store ``value`` of the field ``name`` in the columns it has."""
    way, column, empty_is_text = _way(model, name)
    if way == "link":
        row[column] = value.pk if value is not None else None
    elif way == "plain":
        row[column] = "" if value is None and empty_is_text else value
    elif way == "name":
        row[column] = tidy(value) if value else ""
    else:
        value = value or PartialDate()
        row[f"{column}_on"] = value.latest if way == "last" else value.earliest
        row[f"{column}_precision"] = str(value.precision)


def clear(row: Row, model: type[Model], name: str) -> None:
    """Store what the field ``name`` holds where nothing is known."""
    way, column, _empty = _way(model, name)
    if way in {"first", "last"}:
        row[f"{column}_on"], row[f"{column}_precision"] = None, "unknown"
    else:
        row[column] = model._meta.get_field(name).get_default()


def fingerprint(plan: Plan) -> str:
    """The same for the same facts, whatever lines told them, and in whatever order a line named its fields."""
    facts: Iterable[Any] = (
        sorted(plan.engagement.items()),
        sorted(plan.many.items()),
        sorted(plan.detail.items()),
        plan.tasks,
        [(key, sorted(row.items())) for key, row in plan.parties.items()],
        [(key, row["female"], row["male"], row["total"]) for key, row in plan.strengths.items()],
        [(key, row["planned"], row["actual"]) for key, row in plan.funding.items()],
        [sorted(row.items()) for row in (*plan.outcomes, *plan.sources)],
        plan.names,
        plan.reference,
    )
    return hashlib.blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
