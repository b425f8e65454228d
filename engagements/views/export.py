"""Download of the filtered list, and the page that says what each column means."""

import tempfile

from django.conf import settings
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.choices import Handling
from engagements.export.layouts import LAYOUTS
from engagements.export.snapshot import snapshot
from engagements.export.stream import write_csv
from engagements.filters import EngagementFilter
from engagements.views.access import visible

FORMATS = ["csv", "xlsx", "json"]
OFFERED = ["csv"]
IN_MEMORY = 1024 * 1024


@require_GET
def export(request):
    """The rows of the list, for the same person and the same filter, in one layout.

    The whole file is written before the answer starts: whatever fails gives an error page and no rows, the answer has a
    length by which a broken download shows, and a slow reader keeps no connection to the database (docs/exports.md).
    """
    rows = EngagementFilter(request.GET, queryset=visible(request.user), user=request.user)
    if refusal := _refusal(request.GET, rows):
        context = {"title": _("No file was made"), "text": refusal}
        return render(request, "error.html", context, status=400)
    layout = LAYOUTS[request.GET.get("layout", "engagements")]
    file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR)  # noqa: SIM115 - the response closes it
    try:
        with snapshot():
            marking = highest_handling(layout, rows.qs)
            write_csv(file, layout, rows.qs, visible=visible(request.user), bom=request.GET.get("bom", "") not in {"", "0"})
    except BaseException:
        file.close()
        raise
    length = file.tell()
    file.seek(0)
    response = StreamingHttpResponse(_Blocks(file), content_type="text/csv; charset=utf-8")
    response["Content-Length"] = length
    response["Content-Disposition"] = content_disposition_header(True, file_name(layout, marking))
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


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


def file_name(layout, marking: str) -> str:
    """Made of our own words only: nothing of a record gets into a header."""
    return f"entente-{layout.name}-{timezone.now():%Y-%m-%d}-{marking}.csv"


def _refusal(query, rows) -> str:
    """Why there is no file for these parameters; nothing where there is one."""
    layout, file_format = query.get("layout", "engagements"), query.get("format", "csv")
    if layout not in LAYOUTS:
        return _("There is no layout “%(name)s”. Layouts: %(known)s.") % {"name": layout[:40], "known": ", ".join(LAYOUTS)}
    if file_format not in FORMATS:
        return _("There is no format “%(name)s”. Formats: %(known)s.") % {"name": file_format[:40], "known": ", ".join(OFFERED)}
    if file_format not in OFFERED:
        return _("The format %(name)s is not offered yet. Formats: %(known)s.") % {"name": file_format, "known": ", ".join(OFFERED)}
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
