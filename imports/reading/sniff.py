"""Guesses about a table from its first rows: where its heading is, and which sign its decimals have. Each may be corrected."""

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from imports.reading.delimited import Row
from imports.reading.headings import Merged
from imports.reading.options import MOST_HEADER_ROWS, MOST_SKIPPED

NUMBER = re.compile(r"[-+(]?\s?[$€£]?\s?-?\d[\d.,\u2019' \u00a0\u202f]*\)?\s?[%€£$]?\Z")
DATE = re.compile(
    r"(?:\d{1,4}|[xX?]{1,4})[-/.](?:\d{1,2}|[xX?]{2}|[A-Za-z]{3,9})(?:[-/.](?:\d{1,4}|[xX?]{2,4}))?(?:[T ]\d\d:\d\d.*)?\Z"
    r"|\d{1,2}\.? [A-Za-z]{3,9}\.?,? \d{4}\Z|[A-Za-z]{3,9}\.? (?:\d{1,2}, ?)?\d{4}\Z"
)
UNIT = re.compile(r"\([^()]*\)\Z|\[[^\[\]]*\]\Z")
YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d\Z")
GROUPED = {",": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+\Z"), ".": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+\Z")}
LOOKED_BELOW = 40
LONGEST_VALUE = 60  # letters; what is longer is text
SURE = 2  # groups of three digits that make a thousands separator certain


def sort_of(cell: str) -> str:
    """What a cell looks like: "year", "date", "number", "text", or "" where it is blank."""
    return _sort_of(cell) if len(cell) <= LONGEST_VALUE else "text"


@lru_cache(20_000)
def _sort_of(cell: str) -> str:
    cell = cell.strip()
    if not cell:
        return ""
    if YEAR.match(cell):
        return "year"
    if DATE.match(cell) and not re.fullmatch(r"\d+\.\d+", cell):
        return "date"
    return "number" if NUMBER.match(cell) else "text"


def guess_header(rows: list[Row], merged: list[Merged], *, is_sheet: bool) -> tuple[int, int]:
    """How many lines to skip and how many rows the heading has. ``rows`` are the first ones that are not blank."""
    if not rows:
        return 0, 1
    width = _usual_width(rows)
    for number, (line, cells) in enumerate(rows[:20]):
        if line - 1 > MOST_SKIPPED:
            break
        if _can_head(number, rows, width, merged):
            above = [row for row in rows[:number] if _share_filled(row[1], width) > 0.8]
            if above and all(_is_data(place, rows) for place in range(len(above))):
                return rows[0][0] - 1 if is_sheet else 0, 0
            skip = line - 1 if number or is_sheet else 0
            return skip, _rows_of_heading(number, rows, width, merged)
        if number == 0 and _is_data(0, rows) and _share_filled(cells, width) > 0.5:
            following = [place for place in range(1, min(len(rows), 6)) if _is_data(place, rows)]
            if len(following) == min(len(rows), 6) - 1:
                return 0, 0
    return 0, 1


def _usual_width(rows: list[Row]) -> int:
    """Up to which column rows are usually filled."""
    ends = sorted(_end(cells) for _line, cells in rows)
    return max(1, ends[len(ends) * 3 // 4])


def _end(cells: list[str]) -> int:
    return next((number for number in range(len(cells), 0, -1) if cells[number - 1].strip()), 0)


def _share_filled(cells: list[str], width: int) -> float:
    return sum(1 for cell in cells if cell.strip()) / width


def _can_head(number: int, rows: list[Row], width: int, merged: list[Merged]) -> bool:
    """Texts up to about where the rows below end; more than one of them, or it is a title."""
    line, cells = rows[number]
    end = max([_end(cells), *(area.right for area in merged if area.top == line and cells[area.left - 1 : area.left])])
    filled = sum(1 for cell in cells if cell.strip())
    if filled < min(2, width) or end < width / 3 or _is_data(number, rows):
        return False
    return (filled >= 0.4 * width and end >= width / 2) or _is_group_row(number, rows, merged)


def _is_group_row(number: int, rows: list[Row], merged: list[Merged]) -> bool:
    """A row with few cells is part of a heading where cells are merged in it, or a fuller row of texts comes next."""
    line, cells = rows[number]
    if any(area.top == line and (area.right > area.left or area.bottom > area.top) for area in merged):
        return True
    if number + 1 >= len(rows):
        return False
    below = rows[number + 1][1]
    fuller = sum(1 for cell in below if cell.strip()) > sum(1 for cell in cells if cell.strip())
    return fuller and not any(sort_of(cell) in {"number", "date"} for cell in below)


def _is_data(number: int, rows: list[Row]) -> bool:
    """Whether the row has values of the sort that the rows below it have in the same columns."""
    alike = values = 0
    cells = rows[number][1]
    below = rows[number + 1 : number + 1 + LOOKED_BELOW]
    for column, cell in enumerate(cells):
        sort = sort_of(cell)
        if sort in {"", "text"}:
            continue
        values += 1
        sorts = Counter(sort_of(row[column]) for _line, row in below if column < len(row))
        sorts.pop("", None)
        usual = sorts.most_common(1)[0][0] if sorts else ""
        alike += not below or usual == sort or (sort == "number" and usual == "year")
    return values > 0 and alike * 2 >= values and not _counts_up(cells)


def _counts_up(cells: list[str]) -> bool:
    """1, 2, 3 or 2019, 2020, 2021 side by side are names of columns."""
    numbers = [int(cell) for cell in cells if cell.strip().isascii() and cell.strip().isdigit() and len(cell) < 10]
    return len(numbers) > 2 and all(after - before == 1 for before, after in pairwise(numbers))


def _rows_of_heading(number: int, rows: list[Row], width: int, merged: list[Merged]) -> int:
    first = rows[number][0]
    last = first
    while last - first + 1 < MOST_HEADER_ROWS:
        touching = [area for area in merged if area.top <= last and area.bottom >= first]
        deepest = max(
            [last, *(area.bottom for area in touching), *(last + 1 for area in touching if area.top == last and area.right > area.left)]
        )
        if deepest > last:
            last = min(deepest, first + MOST_HEADER_ROWS - 1)
        elif _goes_on(number + last - first, rows, width):
            last += 1
        else:
            break
    return last - first + 1


def _goes_on(number: int, rows: list[Row], width: int) -> bool:
    """Whether the next row names columns that this one leaves blank, and has no values where the rows below have some."""
    if number + 2 >= len(rows):
        return False
    line, cells = rows[number]
    next_line, following = rows[number + 1]
    cells = cells + [""] * (width - len(cells))
    if next_line != line + 1:
        return False
    if _are_units(following):
        return True
    named = [column for column, cell in enumerate(following[:width]) if cell.strip() and not cells[column].strip()]
    if not named or any(sort_of(cell) in {"number", "date"} for cell in following):
        return False
    below = rows[number + 2 : number + 2 + LOOKED_BELOW]
    filled = [column for column, cell in enumerate(following) if cell.strip()]
    return any(sort_of(row[column]) in {"number", "date", "year"} for _line, row in below for column in filled if column < len(row))


def _are_units(cells: list[str]) -> bool:
    """(persons), (EUR), [days]: a row that says what the columns above count in."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 1 and all(UNIT.match(cell) for cell in filled)


def guess_decimal(rows: list[list[str]], delimiter: str) -> tuple[str, int]:
    """The sign of decimals, and how many cells speak against it. "1,234" alone tells nothing."""
    votes = Counter({".": 0, ",": 0})
    for cells in rows:
        for cell in cells:
            if len(cell) < 40 and ("," in cell or "." in cell):
                sign = _decimal_of(cell.strip().strip("$€£% "))
                if sign:
                    votes[sign] += 1
    if votes[","] == votes["."]:
        return ("," if delimiter == ";" else "."), votes["."]
    sign = "," if votes[","] > votes["."] else "."
    return sign, votes["." if sign == "," else ","]


def _decimal_of(cell: str) -> str:
    if not re.fullmatch(r"[-+]?\d[\d.,]*", cell) or sort_of(cell) == "date":
        return ""
    commas, dots = cell.count(","), cell.count(".")
    if commas and dots:
        last = max(cell.rindex(","), cell.rindex("."))
        sign = cell[last]
        return sign if cell.count(sign) == 1 else ""
    only = "," if commas else "."
    if GROUPED[only].match(cell):
        thousands = max(commas, dots) >= SURE
        return ({",": ".", ".": ","}[only]) if thousands else ""
    return only if max(commas, dots) == 1 else ""
