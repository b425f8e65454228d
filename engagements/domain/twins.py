"""Records that may be one and the same: what makes two alike, and the likely twins of a record that is being entered.

One rule for entry, for the page of duplicates and for ``manage.py verify``. Only records that the person may see are
ever looked at; the database narrows them by kind, days, parties and words of the title, and at most ``MOST_COMPARED``
are compared, so that the answer is the same on both databases and as quick with 100,000 records as with a hundred.
"""

import datetime as dt
import operator
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Prefetch, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from accounts.models import User
from catalog.canonical import canonical, tidy
from catalog.choices import STATE_BODIES
from catalog.models import Country, Organization
from catalog.partial_dates import PartialDate
from engagements.choices import NOT_TAKING_PART, Precision
from engagements.models import Engagement, NotTwins, Participation

SLIP = 80  # of 100: how much two words are alike that are one, misspelled
MOST_LEFT_OUT = 2  # words
MOST_COMPARED = 200
MOST_SHOWN = 5
LONG = dt.timedelta(days=366)
PARTY = Coalesce("acts_for", -F("organization"))  # a ministry or a force counts as its country


def alike(one: str, other: str) -> bool:
    """The same title but for accents, case, order, slips and words left out; other numbers or names are another engagement."""
    words, others = (set(re.findall(r"\w+", canonical(title))) for title in (one, other))
    if {word for word in words ^ others if word.isdigit()}:
        return False
    fewer, more = sorted([words - others, others - words], key=len)
    if not all(any(fuzz.ratio(word, candidate) >= SLIP for candidate in more) for word in fewer):
        return False
    left_out = len(more) - len(fewer)
    return len(words & others) >= 2 and left_out <= MOST_LEFT_OUT


def alike_or_same(one: str, other: str) -> bool:
    """As ``alike``; and a title of one word is like itself."""
    return bool(one) and (canonical(one) == canonical(other) or alike(one, other))


def may_be_one(one: Any, other: Any) -> bool:
    """Not a part and its whole, nor two iterations of a series. Each has pk, parent, framework (ids) and iteration."""
    if (one.pk is not None and one.pk == other.parent) or (other.pk is not None and other.pk == one.parent):
        return False
    return not (one.iteration and other.iteration and (one.framework, one.iteration) != (other.framework, other.iteration))


@dataclass(frozen=True)
class Entry:
    """What two records are compared by; ``parties`` are ids of countries, and of other bodies below zero."""

    pk: int | None
    kind: str
    title: str
    starts_on: dt.date | None
    starts_precision: str
    ends_on: dt.date | None
    ends_precision: str
    parent: int | None = None
    framework: int | None = None
    iteration: str = ""
    parties: frozenset[int] = field(default=frozenset())

    @property
    def starts(self) -> PartialDate:
        return PartialDate.of(self.starts_on, self.starts_precision)

    @property
    def ends(self) -> PartialDate:
        return PartialDate.of(self.ends_on, self.ends_precision)

    @property
    def days(self) -> tuple[dt.date, dt.date] | None:
        """From the earliest to the latest day on which it may have been; None where no date is known."""
        return days_of(self.starts, self.ends)

    @property
    def is_long(self) -> bool:
        return self.days is not None and self.days[1] - self.days[0] > LONG


COLUMNS = [
    "pk", "kind", "title", "starts_on", "starts_precision", "ends_on", "ends_precision", "parent", "framework", "iteration",
]  # fmt: skip


def days_of(starts: PartialDate, ends: PartialDate) -> tuple[dt.date, dt.date] | None:
    """The first and the last possible day; None where neither date is known."""
    first, last = starts.earliest or ends.earliest, ends.latest or (dt.date.max if ends.open else starts.latest)
    return (first or dt.date.min, last or dt.date.max) if first or ends.latest else None


def share_days(one: Entry, other: Entry) -> bool:
    """Whether both may have been on one day. What goes on for years shares days with everything: there the starts must meet."""
    if one.days is None or other.days is None or one.days[0] > other.days[1] or other.days[0] > one.days[1]:
        return False
    if not (one.is_long and other.is_long) or not (one.starts and other.starts):
        return True
    starts = [(entry.starts.earliest or dt.date.min, entry.starts.latest or dt.date.max) for entry in (one, other)]
    return starts[0][0] <= starts[1][1] and starts[1][0] <= starts[0][1]


def far_apart(one: Entry, other: Entry) -> bool:
    """One goes on for years, and the other began more than a year before or after it: a visit during a long program."""
    starts = [entry.starts.earliest for entry in (one, other)]
    if one.is_long == other.is_long or starts[0] is None or starts[1] is None:
        return False
    return abs(starts[0] - starts[1]) > LONG


def same_days(one: Entry, other: Entry) -> bool:
    """Start and end known to the day, and the same."""
    known = {one.starts_precision, one.ends_precision, other.starts_precision, other.ends_precision} == {Precision.DAY}
    return known and (one.starts_on, one.ends_on) == (other.starts_on, other.ends_on)


def same_series(one: Entry, other: Entry) -> bool:
    """The same iteration of the same series."""
    return bool(one.framework and one.iteration and (one.framework, one.iteration) == (other.framework, other.iteration))


def party_key(party: Country | Organization) -> int:
    """What ``Entry.parties`` calls a party."""
    if isinstance(party, Country):
        return party.pk
    return party.country_id if party.kind in STATE_BODIES and party.country_id else -party.pk


# While a record is entered ------------------------------------------------------------------------


@dataclass(frozen=True)
class Twin:
    """A record on file that may be the one being entered, and why."""

    engagement: Engagement
    why: list[str]


def likely_twins(
    user: User,
    *,
    kind: str,
    starts: PartialDate,
    ends: PartialDate,
    parties: Iterable[Country | Organization],
    title: str,
    exclude: Collection[int] = (),
    parent: int | None = None,
    series: tuple[int | None, str] = (None, ""),
) -> list[Twin]:
    """Records ``user`` may see that may be the one described: same kind, a shared day, two shared parties or an alike title.

    Where no date is known, parties and title must both fit. ``exclude`` are ids of records it is known not to be, unless
    they have its very days; ``parent`` is the id of what it is a part of, ``series`` its framework's id and its iteration.
    """
    sought = Entry(
        None, kind, tidy(title), starts.earliest, str(starts.precision), ends.latest, str(ends.precision),
        parent, *series, frozenset(party_key(party) for party in parties),
    )  # fmt: skip
    rows = Engagement.objects.visible_to(user).current().filter(kind=kind)
    if sought.days is not None:
        first, last = sought.days
        rows = rows.between(first if first > dt.date.min else None, last if last < dt.date.max else None)
    found: list[tuple[bool, int, Entry]] = []
    for other in _candidates(rows, sought):
        if other.pk in exclude and not same_days(sought, other):
            continue
        if likeness := how_like(sought, other):
            found.append((*likeness, other))
    found.sort(key=lambda item: best_first(sought, *item))
    found = found[:MOST_SHOWN]
    shown = side_by_side(Engagement.objects.visible_to(user)).in_bulk([other.pk for *_why, other in found])
    return [Twin(shown[other.pk], reasons(is_alike, shared)) for is_alike, shared, other in found if other.pk in shown]


def how_like(sought: Entry, other: Entry) -> tuple[bool, int] | None:
    """Whether the titles are alike, and how many parties are the same, where the two may be one; else None."""
    if sought.kind != other.kind or not may_be_one(sought, other):
        return None
    shared, is_alike = len(sought.parties & other.parties), alike_or_same(sought.title, other.title)
    if sought.days is None:
        fits = shared >= 2 and is_alike
    else:
        fits = share_days(sought, other) and (is_alike or (shared >= 2 and not far_apart(sought, other)))
    return (is_alike, shared) if fits else None


def best_first(sought: Entry, is_alike: bool, shared: int, other: Entry) -> tuple:
    """Sorts what is like ``sought``."""
    return (not is_alike, not same_days(sought, other), -shared, -(other.pk or 0))


def reasons(is_alike: bool, shared: int) -> list[str]:
    why = [_("alike title")] if is_alike else []
    return [*why, _("%(count)s same participants") % {"count": shared}] if shared >= 2 else why


def _candidates(rows: Any, sought: Entry) -> list[Entry]:
    """At most ``MOST_COMPARED`` of ``rows`` that share two parties, or words of the title, with the best first."""
    newest = [F("starts_on").desc(nulls_last=True), "pk"]
    pks: list[int] = []
    if len(sought.parties) >= 2:
        theirs = taking_part().filter(_is_one_of(sought.parties), engagement=OuterRef("pk"))
        counted = theirs.annotate(party=PARTY).values("engagement").annotate(n=Count("party", distinct=True)).values("n")
        sharing = rows.annotate(shared=Coalesce(Subquery(counted), 0)).filter(shared__gte=2)
        pks += sharing.order_by("-shared", *newest).values_list("pk", flat=True)[: MOST_COMPARED // 2]
    if words := _words(sought.title):
        matched: Any = reduce(
            operator.add, (Case(When(title__icontains=word, then=1), default=0, output_field=IntegerField()) for word in words)
        )
        least = min(2, len(words))
        titled = rows.annotate(matched=matched).filter(matched__gte=least).order_by("-matched", *newest)
        pks += titled.values_list("pk", flat=True)[: MOST_COMPARED // 2]
    elif sought.title:
        pks += rows.filter(title=sought.title).order_by(*newest).values_list("pk", flat=True)[: MOST_COMPARED // 2]
    return entries(rows.filter(pk__in=set(pks)).order_by("pk")) if pks else []


def _words(title: str) -> list[str]:
    """The longest runs of plain letters and digits: those that both databases find in the same titles."""
    runs = dict.fromkeys(re.findall(r"[a-z0-9]{3,}", title.lower()))
    return sorted(runs, key=lambda run: (-len(run), run))[:6]


def _is_one_of(parties: Iterable[int]) -> Q:
    parties = list(parties)
    return Q(acts_for__in=[key for key in parties if key > 0]) | Q(acts_for=None, organization__in=[-key for key in parties if key < 0])


def taking_part() -> Any:
    return Participation.objects.order_by().exclude(status__in=NOT_TAKING_PART)


def side_by_side(rows: Any) -> Any:
    """``rows`` with what a page shows of a likely twin."""
    parties = Participation.objects.select_related("country", "organization")
    return rows.select_related("type", "country", "team").prefetch_related(Prefetch("participations", parties))


def entries(rows: Any) -> list[Entry]:
    """``rows`` as entries with their parties, in two queries."""
    found = {row[0]: row for row in rows.values_list(*COLUMNS)}
    parties: dict[int, set[int]] = {}
    for engagement, party in taking_part().filter(engagement__in=list(found)).annotate(party=PARTY).values_list("engagement", "party"):
        parties.setdefault(engagement, set()).add(party)
    return [Entry(**dict(zip(COLUMNS, row, strict=True)), parties=frozenset(parties.get(pk, ()))) for pk, row in found.items()]


# Pairs that somebody said are two ----------------------------------------------------------------


def say_two(one: Engagement, other: Engagement, *, actor: User) -> None:
    """Remember that the two are two; they are not shown as a pair again."""
    first, second = sorted([one.pk, other.pk])
    NotTwins.objects.get_or_create(first_id=first, second_id=second, defaults={"said_by": actor})


def take_back_two(one: Engagement, other: Engagement) -> None:
    """It was a slip: the two are shown as a pair again, where they look like one."""
    first, second = sorted([one.pk, other.pk])
    NotTwins.objects.filter(first=first, second=second).delete()
