"""Download of the filtered list, and the page that says what each column means."""

import os
import tempfile

from django.conf import settings
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import Handling
from engagements.export.checksum import Checksummed, checksum_of
from engagements.export.layouts import LAYOUTS
from engagements.export.other_formats import About, DoesNotFit, write_json, write_xlsx
from engagements.export.snapshot import snapshot
from engagements.export.stream import write_csv
from engagements.filters import EngagementFilter
from engagements.views.access import visible
from history import access
from history.models import Reading

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
IN_MEMORY = 1024 * 1024


@require_http_methods(["GET", "POST"])
def export(request):
    """The rows of the list, for the same person and the same filter, in one layout; a file with restricted rows for a reason.

    The whole file is written before the answer starts: whatever fails gives an error page and no rows, the answer has a
    length by which a broken download shows, and a slow reader keeps no connection to the database (docs/exports.md).
    """
    reason = request.POST.get("reason", "").strip()
    rows = EngagementFilter(request.GET, queryset=visible(request.user), user=request.user)
    if refusal := _refusal(request.GET, rows):
        context = {"title": _("No file was made"), "text": refusal}
        return render(request, "error.html", context, status=400)
    layout, file_format = LAYOUTS[request.GET.get("layout", "engagements")], request.GET.get("format", "csv")
    file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR)  # noqa: SIM115 - the response closes it
    try:
        with snapshot():
            marking = highest_handling(layout, rows.qs)
            if marking == Handling.RESTRICTED and not reason:
                file.close()
                return ask_for_reason(request, layout.label, marking)
            written = Checksummed(file)
            bom = file_format == "csv" and request.GET.get("bom", "") not in {"", "0"}
            count = write_csv(written, layout, rows.qs, visible=visible(request.user), bom=bom)
        if file_format != "csv":
            file, written = _in_another_format(file_format, file, layout, _about(layout, rows, marking, count))
        # After the snapshot, which only reads, and before a byte is sent: what is not logged is not taken.
        access.log(
            Reading.EXPORT, actor=request.user, handling=marking, taken_by_filter=request.GET.urlencode(),
            layout=f"{layout.name}.{file_format}",
            rows=count, sha256=written.sha256, reason=reason,
        )  # fmt: skip
    except DoesNotFit as fault:
        file.close()
        return render(request, "error.html", {"title": _("No file was made"), "text": str(fault)}, status=400)
    except BaseException:
        file.close()
        raise
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = StreamingHttpResponse(_Blocks(file), content_type=CONTENT_TYPES[file_format])
    response["Content-Length"] = length
    response["Content-Disposition"] = content_disposition_header(True, file_name(layout, marking, file_format))
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def ask_for_reason(request, title: str, marking: str):
    """403, so that no program takes the page for the file."""
    context = {"title": title, "page_handling": marking, "missing": request.method == "POST"}
    return render(request, "engagements/export_reason.html", context, status=403)


def _about(layout, rows, marking: str, count: int) -> About:
    asked = "; ".join(f"{label}: {text}" for _name, label, _value, text in rows.described()) or str(_("everything the reader may see"))
    facts = [
        (str(_("One row is")), str(layout.row)),
        (str(_("What is counted")), str(layout.note)),
        (str(_("Filter")), asked),
        (str(_("Made on")), f"{timezone.now():%Y-%m-%d %H:%M} UTC"),
        (str(_("Highest marking")), str(Handling(marking).label)),
        (str(_("Rows written")), str(count)),
    ]
    return About(f"Entente: {layout.label}", facts)


def _in_another_format(file_format: str, source, layout, about: About):
    """The rows of ``source`` as another file, and its checksum; closes ``source``."""
    target = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR)  # noqa: SIM115 - the response closes it
    try:
        with source:
            source.seek(0)
            if file_format == "xlsx":
                write_xlsx(source, target, layout, about, folder=settings.DATA_DIR)
            else:
                write_json(source, target, layout, about)
    except BaseException:
        target.close()
        raise
    return target, checksum_of(target)


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


def highest_handling(layout, rows) -> str:
    """The highest handling among the engagements that have a row in the file."""
    return Handling.highest(layout.contained(rows).order_by().values_list("handling", flat=True).distinct())


def file_name(layout, marking: str, file_format: str = "csv") -> str:
    """Made of our own words only: nothing of a record gets into a header."""
    return f"entente-{layout.name}-{timezone.now():%Y-%m-%d}-{marking}.{file_format}"


def _refusal(query, rows) -> str:
    """Why there is no file for these parameters; nothing where there is one."""
    layout, file_format = query.get("layout", "engagements"), query.get("format", "csv")
    if layout not in LAYOUTS:
        return _("There is no layout “%(name)s”. Layouts: %(known)s.") % {"name": layout[:40], "known": ", ".join(LAYOUTS)}
    if file_format not in CONTENT_TYPES:
        return _("There is no format “%(name)s”. Formats: %(known)s.") % {"name": file_format[:40], "known": ", ".join(CONTENT_TYPES)}
    if query.get("bom", "") not in {"", "0", "1"}:
        return _("“bom” is 1 (with a byte order mark) or 0.")
    return filter_faults(rows)


def filter_faults(rows) -> str:
    """What is not right in a filter, each value by the name of its parameter."""
    if rows.form.is_valid():
        return ""
    return " ".join(
        sentence if name == "__all__" else f"{name}: {sentence}" for name, sentences in rows.form.errors.items() for sentence in sentences
    )
