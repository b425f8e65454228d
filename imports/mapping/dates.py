"""Dates as files write them: in a stated order, and as far as they are known."""

import datetime as dt
import re
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.canonical import canonical
from catalog.partial_dates import PartialDate
from imports.mapping.parsed import ERROR, REVIEW

ORDERS = ("dmy", "mdy", "ymd", "serial")
SERIAL = "serial"  # the number of a day, as spreadsheets count them from 1900
DAY_ZERO, DAY_OF_CERTAINTY = dt.date(1899, 12, 30), 61  # before March 1900 programs differ by a day
UNKNOWN = PartialDate()
_OPEN = {"open", "open-ended", "ongoing", "present", "continuing", "to date", "current", "today", "now", "-present"}
_NOT_KNOWN = {"unknown", "not known", "?", "n/k", "nk", "unk", "n/a", "na", "nd", "n.d.", "tbd", "tbc", "none", "null", "-", "--", "."}
_WEEKDAYS = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?")
_TIME = re.compile(r"[t ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*([ap]m)?\s*(?:z|utc|[+-][0-9]{2}:?[0-9]{2})?$")
_NUMBER = r"[0-9]{1,4}"
_NO_PART = r"x{1,4}|\?{1,4}|_{1,4}|n/?a|unk|00?|0000"
_NUMBERS = re.compile(rf"({_NUMBER}|{_NO_PART})\s*([-/.])\s*({_NUMBER}|{_NO_PART})(?:\s*\2\s*({_NUMBER}|{_NO_PART}))?")
_MINUS_NINE = re.compile(r"(?<![0-9])-9{1,4}(?![0-9])")
_WHOLE_DAY = re.compile(r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_ORDINAL = re.compile(r"\b([0-9]{1,2})(?:st|nd|rd|th)\b")


class Fault(NamedTuple):
    """What is wrong with a cell, and how badly (see Problem)."""

    sentence: str
    severity: str = ERROR


Read = tuple[Any, Fault | None]


def read_date(
    text: str, order: str = "", *, first_of_month_is_month: bool = False, century_from: int | None = None
) -> tuple[PartialDate | None, Fault | None]:
    """What ``text`` says of a date. ``order`` is one of ORDERS, or empty where only what can mean one day is read.

    ``century_from``: years of two digits are those of the hundred years from this one; without it they are refused.

    A date outside the years of the record is unknown, and flagged; what is not read at all is an error and None.
    """
    try:
        date, fault = _read(text if century_from is None else _with_century(text, order, century_from), order)
    except ValidationError as error:
        sentence = " ".join(error.messages)
        if error.code == "year":
            return UNKNOWN, Fault(f"{sentence} {_('The date comes in as not known.')}", REVIEW)
        return None, Fault(sentence)
    if first_of_month_is_month and date.day == 1:
        date = PartialDate(date.year, date.month)
    return date, fault


def _with_century(text: str, order: str, first: int) -> str:
    """ "31-Jan-19" and "5/14/48" with four digits to their years."""
    found = re.fullmatch(r"(.*?)([ \-/.])([0-9]{2})(\s+[0-9]{1,2}:.*)?", text.strip())
    if order == "ymd" or not found or re.search(r"[0-9]{4}", found[1]) or not re.search(r"[-/. ]|[a-z]", found[1], re.IGNORECASE):
        return text
    year = first + (int(found[3]) - first) % 100
    return f"{found[1]}{found[2]}{year}{found[4] or ''}"


def _read(text: str, order: str) -> tuple[PartialDate, Fault | None]:
    if _WHOLE_DAY.fullmatch(text):  # what most files hold, in whatever order it is stated
        return PartialDate.parse(text), None
    words = _MINUS_NINE.sub("x", canonical(text)).strip(" ,;")
    if order == SERIAL and (number := re.fullmatch(r"([1-9][0-9]{1,5})(\.[0-9]+)?", words)):
        if int(number[1]) < DAY_OF_CERTAINTY:
            raise ValidationError(_("“%(text)s” is a day before March 1900, which programs count differently."), params={"text": text[:40]})
        day = (DAY_ZERO + dt.timedelta(days=int(number[1]))).isoformat()
        return PartialDate.parse(day), Fault(_("The time of day is left out; the day is kept."), REVIEW) if number[2] else None
    fault = None
    if (match := _TIME.search(words)) and match.start():
        words, fault = words[: match.start()], _time_of_day(match)
    if words in _NOT_KNOWN or re.fullmatch(_NO_PART, words):
        return UNKNOWN, fault
    if words in _OPEN:
        return PartialDate(open=True), fault
    if match := _NUMBERS.fullmatch(words):
        date, told = _of_parts(text, [part for part in match.group(1, 3, 4) if part is not None], order)
    else:
        date, told = _of_words(text, words), None
    return date, fault or told


def _time_of_day(match: re.Match) -> Fault | None:
    hour, minute, second, half = match.groups()
    at_midnight = int(hour) == (12 if half == "am" else 0) and half != "pm"
    if at_midnight and int(minute) == 0 and int(second or 0) == 0:
        return None
    return Fault(_("The time of day is left out; the day is kept."), REVIEW)


def _of_parts(text: str, parts: list[str], order: str) -> tuple[PartialDate, Fault | None]:
    """Two or three numbers, some of them perhaps "xx"."""
    known = [int(part) if part.isdigit() and int(part) else None for part in parts]
    if not any(known):
        return UNKNOWN, None
    if len(parts[0]) == 4 or (len(parts) == 2 and len(parts[1]) != 4):
        year, month, day = (*known, None)[:3]
        if len(parts[0]) != 4:
            raise _two_digits(text)
    elif len(parts) == 2:
        (month, year), day = known, None
    elif len(parts[2]) == 4:
        day, month, year = _in_order(text, known, order)
    else:
        raise _two_digits(text)
    if year is None:
        return UNKNOWN, Fault(_("The year is not given, so the date is kept as not known."), REVIEW)
    if month is None:
        told = Fault(_("The day is given without its month: only the year is kept."), REVIEW) if day else None
        return PartialDate.parse(f"{year:04d}"), told
    return PartialDate.parse(f"{year:04d}-{month}" + (f"-{day}" if day else "")), None


def _in_order(text: str, parts: list[int | None], order: str) -> tuple[int | None, int | None, int | None]:
    """Day, month, year. Without a stated order, only what can be read in one way."""
    first, second, year = parts
    if order == "dmy":
        return first, second, year
    if order == "mdy":
        return second, first, year
    # A day without its month is nothing anybody writes: what is known beside "xx" is the month.
    if first == second or (first or 13) > 12:
        return first, second, year
    if (second or 13) > 12:
        return second, first, year
    raise ValidationError(
        _("“%(text)s” can be read with the day or the month first. Say the order of the dates in this column."), params={"text": text[:40]}
    )


def _of_words(text: str, words: str) -> PartialDate:
    """ "14 May 1948", "May 14th, 1948", "14-May-1948", "xx May 1948", "19480514"."""
    if re.fullmatch(r"(?:1[0-9]|2[0-9])[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]", words):
        return PartialDate.parse(f"{words[:4]}-{words[4:6]}-{words[6:]}")
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", words):
        raise ValidationError(
            _("“%(text)s” is the number of a day in a spreadsheet. Say so in the order of the dates, or format the column as dates."),
            params={"text": text[:40]},
        )
    spaced = _ORDINAL.sub(r"\1", _WEEKDAYS.sub(" ", re.sub(r"[-/.,]", " ", words)))
    tokens = [token for token in spaced.split() if not re.fullmatch(r"x{1,4}|\?{1,4}|_{1,4}", token)]
    months = [token for token in tokens if token.isalpha() and token.isascii()]
    numbers = [token for token in tokens if token.isdigit() and token.isascii()]
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(tokens) == len(months) + len(years) + len(days) and len(months) <= 1 and len(years) <= 1 and len(days) <= 1:
        if months and days and not years and _is_month(months[0]):
            raise _two_digits(text)
        if years and (months or not days):
            return PartialDate.parse(" ".join([*(days if months else []), *months, *years]))
    if len(days) == 2 and len(months) == 1 and not years and _is_month(months[0]):
        raise _two_digits(text)
    return PartialDate.parse(text)


def _is_month(word: str) -> bool:
    try:
        return PartialDate.parse(f"{word} 2000").month is not None
    except ValidationError:
        return False


def _two_digits(text: str) -> ValidationError:
    sentence = _(
        "“%(text)s” has a year of two digits. Say under “More about it” of the column from which year on they count, such as 1950."
    )
    return ValidationError(sentence, params={"text": text[:40]})
