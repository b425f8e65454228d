"""What the reports add to the page of a country, organization, region, strategy, framework, objective or case study."""

import datetime as dt
from urllib.parse import urlencode

from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Country, Framework
from catalog.models.base import CatalogEntry
from catalog.registry import Panel
from engagements.catalog_use import FILTERS
from engagements.choices import FollowUpStatus
from engagements.models import FollowUp
from engagements.sets import union
from reports import charts, groups
from reports.asked import Asked
from reports.contacts import contact_of

YEARS = 20
LINES = 40  # of a timeline; the report has all of them
MOST = 100  # agreements, and follow-ups, that are named
AGREEMENTS = ["defence_agreement", "intelligence_sharing", "treaty_negotiation", "arms_control", "csbm"]


def panels(entry: CatalogEntry, reader) -> list[Panel]:
    """Last and next, the trend by kind, open follow-ups; a country's agreements, a series' timeline; of what ``reader`` may see."""
    name = FILTERS.get(type(entry))
    if name is None:
        return []
    query = QueryDict(mutable=True)
    query[name] = entry.code
    asked = Asked(query, reader, {}, held_only=True, known={entry.code: entry})
    if not asked.facts.all:
        return []
    found = [_contact(asked, entry)]
    if isinstance(entry, Framework):
        found.append(_timeline(asked, entry))
    found.append(_trend(asked))
    if isinstance(entry, Country):
        found.append(_agreements(asked))
    found.append(_follow_ups(asked))
    return [panel for panel in found if panel is not None]


def _contact(asked: Asked, entry: CatalogEntry) -> Panel:
    """The last engagement, how long ago, and the next one."""
    contact = contact_of(asked)
    is_country = isinstance(entry, Country)
    markings = tuple({row.handling for row in (contact.last, contact.next) if row})
    context = {
        "contact": contact,
        "gaps": reverse("reports:report", args=["gaps"]) if is_country else "",
        "gone": _gone(entry, asked.today) if is_country else "",
    }
    return Panel(
        "contact", _("Contact") if is_country else _("Last and next"), "reports/_profile_contact.html", context, None, markings, True
    )


def _gone(country: Country, today: dt.date) -> str:
    """Until when a state existed that is no more: its gap grows, and says nothing."""
    return str(country.ends) if country.ends_on and country.ends_on < today else ""


def _timeline(asked: Asked, framework: Framework) -> Panel | None:
    """The latest of a framework or series as bars, in the order in which they began."""
    dated = list(asked.rows.exclude(starts_on=None).order_by("-starts_on", "reference"))
    if len(dated) < 2:
        return None
    shown = dated[:LINES][::-1]
    context = {
        "chart": charts.timeline("timeline", _("Timeline"), shown, asked.today),
        "left_out": len(dated) - len(shown),
        "address": f"{reverse('reports:report', args=['timeline'])}?{urlencode({'series': framework.code})}",
    }
    markings = tuple({row.handling for row in shown})
    return Panel("timeline", _("Timeline"), "reports/_profile_timeline.html", context, len(dated), markings)


def _trend(asked: Asked) -> Panel:
    years = [year for year in groups.by_year(asked.facts, "calendar", most=YEARS) if year.code.isdecimal()]
    chart = charts.over_years("trend", _("Year by year"), years, [kind for kind in groups.by_kind(asked.facts) if kind.ids])
    context = {"chart": chart, "reports": asked.address()}
    return Panel("trend", _("Year by year"), "reports/_profile_trend.html", context)


def _agreements(asked: Asked) -> Panel | None:
    types = [option for option in asked.options["type"] if option.code in AGREEMENTS]
    of_type = asked.facts.column("type")
    ids = union(of_type[option.pk] for option in types if option.pk in of_type)
    if not ids:
        return None
    rows = asked.rows.filter(pk__in=list(ids)).order_by(F("starts_on").desc(nulls_last=True), "reference")
    found = list(rows.select_related("type")[:MOST])
    markings = tuple({row.handling for row in found})
    address = asked.list_address((tuple(("type", option.code) for option in types),))
    context = {"rows": found, "left_out": len(ids) - len(found), "address": address}
    return Panel("agreements", _("Agreements"), "reports/_profile_agreements.html", context, len(ids), markings)


def _follow_ups(asked: Asked) -> Panel | None:
    sets = asked.facts.sets
    ids = asked.facts.all & sets.of(sets.records.having("follow_ups", status=FollowUpStatus.OPEN))
    rows = FollowUp.objects.filter(engagement__in=list(ids), status=FollowUpStatus.OPEN)
    if not (count := rows.count()):
        return None
    found = list(rows.select_related("engagement").order_by(F("due_on").asc(nulls_last=True), "pk")[:MOST])
    markings = tuple({row.engagement.handling for row in found})
    context = {"rows": found, "left_out": count - len(found)}
    return Panel("follow-ups", _("Open follow-ups"), "reports/_profile_follow_ups.html", context, count, markings)
