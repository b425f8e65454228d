"""Rows out of SQLite: fetched some at a time, marked and written by Python, byte for byte as PostgreSQL does."""

import csv
import io
import json
from collections.abc import Iterator

from django.db.models import QuerySet

from engagements.export.columns import Layout
from engagements.export.guard import SAFE_FROM, SAFE_TO, is_risky
from engagements.export.sql import ids_in_order, statement_of_some

ENGAGEMENTS = 500  # at a time: what SQLite joins and sorts for them stays small, however long the file
ROWS = 200
_SAFE = frozenset(map(chr, range(SAFE_FROM, SAFE_TO + 1)))


def pieces(layout: Layout, queryset: QuerySet, visible: QuerySet, connection) -> Iterator[tuple[bytes, int]]:
    """(lines, how many rows they hold). The cursor that lists the engagements stays open: all sees the database of its first moment."""
    guarded = [place for place, column in enumerate(layout.columns) if column.type.is_guarded]
    sql, parameters = statement_of_some(layout, visible, connection)
    with connection.cursor() as engagements, connection.cursor() as cursor:
        engagements.execute(*ids_in_order(layout.contained(queryset), connection))
        while ids := engagements.fetchmany(ENGAGEMENTS):
            cursor.execute(sql, [json.dumps([key for (key,) in ids]), *parameters])
            while rows := cursor.fetchmany(ROWS):
                page = io.StringIO(newline="")
                csv.writer(page, lineterminator="\r\n").writerows(_marked(row, guarded) for row in rows)
                yield page.getvalue().encode(), len(rows)


def _marked(row: tuple, guarded: list[int]) -> list:
    cells = list(row)
    for place in guarded:
        text = cells[place]
        if text and text[0] not in _SAFE and is_risky(text):
            cells[place] = f"'{text}"
    return cells
