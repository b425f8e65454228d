"""The lines of one group, put together: what they say of one engagement, before any name is looked up.

What lines say alike is said once; figures of the same party add up; texts and entries of lists join. Where two lines
say different things of which only one can stand, the first stands and the other line is flagged.
"""

from typing import Any

from django.utils.translation import gettext as _

from imports.mapping.parsed import REVIEW, Named, ParsedLine, ParsedParticipant, Problem

SUMMED = {"personnel", "personnel_planned", "women"}
JOINED = {"unit", "contribution", "note"}
LONG = {
    "summary", "exercise.forces", "training.baseline", "training.absorptive_capacity", "training.sustainment", "mission.mandate",
    "mission.end_state",
}  # fmt: skip
SEPARATOR = "; "
FUNDING_KEY = ("source", "fiscal_year", "currency", "is_pooled", "note")
Row = dict[str, Any]


class Party:
    """A participant in one role, with what several lines say of it; ``strengths`` by date and type of personnel."""

    __slots__ = ("column", "fields", "is_plain", "line", "named", "role", "strengths")

    def __init__(self, given: ParsedParticipant, line: int):
        self.named, self.role, self.is_plain, self.line = given.named, given.role, given.is_plain, line
        self.column = given.column
        self.fields: Row = {}
        self.strengths: dict[tuple, Row] = {}


class Gathered:
    """One group. ``values`` by target, ``parties`` by name and role, ``funding`` by what tells one row of money from another."""

    __slots__ = ("funding", "group", "identity", "lines", "names", "on", "outcomes", "parties", "problems", "sources", "values")

    def __init__(self, group: str, identity: str = ""):
        self.group, self.identity = group, identity
        self.lines: list[int] = []
        self.on: Any = None  # the day by which names of states are read
        self.values: Row = {}
        self.parties: dict[tuple, Party] = {}
        self.funding: dict[tuple, Row] = {}
        self.outcomes: list[Row] = []
        self.sources: list[Row] = []
        self.names: list[tuple[str, str]] = []
        self.problems: list[Problem] = []  # of the lines together; those of each line by itself are known already

    def add(self, parsed: ParsedLine) -> None:
        """One line more, of those that can come in."""
        self.lines.append(parsed.line)
        if self.on is None:
            self.on = parsed.on
        if self.values:
            for target, value in parsed.values.items():
                self._say(parsed.line, target, value)
        else:
            self.values = dict(parsed.values)
        for participant in parsed.participants:
            self._take_part(parsed.line, participant)
        self.names.extend(name for name in parsed.external_ids if name not in self.names)
        for row in parsed.funding:
            key = tuple([row.get(name) for name in FUNDING_KEY])
            held = self.funding.get(key)
            if held is None:
                self.funding[key] = dict(row)
                continue
            for name in ("planned", "actual"):
                if row.get(name) is not None:
                    held[name] = row[name] if held.get(name) is None else held[name] + row[name]
        for rows, new in ((self.outcomes, parsed.outcomes), (self.sources, parsed.sources)):
            if new:
                rows.extend(row for row in new if row not in rows)

    def _say(self, line: int, target: str, value: Any) -> None:
        values = self.values
        if target not in values:
            values[target] = value
            return
        held = values[target]
        if held == value or value is None or value == "" or value == ():
            return
        if held is None or held == "" or held == ():
            values[target] = value
        elif type(held) is tuple and type(value) is tuple and not isinstance(held, Named):
            values[target] = held + tuple(item for item in value if item not in held)
        elif target in LONG:
            if value not in held.split("\n"):
                values[target] = f"{held}\n{value}"
        else:
            self.differs(line, target, held, value)

    def differs(self, line: int, target: str, held: Any, value: Any) -> None:
        sentence = _("Another line of the same record says “%(held)s”, which is kept.") % {"held": shown(held)}
        self.problems.append(Problem(line, target, shown(value), sentence, REVIEW))

    def _take_part(self, line: int, given: ParsedParticipant) -> None:
        key = (given.named, given.role)
        party = self.parties.get(key)
        if party is None:
            party = self.parties[key] = Party(given, line)
        party.is_plain = party.is_plain and given.is_plain
        for name, value in given.fields.items():
            join(self, line, party.fields, name, value)
        for strength in given.strengths:
            add_strength(self, line, party.strengths, strength)


def join(gathered: Gathered, line: int, fields: Row, name: str, value: Any) -> None:
    """Put what one more line says of a participant beside what is there."""
    held = fields.get(name)
    if held is None or held == "":
        fields[name] = value
    elif value is None or value == "":
        pass
    elif name in SUMMED:
        fields[name] = held + value
    elif held == value:
        pass
    elif name in JOINED:
        if value not in held.split(SEPARATOR):
            fields[name] = f"{held}{SEPARATOR}{value}"
    else:
        gathered.differs(line, f"participant.{name}", held, value)


def add_strength(gathered: Gathered, line: int, strengths: dict[tuple, Row], given: Row) -> None:
    """Figures of one date and type add up: women from one line, men from another."""
    female, male, total = given.get("female"), given.get("male"), given.get("total")
    if total is None:
        if female is None and male is None:
            return
        total = (female or 0) + (male or 0)
    key = (given.get("as_of"), given.get("personnel_type"))
    held = strengths.get(key)
    if held is None:
        strengths[key] = {"female": female, "male": male, "total": total, "line": line}
        return
    if (
        (female is not None and held["female"] is not None)
        or (male is not None and held["male"] is not None)
        or not ({female, male, held["female"], held["male"]} - {None})
    ):
        sentence = _("Another line gives a figure for the same party, date and type: they are added up. Were lines doubled, say so.")
        gathered.problems.append(Problem(line, "strength.total", str(total), sentence, REVIEW))
    held["total"] += total
    for name, value in (("female", female), ("male", male)):
        if value is not None:
            held[name] = (held[name] or 0) + value


def shown(value: Any) -> str:
    """A value as a sentence names it."""
    if isinstance(value, Named):
        return value.text
    if type(value) is tuple:
        return SEPARATOR.join(shown(item) for item in value)
    return str(value)
