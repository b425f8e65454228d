"""One month of engagements as weeks with bars: what lasts several days is one bar a week, below what began before it.

Weeks are laid out from a few columns of each record (``COLUMNS``); the records that are drawn or named are put in afterward
(``Month.name``): a month of a large register has thousands, of which a page shows some and says how many it does not.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engagements.choices import Status

LONG = 45  # days: what lasts longer is named beside the calendar, not drawn through every week
MOST_LANES = 25  # of a week
MOST_NAMED = 200
COLUMNS = ["pk", "reference", "status", "starts_on", "starts_precision", "ends_on", "ends_precision"]


@dataclass
class Bar:
    """A stretch of one week: ``start`` and ``days`` count its columns from 0; open ends say that it goes on in another week."""

    engagement: Any
    start: int
    days: int
    from_before: bool
    goes_on: bool

    @property
    def end(self) -> int:
        return self.start + self.days


@dataclass(frozen=True)
class Cell:
    """One cell of a lane: a bar over ``days`` columns, or an empty day."""

    days: int
    bar: Bar | None = None


@dataclass
class Week:
    """Seven days, lanes of cells that fill each line from Monday to Sunday, and how many engagements found no room in these."""

    days: list[dt.date]
    lanes: list[list[Cell]] = field(default_factory=list)
    not_drawn: int = 0


@dataclass
class Named:
    """Engagements beside the calendar: the first of ``total``."""

    rows: list[Any]
    total: int

    @classmethod
    def first_of(cls, rows: list[Any]) -> "Named":
        return cls(rows[:MOST_NAMED], len(rows))

    @property
    def not_named(self) -> int:
        return self.total - len(self.rows)


@dataclass
class Month:
    """``in_weeks`` engagements belong in the weeks; ``long`` and ``vague`` ones are named beside them."""

    first: dt.date
    weeks: list[Week]
    long: Named
    vague: Named
    in_weeks: int

    @property
    def total(self) -> int:
        return self.in_weeks + self.long.total + self.vague.total

    @property
    def bars(self) -> list[Bar]:
        return [cell.bar for week in self.weeks for lane in week.lanes for cell in lane if cell.bar]

    @property
    def shown(self) -> set[int]:
        """The keys of the engagements that are drawn or named."""
        return {bar.engagement.pk for bar in self.bars} | {row.pk for named in (self.long, self.vague) for row in named.rows}

    def name(self, engagements: Mapping[int, Any]) -> None:
        """Put the engagements themselves in the place of the few columns of each."""
        for bar in self.bars:
            bar.engagement = engagements.get(bar.engagement.pk)
        for named in (self.long, self.vague):
            named.rows = [engagements[row.pk] for row in named.rows if row.pk in engagements]

    @property
    def last(self) -> dt.date:
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def before(self) -> dt.date:
        return (self.first - dt.timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> dt.date:
        return self.last + dt.timedelta(days=1)


def month_of(day: dt.date, engagements: Iterable[Any]) -> Month:
    """The month of ``day`` with engagements that may have a day in it (``between`` found them); each has ``COLUMNS``."""
    first = day.replace(day=1)
    weeks = [Week(list(days)) for days in calendar.Calendar().monthdatescalendar(first.year, first.month)]
    drawn, long, vague = [], [], []
    for engagement in engagements:
        start, end = _days(engagement)
        if start is None or end is None or (end - start).days >= LONG:
            begins_here = engagement.starts_on is not None and engagement.starts_on >= first
            (vague if engagement.starts_precision != "day" and (begins_here or _is_short(engagement)) else long).append(engagement)
        else:
            drawn.append((start, end, engagement))
    drawn.sort(key=lambda one: (one[0], -(one[1] - one[0]).days, one[2].reference))
    for week in weeks:
        bars = [bar for start, end, engagement in drawn if (bar := _bar(week, start, end, engagement))]
        week.lanes, week.not_drawn = _lanes(bars)
    return Month(first, weeks, Named.first_of(long), Named.first_of(vague), len(drawn))


def _days(engagement: Any) -> tuple[dt.date | None, dt.date | None]:
    """Its first and last day; no first where the day is not known, no last where it has none."""
    if engagement.starts_precision != "day":
        return None, None
    if engagement.ends_precision == "open":
        return engagement.starts_on, None
    if engagement.ends_precision in {"day", "month", "year"}:
        return engagement.starts_on, engagement.ends_on
    if engagement.status == Status.ONGOING:  # it goes on, and nobody knows until when
        return engagement.starts_on, None
    return engagement.starts_on, engagement.starts_on


def _is_short(engagement: Any) -> bool:
    """Whether it is over within a year of its first possible day."""
    start, end = engagement.starts_on, engagement.ends_on
    return start is not None and end is not None and (end - start).days <= 366


def _bar(week: Week, start: dt.date, end: dt.date, engagement: Any) -> Bar | None:
    monday, sunday = week.days[0], week.days[-1]
    if start > sunday or end < monday:
        return None
    first, last = max(start, monday), min(end, sunday)
    return Bar(engagement, (first - monday).days, (last - first).days + 1, start < monday, end > sunday)


def _lanes(bars: list[Bar]) -> tuple[list[list[Cell]], int]:
    """Bars in as few lines as they need, in the order in which they begin; and how many found no line."""
    lanes: list[list[Bar]] = []
    left = 0
    for bar in bars:
        free = next((lane for lane in lanes if lane[-1].end <= bar.start), None)
        if free is not None:
            free.append(bar)
        elif len(lanes) < MOST_LANES:
            lanes.append([bar])
        else:
            left += 1
    return [_filled(lane) for lane in lanes], left


def _filled(lane: list[Bar]) -> list[Cell]:
    cells, place = [], 0
    for bar in lane:
        cells += [Cell(1)] * (bar.start - place)
        cells.append(Cell(bar.days, bar))
        place = bar.end
    return cells + [Cell(1)] * (7 - place)
