"""What happened to a record, as a person reads it: one entry an action, newest first, with its parts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import CharField, F, Model, QuerySet, Value
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog.partial_dates import PartialDate
from engagements.models import Engagement
from history.models import Change, Door

# Columns that say which row it is, not what is in it.
UNSAID = {"id", "engagement_id", "created_at", "created_by_id", "participation_id", "reference", "recorded_by_id"}
# Models whose rows a record points to, with the column that names them.
NAMED_BY = {"Engagement": "title", "CaseStudy": "title"}


@dataclass
class Part:
    """One row of the record in one action: what it is called, and each field before and after."""

    label: str
    operation: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Entry:
    """One action of one person."""

    at: dt.datetime
    who: str
    door: str
    reason: str
    parts: list[Part]


def entries(engagement: Engagement, visible: QuerySet) -> list[Entry]:
    """The actions on ``engagement``; a record that the reader may not see (``visible``) is not named in them."""
    changes = list(Change.objects.filter(engagement=engagement.pk))
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    names = _Names(changes, models, visible)
    actions: dict[str, list[Change]] = {}
    for change in changes:
        actions.setdefault(change.action, []).append(change)
    found = []
    for rows in actions.values():
        parts = [part for group in _by_row(rows) if (part := _part(group, models[group[0].table], names)) is not None]
        if parts:
            first = rows[0]
            found.append(Entry(first.at, first.actor_name or _("the program"), str(Door(first.door).label), first.reason, parts))
    return found[::-1]


def _by_row(changes: Iterable[Change]) -> list[list[Change]]:
    """The changes of one action, those of one row together."""
    rows: dict[tuple[str, int], list[Change]] = {}
    for change in changes:
        rows.setdefault((change.table, change.row), []).append(change)
    return list(rows.values())


def _part(changes: list[Change], model: type[Model], names: "_Names") -> Part | None:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for change in changes:
        before = (change.before or {}) | before
        after |= change.after or {}
    operation = changes[0].operation if changes[0].operation == "added" else changes[-1].operation
    if changes[0].operation == "added" and changes[-1].operation == "removed":
        return None
    if operation == "added":
        before = {}
    if operation == "removed":
        after = {}
    if model._meta.auto_created:
        return _link(model, operation, after or before, names)
    label = _("Record") if model is Engagement else capfirst(str(model._meta.verbose_name))
    part = Part(label, operation)
    done: set[str] = set()
    for column in {**before, **after}:
        stem = column.removesuffix("_precision").removesuffix("_on")
        if column in UNSAID or stem in done:
            continue
        if f"{stem}_precision" in before or f"{stem}_precision" in after:
            done.add(stem)
            title = _title(model, f"{stem}_on")
            shown: list[str | None] = [_partial(state, stem) for state in (before, after)]
        else:
            title = _title(model, column)
            shown = [names.say(model, column, state.get(column)) for state in (before, after)]
        was, now = shown
        if was is not None and now is not None and was != now:
            part.fields.append((title, was, now))
    return part if part.fields else None


def _link(model: type[Model], operation: str, columns: dict[str, Any], names: "_Names") -> Part | None:
    """A many-to-many link: "Strategies: Dialogue and trust building" added or removed."""
    owner = model._meta.auto_created
    this = next(item for item in owner._meta.many_to_many if item.remote_field.through is model)
    said = names.say(model, f"{this.m2m_reverse_field_name()}_id", columns.get(f"{this.m2m_reverse_field_name()}_id"))
    if said is None:
        return None
    shown = ("", said) if operation == "added" else (said, "")
    return Part(capfirst(str(this.verbose_name)), operation, [(capfirst(str(this.verbose_name)), *shown)])


def _partial(state: dict[str, Any], stem: str) -> str:
    if f"{stem}_precision" not in state:
        return ""
    day = state.get(f"{stem}_on")
    date = PartialDate.of(dt.date.fromisoformat(day[:10]) if day else None, state[f"{stem}_precision"])
    return str(date) if date else ""


def _field(model: type[Model], column: str) -> Any:
    return next((item for item in model._meta.local_concrete_fields if item.column == column), None)


def _title(model: type[Model], column: str) -> str:
    item = _field(model, column)
    return capfirst(str(item.verbose_name)) if item is not None else column


class _Names:
    """What the ids in the changes are called, read together in one query."""

    def __init__(self, changes: Iterable[Change], models: dict[str, type[Model]], visible: QuerySet):
        wanted: dict[type[Model], set[int]] = {}
        for change in changes:
            for column, value in {**(change.before or {}), **(change.after or {})}.items():
                item = _field(models[change.table], column)
                if item is not None and item.is_relation and isinstance(value, int) and column not in UNSAID:
                    wanted.setdefault(item.related_model, set()).add(value)
            for state in (change.before, change.after):
                for column in ("country_id", "organization_id"):
                    if state and isinstance(state.get(column), int):
                        item = _field(models[change.table], column)
                        wanted.setdefault(item.related_model, set()).add(state[column])
        queries = []
        for model, ids in wanted.items():
            name = NAMED_BY.get(model.__name__, "name")
            if not any(item.name == name for item in model._meta.fields):
                continue
            rows = visible if model is Engagement else model._default_manager.all()
            queries.append(
                rows.filter(pk__in=ids).order_by().annotate(said=F(name)).values_list(Value(model._meta.label, CharField()), "pk", "said")
            )
        self.known: dict[tuple[str, int], str] = {}
        if queries:
            first, *rest = queries
            self.known = {(label, pk): said for label, pk, said in first.union(*rest, all=True)}

    def say(self, model: type[Model], column: str, value: Any) -> str | None:
        """``value`` of ``column`` in words; None where it is a record that the reader may not see."""
        if value is None or value == "":
            return ""
        item = _field(model, column)
        if item is None:
            return str(value)
        if item.is_relation:
            said = self.known.get((item.related_model._meta.label, value))
            if said is None and item.related_model is Engagement:
                return None
            return said or f"#{value}"
        if item.choices:
            return str(dict(item.flatchoices).get(value, value))
        if item.get_internal_type() == "BooleanField":
            return _("yes") if value else _("no")
        return str(value)
