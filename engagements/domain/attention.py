"""What waits for somebody: late, due soon, returned, left lying, or for this person to decide.

Each ``Group`` is a condition and the filter of the list that finds the same records, so that a figure and the list
behind it agree.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.choices import FollowUpStatus, ReviewState, ReviewStepKind
from engagements.domain.completeness import ENOUGH, bits, with_completeness, with_missing
from engagements.domain.handling import open_requests
from engagements.domain.review import any_hand
from engagements.having import Having
from engagements.models import Assessment, FollowUp, Mention, ReviewStep
from engagements.querysets import days_ago, today

SOON = 30  # days
DUE_SOON = ["assessment", "follow_up", "review"]
RETURNS_COUNTED = 365  # days


def due_soon(what: str) -> Q:
    """Records with an assessment, a follow-up or a sustainability review due from today on, within SOON days."""
    day = today()
    period = (day, day + dt.timedelta(days=SOON))
    if what == "assessment":
        return Q(assessment_due_on__range=period) & ~Q(Having(Assessment))
    if what == "follow_up":
        return Q(Having(FollowUp, Q(status=FollowUpStatus.OPEN, due_on__range=period)))
    return Q(review_on__range=period)


def returned_for(reasons: Iterable[str]) -> Q:
    """Records that were returned for one of ``reasons`` within the last RETURNS_COUNTED days."""
    return Q(Exists(returns().filter(engagement=OuterRef("pk"), reason__in=list(reasons))))


def returns() -> QuerySet:
    return ReviewStep.objects.order_by().filter(kind=ReviewStepKind.RETURNED, taken_at__gte=days_ago(RETURNS_COUNTED))


def waiting_for(user: User, what: str) -> Q:
    """Records that wait for a step of this person: verification, handling (a request to decide) or mention."""
    if what == "verification":
        if not user.has_perm("engagements.verify_engagement"):
            return Q(pk__in=[])
        return Q(review_state=ReviewState.SUBMITTED, archived_at=None) & ~any_hand(user)
    if what == "handling":
        return Q(pk__in=open_requests(user).order_by().values("engagement"))
    unseen = Mention.objects.filter(person=user.pk, seen_at=None, comment__removed_at=None, comment__engagement=OuterRef("pk"))
    return Q(Exists(unseen))


# Whose records -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Whose:
    """A person's own records, a team's, or all: as a condition, and as the filter of the list."""

    code: str
    label: str | Promise
    condition: Q
    query: tuple[tuple[str, str], ...]


def mine(user: User) -> Whose:
    return Whose("me", _("Mine"), Q(owner=user.pk), (("owner", "me"),))


def of_teams(teams: list[Any]) -> Whose:
    """The records of one or several teams (each with pk, code and name)."""
    label = str(teams[0]) if len(teams) == 1 else _("My teams")
    return Whose(f"team:{teams[0].code}", label, Q(team__in=[team.pk for team in teams]), tuple(("team", team.code) for team in teams))


def everyones() -> Whose:
    return Whose("all", _("All"), Q(), ())


# What waits --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """``query`` and ``sort`` are those of the list; what is ``personal`` waits for the person, whose records they ever are."""

    code: str
    label: str | Promise
    query: tuple[str, str]
    condition: Q
    sort: str
    order: str
    is_late: bool = False
    is_personal: bool = False

    def is_of(self, whose: Whose) -> bool:
        """Whether it waits for that person, whose records they ever are."""
        return self.is_personal and whose.code == "me"

    def of(self, whose: Whose) -> Q:
        return self.condition if self.is_of(whose) else whose.condition & self.condition

    def pairs(self, whose: Whose) -> list[tuple[str, str]]:
        """The parameters of the list that shows exactly these records."""
        own = () if self.is_of(whose) else whose.query
        return [*own, self.query, ("sort", self.sort)]


def groups(rows: QuerySet, user: User) -> list[Group]:
    """Everything that may wait, in the order in which it should be looked at. Read it with rows that are ``prepared``."""

    def late(code, label, sort, order):
        return Group(f"late_{code}", label, ("overdue", code), rows.late(code), sort, order, is_late=True)

    def soon(code, label, sort, order):
        return Group(f"soon_{code}", label, ("due", code), due_soon(code), sort, order)

    def waits(code, label):
        return Group(f"waits_{code}", label, ("waiting", code), waiting_for(user, code), "updated", "updated_at", is_personal=True)

    returned = Q(review_state=ReviewState.RETURNED)
    return [
        waits("verification", _("Records to verify or return")),
        waits("handling", _("Requests about handling to decide")),
        waits("mention", _("Comments that name you, not seen yet")),
        Group("returned", _("Returned, to be put right"), ("review", "returned"), returned, "updated", "updated_at"),
        late("close_out", _("Over, and not closed out"), "end", "ends_on"),
        late("assessment", _("Assessment overdue"), "end", "assessment_due_on"),
        late("follow_up", _("Follow-up overdue"), "start", "step_due"),
        late("review", _("Sustainability review overdue"), "end", "review_on"),
        late("mandate", _("Mandate expired, or expires within 90 days"), "start", "mission__mandate_expires_on"),
        soon("assessment", _("Assessment due within 30 days"), "end", "assessment_due_on"),
        soon("follow_up", _("Follow-up due within 30 days"), "start", "step_due"),
        soon("review", _("Sustainability review due within 30 days"), "end", "review_on"),
        late("draft", _("Draft for more than 30 days"), "entered", "created_at"),
        Group("thin", _("Least complete"), ("completeness", "thin"), Q(completeness__lt=ENOUGH), "completeness", "completeness"),
    ]


def prepared(rows: QuerySet) -> QuerySet:
    """``rows`` with what the groups ask of them."""
    return with_completeness(rows.current())


def totals(rows: QuerySet, user: User, whose: list[Whose]) -> list[tuple[Group, list[int]]]:
    """Each group and how many records it has for each of ``whose``.

    One query, in which each condition stands once: records that are in the same groups and of the same are counted together.
    """
    found = groups(prepared(rows), user)
    told = (
        prepared(_within_reach(rows, user, whose))
        .order_by()
        .annotate(what=bits(group.condition for group in found), of=bits(one.condition for one in whose))
        .values_list("what", "of")
        .annotate(records=Count("pk"))
    )
    counts = [[0] * len(whose) for _group in found]
    for what, of, records in told:
        for place, group in enumerate(found):
            for number, one in enumerate(whose):
                if what >> place & 1 and (of >> number & 1 or group.is_of(one)):
                    counts[place][number] += records
    return list(zip(found, counts, strict=True))


def _within_reach(rows: QuerySet, user: User, whose: list[Whose]) -> QuerySet:
    """Without the records that can be in no group of ``whose``, so that nothing is asked of them."""
    reached = [one.condition for one in whose]
    if not all(reached):
        return rows
    personal = [Q(review_state=ReviewState.SUBMITTED), waiting_for(user, "handling"), waiting_for(user, "mention")]
    return rows.filter(reduce(or_, [*reached, *personal]))


def first_rows(
    rows: QuerySet, chosen: list[Group], whose: Whose, most: int, among: dict[str, list[int]] | None = None
) -> dict[str, list[Any]]:
    """The first ``most`` records of each group, each with ``step_due``, ``open_steps``, ``last_returns`` and its completeness.

    ``among``: of some groups, by code, the ids of its records, so that they need not be looked for among all.
    """
    if not chosen:
        return {}
    step_due = Subquery(_open_steps(due_on__isnull=False).order_by("due_on").values("due_on")[:1])
    seen, rows = rows, prepared(rows).alias(step_due=step_due)
    among = among or {}

    def members(group: Group) -> QuerySet:
        return rows.filter(pk__in=among[group.code]) if group.code in among else rows.filter(group.of(whose))

    # One after the other: a database that is asked for rows in any of several lists looks at every row.
    of_each = [seen.filter(pk__in=members(group).order_by(group.order, "reference").values("pk")[:most]) for group in chosen]
    one, *others = (some.order_by().values_list("pk") for some in of_each)
    first = {pk for (pk,) in one.union(*others, all=True)}
    steps = FollowUp.objects.filter(status=FollowUpStatus.OPEN, due_on__lte=today() + dt.timedelta(days=SOON)).order_by("due_on", "pk")
    found = list(
        with_missing(rows)
        .annotate(step_due=step_due, **{f"in_{group.code}": group.of(whose) for group in chosen})
        .filter(pk__in=first)
        .select_related("type", "owner", "team", "mission")
        .prefetch_related(Prefetch("follow_ups", steps, to_attr="open_steps"), last_returns())
        .order_by("reference")
    )
    return {
        group.code: sorted((row for row in found if getattr(row, f"in_{group.code}")), key=partial(_key, group.order))[:most]
        for group in chosen
    }


def last_returns() -> Prefetch:
    """The returns of each record, the last one first, as ``last_returns``."""
    steps = ReviewStep.objects.filter(kind=ReviewStepKind.RETURNED).select_related("taken_by").order_by("-pk")
    return Prefetch("review_steps_taken", steps, to_attr="last_returns")


def _key(by: str, row: Any) -> tuple[bool, Any, str]:
    value = reduce(lambda found, name: getattr(found, name, None), by.split("__"), row)
    return (value is None, value, row.reference)


def _open_steps(**conditions: Any) -> QuerySet:
    return FollowUp.objects.order_by().filter(engagement=OuterRef("pk"), status=FollowUpStatus.OPEN, **conditions)
