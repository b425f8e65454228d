"""What stands in the cells of a workbook, as text: exactly, or refused. Nothing is rounded that a spreadsheet shows."""

import datetime as dt
import re
from array import array
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from os import pread
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

MOST_TEXTS = 8_000_000  # different texts of a workbook
IN_MEMORY = 16 * 1024 * 1024
REMEMBERED = 20_000
DIGITS = 15  # that a spreadsheet keeps and shows; what is behind them is noise of binary fractions
LAST_DAY = 2_958_465  # 31 December 9999
SINCE_1904 = 1462  # days between the two ways of counting
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\Z", re.ASCII)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?)?\Z", re.ASCII)


class NotExact(Exception):
    """The cell can not be told exactly; the sentence is about "the cell", whose place the caller adds."""


@dataclass(frozen=True)
class Style:
    """What a number format makes of a number. All false: a plain number."""

    year: bool = False
    month: bool = False
    day: bool = False
    time: bool = False
    zeros: int = 0  # digits that are filled up with zeros

    @property
    def is_moment(self) -> bool:
        return self.year or self.month or self.day or self.time


PLAIN = Style()
_DAY = Style(year=True, month=True, day=True)
BUILT_IN = (
    {14: _DAY, 15: _DAY, 16: _DAY, 17: Style(year=True, month=True), 22: Style(year=True, month=True, day=True, time=True)}
    | dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56), Style(time=True))
    | dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), _DAY)
)


def style_of(code: str) -> Style:
    """The style of a number format such as ``d-mmm-yy`` or ``[$-409]mmm\\ yyyy;@``."""
    first = re.sub(r'"[^"]*"|\\.|_.|\*.', "", code).split(";")[0]
    elapsed = re.search(r"\[(?:h+|m+|s+)\]", first, re.I)
    first = re.sub(r"\[[^\]]*\]|AM/PM|A/P", "", first, flags=re.I).lower()
    if re.fullmatch(r"0{2,}", first):
        return Style(zeros=len(first))
    if elapsed or "general" in first or re.search("[0#?@]", re.sub(r"s\.0+", "s", first)):
        return PLAIN  # a span of hours is no moment, and what has digits is a number
    time = bool(re.search("[hs]", first))
    year, day = bool(re.search("[ye]", first)), "d" in first
    month = bool(re.search("m", re.sub("h+[^a-z]*m+|m+[^a-z]*s+", "", first)))
    return Style(year=year, month=month and (year or day or not time), day=day, time=time)


def number_text(raw: str) -> str:
    """A number as a spreadsheet shows it, without exponent and without noise: "0.1", "12", "-3.5"."""
    if raw.isascii() and raw.isdigit() and len(raw) <= DIGITS and (raw[0] != "0" or raw == "0"):
        return raw
    if not _NUMBER.match(raw) or len(raw) > 400:
        raise NotExact(_("is no number"))
    try:
        value = Decimal(raw)
    except InvalidOperation as error:
        raise NotExact(_("is no number")) from error
    if value == 0:
        return "0"
    if value.adjusted() > 308 or value.adjusted() < -308:
        raise NotExact(_("is a number that no spreadsheet holds"))
    if value != value.to_integral_value() and len(value.normalize().as_tuple().digits) > DIGITS:
        value = Decimal(f"{float(value):.{DIGITS}g}")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def styled_text(raw: str, style: Style, *, since_1904: bool) -> str:
    """A number with a style: a day as ISO date; as the number itself where the style can not be meant."""
    text = number_text(raw)
    if style.zeros:
        return text.zfill(style.zeros) if text.isdigit() else text
    value = Decimal(raw)
    if not style.is_moment or not 0 <= value < LAST_DAY + 1:
        return text
    days, milliseconds = divmod(round(value * 86_400_000), 86_400_000)
    if days == 0 and not (style.year or style.month or style.day):
        return _clock(milliseconds)
    if since_1904:
        days += SINCE_1904
    # Day 60 is the 29 February 1900, which never was; day 0 is what an empty cell comes to.
    if days > LAST_DAY or days == 60 or days < 1:
        return text
    day = dt.date(1899, 12, 31 if days < 60 else 30) + dt.timedelta(days=days)
    if milliseconds:
        return f"{day.isoformat()}T{_clock(milliseconds)}"
    return _as_known(day, style)


def _as_known(day: dt.date, style: Style) -> str:
    """A day of which only month or year is shown is that month or year, where it is its first day."""
    if style.year and not style.day and not style.time and day.day == 1:
        if style.month:
            return day.isoformat()[:7]
        if day.month == 1:
            return day.isoformat()[:4]
    return day.isoformat()


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


def iso_text(raw: str) -> str:
    """A date that the file itself has as ISO text."""
    found = _ISO.match(raw)
    if not found:
        raise NotExact(_("is no date"))
    day, time = found.groups()
    return f"{day}T{time}" if time and time.strip("0:") else day


def unescaped(text: str) -> str:
    """``_x000D_`` and the like are letters that XML can not hold."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    if plain == text:
        return text
    try:
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise NotExact(_("has half a letter (a lone surrogate)")) from error
    if "\0" in plain:
        raise NotExact(_("has a zero byte"))
    return plain


class SharedTexts:
    """The texts that cells point to by number: kept on the disk beyond a few megabytes, in a file without a name."""

    def __init__(self) -> None:
        self._ends = array("Q", [0])
        self._buffer = bytearray()
        self._file: IO[bytes] | None = None
        self._written = 0
        self._known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, text: str) -> None:
        self._buffer += text.encode()
        self._ends.append(self._written + len(self._buffer))
        if len(self._buffer) > IN_MEMORY:
            self._write()

    def _write(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed by close()
        self._file.write(self._buffer)
        self._written += len(self._buffer)
        self._buffer = bytearray()

    def seal(self) -> None:
        """No more texts come."""
        if self._file is not None:
            self._write()
            self._file.flush()

    def __getitem__(self, number: int) -> str:
        text = self._known.get(number)
        if text is None:
            start, end = self._ends[number], self._ends[number + 1]
            data = bytes(self._buffer[start:end]) if self._file is None else pread(self._file.fileno(), end - start, start)
            text = unescaped(data.decode())
            if len(text) < 200:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[number] = text
        return text

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
