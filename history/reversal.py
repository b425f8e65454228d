"""The way back: everything one action did is undone, or nothing is and it is said what stands in the way."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from history import rows
from history.context import acting, present
from history.models import Change
from history.values import State, as_columns, column_of, exactly, models_by_table, net


@dataclass(frozen=True)
class Clash:
    """What stands in the way of undoing an action: one column of one row is no longer as the action left it.

    ``column`` is empty where it is the whole row: it is there again, or gone, or the database refused it.
    ``since`` is the latest change of that row after the action; None where the history knows of none.
    """

    table: str
    row: int
    column: str
    stands: Any
    since: Change | None = None

    @property
    def action(self) -> str:
        """The action that changed it since."""
        return self.since.action if self.since else ""


class _Refused(Exception):
    """Rolls back what was written."""

    def __init__(self, clashes: list[Clash]):
        self.clashes = clashes


def reverse(action: str, *, skip_tables: Iterable[str] = ()) -> list[Clash]:
    """Undo every change that ``action`` made, the last one first, but in ``skip_tables``. Empty: done.

    Otherwise nothing was written, and the clashes say why: a row it touched was changed since, or a row that was
    added later hangs on one that would go, or points nowhere. What a caller may undo, and whose version it claims,
    is the caller's business. Being undone is an action of its own. Raises ``LookupError`` for an unknown action.
    """
    skipped = set(skip_tables)
    changes = [change for change in exactly(Change.objects.filter(action=action).order_by("pk")) if change.table not in skipped]
    if not changes:
        raise LookupError(f"The history knows nothing of an action {action!r}.")
    with nullcontext() if present() else acting(door="database", reason=f"undoes {action}"):
        try:
            with transaction.atomic():
                _refuse_if(_changed_since(changes))
                for change in reversed(changes):
                    _undo(change)
                _refuse_if(_hanging(changes) + _leading_nowhere(changes))
        except _Refused as refused:
            return refused.clashes
    return []


def _refuse_if(clashes: list[Clash]) -> None:
    if clashes:
        raise _Refused(clashes)


def _undo(change: Change) -> None:
    model = models_by_table()[change.table]
    before = as_columns(model, change.before or {})
    try:
        with transaction.atomic():
            if change.operation == "added":
                rows.remove(model, change.row)
            elif change.operation == "removed":
                rows.insert(model, change.row, before)
            else:
                rows.change(model, change.row, before)
    except IntegrityError as error:  # somebody else has by now what must be there once
        raise _Refused([Clash(change.table, change.row, "", str(error).splitlines()[0])]) from error


# What stands in the way --------------------------------------------------------------------------------


def _changed_since(changes: list[Change]) -> list[Clash]:
    """Columns that are no longer as the action left them."""
    models = models_by_table()
    by_table: dict[str, dict[int, State | None]] = {}
    for (table, row), told in net(changes).items():
        by_table.setdefault(table, {})[row] = told.after
    found = []
    for table, states in by_table.items():
        standing = rows.standing(models[table], states)
        for row, state in states.items():
            now = standing.get(row)
            if now is None and state is None:
                continue
            if now is None or state is None:
                found.append((table, row, "", None))
                continue
            for column, value in as_columns(models[table], state).items():
                if now[column] != value:
                    found.append((table, row, column, now[column]))
    return _with_since(found, changes)


def _hanging(changes: list[Change]) -> list[Clash]:
    """Rows that point to one that is gone by now."""
    models = models_by_table()
    gone: dict[str, set[int]] = {}
    for change in changes:
        if change.operation == "added":
            gone.setdefault(change.table, set()).add(change.row)
    found = []
    for table, ids in gone.items():
        found += rows.hanging_on(models[table], rows.missing(models[table], ids))
    return _with_since(found, changes)


def _leading_nowhere(changes: list[Change]) -> list[Clash]:
    """Links of rows that are back, to what is gone."""
    models = models_by_table()
    wanted: dict[Any, dict[int, list[tuple[str, int, str]]]] = {}
    for change in changes:
        for column, value in (change.before or {}).items():
            field = column_of(models[change.table], column)
            if field is not None and field.is_relation and value is not None:
                wanted.setdefault(field.related_model, {}).setdefault(value, []).append((change.table, change.row, column))
    found = []
    for model, ids in wanted.items():
        for gone in rows.missing(model, ids):
            removal = Change.objects.filter(table=model._meta.db_table, row=gone, operation="removed").last()
            for table, row, column in ids[gone]:
                if _holds(models[table], row, column, gone):
                    found.append(Clash(table, row, column, gone, removal))
    return found


def _holds(model: Any, row: int, column: str, value: int) -> bool:
    field = column_of(model, column)
    return model._base_manager.filter(pk=row, **{field.name: value}).exists()


def _with_since(found: list[tuple[str, int, str, Any]], changes: list[Change]) -> list[Clash]:
    """Each clash with the latest change of its row after the action."""
    if not found:
        return []
    last = max(change.pk for change in changes)
    ids = {row for _, row, _, _ in found}
    later = Change.objects.filter(pk__gt=last, table__in={table for table, *_ in found}, row__in=list(ids)[:10_000])
    since: dict[tuple[str, int], Change] = {}
    for change in later.exclude(action=changes[0].action).order_by("pk"):
        since[change.table, change.row] = change
    return [Clash(table, row, column, stands, since.get((table, row))) for table, row, column, stands in found]
