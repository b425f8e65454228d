"""A mapping as a document: what the columns of one kind of file mean. Read strictly, so that a slip is said and not passed over."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.country_codes import SYSTEMS
from engagements.choices import PersonnelType, Role
from imports.mapping import targets
from imports.mapping.dates import ORDERS
from imports.mapping.numbers import TIMES
from imports.mapping.targets import Reads

VERSION = 1
MARK = "entente_mapping"
MOST_RULES, MOST_VALUES, LONGEST = 2000, 20_000, 500
# What the heading of a column may say beside its cells.
IN_HEADINGS = ("", "participant", "participant.role", "strength.as_of", "strength.personnel_type", "funding.fiscal_year")
RESOLVE = ("party", "country", "organization")
GROUPS_WITH_PARTS = ("participant", "strength")


@dataclass(frozen=True)
class When:
    """A condition on another cell of the line: it holds one of ``values`` ("" for an empty cell)."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """What one column, or a family of neighboring columns, means."""

    to: str
    column: str = ""
    since: str = ""  # "from" in the document: first column of a family
    until: str = ""
    role: str = ""  # of a participant, or of the participant that a figure belongs to
    resolve: str = "party"
    codes: str = ""  # codes of countries are those of this list, a key of catalog.country_codes.SYSTEMS; "" for ISO
    order: str = ""  # of dates: dmy, mdy, ymd
    century_from: str = ""  # years of two digits are those of the hundred years from this one, such as 1950
    first_of_month: str = ""  # "month": the first of a month stands for the month
    month: str = ""  # columns of month and day, where ``column`` is that of the year
    day: str = ""
    precision: str = ""  # column that says how much of the date is known, as in our own exports
    open_when: When | None = None  # an empty end means open-ended where this holds
    only: When | None = None  # the rule counts only where this holds
    currency: str = ""
    times: str = ""  # of amounts: "thousand" or "million", where the cells leave that out
    personnel_type: str = ""
    system: str = ""
    split: str = ""
    escaped: bool = False  # several values as our own exports write them
    guarded: bool = False  # with the apostrophe before what a spreadsheet would run
    after: str = ""  # only the part of the cell after this text
    before: str = ""  # and before this one
    contains: dict[str, str] = field(default_factory=dict)  # what a cell that contains this text stands for; other cells say nothing
    values: dict[str, str | None] = field(default_factory=dict)  # None: as if it were missing
    gather: str = ""  # "heading": the heading says a part, the cell the value
    heading: tuple[str, ...] = ("participant",)  # what the parts of the heading say, in their order
    unreadable: str = ""  # "flag": what can not be read is unknown and flagged, and keeps no line out

    @property
    def is_family(self) -> bool:
        return bool(self.since)

    @property
    def is_partial(self) -> bool:
        """Whether it speaks of some lines only, so that another rule may speak of the others."""
        return bool(self.only or self.contains or self.after or self.before)

    @property
    def named(self) -> str:
        """The rule as a person finds it: its column or columns."""
        return f"{self.since} … {self.until}" if self.is_family else self.column


@dataclass(frozen=True)
class Aggregates:
    """Which lines are printed totals, what they are totals of, and which columns add up to them."""

    column: str
    contains: str = ""
    equals: str = ""
    keys: tuple[str, ...] = ()
    people: str = ""
    cost: str = ""


@dataclass(frozen=True)
class Flag:
    """Lines that a person should look at, and why: they come in with this sentence."""

    column: str
    say: str
    contains: str = ""
    equals: str = ""


@dataclass(frozen=True)
class Mapping:
    """See docs and fixtures/mappings/ for documents; ``from_dict`` and ``to_dict`` are each other's reverse."""

    name: str = ""
    about: str = ""
    file: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    constants: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    participants: tuple[tuple[str, str], ...] = ()  # (party, role) of every engagement of the file; in the document among the constants
    columns: tuple[Rule, ...] = ()
    group_by: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    aggregates: Aggregates | None = None
    flags: tuple[Flag, ...] = ()
    doubled: str = "keep"  # or "merge": exact duplicate lines are one

    @classmethod
    def from_dict(cls, document: Any) -> "Mapping":
        """Raises ``ValidationError`` with a sentence that names the place in the document."""
        reading = _Reading()
        made = reading.mapping(document)
        return made

    @classmethod
    def from_json(cls, text: str) -> "Mapping":
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("The mapping is not JSON: %(why)s.") % {"why": str(error)[:100]}) from error
        return cls.from_dict(document)

    def to_dict(self) -> dict[str, Any]:
        """The document, without what is as it would be anyway."""
        document: dict[str, Any] = {MARK: VERSION, "name": self.name}
        constants: dict[str, Any] = {name: list(value) if isinstance(value, tuple) else value for name, value in self.constants.items()}
        if self.participants:
            constants["participants"] = [{"party": party, "role": role} for party, role in self.participants]
        optional: dict[str, Any] = {"about": self.about, "file": dict(self.file), "missing": list(self.missing), "constants": constants}
        document |= {name: value for name, value in optional.items() if value}
        document["columns"] = [_rule_document(rule) for rule in self.columns]
        document |= {name: list(value) for name, value in (("group_by", self.group_by), ("identity", self.identity)) if value}
        if self.aggregates:
            one = self.aggregates
            when = {"column": one.column} | {k: v for k, v in (("contains", one.contains), ("equals", one.equals)) if v}
            sums = {k: v for k, v in (("people", one.people), ("cost", one.cost)) if v}
            document["aggregates"] = {"when": when, "keys": list(one.keys), "sums": sums}
        if self.flags:
            document["flags"] = [{name: value for name, value in vars(flag).items() if value} for flag in self.flags]
        if self.doubled != "keep":
            document["doubled"] = self.doubled
        return document

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    def check(self, headings: list[str]) -> list:
        """What is wrong with the mapping for a file with these headings, or missing from it, as problems of line 0."""
        from imports.mapping.checks import problems

        return problems(self, headings)

    @property
    def identifying(self) -> tuple[str, ...]:
        """The columns that name an engagement in the source."""
        if self.identity:
            return self.identity
        reference = tuple(rule.column for rule in self.columns if rule.to == "reference")
        return self.group_by or reference


_NAMES = {"since": "from"}
_DEFAULTS = {item.name: item.default for item in fields(Rule)}


def _rule_document(rule: Rule) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name in (
        "column",
        "since",
        "until",
        "to",
        *[item.name for item in fields(Rule) if item.name not in {"column", "since", "until", "to"}],
    ):
        value = getattr(rule, name)
        if name in {"values", "contains"}:
            if value:
                document[name] = dict(value)
        elif value != _DEFAULTS[name]:
            plain = {"column": value.column, "values": list(value.values)} if isinstance(value, When) else value
            document[_NAMES.get(name, name)] = list(plain) if isinstance(plain, tuple) else plain
    return document


class _Reading:
    """Reads a document and knows the place it is at."""

    def fail(self, place: str, sentence: str) -> ValidationError:
        return ValidationError(f"{place}: {sentence}" if place else sentence, code="mapping")

    def mapping(self, document: Any) -> Mapping:
        top = self.object(document, "")
        if top.get(MARK) != VERSION or isinstance(top.get(MARK), bool):
            raise self.fail(MARK, _("This is no mapping, or one of another version. It has to say %(version)s.") % {"version": VERSION})
        known = {MARK, "name", "about", "file", "missing", "constants", "columns", "group_by", "identity", "aggregates", "flags", "doubled"}
        self.only(top, known, "")
        constants, participants = self.constants(top.get("constants", {}))
        rules = self.list(top.get("columns", []), "columns", MOST_RULES)
        aggregates = top.get("aggregates")
        return Mapping(
            name=self.text(top.get("name", ""), "name", 120),
            about=self.text(top.get("about", ""), "about", 2000),
            file=self.plain_object(top.get("file", {}), "file"),
            missing=self.texts(top.get("missing", []), "missing"),
            constants=constants,
            participants=participants,
            columns=tuple(self.rule(rule, f"columns[{number}]") for number, rule in enumerate(rules, 1)),
            group_by=self.texts(top.get("group_by", []), "group_by"),
            identity=self.texts(top.get("identity", []), "identity"),
            aggregates=self.aggregates(aggregates) if aggregates is not None else None,
            flags=tuple(self.flag(item, f"flags[{number}]") for number, item in enumerate(self.list(top.get("flags", []), "flags", 50), 1)),
            doubled=self.one_of(top.get("doubled", "keep"), ("keep", "merge"), "doubled"),
        )

    def rule(self, document: Any, place: str) -> Rule:
        given = self.object(document, place)
        self.only(given, {_NAMES.get(item.name, item.name) for item in fields(Rule)}, place)
        if ("column" in given) == ("from" in given) or ("from" in given) != ("until" in given):
            raise self.fail(place, _("Name a column, or the first and last of a family with “from” and “until”."))
        values = {
            item.name: self.of_rule(item.name, given[name], f"{place}.{name}")
            for item in fields(Rule)
            if (name := _NAMES.get(item.name, item.name)) in given
        }
        if "to" not in values:
            raise self.fail(place, _("Say what the column means with “to”."))
        rule = Rule(**values)
        if rule.gather and rule.to != "participant" and not rule.to.startswith(("participant.", "strength.", "funding.")):
            raise self.fail(f"{place}.gather", _("Only participants, their figures and funding can be gathered by heading."))
        if rule.is_family and not rule.gather and rule.to not in {"participant", "ignore", "computed"} and not _joins(rule.to):
            raise self.fail(place, _("A family of columns with one value each needs “gather”."))
        return rule

    def of_rule(self, name: str, value: Any, place: str) -> Any:
        if name == "to":
            return self.target(value, place)
        if name in {"open_when", "only"}:
            return self.when(value, place)
        if name in {"values", "contains"}:
            return self.values(value, place, none=name == "values")
        if name in {"escaped", "guarded"}:
            if not isinstance(value, bool):
                raise self.fail(place, _("This is true or false."))
            return value
        if name == "heading":
            parts = self.texts(value, place)
            for part in parts:
                self.one_of(part, IN_HEADINGS, place)
            return parts
        listed = {
            "role": ("", *Role.values), "resolve": RESOLVE, "order": ("", *ORDERS), "first_of_month": ("", "month"),
            "personnel_type": ("", *PersonnelType.values), "gather": ("", "heading"), "unreadable": ("", "flag"), "times": ("", *TIMES),
            "codes": ("", *SYSTEMS),
        }  # fmt: skip
        if name in listed:
            return self.one_of(value, listed[name], place)
        text = self.text(value, place, LONGEST)
        if name == "century_from" and text and not (len(text) == 4 and text.isascii() and text.isdigit()):
            raise self.fail(place, _("A year has four digits, such as 1950."))
        if name == "currency" and text and not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
            raise self.fail(place, _("A currency has three capital letters, such as EUR."))
        if name == "system" and text and not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text[:61]):
            raise self.fail(place, _("Letters, digits, hyphens and underscores only."))
        return text

    def target(self, value: Any, place: str) -> str:
        name = self.text(value, place, LONGEST)
        if name in targets.PROTECTED:
            raise self.fail(place, _("“%(name)s” is written by the program alone. No file can set it.") % {"name": name})
        if name not in targets.by_name():
            raise self.fail(place, _("“%(name)s” is not a field of the record.") % {"name": name})
        return name

    def when(self, value: Any, place: str) -> When:
        given = self.object(value, place)
        self.only(given, {"column", "values"}, place)
        return When(self.text(given.get("column"), f"{place}.column", LONGEST), self.texts(given.get("values"), f"{place}.values"))

    def values(self, value: Any, place: str, *, none: bool) -> dict[str, str | None]:
        """``none``: null may stand in it, and means that the value counts as missing."""
        given = self.object(value, place)
        if not none and ("" in given or not all(given.values())):
            raise self.fail(place, _("Each text needs what it stands for."))
        if len(given) > MOST_VALUES:
            raise self.fail(place, _("More than %(most)s values.") % {"most": MOST_VALUES})
        return {
            self.text(key, place, LONGEST): None if item is None else self.text(item, f"{place}.{key[:40]}", LONGEST)
            for key, item in given.items()
        }

    def aggregates(self, value: Any) -> Aggregates:
        given = self.object(value, "aggregates")
        self.only(given, {"when", "keys", "sums"}, "aggregates")
        when = self.object(given.get("when"), "aggregates.when")
        self.only(when, {"column", "contains", "equals"}, "aggregates.when")
        sums = self.object(given.get("sums", {}), "aggregates.sums")
        self.only(sums, {"people", "cost"}, "aggregates.sums")
        texts = {f"aggregates.when.{name}": text for name, text in when.items()} | {f"aggregates.sums.{k}": v for k, v in sums.items()}
        for place, text in texts.items():
            self.text(text, place, LONGEST)
        if "column" not in when or ("contains" in when) == ("equals" in when) or "" in when.values():
            raise self.fail("aggregates.when", _("Name a column, and the text that its cell contains or equals."))
        keys = self.texts(given.get("keys", []), "aggregates.keys")
        if len(keys) > 3:
            raise self.fail("aggregates.keys", _("At most three columns."))
        return Aggregates(**when, keys=keys, **sums)

    def flag(self, value: Any, place: str) -> Flag:
        given = self.object(value, place)
        self.only(given, {"column", "say", "contains", "equals"}, place)
        texts = {name: self.text(text, f"{place}.{name}", LONGEST) for name, text in given.items()}
        if not texts.get("column") or not texts.get("say") or bool(texts.get("contains")) == bool(texts.get("equals")):
            raise self.fail(place, _("Name a column, the text that its cell contains or equals, and what to say then."))
        return Flag(**texts)

    def constants(self, value: Any) -> tuple[dict[str, str | tuple[str, ...]], tuple[tuple[str, str], ...]]:
        given = dict(self.object(value, "constants"))
        participants = []
        for number, item in enumerate(self.list(given.pop("participants", []), "constants.participants", 50), 1):
            place = f"constants.participants[{number}]"
            one = self.object(item, place)
            self.only(one, {"party", "role"}, place)
            party = self.text(one.get("party"), f"{place}.party", LONGEST)
            participants.append((party, self.one_of(one.get("role", Role.PARTICIPANT.value), Role.values, f"{place}.role")))
        found: dict[str, str | tuple[str, ...]] = {}
        for name, item in given.items():
            place = f"constants.{str(name)[:40]}"
            target = targets.by_name()[self.target(name, place)]
            if target.reads in {Reads.NOTHING, Reads.SOURCES, Reads.DATE_PART} or target.name in {
                "participant",
                "reference",
                "external_id",
                "outcome.number",
            }:
                raise self.fail(place, _("This can not be the same for every record."))
            found[name] = self.texts(item, place) if isinstance(item, list) else self.text(item, place, 2000)
            if isinstance(item, list) and target.reads is not Reads.ENTRIES:
                raise self.fail(place, _("One value only."))
        return found, tuple(participants)

    # Plain values, each with its place ---

    def object(self, value: Any, place: str) -> dict:
        if not isinstance(value, dict):
            raise self.fail(place, _("A JSON object is expected here."))
        return value

    def plain_object(self, value: Any, place: str) -> dict:
        for name, item in self.object(value, place).items():
            if not isinstance(item, (str, int, bool)):
                raise self.fail(f"{place}.{str(name)[:40]}", _("A text, a number, true or false is expected here."))
        return dict(value)

    def only(self, given: dict, known: set[str], place: str) -> None:
        unknown = [str(name)[:40] for name in given if name not in known]
        if unknown:
            raise self.fail(place, _("“%(name)s” is not known here.") % {"name": unknown[0]})

    def list(self, value: Any, place: str, most: int) -> list:
        if not isinstance(value, list):
            raise self.fail(place, _("A list is expected here."))
        if len(value) > most:
            raise self.fail(place, _("More than %(most)s entries.") % {"most": most})
        return value

    def text(self, value: Any, place: str, longest: int) -> str:
        if not isinstance(value, str):
            raise self.fail(place, _("A text is expected here."))
        if len(value) > longest:
            raise self.fail(place, _("Longer than %(longest)s characters.") % {"longest": longest})
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise self.fail(place, _("It holds a character that is no text."))
        return value

    def texts(self, value: Any, place: str) -> tuple[str, ...]:
        return tuple(self.text(item, place, LONGEST) for item in self.list(value, place, MOST_RULES))

    def one_of(self, value: Any, known: Any, place: str) -> str:
        if not isinstance(value, str) or value not in known:
            offered = ", ".join(f"“{name}”" for name in known if name)
            raise self.fail(place, _("One of %(offered)s is expected here.") % {"offered": offered})
        return value


def _joins(name: str) -> bool:
    return targets.by_name()[name].joins
