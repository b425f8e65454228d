"""A whole number of each record, as one set for each binary place: medians and maxima of any records without reading them one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import FrozenBitMap

from engagements.sets import NOTHING, Find, Groups, Sets, union

KNOWN = -1  # the place under which all stand that have a number


@dataclass(frozen=True)
class Measured:
    """``places``: of each binary place the ids in whose number it is 1."""

    places: Mapping[int, FrozenBitMap]

    def of(self, ids: FrozenBitMap) -> FrozenBitMap:
        """Those of ``ids`` that have a number."""
        return ids & self.places.get(KNOWN, NOTHING)

    def at(self, ids: FrozenBitMap, rank: int) -> int:
        """The number that stands at ``rank``, from 0, where those of ``ids`` are put in order; each of them has one."""
        number = 0
        for place in range(max(self.places), -1, -1):
            ones = ids & self.places.get(place, NOTHING)
            zeros = len(ids) - len(ones)
            if rank < zeros:
                ids = ids - ones
            else:
                rank, ids, number = rank - zeros, ones, number | 1 << place
        return number

    def median(self, ids: FrozenBitMap) -> float | None:
        known = self.of(ids)
        if not known:
            return None
        last = len(known) - 1
        return (self.at(known, last // 2) + self.at(known, last - last // 2)) / 2

    def most(self, ids: FrozenBitMap) -> int | None:
        known = self.of(ids)
        return self.at(known, len(known) - 1) if known else None


def measured(sets: Sets, key: Any, find: Find) -> Measured:
    """Of rows of (number from 0, id), one for each record that has a number."""
    return Measured({place: ids for (place,), ids in sets.groups(key, find, shaped=_by_places).items()})


def _by_places(groups: Groups) -> Groups:
    places: dict[int, list[FrozenBitMap]] = {}
    for (number,), ids in groups.items():
        places.setdefault(KNOWN, []).append(ids)
        for place in range(number.bit_length()):
            if number >> place & 1:
                places.setdefault(place, []).append(ids)
    return {(place,): union(several) for place, several in places.items()}
