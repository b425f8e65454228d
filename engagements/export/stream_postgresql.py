"""Rows out of PostgreSQL: it writes the CSV itself (COPY), we pass it on in pieces."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
from django.db.models import QuerySet

from engagements.export.columns import Layout
from engagements.export.sql import statement

CHUNK = 64 * 1024
MANY = 2_000


def pieces(layout: Layout, queryset: QuerySet, visible: QuerySet, connection) -> Iterator[tuple[bytes, int]]:
    """(lines, how many rows they hold), about 64 KB each."""
    sql, parameters = statement(layout, queryset, visible, connection)
    lines = _LineEnds()
    connection.ensure_connection()
    is_long = queryset.order_by()[: MANY + 1].count() > MANY
    if is_long:
        _loops(connection, "off")
    # Django's own cursors hide copy() where queries are being counted; the parameters are merged on our side either way.
    with closing(psycopg.ClientCursor(connection.connection)) as cursor, connection.wrap_database_errors:
        copy_to = f"COPY ({cursor.mogrify(sql, parameters)}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
        with cursor.copy(copy_to.encode()) as copy:
            waiting, size = [], 0
            for data in copy:
                waiting.append(bytes(data))
                size += len(waiting[-1])
                if size >= CHUNK:
                    yield lines.converted(b"".join(waiting))
                    waiting, size = [], 0
            if waiting:
                yield lines.converted(b"".join(waiting))
    if is_long:
        _loops(connection, "on")


def _loops(connection, state: str) -> None:
    """Joins row by row, off for a long file: right after a bulk load, before its tables are analyzed, they would take hours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', %s, true)", [state])


class _LineEnds:
    """PostgreSQL ends lines with LF. Outside of quoted cells, that is after an even number of quotes, it becomes CRLF."""

    def __init__(self):
        self.is_quoted = False

    def converted(self, data: bytes) -> tuple[bytes, int]:
        if not self.is_quoted and b'"' not in data:
            return data.replace(b"\n", b"\r\n"), data.count(b"\n")
        parts, rows = data.split(b'"'), 0
        for place in range(1 if self.is_quoted else 0, len(parts), 2):
            rows += parts[place].count(b"\n")
            parts[place] = parts[place].replace(b"\n", b"\r\n")
        self.is_quoted ^= len(parts) % 2 == 0
        return b'"'.join(parts), rows
