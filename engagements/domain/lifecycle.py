"""The steps of a record: archive and restore, and the review from draft to verified."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import User
from engagements.choices import ReturnReason, ReviewState, ReviewStepKind
from engagements.domain.review import refusal
from engagements.domain.saving import claim
from engagements.models import Engagement, ReviewStep


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
    """A manager verifies or returns what others entered, submitted and changed; nobody their own work."""
    return not refusal(engagement, user)


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
    if engagement.absorbed_by.filter(undone_at=None).exists():
        raise ValidationError(_("This record is a part of another one now: undo the merger instead."))
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
    _move(engagement, ReviewStepKind.SUBMITTED, seen=seen, actor=actor)


@transaction.atomic
def verify(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Say that the record is right; from now on everyone cleared for it sees it."""
    if refused := refusal(engagement, actor):
        raise PermissionDenied(refused)
    if not engagement.sources.exists():
        raise ValidationError(_("A record without a source can not be verified."))
    _move(engagement, ReviewStepKind.VERIFIED, seen=seen, actor=actor)


@transaction.atomic
def give_back(engagement: Engagement, *, seen: int | None, actor: User, reason: str = "", note: str = "") -> None:
    """Return a submitted record to its people: one of ReturnReason, and a note where that does not say enough."""
    if refused := refusal(engagement, actor):
        raise PermissionDenied(refused)
    if reason not in ReturnReason.values:
        raise ValidationError({"reason": _("Say why the record goes back.")})
    note = note.strip()
    if reason == ReturnReason.OTHER and not note:
        raise ValidationError({"note": _("Say in the note what the reason is.")})
    _move(engagement, ReviewStepKind.RETURNED, seen=seen, actor=actor, reason=reason, note=note)


# The state to which each step leads.
LEADS_TO = {
    ReviewStepKind.SUBMITTED: ReviewState.SUBMITTED,
    ReviewStepKind.VERIFIED: ReviewState.VERIFIED,
    ReviewStepKind.RETURNED: ReviewState.RETURNED,
    ReviewStepKind.REOPENED: ReviewState.SUBMITTED,
}


def _move(engagement: Engagement, kind: ReviewStepKind, *, seen: int | None, actor: User, reason: str = "", note: str = "") -> None:
    claim(engagement, seen=seen, actor=actor)
    _step(engagement, kind, actor, reason=reason, note=note)


def _step(engagement: Engagement, kind: ReviewStepKind, actor: User | None, **said: str) -> None:
    """Write the step, then the state it leads to: the database asks for the one before the other."""
    ReviewStep.objects.create(engagement=engagement, kind=kind, taken_by=actor, **said)
    engagement.review_state = LEADS_TO[kind]
    engagement.save(update_fields=["review_state"])


def reopen_if_verified(engagement: Engagement) -> None:
    """An edited record is no longer what was verified: it waits for its verification again.

    To be called after ``claim``, by everything that changes what a record says.
    """
    if engagement.review_state == ReviewState.VERIFIED:
        _step(engagement, ReviewStepKind.REOPENED, engagement.updated_by)
