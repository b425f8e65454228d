"""The narrow facts that reports count: read in a few queries, each engagement once.

Everything starts from the rows handed in, which a reader may see; a fact is a tuple or a set of ids, never a model.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.db.models import QuerySet

from catalog.models import CountryRegion
from engagements.choices import NOT_TAKING_PART
from engagements.models import Engagement, Participation


@dataclass(frozen=True, slots=True)
class Fact:
    """What one engagement is counted by. ``year`` is None where the start is not known, ``month`` where its month is not."""

    pk: int
    kind: str
    scope: str
    status: str
    day: dt.date | None  # its first known day: on it, a country belongs to its regions
    year: int | None
    month: int | None

    @property
    def fiscal_year(self) -> int | None:
        """Named for the year in which it ends."""
        first = settings.FISCAL_YEAR_FIRST_MONTH
        if first == 1:
            return self.year
        if self.year is None or self.month is None:
            return None
        return self.year + (self.month >= first)


class Facts:
    """The facts of ``rows``, read when first asked for."""

    def __init__(self, rows: QuerySet):
        self.rows = rows.order_by()
        self.ids_query = self.rows.values("pk")

    @cached_property
    def engagements(self) -> dict[int, Fact]:
        found = {}
        columns = ("pk", "kind", "scope", "status", "starts_on", "starts_precision", "ends_on")
        for pk, kind, scope, status, start, precision, end in self.rows.values_list(*columns):
            year = start.year if precision in {"day", "month", "year"} else None
            month = start.month if precision in {"day", "month"} else None
            found[pk] = Fact(pk, kind, scope, status, start or end, year, month)
        return found

    @cached_property
    def all(self) -> frozenset[int]:
        return frozenset(self.engagements)

    @cached_property
    def took_part(self) -> set[tuple[int, int]]:
        """(country, engagement) of the countries that took part, themselves or by a ministry or force of theirs."""
        return set(
            Participation.objects.order_by()
            .filter(engagement__in=self.ids_query, acts_for__isnull=False)
            .exclude(status__in=NOT_TAKING_PART)
            .values_list("acts_for", "engagement")
        )

    @cached_property
    def held(self) -> set[tuple[int, int]]:
        """(country, engagement) of the countries in which it was held."""
        main = self.rows.exclude(country=None).values_list("country", "pk")
        also = Engagement.also_held_in.through.objects.filter(engagement__in=self.ids_query).values_list("country", "engagement")
        return set(main) | set(also)

    @cached_property
    def places(self) -> list[tuple[int, Decimal, Decimal, str, str | None]]:
        """(engagement, latitude, longitude, place, name of the country) of those with coordinates."""
        columns = ("pk", "latitude", "longitude", "place", "country__name")
        return list(self.rows.exclude(latitude=None).values_list(*columns))

    def linked(self, name: str) -> set[tuple[int, int]]:
        """(entry, engagement) of a many-to-many list of the engagement: strategies, themes, objectives ..."""
        through = getattr(Engagement, name).through.objects
        column = Engagement._meta.get_field(name).m2m_reverse_field_name()
        return set(through.filter(engagement__in=self.ids_query).values_list(column, "engagement"))

    def in_regions(self, scheme: str | None, mode: str, parents: dict[int, int | None]) -> set[tuple[int, int]]:
        """(region, engagement) for the regions of ``scheme`` (of all where None), larger ones included, on its first known day.

        ``mode`` is held, involving or either; ``parents`` leads from each region to the one it is part of.
        """
        members = defaultdict(list)
        rows = CountryRegion.objects.order_by()
        if scheme is not None:
            rows = rows.filter(region__scheme__code=scheme)
        for country, region, start, end in rows.values_list("country", "region", "starts_on", "ends_on"):
            members[country].append((region, start, end))
        pairs = {"held": self.held, "involving": self.took_part}.get(mode, self.held | self.took_part)
        found: set[tuple[int, int]] = set()
        for country, pk in pairs:
            day = self.engagements[pk].day
            if day is None:
                continue
            for region, start, end in members[country]:
                if (start is None or start <= day) and (end is None or day < end):
                    here: int | None = region
                    while here is not None and (here, pk) not in found:
                        found.add((here, pk))
                        here = parents.get(here)
        return found
