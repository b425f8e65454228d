"""Which records were changed since a set of them was remembered: the log of changes, followed from reading to reading."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock

from django.db import connections
from django.utils import timezone

from history import settled
from history.settled import Changed

MOST_KEPT = 20_000  # changes; what is older than these is asked for anew
MOST_PUT_RIGHT = 2_000  # records; where more were changed, asking for all of them is quicker
MOST_WAITING = 100
# Changes of lists, by table: they can change what any record counts under, where that is read of the lists too.
# Those of other tables name their record.
OF_LISTS = "catalog_"


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything up to change ``number`` is settled, and was at ``at``."""

    number: int
    at: dt.datetime


@dataclass
class Moment:
    """What one reading knows of the changes. A set that is asked for now holds all of them up to ``mark``."""

    mark: Mark
    epoch: int
    since: int  # what happened before this change is not known any more
    changes: list[Changed]
    _found: dict[tuple[int, bool], frozenset[int] | None] = field(default_factory=dict)

    def changed(self, mark: Mark, *, by_lists: bool) -> frozenset[int] | None:
        """The records that may be others than when a set was remembered at ``mark``; None where they are too many or all.

        ``by_lists``: what the set holds depends on the lists too, on memberships and trees.
        """
        key = (mark.number, by_lists)
        if key not in self._found:
            self._found[key] = self._changed(*key)
        return self._found[key]

    def _changed(self, number: int, by_lists: bool) -> frozenset[int] | None:
        if number < self.since:
            return None
        later = self.changes[bisect_right(self.changes, number, key=lambda one: one.number) :]
        if by_lists and any(one.table.startswith(OF_LISTS) for one in later):
            return None
        found = frozenset().union(*(one.engagements for one in later))
        return found if len(found) <= MOST_PUT_RIGHT else None


class Journal:
    """The log of one database as this process has followed it. Threads share it."""

    def __init__(self, using: str):
        self.using = using
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Nothing that was remembered before counts any more."""
        self.epoch = getattr(self, "epoch", 0) + 1
        self.mark: Mark | None = None
        self.action = ""
        self.since = 0
        self.changes: list[Changed] = []  # settled ones; the list is replaced, never changed
        self.waiting: list[tuple[Mark, str, frozenset[str]]] = []

    def look(self) -> Moment | None:
        """What happened so far; None where nothing may be remembered now: inside a transaction, or where it is not settled."""
        if connections[self.using].in_atomic_block:
            return None
        with self.lock:
            return self._look()

    def _look(self) -> Moment | None:
        at = timezone.now()
        top = settled.top(self.using, self.mark.number if self.mark else 0)
        if self.mark is not None and self.mark.number and top.known != self.action:
            self.forget()  # another log: the database was put back from a copy
        before = self.mark
        if before is None or top.number > before.number:
            self._settle(Mark(top.number, at), top.action)
        if self.mark is None:
            return None
        if before is None:
            self.since = self.mark.number
            before = self.mark
        fresh = settled.changed_after(self.using, before.number, MOST_KEPT) if top.number > before.number else []
        if len(fresh) == MOST_KEPT:
            # So much was changed that no set is worth being put right.
            self.since, self.changes = self.mark.number, []
            return Moment(self.mark, self.epoch, top.number + 1, [])
        both = [*self.changes, *fresh] if fresh else self.changes
        if self.mark.number > before.number:
            kept = [one for one in both if one.number <= self.mark.number]
            if len(kept) > MOST_KEPT:
                kept = kept[-MOST_KEPT // 2 :]
                self.since = kept[0].number - 1
            self.changes = kept
        return Moment(self.mark, self.epoch, self.since, both)

    def _settle(self, seen: Mark, action: str) -> None:
        """Move the mark as far as nobody is under way who can still bring a lower number."""
        under_way = settled.writing(self.using)  # asked after the top was seen
        if under_way is None:
            return
        if len(self.waiting) < MOST_WAITING and not (self.waiting and self.waiting[-1][0].number == seen.number):
            self.waiting.append((seen, action, under_way))
        ended = [place for place, (_mark, _action, those) in enumerate(self.waiting) if not those & under_way]
        if ended:
            self.mark, self.action, _those = self.waiting[ended[-1]]
            del self.waiting[: ended[-1] + 1]


@cache
def of(using: str) -> Journal:
    """The one journal of a database."""
    return Journal(using)


def all_of_them(names: Iterable[str] = connections) -> list[Journal]:
    return [of(name) for name in names]
