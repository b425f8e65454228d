"""Places with coordinates: the engagements at each, and places that lie close together as one point of a map.

There can be as many as engagements, and a page shows a few hundred. So of all records it is remembered where they were,
as numbers; of those that a reader sees, and that a filter finds, what the page shows.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from heapq import nsmallest

from django.db.models import QuerySet
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from pyroaring import FrozenBitMap

from engagements.facts import Facts
from engagements.sets import Sets
from engagements.worked_out import of_all, of_these
from reports.tables import Clause, Group

MOST_POINTS = 300
# Places are drawn as one point by cells where there are too many to be told apart: of so many degrees, of 10, or of 20.
# Each of the finer ones lies in one of 10 degrees.
FINER = [1, 2, 5]
PARTS = 10_000  # of a degree: what a coordinate on record can tell
FINEST = Decimal(1) / PARTS
# A pair of coordinates as one number.
NORTH, EAST, WIDTH = 90 * PARTS, 180 * PARTS, 400 * PARTS
RANKS = 2**32

Found = tuple[int, Decimal, Decimal, str, str | None]  # engagement, latitude, longitude, place, name of the country


@dataclass(frozen=True)
class Place:
    """One pair of coordinates with its engagements; ``name`` is what most of them call it."""

    latitude: Decimal
    longitude: Decimal
    name: str
    ids: FrozenBitMap

    @property
    def code(self) -> str:
        return _code(self.latitude, self.longitude)

    @property
    def group(self) -> Group:
        """It as a row of a cross table."""
        return Group(self.name, self.code, area(self.latitude, self.longitude, self.latitude, self.longitude), self.ids)


@dataclass(frozen=True)
class Point:
    """What is drawn at one spot: one place, or all those of a cell; ``count`` engagements."""

    latitude: float
    longitude: float
    label: str
    clause: Clause
    count: int


def area(south: Decimal, west: Decimal, north: Decimal, east: Decimal) -> Clause:
    """The filter that finds what lies between these, all of them included."""
    return (("area", ",".join(f"{side.normalize():f}" for side in (south, west, north, east))),)


def _code(latitude: Decimal, longitude: Decimal) -> str:
    return f"{latitude:f},{longitude:f}"


def _degrees(parts: int) -> Decimal:
    return Decimal(parts).scaleb(-4)


def _coordinates(at: int) -> tuple[Decimal, Decimal]:
    latitude, longitude = divmod(at, WIDTH)
    return _degrees(latitude - NORTH), _degrees(longitude - EAST)


# Of all records ------------------------------------------------------------------------------------


class Known:
    """Where records were, by their id: the number of a pair of coordinates, and that of a name. Never changed."""

    def __init__(self, found: Iterable[Found] = (), before: "Known | None" = None, changed: Sequence[int] = ()):
        self.at = array("Q", before.at if before else [0])
        self.name = array("I", before.name if before else [0])
        self.names: list[str] = list(before.names) if before else []
        self.ids = before.ids - FrozenBitMap(changed) if before else FrozenBitMap()
        numbers = {name: number for number, name in enumerate(self.names)}
        ids = array("I")
        for pk, latitude, longitude, place, country in found:
            name = f"{place}, {country}" if place and country else place or country or ""
            if pk >= len(self.at):
                more = pk + pk // 8 + 1 - len(self.at)
                self.at.frombytes(bytes(more * self.at.itemsize))
                self.name.frombytes(bytes(more * self.name.itemsize))
            self.at[pk] = (int(latitude * PARTS) + NORTH) * WIDTH + int(longitude * PARTS) + EAST
            self.name[pk] = numbers.setdefault(name, len(numbers))
            ids.append(pk)
        self.names = list(numbers)
        self.ids |= FrozenBitMap(ids)

    def size(self) -> int:
        """In bytes, about."""
        return 1_000 + 12 * len(self.at) + 4 * len(self.ids) + sum(150 + len(name) for name in self.names)


def known(sets: Sets) -> Known:
    """Where all records were, asked for once."""

    def ask() -> Known:
        return Known(_found(sets.records))

    def put_right(before: Known, changed: list[int]) -> Known:
        return Known(_found(sets.records.filter(pk__in=changed)), before, changed)

    return of_all(sets, "places", ask, put_right, Known.size)


def _found(rows: QuerySet) -> Iterator[Found]:
    rows = rows.order_by().exclude(latitude=None)
    return rows.values_list("pk", "latitude", "longitude", "place", "country__name").iterator(10_000)


# Of those found ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What a page shows of ``count`` places: the ``first`` of them, and all as ``points``."""

    count: int
    first: list[Place]
    points: list[Point]


def shown(facts: Facts, most: int) -> tuple["Places", Shown]:
    """The places of what was found, and what a page shows of them: ``most`` as rows."""
    sets = facts.sets
    places = Places(known(sets) if sets.are_kept else Known(_found(facts.rows)), facts.all)

    def ask() -> Shown:
        return Shown(len(places), places.first(most), places.points())

    return places, of_these(sets, ("places", get_language(), most), facts.all, ask, _size)


def _size(found: Shown) -> int:
    return 1_000 + sum(700 + 4 * len(one.ids) for one in found.first) + 700 * len(found.points)


class Places:
    """The places of ``ids``, the one with most engagements first, then by name and coordinates."""

    def __init__(self, everywhere: Known, ids: FrozenBitMap):
        self.known = everywhere
        self.ids = ids & everywhere.ids

    def __len__(self) -> int:
        return len(self._told)

    @cached_property
    def _labels(self) -> list[str]:
        """All names in their order; a name's place among them is its rank."""
        return sorted({self._label(name) for name in self.known.names})

    def _label(self, name: str) -> str:
        return name or _("place without a name")

    @cached_property
    def _told(self) -> dict[int, int]:
        """By the number of the coordinates: how they come in order, by the number of engagements and the rank of the name."""
        rank = {label: place for place, label in enumerate(self._labels)}
        ranks = [rank[self._label(name)] for name in self.known.names]
        every, names = (list(map(those.__getitem__, self.ids)) for those in (self.known.at, self.known.name))
        counts = Counter(every)
        named = dict(zip(every, names, strict=True))
        unnamed = next((number for number, name in enumerate(self.known.names) if not name), None)
        several: dict[int, Counter[int]] = {}
        for (at, name), n in Counter((at, name) for at, name in zip(every, names, strict=True) if counts[at] > 1).items():
            several.setdefault(at, Counter())[name] = n
        for at, those in several.items():
            those.pop(unnamed, None)
            if those:
                named[at] = min(those, key=lambda name: (-those[name], ranks[name]))
        return {at: ranks[named[at]] - n * RANKS for at, n in counts.items()}

    def _count(self, at: int) -> int:
        return -(self._told[at] // RANKS)

    def _name(self, at: int) -> str:
        return self._labels[self._told[at] % RANKS]

    def _key(self, at: int) -> tuple[int, str]:
        return self._told[at], _code(*_coordinates(at))

    def first(self, most: int) -> list[Place]:
        told = self._told
        last = nsmallest(most, told.values())[-1] if len(told) > most else None
        return self._places(sorted((at for at in told if last is None or told[at] <= last), key=self._key)[:most])

    def __iter__(self) -> Iterator[Place]:
        yield from self._places(sorted(self._told, key=self._key))

    def _places(self, those: Iterable[int]) -> list[Place]:
        ids: dict[int, list[int]] = {at: [] for at in those}
        for pk in self.ids:
            if (at := self.known.at[pk]) in ids:
                ids[at].append(pk)
        return [Place(*_coordinates(at), self._name(at), FrozenBitMap(several)) for at, several in ids.items()]

    # As points ---------------------------------------------------------------------------------------

    def points(self, most: int = MOST_POINTS) -> list[Point]:
        """At most about ``most`` points: each place by itself where that is few enough, else the places of a cell as one."""
        if len(self) <= most:
            return [self._point(at) for at in sorted(self._told, key=self._key)]
        size, cells = self._cells(most)
        first = {cell: self._first_of(those) for cell, those in cells.items()}
        in_order = sorted(cells, key=lambda cell: self._key(first[cell]))
        return [self._together(cell, size, first[cell], cells[cell]) for cell in in_order]

    def _cells(self, most: int) -> tuple[int, dict[tuple[int, int], list[int]]]:
        """The finest cells of which there are not more than ``most``, and their size."""

        def cells(size: int) -> dict[tuple[int, int], list[int]]:
            found: dict[tuple[int, int], list[int]] = {}
            parts = size * PARTS
            for at in self._told:
                latitude, longitude = divmod(at, WIDTH)
                found.setdefault(((latitude - NORTH) // parts, (longitude - EAST) // parts), []).append(at)
            return found

        wide = cells(10)
        if len(wide) <= most:  # there can be so few finer ones only where there are so few of these
            for size in FINER:
                if len(found := cells(size)) <= most:
                    return size, found
            return 10, wide
        return 20, cells(20)

    def _first_of(self, those: list[int]) -> int:
        best = min(map(self._told.__getitem__, those))
        return min((at for at in those if self._told[at] == best), key=self._key)

    def _point(self, at: int) -> Point:
        latitude, longitude = _coordinates(at)
        return Point(float(latitude), float(longitude), self._name(at), area(latitude, longitude, latitude, longitude), self._count(at))

    def _together(self, cell: tuple[int, int], size: int, first: int, those: list[int]) -> Point:
        """One point in the middle of its places; its list is that of the cell."""
        if len(those) == 1:
            return self._point(first)
        south, west = (Decimal(number * size) for number in cell)
        more = len(those) - 1
        label = ngettext("%(place)s and %(n)s more place", "%(place)s and %(n)s more places", more)
        counts = [self._count(at) for at in those]
        weights = sum(counts)
        north = sum((at // WIDTH - NORTH) * n for at, n in zip(those, counts, strict=True))
        east = sum((at % WIDTH - EAST) * n for at, n in zip(those, counts, strict=True))
        return Point(
            float(_degrees(north) / weights),
            float(_degrees(east) / weights),
            label % {"place": self._name(first), "n": more},
            area(south, west, south + size - FINEST, west + size - FINEST),
            weights,
        )
