"""The calendar: one month of what the filter finds."""

import datetime as dt
import re

from django.http import Http404
from django.shortcuts import render
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_safe

from accounts.choices import Handling
from engagements.models import Engagement
from reports.asked import Asked
from reports.calendar import COLUMNS, month_of
from reports.views import refused

MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@require_safe
def calendar(request):
    query = request.GET.copy()
    wanted = query.pop("month", [""])[-1]
    asked = Asked(query, request.user, {}, held_only=False)
    if not asked.is_right:
        return refused(request, asked)
    first = _month(wanted, asked.today)
    last = month_of(first, []).last
    month = month_of(first, asked.rows.between(first, last).order_by("starts_on", "reference").values_list(*COLUMNS, named=True))
    rows = Engagement.objects.visible_to(request.user).select_related("type", "country").in_bulk(month.shown)
    month.name(rows)
    kept = asked.address()
    context = {
        "asked": asked,
        "chips": asked.described(),
        "month": month,
        "weekdays": [WEEKDAYS[number] for number in range(7)],
        "weeks": [(week, _list_of(asked, week.days[0], week.days[-1])) for week in month.weeks],
        "list_address": _list_of(asked, first, last),
        "page_handling": Handling.highest({row.handling for row in rows.values()}) if rows else "",
        "kept": kept + ("&" if kept != "?" else ""),
    }
    return render(request, "reports/calendar.html", context)


def _list_of(asked: Asked, first: dt.date, last: dt.date) -> str:
    """The address of the list of what may have a day in these."""
    return asked.list_address(((("start", first.isoformat()), ("end", last.isoformat())),))


def _month(text: str, today: dt.date) -> dt.date:
    """The first of the month asked for, "2026-11"; of this month where none is."""
    if not text:
        return today.replace(day=1)
    found = MONTH.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= 12 or not 1900 <= int(found[1]) <= 2200:
        raise Http404
    return dt.date(int(found[1]), int(found[2]), 1)
