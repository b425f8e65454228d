"""A report as a file: the same figures as on the page."""

import csv
import io
from decimal import Decimal

from django.conf import settings

from engagements.export.guard import guard
from engagements.export.other_formats import About, write_book
from reports.tables import Table

BOM = "\ufeff"


def as_csv(table: Table, *, bom: bool = False) -> bytes:
    """Heading, rows and the total line; texts that a spreadsheet would run are marked, what is not known is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for values in table.values():
        writer.writerow([_cell(value) for value in values])
    return ((BOM if bom else "") + text.getvalue()).encode()


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        return value
    return guard(str(value))


def as_xlsx(table: Table, about: About) -> bytes:
    """The same lines with typed cells, and a sheet that says what they are."""
    header, *rows = table.values()
    shown = [column for column in table.columns if not column.is_bar]
    definitions = [(column.name, str(column.label)) for column in shown]
    target = io.BytesIO()
    write_book(target, table.name, header, rows, about, definitions, folder=settings.FILE_UPLOAD_TEMP_DIR)
    return target.getvalue()
