"""Who takes part, with which figures, and what money, outcomes and sources a line speaks of."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.canonical import canonical
from engagements.choices import Role
from imports.mapping import targets
from imports.mapping.parsed import REVIEW, Named, ParsedLine, ParsedParticipant, Problem
from imports.mapping.spec import Rule
from imports.mapping.targets import Reads
from imports.mapping.values import cell_reader

if TYPE_CHECKING:
    from imports.mapping.lines import Compiled, Step

_MARKS = {"x", "yes", "y", "1", "true", "t", "✓", "✔", "participant", "participated"}
_NO_MARKS = {"no", "n", "0", "false", "f", "-"}
HEADING_PARTS = " / "  # between the rows of a heading of several rows
FIGURES = {"total", "female", "male"}


class Heading:
    """A column whose heading says a part: the party, the role, the day or the type of personnel."""

    __slots__ = ("named", "preset", "role", "step")

    def __init__(self, compiled: "Compiled", rule: Rule, step: "Step"):
        self.step, self.named, self.role, self.preset = step, None, None, {}
        parts = [part.strip() for part in step.column.split(HEADING_PARTS)]
        said = rule.heading
        parts = parts[-1:] if len(said) == 1 else parts[-len(said) :]
        for name, text in zip(said[-len(parts) :], parts, strict=True):
            if not name or not text:
                continue
            value, fault = cell_reader(targets.by_name()[name], replace(rule, to=name, split="", values={}), compiled.missing)(text)
            if fault is not None:
                raise ValidationError(f"{step.column}: {fault.sentence}", code="mapping")
            if name == "participant":
                self.named = value[0] if value else None
            elif name == "participant.role":
                self.role = value
            elif value is not None:
                self.preset[name.partition(".")[2]] = value


class Parties:
    """The part of a mapping that is about rows beside the engagement."""

    def __init__(self, compiled: "Compiled", rules: list[Rule]):
        from imports.mapping.lines import Step

        self.compiled, self.constants = compiled, compiled.constants

        def steps(group: str, *, gathered: bool = False) -> list["Step"]:
            return [
                Step(compiled, rule, at)
                for rule in rules
                if targets.by_name()[rule.to].group == group and bool(rule.gather) == gathered
                for at in compiled.columns.of_rule(rule)
            ]

        of_participants = steps("participant")
        self.named = [step for step in of_participants if step.rule.to == "participant"]
        self.fields = [step for step in of_participants if step.rule.to != "participant"]
        self.loose = {step.column for step in self.named if not step.rule.role}
        self.strengths = steps("strength")
        self.funding, self.outcomes, self.sources = steps("funding"), steps("outcome"), steps("source")
        self.gathered = [
            Heading(compiled, rule, self._marks(Step(compiled, rule, at)) if rule.to == "participant" else Step(compiled, rule, at))
            for rule in rules
            if rule.gather
            for at in compiled.columns.of_rule(rule)
        ]
        self.always = [(Named("party", party), role) for party, role in compiled.mapping.participants]
        self.roles = [step for step in self.fields if step.rule.to == "participant.role" and not step.rule.role]
        self.fields = [step for step in self.fields if step not in self.roles]
        constants = [(name.partition("."), value) for name, value in self.constants.items()]
        self.preset = {
            group: {name: value for (of, _dot, name), value in constants if of == group}
            for group in ("participant", "strength", "funding", "outcome", "source")
        }
        self.plain_role = self.preset["participant"].pop("role", None)

    def _marks(self, step: "Step") -> "Step":
        """The cell below a party's name: a mark that it takes part, or its role."""
        role = targets.by_name()["participant.role"]
        read_role = cell_reader(role, replace(step.rule, to="participant.role"), self.compiled.missing)
        mapped = {canonical(key) for key in step.rule.values}

        def read(cell: str) -> Any:
            word = canonical(cell)
            if word in _NO_MARKS and word not in mapped:
                return None, None
            if word in _MARKS and word not in mapped:
                return True, None
            return read_role(cell)

        step.memory.read = read
        return step

    def read(self, parsed: ParsedLine) -> None:
        for named, role in self.always:
            parsed.participants.append(ParsedParticipant(named, role))
        if self.named:
            self._name(parsed)
        if self.fields:
            self._fields(parsed)
        of_all = self._strengths(parsed) if self.strengths else {}
        if self.gathered:
            self._gather(parsed, of_all)
        for participant in parsed.participants:
            for name, value in self.preset["participant"].items():
                if participant.column:
                    participant.fields.setdefault(name, value)
        if self.funding:
            self._funding(parsed)
        if self.outcomes:
            self._rows(parsed, self.outcomes, parsed.outcomes, "outcome", ("statement", "number"))
        if self.sources or self.preset["source"]:
            self._sources(parsed)

    def _name(self, parsed: ParsedLine) -> None:
        said = None
        for step in self.roles:
            said = step.read(parsed) or said
        cells = parsed.cells
        for step in self.named:
            if not cells[step.at]:  # most of a wide family
                continue
            parties = step.read(parsed)
            if parties is None:
                if (cell := cells[step.at].strip()) and step.rule.values.get(cell, "") is None:
                    sentence = _("The mapping leaves this name out: the line counts without a participant.")
                    parsed.problems.append(Problem(parsed.line, step.column, cell, sentence, REVIEW))
                continue
            role = step.rule.role or said or self.plain_role
            for named in parties:
                parsed.participants.append(
                    ParsedParticipant(named, role or Role.PARTICIPANT.value, is_plain=role is None, column=step.column)
                )

    def _belongs_to(self, parsed: ParsedLine, step: "Step") -> list[ParsedParticipant]:
        """The participants that a figure of this column may be of; if no role is said, those whose column says none."""
        if step.rule.role:
            return [participant for participant in parsed.participants if participant.role == step.rule.role]
        of_file = [participant for participant in parsed.participants if participant.column]
        return [participant for participant in of_file if participant.column in self.loose] or of_file

    def _fields(self, parsed: ParsedLine) -> None:
        for step in self.fields:
            value = step.read(parsed)
            if value is None:
                continue
            owners = self._belongs_to(parsed, step)
            if step.rule.split and isinstance(value, tuple) and not isinstance(value, Named):
                if len(value) == len(owners):
                    for owner, one in zip(owners, value, strict=True):
                        _set(owner.fields, step, one)
                    continue
                if len(value) > 1:
                    self._not_said(parsed, step, len(owners))
                    continue
                value = value[0]
            is_figure = step.target.reads in {Reads.INTEGER, Reads.DECIMAL}
            if not owners or (is_figure and len(owners) > 1):
                self._not_said(parsed, step, len(owners))
                continue
            for owner in owners:
                _set(owner.fields, step, value)

    def _not_said(self, parsed: ParsedLine, step: "Step", owners: int) -> None:
        """A figure for nobody, or for several at once, can not be put down to anyone."""
        sentence = (
            _("It is not said which of the %(count)s participants this belongs to: it stays in the line only.") % {"count": owners}
            if owners
            else _("The line names no participant that this belongs to: it stays in the line only.")
        )
        parsed.problems.append(Problem(parsed.line, step.column, parsed.cells[step.at], sentence, REVIEW))

    def _strengths(self, parsed: ParsedLine) -> dict[str, Any]:
        """Adds the reports that single columns give; returns the date and type that hold for all figures of the line."""
        reports: dict[tuple[str, str], tuple[Step, dict[str, Any]]] = {}
        common: dict[str, Any] = {}
        for step in self.strengths:
            value = step.read(parsed)
            if value is None:
                continue
            if step.target.field in FIGURES:
                key = (step.rule.role, step.rule.personnel_type)
                reports.setdefault(key, (step, {}))[1][step.target.field] = value
            else:
                common[step.target.field] = value
        for (_role, kind), (step, figures) in reports.items():
            owners = self._belongs_to(parsed, step)
            if len(owners) != 1:
                self._not_said(parsed, step, len(owners))
                continue
            self._report(parsed, owners[0], step, common | ({"personnel_type": kind} if kind else {}), figures)
        return common

    def _report(self, parsed: ParsedLine, owner: ParsedParticipant, step: "Step", common: dict[str, Any], figures: dict[str, Any]) -> None:
        """One strength report; its total is what is said, else women and men together."""
        female, male, total = (figures.get(name) for name in ("female", "male", "total"))
        if female is not None and male is not None and total is not None and female + male != total:
            sentence = _("%(female)s women and %(male)s men are not %(total)s: only the total is kept.")
            said = sentence % {"female": female, "male": male, "total": total}
            parsed.problems.append(Problem(parsed.line, step.column, str(total), said, REVIEW))
            figures = {"total": total}
        elif total is not None and max(female or 0, male or 0) > total:
            said = _("A part is more than the total of %(total)s: only the total is kept.") % {"total": total}
            parsed.problems.append(Problem(parsed.line, step.column, str(total), said, REVIEW))
            figures = {"total": total}
        owner.strengths.append(self.preset["strength"] | common | figures)

    def _gather(self, parsed: ParsedLine, common: dict[str, Any]) -> None:
        """The families whose headings say a part. Below the name of a party, 0 people are nobody who takes part."""
        cells = parsed.cells
        made: dict[tuple[Any, Any], ParsedParticipant] = {}
        for heading in self.gathered:
            step = heading.step
            if not cells[step.at] or (value := step.read(parsed)) is None:
                continue
            rule = step.rule
            if step.target.group == "funding":
                parsed.funding.append(self.preset["funding"] | heading.preset | {step.target.field: value} | _money(rule))
                continue
            if heading.named is None:
                owners = self._belongs_to(parsed, step)
                if len(owners) != 1:
                    self._not_said(parsed, step, len(owners))
                    continue
                owner = owners[0]
            elif value == 0 and step.target.reads is Reads.INTEGER:
                continue
            else:
                role = value if rule.to in {"participant", "participant.role"} and value is not True else None
                role = role or heading.role or rule.role or self.plain_role
                key = (heading.named, role)
                if key not in made:
                    made[key] = ParsedParticipant(heading.named, role or Role.PARTICIPANT.value, is_plain=role is None, column=step.column)
                    parsed.participants.append(made[key])
                owner = made[key]
            if step.target.group == "strength":
                kind = {"personnel_type": rule.personnel_type} if rule.personnel_type else {}
                _add_to_report(owner, self.preset["strength"] | common | kind | heading.preset, step.target.field, value)
            elif rule.to not in {"participant", "participant.role"}:
                held = owner.fields.get(step.target.field)
                if held is not None and held != value and not step.target.joins:
                    sentence = _("Another column says %(held)s of the same participant, which is kept.") % {"held": held}
                    parsed.problems.append(Problem(parsed.line, step.column, cells[step.at], sentence, REVIEW))
                _set(owner.fields, step, value)

    def _funding(self, parsed: ParsedLine) -> None:
        common: dict[str, Any] = {}
        rows: list[dict[str, Any]] = []
        counts: dict[str, int] = {}
        for step in self.funding:
            field = step.target.field
            number = counts[field] = counts.get(field, -1) + 1
            value = step.read(parsed)
            if value is None:
                continue
            if field in {"planned", "actual"}:
                while len(rows) <= number:
                    rows.append({})
                rows[number] |= {field: value} | _money(step.rule)
            elif field == "note" and field in common:
                common[field] = f"{common[field]}; {value}"
            else:
                common.setdefault(field, value)
        preset = self.preset["funding"]
        rows = [row for row in rows if row] or ([{}] if "source" in common else [])
        parsed.funding += [
            preset | {name: value for name, value in row.items() if name == "currency" and value} | common | row for row in rows
        ]

    def _rows(self, parsed: ParsedLine, steps: list["Step"], rows: list[dict[str, Any]], group: str, needed: tuple[str, ...]) -> None:
        row: dict[str, Any] = {}
        for step in steps:
            if (value := step.read(parsed)) is not None:
                row.setdefault(step.target.field or step.rule.to.partition(".")[2], value)
        if any(name in row for name in needed):
            rows.append(self.preset[group] | row)

    def _sources(self, parsed: ParsedLine) -> None:
        row: dict[str, Any] = {}
        for step in self.sources:
            value = step.read(parsed)
            if value is None:
                continue
            if step.rule.to == "source":
                parsed.sources += [
                    {name: text for name, text in zip(("title", "publisher", "url"), parts, strict=True) if text} for parts in value
                ]
            else:
                row.setdefault(step.target.field, value)
        row = self.preset["source"] | row
        if row and "title" not in row and "url" in row:
            row["title"] = row["url"][:400]
        if "title" in row:
            parsed.sources.append(row)


def _money(rule: Rule) -> dict[str, str]:
    return {"currency": rule.currency} if rule.currency else {}


def _set(fields: dict[str, Any], step: "Step", value: Any) -> None:
    """Notes join; of other fields the first column that says something stands."""
    name = step.target.field
    if name in fields and step.target.joins and value not in fields[name]:
        fields[name] = f"{fields[name]}; {value}"
    else:
        fields.setdefault(name, value)


def _add_to_report(owner: ParsedParticipant, of: dict[str, Any], field: str, value: int) -> None:
    """Women and men of one date and type stand in one report."""
    for report in owner.strengths:
        if field not in report and all(report.get(name) == said for name, said in of.items()):
            report[field] = value
            return
    owner.strengths.append(of | {field: value})
