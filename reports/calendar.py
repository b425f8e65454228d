"""One month of engagements as weeks with bars: what lasts several days is one bar a week, below what began before it."""

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from engagements.choices import Status
from engagements.models import Engagement

LONG = 45  # days: what lasts longer is named beside the calendar, not drawn through every week


@dataclass(frozen=True)
class Bar:
    """A stretch of one week: ``start`` and ``days`` count its columns from 0; open ends say that it goes on in another week."""

    engagement: Engagement
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
    """Seven days, and lanes of cells that fill each line from Monday to Sunday."""

    days: list[dt.date]
    lanes: list[list[Cell]] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    """``drawn`` engagements are in the weeks; ``long`` and ``vague`` ones are named, so that none is left out."""

    first: dt.date
    weeks: list[Week]
    long: list[Engagement]
    vague: list[Engagement]
    drawn: int

    @property
    def last(self) -> dt.date:
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def before(self) -> dt.date:
        return (self.first - dt.timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> dt.date:
        return self.last + dt.timedelta(days=1)


def month_of(day: dt.date, engagements: Iterable[Engagement]) -> Month:
    """The month of ``day`` with engagements that may have a day in it (``between`` found them)."""
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
        week.lanes = _lanes([bar for start, end, engagement in drawn if (bar := _bar(week, start, end, engagement))])
    return Month(first, weeks, long, vague, len(drawn))


def _days(engagement: Engagement) -> tuple[dt.date | None, dt.date | None]:
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


def _is_short(engagement: Engagement) -> bool:
    """Whether it is over within a year of its first possible day."""
    start, end = engagement.starts_on, engagement.ends_on
    return start is not None and end is not None and (end - start).days <= 366


def _bar(week: Week, start: dt.date, end: dt.date, engagement: Engagement) -> Bar | None:
    monday, sunday = week.days[0], week.days[-1]
    if start > sunday or end < monday:
        return None
    first, last = max(start, monday), min(end, sunday)
    return Bar(engagement, (first - monday).days, (last - first).days + 1, start < monday, end > sunday)


def _lanes(bars: list[Bar]) -> list[list[Cell]]:
    """Bars in as few lines as they need, in the order in which they begin."""
    lanes: list[list[Bar]] = []
    for bar in bars:
        free = next((lane for lane in lanes if lane[-1].end <= bar.start), None)
        if free is None:
            lanes.append([bar])
        else:
            free.append(bar)
    return [_filled(lane) for lane in lanes]


def _filled(lane: list[Bar]) -> list[Cell]:
    cells, place = [], 0
    for bar in lane:
        cells += [Cell(1)] * (bar.start - place)
        cells.append(Cell(bar.days, bar))
        place = bar.end
    return cells + [Cell(1)] * (7 - place)
