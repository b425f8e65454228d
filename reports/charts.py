"""Pictures of cross tables: small multiples with one scale, bars that start at zero, never a figure the table lacks.

A spec is Vega-Lite without data, sizes and colors: static/entente/parts/charts.js puts in the data, fits it to the
width of the page and takes the colors from the theme. "token:--k-exercise" stands for the color of that name.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from engagements.choices import Kind
from reports.places import Point
from reports.tables import Chart, Group

INK = "token:--ink-2"
MOST_BARS = 30
# A record that reaches back further than so many years is drawn from where it is dense: of all engagements
# at most this part is left to the table, so that a few early ones do not press the others together.
LONG, THIN = 40, 0.05
LAND = {
    "data": {"name": "world"},
    "transform": [{"filter": "isValid(datum.geometry)"}],
    "mark": {"type": "geoshape", "fill": "token:--sunken", "stroke": "token:--rule-strong", "strokeWidth": 0.5},
}


def multiples(name: str, title: str, rows: Sequence[Group], columns: Sequence[Group]) -> Chart:
    """One small bar chart a column, all on one scale; the rows of the first rank as bars."""
    shown = _first([row for row in rows if row.level == 0])
    data = [{"row": row.label, "column": column.label, "n": row.common(column)} for column in columns for row in shown]
    spec: dict[str, Any] = {
        "facet": _facet(columns),
        "spec": {
            "layer": [
                {"mark": {"type": "bar"}, "encoding": {"color": _color(columns)}},
                {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": "n", "format": ",d"}}},
            ],
            "encoding": {
                "y": {"field": "row", "type": "nominal", "sort": [row.label for row in shown], "title": None},
                "x": {"field": "n", "type": "quantitative", "title": None, "axis": None},
            },
            "height": {"step": 22},
        },
    }
    return Chart(name, title, _alt(title, shown, columns), spec, data)


def over_years(name: str, title: str, years: Sequence[Group], columns: Sequence[Group]) -> Chart:
    """One small chart a column, a bar a year, all on one scale; starts that are not known are in the table only."""
    known, earlier = _dense([year for year in years if year.code.isdecimal()])
    data = [{"year": int(year.code), "column": column.label, "n": year.common(column)} for column in columns for year in known]
    steps = max(1, min(4, max((row["n"] for row in data), default=1)))  # whole numbers only: 0, 1, 2, never 0, 1, 1, 2, 2
    spec: dict[str, Any] = {
        "facet": _facet(columns),
        "spec": {
            "mark": {"type": "bar"},
            "encoding": {
                "x": {
                    "field": "year",
                    "type": "quantitative",
                    "title": None,
                    "scale": {"zero": False},
                    "axis": {"format": "d", "tickCount": 5},
                },
                "y": {"field": "n", "type": "quantitative", "title": None, "axis": {"tickCount": steps, "format": ",d", "tickMinStep": 1}},
                "color": _color(columns),
                "tooltip": [{"field": "year", "format": "d"}, {"field": "n", "format": ",d"}],
            },
            "height": 110,
        },
    }
    note = _("Not drawn, but in the table: the %(n)s before %(year)s.") % {"n": f"{earlier:,}", "year": known[0].code} if earlier else ""
    return Chart(name, title, _alt(title, known[-10:], columns), spec, data, note=note)


def bars(name: str, title: str, rows: Sequence[Group]) -> Chart:
    """One bar a row of the first rank."""
    shown = _first([row for row in rows if row.level == 0 and row.ids])
    data = [{"row": row.label, "n": len(row.ids)} for row in shown]
    spec: dict[str, Any] = {
        "layer": [
            {"mark": {"type": "bar", "color": INK}},
            {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": "n", "format": ",d"}}},
        ],
        "encoding": {
            "y": {"field": "row", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "n", "type": "quantitative", "title": None, "axis": None},
        },
        "height": {"step": 22},
    }
    alt = title + ": " + "; ".join(f"{row['row']} {row['n']}" for row in data)
    return Chart(name, title, alt, spec, data)


def world(name: str, title: str, rows: Sequence[Group], address) -> Chart:
    """Countries shaded by their number; those too small to see are circles. ``address`` leads from a group to its list."""
    shown = [row for row in rows if row.ids]
    data = [{"code": row.code, "label": row.label, "n": len(row.ids), "href": address(row)} for row in shown]
    shade = {
        "field": "n",
        "type": "quantitative",
        "scale": {
            "type": "sqrt",
            "domain": [0, max((row["n"] for row in data), default=1)],
            "range": ["token:--k-peacekeeping-bg", "token:--k-peacekeeping"],
        },
        "legend": {"title": None, "orient": "bottom", "direction": "horizontal", "format": ",d", "tickMinStep": 1},
    }
    told = {"href": {"field": "href"}, "tooltip": [{"field": "label", "title": " "}, {"field": "n", "format": ",d", "title": "n"}]}
    known = {"lookup": "id", "from": {"data": {"name": "rows"}, "key": "code", "fields": ["n", "label", "href"]}}
    spec: dict[str, Any] = {
        "projection": {"type": "equalEarth"},
        "layer": [
            LAND,
            {
                "data": {"name": "world"},
                "transform": [{"filter": "isValid(datum.geometry)"}, known, {"filter": "isValid(datum.n)"}],
                "mark": {"type": "geoshape", "stroke": "token:--rule-strong", "strokeWidth": 0.5},
                "encoding": {"color": shade, **told},
            },
            {
                "data": {"name": "world"},
                "transform": [{"filter": "!isValid(datum.geometry)"}, known, {"filter": "isValid(datum.n)"}],
                "mark": {"type": "circle", "size": 40, "stroke": "token:--ink-2", "strokeWidth": 0.8, "opacity": 1},
                "encoding": {
                    "longitude": {"field": "properties.lon", "type": "quantitative"},
                    "latitude": {"field": "properties.lat", "type": "quantitative"},
                    "color": shade,
                    **told,
                },
            },
        ],
    }
    most = "; ".join(f"{row['label']} {row['n']}" for row in data[:MOST_BARS])
    return Chart(name, title, f"{title}: {most}. " + _("The table below has all figures."), spec, data, is_map=True)


def points(name: str, title: str, found: Sequence[Point], address) -> Chart:
    """A circle a place, as large as its number; ``address`` leads from a point to its list."""
    data = [
        {"label": one.label, "lat": one.latitude, "lon": one.longitude, "n": one.count, "href": address(one)}
        for one in sorted(found, key=lambda one: -one.count)  # the large ones below the small ones
    ]
    spec: dict[str, Any] = {
        "projection": {"type": "equalEarth"},
        "layer": [
            LAND,
            {
                "data": {"name": "rows"},
                "mark": {"type": "circle", "fill": "token:--accent", "stroke": "token:--paper", "strokeWidth": 0.8, "opacity": 0.7},
                "encoding": {
                    "longitude": {"field": "lon", "type": "quantitative"},
                    "latitude": {"field": "lat", "type": "quantitative"},
                    "size": {
                        "field": "n", "type": "quantitative", "legend": None,
                        "scale": {"domain": [0, max((row["n"] for row in data), default=1)], "range": [16, 420]},
                    },
                    "href": {"field": "href"},
                    "tooltip": [{"field": "label", "title": " "}, {"field": "n", "format": ",d", "title": "n"}],
                },
            },
        ],
    }  # fmt: skip
    most = "; ".join(f"{row['label']} {row['n']}" for row in data[:MOST_BARS])
    return Chart(name, title, f"{title}: {most}. " + _("The table below has all figures."), spec, data, is_map=True)


def network(name: str, title: str, countries: Sequence[Group], together: dict[tuple[int, int], int], address, note: str = "") -> Chart:
    """Each country with each as a square: the darker, the more often. ``together`` has places in ``countries``."""
    data = []
    for (one, other), n in together.items():
        for row, column in ((one, other), (other, one)):
            data.append(
                {"row": countries[row].label, "with": countries[column].code, "n": n, "href": address(countries[row], countries[column])}
            )
    most = max((row["n"] for row in data), default=1)
    spec: dict[str, Any] = {
        "mark": {"type": "rect", "tooltip": True},
        "encoding": {
            "y": {"field": "row", "type": "nominal", "sort": [country.label for country in countries], "title": None},
            "x": {
                "field": "with", "type": "nominal", "sort": [country.code for country in countries], "title": None,
                "axis": {"orient": "top", "labelAngle": -90, "labelOverlap": "parity"},  # not one over the other on a phone
            },
            "color": {
                "field": "n", "type": "quantitative", "legend": None,
                "scale": {"type": "sqrt", "domain": [0, most], "range": ["token:--k-engagement-bg", "token:--k-engagement"]},
            },
            "href": {"field": "href"},
        },
        "height": {"step": 20},
    }  # fmt: skip
    pairs = sorted(together.items(), key=lambda item: -item[1])[:MOST_BARS]
    alt = "; ".join(f"{countries[one].label} {_('and')} {countries[other].label} {n}" for (one, other), n in pairs)
    return Chart(name, title, f"{title}: {alt}. " + _("The table below has all figures."), spec, data, note=note)


def timeline(name: str, title: str, engagements: Sequence[Any], today: dt.date) -> Chart:
    """A bar from the first to the last possible day of each; pale where the day is not known."""
    data = []
    for row in engagements:
        goes_on = row.ends_precision == "open"
        end = today if goes_on else row.ends_on or row.starts_on
        exact = row.starts_precision == "day" and (goes_on or row.ends_precision in {"day", "unknown"})
        data.append(
            {
                "row": f"{row.title}",
                "from": row.starts_on.isoformat(),
                "to": (max(end, row.starts_on) + dt.timedelta(days=1)).isoformat(),
                "kind": row.kind,
                "opacity": 1 if exact else 0.45,
                "href": row.get_absolute_url(),
            }
        )
    kinds = [kind.value for kind in Kind]
    spec: dict[str, Any] = {
        "layer": [
            {"mark": {"type": "bar", "height": 12, "tooltip": True}, "encoding": {"x2": {"field": "to"}}},
            # What lasted days is too narrow to be seen over decades.
            {"mark": {"type": "point", "filled": True, "size": 60, "tooltip": True}},
        ],
        "encoding": {
            "y": {"field": "row", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "from", "type": "temporal", "title": None,
                "axis": {"grid": True, "tickCount": 8, "labelOverlap": "greedy", "labelSeparation": 8},
            },
            "color": {
                "field": "kind", "type": "nominal", "legend": None,
                "scale": {"domain": kinds, "range": [f"token:--k-{kind}" for kind in kinds]},
            },
            "opacity": {"field": "opacity", "type": "quantitative", "scale": None, "legend": None},
            "href": {"field": "href"},
        },
        "height": {"step": 22},
    }  # fmt: skip
    alt = "; ".join(f"{row.title}, {row.period}" for row in engagements[:MOST_BARS])
    return Chart(name, title, f"{title}: {alt}. " + _("The table below has all of them."), spec, data)


def _dense(years: Sequence[Group]) -> tuple[Sequence[Group], int]:
    """The years to be drawn, and how many engagements began in those left out before them."""
    most = THIN * sum(len(year.ids) for year in years)
    first = earlier = 0
    while len(years) - first > LONG and earlier + len(years[first].ids) <= most:
        earlier += len(years[first].ids)
        first += 1
    return years[first:] if earlier else years, earlier


def _first(rows: list[Group]) -> list[Group]:
    return rows[:MOST_BARS]


def _facet(columns: Sequence[Group]) -> dict[str, Any]:
    header = {"title": None, "labelAnchor": "start", "labelFontWeight": 600}
    return {"field": "column", "type": "nominal", "sort": [column.label for column in columns], "title": None, "header": header}


def _color(columns: Sequence[Group]) -> dict[str, Any]:
    """The four kinds in their colors; anything else in ink, told apart by its heading."""
    colors = [f"token:--k-{column.kind}" if column.kind else INK for column in columns]
    scale = {"domain": [column.label for column in columns], "range": colors}
    return {"field": "column", "type": "nominal", "scale": scale, "legend": None}


def _alt(title: str, rows: Sequence[Group], columns: Sequence[Group]) -> str:
    parts = [f"{column.label}: " + ", ".join(f"{row.label} {row.common(column)}" for row in rows) for column in columns]
    return title + ". " + "; ".join(parts) + ". " + _("The table below has all figures.")
