"""Writes triggers into a database in use: what is there already is left alone, and nobody who saves is held up.

On PostgreSQL a trigger carries the sum of its text as its comment. One that is new or differs is written in a transaction of its
own that waits a moment for its table, then lets the others pass and tries again: whoever waits for a table stands in the way of all
who come later. It takes the place of the old one at once, so that nothing is written past it.
"""

import hashlib
import random
import time

from django.db import DatabaseError, transaction

TAKEN = "55P03"  # lock not available
GIVEN_UP = "40P01"  # two waited for each other, and it was us who had to give way
WAIT_MS = 400
TRIES = 200  # a minute or two of a table that is never free

_THERE = """
    SELECT t.tgrelid::regclass::text, t.tgname, obj_description(t.oid, 'pg_trigger') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND c.relnamespace = current_schema()::regnamespace
"""


def write(connection, statements: list[str]) -> None:
    """Run ``statements``: CREATE [CONSTRAINT] TRIGGER ones as above, others (functions) as they are; in this order."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            for statement in statements:
                if named := _named(statement):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {named[0]}")
                cursor.execute(statement)
        return
    with connection.cursor() as cursor:
        cursor.execute(_THERE)
        there = {(table, name): text for table, name, text in cursor.fetchall()}
    for statement in statements:
        if (named := _named(statement)) is None:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            continue
        name, table = named
        told = hashlib.sha256(statement.encode()).hexdigest()
        if there.get((table, name)) != told:
            quietly(
                connection, [f"DROP TRIGGER IF EXISTS {name} ON {table}", statement, f"COMMENT ON TRIGGER {name} ON {table} IS '{told}'"]
            )


def _named(statement: str) -> tuple[str, str] | None:
    """Name and table of the trigger that ``statement`` makes; None for another statement."""
    words = statement.split(maxsplit=40)
    if words[:2] != ["CREATE", "TRIGGER"] and words[:3] != ["CREATE", "CONSTRAINT", "TRIGGER"]:
        return None
    return words[words.index("TRIGGER") + 1], words[words.index("ON") + 1]


def quietly(connection, statements: list[str]) -> None:
    """Run ``statements`` in one short transaction as soon as their tables are free for it.

    Inside a transaction of somebody else they run at once and keep their locks until that one ends.
    """
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        return
    for last in range(TRIES, 0, -1):
        try:
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
                for statement in statements:
                    cursor.execute(statement)
            return
        except DatabaseError as error:
            if last == 1 or getattr(error.__cause__, "sqlstate", None) not in {TAKEN, GIVEN_UP}:
                raise
            time.sleep(random.uniform(0.2, 0.6))  # noqa: S311 - only so that those who wait get their turn
