"""One statement a layout: the chosen engagements, what belongs to them joined once, in one fixed order.

PostgreSQL runs it once for all; SQLite, which keeps what it joins in memory, once for every few hundred engagements.
"""

from django.core.exceptions import EmptyResultSet
from django.db import connection as default_connection
from django.db.models import QuerySet

from engagements.export.aggregates import AGGREGATES, current_assessments
from engagements.export.columns import Layout
from engagements.export.dialects import dialect_of

_NEWEST_FIRST = "e.starts_on DESC NULLS LAST, {reference}"


def statement(layout: Layout, queryset: QuerySet, visible: QuerySet, connection, *, is_short: bool = False) -> tuple[str, list]:
    """The SELECT behind a file, with its parameters (``%s`` on both databases).

    ``queryset`` gives the rows; ``visible`` is all that the reader may see: other engagements are named only from there. ``is_short``:
    each list is made once and kept, however the database then joins it; a long file has its lists joined as they come, in order.
    """
    return _statement(layout, *_select(queryset.order_by().values("pk"), connection), visible, connection, is_short)


def statement_of_some(layout: Layout, visible: QuerySet, connection) -> tuple[str, list]:
    """The same for the engagements whose ids come as a JSON list: the first parameter, which is left to the caller (SQLite)."""
    return _statement(layout, "SELECT value FROM json_each(%s)", (), visible, connection, is_short=True)


def ids_in_order(queryset: QuerySet, connection) -> tuple[str, list]:
    """The ids of the engagements in the order of the file."""
    chosen, parameters = _select(queryset.order_by().values("pk"), connection)
    order = _NEWEST_FIRST.format(reference=dialect_of(connection).binary("e.reference"))
    return f"SELECT e.id FROM engagements_engagement e WHERE e.id IN ({chosen}) ORDER BY {order}", list(parameters)


def number_of_rows(layout: Layout, queryset: QuerySet, visible: QuerySet, connection=default_connection) -> int:
    """How many rows the file will have: what is joined once for each row is left out, which makes it quick."""
    chosen, parameters = _select(queryset.order_by().values("pk"), connection)
    seen, more = _select(visible.order_by().values("pk", "reference"), connection)
    tables = f"chosen {dialect_of(connection).join_first} engagements_engagement e ON e.id = chosen.id {layout.tables}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH chosen(id) AS MATERIALIZED ({chosen}), visible(id, reference) AS NOT MATERIALIZED ({seen})"
            f" SELECT COUNT(*) FROM {tables.replace('%', '%%')}",
            [*parameters, *more],
        )
        return cursor.fetchone()[0]


def _statement(layout, chosen, parameters, visible, connection, is_short=False):
    dialect = dialect_of(connection)
    seen, more = _select(visible.order_by().values("pk", "reference"), connection)
    cells = ", ".join(f'{dialect.cell(column)} AS "{column.name}"' for column in layout.columns)
    order = ", ".join(filter(None, [_NEWEST_FIRST.format(reference=dialect.binary("e.reference")), layout.order]))
    kept = "MATERIALIZED" if is_short else "NOT MATERIALIZED"
    lists = "".join(f", {name} AS {kept} ({_ALL[name](dialect)})" for name in layout.joins)
    body = f"{lists} SELECT {cells} FROM {_tables(layout, dialect, is_short)} ORDER BY {order}"
    return (
        f"WITH chosen(id) AS MATERIALIZED ({chosen}), visible(id, reference) AS NOT MATERIALIZED ({seen}){body.replace('%', '%%')}",
        [*parameters, *more],
    )


_OF_OUTCOMES = {"latest": current_assessments}
_ALL = AGGREGATES | _OF_OUTCOMES


def _tables(layout: Layout, dialect, is_short: bool) -> str:
    """In a long file the lists are joined to the bare ids (``k``), and the wide records to these: no join carries more than it needs."""
    lists = [name for name in layout.joins if name not in _OF_OUTCOMES]
    is_bare = bool(lists) and not is_short
    by_engagement = " ".join(f"LEFT JOIN {name} ON {name}.engagement_id = {'k' if is_bare else 'e'}.id" for name in lists)
    of_outcomes = " ".join(f"LEFT JOIN {name} ON {name}.outcome_id = o.id" for name in layout.joins if name in _OF_OUTCOMES)
    first = f"chosen {dialect.join_first} engagements_engagement"
    if is_bare:
        first = f"{first} k ON k.id = chosen.id {by_engagement} JOIN engagements_engagement e ON e.id = k.id {layout.tables}"
    else:
        first = f"{first} e ON e.id = chosen.id {layout.tables} {by_engagement}"
    return f"{first} {of_outcomes}"


def _select(queryset: QuerySet, connection) -> tuple[str, tuple]:
    try:
        return queryset.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        nothing = ["CAST(NULL AS bigint)", "CAST(NULL AS varchar(20))"][: len(queryset.query.values_select)]
        return f"SELECT {', '.join(nothing)} WHERE 1 = 0", ()
