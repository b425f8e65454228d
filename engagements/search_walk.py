"""The order of the list among the records that have common words: it is walked along, and each record is asked for the words."""

from collections.abc import Callable

from django.db.models import QuerySet
from pyroaring import FrozenBitMap

from engagements.paging import Cursor, Walk
from engagements.search_order import Search

FIRST, MORE, MOST = 120, 3, 3_000  # records are tried, then so many times as many, and not more in all


class WordWalk(Walk):
    """``rows`` are what all other filters find. ``otherwise`` is asked where too few of the records next to a place have the words."""

    def __init__(self, rows: QuerySet, sort: str, search: Search, otherwise: Callable[[], Walk]):
        super().__init__(rows, sort, is_long=True)
        self.search, self.otherwise = search, otherwise

    def take(self, n: int, cursor: Cursor | None = None, *, is_back: bool = False, skipped: int = 0) -> list[tuple]:
        found: list[tuple] = []
        at, size, tried = cursor, FIRST, 0
        while tried < MOST:
            rows = super().take(size, at, is_back=is_back)
            if is_back:
                rows.reverse()
            passed = self.search.passing(FrozenBitMap(pk for pk, *_ in rows))
            found += [row for row in rows if row[0] in passed]
            if len(found) >= n + skipped or len(rows) < size:
                found = found[skipped : n + skipped]
                return found[::-1] if is_back else found
            at, tried, size = Cursor(rows[-1][1:]), tried + size, size * MORE
        return self.otherwise().take(n, cursor, is_back=is_back, skipped=skipped)
