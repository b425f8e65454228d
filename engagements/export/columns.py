"""What a file is made of: layouts, and their columns with a name, a meaning, a type and the SQL behind them."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _


class Type(enum.Enum):
    """How the cells of a column are written."""

    TEXT = _("text")
    TEXTS = _("texts, with “; ” between them")
    CODE = _("code")
    CODES = _("codes, with “; ” between them")
    CLOSED = _("code of a closed list")
    INTEGER = _("integer")
    DECIMAL = _("decimal")
    DATE = _("date")
    PARTIAL_DATE = _("partial date")
    MOMENT = _("date and time")
    BOOLEAN = _("true or false")

    @property
    def is_guarded(self) -> bool:
        """Whether someone may have typed what stands in it."""
        return self in {Type.TEXT, Type.TEXTS, Type.CODE, Type.CODES}


@dataclass(frozen=True)
class Column:
    """One column. ``sql`` speaks both databases; where they differ it is a function of the dialect.

    For a partial date it is the stem: ``e.starts`` for ``e.starts_on`` and ``e.starts_precision``.
    """

    name: str
    type: Type
    sql: str | Callable
    description: str
    closed: type[models.TextChoices] | None = None
    places: int = 2  # of a decimal


def _all(rows: QuerySet) -> QuerySet:
    return rows


@dataclass(frozen=True)
class Layout:
    """One shape of file. ``joins`` names the aggregates (aggregates.py) that the columns read."""

    name: str
    label: str
    row: str  # what one row is
    note: str  # what is counted, and what is not in it
    tables: str
    joins: tuple[str, ...]
    columns: tuple[Column, ...]
    order: str = ""  # of the rows of one engagement
    contained: Callable[[QuerySet], QuerySet] = _all  # the engagements that have a row

    @property
    def header(self) -> list[str]:
        return [column.name for column in self.columns]
