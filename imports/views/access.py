"""The one door to a batch: what a person may not see does not exist."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from imports.choices import WORKING, State
from imports.models import Batch
from imports.uploads import is_there

IMPORTS = "imports.view_batch"
BRINGS_IN = "imports.add_batch"


def importers_only(view):
    """403 for those whose role has nothing to do with imports."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.has_perm(IMPORTS):
            raise PermissionDenied(_("Analysts and managers import files, and stewards answer their names."))
        return view(request, *args, **kwargs)

    return guarded


def must_bring_in(user) -> None:
    """403 for those who enter no records by form either: a steward keeps the lists that files are read by."""
    if not user.has_perm(BRINGS_IN):
        raise PermissionDenied(_("Analysts and managers bring files in; you answer the names in the files of your teams."))


def readable(user):
    """The batches ``user`` may see."""
    return Batch.objects.readable_by(user)


def get_batch(user, key: str) -> Batch:
    """The batch, or 404, the same for one that is hidden and one that never was."""
    found = readable(user).select_related("upload", "team", "owner").filter(key=key).first()
    if found is None:
        raise Http404
    return found


def why_not_changed(batch: Batch, user) -> str:
    """Why ``user`` can not change how the file is read and what it means now; nothing where they can."""
    if batch.owner_id != user.pk:
        return _("Only %(owner)s, who brought it in, changes this.") % {"owner": batch.owner}
    return why_not_checked(batch)


def why_not_checked(batch: Batch) -> str:
    """Why the batch can not be checked or answered now; nothing where it can."""
    if batch.state in WORKING:
        return _("It is at work now. Wait for its end, or cancel it.")
    if batch.state == State.DONE:
        return _("It is written. Take it back first, or begin a new import with the same file.")
    if batch.state == State.UNDONE:
        return _("It was taken back. Begin a new import with the same file.")
    if not is_there(batch.upload):
        return _("The file was kept for a time and is deleted now. Upload it again as a new import.")
    return ""
