"""What records are counted by: {value: ids} of all records, for figures that are met with what a reader may see.

Each is one question to the database, asked again only for the records that were changed (sets.py).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, DateField, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, ExtractYear
from pyroaring import FrozenBitMap

from accounts.models import User
from catalog.models import CountryRegion, Region
from catalog.trees import spread
from engagements.choices import MISSING, NOT_ASSESSED, NOT_TAKING_PART, Rating
from engagements.domain.attention import DUE_SOON, due_soon, waiting_for
from engagements.domain.completeness import score
from engagements.models import Challenge, Engagement, Participation
from engagements.querysets import today
from engagements.sets import NOTHING, Sets, found, union

Ids = dict[Any, FrozenBitMap]
MENTION = "mention"  # a mention that was seen is a change of no record
UNTOUCHED = "untouched_"  # what is late by the time of the last change
# Columns with few values that are read together: of the combinations there are not many.
TOGETHER = [("kind", "status", "scope", "handling", "review_state"), ("status_reason", "conflict_context", "local_perception", "type")]


def only(rows: QuerySet, within: list[int] | None, column: str = "engagement") -> QuerySet:
    """``rows`` of the records ``within``; of all records where that is None."""
    return rows.order_by() if within is None else rows.order_by().filter(**{f"{column}__in": within})


def records(sets: Sets, within: list[int] | None) -> QuerySet:
    return only(sets.records, within, "pk")


# Columns ---------------------------------------------------------------------------------------------


def column(sets: Sets, name: str) -> Ids:
    """By one of the columns with few values."""
    names = next((names for names in TOGETHER if name in names), None)
    if names is None:
        return sets.by(("column", name), lambda within: records(sets, within).values_list(name, "pk"))
    return sets.apart(names, ("columns", names), lambda within: records(sets, within).values_list(*names, "pk"))[name]


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


def linked(sets: Sets, name: str) -> Ids:
    """By the entries of a many-to-many list of the record: strategies, themes, objectives ..."""
    through = getattr(Engagement, name).through.objects.using(sets.using)
    entry = Engagement._meta.get_field(name).m2m_reverse_field_name()
    return sets.by(("linked", name), lambda within: only(through.all(), within).values_list(entry, "engagement"))


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
    return each(sets, ("rating",), [*Rating.values, NOT_ASSESSED[0]], lambda rows, code: rows.rated([code]))


def missing(sets: Sets) -> Ids:
    """By what a record lacks."""
    return each(sets, ("missing",), [code for code, _label in MISSING], lambda rows, code: rows.missing(code))


def late(sets: Sets, codes: Sequence[str]) -> Ids:
    """By what is late today."""
    found: Ids = {}
    for by_time in (False, True):
        if of_these := [code for code in codes if code.startswith(UNTOUCHED) == by_time]:
            found |= each(sets, ("late", today()), of_these, lambda rows, code: rows.overdue(code), by_time=by_time)
    return found


def due(sets: Sets) -> Ids:
    """By what is due soon."""
    return each(sets, ("due", today()), DUE_SOON, lambda rows, code: rows.filter(due_soon(code)))


def waiting(sets: Sets, user: User, code: str) -> FrozenBitMap:
    """What waits for a step of this person, of what they may see: whose work a record is, is dear to ask of all."""
    waits = sets.records.visible_to(user).filter(waiting_for(user, code))
    return found(waits) if code == MENTION else sets.of(waits)


def going_on(sets: Sets, spans: Sequence[tuple[dt.date, dt.date]]) -> Ids:
    """By the place, as text, of each of ``spans`` in which it may have gone on."""

    def narrow(rows, place):
        return rows.between(*spans[int(place)])

    return each(sets, ("going_on", tuple(spans)), map(str, range(len(spans))), narrow)


def completeness(sets: Sets) -> Ids:
    """By the score, 0 to 100."""
    return sets.by("completeness", lambda within: records(sets, within).annotate(value=score()).values_list("value", "pk"))


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
    earlier = [When(day__lt=day, then=place) for place, day in enumerate(days)]

    def find(within):
        rows = records(sets, within).alias(day=Coalesce(F("starts_on"), F("ends_on"), output_field=DateField()))
        place = Case(*earlier, default=len(days), output_field=IntegerField()) if days else Value(0)
        return rows.exclude(day=None).annotate(value=place).values_list("value", "pk")

    return sets.by(("first_days", *days), find)
