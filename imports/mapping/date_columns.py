"""Dates that stand in several columns: year, month and day apart, or with a neighbor that says how much is known."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from catalog.canonical import canonical, tidy
from imports.mapping import targets
from imports.mapping.dates import Read
from imports.mapping.spec import Rule
from imports.mapping.targets import Reads
from imports.mapping.values import Missing

_NO_PART = {"0", "00", "-9", "-99", "-999", "99", "x", "xx", "?", "??", "unknown", "unk", "n/a", "na", "."}
OPEN = "open"  # the precision of our own exports, and a word that is read as an open end


def whole_dates(rules: Iterable[Rule]) -> list[Rule]:
    """The rules with those for year, month and day of a date made into one, at the column of the year."""
    registry = targets.by_name()
    found: list[Rule] = []
    parts: dict[str, dict[str, Rule]] = {}
    for rule in rules:
        if registry[rule.to].reads is Reads.DATE_PART:
            base, _dot, part = rule.to.rpartition(".")
            parts.setdefault(base, {}).setdefault(part, rule)
        else:
            found.append(rule)
    for base, of in parts.items():
        if "year" in of:
            month, day = (of[part].column if part in of else "" for part in ("month", "day"))
            found.append(replace(of["year"], to=base, month=month, day=day))
    return found


def with_others(read: Callable[[str], Read], rule: Rule, missing: Missing) -> Callable[[tuple[str, ...]], Read]:
    """A reader of the cell and those beside it: month, day, and the one that says how much is known, or that it goes on."""
    dates = 1 + bool(rule.month) + bool(rule.day)
    holds = {canonical(text) for text in rule.open_when.values} if rule.open_when else set()

    def whole(cells: tuple[str, ...]) -> Read:
        text = cells[0]
        if dates > 1:
            text = _composed(cells[0], cells[1] if rule.month else "", cells[dates - 1] if rule.day else "", missing)
        if len(cells) > dates and missing(tidy(text)):
            said = canonical(cells[-1])
            if (rule.open_when and said in holds) or (not rule.open_when and said == OPEN):
                return read(OPEN)
        return read(text)

    return whole


def _composed(year: str, month: str, day: str, missing: Missing) -> str:
    """The parts as one date, as far as they are given; nothing without a year."""
    year, month, day = (_part(text, missing) for text in (year, month, day))
    if not year or not month:
        return year
    if month.isdigit():
        return f"{year}-{month}-{day}" if day else f"{year}-{month}"
    return f"{day} {month} {year}".strip()


def _part(text: str, missing: Missing) -> str:
    text = tidy(text)
    return "" if missing(text) or canonical(text) in _NO_PART else text
