"""The history in words: one entry an action, with the rows it touched and each field before and after.

Names instead of ids, partial dates as they are known, long texts with their words marked. What a person may not see
is told as nothing: a link to it reads like an empty field, and an entry that has nothing else is left out.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from history.models import Change, Door
from history.values import Net, State, as_column, models_by_table, net
from history.word_marks import marks

Key = tuple[str, int]  # table and id of a row


@dataclass
class Told:
    """One field before and after; ``marks`` where both are one text with its words marked."""

    title: str
    before: str
    after: str

    @property
    def marks(self) -> list[tuple[str, str]] | None:
        return marks(self.before, self.after)


@dataclass
class Part:
    """One row: what it is called, and what was done to it (added, changed, removed)."""

    label: str
    operation: str
    fields: list[Told] = field(default_factory=list)


@dataclass
class Entry:
    """One action of one person, or several of which the reader sees only what they came to."""

    key: str
    at: dt.datetime
    who: str
    door: str
    reason: str
    is_first: bool
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """What a history is about and how its rows are called.

    ``own``: models whose rows are the thing itself. ``unsaid``: columns that say which row it is, not what is in it.
    ``identity``: table → columns by which one of its rows is recognized. ``named_by``: model → the column of its name.
    """

    main: type[Model]
    label: Any
    own: frozenset[type[Model]] = frozenset()
    unsaid: frozenset[str] = frozenset({"id"})
    identity: dict[str, tuple[str, ...]] = field(default_factory=dict)
    named_by: dict[type[Model], str] = field(default_factory=dict)


@dataclass
class _Value:
    """A value that is still to be said: of one column, or of a partial date (``stem``); or the columns that name a row."""

    model: type[Model]
    column: str
    value: Any
    named: "list[_Value] | None" = None


@dataclass
class _Line:
    """A field that differs, before it is said in words."""

    title: str
    before: _Value | None
    after: _Value | None


@dataclass
class RawPart:
    model: type[Model]
    operation: str
    name: list[_Value]
    lines: list[_Line]


@dataclass
class RawEntry:
    entry: Entry
    parts: list[RawPart]


class Teller:
    """Tells changes about one ``subject``; of the models in ``visible`` only the rows found there are named."""

    def __init__(self, subject: Subject, visible: dict[type[Model], QuerySet]):
        self.subject, self.visible = subject, visible
        self.models = models_by_table()
        self.rows: dict[Key, State] = {}  # each row as far as read
        self.seen: dict[type[Model], set[int]] = {}
        self.known: dict[tuple[str, int], str] = {}

    def read(self, steps: Iterable[list[Change]]) -> list[RawEntry]:
        """One entry for each step (the changes of one or more actions), the oldest first; those that tell nothing are left out."""
        groups = [changes for changes in steps if changes]
        self._look_up_visible(change for changes in groups for change in changes)
        found = []
        for number, changes in enumerate(groups):
            self.follow(changes)
            parts = list(self._parts(net(changes)))
            if parts:
                last = changes[-1]
                entry = Entry(
                    last.action, last.at, last.actor_name or _("the program"), str(Door(last.door).label), last.reason, number == 0
                )
                found.append(RawEntry(entry, parts))
        return found

    def say(self, raw: list[RawEntry]) -> list[Entry]:
        """The entries in words; the names of all rows they mention are read in one query."""
        self._look_up_names(raw)
        for item in raw:
            item.entry.parts = [
                Part(
                    self._label(part),
                    part.operation,
                    [Told(line.title, self._text(line.before), self._text(line.after)) for line in part.lines],
                )
                for part in item.parts
            ]
        return [item.entry for item in raw]

    def follow(self, changes: Iterable[Change]) -> None:
        """Learn what rows hold without telling it."""
        for change in changes:
            known = self.rows.setdefault((change.table, change.row), {})
            known |= (change.before if change.operation == "removed" else change.after) or {}

    # Reading ---------------------------------------------------------------------------------------

    def _look_up_visible(self, changes: Iterable[Change]) -> None:
        wanted: dict[type[Model], set[int]] = {model: set() for model in self.visible}
        for change in changes:
            for item in self.models[change.table]._meta.local_concrete_fields:
                if item.is_relation and item.related_model in wanted:
                    for state in (change.before, change.after):
                        if state and state.get(item.column) is not None:
                            wanted[item.related_model].add(state[item.column])
        for model, ids in wanted.items():
            self.seen[model] = set(self.visible[model].filter(pk__in=ids).order_by().values_list("pk", flat=True)) if ids else set()

    def _parts(self, nets: dict[Key, Net]) -> Iterator[RawPart]:
        main: RawPart | None = None
        others, links = [], []
        for (table, row), told in nets.items():
            model = self.models[table]
            if told.operation == "nothing":
                continue
            if model._meta.auto_created:
                links.append((model, told))
                continue
            part = RawPart(model, told.operation, self._name((table, row)), list(self._lines(model, told)))
            if model is self.subject.main:
                main = part
            elif part.lines:
                others.append(part)
        for model, told in links:
            line = self._link(model, told)
            if line is not None:
                main = main or RawPart(self.subject.main, "changed", [], [])
                main.lines.append(line)
        if main is not None and main.lines:
            main.lines = _together(main.lines)
            yield main
        order = {table: number for number, table in enumerate(self.subject.identity)}
        yield from sorted(others, key=lambda part: order.get(part.model._meta.db_table, len(order)))

    def _lines(self, model: type[Model], told: Net) -> Iterator[_Line]:
        columns = {item.column for item in model._meta.local_concrete_fields}
        before, after = told.before or {}, told.after or {}
        for item in model._meta.local_concrete_fields:
            stem = item.column.removesuffix("_on")
            if item.column in self.subject.unsaid or item.column not in before.keys() | after.keys():
                continue
            if item.column.endswith("_precision") and f"{item.column.removesuffix('_precision')}_on" in columns:
                continue
            is_partial = item.column.endswith("_on") and f"{stem}_precision" in columns
            was, now = (self._value(model, item, state, stem if is_partial else "") for state in (before, after))
            if told.operation != "changed" and any(side is not None and side.value is False for side in (was, now)):
                continue  # a box that nobody ticked
            if (was and was.value) != (now and now.value):
                yield _Line(capfirst(str(item.verbose_name)), was, now)

    def _value(self, model: type[Model], item: Any, state: State, stem: str) -> _Value | None:
        if stem:
            if f"{stem}_precision" not in state:
                return None
            said = (as_column(item, state.get(item.column)), state[f"{stem}_precision"])
            return None if said == (None, "unknown") else _Value(model, stem, said)
        value = as_column(item, state.get(item.column))
        if value in (None, ""):
            return None
        if item.is_relation:
            if item.related_model in self.visible and value not in self.seen[item.related_model]:
                return None
            key = (item.related_model._meta.db_table, value)
            if key[0] in self.subject.identity and key in self.rows:
                return _Value(model, item.column, value, self._name(key))
        return _Value(model, item.column, value)

    def _link(self, model: type[Model], told: Net) -> _Line | None:
        """A many-to-many link: of what the history is about the name of the other side."""
        owner: Any = model._meta.auto_created
        this = next(item for item in owner._meta.many_to_many if item.remote_field.through is model)
        from_owner = owner is self.subject.main or owner in self.subject.own
        name = this.m2m_reverse_field_name() if from_owner else this.m2m_field_name()
        item = model._meta.get_field(name)
        title = capfirst(str(this.verbose_name if from_owner else owner._meta.verbose_name))
        was, now = (self._value(model, item, state or {}, "") for state in (told.before, told.after))
        return _Line(title, was, now) if was or now else None

    def _name(self, key: Key) -> list[_Value]:
        """The values by which the row is recognized, as they are by now."""
        model, state = self.models[key[0]], self.rows.get(key, {})
        found = []
        for column in self.subject.identity.get(key[0], ()):
            item = next(item for item in model._meta.local_concrete_fields if item.column == column)
            value = self._value(model, item, state, "")
            if value is not None:
                found += value.named or [value]
        return found

    # Words -----------------------------------------------------------------------------------------

    def _look_up_names(self, raw: list[RawEntry]) -> None:
        wanted: dict[type[Model], set[int]] = {}
        for value in _values(raw):
            item = _field(value.model, value.column)
            if item is not None and item.is_relation and value.named is None:
                wanted.setdefault(item.related_model, set()).add(value.value)
        queries = []
        for model, ids in wanted.items():
            name = self.subject.named_by.get(model, "name")
            if any(item.name == name for item in model._meta.fields):
                rows = self.visible.get(model, model._default_manager.all()).filter(pk__in=ids).order_by()
                queries.append(rows.annotate(said=F(name)).values_list(Value(model._meta.label, CharField()), "pk", "said"))
        if queries:
            first, *rest = queries
            self.known |= {(label, pk): said for label, pk, said in (first.union(*rest, all=True) if rest else first)}

    def _label(self, part: RawPart) -> str:
        if part.model is self.subject.main:
            return str(self.subject.label)
        name = ", ".join(text for value in part.name if (text := self._text(value)))
        kind = capfirst(str(part.model._meta.verbose_name))
        return f"{kind}: {name[:80]}" if name else kind

    def _text(self, value: _Value | None) -> str:
        if value is None:
            return ""
        if value.named is not None:
            return ", ".join(text for item in value.named if (text := self._text(item)))
        if isinstance(value.value, list):  # several links of one sort
            return "; ".join(sorted(text for item in value.value if (text := self._text(item))))
        item = _field(value.model, value.column)
        if item is None:  # the stem of a partial date; the model knows how it is written
            said = getattr(value.model(**dict(zip(_pair(value.column), value.value, strict=True))), value.column)
            return str(said) if said else ""
        if item.is_relation:
            return self.known.get((item.related_model._meta.label, value.value)) or f"#{value.value}"
        if item.choices:
            return str(dict(item.flatchoices).get(value.value, value.value))
        return _plain(value.value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return formats.date_format(timezone.localtime(value), "j M Y, H:i")
    if isinstance(value, dt.date):
        return formats.date_format(value, "j M Y")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _together(lines: list[_Line]) -> list[_Line]:
    """Links of one sort on one line: "Strategies: Dialogue → Exchange; Presence"."""
    found: dict[str, _Line] = {}
    for line in lines:
        if line.title not in found:
            found[line.title] = line
            continue
        known = found[line.title]
        known.before, known.after = _joined(known.before, line.before), _joined(known.after, line.after)
    return list(found.values())


def _joined(one: _Value | None, other: _Value | None) -> _Value | None:
    if one is None or other is None:
        return one or other
    several = one.value if isinstance(one.value, list) else [one]
    return _Value(one.model, one.column, [*several, other])


def _values(raw: list[RawEntry]) -> Iterator[_Value]:
    """Every value that will be said, those inside of others too."""

    def inside(value: _Value | None) -> Iterator[_Value]:
        if value is None:
            return
        if value.named is not None:
            for item in value.named:
                yield from inside(item)
        elif isinstance(value.value, list):
            for item in value.value:
                yield from inside(item)
        else:
            yield value

    for entry in raw:
        for part in entry.parts:
            for value in part.name:
                yield from inside(value)
            for line in part.lines:
                yield from inside(line.before)
                yield from inside(line.after)


def _field(model: type[Model], column: str) -> Any:
    return next((item for item in model._meta.local_concrete_fields if item.column == column), None)


def _pair(stem: str) -> tuple[str, str]:
    return f"{stem}_on", f"{stem}_precision"
