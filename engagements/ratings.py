"""Which judgment counts: the latest of each thing judged, and of those the lowest is shown first."""

import datetime as dt
from collections.abc import Iterable

from engagements.choices import RATING_STEPS
from engagements.models import Assessment


def current(assessments: Iterable[Assessment]) -> list[Assessment]:
    """The latest assessment of the engagement as a whole and of each outcome."""
    latest: dict[int | None, Assessment] = {}
    for assessment in assessments:
        held = latest.get(assessment.outcome_id)
        if held is None or _when(assessment) > _when(held):
            latest[assessment.outcome_id] = assessment
    return list(latest.values())


def lowest_current(assessments: Iterable[Assessment]) -> Assessment | None:
    """The lowest of the current ratings; "too early" only where nothing else was judged."""
    return min(current(assessments), key=lambda found: RATING_STEPS.get(found.rating, 99), default=None)


def _when(assessment: Assessment) -> tuple[dt.date, int]:
    return (assessment.assessed_on or dt.date.min, assessment.pk)
