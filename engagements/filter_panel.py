"""The panel of filters: put together once for each language and edition of the lists, and filled in for each page.

Nearly all of it is the same for everybody. What differs stands in slots (templatetags/panel.py): what is ticked, typed, unfolded.
"""

import json
from collections.abc import Iterator
from html import escape
from threading import Lock

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.translation import get_language

from catalog.options import Edition, Options
from engagements.templatetags.panel import EDGE, Assembled

Part = str | tuple[str, ...]
# What the panel has no box for, and passes on.
HIDDEN = (
    "columns", "sort", "page_size", "also", "year", "fiscal_year", "reason", "severity", "held_in", "area", "case_study",
)  # fmt: skip
# Lists too long to stand in the panel: their values are typed, and what is chosen stays.
LONG = ("country", "organization", "framework", "legal_basis")
_kept: dict[str, tuple[Edition, list[Part]]] = {}
_lock = Lock()


def panel(filterset, *, clear: str, found: str) -> Assembled:
    """The panel as this filter stands. ``found`` is how many there are, in words; ``clear`` where all filters are taken away."""
    query, chosen = filterset.data, {name: set(values) for name, values in filterset.data.lists()}
    texts = {"clear": clear.removeprefix("?"), "found": found}
    filled = []
    for part in _parts(filterset):
        if isinstance(part, str):
            filled.append(part)
        elif part[0] == "checked":
            if part[2] in chosen.get(part[1], ()):
                filled.append(" checked")
        else:
            filled.append(_filled(part, filterset, query, chosen, texts))
    return Assembled("".join(filled))


def _filled(part: tuple[str, ...], filterset, query: QueryDict, chosen: dict[str, set[str]], texts: dict[str, str]) -> str:
    what, *about = part
    if what == "open":
        return " open" if any(query.get(name) for name in about[0].split()) else ""
    if what == "open_among":
        return " open" if chosen.get(about[0], set()) & set(about[1].split()) else ""
    if what == "only":  # an entry that nobody is offered any more
        return about[2] if about[1] in chosen.get(about[0], ()) else ""
    if what == "mode":
        return " checked" if (query.get("region_mode") or "either") == about[0] else ""
    if what == "value":
        return escape(query.get(about[0], ""))
    if what == "hidden":
        passed = [(name, value) for name, values in query.lists() if name in HIDDEN for value in values]
        return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in passed)
    if what == "chosen":
        return "".join(
            f'<li><label class="facet"><input type="checkbox" name="{about[0]}" value="{escape(value)}" checked>'
            f"<span>{escape(text)}</span></label></li>"
            for value, text in named(filterset, about[0])
        )
    return escape(texts[what])


def named(filterset, name: str) -> list[tuple[str, str]]:
    """(value, name) of what is chosen from a long list; the value itself where it is nothing."""
    values = dict.fromkeys(value for value in filterset.data.getlist(name) if value)
    if not values:
        return []
    known = {code: text for of, _label, code, text in filterset.described() if of == name}
    return [(value, known.get(value, value)) for value in values]


def _parts(filterset) -> list[Part]:
    options = filterset.options
    place = f"{options.edition[0]} {get_language()}"
    with _lock:
        edition, parts = _kept.get(place, (None, []))
    if edition != options.edition:
        form = type(filterset)(QueryDict(), queryset=filterset.queryset.none(), user=filterset.user, options=options).form
        parts = list(_split(render_to_string("engagements/_filters.html", {"form": form, "panel": _lists(options)})))
        with _lock:
            _kept[place] = options.edition, parts
    return parts


def _lists(options: Options) -> dict:
    """The short lists, in the order a reader scans them."""
    regions: dict[str, list] = {}
    for region in options["region"]:
        regions.setdefault(region.group, []).append(region)
    schemes = list(regions.items())
    return {
        "first_scheme": schemes[0] if schemes else ("", []),
        "continents": [region for region in schemes[0][1] if region.depth == 0] if schemes else [],
        "sub_regions": [region for region in schemes[0][1] if region.depth] if schemes else [],
        "strategies": [strategy for strategy in options["strategy"] if strategy.depth == 0],
        "strategy_parts": [strategy for strategy in options["strategy"] if strategy.depth],
        "other_schemes": schemes[1:],
        "other_scheme_codes": " ".join(region.code for _name, group in schemes[1:] for region in group),
        "lists": options.lists,
    }


def _split(text: str) -> Iterator[Part]:
    """The text between the slots, and the slots."""
    pieces = text.split(EDGE)
    only: tuple[str, ...] = ()
    inside: list[str] = []
    for place, piece in enumerate(pieces):
        told = tuple(json.loads(piece)) if place % 2 else ()
        if told and told[0] == "only":
            only, inside = told, []
        elif told and told[0] == "end":
            yield *only, "".join(inside)
            only = ()
        elif only:
            inside.append("" if told else piece)
        elif told or piece:
            yield told or piece
