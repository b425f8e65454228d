"""A span of days in one cell, as lists of visits have it: “June 11-14, 1997”, “28 June – 2 July 1997”, “11.06.1997 - 14.06.1997”."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.canonical import canonical
from catalog.partial_dates import PartialDate
from imports.mapping.dates import Fault, read_date
from imports.mapping.parsed import ERROR, REVIEW

if TYPE_CHECKING:
    from imports.mapping.spec import Rule

LONGEST = 60  # letters; what is longer is not a span, and would be searched for long
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_DAY, _MONTH, _YEAR, _TO = r"[0-9]{1,2}", r"[a-z]{3,9}\.?", r"[0-9]{4}", r"(?:\s*-\s*|\s+(?:to|until|till)\s+)"
# Day, month and year of the first and the last; what is not said of the first is as of the last.
_SHAPES = [
    re.compile(shape)
    for shape in (
        rf"(?P<m1>{_MONTH}) (?P<d1>{_DAY})(?:,? (?P<y1>{_YEAR}))?{_TO}(?:(?P<m2>{_MONTH}) )?(?P<d2>{_DAY}),? (?P<y2>{_YEAR})",
        rf"(?P<d1>{_DAY})\.?(?: (?P<m1>{_MONTH})(?:,? (?P<y1>{_YEAR}))?)?{_TO}(?P<d2>{_DAY})\.? (?P<m2>{_MONTH}),? (?P<y2>{_YEAR})",
        rf"(?P<m1>{_MONTH})(?: (?P<y1>{_YEAR}))?{_TO}(?P<m2>{_MONTH}) (?P<y2>{_YEAR})",
        rf"(?P<y1>{_YEAR}){_TO}(?P<y2>{_YEAR})",
    )
]
_NUMBERS = re.compile(rf"(?P<d1>{_DAY})\.?{_TO}(?P<d2>{_DAY})\.(?P<m2>{_DAY})\.(?P<y2>{_YEAR})")  # 11.-14.06.1997
_WHOLE = re.compile(r"(.*[0-9]{4}.*?)(?:\s+-\s+|\s+(?:to|until|till)\s+|(?<=[0-9])/(?=[0-9]{4}-))(.*[0-9]{4}.*)")


def ends_of(text: str) -> tuple[str, str] | None:
    """The first and the last of a span of days, each as a date by itself; None where ``text`` is none."""
    if len(text) > LONGEST:
        return None
    words = " ".join(canonical(text.translate(_DASHES)).split())
    for shape in _SHAPES:
        if found := shape.fullmatch(words):
            return _sides(found.groupdict())
    if found := _NUMBERS.fullmatch(words):
        rest = f"{found['m2']}.{found['y2']}"
        return f"{found['d1']}.{rest}", f"{found['d2']}.{rest}"
    if found := _WHOLE.fullmatch(words):
        return found[1].strip(), found[2].strip()
    return None


def _sides(said: dict[str, str | None]) -> tuple[str, str]:
    month, year = said.get("m2") or said.get("m1"), str(said["y2"])
    last = " ".join(filter(None, (said.get("d2"), month, year)))
    start = [said.get("d1"), said.get("m1") or month]
    first = " ".join(filter(None, (*start, said.get("y1") or year)))
    if not said.get("y1") and _is_after(first, last):  # December 30 - January 2, 1998
        first = " ".join(filter(None, (*start, str(int(year) - 1))))
    return first, last


def _is_after(first: str, last: str) -> bool:
    begins, ends = read_date(first)[0], read_date(last)[0]
    return bool(begins and ends and begins.earliest and ends.latest and begins.earliest > ends.latest)


def is_span(text: str) -> bool:
    """Whether ``text`` is a span whose first and last can be read."""
    ends = ends_of(text)
    return ends is not None and all(read_date(end, "dmy")[1] is None for end in ends)


def read_end(text: str, rule: "Rule", beside: str) -> tuple[PartialDate | None, Fault | None] | None:
    """The first day of a span below a column of starts, the last one below a column of ends; None where ``text`` is no span.

    ``beside`` is the column that says the other one: this column, another one, or none.
    """
    ends = ends_of(text)
    if ends is None:
        return None
    is_first = rule.to == "starts"
    date, fault = read_date(ends[0 if is_first else 1], rule.order or ("dmy" if "." in ends[0] else ""))
    if date is None or fault:
        return None
    if not beside:
        sentence = _("“%(text)s” is a span of days. Let the column mean the start and the end, by “One meaning more”.")
        return None, Fault(sentence % {"text": text[:40]}, ERROR)
    if beside == rule.column:
        return date, None
    sentence = (
        _("“%(text)s” is a span of days: its first day is kept.") if is_first else _("“%(text)s” is a span of days: its last day is kept.")
    )
    return date, Fault(sentence % {"text": text[:40]}, REVIEW)
