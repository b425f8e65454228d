"""Which records a search shows first, and how many there are, at the cost of what it looks at.

Up to ``COUNTED`` records are all ranked. Of more, those with all the words in their titles come first, then the newest; the page
says so. Which of the two it is depends on what the reader sees. How it is found out depends on how many records have the words:
all that have a rare one are asked for, and for a common one the newest records are tried until there are enough.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import islice

from pyroaring import FrozenBitMap

from accounts.models import User
from engagements.models import Engagement
from engagements.ordering import DEFAULT
from engagements.paging import Cursor, Walk
from engagements.search_hits import First, Words, having, key_of
from engagements.search_words import Term
from engagements.set_walk import SetWalk
from engagements.sets import NOTHING, Sets

COUNTED = 1_000  # beyond, there are "more than"
TRIED = (60, 240, 960)  # of the newest records, until there are enough
FETCHED = 2_000  # are asked for by their keys
MOST_TRIED = 2_000  # of those that have the rare words, for the common ones
MORE = 6  # times as many are looked at where the first ones do not tell

Pass = Callable[[FrozenBitMap], FrozenBitMap]


@dataclass(frozen=True)
class Best:
    """The first records, by their keys, and how many there are; ``is_more``: more than are counted, and not all are ranked."""

    pks: list[int]
    count: int
    is_more: bool = False


class Search:
    """One search of ``terms`` among the current records that ``user`` may see; ``sets`` where they were begun already."""

    def __init__(self, user: User, terms: Sequence[Term], sets: Sets | None = None):
        self.user, self.terms = user, terms
        self.rows = Engagement.objects.visible_to(user, one_by_one=True).current()
        self.sets = sets or Sets(self.rows.db)
        self.words = Words(terms, self.sets.using)  # read after the sets were begun: these are never behind them
        self.first: dict[Term, First] = {}

    @cached_property
    def seen(self) -> FrozenBitMap:
        """The current records that the reader may see: the sets that the list meets, too."""
        return self.sets.of(Engagement.objects.visible_to(self.user)) & self.sets.of(self.sets.records.filter(archived_at=None))

    def best(self, most: int) -> Best:
        """The first ``most``."""
        if not self.terms:
            return Best([], 0)
        known = [term for term in self.terms if self.sets.remembers(key_of(term))]
        self.first = self.words.first([term for term in self.terms if term not in known])
        self.first |= {term: First(having(self.sets, self.words, term), None, True) for term in known}
        open_ = [term for term in self.terms if not self.first[term].is_whole]
        whole = [term for term in self.terms if self.first[term].is_whole]
        here = self._meet(None, whole, lambda term: self.first[term].ids)
        if here is not None and len(here) > FETCHED:
            here &= self.seen
        if open_ and here is not None and len(here) <= MOST_TRIED:
            here, open_ = self._passing(open_)(here), []
        if not open_:
            return self._ranked(here or NOTHING, most)
        here = self.seen if here is None else here & self.seen
        if self._are_many(here, open_):
            return Best(self._newest_of_many(here, open_, most), COUNTED, True)
        return self._ranked(self._exact(here, open_), most)

    def are_common(self, here: FrozenBitMap) -> bool:
        """Whether more than COUNTED of ``here`` have the words, and to know all of them would cost much."""
        if any(self.sets.remembers(key_of(term)) for term in self.terms):
            return False
        self.first = self.words.first(self.terms)
        open_ = [term for term in self.terms if not self.first[term].is_whole]
        return bool(open_) and self._are_many(self._met(here, [term for term in self.terms if self.first[term].is_whole]), open_)

    def _met(self, here: FrozenBitMap, whole: Sequence[Term]) -> FrozenBitMap:
        return self._meet(here, whole, lambda term: self.first[term].ids) or NOTHING

    def passing(self, ids: FrozenBitMap) -> FrozenBitMap:
        """Those of ``ids`` that have the words."""
        return self._passing(self.terms)(ids)

    def _meet(self, here: FrozenBitMap | None, terms: Sequence[Term], ids: Callable[[Term], FrozenBitMap]) -> FrozenBitMap | None:
        """Those of ``here`` that have the terms as wanted; None stands for all, and is what is left where nothing is asked."""
        for term in terms:
            if not term.is_unwanted:
                here = ids(term) if here is None else here & ids(term)
        for term in terms:
            if term.is_unwanted:
                here = (self.seen if here is None else here) - ids(term)
        return here

    def _passing(self, terms: Sequence[Term]) -> Pass:
        def passing(ids: FrozenBitMap) -> FrozenBitMap:
            if not ids or not terms:
                return ids
            having = self.words.among(terms, ids)
            return self._meet(ids, terms, lambda term: having[term]) or NOTHING

        return passing

    def _exact(self, here: FrozenBitMap, open_: Sequence[Term]) -> FrozenBitMap:
        return self._meet(here, open_, lambda term: having(self.sets, self.words, term)) or NOTHING

    # Up to COUNTED of them -----------------------------------------------------------------------------

    def _ranked(self, ids: FrozenBitMap, most: int) -> Best:
        if len(ids) > FETCHED:
            ids &= self.seen
        if len(ids) > FETCHED:
            return Best(self._newest_of_many(ids, [], most), COUNTED, True)
        found = list(self.rows.filter(pk__in=list(ids)).values_list("pk", "starts_on", "reference")) if ids else []
        if len(found) > COUNTED:
            return Best(self._newest_of_many(FrozenBitMap(pk for pk, *_ in found), [], most), COUNTED, True)
        if not found:
            return Best([], 0)
        keys = [pk for pk, *_ in found]
        titled = self.words.titled(self.words.wanted, keys) if self.words.wanted else {}
        together = NOTHING
        if len(self.words.wanted) > 1 and self.words.together:
            together = self.words.among([self.words.together], keys)[self.words.together]

        def place(row):
            pk, starts_on, reference = row
            in_title = sum(pk in ids for ids in titled.values())
            return -in_title, pk not in together, starts_on is None, -starts_on.toordinal() if starts_on else 0, reference

        found.sort(key=place)
        return Best([pk for pk, *_ in found[:most]], len(found))

    # More --------------------------------------------------------------------------------------------

    def _are_many(self, here: FrozenBitMap, open_: Sequence[Term]) -> bool:
        """Whether it is sure, from what was looked at, that more than COUNTED of ``here`` have the terms."""
        wanted = [term for term in open_ if not term.is_unwanted]
        unwanted = [term for term in open_ if term.is_unwanted]
        if len(wanted) == 1:
            found = here & self.first[wanted[0]].ids
            if len(found) <= COUNTED and not unwanted:
                found = here & self.words.first(wanted, MORE)[wanted[0]].ids
            here = found
        elif wanted:
            here &= self.words.in_one_text(wanted)
        if unwanted:
            here = self._passing(unwanted)(FrozenBitMap(islice(here, MOST_TRIED)))
        return len(here) > COUNTED

    def _newest_of_many(self, here: FrozenBitMap, open_: Sequence[Term], most: int) -> list[int]:
        """Of ``here`` those that have the ``open_`` terms: all wanted words in the title first, then the newest."""
        unwanted = [term for term in open_ if term.is_unwanted]
        found: list[int] = []
        titled = NOTHING
        if self.words.wanted:
            if not any(self.first[term].is_whole and self.first[term].titled is not None for term in self.words.wanted):
                # What is often in titles is in some of the newest; else titles that have it are few.
                found = self._newest(here, self._titled_among(unwanted), most) or []
            if len(found) < most:
                titled = self._titled(here)
                found = self._newest_exact(titled, unwanted, most)
        if len(found) < most:
            found += self._newest_exact(here - titled, open_, most - len(found))
        return found

    def _titled_among(self, unwanted: Sequence[Term]) -> Pass:
        def passing(ids: FrozenBitMap) -> FrozenBitMap:
            return self._passing(unwanted)(self._all_titled(self.words.wanted, ids)) if ids else ids

        return passing

    def _titled(self, here: FrozenBitMap) -> FrozenBitMap:
        """Those of ``here`` with all wanted words in the title."""
        known = {term: one.titled for term in self.words.wanted if (one := self.first[term]).is_whole and one.titled is not None}
        if known:
            titled = reduce(FrozenBitMap.intersection, [here, *known.values()])
            left = [term for term in self.words.wanted if term not in known]
            return self._all_titled(left, titled) if left and titled else titled

        def ask(within):
            return {True: self.words.titled_all(self.words.wanted) if within is None else self._all_titled(self.words.wanted, within)}

        key = ("titled", *sorted((term.words, term.is_open) for term in self.words.wanted))
        return here & self.sets.worked_out(key, ask).get(True, NOTHING)

    def _all_titled(self, terms: Sequence[Term], ids: FrozenBitMap) -> FrozenBitMap:
        return reduce(FrozenBitMap.intersection, self.words.titled(terms, ids).values())

    def _newest_exact(self, ids: FrozenBitMap, open_: Sequence[Term], most: int) -> list[int]:
        found = self._newest(ids, self._passing(open_) if open_ else None, most)
        if found is None:
            found = self._newest(self._exact(ids, open_), None, most) or []
        return found

    def _newest(self, ids: FrozenBitMap, passing: Pass | None, most: int) -> list[int] | None:
        """The newest ``most`` of ``ids`` that are ``passing``; None where it takes too many to find them."""
        if not ids:
            return []
        is_all = passing is not None and len(ids) * 2 > len(self.seen)
        walk = Walk(self.rows, DEFAULT, is_long=True) if is_all else SetWalk(self.rows, DEFAULT, self.sets, ids, of=len(self.seen))
        found: list[int] = []
        cursor = None
        for size in TRIED if passing else [most]:
            rows = walk.take(size, cursor)
            those = ids & FrozenBitMap(pk for pk, *_ in rows)
            passed = passing(those) if passing else those
            found += [pk for pk, *_ in rows if pk in passed]
            if len(found) >= most or len(rows) < size:
                return found[:most]
            cursor = Cursor(rows[-1][1:])
        return None if passing else found
