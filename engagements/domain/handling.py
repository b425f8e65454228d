"""Who may read a record: narrowing it acts at once, opening it to more readers needs a second person and a reason.

The database keeps the rule (handling_in_database.py); here are the steps that lead there, and the sentences.
"""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Handling
from accounts.models import Team, User
from engagements.choices import Decision
from engagements.domain.lifecycle import may_edit
from engagements.domain.saving import as_sentences, claim
from engagements.models import Engagement, HandlingRequest

DECIDES = "engagements.decide_handlingrequest"


def opens(engagement: Engagement, *, handling: str, released_to: Collection[int], team: int | None = None) -> set[str]:
    """Which of "handling", "released_to" and "team" would let more people read ``engagement`` than it does as it was loaded.

    ``released_to`` and ``team`` are ids of teams. Nobody new reads a record that becomes restricted, whatever it is released to.
    """
    ladder = Handling.values
    if ladder.index(handling) < ladder.index(engagement.handling):
        return {"handling"}
    if engagement.handling != Handling.RESTRICTED:
        return set()
    readers = {engagement.team_id, *engagement.released_to.values_list("pk", flat=True)}
    wider = {"released_to"} if set(released_to) - readers else set()
    return wider | ({"team"} if team is not None and team not in readers else set())


def may_mark(engagement: Engagement, user: User) -> bool:
    """Whether ``user``, who sees the record, may narrow its readers, and ask for more of them."""
    return may_edit(engagement, user)


def may_decide(request: HandlingRequest, user: User) -> bool:
    """A manager who sees the record and is not who asked."""
    return request.decision == Decision.OPEN and open_requests(user).filter(pk=request.pk).exists()


def open_requests(user: User) -> QuerySet[HandlingRequest]:
    """The requests that wait for a decision which ``user`` may take, the oldest first."""
    if not user.has_perm(DECIDES):
        return HandlingRequest.objects.none()
    seen = Engagement.objects.visible_to(user).current()
    return (
        HandlingRequest.objects.filter(decision=Decision.OPEN, engagement__in=seen)
        .exclude(asked_by=user)
        .select_related("engagement__team", "asked_by")
        .order_by("asked_at", "pk")
    )


def raise_to(engagement: Engagement, *, handling: str, released_to: Collection[Team], seen: int | None, actor: User) -> None:
    """Mark higher, or take releases back: from this moment on. Raises where more people would read it."""
    if not may_mark(engagement, actor):
        raise PermissionDenied(_("Only its own team or a manager changes who may read this record."))
    wanted = {team.pk for team in released_to}
    if opens(engagement, handling=handling, released_to=wanted):
        raise ValidationError(_("More people would read the record: give a reason and ask for it, a second person decides."))
    if handling == engagement.handling and wanted == set(engagement.released_to.values_list("pk", flat=True)):
        raise ValidationError(_("This is how the record is marked already."))
    with as_sentences():
        claim(engagement, seen=seen, actor=actor)
        _mark(engagement, handling, released_to)


def ask_to_lower(engagement: Engagement, *, handling: str, released_to: Collection[Team], reason: str, actor: User) -> HandlingRequest:
    """Ask that more people may read the record; nothing changes until somebody else agrees."""
    if not may_mark(engagement, actor):
        raise PermissionDenied(_("Only its own team or a manager asks for more readers of this record."))
    if not reason.strip():
        raise ValidationError(_("Say why more people should read this record."))
    if not opens(engagement, handling=handling, released_to={team.pk for team in released_to}):
        raise ValidationError(_("Nobody more would read the record: change it at once, it needs no second person."))
    if engagement.handling_requests.filter(decision=Decision.OPEN).exists():
        raise ValidationError(_("A request for this record is open already."))
    with as_sentences():
        request = HandlingRequest.objects.create(engagement=engagement, handling=handling, reason=reason.strip(), asked_by=actor)
        request.release_to.set(released_to)
    return request


@transaction.atomic
def decide(request: HandlingRequest, *, agreed: bool, note: str, seen: int | None, actor: User) -> None:
    """Agree, which marks the record as asked, or refuse with a note."""
    if request.decision != Decision.OPEN:
        raise ValidationError(_("This request has been decided already."))
    if not may_decide(request, actor):
        raise PermissionDenied(_("A manager who sees the record decides, never who asked."))
    if not agreed and not note.strip():
        raise ValidationError(_("Say why you refuse, so that the person who asked can follow."))
    with as_sentences():
        _close(request, Decision.AGREED if agreed else Decision.REFUSED, note, actor)
        if agreed:
            # The record as the deciding person saw it: what was raised or written meanwhile is looked at first.
            claim(request.engagement, seen=seen, actor=actor)
            _mark(request.engagement, request.handling, list(request.release_to.all()))
            HandlingRequest.objects.filter(pk=request.pk).update(is_carried_out=True)


@transaction.atomic
def withdraw(request: HandlingRequest, *, actor: User) -> None:
    """Take one's own request back."""
    if request.asked_by_id != actor.pk:
        raise PermissionDenied(_("Only who asked takes the request back."))
    _close(request, Decision.WITHDRAWN, "", actor)


def _close(request: HandlingRequest, decision: Decision, note: str, actor: User) -> None:
    """Compare and set: of two decisions at once one is taken."""
    is_taken = HandlingRequest.objects.filter(pk=request.pk, decision=Decision.OPEN).update(
        decision=decision, decided_by=actor, decided_at=timezone.now(), decision_note=note.strip()
    )
    if not is_taken:
        raise ValidationError(_("This request has been decided already."))
    request.refresh_from_db(fields=["decision", "decided_by", "decided_at", "decision_note"])


def _mark(engagement: Engagement, handling: str, released_to: Collection[Team]) -> None:
    engagement.released_to.set(released_to)
    engagement.handling = handling
    engagement.save(update_fields=["handling"])
