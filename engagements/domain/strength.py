"""How many people are on record, and as of when."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from engagements.models import Participation


@dataclass(frozen=True)
class Strength:
    """People of all participants whose figure is known; ``known`` of ``of`` parties have one."""

    people: int
    known: int
    of: int


def latest_strength(participations: Iterable[Participation]) -> Strength | None:
    """The sum of the latest people on record of each row; None where no row has a figure: unknown is not 0.

    A row's own figure counts; where it has none, its strength reports of the latest date, all types together.
    """
    rows = list(participations)
    known = [people for row in rows if (people := _people(row)) is not None]
    return Strength(people=sum(known), known=len(known), of=len(rows)) if known else None


def _people(row: Participation) -> int | None:
    if row.personnel is not None:
        return row.personnel
    reports = list(row.strength_reports.all())
    latest = max((report.as_of_on or dt.date.min for report in reports), default=None)
    of_that_day = [report.total for report in reports if (report.as_of_on or dt.date.min) == latest]
    return sum(of_that_day) if of_that_day else None
