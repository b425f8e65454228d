"""Reads tests/matrix.toml: the records, the actions, and what each person is answered for each of them.

``python -m tests.matrix`` prints the table of docs/permissions.md.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROLES = ["viewer", "analyst", "manager", "steward", "administrator"]
RELATIONS = ["own", "author", "team", "released", "other"]
STATES = ["draft", "submitted", "returned", "verified", "archived", "withdrawn"]
HANDLING = ["public", "official", "restricted"]
ANSWERS = {200, 302, 403, 404, 405}
EVERYONE = "any"
FILE = Path(__file__).with_name("matrix.toml")


@dataclass(frozen=True)
class Rule:
    """Who, standing how, in which states: "analyst: own, team: draft"."""

    roles: tuple[str, ...]
    relations: tuple[str, ...]
    states: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Rule":
        parts = [tuple(name.strip() for name in part.split(",")) for part in text.split(":")]
        known = (ROLES, RELATIONS, STATES)
        if len(parts) != len(known):
            raise ValueError(f"a rule is “roles: relations: states”, not “{text}”")
        for names, allowed in zip(parts, known, strict=True):
            if names != (EVERYONE,) and not set(names) <= set(allowed):
                raise ValueError(f"“{text}” names something unknown: {', '.join(names)}")
        return cls(*(tuple(allowed) if names == (EVERYONE,) else names for names, allowed in zip(parts, known, strict=True)))

    def covers(self, role: str, case: "Case") -> bool:
        return role in self.roles and case.relation in self.relations and case.state in self.states


@dataclass(frozen=True)
class Case:
    """One record before one person: its handling and state, how the person stands to it, and the clearance."""

    handling: str
    state: str
    relation: str
    clearance: str

    @property
    def is_seen(self) -> bool:
        sees = _file()["sees"]
        reaches = HANDLING.index(self.clearance) >= HANDLING.index(self.handling)
        return reaches and self.relation in sees["by_state"][self.state] and self.relation in sees["by_handling"][self.handling]

    def __str__(self):
        short = "" if self.clearance == HANDLING[-1] else f" with clearance {self.clearance}"
        return f"{self.relation}{short}, {self.handling}, {self.state}"


@dataclass(frozen=True)
class Action:
    """One thing to do at one address, and who may do it."""

    name: str
    address: str
    method: str = "GET"
    values: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, Any] | None = None
    opens_form: bool = False
    file: bool = False
    records: str = "records"
    outside: tuple[str, ...] = ()
    hidden: dict[str, int] = field(default_factory=dict)
    leads_on: bool = False
    quiet: bool = False
    yes: tuple[Rule, ...] = ()
    says: tuple[Rule, ...] = ()
    needs: str = ""

    def cases(self) -> list[Case]:
        return [
            Case(block["handling"], state, relation, block.get("clearance", HANDLING[-1]))
            for block in _file()[self.records]
            for state in block["states"]
            for relation in block["relations"]
        ]

    def answer(self, role: str, case: Case) -> tuple[int, bool]:
        """The status, and whether something is written."""
        if role in self.outside:
            return 302, False
        if not case.is_seen:
            return self.hidden.get(role, 404), False
        if any(rule.covers(role, case) for rule in self.yes):
            if self.method == "POST":
                return 302, not self.quiet
            return (302 if self.leads_on else 200), False
        if any(rule.covers(role, case) for rule in self.says):
            return 302, False
        return 403, False


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def actions() -> list[Action]:
    found = []
    for row in _file()["action"]:
        rules = {name: tuple(Rule.parse(text) for text in row.get(name, [])) for name in ("yes", "says")}
        hidden = row.get("hidden", {})
        hidden = dict.fromkeys(ROLES, hidden) if isinstance(hidden, int) else hidden
        found.append(Action(**{**row, **rules, "hidden": hidden, "outside": tuple(row.get("outside", ()))}))
    return found


def cells() -> Iterator[tuple[Action, str, Case, int]]:
    """Every declared cell: the action, the role, the record before the person, and the status of the answer."""
    for action in actions():
        for role in ROLES:
            for case in action.cases():
                yield action, role, case, action.answer(role, case)[0]


# The table for people ----------------------------------------------------------------------------


def _in_words(action: Action, role: str) -> str:
    if role in action.outside:
        return "not let in"
    said = []
    for rule in action.yes:
        if role in rule.roles:
            relations = "" if rule.relations == tuple(RELATIONS) else ", ".join(rule.relations)
            states = "" if rule.states == tuple(STATES) else ", ".join(rule.states)
            said.append(": ".join(part for part in (relations, states) if part) or "yes")
    return "; ".join(said) or "–"  # noqa: RUF001


def table() -> str:
    """The actions as the table of docs/permissions.md."""
    lines = ["| | " + " | ".join(ROLES) + " |", "|---|" + "---|" * len(ROLES)]
    for action in actions():
        lines.append(f"| {action.name} | " + " | ".join(_in_words(action, role) for role in ROLES) + " |")
    return "\n".join(lines) + "\n"


def sight() -> str:
    """Who sees which record, as the other table of docs/permissions.md."""
    sees = _file()["sees"]
    lines = ["| | " + " | ".join(RELATIONS) + " |", "|---|" + "---|" * len(RELATIONS)]
    for name, allowed in [*sees["by_handling"].items(), *sees["by_state"].items()]:
        lines.append(f"| {name} | " + " | ".join("yes" if relation in allowed else "–" for relation in RELATIONS) + " |")  # noqa: RUF001
    return "\n".join(lines) + "\n"


def between(text: str, name: str) -> str:
    """What stands in a document between its marks for the table ``name``."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", text, re.S)
    return found.group(1) if found else ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(sight() + "\n" + table())
