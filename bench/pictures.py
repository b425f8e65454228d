"""The pictures of docs/performance.md: charts as SVG, drawn by the library that brings the charts of the program."""

from pathlib import Path
from typing import Any

import vl_convert

from bench.figures import BY, EVERYTHING, PART, Figures, cost, rate

VERSION = "v6.1"  # of Vega-Lite
COLORS = ["#1f4e79", "#b4552d", "#4c7a34", "#7a4c8a", "#8a7a2d", "#3d8a8a", "#8a3d5b", "#555555"]
OF_PROGRAMS = {"entente": "#1f4e79", "limit": "#b9bec4", "plain": "#b4552d", "admin": "#d9a441", "datasette": "#4c7a34"}
LOOK = {
    "background": "white",
    "padding": 12,
    "config": {
        "font": "sans-serif", "axis": {"labelFontSize": 11, "titleFontSize": 11, "gridColor": "#e4e4e4", "labelLimit": 260},
        "title": {"anchor": "start", "fontSize": 13, "subtitleFontSize": 11, "offset": 10}, "view": {"stroke": None},
    },
}  # fmt: skip
ASKED = {
    ("list", "none"): "list, no filter",
    ("list", "country often"): "list, the country met most often",
    ("list", "strategy rarely"): "list, a rare strategy",
    ("list", "deep page"): "list, near the end",
    ("facets", "none"): "facets",
    ("search", "rare word"): "search, rare word",
    ("search", "common word"): "search, common word",
    ("report", "year, kind, region"): "year x kind x region",
}
OF_GROWTH = "processor time of one answer, program and database, for a reader who sees part of it"
OF_BESIDE = "program and database, for a reader who sees everything; shorter is better"
OF_CROWD = "half of the answers came within p50, 95 of 100 within p95"
GROWING = {asked: name for asked, name in ASKED.items() if asked != ("list", "deep page")} | {("record", "typical"): "record page"}
LEAST = 0.1  # ms that a bar shows
MARKS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000]  # of a scale by powers of ten


def draw(figures: Figures, folder: Path) -> dict[str, str]:
    """{name: path beside the document} of what could be drawn."""
    drawn = {}
    for name, chart in {"growth": growth, "beside": beside, "export": export, "crowd": crowd}.items():
        spec = chart(figures)
        if spec["data"]["values"]:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(LOOK | spec, vl_version=VERSION, allowed_base_urls=[]))
            drawn[name] = f"{folder.name}/{name}.svg"
    return drawn


def titled(text: str, below: str) -> dict[str, str]:
    return {"text": text, "subtitle": below}


def growth(figures: Figures) -> dict[str, Any]:
    values = [
        {"engagements": size, "ms": cost(figure) * 1000, "work": name}
        for (work, case), name in GROWING.items()
        for size in figures.sizes
        if (figure := figures.one(work, case, who=PART, size=size))
    ]
    several = len({value["engagements"] for value in values}) > 1
    return {
        "title": titled("Entente as the register grows", OF_GROWTH),
        "width": 520, "height": 340, "data": {"values": values if several else []},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "engagements", "type": "quantitative", "title": "engagements",
                  "scale": {"type": "log", "domain": [min(figures.sizes, default=1), max(figures.sizes, default=1)]},
                  "axis": {"values": figures.sizes, "format": ",d"}},
            "y": {"field": "ms", "type": "quantitative", "scale": {"type": "log"}, "title": "ms",
                  "axis": {"values": MARKS, "format": ",d"}},
            "color": {"field": "work", "type": "nominal", "title": None, "scale": {"range": COLORS}, "sort": None},
        },
    }  # fmt: skip


def beside(figures: Figures) -> dict[str, Any]:
    """Each program at the largest size it was asked at, which is in its name where it is not the largest of all."""
    values, names = [], {}
    for by in OF_PROGRAMS:
        sizes = [figure["size"] for figure in figures.select(work="list", case="none", by=by, on="PostgreSQL") if "failed" not in figure]
        size = max(sizes, default=0)
        names[by] = BY[by] + ("" if size in (0, figures.largest) else f" (of {size:,})")
        for (work, case), name in ASKED.items():
            if figure := figures.one(work, case, who=EVERYTHING, by=by, size=size):
                ms = cost(figure) * 1000
                values.append(
                    {
                        "by": names[by],
                        "question": name,
                        "ms": max(ms, 0.1),
                        "least": 0.1,
                        "shown": f"{ms:,.1f}" if ms < 10 else f"{ms:,.0f}",
                    }
                )
    place = {
        "y": {"field": "question", "type": "nominal", "sort": None, "title": None},
        "yOffset": {"field": "by", "sort": list(names.values())},
    }
    length = {
        "field": "ms", "type": "quantitative", "title": "ms, each mark three times the one before",
        "scale": {"type": "log", "domainMin": LEAST}, "axis": {"values": [LEAST, 0.3, *MARKS], "format": "~g"},
    }  # fmt: skip
    return {
        "title": titled(f"Processor time of one answer, {figures.largest:,} engagements", OF_BESIDE),
        "width": 460, "height": {"step": 13}, "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadius": 1},
                "encoding": place | {
                    "x": length, "x2": {"field": "least"},
                    "color": {"field": "by", "type": "nominal", "title": None, "sort": None,
                              "scale": {"domain": list(names.values()), "range": list(OF_PROGRAMS.values())}},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 3, "fontSize": 9},
                "encoding": place | {"x": length, "text": {"field": "shown"}},
            },
        ],
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
        "title": titled("CSV: rows written in a second of processor time", "program and database; longer is better"), "width": 420,
        "height": {"step": 22}, "data": {"values": values},
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
        "title": titled(f"Waiting for an answer, {figures.largest:,} engagements", OF_CROWD),
        "width": 320, "height": 200, "data": {"values": values},
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "x": {"field": "people", "type": "nominal", "sort": None, "title": "people at once", "axis": {"labelAngle": 0}},
            "xOffset": {"field": "part"},
            "y": {"field": "ms", "type": "quantitative", "title": "ms"},
            "color": {"field": "part", "type": "nominal", "title": None, "scale": {"range": ["#1f4e79", "#8fb0cf"]}},
        },
    }  # fmt: skip
