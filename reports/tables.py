"""What a report answers with: tables whose figures lead to the rows behind them.

Nothing here reads the database. A figure is None where it is not known, 0 where there is none.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from pyroaring import FrozenBitMap

MOST_ROWS = 500
# (name of a filter, value), ...: one small filter. Values of one name mean any of them, names mean all of them.
Clause = tuple[tuple[str, str], ...]
# Clauses narrow the report's own filter, each by itself.
Conditions = tuple[Clause, ...]


@dataclass(frozen=True)
class Figure:
    """One number; ``conditions`` lead to the list of exactly these engagements, None where there is no such list.

    ``share`` is between 0 and 1 and draws a bar; ``suffix`` is a unit ("%").
    """

    value: int | Decimal | float | None
    conditions: Conditions | None = None
    share: float | None = None
    suffix: str = ""


@dataclass(frozen=True)
class Text:
    """One text, perhaps with the address of its own page; ``shown`` stands on the page where files say it otherwise."""

    text: str
    href: str = ""
    small: str = ""
    shown: str = ""

    @classmethod
    def of_day(cls, day: date | None) -> "Text":
        """A day: to be sorted in files, to be read on the page."""
        return cls(day.isoformat(), shown=date_format(day, "j M Y")) if day else cls("")


Cell = Figure | Text


@dataclass(frozen=True)
class Column:
    """``name`` heads the column in files, ``label`` on the page."""

    name: str
    label: str
    is_figure: bool = True
    kind: str = ""  # one of the four kinds: its mark stands in the heading
    is_total: bool = False
    is_bar: bool = False  # a picture of another column: not in files
    is_code: bool = False  # for files only
    is_heading: bool = False  # names the row


@dataclass(frozen=True)
class Row:
    """One line; ``level`` indents it below the line before it with a smaller one."""

    cells: Sequence[Cell]
    level: int = 0


class Rows(Sequence[Row]):
    """Rows of which a page shows the ``first``; all ``count`` of them are made where somebody asks for more, for a file."""

    def __init__(self, first: Sequence[Row], count: int, make: Callable[[], Sequence[Row]]):
        self.first, self.count, self.make = first, count, make

    @cached_property
    def everything(self) -> Sequence[Row]:
        return self.make()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice) and place.start is place.step is None and 0 <= (place.stop or 0) <= len(self.first):
            return self.first[place]
        return self.everything[place]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.everything)


@dataclass(frozen=True)
class Table:
    """A caption, columns, rows, and the line below the double rule."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    empty: str = ""
    most: int = MOST_ROWS  # rows on the page; the file has all of them, and the page says so

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[: self.most]

    @property
    def leads_to_lists(self) -> bool:
        """Whether one of its figures opens a list."""
        return any(isinstance(cell, Figure) and cell.conditions is not None for row in self.shown for cell in row.cells)

    @property
    def is_prose(self) -> bool:
        """Whether it says more in words than in figures: on a phone a row of it becomes an entry."""
        return sum(not (column.is_figure or column.is_code or column.is_bar) for column in self.columns) > 2

    @property
    def left_out(self) -> int:
        """How many rows are in the file only."""
        return max(0, len(self.rows) - self.most)

    def values(self) -> Iterable[list[Any]]:
        """Heading and rows as plain values, for files: dates and numbers keep their type, unknown is None."""
        shown = [place for place, column in enumerate(self.columns) if not column.is_bar]
        yield [self.columns[place].name for place in shown]
        for row in [*self.rows, *([self.total] if self.total else [])]:
            yield [_value(row.cells[place]) for place in shown]


def _value(cell: Cell):
    return cell.value if isinstance(cell, Figure) else cell.text


@dataclass(frozen=True)
class Answer:
    """A report's answer: what is counted in words, then tables and pictures of them.

    ``claim`` says what one unit is; ``remarks`` what is left out or counted more than once.
    """

    claim: str
    tables: Sequence[Table]
    remarks: Sequence[str] = ()
    charts: Sequence["Chart"] = ()


@dataclass(frozen=True)
class Chart:
    """A picture of a table: ``spec`` is Vega-Lite without data or colors, ``rows`` are its data, ``alt`` its text.

    ``note`` says what the table has and the picture leaves out.
    """

    name: str
    title: str
    alt: str
    spec: dict[str, Any]
    rows: Sequence[dict[str, Any]]
    is_map: bool = False
    note: str = ""

    @property
    def data_id(self) -> str:
        return f"d-{self.name}"


# Cross tables --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Engagements that share something: a row or a column of a cross table. ``ids`` is a set, so each counts once."""

    label: str
    code: str
    clause: Clause
    ids: FrozenBitMap
    level: int = 0
    href: str = ""
    kind: str = ""

    def common(self, other: "Group") -> int:
        """How many are in both."""
        return self.ids.intersection_cardinality(other.ids)


@dataclass(frozen=True)
class Heading:
    """What the rows of a cross table are."""

    name: str
    label: str


def crosstab(
    name: str,
    caption: str,
    heading: Heading,
    rows: Sequence[Group],
    columns: Sequence[Group],
    everything: FrozenBitMap,
    *,
    labels: dict[str, str],
    within: Conditions = (),
    empty: str = "",
    most_columns: int | None = None,
    cells_within: bool = False,
) -> Table:
    """Distinct engagements by row and column, with distinct totals; ``labels`` has the words "all" and "total".

    ``within`` leads from the report's rows to ``everything`` where that is not all of them; ``cells_within`` says that
    the clauses of row and column together do not lead there yet.
    Rows may overlap: the total is that of the engagements, not the sum of the rows. Columns after the first
    ``most_columns`` are in the file only.
    """
    most = max((len(row.ids) for row in rows if row.level == 0), default=0)
    head = [
        Column(f"{heading.name}_code", heading.label, is_figure=False, is_code=True),
        Column(heading.name, heading.label, is_figure=False, is_heading=True),
        *(
            Column(column.code, column.label, kind=column.kind, is_code=most_columns is not None and place >= most_columns)
            for place, column in enumerate(columns)
        ),
        Column("all", labels["all"], is_total=True),
        Column("share", labels["share"], is_bar=True),
    ]
    lines = []
    for row in rows:
        figures = [Figure(row.common(column), (row.clause, column.clause, *(within if cells_within else ()))) for column in columns]
        all_of_row = Figure(len(row.ids), (row.clause, *within))
        bar = Figure(len(row.ids), None, share=len(row.ids) / most if most else 0)
        lines.append(Row([Text(row.code), Text(row.label, row.href), *figures, all_of_row, bar], row.level))
    foot = [Figure(column.ids.intersection_cardinality(everything), (column.clause, *within)) for column in columns]
    total = Row([Text("TOTAL"), Text(labels["total"]), *foot, Figure(len(everything), within), Text("")])
    return Table(name, caption, head, lines, total, empty)


def with_share(table: Table, part: str, of: Sequence[str], name: str, label: str) -> Table:
    """``table`` with one more column: what the column ``part`` is of the columns ``of`` together, in percent."""
    places = {column.name: place for place, column in enumerate(table.columns)}

    def widened(row: Row) -> Row:
        whole = sum(row.cells[places[one]].value for one in of)
        percent = round(100 * row.cells[places[part]].value / whole, 1) if whole else None
        return replace(row, cells=[*row.cells, Figure(percent, suffix=" %" if whole else "")])

    columns = [*table.columns, Column(name, label)]
    return replace(table, columns=columns, rows=[widened(row) for row in table.rows], total=table.total and widened(table.total))
