"""What was drawn or counted of the records that a reader found, kept while none of them, and no list, was changed."""

import sys
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language
from pyroaring import FrozenBitMap

from engagements.facts import Facts
from engagements.templatetags.panel import Assembled
from engagements.worked_out import of_these
from reports.asked import Asked

# Year (None: not known), kind, number of the region.
Cell = tuple[int | None, str, int]


def drawn(name: str, asked: Asked, draw: Callable[[], str]) -> Assembled:
    """Markup of which nothing depends on anything but the records found, the question, the day and the language."""
    key = ("drawn", name, asked.address(), get_language(), asked.today)
    return of_these(asked.filterset.sets, key, asked.facts.all, lambda: Assembled(draw()), sys.getsizeof)


def by_year_kind_region(facts: Facts, scheme: str, mode: str = "either") -> dict[Cell, int]:
    """How many engagements began in a year, were of a kind and of a region; no entry where there is none.

    A larger region counts what is in its parts too; ``mode`` is held, involving or either.
    """

    def count() -> dict[Cell, int]:
        kinds, years = facts.kinds, facts.years("calendar")
        found: dict[Cell, int] = {}
        for region, of_region in facts.in_regions(scheme, mode).items():
            for kind, of_kind in kinds.items():
                both = of_region & of_kind
                for year, n in _by(both, years):
                    found[year, kind, region] = n
        return found

    return of_these(facts.sets, ("year, kind, region", scheme, mode), facts.all, count, lambda found: 1_000 + 250 * len(found))


def _by(ids: FrozenBitMap, groups: dict[Any, FrozenBitMap]) -> list[tuple[Any, int]]:
    """(value, number) of those of ``ids`` in each group, where there are some; no record is in two groups."""
    found, left = [], len(ids)
    for value, several in groups.items():
        if not left:
            break
        if n := ids.intersection_cardinality(several):
            found.append((value, n))
            left -= n
    return found
