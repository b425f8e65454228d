"""Where the SQL of an export differs between the two databases."""

from engagements.export.columns import Column, Type
from engagements.export.guard import PATTERN, SAFE_FROM, SAFE_TO
from engagements.export.lists import BETWEEN

_QUOTED_PATTERN = "'" + PATTERN.replace("'", "''") + "'"


class Dialect:
    """What both databases say alike."""

    def partial(self, stem: str) -> str:
        """A partial date as far as it is known: 1948-05-14, 1948-05, 1948."""
        length = f"CASE {stem}_precision WHEN 'year' THEN 4 WHEN 'month' THEN 7 ELSE 10 END"
        return f"substr({self.day(f'{stem}_on')}, 1, {length})"

    def year(self, day: str) -> str:
        return f"CAST(substr({self.day(day)}, 1, 4) AS integer)"

    def fiscal_year(self, stem: str, first_month: int) -> str:
        """Named for the year in which it ends; not known where the month is not, save where it is the calendar year."""
        if first_month == 1:
            return self.year(f"{stem}_on")
        late = f"CASE WHEN CAST(substr({self.day(f'{stem}_on')}, 6, 2) AS integer) >= {int(first_month)} THEN 1 ELSE 0 END"
        return f"CASE WHEN {stem}_precision IN ('day', 'month') THEN {self.year(f'{stem}_on')} + {late} END"

    def escaped(self, value: str, *, in_parts: bool = False) -> str:
        """As ``lists.escape``."""
        value = rf"replace(replace({value}, '\', '\\'), ';', '\;')"
        return rf"replace({value}, '|', '\|')" if in_parts else value

    def grouped(self, source, *, lists, order, totals=None, where=""):
        """One row an engagement: ``lists`` joined in ``order``, ``totals`` as {name: (aggregate, value)}.

        The rows come to the aggregates in order, sorted once for all lists. An ORDER BY inside an aggregate sorts every list of every
        engagement by itself, which took PostgreSQL longer than all the rest; SQLite 3.40 has none.
        """
        totals = totals or {}
        inner = [f"{value} AS {name}" for name, value in lists.items()]
        inner += [f"{value} AS {name}" for name, (_aggregate, value) in totals.items()]
        outer = [f"{self.joined}({name}, '{BETWEEN}') AS {name}" for name in lists]
        outer += [f"{aggregate}({name}) AS {name}" for name, (aggregate, _value) in totals.items()]
        return (
            f"SELECT engagement_id, {', '.join(outer)} FROM (SELECT t.engagement_id, {', '.join(inner)} FROM {source} {where}"
            f" ORDER BY t.engagement_id, {order}) g GROUP BY engagement_id"
        )

    def cell(self, column: Column) -> str:
        """The expression that gives the cell of a column."""
        value = column.sql(self) if callable(column.sql) else column.sql
        if column.type is Type.PARTIAL_DATE:
            return self.partial(value)
        if column.type is Type.DATE:
            return self.day(value)
        if column.type is Type.MOMENT:
            return f"replace(substr({self.moment(value)}, 1, 19), ' ', 'T') || 'Z'"
        if column.type is Type.BOOLEAN:
            return f"CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END"
        if column.type is Type.DECIMAL:
            return self.decimal(value, column.places)
        if column.type is Type.CLOSED:
            return f"NULLIF({value}, '')"
        return self.guarded(value) if column.type.is_guarded else value


class PostgreSQL(Dialect):
    """COPY writes what these expressions give; dates are in ISO style (see snapshot.py)."""

    join_first = "JOIN"
    joined = "string_agg"

    def day(self, value):
        return f"{value}::text"

    def moment(self, value):
        return f"({value} AT TIME ZONE 'UTC')::text"

    def decimal(self, value, places):
        return f"({value})::numeric(30, {places})"

    def binary(self, value):
        """Sorted by bytes, whatever the language of the database."""
        return f'{value} COLLATE "C"'

    def guarded(self, value):
        return (
            f"CASE WHEN ascii({value}) BETWEEN {SAFE_FROM} AND {SAFE_TO} THEN {value}"
            f" WHEN {value} ~ {_QUOTED_PATTERN} THEN '''' || {value} ELSE NULLIF({value}, '') END"
        )

    def entries(self, table, *order):
        """A list as ``w``, and what to sort its entries by: their place, a number, and not the texts that it stands for."""
        by = ", ".join(self.binary(name) if name == "code" else name for name in order)
        return f"(SELECT id, code, {self.escaped('name')} AS escaped, ROW_NUMBER() OVER (ORDER BY {by}) AS place FROM {table})", "w.place"


class SQLite(Dialect):
    """Text is marked by Python (stream_sqlite.py)."""

    join_first = "CROSS JOIN"  # SQLite keeps its order: from the few chosen to their records, never through all records
    joined = "group_concat"

    def day(self, value):
        return value

    def moment(self, value):
        return value

    def decimal(self, value, places):
        return f"CASE WHEN {value} IS NOT NULL THEN printf('%.{places}f', {value}) END"

    def binary(self, value):
        return value

    def guarded(self, value):
        return value

    def entries(self, table, *order):
        """A list as ``w``, and what to sort its entries by; a plain table, for it is asked for with every few hundred engagements."""
        return f"(SELECT *, {self.escaped('name')} AS escaped FROM {table})", ", ".join(f"w.{name}" for name in order)


def dialect_of(connection) -> Dialect:
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()
