"""Two entries that are one: everything that points to the one moves to the other.

The links are found in the models themselves, so that a table added tomorrow, in whatever app, is moved too.
"""

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import EngagementType, Organization, Region, RegionScheme
from catalog.models.base import CatalogEntry
from catalog.registry import tell_of_move
from catalog.trees import descendants
from history.context import acting, present

log = logging.getLogger("entente.catalog")


def replaced_by(entry: CatalogEntry) -> CatalogEntry:
    """The entry that stayed after all mergers; ``entry`` itself where there was none."""
    while (winner := entry.merged_into) is not None:
        entry = winner
    return entry


def check_merge(loser: CatalogEntry, winner: CatalogEntry) -> None:
    """Refuse, with a sentence, a merger that would make records wrong."""
    if type(loser) is not type(winner):
        raise ValidationError(_("Only entries of one list can be merged."))
    if loser.pk == winner.pk:
        raise ValidationError(_("An entry can not be merged into itself."))
    if loser.merged_into_id is not None:
        raise ValidationError(_("%(name)s was already merged into another entry.") % {"name": loser})
    if not winner.is_in_use:
        raise ValidationError(_("%(name)s is retired: choose an entry that is in use.") % {"name": winner})
    if isinstance(loser, EngagementType) and loser.kind != winner.kind:
        raise ValidationError(_("%(name)s is a type of another kind of engagement.") % {"name": winner})
    if isinstance(loser, Region) and loser.scheme_id != winner.scheme_id:
        raise ValidationError(_("%(name)s is a region of another scheme.") % {"name": winner})
    if isinstance(loser, RegionScheme) and loser.regions.exists():
        raise ValidationError(_("%(name)s has regions of its own: their codes name the scheme.") % {"name": loser})
    if isinstance(loser, Organization) and None not in (loser.country_id, winner.country_id) and loser.country_id != winner.country_id:
        raise ValidationError(_("%(name)s belongs to another country.") % {"name": winner})
    if hasattr(loser, "parent_id") and winner.pk in descendants(type(loser), [loser.pk]):
        raise ValidationError(_("%(name)s is a part of this entry: move it elsewhere first.") % {"name": winner})


def merge(loser: CatalogEntry, winner: CatalogEntry, *, actor: Any) -> int:
    """Move all that points to ``loser`` to ``winner``, and keep ``loser`` retired with the way to ``winner``.

    A link the winner already has is dropped. Returns how many links moved.
    """
    if type(loser) is not type(winner):
        check_merge(loser, winner)
    # One action, so that it can be undone as one (unmerging.py): that of the request, or one of its own.
    with nullcontext() if present() else acting(actor=actor, door="command"), transaction.atomic():
        hold([loser, winner])
        check_merge(loser, winner)
        return _merge(loser, winner, actor)


def hold(entries: list[CatalogEntry]) -> None:
    """Read ``entries`` of one list anew, in a transaction, and keep others from them until it is over: of two mergers one comes first."""
    rows = type(entries[0])._base_manager.select_for_update(of=["self"]).filter(pk__in=[entry.pk for entry in entries])
    list(rows.order_by("pk").values_list("pk"))
    for entry in entries:
        entry.refresh_from_db(fields=["merged_into", "retired_on"])


def _merge(loser: CatalogEntry, winner: CatalogEntry, actor: Any) -> int:
    moved = _move(loser, winner)
    if hasattr(winner, "aliases"):
        alias = winner.aliases.model
        if loser.key != winner.key and not alias.objects.filter(key=loser.key).exists():
            alias.objects.create(entry=winner, text=loser.name)
    loser.retired_on = loser.retired_on or timezone.now().date()
    loser.merged_into = winner
    loser.save(update_fields=["retired_on", "merged_into"])
    log.warning("merged %s %s into %s by %s", type(loser).__name__, loser.code, winner.code, getattr(actor, "username", actor))
    return moved


def links(entry: CatalogEntry) -> list[tuple[str, int]]:
    """What the catalog itself would move, by name and number. The apps above say theirs (``registry.uses_of``)."""
    found = []
    for field in _pointing_to(type(entry)):
        if field.model._meta.app_label == entry._meta.app_label and field.editable:
            count = field.model._base_manager.filter(**{field.name: entry}).count()
            if count:
                owner = field.model._meta.auto_created or field.model  # of a many-to-many table, the model that has the field
                found.append((str(owner._meta.verbose_name_plural), count))
    return found


def _pointing_to(model: type[models.Model]) -> Iterator[Any]:
    """Every foreign key to ``model``, those of many-to-many tables too; what the database computes comes last."""
    relations = [
        relation.field
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
    ]
    return iter(sorted(relations, key=lambda field: not field.editable))


def _move(old: models.Model, new: models.Model) -> int:
    moved = 0
    for field in _pointing_to(type(old)):
        rows = field.model._base_manager.filter(**{field.name: old})
        tell_of_move(rows)
        if field.model._meta.auto_created:
            # A state would succeed itself, a treaty party stand twice.
            for other in field.model._meta.fields:
                if other.is_relation and other != field and other.related_model is type(old):
                    rows.filter(**{other.name: new}).delete()
        for twin in _twins(field, new):
            for row in rows.filter(Exists(twin)):
                kept = _twin_of(row, field, new)
                if kept is not None:
                    moved += _move(row, kept)
                    row.delete()
        count = rows.update(**{field.name: new})
        moved += count if field.editable else 0
    return moved


def _twins(field: Any, new: models.Model) -> Iterator[models.QuerySet]:
    """Rows of ``new`` that a row of the old one would collide with, one query for each unique rule."""
    meta = field.model._meta
    for names, nulls_meet in _unique_rules(field):
        columns = [meta.get_field(name) for name in names]
        outer = {f"outer_{column.name}": ExpressionWrapper(OuterRef(column.attname), _plain(column)) for column in columns}
        same = Q()
        for column in columns:
            equal = Q(**{column.attname: F(f"outer_{column.name}")})
            if nulls_meet:
                equal |= Q(**{f"{column.attname}__isnull": True, f"outer_{column.name}__isnull": True})
            same &= equal
        yield field.model._base_manager.filter(**{field.name: new}).alias(**outer).filter(same)


def _plain(column: Any) -> models.Field:
    """What the column holds: of a link, the key it points to."""
    while column.is_relation:
        column = column.target_field
    return column


def _twin_of(row: models.Model, field: Any, new: models.Model) -> models.Model | None:
    for names, nulls_meet in _unique_rules(field):
        values = {name: getattr(row, type(row)._meta.get_field(name).attname) for name in names}
        if None in values.values() and not nulls_meet:
            continue
        same = {name if value is not None else f"{name}__isnull": True if value is None else value for name, value in values.items()}
        twin = field.model._base_manager.filter(**{field.name: new}, **same).first()
        if twin is not None:
            return twin
    return None


def _unique_rules(field: Any) -> Iterator[tuple[list[str], bool]]:
    """For each unique rule that names ``field``: the other columns, and whether two empty ones are the same."""
    meta = field.model._meta
    for rule in meta.unique_together:
        if field.name in rule:
            yield [name for name in rule if name != field.name], False
    for constraint in meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint):
            continue
        names = list(constraint.fields)
        for expression in constraint.expressions:
            names += _columns_in(expression)
        if field.name in names:
            yield [name for name in names if name != field.name], bool(constraint.expressions)
    if field.unique:
        yield [], False


def _columns_in(expression: Any) -> list[str]:
    if isinstance(expression, F):
        return [expression.name]
    return [name for part in expression.get_source_expressions() for name in _columns_in(part)]
