"""A document to print, as plain values: what it says, not how it looks. Every text is a text, whatever stands in it."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

WIDE = 8  # columns that a page on its side is better for
_LONG = re.compile(r"\w{13}(?=\w{3})")
MOST = 15  # columns that fit beside each other; those after them follow below, with the name of the row again


@dataclass(frozen=True)
class Facts:
    """Labels and what they say, in columns."""

    rows: Sequence[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True)
class Prose:
    """Paragraphs; blank lines part them."""

    text: str
    title: str = ""
    kind: str = "prose"


@dataclass(frozen=True)
class Items:
    """Short texts one below the other: (text, small text behind it)."""

    title: str
    rows: Sequence[tuple[str, str]]
    empty: str = ""
    is_numbered: bool = False
    kind: str = "items"


@dataclass(frozen=True)
class Column:
    label: str
    is_figure: bool = False


@dataclass(frozen=True)
class Cell:
    """``small`` is said behind ``text``, in smaller letters; ``level`` indents it."""

    text: str
    small: str = ""
    level: int = 0


@dataclass(frozen=True)
class Grid:
    """A table; the first column names its rows. ``total`` is the line below the rule."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: str = ""
    empty: str = ""
    kind: str = "grid"

    @property
    def heads(self) -> list[Column]:
        """The columns; beside many others a long word of a heading can part."""
        if len(self.columns) <= WIDE:
            return list(self.columns)
        return [replace(column, label=_LONG.sub("\\g<0>\N{ZERO WIDTH SPACE}", column.label)) for column in self.columns]

    def parts(self) -> list["Grid"]:
        """The table, or as many as its columns need, each with the first column."""
        if len(self.columns) <= MOST + 1:
            return [replace(self, columns=self.heads)]
        found = []
        for first in range(1, len(self.columns), MOST):
            places = [0, *range(first, min(first + MOST, len(self.columns)))]
            found.append(
                Grid(
                    self.title if first == 1 else _("%(title)s, continued") % {"title": self.title},
                    [self.heads[place] for place in places],
                    [[row[place] for place in places] for row in self.rows],
                    [self.total[place] for place in places] if self.total else None,
                    self.note if first + MOST >= len(self.columns) else "",
                    self.empty,
                )
            )
        return found


@dataclass(frozen=True)
class Picture:
    """``svg`` is the drawing; ``alt`` says the same in words."""

    title: str
    svg: str
    alt: str
    kind: str = "picture"


Block = Facts | Prose | Items | Grid | Picture


@dataclass
class Document:
    """``marking`` stands at head and foot of each page, ``foot`` below; ``over`` above the title, ``lines`` below it."""

    title: str
    marking: str
    foot: str
    over: str = ""
    lines: Sequence[str] = ()
    marking_note: str = ""
    warning: str = ""
    blocks: list[Block] = field(default_factory=list)

    @property
    def is_wide(self) -> bool:
        return any(isinstance(block, Grid) and len(block.columns) > WIDE for block in self.blocks)

    @property
    def length(self) -> int:
        """How many lines of tables it has."""
        return sum(len(block.rows) for block in self.blocks if isinstance(block, Grid))

    def values(self) -> dict[str, Any]:
        blocks: list[Block] = []
        for block in self.blocks:
            blocks += block.parts() if isinstance(block, Grid) else [block]
        plain = asdict(self)
        plain["blocks"] = [asdict(block) for block in blocks]
        return plain | {"is_wide": self.is_wide}


def figure(value: Any, suffix: str = "") -> str:
    """A number as the pages write it; said where it is not known."""
    if value is None:
        return _("not known")
    if hasattr(value, "to_integral_value") and value == value.to_integral_value():
        value = int(value)
    return number_format(value, use_l10n=True, force_grouping=True) + suffix
