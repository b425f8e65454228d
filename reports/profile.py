"""What the reports add to the page of a country, organization, region, strategy, framework or objective."""

from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.models import Country
from catalog.models.base import CatalogEntry
from catalog.registry import Panel
from engagements.catalog_use import FILTERS
from engagements.choices import FollowUpStatus
from engagements.models import FollowUp
from reports import charts, groups
from reports.asked import Asked

YEARS = 20
AGREEMENTS = ["defence_agreement", "intelligence_sharing", "treaty_negotiation", "arms_control", "csbm"]


def panels(entry: CatalogEntry, reader) -> list[Panel]:
    """The trend by kind, open follow-ups and, of a country, its agreements; of the rows that ``reader`` may see."""
    name = FILTERS.get(type(entry))
    if name is None:
        return []
    query = QueryDict(mutable=True)
    query[name] = entry.code
    asked = Asked(query, reader, {}, held_only=True, known={entry.code: entry})
    if not asked.facts.all:
        return []
    found = [_trend(asked)]
    if isinstance(entry, Country):
        found.append(_agreements(asked))
    found.append(_follow_ups(asked))
    return [panel for panel in found if panel is not None]


def _trend(asked: Asked) -> Panel:
    years = [year for year in groups.by_year(asked.facts, "calendar", most=YEARS) if year.code.isdecimal()]
    chart = charts.over_years("trend", _("Year by year"), years, groups.by_kind(asked.facts))
    context = {"chart": chart, "reports": asked.address()}
    return Panel("trend", _("Year by year"), "reports/_profile_trend.html", context)


def _agreements(asked: Asked) -> Panel | None:
    rows = list(
        asked.rows.filter(type__code__in=AGREEMENTS).select_related("type").order_by(F("starts_on").desc(nulls_last=True), "reference")
    )
    if not rows:
        return None
    markings = tuple({row.handling for row in rows})
    return Panel("agreements", _("Agreements"), "reports/_profile_agreements.html", {"rows": rows}, len(rows), markings)


def _follow_ups(asked: Asked) -> Panel | None:
    rows = FollowUp.objects.filter(engagement__in=asked.facts.ids_query, status=FollowUpStatus.OPEN).select_related("engagement")
    found = list(rows.order_by(F("due_on").asc(nulls_last=True), "pk"))
    if not found:
        return None
    markings = tuple({row.engagement.handling for row in found})
    return Panel("follow-ups", _("Open follow-ups"), "reports/_profile_follow_ups.html", {"rows": found}, len(found), markings)
