"""The triggers that write the history, for PostgreSQL and SQLite, and those that keep it from being changed.

A change holds the columns that differ (all of them where a row was added or removed). Columns that say only
that something was written, and secrets, are left out; a write that touches nothing else leaves no trace.
"""

from dataclasses import dataclass

from history import triggers

SILENT = {"password", "last_login", "version", "updated_at", "updated_by_id", "scope", "acts_for_id", "key"}
CHANGES = "history_change"
ADDED_TO = (CHANGES, "history_access")  # logs: rows are added, never changed or removed


@dataclass(frozen=True)
class Tracked:
    """A table, its key, its columns, and SQL for the engagement a row belongs to (``ROW`` stands for the row)."""

    table: str
    key: str
    columns: tuple[str, ...]
    engagement: str = "NULL"

    @property
    def together(self) -> tuple[str, ...]:
        """Dates with a precision: neither is understood without the other, so a change always holds both."""
        stems = [column.removesuffix("_precision") for column in self.columns if column.endswith("_precision")]
        return tuple(column for stem in stems for column in (f"{stem}_on", f"{stem}_precision"))


def tracked(model, engagement: str = "NULL") -> Tracked:
    """How the table of ``model`` is followed."""
    fields = model._meta.local_concrete_fields
    columns = tuple(field.column for field in fields if field.column not in SILENT)
    return Tracked(model._meta.db_table, model._meta.pk.column, columns, engagement)


def _or_together(item: Tracked, key: str) -> str:
    return f" OR {key} IN ({', '.join(repr(column) for column in item.together)})" if item.together else ""


# SQLite -------------------------------------------------------------------------------------------


def _sqlite_insert(item: Tracked, row: str, operation: str, before: str, after: str, when: str = "") -> str:
    told = "entente_action()"
    return (
        f'INSERT INTO {CHANGES} ("action", "at", "actor", "actor_name", "door", "reason", "table", "row", "engagement", "operation",'
        ' "before", "after")'
        " SELECT json_extract(told, '$.id'), strftime('%Y-%m-%d %H:%M:%f', 'now'), json_extract(told, '$.actor'),"
        " json_extract(told, '$.name'), json_extract(told, '$.door'), json_extract(told, '$.reason'),"
        f" '{item.table}', {row}.{item.key}, {item.engagement.replace('ROW', row)}, '{operation}', {before}, {after}"
        f" FROM (SELECT {told} AS told){when};"
    )


def _sqlite(item: Tracked) -> list[str]:
    def whole(row):
        return "json_object(" + ", ".join(f"'{column}', {row}.\"{column}\"" for column in item.columns) + ")"

    def differing(row):
        # One term a column: joining two json_each, as on PostgreSQL, costs the square of the columns here.
        told = []
        for column in item.columns:
            said = f'\',"{column}":\' || json_quote({row}."{column}")'
            told.append(said if column in item.together else f'CASE WHEN OLD."{column}" IS NOT NEW."{column}" THEN {said} ELSE \'\' END')
        return f"'{{' || substr({' || '.join(told)}, 2) || '}}'"

    differs = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in item.columns)
    name = f"{item.table}_history"
    return [
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {item.table} FOR EACH ROW BEGIN "
        + _sqlite_insert(item, "NEW", "added", "NULL", whole("NEW"))
        + " END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE ON {item.table} FOR EACH ROW WHEN {differs} BEGIN "
        + _sqlite_insert(item, "NEW", "changed", differing("OLD"), differing("NEW"))
        + " END",
        f"CREATE TRIGGER {name}_removed AFTER DELETE ON {item.table} FOR EACH ROW BEGIN "
        + _sqlite_insert(item, "OLD", "removed", whole("OLD"), "NULL")
        + " END",
    ]


def _sqlite_guard() -> list[str]:
    return [
        f"CREATE TRIGGER {log}_stays_{event.lower()} BEFORE {event} ON {log} FOR EACH ROW"
        " BEGIN SELECT RAISE(ABORT, 'history is only added to'); END"
        for log in ADDED_TO
        for event in ("UPDATE", "DELETE")
    ]


# PostgreSQL ---------------------------------------------------------------------------------------

# What is told of the action is read once a statement, not once a row.
_TOLD = """
    told jsonb := coalesce(nullif(current_setting('entente.action', true), ''),
        json_build_object('id', replace(gen_random_uuid()::text, '-', ''), 'door', 'database', 'reason', '', 'name', '')::text)::jsonb;
    told_id text := told->>'id'; told_actor bigint := told->>'actor'; told_name text := told->>'name';
    told_door text := told->>'door'; told_reason text := told->>'reason';
"""


def _postgresql(item: Tracked) -> list[str]:
    def insert(row, operation, before, after, source):
        return (
            f'INSERT INTO {CHANGES} ("action", "at", "actor", "actor_name", "door", "reason", "table", "row", "engagement",'
            ' "operation", "before", "after")'
            " SELECT told_id, clock_timestamp(), told_actor, told_name, told_door, told_reason,"
            f" '{item.table}', {row}.{item.key}, {item.engagement.replace('ROW', row)}, '{operation}', {before}, {after} FROM {source};"
            " RETURN NULL;"
        )

    def wide(row):
        # A row of its own is a quarter cheaper than jsonb_build_object, and takes any number of columns.
        return "(SELECT to_jsonb(told_row) FROM (SELECT " + ", ".join(f'{row}."{c}"' for c in item.columns) + ") told_row)"

    differing = (
        "(SELECT jsonb_object_agg(key, a.value) FROM jsonb_each({0}) a JOIN jsonb_each({1}) b USING (key)"
        f" WHERE a.value IS DISTINCT FROM b.value{_or_together(item, 'key')})"
    )
    differs = " OR ".join(f'o."{column}" IS DISTINCT FROM n."{column}"' for column in item.columns)
    name = f"{item.table}_history"
    bodies = {
        "added": ("AFTER INSERT", "NEW TABLE AS fresh", insert("n", "added", "NULL", wide("n"), "fresh n")),
        "changed": (
            "AFTER UPDATE",
            "OLD TABLE AS stale NEW TABLE AS fresh",
            insert(
                "n",
                "changed",
                differing.format(wide("o"), wide("n")),
                differing.format(wide("n"), wide("o")),
                f"fresh n JOIN stale o ON o.{item.key} = n.{item.key} WHERE {differs}",
            ),
        ),
        "removed": ("AFTER DELETE", "OLD TABLE AS stale", insert("o", "removed", wide("o"), "NULL", "stale o")),
    }
    statements = []
    for what, (event, tables, body) in bodies.items():
        statements += [
            f"CREATE OR REPLACE FUNCTION {name}_{what}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE {_TOLD} BEGIN {body} END $$",
            (
                f"CREATE TRIGGER {name}_{what} {event} ON {item.table} REFERENCING {tables} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION {name}_{what}()"
            ),
        ]
    return statements


def _postgresql_guard() -> list[str]:
    return [
        (
            f"CREATE OR REPLACE FUNCTION {CHANGES}_stays() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'history is only added to' USING ERRCODE = 'restrict_violation'; END $$"
        ),
        *(
            f"CREATE TRIGGER {log}_stays BEFORE UPDATE OR DELETE ON {log} FOR EACH ROW EXECUTE FUNCTION {CHANGES}_stays()"
            for log in ADDED_TO
        ),
    ]


# Both ---------------------------------------------------------------------------------------------


def guard(vendor: str) -> list[str]:
    """What keeps the history from being changed."""
    return _postgresql_guard() if vendor == "postgresql" else _sqlite_guard()


def _statements(vendor: str, items: list[Tracked]) -> list[str]:
    if vendor == "postgresql":
        return [statement for item in items for statement in _postgresql(item)] + guard(vendor)
    return [statement for item in items for statement in _sqlite(item)] + guard(vendor)


def install(connection, items: list[Tracked]) -> None:
    """Write the triggers for ``items`` into the database; they replace older ones of the same name."""
    triggers.write(connection, _statements(connection.vendor, items))


def trigger_names(vendor: str, items: list[Tracked]) -> set[str]:
    """The triggers that ``install`` writes."""
    return {statement.split()[2] for statement in _statements(vendor, items) if statement.startswith("CREATE TRIGGER")}
