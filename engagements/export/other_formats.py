"""The file of a layout as a spreadsheet or as JSON: the same rows and figures as the CSV file it is made from."""

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from engagements.export.columns import Layout
from engagements.export.lists import join
from engagements.export.typed import typed_rows

MOST_ROWS = 1_048_575  # of a sheet, without its heading
MOST_LETTERS = 32_767  # of one of its cells
TOLD_EVERY = 500  # rows


class DoesNotFit(Exception):
    """A spreadsheet can not hold one of these cells; the sentence says which. Nothing is cut."""


@dataclass(frozen=True)
class About:
    """What a reader of the file has to know: ``facts`` are (label, text), such as filter, day, marking and counts."""

    title: str
    facts: list[tuple[str, str]]


Tell = Callable[[int], None]  # told the rows written so far; may raise to stop it


def _each(rows: Iterable[list[Any]], tell: Tell | None) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=1):
        yield row
        if tell is not None and number % TOLD_EVERY == 0:
            tell(number)


def write_json(source, target, layout: Layout, about: About, *, tell: Tell | None = None) -> None:
    """{"layout", "about": {label: text}, "rows": [{column: value}]}; lists are lists, what is not known is null."""
    head = {"layout": layout.name, "about": dict(about.facts)}
    target.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "rows": [')
    between = b"\n"
    for row in _each(typed_rows(source, layout), tell):
        values = dict(zip(layout.header, row, strict=True))
        target.write(between + json.dumps(values, ensure_ascii=False, default=_plain).encode())
        between = b",\n"
    target.write(b"\n]}\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat()


def write_xlsx(source, target, layout: Layout, about: About, *, folder: Path, tell: Tell | None = None) -> None:
    """Rows with typed cells, frozen heading and filter, on as many sheets as they need, and a sheet that says what they are.

    Raises DoesNotFit. ``folder`` takes what is written in between, and is left empty.
    """
    titles = [(str(column.name), str(column.description)) for column in layout.columns]
    with closing(typed_rows(source, layout)) as rows:
        write_book(target, layout.name, layout.header, _each(rows, tell), about, titles, folder=folder)


def write_book(
    target, name: str, header: list[str], rows: Iterable[list[Any]], about: About, definitions: list[tuple[str, str]], *, folder: Path
) -> None:
    """One table as a workbook; texts are texts and never formulas."""
    with tempfile.TemporaryDirectory(dir=folder) as between:
        options = {"constant_memory": True, "tmpdir": between, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(target, options)
        book.use_zip64()  # only what is larger than 4 GB needs it
        try:
            _fill(book, name, header, rows, about, definitions)
        except BaseException:
            book.fileclosed = 1  # nothing of it is packed
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            raise
        book.close()


def _fill(book, name: str, header: list[str], rows: Iterable[list[Any]], about: About, definitions: list[tuple[str, str]]) -> None:
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet, number = None, 0
    for number, row in enumerate(rows, start=1):
        place_on_sheet = (number - 1) % MOST_ROWS + 1
        if sheet is None or place_on_sheet == 1:
            _finish(sheet, MOST_ROWS, header)
            sheet = _sheet(book, name, header, bold, (number - 1) // MOST_ROWS + 1)
        for place, value in enumerate(row):
            _write(sheet, place_on_sheet, place, value, day, header[place], number)
    sheet = sheet or _sheet(book, name, header, bold, 1)
    _finish(sheet, (number - 1) % MOST_ROWS + 1 if number else 0, header)
    _about_sheet(book, about, number, definitions, bold)


def _sheet(book, name: str, header: list[str], bold, number: int):
    """The sheet of this number: the first has the name alone, further ones go on where it was full."""
    sheet = book.add_worksheet(name[:31] if number == 1 else f"{name[:25]} {number}")
    sheet.freeze_panes(1, 1)
    for place, heading in enumerate(header):
        sheet.write_string(0, place, heading, bold)
    return sheet


def _finish(sheet, rows: int, header: list[str]) -> None:
    if sheet is not None:
        sheet.autofilter(0, 0, rows, len(header) - 1)


def _write(sheet, row: int, place: int, value: Any, day, column: str, number: int) -> None:
    if isinstance(value, list):
        value = join(value)
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, place, value)
    elif isinstance(value, dt.date):
        if value.year < 1900:
            sheet.write_string(row, place, value.isoformat())  # a spreadsheet knows no earlier day
        else:
            sheet.write_datetime(row, place, dt.datetime.combine(value, dt.time()), day)
    elif len(value) > MOST_LETTERS:
        facts = {"row": number, "column": column, "most": f"{MOST_LETTERS:,}"}
        raise DoesNotFit(_("Row %(row)s, column %(column)s has more than the %(most)s letters that a cell holds. Take CSV.") % facts)
    else:
        sheet.write_string(row, place, value)


def _about_sheet(book, about: About, rows: int, definitions: list[tuple[str, str]], bold) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    lines = [
        ("", about.title),
        *about.facts,
        (str(_("Rows")), f"{rows:,}"),
        ("", ""),
        (str(_("Column")), str(_("What it says"))),
        *definitions,
    ]
    for number, (label, text) in enumerate(lines):
        sheet.write_string(number, 0, label, bold)
        sheet.write_string(number, 1, text)
