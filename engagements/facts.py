"""What reports count: sets of records under each value, of the rows that were found and that the reader may see."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property

from django.db.models import QuerySet
from pyroaring import FrozenBitMap

from engagements import countable
from engagements.countable import Ids
from engagements.measured import Measured
from engagements.sets import Sets


class Facts:
    """The facts of ``rows``, whose ids are ``all``; {value: ids} of each, without values that no row has."""

    def __init__(self, rows: QuerySet, ids: FrozenBitMap, sets: Sets):
        self.rows = rows.order_by()
        self.all = ids
        self.sets = sets
        self.ids_query = self.rows.values("pk")

    def here(self, ids: Ids) -> Ids:
        """Of ``ids`` what is among the rows."""
        return {value: met for value, several in ids.items() if (met := several & self.all)}

    @cached_property
    def kinds(self) -> Ids:
        return self.here(countable.column(self.sets, "kind"))

    @cached_property
    def scopes(self) -> Ids:
        return self.here(countable.column(self.sets, "scope"))

    @cached_property
    def statuses(self) -> Ids:
        return self.here(countable.column(self.sets, "status"))

    @cached_property
    def reasons(self) -> Ids:
        """By why it was called off."""
        return self.here(countable.column(self.sets, "status_reason"))

    def column(self, name: str) -> Ids:
        """By a column of the record; None where it is empty."""
        return self.here(countable.column(self.sets, name))

    def years(self, which: str) -> Ids:
        """By calendar year or ``fiscal`` year of the start; None where it is not known."""
        return self.here(countable.fiscal_year(self.sets) if which == "fiscal" else countable.year(self.sets))

    @cached_property
    def took_part(self) -> Ids:
        """By the countries that took part, themselves or by a ministry or force of theirs."""
        return self.here(countable.took_part(self.sets))

    @cached_property
    def held(self) -> Ids:
        """By the countries in which it was held."""
        return self.here(countable.held(self.sets))

    def linked(self, name: str) -> Ids:
        """By the entries of a many-to-many list of the engagement: strategies, themes, objectives ..."""
        return self.here(countable.linked(self.sets, name))

    def ratings(self) -> Ids:
        return self.here(countable.ratings(self.sets))

    def missing(self) -> Ids:
        return self.here(countable.missing(self.sets))

    def completeness(self) -> Ids:
        """By the score, 0 to 100."""
        return self.here(countable.completeness(self.sets))

    def days_late(self) -> Measured:
        """How many days after its first day a record was entered by a person."""
        return countable.days_late(self.sets)

    def late(self, codes: Sequence[str]) -> Ids:
        return self.here(countable.late(self.sets, codes))

    def going_on(self, spans: Sequence[tuple[dt.date, dt.date]]) -> dict[int, FrozenBitMap]:
        """By the place of the span in which it may have gone on."""
        return {int(place): ids for place, ids in self.here(countable.going_on(self.sets, spans)).items()}

    def challenges(self) -> Ids:
        """By (category, severity) of its challenges."""
        return self.here(countable.challenges(self.sets))

    def of_roles(self, roles: Iterable[str]) -> Ids:
        """By the countries that took part in one of ``roles``."""
        return self.here(countable.parties(self.sets, "acts_for", roles))

    def in_regions(self, scheme: str | None, mode: str) -> Ids:
        """By the regions of ``scheme`` (of all where None), larger ones included, on the first known day.

        ``mode`` is held, involving or either.
        """
        return self.here(countable.regions(self.sets, scheme, mode))
