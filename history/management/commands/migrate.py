"""``manage.py migrate``, while people work: it waits a moment for a table in use, lets the others pass, and tries again (PostgreSQL).

Whoever waits for a table stands in the way of all who come later, so the wait is short. A migration in one transaction begins
anew; one without takes up where its statements allow it (docs/scale.md). Building an index concurrently waits for old
transactions without standing in anybody's way, and may take as long as it takes; so may every statement.
"""

import random
import time

from django.core.management.commands import migrate
from django.db import OperationalError, connections

from history.triggers import TAKEN

WAIT_MS = 1000
TRIES = 60


class Command(migrate.Command):
    help = migrate.Command.help

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            before = cursor.fetchone()
        _set(connection, f"{WAIT_MS}ms", "0")
        try:
            with connection.execute_wrapper(_without_hurry):
                return self._again_and_again(*args, **options)
        finally:
            if connection.connection is not None and not connection.needs_rollback:
                _set(connection, *before)

    def _again_and_again(self, *args, **options):
        for last in range(TRIES, 0, -1):
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if last == 1 or getattr(error.__cause__, "sqlstate", None) != TAKEN:
                    raise
                self.stderr.write("A table is in use. Trying again ...")
                time.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - only so that those who wait get their turn
        return None


def _set(connection, lock_timeout: str, statement_timeout: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)", [lock_timeout, statement_timeout]
        )


def _without_hurry(execute, sql, params, many, context):
    if "CONCURRENTLY" not in str(sql).upper():
        return execute(sql, params, many, context)
    ask = context["connection"].connection.execute
    ask("SET lock_timeout = 0")
    try:
        return execute(sql, params, many, context)
    finally:
        ask(f"SET lock_timeout = {WAIT_MS}")
