"""What the reports add to the home page: pinned views, the trend by kind, and the map."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from engagements.panels import HomePanel
from reports import charts, groups, saved
from reports.asked import Asked

YEARS = 15


def panels(person) -> list[HomePanel]:
    """Pinned views first; the pictures are of everything that the person may see and that was not called off."""
    asked = Asked(QueryDict(), person, {}, held_only=True)
    facts = asked.facts
    years = [year for year in groups.by_year(facts, "calendar", most=YEARS) if year.code.isdecimal()]
    trend = charts.over_years("home_trend", _("Engagements begun, year by year"), years, groups.by_kind(facts))
    countries = groups.by_country(facts)
    world = charts.world("home_map", _("Where our partners are"), countries, lambda row: asked.list_address((row.clause,)))
    pictures = [
        {
            "chart": trend,
            "report": "trend",
            "counted": _("Distinct engagements by the year in which they began; the last one is still running."),
        },
        {"chart": world, "report": "map", "counted": _("Distinct engagements in which a country took part.")},
    ]
    found = [HomePanel("reports/_home_pins.html", {"pins": saved.pinned(person)})]
    if facts.all:
        found += [HomePanel("reports/_home_picture.html", picture) for picture in pictures]
    return found
