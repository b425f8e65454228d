"""What a line of a file says, once its mapping has been read: plain values and names, nothing looked up yet."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

ERROR, REVIEW = "error", "review"


class Named(NamedTuple):
    """A name that has to be looked up. ``kind`` is a key of ``imports.resolving.LISTS``, or ``choice:<target>`` for a closed list."""

    kind: str
    text: str


class Problem(NamedTuple):
    """Something to say about a cell. An ``error`` keeps the line out; with ``review`` it comes in and the record is flagged."""

    line: int  # as a person counts in the file; 0: about the mapping as a whole
    column: str
    value: str
    sentence: str
    severity: str = ERROR


@dataclass(slots=True)
class ParsedParticipant:
    """A party of a line. ``is_plain``: the file says no role, so another line or column that says one goes first."""

    named: Named
    role: str | Named
    fields: dict[str, Any] = field(default_factory=dict)  # of Participation, by name: personnel, unit, starts
    strengths: list[dict[str, Any]] = field(default_factory=list)  # of StrengthReport: as_of, personnel_type, total
    is_plain: bool = False
    column: str = ""  # heading that named it; empty for a constant


@dataclass(slots=True)
class ParsedLine:
    """One line. Values of lists are ``Named``, of closed lists the code (or ``Named`` where the text is no value of it)."""

    line: int
    cells: tuple[str, ...]
    group: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()  # empty: the source has no name for it
    is_aggregate: bool = False
    keys: dict[str, str] = field(default_factory=dict)  # columns of ``aggregates.keys``: their cells
    people: int | None = None
    cost: Decimal | None = None
    values: dict[str, Any] = field(default_factory=dict)  # target: value; several entries as a tuple
    participants: list[ParsedParticipant] = field(default_factory=list)
    funding: list[dict[str, Any]] = field(default_factory=list)  # of FundingLine: source, fiscal_year, planned, actual, currency, note
    outcomes: list[dict[str, Any]] = field(default_factory=list)  # of Outcome; "number" is its number in this register
    sources: list[dict[str, Any]] = field(default_factory=list)  # of Source: title, publisher, kind, url, published
    external_ids: list[tuple[str, str]] = field(default_factory=list)  # (system, identifier)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Whether it can not come in."""
        return any(problem.severity == ERROR for problem in self.problems)

    @property
    def on(self) -> dt.date | None:
        """The day by which names of states are read: the start, else the end."""
        starts, ends = self.values.get("starts"), self.values.get("ends")
        return (starts and starts.earliest) or (ends and ends.earliest) or None

    @property
    def strengths(self) -> list[tuple[ParsedParticipant, dict[str, Any]]]:
        """Each strength report with the participant it is of."""
        return [(participant, strength) for participant in self.participants for strength in participant.strengths]

    @property
    def asked(self) -> set[Named]:
        """The names to look up."""
        found: set[Named] = set()
        values = [*self.values.values()]
        for participant in self.participants:
            values += (participant.named, participant.role, *participant.fields.values())
            for strength in participant.strengths:
                values += strength.values()
        for rows in (self.funding, self.outcomes, self.sources):
            for row in rows:
                values += row.values()
        for value in values:
            kind = type(value)
            if kind is Named:
                found.add(value)
            elif kind is tuple:
                found.update([item for item in value if type(item) is Named])
        return found
