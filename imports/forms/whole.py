"""What a mapping says of the whole file, as fields: what is the same for every record, tokens, sums, doubled lines."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.choices import Role
from imports.drafts import Document
from imports.mapping import targets
from imports.mapping.targets import Reads

# Asked by name; all others are chosen from a list.
USUAL = ("kind", "type", "status", "strategies", "framework", "country", "handling")
NEVER = {"participant", "reference", "external_id", "outcome.number", "source", "computed", "ignore"}
COMBOBOX = {"type": "engagement_type"}  # lists that the suggestions call otherwise
NO_COMBOBOX = {"team"}
BLANK_PARTIES, BLANK_CONSTANTS = 2, 2
MOST_PARTIES, MOST_CONSTANTS = 20, 30
MOST_FLAGS = 50
MOST_LETTERS = 2000
SEPARATOR = ";"
DOUBLED = [
    ("keep", gettext_lazy("stay: the source means each of them")),
    ("merge", gettext_lazy("are one")),
]


@dataclass
class Constant:
    """One value that every record gets. ``kind``: choice, entry, text."""

    name: str
    label: Any
    kind: str
    value: str = ""
    choices: list = field(default_factory=list)
    combobox: str = ""
    many: bool = False
    hint: Any = ""


def constant(name: str, value: Any = "") -> Constant:
    target = targets.by_name()[name]
    text = f"{SEPARATOR} ".join(value) if isinstance(value, (list, tuple)) else str(value or "")
    made = Constant(name, target.label, "text", text, many=target.reads is Reads.ENTRIES, hint=target.help)
    if target.reads is Reads.CHOICE:
        made.kind, made.choices = "choice", [("", _("as the file says")), *target.options]
    elif target.entries and target.entries not in NO_COMBOBOX:
        made.kind, made.combobox = "entry", COMBOBOX.get(target.entries, target.entries)
    return made


def usual_constants(document: Document) -> list[Constant]:
    said = document.get("constants", {})
    return [constant(name, said.get(name, "")) for name in USUAL]


def other_constants(document: Document) -> list[tuple[str, str]]:
    """(target, value) of the rest, and some empty ones."""
    said = document.get("constants", {})
    rows = [(name, _text(value)) for name, value in said.items() if name not in {*USUAL, "participants"}]
    return [*rows, *[("", "")] * BLANK_CONSTANTS]


def other_targets() -> list[tuple[str, list]]:
    """Targets that can be the same for all records, by group."""
    groups = [(label, [one for one in found if one.name not in {*NEVER, *USUAL}]) for label, found in targets.all()]
    return [group for group in groups if group[1]]


def parties(document: Document) -> list[tuple[str, str]]:
    """(party, role) of those that take part in every engagement of the file, and some empty ones."""
    rows = [(one.get("party", ""), one.get("role", "")) for one in document.get("constants", {}).get("participants", [])]
    return [*rows, *[("", Role.PARTICIPANT.value)] * BLANK_PARTIES]


def missing(document: Document) -> str:
    return "\n".join(document.get("missing", []))


def aggregates(document: Document) -> dict[str, Any]:
    """The fields of printed sums."""
    said = document.get("aggregates") or {}
    when, sums, keys = said.get("when", {}), said.get("sums", {}), list(said.get("keys", []))
    return {
        "column": when.get("column", ""),
        "how": "equals" if "equals" in when else "contains",
        "text": when.get("equals", when.get("contains", "")),
        "keys": [*keys, "", "", ""][:3],
        "people": sums.get("people", ""),
        "cost": sums.get("cost", ""),
    }


def flags(document: Document) -> list[dict[str, str]]:
    """Lines to be looked at, and an empty one."""
    rows = [
        {
            "column": one.get("column", ""),
            "how": "equals" if "equals" in one else "contains",
            "text": one.get("equals", one.get("contains", "")),
            "say": one.get("say", ""),
        }
        for one in document.get("flags", [])
    ]
    return [*rows, {"how": "contains"}]


def read_whole(data, document: Document) -> Document:
    """The document with what was typed about the whole file; what was not asked stays."""
    if "whole" not in data:
        return document
    found = dict(document)
    found["constants"] = _read_constants(data)
    found["missing"] = list(dict.fromkeys(line.strip() for line in _typed(data, "missing").splitlines() if line.strip()))
    found["doubled"] = "merge" if data.get("doubled") == "merge" else "keep"
    found["aggregates"] = _read_aggregates(data)
    if "f0-column" in data:
        found["flags"] = _read_flags(data)
    if "name" in data:
        found["name"] = _typed(data, "name")[:120]
    return {name: value for name, value in found.items() if value or name in {"name", "columns"}}


def _read_constants(data) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pairs = [(name, _typed(data, f"k-{name}")) for name in USUAL]
    pairs += [(_typed(data, f"k{number}-name"), _typed(data, f"k{number}-value")) for number in range(MOST_CONSTANTS)]
    for name, value in pairs:
        target = targets.by_name().get(name)
        if target and value:
            many = target.reads is Reads.ENTRIES
            found[name] = [part.strip() for part in value.split(SEPARATOR) if part.strip()] if many else value
    rows = [(_typed(data, f"p{number}-party"), _typed(data, f"p{number}-role")) for number in range(MOST_PARTIES)]
    together = [{"party": party, "role": role or Role.PARTICIPANT.value} for party, role in rows if party]
    return found | ({"participants": together} if together else {})


def _read_aggregates(data) -> dict | None:
    column, text = _typed(data, "a-column"), _typed(data, "a-text")
    if not column and not text:
        return None
    how = "equals" if data.get("a-how") == "equals" else "contains"
    sums = {name: value for name in ("people", "cost") if (value := _typed(data, f"a-{name}"))}
    keys = [value for number in range(3) if (value := _typed(data, f"a-key{number}"))]
    return {"when": {"column": column, how: text}, "keys": keys, "sums": sums}


def _read_flags(data) -> list[dict[str, str]]:
    rows = [(number, [_typed(data, f"f{number}-{name}") for name in ("column", "text", "say")]) for number in range(MOST_FLAGS)]
    return [
        {"column": column, "equals" if data.get(f"f{number}-how") == "equals" else "contains": text, "say": say}
        for number, (column, text, say) in rows
        if column or text
    ]


def _text(value: Any) -> str:
    return f"{SEPARATOR} ".join(value) if isinstance(value, (list, tuple)) else str(value)


def _typed(data, name: str) -> str:
    return data.get(name, "").replace("\0", "").strip()[:MOST_LETTERS]
