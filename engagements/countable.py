"""What records are counted by: {value: ids} of all records, for figures that are met with what a reader may see.

Each is one question to the database, asked again only for the records that were changed (sets.py).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, DateField, F, FloatField, Func, IntegerField, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, ExtractYear, TruncDate
from pyroaring import FrozenBitMap

from accounts.models import User
from catalog.models import CountryRegion, Region
from catalog.trees import spread
from engagements.apart import Apart, every, only
from engagements.apart import column as column
from engagements.apart import linked as linked
from engagements.choices import MISSING, NOT_ASSESSED, NOT_TAKING_PART, OVERDUE
from engagements.domain.attention import DUE_SOON, due_soon, returns, waiting_for
from engagements.domain.completeness import CHECKS, percent
from engagements.measured import Measured, measured
from engagements.models import Challenge, Engagement, Participation
from engagements.querysets import EngagementQuerySet, today
from engagements.sets import NOTHING, Sets, found, union

Ids = dict[Any, FrozenBitMap]
MENTION = "mention"  # a mention that was seen is a change of no record
UNTOUCHED = "untouched_"  # what is late by the time of the last change


def records(sets: Sets, within: list[int] | None) -> QuerySet:
    return only(sets.records, within, "pk")


# Columns ---------------------------------------------------------------------------------------------


def year(sets: Sets, first_month: int = 1) -> Ids:
    """By the year in which it began, or the fiscal year, named for the year in which that ends; None where it is not known."""
    known = ["day", "month"] if first_month > 1 else ["day", "month", "year"]
    begun = Cast(ExtractYear("starts_on"), IntegerField())
    if first_month > 1:
        begun += Case(When(starts_on__month__gte=first_month, then=1), default=0)
    told = Case(When(starts_precision__in=known, then=begun), default=None, output_field=IntegerField())
    return sets.by(("year", first_month), lambda within: records(sets, within).annotate(value=told).values_list("value", "pk"))


def fiscal_year(sets: Sets) -> Ids:
    return year(sets, settings.FISCAL_YEAR_FIRST_MONTH)


# Lists, children and parties ---------------------------------------------------------------------------


def took_part(sets: Sets) -> Ids:
    """By the countries that took part, themselves or by a ministry or force of theirs."""
    return parties(sets, "acts_for")


def parties(sets: Sets, name: str, roles: Iterable[str] = ()) -> Ids:
    """By who takes part (``acts_for``, a country, or ``organization``), in one of ``roles`` where some are named."""
    roles = sorted(roles)

    def find(within):
        rows = taking_part(sets, within).exclude(**{name: None})
        return (rows.filter(role__in=roles) if roles else rows).values_list(name, "engagement")

    return sets.by(("parties", name, *roles), find)


def taking_part(sets: Sets, within: list[int] | None) -> QuerySet:
    return only(Participation.objects.using(sets.using), within).exclude(status__in=NOT_TAKING_PART)


def challenges(sets: Sets) -> Ids:
    """By (category, severity) of its challenges."""
    rows = Challenge.objects.using(sets.using)
    return dict(sets.groups("challenges", lambda within: only(rows.all(), within).values_list("category", "severity", "engagement")))


def held(sets: Sets) -> Ids:
    """By the countries in which it was held, in the main or also."""
    also = Engagement.also_held_in.through.objects.using(sets.using)

    def find(within):
        main = records(sets, within).exclude(country=None).values_list("country", "pk")
        return main.union(only(also.all(), within).values_list("country", "engagement"), all=True)

    return sets.by("held", find)


# Conditions by a code ------------------------------------------------------------------------------------


def each(sets: Sets, key: tuple, codes: Iterable[str], narrow: Callable[[QuerySet, str], QuerySet], *, by_time: bool = False) -> Ids:
    """By several conditions, each with its code: what ``narrow`` finds for it; one question for all of them."""
    codes = list(codes)

    def find(within):
        first, *rest = (narrow(records(sets, within), code).values_list(Value(code, output_field=CharField()), "pk") for code in codes)
        return first.union(*rest, all=True) if rest else first

    return sets.by((*key, *codes), find, by_time=by_time)


def ratings(sets: Sets) -> Ids:
    """By the latest judgments."""

    def find(within):
        return only(sets.records.judgments().using(sets.using), within).values_list("rating", "engagement")

    found = sets.by("rating", find)
    return found | {NOT_ASSESSED[0]: every(sets) - union(found.values())}


@cache
def _lacks() -> Apart:
    """What belongs into a record: what the filter calls missing, and the checks, which share most of their parts."""
    rows = EngagementQuerySet(Engagement)  # only to say its conditions
    conditions = {("missing", code): rows.lacking(code) for code, _label in MISSING}
    for check in CHECKS:
        conditions |= {("applies", check.code): check.applies, ("lacks", check.code): check.missing}
    return Apart("lacks", conditions)


def missing(sets: Sets) -> Ids:
    """By what a record lacks."""
    codes = [code for code, _label in MISSING]

    def ask(within):
        ids_of = _lacks().asked(sets, within)
        return {code: ids for code in codes if (ids := ids_of(("missing", code)))}

    return sets.worked_out("missing", ask, by_lists=False)


def completeness(sets: Sets) -> Ids:
    """By the score, 0 to 100."""

    def ask(within):
        ids_of = _lacks().asked(sets, within)
        whole = every(sets)
        # By how many checks apply, and how many of these are not met.
        parts = {(0, 0): whole if within is None else whole & within}
        for check in CHECKS:
            applies, lacks = ids_of(("applies", check.code)), ids_of(("lacks", check.code))
            split: dict[tuple[int, int], list[FrozenBitMap]] = {}
            for (applying, lacking), ids in parts.items():
                split.setdefault((applying + 1, lacking + 1), []).append(ids & lacks)
                split.setdefault((applying + 1, lacking), []).append((ids & applies) - lacks)
                split.setdefault((applying, lacking), []).append(ids - applies)
            parts = {counted: ids for counted, several in split.items() if (ids := union(several))}
        scores: dict[int, list[FrozenBitMap]] = {}
        for counted, ids in parts.items():
            scores.setdefault(percent(*counted), []).append(ids)
        return {score: union(several) for score, several in scores.items()}

    return sets.worked_out("completeness", ask, by_lists=False)


def late(sets: Sets, codes: Sequence[str]) -> Ids:
    """By what is late today."""
    rows, day = sets.records, today()

    def find(within):
        return records(sets, within)

    untouched = {code: rows.late(code) for code in codes if code.startswith(UNTOUCHED)}
    found = sets.meeting(("untouched", day, *untouched), find, untouched, by_time=True) if untouched else {}
    found |= {code: ids for (what, code), ids in _dues(sets, day).items() if what == "late"}
    return {code: found[code] for code in codes if code in found}


def due(sets: Sets) -> Ids:
    """By what is due soon."""
    found = _dues(sets, today())
    return {code: ids for code in DUE_SOON if (ids := found.get(("due", code)))}


def _dues(sets: Sets, day: dt.date) -> Ids:
    """By ("late" or "due", code): what depends on the day."""
    rows = sets.records

    def ask(within):
        conditions = {("late", code): rows.late(code) for code, _label in OVERDUE if not code.startswith(UNTOUCHED)}
        conditions |= {("due", code): due_soon(code) for code in DUE_SOON}
        ids_of = Apart(("dues", day), conditions).asked(sets, within)
        return {code: ids for code in conditions if (ids := ids_of(code))}

    return sets.worked_out(("dues", day), ask, by_lists=False)


def returned(sets: Sets) -> Ids:
    """By why it was returned within the last year."""
    rows = returns().using(sets.using).exclude(reason="")
    return sets.by(("returned", today()), lambda within: only(rows, within).values_list("reason", "engagement"))


def waiting(sets: Sets, user: User, code: str) -> FrozenBitMap:
    """What waits for a step of this person, of what they may see: whose work a record is, is dear to ask of all."""
    waits = sets.records.visible_to(user).filter(waiting_for(user, code))
    return found(waits) if code == MENTION else sets.of(waits)


def going_on(sets: Sets, spans: Sequence[tuple[dt.date, dt.date]]) -> Ids:
    """By the place, as text, of each of ``spans`` in which it may have gone on."""

    def narrow(rows, place):
        return rows.between(*spans[int(place)])

    return each(sets, ("going_on", tuple(spans)), map(str, range(len(spans))), narrow)


class _DaysBetween(Func):
    """Days from the second date to the first."""

    template, arg_joiner = "(%(expressions)s)", " - "
    output_field = IntegerField()

    def as_sqlite(self, compiler, connection, **context):
        julian = [Func(one, function="julianday", output_field=FloatField()) for one in self.source_expressions]
        return type(self)(*julian).as_sql(compiler, connection, template="CAST(%(expressions)s AS INTEGER)", **context)


def days_late(sets: Sets) -> Measured:
    """How many days after its first day a record was entered by a person.

    There is no such number of a record that came with the program, that was entered before it began, or of which the day is not known.
    """
    late = _DaysBetween(TruncDate("created_at", tzinfo=dt.UTC), F("starts_on"))

    def find(within):
        rows = records(sets, within).filter(starts_precision="day").exclude(created_by=None)
        return rows.annotate(days=late).filter(days__gte=0).values_list("days", "pk")

    return measured(sets, "days_late", find)


# Regions -------------------------------------------------------------------------------------------------


def regions(sets: Sets, scheme: str | None, mode: str) -> Ids:
    """By the regions of ``scheme`` (of all where None) of which its countries were part on its first known day.

    ``mode`` is held, involving or either. Larger regions have what is in the smaller ones.
    """

    def ask(within):
        return _regions(sets, scheme, mode, within)

    return sets.worked_out(("regions", scheme, mode), ask)


def _regions(sets: Sets, scheme: str | None, mode: str, within: FrozenBitMap | None) -> Ids:
    rows = CountryRegion.objects.using(sets.using).order_by()
    if scheme is not None:
        rows = rows.filter(region__scheme__code=scheme)
    members = list(rows.values_list("country", "region", "starts_on", "ends_on"))
    countries: dict[int, FrozenBitMap] = {}
    for ask in {"held": [held], "involving": [took_part]}.get(mode, [held, took_part]):
        for country, ids in ask(sets).items():
            met = ids if within is None else ids & within
            countries[country] = countries[country] | met if country in countries else met
    days = sorted({day for _country, _region, *ends in members for day in ends if day is not None})
    spans = first_days(sets, days)
    during: dict[tuple, FrozenBitMap] = {}
    together: dict[tuple, list[FrozenBitMap]] = {}
    for country, region, start, end in members:
        if country in countries:
            together.setdefault((region, start, end), []).append(countries[country])
    found: dict[int, list[FrozenBitMap]] = {}
    for (region, start, end), several in together.items():
        if (start, end) not in during:
            first = days.index(start) + 1 if start is not None else 0
            last = days.index(end) + 1 if end is not None else len(days) + 1
            during[start, end] = union(spans.get(place, NOTHING) for place in range(first, last))
        found.setdefault(region, []).append(union(several) & during[start, end])
    smallest = {region: ids for region, several in found.items() if (ids := union(several))}
    # The tree is read now and not taken from what was read before: what is remembered must know the lists as they are.
    return spread(smallest, dict(Region.objects.using(sets.using).order_by().values_list("pk", "parent")))


def first_days(sets: Sets, days: list[dt.date]) -> Ids:
    """By the number of ``days``, in their order, that are not after the first known day; those without one are nowhere."""

    def find(within):
        rows = records(sets, within).alias(day=Coalesce(F("starts_on"), F("ends_on"), output_field=DateField()))
        return rows.exclude(day=None).annotate(value=_place(days)).values_list("value", "pk")

    return sets.by(("first_days", *days), find)


def _place(days: list[dt.date], first: int = 0) -> Case | Value:
    """The number of ``days``, and ``first``, that are not after ``day``; by halves, as each question costs in each row."""
    if not days:
        return Value(first)
    half = len(days) // 2
    later = _place(days[half + 1 :], first + half + 1)
    return Case(When(day__lt=days[half], then=_place(days[:half], first)), default=later, output_field=IntegerField())
