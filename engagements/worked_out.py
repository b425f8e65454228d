"""What was worked out of many records, remembered like the sets it comes from (sets.py), and as true as these."""

import hashlib
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.db import connections
from pyroaring import FrozenBitMap

from engagements import journal
from engagements.sets import MEMORY, Remembered, Sets

Found = TypeVar("Found")


def of_all(
    sets: Sets,
    key: Hashable,
    ask: Callable[[], Found],
    put_right: Callable[[Found, list[int]], Found],
    size: Callable[[Found], int],
) -> Found:
    """What ``ask`` finds of all records; ``put_right`` gives what is true of it after some of them were changed."""
    if sets.moment is None:
        return ask()
    place = _place(sets, key)
    kept = MEMORY.get(place)
    changed = _changed(sets, kept)
    found: Any
    if kept is None or changed is None or len(changed) > journal.MOST_PUT_RIGHT:
        found = ask()
    else:
        found = put_right(kept.groups, sorted(changed)) if changed else kept.groups
    _keep(sets, place, kept, found, size)
    return found


def of_these(sets: Sets, key: Hashable, ids: FrozenBitMap, ask: Callable[[], Found], size: Callable[[Found], int]) -> Found:
    """What ``ask`` works out of these records alone, and of the lists.

    It is remembered under the very records: for whoever sees just these it is the same, and for nobody else. It is asked
    again when one of them was changed, or a list.
    """
    if sets.moment is None:
        return ask()
    place = _place(sets, (key, hashlib.blake2b(ids.serialize(), digest_size=20).digest()))
    kept = MEMORY.get(place)
    changed = _changed(sets, kept)
    found: Any = ask() if kept is None or changed is None or ids.intersect(FrozenBitMap(changed)) else kept.groups
    _keep(sets, place, kept, found, size)
    return found


def _place(sets: Sets, key: Hashable) -> Hashable:
    return sets.using, connections[sets.using].settings_dict["NAME"], "worked out", key


def _changed(sets: Sets, kept: Remembered | None) -> frozenset[int] | None:
    """The records that were changed since; None where they are too many, or all, or where nothing is remembered."""
    moment = sets.moment
    if kept is None or moment is None or kept.epoch != moment.epoch:
        return None
    return moment.changed(kept.mark, by_lists=True)


def _keep(sets: Sets, place: Hashable, kept: Remembered | None, found: Any, size: Callable[[Any], int]) -> None:
    moment = sets.moment
    if moment is None:
        return
    is_same = kept is not None and kept.groups is found
    if kept is None or not is_same or kept.epoch != moment.epoch or kept.mark.number < moment.mark.number:
        MEMORY.put(place, Remembered(found, moment.mark, moment.epoch, kept.size if kept is not None and is_same else size(found)))
