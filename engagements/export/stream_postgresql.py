"""Rows out of PostgreSQL: it writes the CSV itself (COPY), we pass it on in pieces."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
from django.db.models import QuerySet

from engagements.export.columns import Layout
from engagements.export.sql import statement

CHUNK = 64 * 1024
MANY = 2_000
# What suits a few rows is off for a long file. Joins row by row: right after a bulk load, before its tables are analyzed, they would take
# hours. Groups by hash: they go through temporary files, where an index has the rows in order. Joins in another order than the written
# one (sql.py): they would carry the wide rows.
FOR_LONG = {"enable_nestloop": "off", "enable_hashagg": "off", "join_collapse_limit": "1"}


def pieces(layout: Layout, queryset: QuerySet, visible: QuerySet, connection) -> Iterator[tuple[bytes, int]]:
    """(lines, how many rows they hold), about 64 KB each."""
    lines = _LineEnds()
    connection.ensure_connection()
    is_long = queryset.order_by()[: MANY + 1].count() > MANY
    sql, parameters = statement(layout, queryset, visible, connection, is_short=not is_long)
    if is_long:
        _plan(connection, FOR_LONG)
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
        _plan(connection, dict.fromkeys(FOR_LONG, "DEFAULT"))


def _plan(connection, settings: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {name} TO {value}" for name, value in settings.items()))


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
