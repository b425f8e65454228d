"""What the reports add to the home page: what each role asks first, pinned views, the trend by kind, and the map."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import Team, User
from catalog.models import Country, Framework, Objective, Organization, Strategy
from engagements.panels import HomePanel
from reports import charts, groups, saved
from reports.asked import Asked
from reports.remembered import drawn

YEARS = 15
AHEAD = 2  # years beyond the present one that are drawn


def panels(person) -> list[HomePanel]:
    """What the role asks first, then pinned views; the pictures are of everything that the person may see and that was held."""
    asked = Asked(QueryDict(), person, {}, held_only=True)
    found = _of_role(person)
    # Who enters nothing has nothing to put right: what they watch stands first.
    found.append(HomePanel("reports/_home_pins.html", {"pins": saved.pinned(person)}, is_first=person.role == Role.VIEWER))
    if asked.facts.all:
        found += [_picture("home trend", asked, _trend), _picture("home map", asked, _world)]
    return found


def _picture(name: str, asked: Asked, make: Callable[[Asked], dict[str, Any]]) -> HomePanel:
    """One picture, drawn once for what the person sees; ``make`` says what it shows."""
    panel = SimpleLazyObject(lambda: make(asked))
    markup = drawn(name, asked, lambda: render_to_string("reports/_home_picture.html", {"panel": panel}))
    told: dict[str, Any] = {name: SimpleLazyObject(lambda name=name: panel[name]) for name in ("chart", "counted")}
    return HomePanel("reports/_home_drawn.html", told | {"markup": markup})


def _trend(asked: Asked) -> dict[str, Any]:
    facts = asked.facts
    years = groups.by_year(facts, "calendar", most=YEARS, until=asked.today.year + AHEAD)
    counted = [
        _("Distinct engagements by the year in which they began; this year is still running. Only records you may see."),
        *_not_drawn(years),
    ]
    chart = charts.over_years("home_trend", _("Engagements begun, year by year"), years, groups.by_kind(facts))
    return {"chart": chart, "report": "trend", "counted": " ".join(counted)}


def _world(asked: Asked) -> dict[str, Any]:
    countries = groups.by_country(asked.facts)
    return {
        "chart": charts.world("home_map", _("Where our partners are"), countries, lambda row: asked.list_address((row.clause,))),
        "report": "map",
        "counted": _("Distinct engagements in which a country took part. Only records you may see."),
    }


def _not_drawn(years: list[groups.Group]) -> list[str]:
    """What the trend leaves out: years before and after those it shows."""
    outside = [(year.label, len(year.ids)) for year in years if year.code.startswith(("before_", "after_"))]
    return [_("Not drawn: %(left_out)s.") % {"left_out": ", ".join(f"{label}: {count:,}" for label, count in outside)}] if outside else []


def _of_role(person) -> list[HomePanel]:
    make = {Role.MANAGER: _for_manager, Role.STEWARD: _for_steward, Role.ADMINISTRATOR: _for_administrator}.get(person.role)
    if make is None:
        return []
    title, lines = make(person)
    return [HomePanel("reports/_home_role.html", {"title": title, "lines": lines}, is_first=person.role != Role.MANAGER)]


Line = tuple[int | None, str, str]  # figure, what it counts, where it leads


def _for_manager(person) -> tuple[str, list[Line]]:
    """What was done and not judged, what was called off, and the reports that ask for gaps."""
    lines: list[Line] = []
    for query, label in [
        ("status=completed&rating=not_assessed", _("Completed, and never judged")),
        ("status=completed&missing=outcome", _("Completed, without an outcome on record")),
        ("status=cancelled&status=postponed", _("Cancelled or postponed")),
    ]:
        found = Asked(QueryDict(query), person, {}, held_only=False)
        lines.append((found.filterset.total, str(label), f"{reverse('engagements:list')}?{query}"))
    return _("Results and gaps"), [
        *lines,
        (None, _("Partners without recent contact"), reverse("reports:report", args=["gaps"])),
        (None, _("How complete the records are, and how late they were entered"), reverse("reports:report", args=["quality"])),
    ]


def _for_steward(_person) -> tuple[str, list[Line]]:
    """The lists that records lean on, and where two entries may be one."""
    lines: list[Line] = []
    for model in (Country, Organization, Framework, Strategy, Objective):
        label = str(model._meta.verbose_name_plural)
        lines.append((model.objects.in_use().count(), label[:1].upper() + label[1:], reverse("catalog:list", args=[model.list_slug])))
    return _("Your lists"), [
        *lines,
        (None, _("Organizations that may be one"), reverse("catalog:duplicates", args=[Organization.list_slug])),
        (None, _("Frameworks and series that may be one"), reverse("catalog:duplicates", args=[Framework.list_slug])),
    ]


def _for_administrator(_person) -> tuple[str, list[Line]]:
    """People and teams, and the logs."""
    people: Any = User.objects.filter(is_active=True)
    active = reverse("admin:accounts_user_changelist") + "?is_active__exact=1"
    return _("People and logs"), [
        (people.count(), _("People who may sign in"), active),
        (people.filter(teams=None).count(), _("of them in no team"), active + "&teams__isnull=True"),
        (Team.objects.count(), _("Teams"), reverse("admin:accounts_team_changelist")),
        (None, _("Log of exports and of restricted records read"), reverse("admin:history_access_changelist")),
        (None, _("Log of changes"), reverse("admin:history_change_changelist")),
    ]
