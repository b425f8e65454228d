"""An empty file for each of our layouts, to fill in and upload: the columns, what they say, and the words that they take."""

import csv
import io
import tempfile
from pathlib import Path
from typing import IO

import xlsxwriter
from django.utils.translation import gettext as _

from engagements.export.columns import Column, Layout, Type
from engagements.export.stream import BOM
from imports.mapping.own import COMPUTED, own_mapping

AS_TEXT = {Type.TEXT, Type.TEXTS, Type.CODE, Type.CODES, Type.CLOSED, Type.PARTIAL_DATE, Type.DATE, Type.MOMENT}
FILLED_LINES = 5000  # below the heading, that are prepared for entries
FONT = {"bold": True}


def blank_csv(layout: Layout) -> bytes:
    """The heading alone."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(layout.header)
    return BOM + text.getvalue().encode()


def write_blank_xlsx(layout: Layout, target: IO[bytes], *, folder: Path) -> None:
    """A sheet with the heading, one that says what the columns mean, and one with the words of closed lists.

    Dates and codes are texts, so that "1948-05" stays what it is. ``folder`` takes what is written in between.
    """
    with tempfile.TemporaryDirectory(dir=folder) as between:
        book = xlsxwriter.Workbook(target, {"tmpdir": between, "strings_to_formulas": False, "strings_to_urls": False})
        bold, text = book.add_format(FONT), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(layout.name[:31])
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(layout.columns):
            sheet.set_column(place, place, max(12, len(column.name) + 2), text if column.type in AS_TEXT else None)
            sheet.write_string(0, place, column.name, bold)
        _definitions(book.add_worksheet(_("About")), layout, bold)
        _offer_words(book, sheet, layout, bold)
        book.close()


def read_columns(layout: Layout) -> set[str]:
    """The columns that an import of this layout reads; the others are worked out by the program."""
    rules = own_mapping(layout.name).columns
    precise = {rule.precision for rule in rules if rule.precision}
    return {rule.column for rule in rules if rule.to != COMPUTED} | precise


def _definitions(sheet, layout: Layout, bold) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 100)
    is_read = read_columns(layout)
    sheet.write_row(0, 0, [_("Column"), _("Is"), _("What it says")], bold)
    for number, column in enumerate(layout.columns, start=1):
        said = str(column.description)
        if column.name not in is_read:
            said = _("%(what)s Worked out by the program; leave it blank.") % {"what": said}
        for place, text in enumerate((column.name, str(column.type.value), said)):
            sheet.write_string(number, place, text, bold if place == 0 else None)


def _offer_words(book, sheet, layout: Layout, bold) -> None:
    """Cells of a closed list offer its words; a spreadsheet takes them from a sheet of their own."""
    closed = [(place, column) for place, column in enumerate(layout.columns) if column.closed and column.name in read_columns(layout)]
    if not closed:
        return
    title = _("Words")
    words = book.add_worksheet(title)
    for number, (place, column) in enumerate(closed):
        values = _words(column)
        words.set_column(number, number, 24)
        words.write_string(0, number, column.name, bold)
        for line, value in enumerate(values, start=1):
            words.write_string(line, number, value)
        letters = xlsxwriter.utility.xl_col_to_name(number, col_abs=True)
        source = f"='{title}'!{letters}$2:{letters}${len(values) + 1}"
        sheet.data_validation(1, place, FILLED_LINES, place, {"validate": "list", "source": source, "ignore_blank": True})


def _words(column: Column) -> list[str]:
    return [value for value in column.closed.values if value] if column.closed else []
