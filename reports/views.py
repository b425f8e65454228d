"""The list of reports, and one report as page or file."""

import copy
import hashlib

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import Handling
from engagements.export.making import filter_faults
from engagements.export.other_formats import About
from engagements.templatetags.panel import Assembled
from engagements.views.export import ask_for_reason, tell_that_it_began
from history import access
from history.models import Reading
from reports.asked import Asked
from reports.files import as_csv, as_xlsx
from reports.questions import BY_NAME, REPORTS
from reports.remembered import drawn
from reports.views_printed import report_pdf

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def report_list(request):
    topics: dict[str, list] = {}
    for report in REPORTS:
        topics.setdefault(str(report.topic), []).append(report)
    asked = Asked(request.GET, request.user, {}, held_only=False)
    if not asked.is_right:
        return refused(request, asked)
    chips = [(label, text) for label, text, _href in asked.described()]
    return render(request, "reports/list.html", {"topics": topics, "chips": chips, "query": asked.address() if chips else ""})


@require_http_methods(["GET", "HEAD", "POST"])
def report(request, name):
    """One report; with ``format`` one of its tables (``table``, else the first) as a file. POST hands in the reason for one."""
    found = BY_NAME.get(name)
    if found is None:
        raise Http404
    query = request.GET.copy()
    wanted = query.pop("table", [""])[-1]
    asked = Asked(query, request.user, copy.deepcopy(found.parameters()), held_only=found.held_only)
    if not asked.is_right:
        return refused(request, asked)
    answer = SimpleLazyObject(lambda: found.answer(asked))
    marking = Handling.highest(asked.facts.column("handling"))
    if "format" in query:
        return _file(request, found, asked, answer, wanted, marking)
    context = {
        "report": found,
        "asked": asked,
        "answer": answer,
        "pdf": asked.address(format="pdf"),
        "chips": asked.described(),
        "as_of": timezone.now(),
        "page_handling": marking,
    }

    def draw() -> str:
        tables = [
            (table, [(name.upper(), asked.address(format=name, table=table.name)) for name in CONTENT_TYPES]) for table in answer.tables
        ]
        return render_to_string("reports/_figures.html", {"asked": asked, "answer": answer, "tables": tables})

    figures = drawn(found.name, asked, draw) if found.of_its_records_alone else Assembled(draw())
    return render(request, "reports/report.html", context | {"figures": figures})


def refused(request, asked):
    """What is not right in a question, in words."""
    faults = [sentence for sentences in asked.form.errors.values() for sentence in sentences]
    text = " ".join([*faults, filter_faults(asked.filterset)]).strip()
    return render(request, "error.html", {"title": _("This question can not be answered"), "text": text}, status=400)


def _file(request, found, asked, answer, wanted, marking):
    file_format = request.GET["format"]
    asked_for = request.GET.copy()
    asked_for.pop("format")
    back = f"{request.path}?{asked_for.urlencode()}"
    if file_format == "pdf":
        return report_pdf(request, found, asked, answer, marking, back=back)
    if file_format not in CONTENT_TYPES:
        text = _("There is no format “%(name)s”. Formats: %(known)s.") % {
            "name": file_format[:40],
            "known": ", ".join([*CONTENT_TYPES, "pdf"]),
        }
        return render(request, "error.html", {"title": _("No file was made"), "text": text}, status=400)
    table = next((table for table in answer.tables if table.name == wanted), None if wanted else answer.tables[0])
    if table is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    if marking == Handling.RESTRICTED and not reason:
        return ask_for_reason(request, str(found.title), marking, back=back)
    if file_format == "csv":
        content = as_csv(table, bom=request.GET.get("bom") == "1")
    else:
        content = as_xlsx(table, _about(found, asked, answer, marking))
    access.log(
        Reading.EXPORT, actor=request.user, handling=marking, taken_by_filter=request.GET.urlencode(),
        layout=f"{found.name}.{table.name}.{file_format}", rows=len(table.rows), sha256=hashlib.sha256(content).hexdigest(), reason=reason,
    )  # fmt: skip
    response = HttpResponse(content, content_type=CONTENT_TYPES[file_format])
    name = f"entente-{table.name}-{timezone.now():%Y-%m-%d}-{marking}.{file_format}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    tell_that_it_began(request, response)
    return response


def _about(found, asked, answer, marking) -> About:
    chips = "; ".join(f"{label}: {text}" for label, text, _href in asked.described()) or _("everything the reader may see")
    facts = [
        (str(_("What is counted")), " ".join([answer.claim, *answer.remarks])),
        (str(_("Filter")), str(chips)),
        *((str(asked.form[name].label), str(value)) for name, value in asked.chosen.items()),
        (str(_("Made on")), f"{timezone.now():%Y-%m-%d %H:%M} UTC"),
        (str(_("Highest marking")), str(Handling(marking).label)),
    ]
    return About(f"Entente: {found.title}", facts)
