"""Sets of records: what a condition finds, and what counts under each value, remembered as bitmaps.

The conditions are said in SQL, once, by the querysets. Here is only remembered what they found, together with the mark
in the log of changes up to which it is true. Whoever reads later asks the log what was changed since then, and the same
SQL again for just these records: that puts the set right. Sets are met with each other here instead of in the database.

What is remembered is of all records, so it must always be met with what the reader may see (``EngagementFilter.ids``).
"""

import datetime as dt
import json
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet
from django.utils import timezone
from pyroaring import FrozenBitMap

from engagements import journal
from engagements.journal import Mark, Moment
from engagements.models import Engagement
from engagements.querysets import EngagementQuerySet

NOTHING = FrozenBitMap()
Groups = Mapping[Any, FrozenBitMap]
# Ids of records to look at, None for all of them; to (value, ..., id) of each.
Find = Callable[[list[int] | None], QuerySet]
# Between writing the time into a record and its commit, and between clocks: what was changed so long before is looked at again.
UNDER_WAY = dt.timedelta(minutes=2)
# Many ids as one value.
PACKED = {"postgresql": "string_agg(int4send({}::int), ''::bytea)", "sqlite": "json_group_array({})"}


def union(sets: Iterable[FrozenBitMap]) -> FrozenBitMap:
    """What is in at least one of them."""
    several = list(sets)
    return FrozenBitMap.union(*several) if len(several) > 1 else several[0] if several else NOTHING


# What the database says ------------------------------------------------------------------------------


def found(queryset: QuerySet) -> FrozenBitMap:
    """The ids of a queryset of records, as the database has them now."""
    return grouped(queryset.order_by().values_list("pk")).get((), NOTHING)


def grouped(rows: QuerySet) -> dict[tuple, FrozenBitMap]:
    """Rows of (value, ..., id) as {(value, ...): ids}; put together by the database, as there can be millions."""
    connection = connections[rows.db]
    try:
        sql, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(*_put_together(connection.vendor, sql, params, _width(rows)))
        return {tuple(values): ids_of(ids) for *values, ids in cursor.fetchall()}


def meeting(rows: QuerySet, conditions: Mapping[Any, Q], column: str) -> dict[tuple, FrozenBitMap]:
    """{(code,): ids} of the rows that meet each of ``conditions``, in one reading; ``column`` is where a row has the id."""
    connection = connections[rows.db]
    codes = list(conditions)
    asked = rows.annotate(**{f"met_{place}": conditions[code] for place, code in enumerate(codes) if conditions[code]})
    names = [f"met_{place}" for place, code in enumerate(codes) if conditions[code]]
    try:
        sql, params = asked.values_list(*names, column).query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return {}
    ids = PACKED[connection.vendor].format("found_id")
    met = ", ".join(f"{ids} FILTER (WHERE met_{place})" if conditions[code] else ids for place, code in enumerate(codes))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH found ({', '.join([*names, 'found_id'])}) AS ({sql}) SELECT {met} FROM found", params)
        packed = cursor.fetchone()
    found = {(code,): ids_of(one) for code, one in zip(codes, packed, strict=True) if one is not None}
    return {code: one for code, one in found.items() if one}


def _width(rows: QuerySet) -> int:
    return len(rows.query.values_select) + len(rows.query.annotation_select)


def _put_together(vendor: str, sql: str, params: tuple, width: int) -> tuple[str, tuple]:
    *values, pk = (f"c{place}" for place in range(width))
    columns, ids = ", ".join(values), PACKED[vendor].format(pk)
    if vendor == "postgresql":
        source, prefix = f"({sql}) AS found ({', '.join([*values, pk])})", ""
    else:
        source = "found"
        prefix = f"WITH found ({', '.join([*values, pk])}) AS ({sql}) "
    if not values:
        return f"{prefix}SELECT {ids} FROM {source} HAVING count(*) > 0", params
    return f"{prefix}SELECT {columns}, {ids} FROM {source} GROUP BY {columns}", params


def ids_of(packed: Any) -> FrozenBitMap:
    """The ids that the database put together (``PACKED``)."""
    if isinstance(packed, str):
        ids = array("I", json.loads(packed))
    else:
        ids = array("I", bytes(packed))
        ids.byteswap()
    return FrozenBitMap(ids, optimize=True)


def _key_of(queryset: QuerySet) -> tuple[str, str] | None:
    """Its SQL and parameters, which may be lists; None where it can find nothing."""
    try:
        sql, params = queryset.query.get_compiler(queryset.db).as_sql()
    except EmptyResultSet:
        return None
    return sql, repr(params)


# What is remembered ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remembered:
    """``groups`` as of ``mark``, about ``size`` bytes."""

    groups: Groups
    mark: Mark
    epoch: int
    size: int


class Memory:
    """What was asked for last, within ``room`` bytes. Threads share it."""

    def __init__(self):
        self.lock = Lock()
        self.kept: OrderedDict[Hashable, Remembered] = OrderedDict()
        self.size = 0

    def get(self, key: Hashable) -> Remembered | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def put(self, key: Hashable, item: Remembered) -> None:
        with self.lock:
            if (old := self.kept.pop(key, None)) is not None:
                self.size -= old.size
            self.kept[key] = item
            self.size += item.size
            while self.size > settings.SETS_IN_MEMORY and self.kept:
                self.size -= self.kept.popitem(last=False)[1].size

    def forget(self) -> None:
        with self.lock:
            self.kept.clear()
            self.size = 0


MEMORY = Memory()


def forget() -> None:
    """Nothing is remembered, of no database."""
    MEMORY.forget()
    for one in journal.all_of_them():
        one.forget()


def _size(groups: Groups) -> int:
    total = 500
    for ids in groups.values():
        told = ids.get_statistics()
        total += 300 + sum(told[f"n_bytes_{kind}_containers"] for kind in ("array", "run", "bitset"))
    return total


class Sets:
    """The sets of one reading: true when it began, or a little later."""

    def __init__(self, using: str):
        self.using = using
        self.moment: Moment | None = journal.of(using).look()
        self.read: dict[Hashable, Groups] = {}

    @property
    def are_kept(self) -> bool:
        """Whether they are remembered; inside a transaction, and where the log of changes can not be followed, they are not."""
        return self.moment is not None

    @property
    def records(self) -> EngagementQuerySet:
        """All records: to be asked for conditions, never to be shown."""
        return Engagement.objects.using(self.using).order_by()

    def remembers(self, key: Hashable) -> bool:
        """Whether this set costs next to nothing now."""
        return key in self.read or (self.are_kept and MEMORY.get(self._place(key)) is not None)

    def _place(self, key: Hashable) -> Hashable:
        return self.using, connections[self.using].settings_dict["NAME"], key

    def of(self, queryset: QuerySet, *, by_time: bool = False) -> FrozenBitMap:
        """The ids of a queryset of records, which must not be sliced; remembered under its SQL."""
        queryset = queryset.order_by().values_list("pk")
        key = _key_of(queryset)
        if key is None:
            return NOTHING

        def find(within):
            return queryset if within is None else queryset.filter(pk__in=within)

        return self.groups(key, find, by_time=by_time, by_lists=True).get((), NOTHING)

    def by(self, key: Hashable, find: Find, *, by_time: bool = False) -> dict[Any, FrozenBitMap]:
        """{value: ids} of rows of (value, id); ``key`` stands for all on which ``find`` depends besides the records."""
        return {value: ids for (value,), ids in self.groups(key, find, by_time=by_time).items()}

    def worked_out(
        self, key: Hashable, ask: Callable[[FrozenBitMap | None], dict[Any, FrozenBitMap]], *, by_lists: bool = True
    ) -> dict[Any, FrozenBitMap]:
        """What ``ask`` works out of other sets of this reading, for the records given to it, or for all where that is None."""

        def groups(within):
            found = ask(None if within is None else FrozenBitMap(within))
            return {(value,): ids for value, ids in found.items()}

        if key not in self.read:
            self.read[key] = self._groups(key, groups, by_time=False, by_lists=by_lists)
        return {value: ids for (value,), ids in self.read[key].items()}

    def meeting(
        self, key: Hashable, rows: Find, conditions: Mapping[Any, Q], column: str = "pk", *, by_time: bool = False
    ) -> dict[Any, FrozenBitMap]:
        """{code: ids} of ``rows`` that meet each of ``conditions``: one question for all of them; ``key`` stands for these too."""
        if key not in self.read:
            self.read[key] = self._groups(key, lambda within: meeting(rows(within), conditions, column), by_time, by_lists=False)
        return {code: ids for (code,), ids in self.read[key].items()}

    def apart(self, names: tuple[str, ...], key: Hashable, find: Find) -> dict[str, dict[Any, FrozenBitMap]]:
        """{name: {value: ids}} of rows of (value, ..., id) that have one value for each of ``names``."""
        found: dict[str, dict[Any, FrozenBitMap]] = {name: {} for name in names}
        for (name, value), ids in self.groups(key, find, shaped=lambda groups: _apart(groups, names)).items():
            found[name][value] = ids
        return found

    def groups(
        self, key: Hashable, find: Find, *, shaped: Callable[[Groups], Groups] = dict, by_time: bool = False, by_lists: bool = False
    ) -> Groups:
        """{(value, ...): ids} of rows of (value, ..., id); remembered as they are ``shaped``, each record by itself.

        ``by_time``: it depends on when a record was changed last, which alone leaves no trace in the log. ``by_lists``: on
        what the lists say, their trees and memberships, and not on the records alone.
        """
        if key not in self.read:
            self.read[key] = self._groups(key, lambda within: shaped(grouped(find(within))), by_time, by_lists)
        return self.read[key]

    def _groups(self, key: Hashable, ask: Callable[[list[int] | None], Groups], by_time: bool, by_lists: bool) -> Groups:
        moment = self.moment
        if moment is None:
            return _in_order(ask(None))
        place = self._place(key)
        kept = MEMORY.get(place)
        changed = moment.changed(kept.mark, by_lists=by_lists) if kept is not None and kept.epoch == moment.epoch else None
        if kept is not None and changed is not None and by_time:
            changed |= self._touched_since(kept.mark.at)
        if kept is None or changed is None or len(changed) > journal.MOST_PUT_RIGHT:
            groups = _in_order(ask(None))
        elif changed:
            groups = _in_order(_put_right(kept.groups, changed, ask(sorted(changed))))
        else:
            groups = kept.groups
        if kept is None or groups is not kept.groups or kept.mark.number < moment.mark.number:
            size = kept.size if kept is not None and groups is kept.groups else _size(groups)
            MEMORY.put(place, Remembered(groups, moment.mark, moment.epoch, size))
        return groups

    def _touched_since(self, at: dt.datetime) -> frozenset[int]:
        rows = self.records.filter(updated_at__range=(at - UNDER_WAY, timezone.now() + UNDER_WAY))
        return frozenset(rows.values_list("pk", flat=True)[: journal.MOST_PUT_RIGHT + 1])


def _apart(groups: Groups, names: tuple[str, ...]) -> Groups:
    """Of each column by itself; the columns have ``names``."""
    several: dict[tuple[str, Any], list[FrozenBitMap]] = {}
    for values, ids in groups.items():
        for pair in zip(names, values, strict=True):
            several.setdefault(pair, []).append(ids)
    return {pair: union(those) for pair, those in several.items()}


def _in_order(groups: Groups) -> Groups:
    """By value: the order in which the database came to them would tell of records that the reader may not see."""
    return dict(sorted(groups.items(), key=lambda item: [(value is None, type(value).__name__, value) for value in item[0]]))


def _put_right(groups: Groups, changed: frozenset[int], now: Groups) -> Groups:
    """``groups`` with what is now known of the ``changed`` ones."""
    those = FrozenBitMap(changed)
    right = {value: ids - those if ids.intersect(those) else ids for value, ids in groups.items()}
    for value, ids in now.items():
        right[value] = right.get(value, NOTHING) | ids
    return {value: ids for value, ids in right.items() if ids}
