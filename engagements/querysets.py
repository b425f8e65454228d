"""How engagements are found. Every page, file and count starts from ``visible_to``."""

import calendar
import datetime as dt
import operator
from functools import lru_cache, reduce

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.sql import AND, Query
from django.utils import timezone

from accounts.choices import Handling
from catalog.canonical import tidy
from catalog.models import CountryRegion
from catalog.models.geography import BEGINNING
from engagements import search_index
from engagements.choices import NOT_CLOSED, NOT_TAKING_PART, FollowUpStatus, ReviewState, Status
from engagements.having import Having
from engagements.references import Drawn, new_reference
from engagements.search_words import terms_of


def today() -> dt.date:
    return timezone.now().date()


def days_ago(days: int) -> dt.datetime:
    """The beginning of the day so many days before today: what depends on it changes once a day."""
    return dt.datetime.combine(today() - dt.timedelta(days=days), dt.time.min, tzinfo=dt.UTC)


def _what_is_seen(model, person: int, clearance: str, teams: tuple[int, ...], *, one_by_one: bool) -> tuple[Q, Q, Q]:
    """The three conditions of ``visible_to``."""
    own = Q(team__in=teams) | Q(owner=person)
    releases = model.released_to.through.objects.filter(team__in=teams)
    released = Q(pk__in=releases.values("engagement"))
    if one_by_one:
        released = Q(pk=Subquery(releases.filter(engagement=OuterRef("pk")).values("engagement")[:1]))
    cleared = Q(handling__in=[step for step in Handling.up_to(clearance) if step != Handling.RESTRICTED])
    if Handling.RESTRICTED in Handling.up_to(clearance):
        cleared |= Q(handling=Handling.RESTRICTED) & (Q(team__in=teams) | released)
    settled = Q(review_state=ReviewState.VERIFIED) | own
    unarchived = Q(archived_at=None) | own
    return cleared, settled, unarchived


@lru_cache(maxsize=500)
def _put_together(model, person: int, clearance: str, teams: tuple[int, ...], *, one_by_one: bool) -> Query:
    return model._base_manager.filter(*_what_is_seen(model, person, clearance, teams, one_by_one=one_by_one)).query


def _narrow(query: Query, seen: Query) -> None:
    """Put the conditions of ``seen`` into ``query`` too, with what Django keeps beside them: the letters that name subqueries."""
    conditions = seen.where.clone()
    conditions.relabel_aliases({"no": "none"})  # renames nothing, and copies what subqueries are made of
    query.where.add(conditions, AND)
    query.subq_aliases = query.subq_aliases | seen.subq_aliases


class EngagementQuerySet(models.QuerySet):
    # References --------------------------------------------------------------------------------

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        self.draw_again(objs)
        return super().bulk_create(objs, *args, **kwargs)

    def draw_again(self, engagements):
        """Give each of ``engagements`` whose reference was drawn one that is free: five letters do meet now and then."""
        given = {engagement.reference for engagement in engagements if not isinstance(engagement.reference, Drawn)}
        open_ = [engagement for engagement in engagements if isinstance(engagement.reference, Drawn)]
        while open_:
            taken = set(given)
            for start in range(0, len(open_), 500):
                asked = [str(engagement.reference) for engagement in open_[start : start + 500]]
                taken |= set(self.model._base_manager.filter(reference__in=asked).values_list("reference", flat=True))
            again = []
            for engagement in open_:
                if engagement.reference in taken:
                    engagement.reference = new_reference()
                    again.append(engagement)
                else:
                    engagement.reference = str(engagement.reference)
                    taken.add(engagement.reference)
                    given.add(engagement.reference)
            open_ = again

    # Who may see what --------------------------------------------------------------------------

    def visible_to(self, user, *, one_by_one=False):
        """The rows ``user`` may see. The only door to the record.

        The clearance reaches the handling; a restricted record is of or released to one of the
        person's teams; and it is verified, or of one's own team or one's own; so is an archived one.

        ``one_by_one`` finds the same: a page of a few rows asks for the releases of those, not for a list of all releases.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        who = (self.model, user.pk, user.clearance, tuple(user.team_ids))
        found = self.filter()
        if found.query.is_sliced or found.query.get_initial_alias() != self.model._meta.db_table:
            return self.filter(*_what_is_seen(*who, one_by_one=one_by_one))
        # Putting the conditions together costs more than asking a page of rows: that is done once for each person's rights.
        _narrow(found.query, _put_together(*who, one_by_one=one_by_one))
        return found

    def current(self):
        """Without the archived ones."""
        return self.filter(archived_at=None)

    def get_by_natural_key(self, reference):
        return self.get(reference=reference)

    # Where and when ----------------------------------------------------------------------------

    def between(self, start=None, end=None):
        """Engagements that may have had a day inside the period; either end may be left open.

        A partial date counts from its earliest to its latest possible day. One whose dates are not known
        at all is in no period.
        """
        rows = self
        if start is not None:
            # Where no end is known, the latest day on which it can have begun: a start in 2012 reaches to December.
            begun = {"day": start, "month": start.replace(day=1), "year": start.replace(month=1, day=1)}
            no_end = reduce(operator.or_, (Q(starts_precision=known, starts_on__gte=day) for known, day in begun.items()))
            # Open-ended, or going on with no end on record, reaches into every later period.
            goes_on = Q(ends_precision="open") | Q(status=Status.ONGOING)
            rows = rows.filter(Q(ends_on__gte=start) | Q(ends_on=None) & (no_end | goes_on & Q(starts_on__isnull=False)))
        if end is not None:
            # Where no start is known, the earliest day on which it can have ended.
            month = end.replace(day=calendar.monthrange(end.year, end.month)[1])
            ended = {"day": end, "month": month, "year": end.replace(month=12, day=31)}
            no_start = reduce(operator.or_, (Q(ends_precision=known, ends_on__lte=day) for known, day in ended.items()))
            rows = rows.filter(Q(starts_on__lte=end) | Q(starts_on=None) & no_start)
        return rows

    def started_in(self, spans, *, first_month=1):
        """Engagements whose start fell into one of ``spans`` of years (first, last), or whose start is not known (None).

        With a ``first_month`` after January they are fiscal years, named for the year in which they end; then a start
        of which not even the month is known is unknown.
        """
        known = ["day", "month"] if first_month > 1 else ["day", "month", "year"]
        before = 1 if first_month > 1 else 0
        found = Q()
        for span in spans:
            if span is None:
                found |= ~Q(starts_precision__in=known)
                continue
            first, last = (dt.date(year - before, first_month, 1) for year in (span[0], span[1] + 1))
            found |= Q(starts_precision__in=known, starts_on__gte=first, starts_on__lt=last)
        return self.filter(found)

    def in_regions(self, regions, mode="either"):
        """Held in, or involving a party of, one of ``regions`` (with their sub-regions).

        What counts is the membership on the engagement's own first known day. ``mode`` is held, involving or
        either. Each engagement comes once.
        """
        regions = [region if isinstance(region, int) else region.pk for region in regions]
        held = Exists(_members(regions, country=OuterRef("country"), day=FIRST_DAY)) | Exists(
            self.model.also_held_in.through.objects.filter(engagement=OuterRef("pk")).filter(
                Exists(_members(regions, country=OuterRef("country"), day=FIRST_DAY_OF_PARENT))
            )
        )
        involving = Exists(
            _taking_part(self.model)
            .filter(engagement=OuterRef("pk"))
            .filter(Exists(_members(regions, country=OuterRef("acts_for"), day=FIRST_DAY_OF_PARENT)))
        )
        return self.filter({"held": held, "involving": involving}.get(mode, held | involving))

    def held_in(self, countries):
        """Engagements held in one of ``countries``, in the main or also."""
        also = self.model.also_held_in.through.objects.filter(engagement=OuterRef("pk"), country__in=countries)
        return self.filter(Q(country__in=countries) | Exists(also))

    def within(self, areas):
        """Engagements whose coordinates lie in one of ``areas`` (south, west, north, east), the sides included."""
        inside = (Q(latitude__range=(south, north), longitude__range=(west, east)) for south, west, north, east in areas)
        return self.filter(reduce(operator.or_, inside))

    def with_parties(self, *, countries=(), organizations=(), roles=()):
        """Engagements in which one of the parties takes part, in one of the roles where roles are named.

        Who declined or withdrew did not take part. A country's ministry or armed force counts as the country.
        Several countries mean any of them.
        """
        party = Q()
        if countries:
            party |= Q(acts_for__in=countries)
        if organizations:
            party |= Q(organization__in=organizations)
        if roles:
            party &= Q(role__in=roles)
        if not party:
            return self
        return self.filter(Exists(_taking_part(self.model).filter(party, engagement=OuterRef("pk"))))

    def search(self, text):
        """Every word of ``text`` somewhere in the record or in the names of what it points to (search_index.py).

        "Words in quotes" stand as they are, -word does not stand there. Signs alone are looked for as they are typed.
        """
        terms = terms_of(text)
        sign = tidy(text).replace("\x00", "")
        if not terms and sign:
            return self.filter(Q(title__contains=sign) | Q(place__contains=sign) | Q(summary__contains=sign))
        rows = self
        for term in terms:
            found = Q(pk__in=search_index.having(term, self.db))
            rows = rows.filter(~found if term.is_unwanted else found)
        return rows

    def spelled_like(self, text):
        """Where ``search`` finds nothing: titles and names spelled almost like ``text``; none where the database can not."""
        terms = terms_of(text)
        if not any(not term.is_unwanted for term in terms) or not search_index.forgives(self.db):
            return self.none()
        rows = self
        for term in terms:
            found = Q(pk__in=search_index.having(term, self.db, is_forgiving=not term.is_unwanted))
            rows = rows.filter(~found if term.is_unwanted else found)
        return rows

    def best_first(self, text):
        """Those with most words of ``text`` in the title first, then those that have them side by side, then the newest."""
        return self.order_by(*search_index.best_first(terms_of(text), self.db), F("starts_on").desc(nulls_last=True), "reference")

    def linked(self, relation, pks):
        """Engagements with one of ``pks`` in the many-to-many ``relation``; each comes once."""
        field = self.model._meta.get_field(relation)
        through = getattr(self.model, relation).through.objects
        return self.filter(Exists(through.filter(engagement=OuterRef("pk"), **{f"{field.m2m_reverse_field_name()}__in": pks})))

    def having(self, relation, **conditions):
        """Engagements with at least one child row in ``relation`` that meets the conditions."""
        return self.filter(Exists(_related(self.model, relation, **conditions)))

    def with_tasks(self, pks):
        """Missions with one of these tasks."""
        mission = self.model.mission.related.related_model
        through = mission.tasks.through.objects
        return self.filter(Exists(through.filter(peacekeepingmission=OuterRef("pk"), missiontask__in=pks)))

    def under_frameworks(self, pks):
        """Engagements of these frameworks or series, and of those that are part of them."""
        frameworks = self.model.framework.field.related_model.objects
        wanted = set(pks)
        links = list(frameworks.exclude(parent=None).values_list("pk", "parent"))
        grown = True
        while grown:
            more = {pk for pk, parent in links if parent in wanted} - wanted
            wanted |= more
            grown = bool(more)
        return self.filter(framework__in=wanted)

    # What is due, what is missing, what was judged ---------------------------------------------

    def overdue(self, what):
        """Rows late in one respect: close_out, assessment, review, follow_up, mandate (expired or within 90 days), draft,
        or untouched_90, _180 or _365 (not closed, and not changed for as many days)."""
        return self.filter(self.late(what))

    def overdue_in_any(self, whats):
        """Rows late in at least one of ``whats``."""
        return self.filter(reduce(operator.or_, (self.late(what) for what in whats)))

    def late(self, what):
        """The condition behind ``overdue``; usable in an aggregate too, as it multiplies no rows."""
        day = today()
        model = self.model

        def untouched(days):
            return Q(status__in=NOT_CLOSED, updated_at__lt=days_ago(days))

        return {
            "close_out": lambda: Q(status__in=NOT_CLOSED, ends_on__lt=day),
            "assessment": lambda: Q(assessment_due_on__lt=day) & ~_has(model, "assessments"),
            "review": lambda: Q(review_on__lt=day),
            "follow_up": lambda: _has(model, "follow_ups", due_on__lt=day, status=FollowUpStatus.OPEN),
            "mandate": lambda: Q(status=Status.ONGOING, mission__mandate_expires_on__lt=day + dt.timedelta(days=90)),
            "draft": lambda: Q(review_state=ReviewState.DRAFT, created_at__lt=days_ago(30)),
            "untouched_90": lambda: untouched(90),
            "untouched_180": lambda: untouched(180),
            "untouched_365": lambda: untouched(365),
        }[what]()

    def missing(self, what):
        """Rows that lack one thing: source, outcome, end, start, participants, objective, assessment, strategy, series,
        summary, coordinates, owner."""
        return self.filter(self.lacking(what))

    def lacking(self, what):
        """The condition behind ``missing``."""
        related = {
            "source": "sources",
            "outcome": "outcomes",
            "participants": "participations",
            "assessment": "assessments",
            "objective": "objectives",
            "strategy": "strategies",
        }
        if what in related:
            return ~_has(self.model, related[what])
        return {
            "series": Q(framework=None),
            "owner": Q(owner=None),
            "summary": Q(summary=""),
            "coordinates": Q(latitude=None),
            "start": Q(starts_precision="unknown"),
            "end": Q(ends_precision="unknown"),
        }[what]

    def rated(self, ratings):
        """Rows whose latest judgment, of the whole or of an outcome, is one of ``ratings``; "not_assessed" is none."""
        found = Q()
        if "not_assessed" in ratings:
            found |= ~_has(self.model, "assessments")
        stored = [rating for rating in ratings if rating != "not_assessed"]
        if stored:
            latest = self.judgments().filter(engagement=OuterRef("pk"), rating__in=stored)
            found |= Q(Exists(latest))
        return self.filter(found)

    def judgments(self):
        """The latest assessment of each thing: of an outcome, or of an engagement as a whole. One without a date is the oldest."""
        assessments = self.model.assessments.rel.related_model.objects.order_by()
        beginning = Value(BEGINNING, output_field=models.DateField())
        day, this_day = Coalesce("assessed_on", beginning), Coalesce(OuterRef("assessed_on"), beginning)
        later = assessments.alias(thing=Coalesce("outcome", 0), day=day).filter(
            Q(day__gt=this_day) | Q(day=this_day, pk__gt=OuterRef("pk")),
            engagement=OuterRef("engagement"),
            thing=Coalesce(OuterRef("outcome"), 0),
        )
        return assessments.filter(~Exists(later))


FIRST_DAY = Coalesce(OuterRef("starts_on"), OuterRef("ends_on"), output_field=models.DateField())
FIRST_DAY_OF_PARENT = Coalesce(OuterRef("engagement__starts_on"), OuterRef("engagement__ends_on"), output_field=models.DateField())


def _members(regions, *, country, day):
    """Memberships of ``country`` in ``regions`` on ``day``; a day that is not known is in no membership."""
    return CountryRegion.objects.alias(day=day).filter(
        Q(starts_on=None) | Q(starts_on__lte=F("day")),
        Q(ends_on=None) | Q(ends_on__gt=F("day")),
        region__in=regions,
        country=country,
        day__isnull=False,
    )


def _participations(model):
    return model.participations.rel.related_model.objects.order_by()


def _taking_part(model):
    return _participations(model).exclude(status__in=NOT_TAKING_PART)


def _has(model, name, **conditions):
    """Whether there is a child row in ``name`` that meets the conditions, or an entry of the list ``name``."""
    field = getattr(model, name)
    linked = getattr(field, "through", None)
    return Q(Having(linked if linked is not None else field.rel.related_model, Q(**conditions)))


def _related(model, name, **conditions):
    return getattr(model, name).rel.related_model.objects.order_by().filter(engagement=OuterRef("pk"), **conditions)
