"""What stands in the way of undoing a merger, in words, as far as the reader may know it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from engagements.models import Engagement, Merger
from history.models import Change
from history.reversal import Clash


@dataclass(frozen=True)
class Obstacle:
    """One row that was changed since the merger: what it is, which facts, by whom and when."""

    what: str
    facts: list[str]
    who: str
    at: dt.datetime | None


def in_words(clashes: Iterable[Clash], visible: QuerySet, merger: Merger) -> list[Obstacle]:
    """One entry a row. Of a record that is not in ``visible`` it is said that there is one, and nothing of it."""
    rows: dict[tuple[str, int], list[Clash]] = {}
    for clash in clashes:
        rows.setdefault((clash.table, clash.row), []).append(clash)
    of = _engagements_of(rows, merger)
    shown = set(visible.filter(pk__in=set(of.values())).values_list("pk", flat=True)) | {merger.kept_id}
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    found = []
    for key, group in rows.items():
        engagement = of.get(key)
        if engagement is not None and engagement not in shown:
            found.append(Obstacle(_("Another record"), [], "", None))
            continue
        found.append(_obstacle(models[key[0]], group))
    return list({(item.what, tuple(item.facts), item.who, item.at): item for item in found}.values())


def _engagements_of(rows: Iterable[tuple[str, int]], merger: Merger) -> dict[tuple[str, int], int]:
    """The engagement each row belongs to, as the history knows it; the two of the merger are one."""
    keys = set(rows)
    changes = Change.objects.filter(
        table__in={table for table, _row in keys}, row__in={row for _table, row in keys}, engagement__isnull=False
    )
    found: dict[tuple[str, int], int] = {}
    for table, row, engagement in changes.order_by("pk").values_list("table", "row", "engagement"):
        if (table, row) in keys and engagement is not None:
            found[table, row] = merger.kept_id if engagement == merger.absorbed_id else engagement
    return found


def _obstacle(model: Any, group: list[Clash]) -> Obstacle:
    owner = model._meta.auto_created or model
    what = _("The record") if owner is Engagement and not model._meta.auto_created else capfirst(str(owner._meta.verbose_name))
    columns = {column for field in model._meta.local_concrete_fields for column in [field]}
    names = {item.attname: item for item in columns} | {item.column: item for item in columns}
    facts = [capfirst(str(names[clash.column].verbose_name)) for clash in group if clash.column in names]
    since = next((clash.since for clash in group if clash.since is not None), None)
    if not facts:
        facts = [_("was added, removed or replaced")]
    return Obstacle(what, list(dict.fromkeys(facts)), since.actor_name if since else "", since.at if since else None)
