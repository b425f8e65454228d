"""Many rows into one table, past the models: COPY on PostgreSQL, one prepared statement on SQLite.

Values are as Python has them, by attribute name; every row has the same columns. Triggers and constraints of the table
answer as ever, with ``IntegrityError``.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone


def add(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], same: Mapping[str, Any] | None = None) -> None:
    """Write ``rows``, each with a value for each of ``columns`` (attribute names), and with ``same``, which all of them have."""
    rows = list(rows)
    if not rows:
        return
    same = same or {}
    names = ", ".join(connection.ops.quote_name(str(_column(model, name))) for name in (*columns, *same))
    table = connection.ops.quote_name(model._meta.db_table)
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        # Django's own cursors hide copy() where queries are being counted.
        cursor = psycopg.Cursor(connection.connection)
        with connection.wrap_database_errors, closing(cursor), cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
            end = "".join(["\t" + _cell(value) for value in same.values()]) + "\n"
            copy.write("".join([_text(row) + end for row in rows]))
        return
    marks = ", ".join("?" for _name in (*columns, *same))
    adapt = connection.ops.adapt_datetimefield_value
    tail = [_sqlite(value, adapt) for value in same.values()]
    plain = [[_sqlite(value, adapt) for value in row] + tail for row in rows]
    # Outside of a transaction each row would be one of its own.
    with transaction.atomic(), connection.wrap_database_errors:
        connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)


def numbers(model: type[Model], count: int) -> list[int]:
    """Keys for ``count`` new rows of ``model``, so that rows that belong together are written without asking for each."""
    table, key = model._meta.db_table, str(model._meta.pk.column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The name of the sequence is looked up once, and not for each number.
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', key])
            cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [cursor.fetchone()[0], count])
            return [number for (number,) in cursor.fetchall()]
        # Only one writes at a time here, and SQLite itself remembers the highest number it ever gave.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        given = cursor.fetchone()
        cursor.execute(f"SELECT COALESCE(MAX({key}), 0) FROM {connection.ops.quote_name(table)}")
        last = max(given[0] if given else 0, cursor.fetchone()[0])
    return list(range(last + 1, last + count + 1))


@cache
def _column(model: type[Model], name: str) -> Any:
    return next(field.column for field in model._meta.local_concrete_fields if field.attname == name)


_SPECIAL = re.compile(r"[\\\t\n\r]").search
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(row: Sequence[Any]) -> str:
    """The cells of a line of COPY's text format."""
    return "\t".join([value if type(value) is str and not _SPECIAL(value) else _cell(value) for value in row])


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if type(value) is int:
        return str(value)
    if value is True:
        return "t"
    if value is False:
        return "f"
    return str(value).translate(_ESCAPED)


def _sqlite(value: Any, adapt: Any) -> Any:
    kind = type(value)
    if kind is int or kind is str or value is None:
        return value
    if isinstance(value, dt.datetime):
        return adapt(value if timezone.is_aware(value) else timezone.make_aware(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value.value if hasattr(value, "value") else value
