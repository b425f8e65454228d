"""The one door to an engagement: what a person may not see does not exist."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from engagements.domain.lifecycle import may_edit
from engagements.models import Engagement


def visible(user):
    """The rows ``user`` may see."""
    return Engagement.objects.visible_to(user)


def get_visible(user, reference: str) -> Engagement:
    """The engagement, or 404, the same for one that is hidden and one that never was."""
    found = visible(user).select_related(
        "type", "country", "framework", "team", "owner", "created_by", "updated_by", "exercise", "training",
        "mission__mandating_body", "after_action_review",
    ).filter(reference=reference).first()  # fmt: skip
    if found is None:
        raise Http404
    return found


def get_editable(user, reference: str) -> Engagement:
    """The engagement for a change: 404 where it is hidden, 403 where it is only to be read."""
    engagement = get_visible(user, reference)
    if not may_edit(engagement, user):
        raise PermissionDenied(
            _("This record is archived: restore it first.")
            if engagement.is_archived
            else _("Only its own team or a manager changes this record.")
        )
    return engagement
