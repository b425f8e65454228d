"""The headings of a table: several rows become one, blank ones get a name, two must not be the same."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from imports.reading.options import Unreadable, shown

BETWEEN = " / "
# What our own file of wrong lines has besides the columns that were sent (imports/error_file.py): its mark, and no data.
ADDED = ("entente_line", "entente_problems")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True)
class Merged:
    """Merged cells: first and last line and column, all from 1 and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


def heading_key(heading: str) -> str:
    """What two headings are compared by: compatible letters, case, invisible letters and blanks around do not matter."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", heading)).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def joined(rows: list[tuple[int, list[str]]], width: int, merged: list[Merged]) -> list[str]:
    """One heading for each of ``width`` columns from the header rows ``(line, cells)``, the upper ones first."""
    grid = [[*(" ".join(cell.split()) for cell in cells[:width]), *[""] * (width - len(cells))] for _line, cells in rows]
    lines = [line for line, _cells in rows]
    _fill_merged(grid, lines, width, merged)
    if not any(area.right > area.left and area.top in lines for area in merged):
        _fill_right(grid, width)
    headings = []
    for column in range(width):
        parts: list[str] = []
        for row in grid:
            if row[column] and row[column] not in parts[-1:]:
                parts.append(row[column])
        headings.append(BETWEEN.join(parts))
    return headings


def _fill_merged(grid: list[list[str]], lines: list[int], width: int, merged: list[Merged]) -> None:
    """Each cell of a merged area has the text of its first one."""
    for area in merged:
        if area.top not in lines or area.left > width:
            continue
        text = grid[lines.index(area.top)][area.left - 1]
        for number, line in enumerate(lines):
            if area.top <= line <= area.bottom:
                for column in range(area.left - 1, min(area.right, width)):
                    grid[number][column] = grid[number][column] or text


def _fill_right(grid: list[list[str]], width: int) -> None:
    """In every row but the last a blank cell belongs to the group at its left, where the rows below name it."""
    for number, row in enumerate(grid[:-1]):
        for column in range(1, width):
            named_below = any(below[column] for below in grid[number + 1 :])
            new_group = any(above[column] != above[column - 1] for above in grid[:number])
            if not row[column] and named_below and not new_group:
                row[column] = row[column - 1]


def unique(headings: list[str], *, allow_duplicates: bool) -> tuple[list[str], list[str], str]:
    """Headings of which no two are the same, notes about blank ones, and a sentence about the first two that are.

    Later ones of the same heading get " (2)". Raises Unreadable for them where they are not allowed.
    """
    named = [heading or _blank(number) for number, heading in enumerate(headings, start=1)]
    notes = []
    blank = [str(number) for number, heading in enumerate(headings, start=1) if not heading]
    if blank:
        notes.append(_("No heading in column %(columns)s: named by number.") % {"columns": ", ".join(blank[:20])})
    found: dict[str, int] = {}
    same = ""
    for number, heading in enumerate(named, start=1):
        first = found.setdefault(heading_key(heading), number)
        if first == number:
            continue
        place = {"first": first, "second": number, "heading": shown(heading)}
        sentence = _("Columns %(first)s and %(second)s have the same heading, “%(heading)s”. Rename one of them, or allow equal headings.")
        if not allow_duplicates:
            raise Unreadable(sentence % place, column=number)
        same = same or sentence % place
        named[number - 1] = _another(heading, found)
        found[heading_key(named[number - 1])] = number
    return named, notes, same


def _blank(number: int) -> str:
    return f"column {number}"


def _another(heading: str, taken: dict[str, int]) -> str:
    number = 2
    while heading_key(f"{heading} ({number})") in taken:
        number += 1
    return f"{heading} ({number})"
