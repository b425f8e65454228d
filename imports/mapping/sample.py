"""The first rows of a file, column by column, and what their cells look like."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from catalog.canonical import canonical
from catalog.partial_dates import PartialDate
from imports.mapping.dates import SERIAL, read_date
from imports.mapping.numbers import read_number
from imports.mapping.words import OPEN_OR_MISSING

SEPARATORS = (";", "|", ",", "/", "\n", " and ", " & ")
LONGEST_TOKEN = 8
_COUNTED_IN = {
    "million": re.compile(r"\b(?:millions?|mill|mio|mn)\b|(?:eur|usd|gbp|[€$£])\s?m\b|\bm\s?(?:eur|usd|gbp|[€$£])"),
    "thousand": re.compile(r"\b(?:thousands?|thsd|tsd)\b|(?<![0-9,.])\b000s?\b|(?:eur|usd|gbp|[€$£])\s?k\b|\bk\s?(?:eur|usd|gbp|[€$£])"),
}
MOSTLY = 0.6


class Sample:
    """Headings and first rows. ``cells`` are the different values of each column, without those that say nothing."""

    def __init__(self, headings: Sequence[str], sample: Sequence[Sequence[str]], decimal: str):
        self.headings, self.decimal = list(headings), decimal
        filled = [[cell for row in sample if at < len(row) and (cell := row[at].strip())] for at in range(len(self.headings))]
        tokens = {canonical(cell) for cells in filled for cell in cells if len(cell) <= LONGEST_TOKEN}
        self.missing = tuple(token for token in OPEN_OR_MISSING if token in tokens)
        filled = [[cell for cell in cells if canonical(cell) not in self.missing] for cells in filled]
        self.filled = [len(cells) for cells in filled]
        self.cells = [list(dict.fromkeys(cells)) for cells in filled]  # the different values
        self.unique = [len(cells) == len(different) > 1 for cells, different in zip(filled, self.cells, strict=True)]
        self.parties = _party_finder()

    def share(self, cells: list[str], holds) -> float:
        return sum(map(bool, map(holds, cells))) / len(cells) if cells else 1.0

    def codes(self, at: int) -> bool:
        return bool(self.cells[at]) and all(re.fullmatch(r"[A-Z]{2,3}|[0-9]{1,3}", cell) for cell in self.cells[at])

    def order(self, cells: list[str]) -> str:
        """The order in which all dates of the sample can be read; empty where several orders, or none, fit."""
        if are_serials(cells):
            return SERIAL
        written = [cell for cell in cells if re.search(r"[0-9]\s*[-/.]\s*[0-9x?]", cell)]
        if not written:
            return ""
        fits = {order: self.share(written, partial(is_date, order=order)) for order in ("dmy", "mdy")}
        if fits["dmy"] == fits["mdy"]:
            return "ymd" if all(re.match(r"[0-9]{4}", cell) for cell in written) else ""
        return max(fits, key=lambda order: fits[order])

    def separator(self, cells: list[str]) -> str:
        """What stands between several names in a cell: a mark, or several with blanks between them."""
        found = [mark for mark in SEPARATORS if self._separates(mark, cells)]
        if len(found) < 2:
            return found[0] if found else ""
        return " ".join(mark.strip() for mark in found if mark.strip())

    def _separates(self, mark: str, cells: list[str]) -> bool:
        if mark in {";", "|", "\n"}:
            return any(mark in cell for cell in cells)
        pieces = [piece.strip() for cell in cells for piece in re.split(r"[;|\n]", cell)]
        # "Congo, Republic of" is one name, and stays one where others are parted.
        parts = [part.strip() for piece in pieces if mark in piece and not self.is_party(piece) for part in piece.split(mark)]
        return bool(parts) and sum(map(self.is_party, parts)) > MOSTLY * len(parts)

    def currency(self, at: int) -> str:
        text = self.headings[at] + " " + " ".join(self.cells[at][:20])
        for mark, code in (("EUR", "EUR"), ("€", "EUR"), ("GBP", "GBP"), ("£", "GBP"), ("USD", "USD"), ("US$", "USD")):
            if mark in text:
                return code
        return ""

    def times(self, at: int) -> str:
        """What the heading says that the amounts below it are counted in: "Budget (EUR million)", "Cost, €m", "USD '000"."""
        said = self.headings[at].lower()
        return next((name for name, written in _COUNTED_IN.items() if written.search(said)), "")

    def is_day(self, heading: str) -> bool:
        return bool(re.search(r"[0-9]{4}", heading)) and is_date(heading, "")

    def is_unique(self, column: str) -> bool:
        return self.unique[self.headings.index(column)]

    def is_party(self, text: str) -> bool:
        return self.parties(text)


def _party_finder() -> Callable[[str], bool]:
    """Whether a text names a country or organization, for certain; the lists are read when it is first asked."""
    from imports.resolving import Answers

    answers = Answers()
    known: dict[str, bool] = {}

    def is_party(text: str) -> bool:
        text = text.strip()
        if not text or len(text) > 80 or not re.search(r"[^\W\d_]{2}", text):
            return False
        if text not in known:
            known[text] = answers.knows("party", text)
        return known[text]

    return is_party


def is_number(cell: str, decimal: str, currency: str | None) -> bool:
    return read_number(cell.removeprefix("FY"), decimal, currency=currency)[0] is not None


def is_date_part(cell: str) -> bool:
    """A number of up to four digits, or the name of a month."""
    return bool(re.fullmatch(r"-?[0-9]{1,4}", cell)) or is_date(f"{cell} 2000", "")


def are_serials(cells: list[str]) -> bool:
    """Whether the cells look like the days of a spreadsheet, from 1927 on."""
    return bool(cells) and all(re.fullmatch(r"[1-9][0-9]{4}(?:\.[0-9]+)?", cell) for cell in cells)


def is_date(cell: str, order: str) -> bool:
    date, fault = read_date(cell, order, century_from=1950)  # which century is meant is for a person to say
    return date is not None and fault is None and (date != PartialDate() or canonical(cell) in {"unknown", "?"})
