"""Dates that are known only to the day, the month or the year, or not at all, or that are open-ended.

A partial date is stored as two columns: a bound (``starts_on``: the earliest possible day; ``ends_on``: the
latest) and its precision. Nobody is shown a day that was not known.
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.canonical import canonical
from catalog.choices import Precision

FIRST_YEAR, LAST_YEAR = 1900, 2200
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name
}
_MONTHS["sept"] = 9
_WORDS_OPEN = {"open", "open-ended", "ongoing", "present", "continuing"}
_WORDS_UNKNOWN = {"unknown", "not known", "?", "n/k"}


@dataclass(frozen=True)
class PartialDate:
    """A date as far as it is known. ``year`` alone, with ``month``, or with ``day``; or open; or nothing."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    open: bool = False

    @classmethod
    def of(cls, bound: dt.date | None, precision: str) -> "PartialDate":
        """The partial date behind a stored bound and its precision."""
        if bound is None:
            return cls(open=precision == Precision.OPEN)
        if precision == Precision.YEAR:
            return cls(bound.year)
        if precision == Precision.MONTH:
            return cls(bound.year, bound.month)
        return cls(bound.year, bound.month, bound.day)

    @classmethod
    def parse(cls, text: str, *, first_year: int = FIRST_YEAR) -> "PartialDate":
        """Read what a person or a file wrote: 14 Mar 2026, Mar 2026, 2026-03, 2026, open, unknown.

        ``first_year`` is the earliest year that makes sense: bodies are older than engagements.
        Raises ``ValidationError`` with a sentence that says how to put it right.
        """
        words = canonical(text).replace(",", " ").strip()
        if not words or words in _WORDS_UNKNOWN:
            return cls()
        if words in _WORDS_OPEN:
            return cls(open=True)
        if match := re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", words):
            return cls._checked(first_year, *(int(part) if part else None for part in match.groups()))
        if match := re.fullmatch(r"(?:([0-9]{1,2})\.?\s+)?([a-z]+)\.?\s+([0-9]{4})", words):
            day, month, year = match.groups()
            if month in _MONTHS:
                return cls._checked(first_year, int(year), _MONTHS[month], int(day) if day else None)
        if match := re.fullmatch(r"([a-z]+)\.?\s+([0-9]{1,2})\s+([0-9]{4})", words):
            month, day, year = match.groups()
            if month in _MONTHS:
                return cls._checked(first_year, int(year), _MONTHS[month], int(day))
        raise ValidationError(
            _("“%(text)s” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
            code="unreadable",
            params={"text": text[:40]},
        )

    @classmethod
    def _checked(cls, first_year: int, year: int, month: int | None = None, day: int | None = None) -> "PartialDate":
        if not first_year <= year <= LAST_YEAR:
            raise ValidationError(
                _("The year %(year)s is outside %(first)s to %(last)s."),
                code="year",
                params={"year": year, "first": first_year, "last": LAST_YEAR},
            )
        if month is not None and not 1 <= month <= 12:
            raise ValidationError(_("There is no month %(month)s."), code="month", params={"month": month})
        if month is not None and day is not None:
            days = calendar.monthrange(year, month)[1]
            if not 1 <= day <= days:
                name = formats.date_format(dt.date(year, month, 1), "F")
                short = formats.date_format(dt.date(year, month, 1), "M Y")
                raise ValidationError(
                    _("%(month)s %(year)s has %(days)s days. Write %(days)s %(short)s or %(short)s."),
                    code="day",
                    params={"month": name, "days": days, "year": year, "short": short},
                )
        return cls(year, month, day)

    @property
    def precision(self) -> str:
        if self.year is None:
            return Precision.OPEN if self.open else Precision.UNKNOWN
        if self.month is None:
            return Precision.YEAR
        return Precision.MONTH if self.day is None else Precision.DAY

    @property
    def earliest(self) -> dt.date | None:
        return None if self.year is None else dt.date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> dt.date | None:
        if self.year is None:
            return None
        month = self.month or 12
        return dt.date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def iso(self) -> str:
        """``1948-05-14``, ``1948-05``, ``1948``, or nothing where it is not known or open."""
        if self.year is None:
            return ""
        text = f"{self.year:04d}"
        if self.month is not None:
            text += f"-{self.month:02d}"
        if self.day is not None:
            text += f"-{self.day:02d}"
        return text

    @property
    def typed(self) -> str:
        """What a form shows for it: it reads back as the same partial date."""
        if self.open:
            return "open"
        return str(self) if self.year is not None else ""

    @property
    def spelled_out(self) -> str:
        """What was understood, and what was not said: "March 2026, day not known"."""
        earliest = self.earliest
        if earliest is None:
            return str(self)
        if self.month is None:
            return _("%(year)s, month and day not known") % {"year": self.year}
        if self.day is None:
            return _("%(month)s, day not known") % {"month": formats.date_format(earliest, "F Y")}
        return formats.date_format(earliest, "l, j F Y")

    def __bool__(self) -> bool:
        return self.year is not None or self.open

    def __str__(self) -> str:
        earliest = self.earliest
        if earliest is None:
            return _("open-ended") if self.open else _("not known")
        if self.month is None:
            return str(self.year)
        return formats.date_format(earliest, "M Y" if self.day is None else "j M Y")


def period(starts: PartialDate, ends: PartialDate) -> str:
    """Two partial dates as one short text: "10 – 24 Mar 2012", "May 1948", "since 2003", "not known"."""
    if ends.open:
        return _("since %(start)s") % {"start": starts} if starts else _("open-ended, start not known")
    if not starts and not ends:
        return _("not known")
    if not ends:
        return _("%(start)s, end not known") % {"start": starts}
    if not starts:
        return _("until %(end)s, start not known") % {"end": ends}
    if starts == ends:
        return str(starts)
    if starts.day and ends.day and starts.year == ends.year:
        if starts.month == ends.month:
            return f"{starts.day} – {ends}"  # noqa: RUF001
        return f"{formats.date_format(starts.earliest, 'j M')} – {ends}"  # noqa: RUF001
    return f"{starts} – {ends}"  # noqa: RUF001


class _PartialDateAttribute:
    """``engagement.starts``: the partial date behind ``starts_on`` and ``starts_precision``."""

    def __init__(self, stem: str, *, latest: bool):
        self.stem, self.latest = stem, latest

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return PartialDate.of(getattr(instance, f"{self.stem}_on"), getattr(instance, f"{self.stem}_precision"))

    def __set__(self, instance, value: PartialDate):
        setattr(instance, f"{self.stem}_on", value.latest if self.latest else value.earliest)
        setattr(instance, f"{self.stem}_precision", str(value.precision))


class PartialDateField(models.DateField):
    """The bound of a partial date, named ``<stem>_on``; brings ``<stem>_precision`` and ``<stem>`` with it."""

    def __init__(self, *args, latest=False, **kwargs):
        self.latest = latest
        kwargs |= {"null": True, "blank": True, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        stem = name.removesuffix("_on")
        precision = models.CharField(gettext_lazy("precision"), max_length=7, choices=Precision, default=Precision.UNKNOWN, editable=False)
        precision.contribute_to_class(cls, f"{stem}_precision")
        setattr(cls, stem, _PartialDateAttribute(stem, latest=self.latest))


def partial_date_constraint(model: str, stem: str) -> models.CheckConstraint:
    """A bound and its precision belong together: there is a day exactly where something is known."""
    known = Q(**{f"{stem}_on__isnull": False}) & Q(**{f"{stem}_precision__in": [Precision.DAY, Precision.MONTH, Precision.YEAR]})
    unknown = Q(**{f"{stem}_on__isnull": True}) & Q(**{f"{stem}_precision__in": [Precision.UNKNOWN, Precision.OPEN]})
    return models.CheckConstraint(
        name=f"{model}_{stem}_as_known",
        condition=known | unknown,
        violation_error_message=gettext_lazy("A date and its precision do not belong together."),
    )


def period_constraint(model: str, start: str, end: str) -> models.CheckConstraint:
    """An end is not before its start."""
    return models.CheckConstraint(
        name=f"{model}_ends_after_start",
        condition=Q(**{f"{start}_on": None}) | Q(**{f"{end}_on": None}) | Q(**{f"{end}_on__gte": models.F(f"{start}_on")}),
        violation_error_message=gettext_lazy("The end is before the start."),
    )
