"""A chart as SVG, drawn on this side for files: the colors of the light theme, no address outside, no script left in it."""

import json
import re
from functools import cache
from typing import Any

import vl_convert
from django.conf import settings

from reports.tables import Chart

VERSION = "v6.1"
WIDTH = 640
FONT = "Libertinus Serif"


def as_svg(chart: Chart, width: int = WIDTH) -> str:
    spec = _fitted(_colored(chart.spec), width, chart.rows)
    if chart.is_map:
        spec["datasets"] = {"world": _world(), "rows": [_plain(row) for row in chart.rows]}
    else:
        spec["data"] = {"values": [_plain(row) for row in chart.rows]}
    spec["config"] = _config()
    return vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Without the address behind it: a printed picture leads nowhere."""
    return {name: value for name, value in row.items() if name != "href"}


@cache
def _tokens() -> dict[str, str]:
    """The colors of the light theme by name; each is said first for it."""
    text = (settings.BASE_DIR / "static/entente/tokens.css").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for name, value in re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3,8})\b", text):
        found.setdefault(name, value)
    return found


@cache
def _world() -> list[dict[str, Any]]:
    return json.loads((settings.BASE_DIR / "static/entente/world.json").read_text(encoding="utf-8"))["features"]


def _colored(value: Any) -> Any:
    if isinstance(value, str):
        return _tokens()[value.removeprefix("token:")] if value.startswith("token:") else value
    if isinstance(value, list):
        return [_colored(item) for item in value]
    if isinstance(value, dict):
        return {name: _colored(item) for name, item in value.items() if name != "href"}
    return value


def _fitted(spec: dict[str, Any], width: int, rows: Any) -> dict[str, Any]:
    """As static/entente/parts/charts.js fits it to a page."""
    if "projection" in spec:
        return spec | {"padding": 10, "width": width - 30, "height": width // 2}
    longest = max((len(str(row.get("row", ""))) for row in rows), default=0)
    names = min(longest * 6.4 + 12, width * 0.45) if longest else 34
    if spec.get("encoding", {}).get("x", {}).get("type") == "temporal":
        return spec | {"width": max(160, width - names - 20)}
    across = len({row["with"] for row in rows if "with" in row})
    if across > 1:
        return spec | {"width": max(120, min(width - names - 20, across * 26))}
    if "facet" not in spec:
        return spec | {"width": max(120, width - names - 56)}
    many = len({row["column"] for row in rows})
    columns = max(1, min(many, int((width - names) // 150)))
    if many == 4 and columns == 3:
        columns = 2
    each = (width - names) // columns - (50 if longest else 30)
    inner = spec["spec"] | {"width": max(90, each)}
    if not longest:
        years = [row["year"] for row in rows]
        inner["mark"] = inner["mark"] | {"size": max(2, min(18, int(inner["width"] / (max(years) - min(years) + 2) * 0.7)))}
    return spec | {"columns": columns, "spec": inner}


def _config() -> dict[str, Any]:
    color = _tokens()
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": color["--ink-2"], "domainColor": color["--rule-strong"], "gridColor": color["--rule"],
            "ticks": False, "labelFontSize": 12, "labelLimit": 220, "labelPadding": 6,
        },
        "axisY": {"domain": False},
        "header": {"labelColor": color["--ink"], "labelFontSize": 13},
        "text": {"color": color["--ink-2"], "fontSize": 12},
        "legend": {"labelColor": color["--ink-2"], "labelFontSize": 12, "gradientLength": 160, "gradientThickness": 10},
    }  # fmt: skip
