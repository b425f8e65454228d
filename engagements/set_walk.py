"""The order of the list among the members of a set: which of them come next, without looking at all that are not in it.

The set is what a filter finds of what the reader may see (``EngagementFilter.ids``). Its members are taken week by week where the
list goes by date, and stretch by stretch of a column that changes seldom (``engagements/stretches.py``). By any other they are
sorted where they are few, and picked out of an index where they are many.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Cast, ExtractDay, ExtractMonth, ExtractYear, Floor
from pyroaring import FrozenBitMap

from engagements import countable, stretches
from engagements.ordering import DATES, GROUPS, NEWEST, Group, Key
from engagements.paging import Cursor, Walk, beyond
from engagements.sets import NOTHING, Sets

FEW = 2_000  # are sorted for each page
MOST_SORTED = 20_000
MOST_SORTED_LATE = 100_000  # where the index did not have them near its beginning: titles go with kinds
WEEK = 8  # days; a month has four of them, the last a short one
AT_FIRST = 4  # times as many rows as are needed, where members lie evenly among all


class SetWalk(Walk):
    """``rows`` are all that the reader may see, ``of`` how many; ``ids`` those of them that are listed."""

    def __init__(self, rows: QuerySet, sort: str, sets: Sets, ids: FrozenBitMap, *, of: int):
        super().__init__(rows, sort, is_long=False)
        self.sets, self.ids, self.of = sets, ids, of
        self.name = sort.removeprefix("-")

    def take(self, n: int, cursor: Cursor | None = None, *, is_back: bool = False, skipped: int = 0) -> list[tuple]:
        if len(self.ids) <= FEW or self.name == "completeness":
            self.rows = self.rows.filter(pk__in=list(self.ids))
            return super().take(n, cursor, is_back=is_back, skipped=skipped)
        wanted = n + skipped
        if self.name in DATES:
            found = self._by_date(self.ids, self.keys, wanted, cursor, is_back)
        elif group := GROUPS.get(self.name):
            found = self._by_group(group, wanted, cursor, is_back)
        elif stretches.are_there(self.sets, self.keys[0]):
            pieces = self._stretches(self.keys[0], cursor, is_back)
            found = self._piece_by_piece(pieces, self.keys, wanted, cursor, is_back)
        elif len(self.ids) <= MOST_SORTED:
            found = self._sorted(wanted, cursor, is_back)
        else:
            found = self._picked(wanted, cursor, is_back)
        found = found[skipped:]
        return found[::-1] if is_back else found

    def _those(self, ids: FrozenBitMap) -> QuerySet:
        return self.rows.filter(pk__in=list(ids))

    def _by_date(self, ids: FrozenBitMap, keys: tuple[Key, ...], wanted: int, cursor: Cursor | None, is_back: bool) -> list[tuple]:
        """At most ``wanted`` members next to the place, by the first of ``keys``, a date."""
        return self._piece_by_piece(self._weeks(ids, keys[0], cursor, is_back), keys, wanted, cursor, is_back)

    def _piece_by_piece(
        self, pieces: Iterator[FrozenBitMap], keys: tuple[Key, ...], wanted: int, cursor: Cursor | None, is_back: bool
    ) -> list[tuple]:
        """At most ``wanted`` of ``pieces``, which come in the order of the list from the place on."""
        found: list[tuple] = []
        for gathered in _in_steps(pieces, wanted):
            rows = self._those(gathered)
            if cursor is not None:
                rows = rows.filter(beyond(keys, cursor, is_back=is_back))
            rows = rows.order_by(*(key.order(is_back=is_back) for key in keys))
            found += rows.values_list(*self.columns)[: wanted - len(found)]
            if len(found) >= wanted:
                break
        return found

    def _weeks(self, ids: FrozenBitMap, key: Key, cursor: Cursor | None, is_back: bool) -> Iterator[FrozenBitMap]:
        """The members of each week in the order of the list, from that of the place on; those without a date last."""
        weeks = by_week(self.sets, key.path)
        known = sorted((week for week in weeks if week is not None), reverse=key.is_descending)
        order: list[Any] = [*known, None]
        if is_back:
            order.reverse()
        if cursor is not None:
            day = cursor.values[0]
            here = None if day is None else _week_of(day)
            order = list(_from(order, here, is_down=key.is_descending != is_back, is_back=is_back))
        return (members for week in order if (members := ids & weeks.get(week, NOTHING)))

    def _stretches(self, key: Key, cursor: Cursor | None, is_back: bool) -> Iterator[FrozenBitMap]:
        """The members of each stretch of the column in the order of the list, from that of the place on."""
        members = stretches.members(self.sets, key)
        is_down = key.is_descending != is_back
        here = None if cursor is None else stretches.of_value(self.sets, key, cursor.values[0])
        for number in sorted(members, reverse=is_down):
            if (here is None or (number <= here if is_down else number >= here)) and (ids := self.ids & members[number]):
                yield ids

    def _by_group(self, group: Group, wanted: int, cursor: Cursor | None, is_back: bool) -> list[tuple]:
        """Value by value, each in the order of the list itself."""
        members, values = countable.column(self.sets, group.key), self.values(group)
        if is_back:
            values.reverse()
        found: list[tuple] = []
        inside = None
        if cursor is not None:
            here = cursor.values[1] if group.is_entry else cursor.values[0]
            if here not in values:
                return self._sorted(wanted, cursor, is_back)
            values = values[values.index(here) :]
            inside = Cursor(cursor.values[-len(NEWEST) :])
        for value in values:
            if ids := self.ids & members.get(value, NOTHING):
                found += self._by_date(ids, NEWEST, wanted - len(found), inside, is_back)
            inside = None
            if len(found) >= wanted:
                break
        return found

    def _sorted(self, wanted: int, cursor: Cursor | None, is_back: bool) -> list[tuple]:
        return list(self._plain(cursor, is_back, self._those(self.ids)).values_list(*self.columns)[:wanted])

    def _picked(self, wanted: int, cursor: Cursor | None, is_back: bool) -> list[tuple]:
        """Many members: they are met often enough in any order."""
        looked_at = wanted * AT_FIRST * max(1, self.of // len(self.ids))
        self.is_long = True
        while True:
            found = Walk.take(self, looked_at, cursor, is_back=is_back)
            if is_back:
                found.reverse()
            members = [row for row in found if row[0] in self.ids][:wanted]
            if len(members) >= wanted or len(found) < looked_at:
                return members
            if len(self.ids) <= MOST_SORTED_LATE:
                return self._sorted(wanted, cursor, is_back)
            looked_at *= 8


def _in_steps(pieces: Iterator[FrozenBitMap], wanted: int) -> Iterator[FrozenBitMap]:
    """Pieces put together until there are enough; the first, which is not whole after a place, does not count."""
    held = next(pieces, NOTHING)
    extra = 0
    for members in chain(pieces, [NOTHING]):
        if (extra >= wanted or not members) and held:
            yield held
            held, extra = NOTHING, 0
        held, extra = held | members, extra + len(members)


def _from(order: list[Any], here: Any, *, is_down: bool, is_back: bool) -> Iterator[Any]:
    """The weeks from ``here`` on, which itself may have no members."""
    for week in order:
        if week is None:
            reached = not is_back or here is None
        elif here is None:
            reached = is_back
        else:
            reached = week <= here if is_down else week >= here
        if reached:
            yield week


def _week_of(day: dt.date) -> int:
    """The week of a day, four in each month, the first from the 1st to the 8th; counted from the year 0. ``by_week`` says it in SQL."""
    return (day.year * 12 + day.month) * 4 + (day.day - 1) // WEEK


def by_week(sets: Sets, path: str) -> countable.Ids:
    """By the week of a date, as ``_week_of`` counts it; None where it is not known."""
    month = ExtractYear(F(path)) * 12 + ExtractMonth(F(path))
    week = Cast(month * 4 + Floor((ExtractDay(F(path)) - 1) / WEEK), IntegerField())
    return sets.by(("week", path), lambda within: countable.records(sets, within).annotate(week=week).values_list("week", "pk"))
