"""The steps of a record: archive and restore, and the review from draft to verified."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import User
from engagements.choices import ReviewState
from engagements.domain.saving import claim
from engagements.models import Engagement


def may_edit(engagement: Engagement, user: User) -> bool:
    """Whether ``user``, who can see the record, may change it: one's own or one's team's; a manager what he sees."""
    if engagement.is_archived or not user.has_perm("engagements.change_engagement"):
        return False
    if user.role == Role.MANAGER:
        return True
    return engagement.team_id in user.team_ids or engagement.owner_id == user.pk


def may_archive(engagement: Engagement, user: User) -> bool:
    """A draft by its own people; what was submitted or verified only by a manager."""
    if not user.has_perm("engagements.delete_engagement"):
        return False
    if user.role == Role.MANAGER:
        return True
    is_own = engagement.team_id in user.team_ids or engagement.owner_id == user.pk
    return is_own and engagement.review_state in {ReviewState.DRAFT, ReviewState.RETURNED}


def may_verify(engagement: Engagement, user: User) -> bool:
    """A manager verifies or returns what others entered; nobody their own."""
    return (
        user.has_perm("engagements.verify_engagement")
        and not engagement.is_archived
        and engagement.review_state == ReviewState.SUBMITTED
        and user.pk not in {engagement.created_by_id, engagement.owner_id}
    )


@transaction.atomic
def archive(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Take the record out of every list; it can be restored with all its rows."""
    if not may_archive(engagement, actor):
        raise PermissionDenied(_("Only a manager archives a record that was submitted or verified."))
    if engagement.is_archived:
        raise ValidationError(_("This record is archived already."))
    claim(engagement, seen=seen, actor=actor)
    engagement.archived_at = timezone.now()
    engagement.save(update_fields=["archived_at"])


@transaction.atomic
def restore(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Bring an archived record back as it was."""
    if not may_archive(engagement, actor):
        raise PermissionDenied(_("Only a manager restores a record that was submitted or verified."))
    if not engagement.is_archived:
        raise ValidationError(_("This record is not archived."))
    claim(engagement, seen=seen, actor=actor)
    engagement.archived_at = None
    engagement.save(update_fields=["archived_at"])


@transaction.atomic
def submit(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Hand a draft to a manager."""
    if not may_edit(engagement, actor):
        raise PermissionDenied(_("Only its own people submit a record."))
    if engagement.review_state not in {ReviewState.DRAFT, ReviewState.RETURNED}:
        raise ValidationError(_("Only a draft or a returned record is submitted."))
    _move(engagement, ReviewState.SUBMITTED, seen=seen, actor=actor)


@transaction.atomic
def verify(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Say that the record is right; from now on everyone cleared for it sees it."""
    if not may_verify(engagement, actor):
        raise PermissionDenied(_("A manager verifies what others submitted, never the own record."))
    if not engagement.sources.exists():
        raise ValidationError(_("A record without a source can not be verified."))
    _move(engagement, ReviewState.VERIFIED, seen=seen, actor=actor)


@transaction.atomic
def give_back(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Return a submitted record to its people."""
    if not may_verify(engagement, actor):
        raise PermissionDenied(_("A manager returns what others submitted, never the own record."))
    _move(engagement, ReviewState.RETURNED, seen=seen, actor=actor)


def _move(engagement: Engagement, state: ReviewState, *, seen: int | None, actor: User) -> None:
    claim(engagement, seen=seen, actor=actor)
    engagement.review_state = state
    engagement.save(update_fields=["review_state"])


def reopen_if_verified(engagement: Engagement) -> None:
    """An edited record is no longer what was verified: it waits for its verification again."""
    if engagement.review_state == ReviewState.VERIFIED:
        engagement.review_state = ReviewState.SUBMITTED
