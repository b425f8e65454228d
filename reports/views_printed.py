"""Reports and profiles as PDF: a short one at once, a long one by a worker."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Handling
from catalog.models import Country
from engagements.filters import EngagementFilter
from engagements.views.access import visible
from engagements.views.export import ask_for_reason, tell_that_it_began
from history import access
from history.models import Reading
from printing.document import Document
from printing.typesetting import as_pdf, pdf_response
from reports import background
from reports.printed import profile_of, report_of


def report_pdf(request, found, asked, answer, marking: str, *, back: str):
    """The report with all its tables. ``back`` leads to its page."""
    reason = request.POST.get("reason", "").strip()
    if marking == Handling.RESTRICTED and not reason:
        return ask_for_reason(request, str(found.title), marking, back=back)
    lines = sum(len(table.rows) for table in answer.tables)
    if lines > settings.PDF_DIRECT_ROWS:
        return _in_background(request, found, lines, reason, back)
    document = report_of(found, asked, answer, marking, request.user)
    return _sent(request, document, found.name, request.GET.urlencode(), reason)


def _in_background(request, found, lines: int, reason: str, back: str):
    if request.method != "POST":
        context = {"title": found.title, "rows": lines, "format": "PDF", "days": settings.JOB_FILES_KEPT_DAYS, "back": back}
        return render(request, "engagements/export_large.html", context, status=409)
    try:
        return redirect(background.start(found.name, request.GET, request.user, title=f"{found.title}, PDF", reason=reason))
    except ValidationError as refusal:
        context = {"title": _("No file was made"), "text": " ".join(refusal.messages)}
        return render(request, "error.html", context, status=400)


def country_pdf(request, entry: Country, page: dict[str, Any]):
    """The profile of a country, marked by all the records that it counts."""
    reason = request.POST.get("reason", "").strip()
    rows = EngagementFilter({"country": [entry.code]}, queryset=visible(request.user), user=request.user, known={entry.code: entry}).qs
    marking = Handling.highest(
        {*rows.order_by().values_list("handling", flat=True).distinct(), *(each for panel in page["panels"] for each in panel.markings)}
    )
    if marking == Handling.RESTRICTED and not reason:
        return ask_for_reason(request, entry.name, marking, back=request.path)
    return _sent(request, profile_of(page, marking, request.user), f"country-{entry.code}", f"country={entry.code}", reason)


def _sent(request, document: Document, name: str, taken_by_filter: str, reason: str):
    """The file, after the log."""
    content = as_pdf(document)
    access.log(
        Reading.EXPORT, actor=request.user, handling=document.marking, taken_by_filter=taken_by_filter, layout=f"{name}.pdf"[:40],
        rows=document.length, sha256=hashlib.sha256(content).hexdigest(), reason=reason,
    )  # fmt: skip
    response = pdf_response(content, f"entente-{name}-{timezone.now():%Y-%m-%d}-{document.marking}.pdf")
    tell_that_it_began(request, response)
    return response
