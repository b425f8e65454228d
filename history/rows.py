"""Rows read and written by table and id, past the models' own ways: as the history tells them.

Columns that the history leaves out (``SILENT``) are filled as for a new row; a version counts on, so that a page
opened before notices. What triggers keep (scope, acts for) they keep here too.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import F

from history.context import present
from history.database import SILENT
from history.models import Change
from history.values import State

CHUNK = 500


def standing(model: type[models.Model], ids: Iterable[int]) -> dict[int, State]:
    """The rows of ``ids`` as they stand now, by attribute names; on PostgreSQL held until the transaction ends."""
    wanted = sorted(ids)
    names = [field.attname for field in model._meta.local_concrete_fields]
    found: dict[int, State] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = model._base_manager.select_for_update().filter(pk__in=wanted[start : start + CHUNK]).order_by("pk")
        found |= {row[model._meta.pk.attname]: row for row in rows.values(*names)}
    return found


def insert(model: type[models.Model], row: int, values: State) -> None:
    """Add the row again under its old id; ``values`` by attribute names."""
    instance = model(**values | {model._meta.pk.attname: row})
    for name, value in _unsaid(instance, added=True).items():
        setattr(instance, name, value)
    if _has(model, "version"):
        # One more than any page can have seen of it.
        instance.version = 2 + Change.objects.filter(table=model._meta.db_table, row=row).count()
    instance.save_base(raw=True, force_insert=True)


def change(model: type[models.Model], row: int, values: State, *, claimed: bool = False) -> None:
    """Put ``values`` into the row; ``claimed``: its version was counted on already."""
    rows = model._base_manager.filter(pk=row)
    instance = rows.get()
    for name, value in values.items():
        setattr(instance, name, value)
    written: dict[str, Any] = values | _unsaid(instance, added=False)
    if _has(model, "version") and not claimed:
        written["version"] = F("version") + 1
    rows.update(**written)


def remove(model: type[models.Model], row: int) -> None:
    """Take the row away, and nothing that hangs on it: whoever calls looks for that (``hanging_on``)."""
    table, key = (connection.ops.quote_name(name) for name in (model._meta.db_table, str(model._meta.pk.column)))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [row])


def hanging_on(model: type[models.Model], ids: Iterable[int]) -> list[tuple[str, int, str, Any]]:
    """Rows that point to rows ``ids`` of ``model``: their table, id, column, and what they point to."""
    wanted = list(ids)
    found: list[tuple[str, int, str, Any]] = []
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or not (relation.one_to_many or relation.one_to_one):
            continue
        field = relation.field
        for start in range(0, len(wanted), CHUNK):
            rows = field.model._base_manager.filter(**{f"{field.name}__in": wanted[start : start + CHUNK]})
            found += [(field.model._meta.db_table, pk, str(field.column), to) for pk, to in rows.values_list("pk", field.attname)]
    return found


def missing(model: type[models.Model], ids: Iterable[int]) -> set[int]:
    """Which of ``ids`` are no rows of ``model``."""
    wanted = sorted(set(ids))
    there: set[int] = set()
    for start in range(0, len(wanted), CHUNK):
        there |= set(model._base_manager.filter(pk__in=wanted[start : start + CHUNK]).values_list("pk", flat=True))
    return set(wanted) - there


def _unsaid(instance: models.Model, *, added: bool) -> dict[str, Any]:
    """What the row holds in the columns that the history leaves out and that the program, not a trigger, fills."""
    model, action = type(instance), present()
    filled = {}
    for field in model._meta.local_concrete_fields:
        if field.column not in SILENT or field.primary_key:
            continue
        if type(field).pre_save is not models.Field.pre_save:  # the key of a name, the moment of a change
            filled[field.attname] = field.pre_save(instance, added)
        elif field.column == "updated_by_id":
            filled[field.attname] = action["actor"] if action else None
    return filled


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.attname == name for field in model._meta.local_concrete_fields)
