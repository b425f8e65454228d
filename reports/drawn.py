"""The rows of a report's tables as markup: thousands of cells, too many for a template each. Every text is escaped here."""

from collections.abc import Callable
from html import escape
from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape

from engagements.templatetags.panel import Assembled
from engagements.templatetags.record import figure
from reports.tables import Column, Conditions, Row, Table

Draw = Callable[[Any, Row], str]


class Drawn:
    """The rows of a table; ``address`` leads from conditions to the list behind a figure."""

    def __init__(self, table: Table, address: Callable[[Conditions], str]):
        self.table, self.address = table, address
        self.role = ' role="row"' if table.is_prose else ""
        self.figures: dict[Any, str] = {}
        self.columns = [(place, self._draw(column)) for place, column in enumerate(table.columns) if not column.is_code]

    def body(self) -> Assembled:
        first, below = f"<tr{self.role}>", f'<tr{self.role} class="sub">'
        return Assembled("".join([f"{below if row.level else first}{self._cells(row)}</tr>" for row in self.table.shown]))

    def foot(self) -> Assembled:
        return Assembled(f"<tr{self.role}>{self._cells(self.table.total)}</tr>" if self.table.total else "")

    def _cells(self, row: Row) -> str:
        cells = row.cells
        return "".join([draw(cells[place], row) for place, draw in self.columns])

    def _draw(self, column: Column) -> Draw:
        """How the cells of a column are drawn."""
        role = ' role="cell"' if self.table.is_prose else ""
        label = f' data-l="{_text(column.label)}"' if self.table.is_prose else ""
        if column.is_bar:
            begin = f'<td{role} class="barcell">'
            return lambda cell, row: f"{begin}{_bar(cell, row)}</td>"
        if column.is_figure:
            total = " tot" if column.is_total else ""
            begin = f'<td{role}{label} class="num{total}">'
            return lambda cell, row: f"{begin}{self._figure(cell)}</td>"
        if column.is_heading:
            begin = f'<th scope="row"{role.replace("cell", "rowheader")}>'
            return lambda cell, row: f"{begin}{_said(cell)}</th>"
        return lambda cell, row: f"<td{role}{label if cell.text else ''}>{_said(cell)}</td>"

    def _figure(self, cell: Any) -> str:
        """A number, with the list behind it where there is one."""
        value = getattr(cell, "value", "")
        text = self.figures.get(value) if type(value) is int else None
        if text is None:
            text = _text(figure(value))
            if type(value) is int:
                self.figures[value] = text
        if suffix := getattr(cell, "suffix", ""):
            text += _text(suffix)
        if value and getattr(cell, "conditions", None) is not None:
            return f'<a href="{escape(self.address(cell.conditions))}">{text}</a>'
        return text


def _bar(cell: Any, row: Row) -> str:
    share = getattr(cell, "share", None)
    if share is None:
        return ""
    pale = ' opacity="0.45"' if row.level else ""
    return (
        '<svg class="bar" aria-hidden="true" width="100%" height="10">'
        f'<rect class="solid" x="0" y="0" height="10" width="{100 * share:.1f}%"{pale}/></svg>'
    )


def _said(cell: Any) -> str:
    """A text, with its own page where it has one."""
    text = _text(cell.shown or cell.text)
    if cell.href:
        text = f'<a href="{_text(cell.href)}">{text}</a>'
    return f"{text} <small>{_text(cell.small)}</small>" if cell.small else text


def _text(value: Any) -> str:
    """As a template would write it."""
    return conditional_escape(value if isinstance(value, str) else localize(value))
