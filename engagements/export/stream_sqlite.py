"""Rows out of SQLite: fetched some at a time, marked and written by Python, byte for byte as PostgreSQL does."""

import csv
import io
from collections.abc import Iterator

from engagements.export.columns import Layout
from engagements.export.guard import SAFE_FROM, SAFE_TO, is_risky

ROWS = 200
_SAFE = frozenset(map(chr, range(SAFE_FROM, SAFE_TO + 1)))


def pieces(layout: Layout, sql: str, parameters: list, connection) -> Iterator[tuple[bytes, int]]:
    """(lines, how many rows they hold)."""
    guarded = [place for place, column in enumerate(layout.columns) if column.type.is_guarded]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
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
