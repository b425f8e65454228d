#!/usr/bin/env python3
"""script/make_world_map.py WHEEL > static/entente/world.json: the countries as simple shapes, for the map.

WHEEL is the one that make_country_boxes.py reads: Natural Earth's countries at 1:10,000,000, in the public domain. A country
is a GeoJSON feature with its code as id and, in its properties, a point for its mark; one that is too small to see, or that
the layer has inside another, is that point alone. Whose view of borders it is: docs/reports.md.
"""

import io
import json
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make_country_boxes import LAYER, MISSING, countries, shapes

Ring = list[tuple[float, float]]
TOLERANCE = 0.12  # degrees: less than half a pixel on a wide page
SMALLEST_RING = 0.05  # square degrees: smaller islands of a larger country are left out
SMALLEST_LAND = 0.35  # square degrees: below it a country is a point
NOT_DRAWN = {"ATA"}  # it would take a fifth of the page, and nothing is held there


def area(ring: Ring) -> float:
    """Square degrees; positive where the ring runs clockwise."""
    return sum((east - west) * (north + south) for (west, south), (east, north) in pairwise(ring)) / 2


def simplified(ring: Ring) -> Ring:
    """Douglas and Peucker, from the two points farthest apart, so that a closed ring keeps its shape."""
    far = max(range(len(ring)), key=lambda place: _apart(ring[0], ring[place]))
    return _thinned(ring[: far + 1])[:-1] + _thinned(ring[far:])


def _apart(one, other) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _thinned(line: Ring) -> Ring:
    keep, waiting = {0, len(line) - 1}, [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        (x1, y1), (x2, y2) = line[first], line[last]
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        worst, at = 0.0, None
        for place in range(first + 1, last):
            x, y = line[place]
            away = abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length if length else _apart(line[place], line[first]) ** 0.5
            if away > worst:
                worst, at = away, place
        if at is not None and worst > TOLERANCE:
            keep.add(at)
            waiting += [(first, at), (at, last)]
    return [line[place] for place in sorted(keep)]


def middle(ring: Ring) -> tuple[float, float]:
    """The center of gravity of the largest stretch of land."""
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) or 1e-9
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairwise(ring)) / (3 * twice)
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairwise(ring)) / (3 * twice)
    return (round(x, 2), round(y, 2))


def feature(code: str, rings: list[Ring]) -> dict:
    largest = max(rings, key=lambda ring: abs(area(ring)))
    point = middle(largest)
    land = sum(area(ring) for ring in rings)
    if land < SMALLEST_LAND:
        return {"type": "Feature", "id": code, "properties": {"lon": point[0], "lat": point[1]}, "geometry": None}
    polygons: list[list[Ring]] = []
    for ring in sorted(rings, key=area, reverse=True):
        if abs(area(ring)) < SMALLEST_RING and ring is not largest:
            continue
        small = [(round(x, 2), round(y, 2)) for x, y in simplified(ring)]
        if len(small) < 4:
            continue
        if area(ring) > 0:
            polygons.append([small])
        elif polygons:  # a lake or an enclave: a hole in the polygon around it
            next((polygon for polygon in polygons if _inside(small[0], polygon[0])), polygons[0]).append(small)
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "id": code, "properties": {"lon": point[0], "lat": point[1]}, "geometry": geometry}


def _inside(point, ring: Ring) -> bool:
    x, y = point
    within = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            within = not within
    return within


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as outer, zipfile.ZipFile(io.BytesIO(outer.read(LAYER))) as layer:
        names = {Path(name).suffix: name for name in layer.namelist()}
        codes, rings = countries(layer.read(names[".dbf"])), shapes(layer.read(names[".shp"]))
    of: dict[str, list[Ring]] = {}
    for code, parts in zip(codes, rings, strict=True):
        if len(code) == 3 and code.isalpha() and code not in NOT_DRAWN:
            of.setdefault(code, []).extend(parts)
    features = [feature(code, parts) for code, parts in sorted(of.items())]
    for code, boxes in sorted(MISSING.items()):
        if code not in of:
            south, west, north, east = boxes[0]
            point = {"lon": (west + east) / 2, "lat": (south + north) / 2}
            features.append({"type": "Feature", "id": code, "properties": point, "geometry": None})
    json.dump({"type": "FeatureCollection", "features": sorted(features, key=lambda one: one["id"])}, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
