"""Download of the filtered list, and the page that says what each column means."""

import os
import tempfile

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from engagements.export import background
from engagements.export.layouts import LAYOUTS
from engagements.export.making import CONTENT_TYPES, IN_MEMORY, Asked, ReasonNeeded, TooLong, make
from engagements.export.other_formats import DoesNotFit
from history import access
from history.models import Reading

BEGAN = "download_began"  # as in static/entente/parts/download.js


@require_http_methods(["GET", "POST"])
def export(request):
    """The rows of the list, for the same person and the same filter, in one layout; a file with restricted rows for a reason.

    The whole file is written before the answer starts: whatever fails gives an error page and no rows, the answer has a
    length by which a broken download shows, and a slow reader keeps no connection to the database (docs/exports.md).
    A file too long to wait for is written by a worker instead, once somebody pressed the button.
    """
    reason = request.POST.get("reason", "").strip()
    asked = Asked(request.GET, request.user)
    if refusal := asked.refusal():
        return _no_file(request, refusal)
    file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR)  # noqa: SIM115 - the response closes it
    try:
        made = make(file, asked, reason=reason, most=settings.EXPORT_DIRECT_ROWS[asked.format])
        # After the snapshot, which only reads, and before a byte is sent: what is not logged is not taken.
        access.log(
            Reading.EXPORT, actor=request.user, handling=made.marking, taken_by_filter=request.GET.urlencode(),
            layout=made.layout, rows=made.rows, sha256=made.sha256, reason=reason,
        )  # fmt: skip
    except BaseException as fault:
        file.close()
        match fault:
            case ReasonNeeded(args=(marking,)):
                return ask_for_reason(request, asked.layout.label, marking)
            case TooLong(args=(rows,)):
                return _in_background(request, asked, rows, reason)
            case DoesNotFit():
                return _no_file(request, str(fault))
        raise
    response = StreamingHttpResponse(_Blocks(file), content_type=CONTENT_TYPES[asked.format])
    response["Content-Length"] = file.seek(0, os.SEEK_END)
    file.seek(0)
    response["Content-Disposition"] = content_disposition_header(True, made.name)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    tell_that_it_began(request, response)
    return response


def _no_file(request, text: str):
    return render(request, "error.html", {"title": _("No file was made"), "text": text}, status=400)


def _in_background(request, asked: Asked, rows: int, reason: str):
    """A page that offers it (409, so that no program takes it for the file); where a button was pressed already, the job."""
    if request.method != "POST":
        context = {
            "title": asked.layout.label, "rows": rows, "format": asked.format.upper(), "days": settings.JOB_FILES_KEPT_DAYS,
            "back": f"{reverse('engagements:list')}?{request.GET.urlencode()}",
        }  # fmt: skip
        return render(request, "engagements/export_large.html", context, status=409)
    title = "; ".join([f"{asked.layout.label}, {asked.format.upper()}", *(text for _name, _label, _value, text in asked.rows.described())])
    try:
        return redirect(background.start(request.GET, request.user, title=title, reason=reason))
    except ValidationError as refusal:
        return _no_file(request, " ".join(refusal.messages))


def tell_that_it_began(request, response) -> None:
    """The page that asked for a reason stays while the browser saves the file; by this cookie it learns that it may go."""
    mark = request.POST.get("began", "")
    if mark.isascii() and mark.isalnum() and len(mark) <= 40:
        response.set_cookie(BEGAN, mark, max_age=60, samesite="Strict", secure=request.is_secure())


def ask_for_reason(request, title: str, marking: str, back: str = ""):
    """403, so that no program takes the page for the file. ``back``: where the file was asked for, the list if not said."""
    back = back or f"{reverse('engagements:list')}?{request.GET.urlencode()}"
    context = {"title": title, "page_handling": marking, "missing": request.method == "POST", "back": back}
    return render(request, "engagements/export_reason.html", context, status=403)


class _Blocks:
    """A written file in blocks, closed with its last one or with the answer."""

    SIZE = 64 * 1024

    def __init__(self, file):
        self.file, self.close = file, file.close

    def __iter__(self):
        with self.file as file:
            while block := file.read(self.SIZE):
                yield block


@require_safe
def data_dictionary(request):
    return render(request, "engagements/data_dictionary.html", {"layouts": LAYOUTS.values()})
