"""How the file is read: what was found, to be corrected while its first rows are looked at."""

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imports.drafts import follow, keep
from imports.forms.file import FileForm
from imports.heads import KEPT, Head, head_of
from imports.models import Batch
from imports.reading import detect
from imports.reading.options import FileOptions
from imports.uploads import is_there, path_of
from imports.views.access import get_batch, importers_only, why_not_changed

SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_LETTERS = 8, 40, 60


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def file(request, batch_key):
    batch = get_batch(request.user, batch_key)
    options = FileOptions.from_dict(batch.options)
    sheets, notes = _found(batch)
    refused = why_not_changed(batch, request.user)
    form = FileForm(request.POST if request.method == "POST" else None, options=options, sheets=sheets)
    if request.method == "POST" and refused:
        messages.error(request, refused)
        return redirect("imports:file", batch_key)
    if request.method == "POST" and form.is_valid():
        try:
            options = form.chosen()
        except ValidationError as error:
            form.add_error(None, error)
        else:
            head = head_of(batch, options)
            if request.POST.get("do") != "preview" and not head.fault:
                _keep(batch, options, head)
                return redirect("imports:mapping", batch_key)
            if head.fault and request.POST.get("do") != "preview":
                messages.error(request, _("The file can not be read in this way. Correct it, or take another file."))
    head = head_of(batch, options)
    context = {
        "batch": batch,
        "form": form,
        "head": head,
        "headings": [heading[:SHOWN_LETTERS] for heading in head.headings[:SHOWN_COLUMNS]],
        "rows": [(line, [cell[:SHOWN_LETTERS] for cell in cells[:SHOWN_COLUMNS]]) for line, cells in head.rows[:SHOWN_ROWS]],
        "more": max(0, len(head.headings) - SHOWN_COLUMNS),
        "notes": notes,
        "refused": refused,
        "is_preview": request.method == "POST",
    }
    return render(request, "imports/file.html", context)


def _keep(batch: Batch, options: FileOptions, head: Head) -> None:
    """Other headings lead to other columns: what still fits stays, the rest is guessed again."""
    if options.to_dict() != batch.options:
        keep(batch, options=options.to_dict(), mapping=follow(batch.mapping, head, options, batch.name))


def _found(batch: Batch) -> tuple[list[str], list[str]]:
    """Sheets of a workbook and what was said when the file was looked at."""
    if not is_there(batch.upload):
        return [], []
    key = f"imports:found:{batch.upload.stored_as}"
    if (kept := cache.get(key)) is None:
        try:
            found = detect(path_of(batch.upload))
            kept = (list(found.sheets), list(found.notes))
        except ValidationError as error:
            kept = ([], error.messages)
        cache.set(key, kept, KEPT)
    return kept
