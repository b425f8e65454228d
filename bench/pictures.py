"""The pictures of docs/performance.md: charts as SVG, drawn by the library that brings the charts of the program."""

from pathlib import Path
from typing import Any

import vl_convert

from bench.figures import BY, EVERYTHING, PART, Figures, cost, rate

VERSION = "v6.1"  # of Vega-Lite
COLORS = ["#1f4e79", "#b4552d", "#4c7a34", "#7a4c8a", "#8a7a2d", "#3d8a8a", "#8a3d5b", "#555555"]
LOOK = {
    "background": "white",
    "config": {"font": "sans-serif", "axis": {"labelFontSize": 11, "titleFontSize": 11, "gridColor": "#e4e4e4"}, "view": {"stroke": None}},
}
GROWING = [
    ("list", "none"), ("list", "country often"), ("list", "strategy rarely"), ("facets", "none"), ("search", "common word"),
    ("report", "year, kind, region"), ("record", "typical"), ("map", "world"),
]  # fmt: skip


def draw(figures: Figures, folder: Path) -> dict[str, str]:
    """{name: path beside the document} of what could be drawn."""
    drawn = {}
    for name, chart in {"growth": growth, "list": lists, "export": export, "crowd": crowd}.items():
        spec = chart(figures)
        if spec["data"]["values"]:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(LOOK | spec, vl_version=VERSION, allowed_base_urls=[]))
            drawn[name] = f"{folder.name}/{name}.svg"
    return drawn


def growth(figures: Figures) -> dict[str, Any]:
    values = [
        {"engagements": size, "ms": cost(figure) * 1000, "work": f"{work}: {case}"}
        for work, case in GROWING
        for size in figures.sizes
        if (figure := figures.one(work, case, who=PART, size=size))
    ]
    several = len({value["engagements"] for value in values}) > 1
    return {
        "title": "Processor time of one page as the register grows",
        "width": 520, "height": 320, "data": {"values": values if several else []},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "engagements", "type": "quantitative", "scale": {"type": "log"}, "title": "engagements",
                  "axis": {"values": figures.sizes, "format": ",d"}},
            "y": {"field": "ms", "type": "quantitative", "scale": {"type": "log"}, "title": "program and database, ms"},
            "color": {"field": "work", "type": "nominal", "title": None, "scale": {"range": COLORS}, "sort": None},
        },
    }  # fmt: skip


def lists(figures: Figures) -> dict[str, Any]:
    values = []
    for by in ("limit", "entente", "plain", "admin", "datasette"):
        sizes = [figure["size"] for figure in figures.select(work="list", case="none", by=by, on="PostgreSQL") if "failed" not in figure]
        for case in ("none", "country often", "strategy rarely", "deep page"):
            figure = figures.one("list", case, who=EVERYTHING, by=by, size=max(sizes, default=0))
            if figure:
                name = BY[by] + ("" if figure["size"] == figures.largest else f" ({figure['size']:,})")
                values.append({"by": name, "question": case, "ms": cost(figure) * 1000})
    return {
        "title": f"List page, 50 rows of {figures.largest:,}: processor time",
        "width": 420, "height": {"step": 13}, "data": {"values": values}, "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "y": {"field": "question", "type": "nominal", "sort": None, "title": None},
            "yOffset": {"field": "by", "sort": None},
            "x": {"field": "ms", "type": "quantitative", "scale": {"type": "symlog"}, "title": "ms (program and database)"},
            "color": {"field": "by", "type": "nominal", "sort": None, "title": None, "scale": {"range": COLORS}},
        },
    }  # fmt: skip


def export(figures: Figures) -> dict[str, Any]:
    best: dict[str, float] = {}
    for size in figures.sizes:
        for by in BY:
            figure = figures.one("export CSV", "all", who=PART, by=by, size=size) or figures.one("export CSV", "all", by=by, size=size)
            if figure and figure.get("rows"):
                best[BY[by]] = rate(figure)
    values = [{"by": by, "rows": rows} for by, rows in best.items()]
    return {
        "title": "CSV: rows a second of processor time", "width": 420, "height": {"step": 22}, "data": {"values": values},
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "y": {"field": "by", "type": "nominal", "sort": "-x", "title": None},
            "x": {"field": "rows", "type": "quantitative", "title": "rows", "axis": {"format": ",d"}},
            "color": {"condition": {"test": "datum.by === 'Entente'", "value": COLORS[0]}, "value": "#b9bec4"},
        },
    }  # fmt: skip


def crowd(figures: Figures) -> dict[str, Any]:
    values = [
        {"people": figure["case"].removesuffix(" at once"), "ms": figure[part] * 1000, "part": part}
        for figure in figures.select(work="crowd", size=figures.largest, on="PostgreSQL") if "failed" not in figure
        for part in ("p50", "p95")
    ]  # fmt: skip
    return {
        "title": "Time to an answer with many people at once", "width": 320, "height": 200, "data": {"values": values},
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "x": {"field": "people", "type": "nominal", "sort": None, "title": "people at once", "axis": {"labelAngle": 0}},
            "xOffset": {"field": "part"},
            "y": {"field": "ms", "type": "quantitative", "title": "ms"},
            "color": {"field": "part", "type": "nominal", "title": None, "scale": {"range": COLORS}},
        },
    }  # fmt: skip
