"""The one door to an engagement: what a person may not see does not exist, and who reads a restricted one is written down."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.choices import Handling
from engagements.domain.lifecycle import may_edit
from engagements.models import Engagement
from history import access
from history.models import Reading


def version_seen(data) -> int | None:
    """The version that a form or button was made for; None where it does not say, which ``claim`` refuses."""
    text = data.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def visible(user, *, one_by_one=False):
    """The rows ``user`` may see; ``one_by_one`` where few of them are looked for."""
    return Engagement.objects.visible_to(user, one_by_one=one_by_one)


def get_visible(user, reference: str, *, is_logged: bool = True, prepared=lambda rows: rows) -> Engagement:
    """The engagement, or 404, the same for one that is hidden and one that never was.

    The read of a restricted record is logged, once a request; who logs more of it itself says so (``is_logged``).
    ``prepared`` may annotate its row.
    """
    found = prepared(visible(user, one_by_one=True)).select_related(
        "type", "country", "framework", "team", "owner", "created_by", "updated_by", "exercise", "training",
        "mission__mandating_body", "after_action_review",
    ).filter(reference=reference).first()  # fmt: skip
    if found is None:
        raise Http404
    if is_logged:
        log_reading(user, found)
    return found


def log_reading(user, engagement: Engagement) -> None:
    """Before a page shows a restricted record. Where the log can not be written the page fails: nobody reads unseen."""
    if engagement.handling != Handling.RESTRICTED:
        return
    # The person is read anew for each request: what is kept on it lasts as long as one.
    logged = user.__dict__.setdefault("_readings_logged", set())
    if engagement.pk not in logged:
        access.log(Reading.RECORD, actor=user, engagement=engagement)
        logged.add(engagement.pk)


def log_attachment(user, engagement: Engagement, sha256: str) -> None:
    """Before a file of a restricted record is sent; its name would be content."""
    if engagement.handling == Handling.RESTRICTED:
        access.log(Reading.ATTACHMENT, actor=user, engagement=engagement, sha256=sha256)


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
