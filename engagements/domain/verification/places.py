"""Coordinates that are not where the engagement is said to be held."""

from collections import defaultdict
from functools import lru_cache

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext as _

from catalog.fixture_files import rows as rows_of_file
from catalog.models import Country
from engagements.domain.verification.findings import Found, fault
from engagements.domain.verification.spans import each
from engagements.models import Engagement

Box = tuple[float, float, float, float]  # south, west, north, east

TOLERANCE = 1.0  # degrees
# Ships train within 200 nautical miles of the host, and somewhat beyond.
TOLERANCE_AT_SEA = 5.0
AT_SEA = "maritime"  # the code of a domain


@lru_cache(maxsize=1)
def boxes() -> dict[str, list[Box]]:
    """Where each country is, overseas parts included; no box crosses the antimeridian (script/make_country_boxes.py)."""
    found: dict[str, list[Box]] = defaultdict(list)
    for _place, row in rows_of_file("country_boxes"):
        found[row["iso3"]].append((float(row["south"]), float(row["west"]), float(row["north"]), float(row["east"])))
    return dict(found)


def degrees_outside(latitude: float, longitude: float, box: Box) -> float:
    """How far the point is from the box, along the axis on which it is farther; round the antimeridian where that is nearer."""
    south, west, north, east = box
    across = min(max(west - turned, turned - east, 0.0) for turned in (longitude, longitude - 360, longitude + 360))
    return max(south - latitude, latitude - north, across)


def _countries_without_box() -> str:
    held = Engagement.objects.filter(country=OuterRef("pk"), latitude__isnull=False)
    codes = Country.objects.filter(Exists(held)).exclude(code__in=boxes()).order_by("code").values_list("code", flat=True)
    return _("not looked at, because their place on the map is not on file: %(codes)s") % {"codes": ", ".join(codes) or _("none")}


@fault("coordinates outside the countries it is held in", passes=_countries_without_box)
def coordinates() -> Found:
    placed = Engagement.objects.current().filter(latitude__isnull=False, country__isnull=False).select_related("country")
    others = Prefetch("also_held_in", Country.objects.only("code"))
    for engagement in each(placed.prefetch_related(others, "domains")):
        codes = [engagement.country.code, *(country.code for country in engagement.also_held_in.all())]
        candidates = [box for code in codes for box in boxes().get(code, ())]
        if not candidates:
            continue
        point = float(engagement.latitude), float(engagement.longitude)
        tolerance = TOLERANCE_AT_SEA if any(domain.code == AT_SEA for domain in engagement.domains.all()) else TOLERANCE
        away = min(degrees_outside(*point, box) for box in candidates)
        if away > tolerance:
            yield (
                engagement.reference,
                _("%(latitude)s, %(longitude)s is %(away)s degrees outside %(countries)s.")
                % {
                    "latitude": engagement.latitude,
                    "longitude": engagement.longitude,
                    "away": f"{away:.1f}",
                    "countries": ", ".join(codes),
                },
            )
