"""Coordinates that can not be, or are not where they should be."""

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _

from engagements.domain.verification.places import TOLERANCE, boxes, degrees_outside
from imports.mapping.parsed import REVIEW, ParsedLine, Problem


def in_pair(parsed: ParsedLine, column_of: Callable[[str], str]) -> None:
    """Leaves both degrees or none; what is not on earth is not kept, and flagged with the likely swap."""
    latitude, longitude = parsed.values.get("latitude"), parsed.values.get("longitude")
    if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
        return
    parsed.values.pop("latitude", None)
    parsed.values.pop("longitude", None)
    if latitude is None or longitude is None:
        sentence = _("Only one of latitude and longitude is given: neither is kept.")
    elif abs(longitude) <= 90 and abs(latitude) <= 180:
        sentence = _("There is no latitude %(latitude)s. Latitude and longitude look swapped: neither is kept.") % {"latitude": latitude}
    else:
        sentence = _("%(latitude)s, %(longitude)s is not on earth: neither is kept.") % {"latitude": latitude, "longitude": longitude}
    name = "longitude" if latitude is None else "latitude"
    parsed.problems.append(Problem(parsed.line, column_of(name), str(latitude if latitude is not None else longitude), sentence, REVIEW))


def out_of_place(countries: dict[str, str], latitude: Decimal | float, longitude: Decimal | float) -> str:
    """A sentence where the point is far from all of ``countries``, names by code; empty where it is not, or nothing can be said."""
    candidates = [box for code in countries for box in boxes().get(code, ())]
    if not candidates:
        return ""
    point = float(latitude), float(longitude)
    if min(degrees_outside(*point, box) for box in candidates) <= TOLERANCE:
        return ""
    said = {"latitude": latitude, "longitude": longitude, "countries": ", ".join(countries.values())}
    swapped = (point[1], point[0])
    if abs(swapped[0]) <= 90 and min(degrees_outside(*swapped, box) for box in candidates) <= TOLERANCE:
        return _("%(latitude)s, %(longitude)s is far from %(countries)s and looks swapped. Both are kept as given.") % said
    return _("%(latitude)s, %(longitude)s is far from %(countries)s. Both are kept as given.") % said
