"""Columns and their meanings as a form: a mapping becomes fields, and what was typed becomes a mapping again.

A slot is a column of the file with its meanings; the first of a family stands for all of them. A page shows some slots and
sends only theirs, so what stands elsewhere in the mapping stays. What the form has no field for stays too.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.country_codes import SYSTEMS
from engagements.choices import PersonnelType, Role
from imports.drafts import LEFT_OUT, Document, columns_of, first_of
from imports.heads import Head
from imports.mapping import targets
from imports.mapping.headings import heading_key
from imports.mapping.targets import Reads

A_PAGE = 30
MOST_MEANINGS = 6
MOST_PARTS = 3  # of a heading
LONGEST = 500
ORDERS = [
    ("", gettext_lazy("as it can be read")),
    ("dmy", gettext_lazy("day, month, year")),
    ("mdy", gettext_lazy("month, day, year")),
    ("ymd", gettext_lazy("year, month, day")),
    ("serial", gettext_lazy("a spreadsheet's number of the day, such as 43221")),
]
RESOLVE = [
    ("party", gettext_lazy("a country or an organization")),
    ("country", gettext_lazy("a country")),
    ("organization", gettext_lazy("an organization")),
]
COUNTED_IN = [("", gettext_lazy("ones")), ("thousand", gettext_lazy("thousands")), ("million", gettext_lazy("millions"))]
IN_HEADING = [
    ("", gettext_lazy("nothing")),
    ("participant", gettext_lazy("the participant")),
    ("participant.role", gettext_lazy("the role")),
    ("strength.as_of", gettext_lazy("the day of the figure")),
    ("strength.personnel_type", gettext_lazy("the personnel type")),
    ("funding.fiscal_year", gettext_lazy("the fiscal year")),
]
MEANING = " = "
# Asked at once; the rest stands in a fold.
FIRST = {"order", "role", "resolve", "personnel_type", "currency", "times", "system", "split"}
# Said by a text or by a choice, and kept as it is.
TEXTS = (
    "role", "order", "century_from", "month", "day", "currency", "times", "personnel_type", "system", "codes", "split", "after", "before",
)  # fmt: skip


@dataclass
class Option:
    """One field of a meaning. ``kind``: text, lines, tick, choice."""

    name: str
    kind: str
    label: Any
    value: Any = ""
    choices: list = field(default_factory=list)
    hint: Any = ""
    is_column: bool = False  # the names of the columns are offered

    @property
    def asked(self) -> str:
        """The part of the rule that the field is about."""
        return self.name.partition("-")[0]


def options_for(name: str, rule: dict, parts: int = 1) -> list[Option]:
    """What else can be said of a meaning ``name``, with what is said in ``rule``; ``parts`` of a heading of several rows."""
    target = targets.by_name().get(name)
    if target is None:
        return []
    found: list[Option] = []
    party = name == "participant" or target.group in {"participant", "strength"}
    is_read = target.reads is not Reads.NOTHING
    if target.reads in {Reads.PARTIAL_DATE, Reads.DAY}:
        found.append(Option("order", "choice", _("Order of the numbers"), rule.get("order", ""), ORDERS))
        hint = _("Such as 1950: 49 is 2049 then. Without it, years of two digits are refused.")
        found.append(Option("century_from", "text", _("Years of two digits are from"), rule.get("century_from", ""), hint=hint))
        found.append(Option("month", "text", _("Its month is in column"), rule.get("month", ""), is_column=True))
        found.append(Option("day", "text", _("Its day is in column"), rule.get("day", ""), is_column=True))
        is_month = rule.get("first_of_month") == "month"
        found.append(Option("first_of_month", "tick", _("The first of a month stands for the month"), is_month))
    if party:
        found.append(Option("role", "choice", _("Role"), rule.get("role", ""), [("", _("as the file says")), *Role.choices]))
    if name == "participant":
        found.append(Option("resolve", "choice", _("Is"), rule.get("resolve", "party"), RESOLVE))
    if target.group == "strength":
        kinds = [("", _("as the file says")), *PersonnelType.choices]
        found.append(Option("personnel_type", "choice", _("Personnel type"), rule.get("personnel_type", ""), kinds))
    if name in {"participant", "country"}:
        lists = [("", _("ISO 3166")), *SYSTEMS.items()]
        found.append(Option("codes", "choice", _("Codes of countries"), rule.get("codes", ""), lists))
    if target.group == "funding":
        found.append(Option("currency", "text", _("Currency"), rule.get("currency", ""), hint=_("Three letters, such as EUR.")))
    if target.group == "funding" and target.reads is Reads.DECIMAL:
        found.append(Option("times", "choice", _("Counted in"), rule.get("times", ""), COUNTED_IN))
    if name == "external_id":
        found.append(Option("system", "text", _("System"), rule.get("system", ""), hint=_("Whose number it is, such as un-dpo.")))
    if target.reads in {Reads.ENTRIES, Reads.SOURCES}:
        hint = _("What stands between several in one cell, such as ; or and. Several marks with a blank between them: ; / and")
        found.append(Option("split", "text", _("Split at"), rule.get("split", ""), hint=hint))
    if name == "country":
        hint = _("What stands between several countries in one cell, such as ; / and. It was held in the first, and also in the others.")
        found.append(Option("split", "text", _("Split at"), rule.get("split", ""), hint=hint))
    if target.group in {"participant", "strength", "funding"}:
        gathers = rule.get("gather") == "heading"
        found.append(Option("gather", "tick", _("The headings say more, the cells hold the value"), gathers))
        said = list(rule.get("heading") or ["participant"])
        # The last part of the heading is the last row, whatever stands above it.
        said = [""] * (parts - len(said)) + said
        for place, value in enumerate(said):
            label = _("Part %(number)s of the heading says") % {"number": place + 1} if len(said) > 1 else _("The heading says")
            found.append(Option(f"heading-{place}", "choice", label, value, IN_HEADING))
    if is_read or name == "ignore":
        hint = _("The last column of a family that means the same, such as StateA up to StateAM.")
        found.append(Option("until", "text", _("Up to column"), rule.get("until", ""), hint=hint, is_column=True))
    if is_read:
        hint = _("One a line: what the file says = what is meant. Nothing after = for “not known”.")
        values = "\n".join(f"{given}{MEANING}{meant or ''}".rstrip() for given, meant in (rule.get("values") or {}).items())
        found.append(Option("values", "lines", _("Values"), values, hint=hint))
        hint = _("One a line: words in the cell = what they stand for. A cell without any of them says nothing.")
        contained = "\n".join(f"{words}{MEANING}{meant}" for words, meant in (rule.get("contains") or {}).items())
        found.append(Option("contains", "lines", _("Words in the cell"), contained, hint=hint))
        found.append(Option("after", "text", _("Only what stands after"), rule.get("after", "")))
        found.append(Option("before", "text", _("Only what stands before"), rule.get("before", "")))
        only = rule.get("only") or {}
        found.append(Option("only-column", "text", _("Only where column"), only.get("column", ""), is_column=True))
        found.append(Option("only-values", "text", _("holds one of"), "; ".join(only.get("values", [])), hint=_("With ; between them.")))
        is_flagged = rule.get("unreadable") == "flag"
        found.append(Option("unreadable", "tick", _("Where it can not be read, leave it unknown and flag the line"), is_flagged))
    if name in {"ends", "participant.ends"}:
        opens = rule.get("open_when") or {}
        found.append(Option("open_when-column", "text", _("Open-ended where column"), opens.get("column", ""), is_column=True))
        hint = _("With ; between them.")
        found.append(Option("open_when-values", "text", _("holds one of"), "; ".join(opens.get("values", [])), hint=hint))
    return found


@dataclass
class Meaning:
    """One meaning of a slot: the prefix of its fields, its rule, and what else can be said of it."""

    prefix: str
    rule: dict
    parts: int = 1

    @property
    def to(self) -> str:
        return self.rule.get("to", "ignore")

    @cached_property
    def options(self) -> list[Option]:
        return options_for(self.to, self.rule, self.parts)

    @property
    def first(self) -> list[Option]:
        """What is asked at once: what most meanings of the kind need, and what the headings say where they say something."""
        gathers = {"gather", "heading"} if self.rule.get("gather") else set()
        return [option for option in self.options if option.asked in FIRST | gathers]

    @property
    def more(self) -> list[Option]:
        shown = {option.name for option in self.first}
        return [option for option in self.options if option.name not in shown]

    @property
    def says_more(self) -> bool:
        """Whether something in the fold is said, so that it stands open."""
        return any(option.value for option in self.more if option.asked not in {"heading", "until"})


@dataclass
class Slot:
    """A column, or a family of them, with samples and meanings."""

    place: int
    heading: str
    meanings: list[Meaning]
    samples: list[str]
    until: str = ""
    count: int = 1  # columns it stands for
    groups: bool = False
    identifies: bool = False
    fault: str = ""


def slots_of(document: Document, head: Head) -> list[Slot]:
    """The columns of the file in their order, families folded; a column without a rule is left out of the record."""
    places = _places(head)
    parts = max((heading.count(" / ") + 1 for heading in head.headings), default=1)
    rules: dict[int, list[dict]] = {}
    groups, identity = ({heading_key(name) for name in document.get(which, [])} for which in ("group_by", "identity"))
    for rule in columns_of(document):
        if (place := places.get(heading_key(first_of(rule)))) is not None:
            rules.setdefault(place, []).append(rule)
    covered: set[int] = set()
    found = []
    for place, heading in enumerate(head.headings):
        own = rules.get(place, [])
        if place in covered and not own:
            continue
        last = max((places.get(heading_key(rule.get("until", "")), place) for rule in own), default=place)
        covered |= set(range(place + 1, last + 1))
        found.append(
            Slot(
                place,
                heading,
                [Meaning(f"c{place}-{number}", rule, parts) for number, rule in enumerate(own or [{"column": heading, "to": "ignore"}])],
                head.samples(place),
                head.headings[last] if last > place else "",
                last - place + 1,
                heading_key(heading) in groups,
                heading_key(heading) in identity,
            )
        )
    return found


def _places(head: Head) -> dict[str, int]:
    """Where each heading is, however its letters are written."""
    return {heading_key(heading): place for place, heading in enumerate(head.headings)}


def lost_columns(document: Document, head: Head) -> list[str]:
    """Columns that the mapping names and the file does not have."""
    there = _places(head)
    named = [name for rule in columns_of(document) for name in (rule.get("column"), rule.get("from"), rule.get("until")) if name]
    named += [*document.get("group_by", []), *document.get("identity", [])]
    return [name for name in dict.fromkeys(named) if heading_key(name) not in there]


def read_columns(data, document: Document, head: Head) -> dict[str, Any]:
    """``columns``, ``group_by`` and ``identity`` of the document with what a page of the form says of its slots."""
    posted = {int(place) for place in data.getlist("slot") if place.isdecimal() and int(place[:6]) < len(head.headings)}
    old: dict[int, list[dict]] = {}
    places = _places(head)
    for rule in columns_of(document):
        old.setdefault(places.get(heading_key(first_of(rule)), -1), []).append(rule)
    read = {place: _read_slot(data, place, head, old.get(place, [])) for place in posted}
    ordered = [rule for place in sorted({*old, *read} - {-1}) for rule in read.get(place, old.get(place, []))]
    if data.get("do") != "drop-lost":
        ordered += old.get(-1, [])
    return {
        "columns": ordered,
        "group_by": _ticked(data, "group", posted, document.get("group_by", []), head),
        "identity": _ticked(data, "identity", posted, document.get("identity", []), head),
    }


def _ticked(data, name: str, posted: set[int], before: list[str], head: Head) -> list[str]:
    """The order of before is kept: it is a part of what names an engagement."""
    places = _places(head)
    ticked = {place for place in posted if data.get(f"c{place}-{name}")}
    at = {heading: places.get(heading_key(heading), -1) for heading in before}
    keep_lost = data.get("do") != "drop-lost"
    kept = [heading for heading in before if at[heading] in ticked or (at[heading] not in posted and (at[heading] >= 0 or keep_lost))]
    return kept + [head.headings[place] for place in sorted(ticked - set(at.values()))]


def _read_slot(data, place: int, head: Head, old: list[dict]) -> list[dict]:
    heading = head.headings[place]
    found = []
    for number in range(MOST_MEANINGS):
        prefix = f"c{place}-{number}"
        if f"{prefix}-to" in data:
            before = old[number] if number < len(old) else {}
            found.append(read_rule(data, prefix, heading, before))
    if data.get("do") == f"also-{place}" and len(found) < MOST_MEANINGS:
        return [*found, {"column": heading, "to": "ignore"}]
    # One meaning more that was not chosen after all goes.
    return [rule for rule in found if rule["to"] != "ignore"] or found[:1]


def read_rule(data, prefix: str, heading: str, before: dict) -> dict:
    """One rule: what was typed, and of what was there before what the form did not ask or still applies."""

    def typed(name: str) -> str | None:
        value = data.get(f"{prefix}-{name}")
        return None if value is None else value.replace("\0", "").strip()[: LONGEST * 100]

    to = typed("to") or "ignore"
    known = {option.name.split("-")[0] for option in options_for(to, {}, 9)} | {"guarded", "escaped", "precision", "column", "from"}
    kept = {name: value for name, value in before.items() if name in known}
    was_asked = data.get(f"{prefix}-asked", "").split()
    kept = {name: value for name, value in kept.items() if name not in was_asked}
    rule: dict[str, Any] = {**kept, "to": to}
    for name in TEXTS:
        if name in known and (value := _unstripped(data, prefix, name) if name in {"split", "after", "before"} else typed(name)):
            rule[name] = value.upper() if name == "currency" else value
    if "resolve" in known and (value := typed("resolve")) and value != "party":
        rule["resolve"] = value
    for name, meaning in (("first_of_month", "month"), ("gather", "heading"), ("unreadable", "flag")):
        if name in known and data.get(f"{prefix}-{name}"):
            rule[name] = meaning
    for name in ("only", "open_when"):
        if name in known and (column := typed(f"{name}-column")):
            values = [value.strip() for value in (typed(f"{name}-values") or "").split(";")]
            rule[name] = {"column": column, "values": values}
    if "values" in known and (text := typed("values")):
        rule["values"] = _values(text)
    if "contains" in known and (text := typed("contains")):
        rule["contains"] = {words: meant or "" for words, meant in _values(text).items()}
    if rule.get("gather"):
        parts = [data[f"{prefix}-heading-{place}"] for place in range(MOST_PARTS) if f"{prefix}-heading-{place}" in data]
        while len(parts) > 1 and not parts[0]:
            del parts[0]
        if parts:
            rule["heading"] = parts
        if rule.get("heading") == ["participant"]:
            del rule["heading"]
    else:
        rule.pop("heading", None)
    until = typed("until") if "until" in was_asked else before.get("until", "")
    if until and until != heading and "until" in known:
        return {"from": heading, "until": until} | {name: value for name, value in rule.items() if name not in {"column", "from", "until"}}
    return {"column": heading} | {name: value for name, value in rule.items() if name not in {"column", "from", "until"}}


def _unstripped(data, prefix: str, name: str) -> str:
    """A blank may be what stands between two names."""
    value = data.get(f"{prefix}-{name}", "").replace("\0", "")[:LONGEST]
    return value if value.strip() else value[:1]


def _values(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for line in text.splitlines():
        if line.strip():
            given, _equals, meant = line.partition("=")
            found[given.strip()] = meant.strip() or None
    return found


def is_used(slot: Slot) -> bool:
    return any(meaning.to not in LEFT_OUT for meaning in slot.meanings)
