"""The rows of a written CSV file as typed values again, for formats that have types."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engagements.export.columns import Layout, Type
from engagements.export.guard import unguard
from engagements.export.lists import split

LISTS = {Type.TEXTS, Type.CODES}


def typed_rows(file, layout: Layout) -> Iterator[list[Any]]:
    """Each row as values by the columns of ``layout``: int, Decimal, bool, date, text; a list for lists; None where unknown.

    ``file`` is the CSV file, open for reading bytes and standing at its beginning.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        rows = csv.reader(text)
        next(rows)
        for row in rows:
            yield [_value(cell, column.type) for cell, column in zip(row, layout.columns, strict=True)]
    finally:
        text.detach()  # the file stays open


def _value(cell: str, of: Type) -> Any:
    if of in LISTS:
        return split(unguard(cell))
    if cell == "":
        return None
    if of is Type.INTEGER:
        return int(cell)
    if of is Type.DECIMAL:
        return Decimal(cell)
    if of is Type.BOOLEAN:
        return cell == "true"
    if of is Type.DATE:
        return dt.date.fromisoformat(cell)
    return unguard(cell) if of.is_guarded else cell
