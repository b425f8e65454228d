"""Places with coordinates: the engagements at each, and places that lie close together as one point of a map."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pyroaring import FrozenBitMap

from engagements.sets import union
from reports.tables import Clause, Group

MOST_POINTS = 300
# Degrees of the cells in which places are drawn as one point, where there are too many to be told apart.
CELLS = [Decimal(1), Decimal(2), Decimal(5), Decimal(10), Decimal(20)]
FINEST = Decimal("0.0001")  # what a coordinate on record can tell


@dataclass(frozen=True)
class Place:
    """One pair of coordinates with its engagements; ``name`` is what most of them call it."""

    latitude: Decimal
    longitude: Decimal
    name: str
    ids: FrozenBitMap

    @property
    def code(self) -> str:
        return f"{self.latitude:f},{self.longitude:f}"

    @property
    def group(self) -> Group:
        """It as a row of a cross table."""
        return Group(self.name, self.code, area(self.latitude, self.longitude, self.latitude, self.longitude), self.ids)


@dataclass(frozen=True)
class Point:
    """What is drawn at one spot: one place, or all those of a cell."""

    latitude: float
    longitude: float
    label: str
    clause: Clause
    ids: FrozenBitMap


def area(south: Decimal, west: Decimal, north: Decimal, east: Decimal) -> Clause:
    """The filter that finds what lies between these, all of them included."""
    return (("area", ",".join(f"{side.normalize():f}" for side in (south, west, north, east))),)


def places(found: Sequence[tuple[int, Decimal, Decimal, str, str | None]]) -> list[Place]:
    """The places of (engagement, latitude, longitude, place, country), the one with most engagements first."""
    at: dict[tuple[Decimal, Decimal], list[tuple[int, str]]] = {}
    for pk, latitude, longitude, place, country in found:
        name = ", ".join(part for part in (place, country) if part)
        at.setdefault((latitude, longitude), []).append((pk, name))
    made = []
    for (latitude, longitude), those in at.items():
        names = Counter(name for _pk, name in those if name)
        name = min(names, key=lambda name: (-names[name], name), default=_("place without a name"))
        made.append(Place(latitude, longitude, name, FrozenBitMap([pk for pk, _name in those])))
    return sorted(made, key=lambda place: (-len(place.ids), place.name, place.code))


def points(all_places: Sequence[Place], most: int = MOST_POINTS) -> list[Point]:
    """At most about ``most`` points: each place by itself where that is few enough, else the places of a cell as one."""
    if len(all_places) <= most:
        return [Point(float(one.latitude), float(one.longitude), one.name, one.group.clause, one.ids) for one in all_places]
    for size in CELLS:
        cells: dict[tuple[Decimal, Decimal], list[Place]] = {}
        for one in all_places:
            cells.setdefault((_corner(one.latitude, size), _corner(one.longitude, size)), []).append(one)
        if len(cells) <= most:
            break
    return [_together(corner, size, those) for corner, those in cells.items()]


def _corner(degrees: Decimal, size: Decimal) -> Decimal:
    return (degrees / size).to_integral_value(ROUND_FLOOR) * size


def _together(corner: tuple[Decimal, Decimal], size: Decimal, those: list[Place]) -> Point:
    """One point in the middle of its places; its list is that of the cell."""
    if len(those) == 1:
        one = those[0]
        return Point(float(one.latitude), float(one.longitude), one.name, one.group.clause, one.ids)
    south, west = corner
    more = len(those) - 1
    label = ngettext("%(place)s and %(n)s more place", "%(place)s and %(n)s more places", more) % {"place": those[0].name, "n": more}
    ids = union(one.ids for one in those)
    weights = sum(len(one.ids) for one in those)
    return Point(
        float(sum(one.latitude * len(one.ids) for one in those) / weights),
        float(sum(one.longitude * len(one.ids) for one in those) / weights),
        label,
        area(south, west, south + size - FINEST, west + size - FINEST),
        ids,
    )
