"""Files of a record: the page to add and remove them, and the way out, for who sees the record today."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from engagements.address_keys import with_key
from engagements.domain import attachments
from engagements.domain.file_names import content_disposition
from engagements.domain.file_store import path_of
from engagements.domain.lifecycle import may_edit
from engagements.forms.attached import AttachmentForm
from engagements.models import Attachment
from engagements.views.access import get_editable, get_visible, log_attachment

# A file that a browser opened all the same may run, load and send nothing.
ALONE = "default-src 'none'; sandbox"


@require_http_methods(["GET", "HEAD", "POST"])
def files(request, reference):
    """The files of a record, and the form to add one."""
    engagement = get_visible(request.user, reference)
    form = AttachmentForm()
    if request.method == "POST":
        engagement = get_editable(request.user, reference)
        form = AttachmentForm(request.POST, request.FILES, was_too_large=getattr(request, "file_was_too_large", False))
        if form.is_valid() and (attachment := _attach(engagement, form, request.user)):
            messages.success(request, _("“%(name)s” is on the record.") % {"name": attachment})
            return redirect("engagements:attachments", reference)
    may_attach = may_edit(engagement, request.user)
    context = {
        "engagement": engagement,
        "form": form,
        "files": attachments.files_of(engagement),
        "removed": attachments.removed_files_of(engagement) if may_attach else [],
        "may_attach": may_attach,
    }
    return render(request, "engagements/attachments.html", context)


def _attach(engagement, form, user):
    try:
        return attachments.attach(engagement, file=form.cleaned_data["file"], title=form.cleaned_data["title"], actor=user)
    except ValidationError as error:
        form.add_error("file", error)
    except OSError:
        form.add_error("file", _("The file could not be stored. Try again later, or ask who runs this site."))
    return None


@require_safe
def download(request, reference, attachment):
    """The file itself: to be saved, never to be shown in the program's own pages."""
    engagement = get_visible(request.user, reference)
    found = with_key(attachments.files_of(engagement), attachment)
    if found is None:
        raise Http404
    try:
        file = path_of(found.stored_as).open("rb")
    except FileNotFoundError as error:  # manage.py verify tells of it
        raise Http404 from error
    log_attachment(request.user, engagement, found.sha256)
    response = FileResponse(file, content_type=found.content_type)
    response["Content-Disposition"] = content_disposition(found.name)
    response["Content-Security-Policy"] = ALONE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def remove(request, reference, attachment):
    engagement, found = _of_record(request, reference, attachment)
    attachments.remove(found, actor=request.user)
    messages.success(request, _("“%(name)s” is removed. It can be brought back below.") % {"name": found})
    return redirect("engagements:attachments", engagement.reference)


@require_POST
def bring_back(request, reference, attachment):
    engagement, found = _of_record(request, reference, attachment)
    try:
        attachments.bring_back(found, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("“%(name)s” is on the record again.") % {"name": found})
    return redirect("engagements:attachments", engagement.reference)


def _of_record(request, reference, attachment):
    engagement = get_visible(request.user, reference)
    found = with_key(Attachment.objects.filter(engagement=engagement).select_related("engagement"), attachment)
    if found is None:
        raise Http404
    if not may_edit(engagement, request.user):
        raise PermissionDenied(_("Only its own team or a manager adds and removes files, and not while the record is archived."))
    return engagement, found
