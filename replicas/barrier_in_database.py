"""The triggers that count what narrows anybody's view: a marking, a release, a team, a person, what was archived or removed.

They run when a transaction commits, so the row of the count is held for that moment only, and in the transaction itself: a copy
that has the new count has all that was narrowed by it. The end of a job counts too: its owner looks for what it wrote.
PostgreSQL only; SQLite has no copies.
"""

from history import triggers

FUNCTION = """
CREATE OR REPLACE FUNCTION replicas_raise_barrier() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO replicas_barrier (id, number, raised_in) VALUES (1, 1, pg_current_xact_id()::text::bigint)
    ON CONFLICT (id) DO UPDATE SET number = replicas_barrier.number + 1, raised_in = EXCLUDED.raised_in
    WHERE replicas_barrier.raised_in IS DISTINCT FROM EXCLUDED.raised_in;
    RETURN NULL;
END $$
"""
# Columns that decide who sees a row of the table.
NARROWED_BY_UPDATE = {
    "engagements_engagement": ("handling", "review_state", "archived_at", "team_id", "owner_id"),
    "engagements_attachment": ("removed_at",),
    "engagements_comment": ("removed_at",),
    "accounts_user": ("role", "clearance", "is_active"),
    "jobs_job": ("state",),
}
NARROWED_BY_DELETE = (
    "engagements_engagement",
    "engagements_engagement_released_to",
    "engagements_attachment",
    "engagements_comment",
    "accounts_user_teams",
)


def statements() -> list[str]:
    found = [FUNCTION]
    for table, columns in NARROWED_BY_UPDATE.items():
        differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        found.append(_trigger(f"{table}_narrowed", "UPDATE", table, f"WHEN ({differs})"))
    return found + [_trigger(f"{table}_gone", "DELETE", table) for table in NARROWED_BY_DELETE]


def _trigger(name: str, event: str, table: str, when: str = "") -> str:
    return (
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
        f" FOR EACH ROW {when} EXECUTE FUNCTION replicas_raise_barrier()"
    )


def install(connection) -> None:
    if connection.vendor == "postgresql":
        triggers.write(connection, statements())


def remove(connection) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS replicas_raise_barrier() CASCADE")
