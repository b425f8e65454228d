"""The way back from a merger of two entries: everything that moved goes where it was, or it is said what stands in the way."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog.domain.merging import hold
from catalog.models.base import CatalogEntry
from catalog.registry import tell_of_move
from history.models import Change
from history.reversal import Clash, reverse

LATEST = 50


class Changed(ValidationError):
    """Something that the merger moved was changed since; ``obstacles`` name it, as far as the lists go."""

    def __init__(self, clashes: list[Clash]):
        self.obstacles = _in_words(clashes)
        super().__init__(_("Something that was moved has changed since. Nothing was undone."), code="changed")


@dataclass(frozen=True)
class EntryMerger:
    """One entry that was merged into another, and the change of the history that says so."""

    loser: CatalogEntry
    winner: CatalogEntry
    change: Change


def recent_mergers(model: type[Any]) -> list[EntryMerger]:
    """The latest mergers of a list that stand, newest first."""
    losers = {entry.pk: entry for entry in model.objects.exclude(merged_into=None).select_related("merged_into")}
    changes = Change.objects.filter(table=model._meta.db_table, row__in=losers, operation="changed", after__has_key="merged_into_id")
    # Where its winner was merged in turn it was led on by that merger, which is another one.
    began = {change.row: change for change in changes.order_by("pk") if (change.before or {}).get("merged_into_id") is None}
    found = [EntryMerger(losers[row], losers[row].merged_into, change) for row, change in began.items()]
    return sorted(found, key=lambda merger: -merger.change.pk)[:LATEST]


@transaction.atomic
def undo(loser: CatalogEntry) -> None:
    """Make ``loser`` an entry of its own again, with all that pointed to it. Raises ``Changed``, and then nothing happened."""
    hold([loser])
    merger = next((merger for merger in recent_mergers(type(loser)) if merger.loser.pk == loser.pk), None)
    if merger is None:
        raise ValidationError(_("The history knows no merger of %(name)s that could be undone.") % {"name": loser})
    clashes = reverse(merger.change.action)
    if clashes:
        raise Changed(clashes)
    _tell(merger.change.action)


def _tell(action: str) -> None:
    """The apps above learn which of their rows went back, as they did when those moved."""
    rows: dict[str, set[int]] = {}
    for table, row in Change.objects.filter(action=action).values_list("table", "row"):
        rows.setdefault(table, set()).add(row)
    for model in apps.get_models(include_auto_created=True):
        if pks := rows.get(model._meta.db_table):
            tell_of_move(model._base_manager.filter(pk__in=pks))


def _in_words(clashes: list[Clash]) -> list[tuple[str, str]]:
    """[(what, by whom and when)]. Of records nothing is named: who keeps the lists may not see all of them."""
    models: dict[str, Any] = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    found = []
    for clash in clashes:
        model = models[clash.table]
        owner = model._meta.auto_created or model
        if owner._meta.app_label != "catalog":
            found.append((_("A record"), ""))
            continue
        row = model._base_manager.filter(pk=clash.row).first() if not model._meta.auto_created else None
        what = capfirst(str(owner._meta.verbose_name))
        found.append((f"{what}: {row}" if row is not None else what, clash.since.actor_name if clash.since else ""))
    return list(dict.fromkeys(found))
