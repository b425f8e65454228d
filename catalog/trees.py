"""Lists that are trees: what lies below an entry, and in which order a tree is read."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models


def descendants(model: type[models.Model], ids: Iterable[int]) -> set[int]:
    """The ids of everything below ``ids``, at any depth; one query."""
    children = defaultdict(list)
    for pk, parent in model._default_manager.order_by().exclude(parent=None).values_list("pk", "parent_id"):
        children[parent].append(pk)
    found: set[int] = set()
    waiting = list(ids)
    while waiting:
        for child in children[waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def with_descendants(model: type[models.Model], pks: Iterable[int]) -> list[int]:
    """``pks`` and everything below them: what a filter for a tree means."""
    pks = set(pks)
    return sorted(pks | descendants(model, pks)) if pks else []


def in_tree_order(entries: Iterable[Any]) -> list[Any]:
    """Parents before their children, with ``entry.depth`` set; one whose parent is not among them stands at the top."""
    entries = list(entries)
    present = {entry.pk for entry in entries}
    below = defaultdict(list)
    for entry in entries:
        below[entry.parent_id if entry.parent_id in present else None].append(entry)
    ordered: list[Any] = []
    waiting = [(entry, 0) for entry in reversed(below[None])]
    while waiting:
        entry, entry.depth = waiting.pop()
        ordered.append(entry)
        waiting += [(child, entry.depth + 1) for child in reversed(below[entry.pk])]
    return ordered


def spread(ids: dict[int, Any], parents: dict[int, int | None]) -> dict[int, Any]:
    """``ids`` with every entry having what belongs to the entries below it too; a tree that bites its tail comes to an end."""
    found = dict(ids)
    for entry, those in ids.items():
        seen = {entry}
        here = parents.get(entry)
        while here is not None and here not in seen:
            seen.add(here)
            found[here] = found[here] | those if here in found else those
            here = parents.get(here)
    return found
