"""When there was contact last, and when the next is to come: one rule for the list of gaps and for every profile."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F
from pyroaring import FrozenBitMap

from engagements import countable
from engagements.choices import NEEDS_REASON, Kind, Status
from engagements.models import Engagement
from engagements.sets import NOTHING, Sets
from reports.asked import Asked

# What is open-ended goes on in fact where people are sent; an agreement in force is no meeting.
WITH_PEOPLE = {Kind.TRAINING, Kind.PEACEKEEPING}
FACTS = ["kind", "status", "starts_on", "ends_on", "ends_precision"]  # what ``day_of`` asks of an engagement
LONG = 365  # days without contact that are a gap


def day_of(kind: str, status: str, start: dt.date | None, end: dt.date | None, precision: str, today: dt.date) -> dt.date | None:
    """The latest day up to today on which an engagement may have gone on, or the day to come on which it begins.

    None where it was called off or no day is known; ``precision`` is that of the end.
    """
    if status in NEEDS_REASON:
        return None
    if start is not None and start > today:
        return start
    goes_on = kind in WITH_PEOPLE and (precision == "open" or (status == Status.ONGOING and end is None))
    until = today if goes_on else end or start
    return min(until, today) if until is not None else None


def days_of_contact(sets: Sets, today: dt.date) -> dict[dt.date, FrozenBitMap]:
    """By ``day_of``, the ids of all records; in the order of the days."""

    def ask(within: FrozenBitMap | None) -> dict[dt.date, FrozenBitMap]:
        found: dict[dt.date, list[int]] = {}
        rows = countable.records(sets, None if within is None else list(within))
        for pk, *facts in rows.values_list("pk", *FACTS).iterator(chunk_size=20_000):
            if day := day_of(*facts, today):
                found.setdefault(day, []).append(pk)
        return {day: FrozenBitMap(ids) for day, ids in found.items()}

    return dict(sorted(sets.worked_out(("contact", today), ask, by_lists=False).items()))


@dataclass(frozen=True)
class Contact:
    """The last engagement with its day and the next one with its day, where there are such."""

    last: Engagement | None
    last_day: dt.date | None
    next: Engagement | None
    next_day: dt.date | None
    today: dt.date

    @property
    def days_ago(self) -> int | None:
        return (self.today - self.last_day).days if self.last_day else None

    @property
    def days_to_come(self) -> int | None:
        return (self.next_day - self.today).days if self.next_day else None

    @property
    def is_gap(self) -> bool:
        return self.last_day is None or (self.days_ago or 0) > LONG


def contact_of(asked: Asked) -> Contact:
    """The contact in the rows of ``asked``."""
    days = days_of_contact(asked.facts.sets, asked.today)
    past = first_of([ids for day, ids in reversed(days.items()) if day <= asked.today], asked.facts.all)
    coming = first_of([ids for day, ids in days.items() if day > asked.today], asked.facts.all)
    rows = asked.rows
    # Of several that go on, the one that began last.
    last = rows.filter(pk__in=list(past)).order_by(F("starts_on").desc(nulls_last=True), "-pk").first()
    following = rows.filter(pk__in=list(coming)).order_by("starts_on", "pk").first()
    days_of = [day_of(*(getattr(row, name) for name in FACTS), asked.today) if row else None for row in (last, following)]
    return Contact(last, days_of[0], following, days_of[1], asked.today)


def first_of(days: list[FrozenBitMap], ids: FrozenBitMap) -> FrozenBitMap:
    """Those of the first day that has any."""
    return next((of_day & ids for of_day in days if of_day.intersect(ids)), NOTHING)


def began(row: Engagement) -> tuple[dt.date, int]:
    return row.starts_on or dt.date.min, row.pk
