"""The list of reports, and one report as page or file."""

import copy

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.choices import Handling
from engagements.views.export import filter_faults
from reports.asked import Asked
from reports.files import as_csv
from reports.questions import BY_NAME, REPORTS

FORMATS = ["csv"]


@require_safe
def report_list(request):
    topics: dict[str, list] = {}
    for report in REPORTS:
        topics.setdefault(str(report.topic), []).append(report)
    asked = Asked(request.GET, request.user, {}, held_only=False)
    if not asked.is_right:
        return _refused(request, asked)
    chips = [(label, text) for label, text, _href in asked.described()]
    return render(request, "reports/list.html", {"topics": topics, "chips": chips, "query": asked.address() if chips else ""})


@require_safe
def report(request, name):
    """One report; with ``format`` one of its tables (``table``, else the first) as a file."""
    found = BY_NAME.get(name)
    if found is None:
        raise Http404
    query = request.GET.copy()
    wanted = query.pop("table", [""])[-1]
    asked = Asked(query, request.user, copy.deepcopy(found.parameters()), held_only=found.held_only)
    if not asked.is_right:
        return _refused(request, asked)
    answer = found.answer(asked)
    if "format" in query:
        return _file(request, asked, answer, wanted)
    context = {
        "report": found,
        "asked": asked,
        "answer": answer,
        "tables": [(table, asked.address(format="csv", table=table.name)) for table in answer.tables],
        "chips": asked.described(),
        "as_of": timezone.now(),
    }
    return render(request, "reports/report.html", context)


def _refused(request, asked):
    faults = [sentence for sentences in asked.form.errors.values() for sentence in sentences]
    text = " ".join([*faults, filter_faults(asked.filterset)]).strip()
    return render(request, "error.html", {"title": _("This question can not be answered"), "text": text}, status=400)


def _file(request, asked, answer, wanted):
    if request.GET["format"] not in FORMATS:
        text = _("There is no format “%(name)s”. Formats: %(known)s.") % {"name": request.GET["format"][:40], "known": ", ".join(FORMATS)}
        return render(request, "error.html", {"title": _("No file was made"), "text": text}, status=400)
    table = next((table for table in answer.tables if table.name == wanted), None if wanted else answer.tables[0])
    if table is None:
        raise Http404
    marking = Handling.highest(asked.rows.values_list("handling", flat=True).distinct())
    response = HttpResponse(as_csv(table, bom=request.GET.get("bom") == "1"), content_type="text/csv; charset=utf-8")
    name = f"entente-{table.name}-{timezone.now():%Y-%m-%d}-{marking}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
