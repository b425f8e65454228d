"""What the history holds, as Python values: JSON read without loss, and each value as its column has it."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime

from history.models import Change

State = dict[str, Any]  # column → value


def models_by_table() -> dict[str, type[models.Model]]:
    """The models of all tables, those of many-to-many links too."""
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def column_of(model: type[models.Model], column: str) -> Any:
    """The field of ``model`` that ``column`` holds; None where the column is gone since."""
    return next((field for field in model._meta.local_concrete_fields if field.column == column), None)


def exactly(changes: models.QuerySet[Change]) -> list[Change]:
    """``changes`` with numbers in ``before`` and ``after`` as ``Decimal``: a float would lose the cents of large amounts."""
    text = models.TextField()
    rows = changes.defer("before", "after").annotate(before_text=Cast("before", text), after_text=Cast("after", text))
    found: list[Change] = []
    for change in rows:
        for side in ("before", "after"):
            said = getattr(change, f"{side}_text")
            setattr(change, side, None if said is None else json.loads(said, parse_float=Decimal))
        found.append(change)
    return found


def as_column(field: Any, said: Any) -> Any:
    """``said``, a value out of the history, as an instance has it in ``field``. The two databases write some differently."""
    if said is None:
        return None
    while field.is_relation:
        field = field.target_field
    if isinstance(field, models.DateTimeField):
        moment = parse_datetime(str(said))
        return moment.replace(tzinfo=dt.UTC) if moment is not None and moment.tzinfo is None else moment
    if isinstance(field, models.DateField):
        return dt.date.fromisoformat(str(said)[:10])
    if isinstance(field, models.BooleanField):
        return bool(said)
    if isinstance(field, models.DecimalField):
        return Decimal(str(said)).quantize(Decimal(1).scaleb(-field.decimal_places))
    if isinstance(field, models.CharField | models.TextField):
        return str(said)
    return field.to_python(said)


def as_columns(model: type[models.Model], state: State) -> State:
    """A whole state by attribute names (``country_id``); columns that are gone since are left out."""
    found = {}
    for column, said in state.items():
        field = column_of(model, column)
        if field is not None:
            found[field.attname] = as_column(field, said)
    return found


@dataclass
class Net:
    """What several changes of one row come to: its columns as far as told, before the first and after the last; None: no row."""

    before: State | None
    after: State | None

    @property
    def operation(self) -> str:
        """added, changed, removed; "nothing" for a row that came and went in between."""
        if self.before is None:
            return "nothing" if self.after is None else "added"
        return "removed" if self.after is None else "changed"


def net(changes: Iterable[Change]) -> dict[tuple[str, int], Net]:
    """What ``changes``, oldest first, come to for each row (table, id)."""
    rows: dict[tuple[str, int], Net] = {}
    for change in changes:
        after = None if change.operation == "removed" else change.after or {}
        known = rows.get((change.table, change.row))
        if known is None:
            rows[change.table, change.row] = Net(None if change.operation == "added" else change.before or {}, after)
            continue
        if known.before is not None:
            known.before = (change.before or {}) | known.before
        known.after = None if after is None else (known.after or {}) | after
    return rows


def by_action(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes of one action together, in the order in which the actions began."""
    actions: dict[str, list[Change]] = {}
    for change in changes:
        actions.setdefault(change.action, []).append(change)
    return list(actions.values())


def while_here(life: Iterable[Change], column: str, owner: int) -> Iterator[Change]:
    """Of all changes of one row, oldest first, those of its time with ``owner``, whose id stands in its ``column``.

    Where it came from another it is told as added with all it held, where it went there as removed; both are ``moved``.
    """
    state: State = {}
    for change in life:
        was, before = state.get(column) == owner, state
        state = {} if change.operation == "removed" else state | (change.after or {})
        is_here = state.get(column) == owner
        if change.operation == "changed" and was != is_here:
            change.moved = True
            change.operation = "added" if is_here else "removed"
            change.before, change.after = (None, dict(state)) if is_here else (dict(before), None)
        if was or is_here:
            yield change
