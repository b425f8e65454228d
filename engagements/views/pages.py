"""Home, case studies, suggestions, keyboard."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.canonical import tidy
from catalog.partial_dates import PartialDate
from catalog.registry import uses_of
from engagements.choices import NOT_CLOSED, Kind
from engagements.models import CaseStudy
from engagements.panels import home_panels
from engagements.querysets import today
from engagements.views.access import visible
from engagements.views.attention import for_home
from engagements.waiting import figures

AHEAD = 90
SHOWN = 8


@require_safe
def home(request):
    user, day = request.user, today()
    rows = visible(user).current()
    counts = figures(rows, user)
    soon = rows.filter(starts_on__gte=day, starts_on__lte=day + dt.timedelta(days=AHEAD), status__in=NOT_CLOSED)
    context = {
        "kinds": [(kind, label, counts.by_kind.get(kind, 0)) for kind, label in Kind.choices],
        "total": counts.total,
        **for_home(user),
        "drafts": counts.drafts,
        "ahead": soon.select_related("type", "country").order_by("starts_on", "reference")[:SHOWN],
        "ahead_until": day + dt.timedelta(days=AHEAD),
        "today": day,
        "changed": rows.select_related("type", "country", "updated_by").order_by("-updated_at", "reference")[:SHOWN],
        "stories": CaseStudy.objects.filter(is_featured=True)[:4],
        "panels": [panel.context | {"template": panel.template, "is_first": panel.is_first} for panel in home_panels(user)],
    }
    return render(request, "engagements/home.html", context)


@require_safe
def case_studies(request):
    return render(request, "engagements/case_studies.html", {"stories": CaseStudy.objects.all()})


@require_safe
def case_study(request, code):
    story = get_object_or_404(CaseStudy, code=code)
    engagements = (
        visible(request.user).current().filter(case_studies=story).select_related("type", "country").order_by("starts_on", "reference")
    )
    panels = uses_of(story, request.user)
    context = {
        "story": story,
        "engagements": engagements,
        "panels": panels,
        "page_markings": [[row.handling for row in engagements], *(panel.markings for panel in panels)],
    }
    return render(request, "engagements/case_study.html", context)


@require_safe
def suggest_engagements(request):
    """At most ten engagements for the combobox, of those the reader may see."""
    text = tidy(request.GET.get("q", ""))[:100]
    rows = visible(request.user).current()
    rows = rows.filter(Q(title__icontains=text) | Q(reference__istartswith=text)) if text else rows.none()
    found = [
        {"value": f"{row.title} ({row.reference})", "label": row.title, "code": str(row.starts), "kind": row.kind}
        for row in rows.order_by("-starts_on", "reference")[:10]
    ]
    return JsonResponse(found, safe=False)


@require_safe
def read_date(request):
    """How a date that is being typed is read: {"text": "March 2026, day not known"}, or {"error": sentence}."""
    try:
        date = PartialDate.parse(request.GET.get("text", "")[:40])
    except ValidationError as fault:
        return JsonResponse({"error": " ".join(fault.messages)})
    return JsonResponse({"text": date.spelled_out if date else ""})


@require_safe
def keyboard(request):
    return render(request, "keyboard.html")
