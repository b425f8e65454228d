"""Whose hands a record went through: nobody verifies or returns what is their own work, by whichever door."""

from functools import cache

from django.apps import apps
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.choices import ReviewState, ReviewStepKind
from engagements.models import Attachment, CaseStudy, Comment, Engagement, HandlingRequest, Mention, Merger, NotTwins, ReviewStep
from history.database import tracked
from history.models import Change

# What is said about a record, or done with it, and is not what a verifier vouches for.
BESIDE_THE_RECORD: set[type[Model]] = {Attachment, CaseStudy, Comment, HandlingRequest, Mention, Merger, NotTwins, ReviewStep}
# Who may read a record is opened by two people anyway (HandlingRequest).
UNJUDGED_COLUMNS = {"id", "review_state", "archived_at", "handling"}
# The ways in which a record is a person's own work, the most telling first.
OWN_HAND = ["entered", "owns", "submitted", "changed"]


def refusal_for(hand: str) -> str:
    """Why somebody does not verify a record of which this is true."""
    return {
        "entered": _("You entered this record, so somebody else verifies it."),
        "owns": _("You are its owner, so somebody else verifies it."),
        "submitted": _("You submitted it, so somebody else verifies it."),
        "changed": _("You changed what is to be verified, so somebody else verifies it."),
    }[hand]


def with_own_hand(rows: QuerySet, user: User) -> QuerySet:
    """``rows`` with one true or false each for ``own_entered``, ``own_owns``, ``own_submitted`` and ``own_changed``."""
    return rows.annotate(**{f"own_{hand}": condition for hand, condition in _hands_of(user).items()})


def own_hand(row: Engagement) -> str:
    """The first of OWN_HAND that is true of a row that came ``with_own_hand``; empty where it is others' work."""
    return next((hand for hand in OWN_HAND if getattr(row, f"own_{hand}")), "")


def to_verify(rows: QuerySet, user: User) -> QuerySet:
    """Those of ``rows`` that ``user`` may verify or return now: submitted, and the work of others."""
    if not user.has_perm("engagements.verify_engagement"):
        return rows.none()
    return submitted(rows).exclude(any_hand(user))


def submitted(rows: QuerySet) -> QuerySet:
    return rows.filter(review_state=ReviewState.SUBMITTED, archived_at=None)


def any_hand(user: User) -> Q:
    found = Q()
    for condition in _hands_of(user).values():
        found |= condition
    return found


def refusal(engagement: Engagement, user: User) -> str:
    """Why ``user`` may not verify or return ``engagement`` now; empty where that is allowed."""
    if not user.has_perm("engagements.verify_engagement"):
        return _("A manager verifies records and returns them.")
    if engagement.is_archived or engagement.review_state != ReviewState.SUBMITTED:
        return _("Only a submitted record is verified or returned.")
    if user.pk in {engagement.created_by_id, engagement.owner_id}:
        return refusal_for("entered" if user.pk == engagement.created_by_id else "owns")
    row = with_own_hand(Engagement.objects.visible_to(user), user).filter(pk=engagement.pk).first()
    if row is None:
        return _("Only a submitted record is verified or returned.")
    hand = own_hand(row)
    return refusal_for(hand) if hand else ""


def last_return(engagement: Engagement) -> ReviewStep | None:
    """The step by which the record came back the last time, with who took it."""
    return engagement.review_steps_taken.filter(kind=ReviewStepKind.RETURNED).select_related("taken_by").order_by("-pk").first()


def _hands_of(user: User) -> dict[str, Q]:
    return {
        "entered": Q(created_by__isnull=False, created_by=user.pk),
        "owns": Q(owner__isnull=False, owner=user.pk),
        "submitted": Q(Exists(_handed_in(user))),
        "changed": Q(Exists(_changes(user))),
    }


def _handed_in(user: User) -> QuerySet:
    """The times this person handed the record in, or changed it when it was verified, since its last verification."""
    steps = ReviewStep.objects.order_by()
    verified = steps.filter(engagement=OuterRef("engagement"), kind=ReviewStepKind.VERIFIED).order_by("-pk").values("pk")[:1]
    kinds = [ReviewStepKind.SUBMITTED, ReviewStepKind.REOPENED]
    return steps.filter(engagement=OuterRef("pk"), taken_by=user.pk, kind__in=kinds, pk__gt=Coalesce(Subquery(verified), 0))


def _changes(user: User) -> QuerySet:
    """What this person wrote into the record since its last verification, by any door: the history knows."""
    own, others = record_tables()
    changes = Change.objects.order_by()
    verified = changes.filter(engagement=OuterRef("engagement"), table=own, after__review_state=ReviewState.VERIFIED)
    last = Coalesce(Subquery(verified.order_by("-pk").values("pk")[:1]), 0)
    # The history holds the dates with every change, so of them it is asked whether they differ.
    dates = tracked(Engagement).together
    differ = {f"{when}_{column}": _said(when, column) for column in dates for when in ("before", "after")}
    written = Q(after__has_any_keys=[column for column in record_columns() if column not in dates])
    for column in dates:
        written |= ~Q(**{f"before_{column}": F(f"after_{column}")})
    mine = changes.filter(engagement=OuterRef("pk"), actor=user.pk, pk__gt=last).alias(**differ)
    return mine.filter(Q(table=own) & written | Q(table__in=others))


def _said(when: str, column: str) -> Coalesce:
    return Coalesce(KeyTextTransform(column, when), Value(""), output_field=TextField())


@cache
def record_tables() -> tuple[str, list[str]]:
    """The table of the record itself, and those of the rows that belong to it."""
    beside = {model._meta.db_table for model in BESIDE_THE_RECORD} | {Engagement.released_to.through._meta.db_table}
    beside |= {field.m2m_db_table() for model in BESIDE_THE_RECORD for field in model._meta.local_many_to_many}
    tables = {model._meta.db_table for model in apps.get_app_config("engagements").get_models(include_auto_created=True)}
    own = Engagement._meta.db_table
    return own, sorted(tables - beside - {own})


@cache
def record_columns() -> list[str]:
    """The columns of the record that a verifier vouches for."""
    return [str(field.column) for field in Engagement._meta.local_concrete_fields if field.column not in UNJUDGED_COLUMNS]
