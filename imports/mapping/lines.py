"""A mapping made ready for one file: ``compiled.read(number, cells)`` is called once a line, so everything that can be known before is."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.canonical import canonical, tidy
from imports.mapping import targets
from imports.mapping.date_columns import whole_dates, with_others
from imports.mapping.dates import UNKNOWN
from imports.mapping.headings import Columns
from imports.mapping.numbers import read_decimal, read_people
from imports.mapping.parsed import REVIEW, Named, ParsedLine, Problem
from imports.mapping.parties import Parties
from imports.mapping.places import in_pair
from imports.mapping.spec import Aggregates, Flag, Mapping, Rule, When
from imports.mapping.targets import Reads
from imports.mapping.values import IsName, Memory, Missing, cell_reader

NARROW = 4  # columns, from which on a line with one cell is hardly a record
LONGEST_STAY = 60  # years from start to end, beyond which the end is looked at


class Step:
    """One column of one rule: where its cell is, and what reads it, with other cells of the line where those count too."""

    __slots__ = ("at", "column", "memory", "only", "only_at", "others", "rule", "target")

    def __init__(self, compiled: "Compiled", rule: Rule, at: int):
        self.rule, self.at, self.column = rule, at, compiled.columns.headings[at]
        self.target = targets.by_name()[rule.to]
        read = cell_reader(self.target, rule, compiled.missing, compiled.decimal, compiled.other_end(rule), compiled.is_name)
        beside = [rule.month, rule.day, rule.precision, rule.open_when.column if rule.open_when else ""]
        self.others = [compiled.columns.at(name) for name in beside if name]
        self.memory = Memory(with_others(read, rule, compiled.missing) if self.others else read)
        self.only_at = compiled.columns.at(rule.only.column) if rule.only else -1
        self.only = Memory(_holds(rule.only)) if rule.only else None

    def read(self, parsed: ParsedLine) -> Any:
        """The value of its cell in this line; what is wrong with it is among the problems then."""
        cells = parsed.cells
        cell = cells[self.at]
        if not cell and not self.others:
            return None
        if self.only is not None and not self.only[cells[self.only_at]]:
            return None
        value, fault = self.memory[(cell, *[cells[at] for at in self.others]) if self.others else cell]
        if fault is not None:
            parsed.problems.append(Problem(parsed.line, self.column, cell, fault.sentence, fault.severity))
        return value


def _holds(when: When) -> Callable[[str], bool]:
    wanted = {canonical(text) for text in when.values}
    return lambda cell: canonical(cell) in wanted


class Compiled:
    """See ``compile_mapping``."""

    def __init__(self, mapping: Mapping, headings: Sequence[str], decimal: str, is_name: IsName | None = None):
        self.mapping, self.decimal, self.is_name = mapping, decimal, is_name
        self.columns = Columns(headings)
        self.missing = Missing(mapping.missing)
        self.width = len(headings)
        rules = [rule for rule in whole_dates(mapping.columns) if targets.by_name()[rule.to].reads is not Reads.NOTHING]
        own_groups = ("participant", "strength", "funding", "outcome", "source")
        self.values = [
            Step(self, rule, at)
            for rule in rules
            if targets.by_name()[rule.to].group not in own_groups and rule.to != "external_id"
            for at in self.columns.of_rule(rule)
        ]
        # Those that are alone in saying something, and say it in one cell, as most do.
        said = Counter(step.rule.to for step in self.values)
        plain = [step for step in self.values if said[step.rule.to] == 1 and not step.others and step.only is None]
        self.plain = [(step.at, step, step.rule.to) for step in plain]
        self.joined = [step for step in self.values if step not in plain]
        self.names = [Step(self, rule, at) for rule in rules if rule.to == "external_id" for at in self.columns.of_rule(rule)]
        self.constants = self._constants()
        of_parts = ("exercise.", "training.", "mission.")
        self.own_constants = [(name, value) for name, value in self.constants.items() if "." not in name or name.startswith(of_parts)]
        self.parties = Parties(self, rules)
        self.tidy = Memory(tidy)
        self.group = [self.columns.at(name) for name in mapping.group_by]
        self.identity = [self.columns.at(name) for name in mapping.identifying]
        reference = [rule.column for rule in rules if rule.to == "reference"]
        self.new_rows = self._new_rows(rules) if reference and list(mapping.group_by) in ([], reference) else []
        self.totals = Totals(self, mapping.aggregates) if mapping.aggregates else None
        self.flags = [(self.columns.at(flag.column), Memory(says(flag)), flag.say) for flag in mapping.flags]

    def _constants(self) -> dict[str, Any]:
        found = {}
        for name, given in self.mapping.constants.items():
            target = targets.by_name()[name]
            read = cell_reader(target, Rule(to=name, currency=str(self.mapping.constants.get("funding.currency", ""))), Missing(()), ".")
            values = [read(text) for text in (given if isinstance(given, tuple) else (given,))]
            faults = [fault for _value, fault in values if fault]
            if faults:
                raise ValidationError(f"constants.{name}: {faults[0].sentence}", code="mapping")
            known = [value for value, _fault in values if value is not None]
            if known:
                found[name] = tuple(item for value in known for item in value) if target.reads is Reads.ENTRIES else known[0]
        return found

    def _new_rows(self, rules: list[Rule]) -> list[int]:
        """Where the reference is blank, as in the rows that a template adds, title and dates hold lines together."""
        return [self.columns.at(rule.column) for rule in rules if rule.to in {"title", "starts", "ends"} and not rule.is_family]

    def read(self, line: int, cells: Sequence[str]) -> ParsedLine:
        """What the line says. Never raises for what stands in a cell."""
        cells = tuple(cells)
        if len(cells) < self.width:
            cells += ("",) * (self.width - len(cells))
        parsed = ParsedLine(line, cells)
        tidied = self.tidy
        parsed.identity = tuple([tidied[cells[at]] for at in self.identity])
        if self.identity != self.group and not any(parsed.identity):
            parsed.identity = ()
        parsed.group = self._group(parsed)
        if self.totals is not None and self.totals.read(parsed):
            return parsed
        values = parsed.values
        for at, step, name in self.plain:
            if cell := cells[at]:
                value, fault = step.memory[cell]
                if fault is not None:
                    parsed.problems.append(Problem(line, step.column, cell, fault.sentence, fault.severity))
                if value is not None:
                    values[name] = value
        for step in self.joined:
            value = step.read(parsed)
            if value is not None:
                _put(values, step, value)
        for name, value in self.own_constants:
            values.setdefault(name, value)
        if "country" in values and not isinstance(values["country"], Named):
            _in_several_countries(values)
        for step in self.names:
            value = step.read(parsed)
            if value is not None:
                parsed.external_ids.append((step.rule.system, value))
        self.parties.read(parsed)
        for at, holds, sentence in self.flags:
            if holds[cells[at]]:
                parsed.problems.append(Problem(line, self.columns.headings[at], cells[at], sentence, REVIEW))
        if self.width >= NARROW and sum(map(bool, cells)) == 1:
            at, cell = next((at, cell) for at, cell in enumerate(cells) if cell)
            sentence = _("Nothing else stands in this line. If it is a note below the table, say which is the last line that is read.")
            parsed.problems.append(Problem(line, self.columns.headings[at], cell, sentence, REVIEW))
        if "starts" in values and "ends" in values:
            check_period(parsed, self.cell_of)
        if "latitude" in values or "longitude" in values:
            in_pair(parsed, self.column_of)
        return parsed

    def _group(self, parsed: ParsedLine) -> tuple[str, ...]:
        tidied, cells = self.tidy, parsed.cells
        if self.group:
            group = tuple([tidied[cells[at]] for at in self.group])
            if any(group) or not self.new_rows:
                return group
        elif self.identity and any(parsed.identity) and self.new_rows:
            return parsed.identity
        if self.new_rows:
            parsed.identity = ()
            group = tuple([tidied[cells[at]] for at in self.new_rows])
            if group and group[0]:
                return ("", *group)
        if self.mapping.doubled == "merge":
            return cells
        return (f"#{parsed.line}",)

    def other_end(self, rule: Rule) -> str:
        """The column that says when it ends, for a rule that says when it starts, and the other way round: the same one if it does."""
        other = {"starts": "ends", "ends": "starts"}.get(rule.to)
        columns = [one.column for one in self.mapping.columns if other and one.to in {other, f"{other}.year"}]
        return rule.column if rule.column in columns else next(iter(columns), "")

    def column_of(self, target: str) -> str:
        """The heading that a value comes from, for a sentence about it."""
        return next((step.column for step in self.values if step.rule.to == target), target)

    def cell_of(self, target: str, parsed: ParsedLine) -> tuple[str, str]:
        """The column that a value of the line comes from, and its cell."""
        filled = [step for step in self.values if step.rule.to == target and parsed.cells[step.at]]
        return (filled[0].column, parsed.cells[filled[0].at]) if filled else (self.column_of(target), "")


def _put(values: dict[str, Any], step: Step, value: Any) -> None:
    """Texts and entries join; of the others the first column that says something stands."""
    name = step.rule.to
    if name not in values or (not values[name] and not isinstance(values[name], bool)):
        values[name] = value
    elif step.target.reads is Reads.ENTRIES:
        values[name] += tuple(item for item in value if item not in values[name])
    elif step.target.reads is Reads.LONG and value not in values[name]:
        values[name] = f"{values[name]}\n{value}"


def _in_several_countries(values: dict[str, Any]) -> None:
    """The first country of a cell that names several is where it was held; it was held in the others too."""
    values["country"], *others = values["country"]
    if others:
        held = (*values.get("also_held_in", ()), *others)
        values["also_held_in"] = tuple(dict.fromkeys(named for named in held if named != values["country"]))


def check_period(parsed: ParsedLine, cell_of: Callable[[str, ParsedLine], tuple[str, str]]) -> None:
    """An end before the start can not be kept: it is unknown then, and flagged. So is an end that is much too late, which is kept."""
    starts, ends = parsed.values["starts"], parsed.values["ends"]
    first, last = starts.earliest, ends.latest
    if first is None or last is None:
        return
    if last < first:
        sentence = _("The end (%(ends)s) is before the start (%(starts)s): the end is kept as not known.") % {
            "ends": ends,
            "starts": starts,
        }
        parsed.problems.append(Problem(parsed.line, *cell_of("ends", parsed), sentence, REVIEW))
        parsed.values["ends"] = UNKNOWN
    elif last.year - first.year > LONGEST_STAY:
        sentence = _("The end (%(ends)s) is %(years)s years after the start.") % {"ends": ends, "years": last.year - first.year}
        parsed.problems.append(Problem(parsed.line, *cell_of("ends", parsed), sentence, REVIEW))


def says(rule: Aggregates | Flag) -> Callable[[str], bool]:
    """Whether a cell contains, or equals, the text of ``rule``, however it is spelled."""
    wanted = canonical(rule.contains or rule.equals)
    return (lambda cell: wanted in canonical(cell)) if rule.contains else (lambda cell: canonical(cell) == wanted)


class Totals:
    """The columns that printed totals are about, and the lines that are printed totals."""

    def __init__(self, compiled: Compiled, rule: Aggregates):
        self.at = compiled.columns.at(rule.column)
        self.says_so = Memory(says(rule))
        self.keys = [(name, compiled.columns.at(name)) for name in rule.keys]
        self.tidy, self.headings = compiled.tidy, compiled.columns.headings
        missing, decimal = compiled.missing, compiled.decimal
        self.people_at = compiled.columns.at(rule.people) if rule.people else -1
        self.cost_at = compiled.columns.at(rule.cost) if rule.cost else -1
        self.people = Memory(lambda cell: (None, None) if missing(tidy(cell)) else read_people(tidy(cell), decimal))
        self.cost = Memory(
            lambda cell: (None, None) if missing(tidy(cell)) else read_decimal(tidy(cell), decimal, places=2, digits=18, currency="")
        )

    def read(self, parsed: ParsedLine) -> bool:
        """Reads keys and figures; whether the line is a printed total and nothing else."""
        cells = parsed.cells
        parsed.keys = {name: self.tidy[cells[at]] for name, at in self.keys}
        parsed.is_aggregate = self.says_so[cells[self.at]]
        for at, memory, name in ((self.people_at, self.people, "people"), (self.cost_at, self.cost, "cost")):
            if at < 0:
                continue
            value, fault = memory[cells[at]]
            setattr(parsed, name, value)
            if fault is not None and parsed.is_aggregate:
                parsed.problems.append(Problem(parsed.line, self.headings[at], cells[at], fault.sentence, REVIEW))
        return parsed.is_aggregate


def compile_mapping(mapping: Mapping, headings: Sequence[str], decimal: str = "", is_name: IsName | None = None) -> Compiled:
    """Raises ``ValidationError`` where the mapping names columns that the file does not have, or values that can not be read.

    ``is_name`` knows the names of the lists, where a cell with several is to be parted.
    """
    from imports.mapping.checks import absent

    faults = absent(mapping, headings)
    if faults:
        raise ValidationError(
            [ValidationError(f"{problem.column}: {problem.sentence}" if problem.column else problem.sentence) for problem in faults]
        )
    return Compiled(mapping, headings, decimal or str(mapping.file.get("decimal", ".")), is_name)


def preview(
    mapping: Mapping,
    headings: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    decimal: str = "",
    is_name: IsName | None = None,
) -> list[ParsedLine]:
    """The first lines as they would be read; rules about columns that are not there yet are passed over."""
    there = Columns(headings).only_what_is_there(mapping)
    compiled = Compiled(there, headings, decimal or str(mapping.file.get("decimal", ".")), is_name)
    return [compiled.read(number, cells) for number, cells in rows]
