"""Records that may be one and the same."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import Coalesce, ExtractYear, Lower
from django.utils.translation import gettext as _

from engagements.choices import NOT_TAKING_PART
from engagements.domain.twins import alike, may_be_one
from engagements.domain.verification.findings import Found, remark
from engagements.models import Engagement, Participation


@dataclass(frozen=True)
class _Entry:
    """What two records are compared by."""

    pk: int
    reference: str
    title: str
    starts_on: dt.date
    ends_on: dt.date | None
    ends_precision: str
    parent: int | None
    framework: int | None
    iteration: str

    @property
    def last_day(self) -> dt.date:
        return self.ends_on or (dt.date.max if self.ends_precision == "open" else self.starts_on)


_COLUMNS = ["pk", "reference", "title", "starts_on", "ends_on", "ends_precision", "parent", "framework", "iteration"]


def _overlapping(entries: Iterable[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    """Pairs that share a day; ``entries`` come in the order of their starts."""
    going_on: list[_Entry] = []
    for entry in entries:
        going_on = [other for other in going_on if other.last_day >= entry.starts_on]
        yield from ((other, entry) for other in going_on)
        going_on.append(entry)


def _with_two_shared_parties() -> Iterator[tuple[_Entry, _Entry]]:
    """Pairs of one kind that share two parties and a day; the database sorts by the two parties."""
    theirs = "engagement__participations__"
    rows: Any = (
        Participation.objects.exclude(status__in=NOT_TAKING_PART)
        .filter(engagement__archived_at=None, engagement__starts_on__isnull=False)
        .annotate(
            one=Coalesce("acts_for", -F("organization")),
            other=Coalesce(f"{theirs}acts_for", -F(f"{theirs}organization")),
        )
        .filter(other__gt=F("one"))
        .order_by("engagement__kind", "one", "other", "engagement__starts_on", "engagement_id")
        .values_list("engagement__kind", "one", "other", *(f"engagement__{column}" for column in _COLUMNS))
        .distinct()
    )
    for _pair, items in groupby(rows.iterator(), key=lambda row: row[:3]):
        yield from _overlapping(_Entry(*row[3:]) for row in items)


def _of_one_title_and_year() -> Iterator[tuple[_Entry, _Entry]]:
    rows: Any = (
        Engagement.objects.current()
        .exclude(starts_on=None)
        .annotate(folded=Lower("title"), year=ExtractYear("starts_on"))
        .annotate(together=Window(Count("pk"), partition_by=[F("folded"), F("year")]))
        .filter(together__gt=1)
        .order_by("folded", "year", "starts_on", "pk")
        .values_list("folded", "year", *_COLUMNS)
    )
    for _title, items in groupby(rows.iterator(), key=lambda row: row[:2]):
        first, *others = (_Entry(*row[2:]) for row in items)
        yield from ((first, other) for other in others)


@remark("two records of one engagement: same kind, days and two parties, alike titles; or same title and year")
def duplicates() -> Found:
    linked = set(Engagement.predecessors.through.objects.values_list("to_engagement", "from_engagement"))
    found: set[tuple[int, int]] = set(linked)
    for one, other in _with_two_shared_parties():
        if (one.pk, other.pk) not in found and may_be_one(one, other) and alike(one.title, other.title):
            found.add((one.pk, other.pk))
            yield (
                other.reference,
                _("It looks like %(reference)s, “%(title)s”: same days, two same parties, alike title.")
                % {
                    "reference": one.reference,
                    "title": one.title,
                },
            )
    for one, other in _of_one_title_and_year():
        if (one.pk, other.pk) not in found and (other.pk, one.pk) not in found and may_be_one(one, other):
            yield other.reference, _("It has the title and the year of %(reference)s.") % {"reference": one.reference}
