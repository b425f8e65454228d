"""Rows of one table on their way into the database, many at a time: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from engagements.references import Drawn


class Sheet:
    """Rows of ``model``, given as the columns ``varying``; what else a row must hold has the value the model gives it.

    With ``keyed`` the rows bring their own primary key first, drawn by ``reserve``.
    """

    def __init__(self, model: type[Any], *varying: str, keyed: bool = False):
        self.model = model
        self.rows: list[tuple] = []
        fields = model._meta.local_concrete_fields
        columns = {field.column for field in fields}
        given = [*([model._meta.pk.column] if keyed else []), *varying]
        if unknown := set(given) - columns:
            raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
        rest = [f for f in fields if f.column not in given and not f.null and not f.primary_key]
        self.constants = tuple(_plain(f.get_db_prep_save(f.get_default(), connection)) for f in rest)
        self.columns = given + [f.column for f in rest]

    def add(self, *values: Any) -> None:
        self.rows.append(values + self.constants)

    def write(self) -> int:
        """Write what is there, in one statement, and forget it. Returns the number of rows."""
        if not self.rows:
            return 0
        quote = connection.ops.quote_name
        columns = ", ".join(map(quote, self.columns))
        table = quote(self.model._meta.db_table)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in self.rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", self.rows)
        written = len(self.rows)
        self.rows = []
        return written


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Drawn) else value


def links(model: type[Any], field: str) -> Sheet:
    """The table behind a many-to-many field, as (record, other)."""
    through = getattr(model, field).through
    one, other = (f.column for f in through._meta.local_concrete_fields if f.is_relation)
    return Sheet(through, one, other)


def reserve(model: type[Any], count: int) -> Iterable[int]:
    """``count`` primary keys that nobody else gets. To be called inside the transaction that uses them."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The name of the sequence is looked up once, and not for each number.
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, key])
            cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [cursor.fetchone()[0], count])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f"SELECT MAX(COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0), COALESCE((SELECT MAX({key}) FROM {table}), 0))",
            [table],
        )
        last = cursor.fetchone()[0]
        return range(last + 1, last + count + 1)
