"""Several statements that see the database as it was at one moment, and hold nobody up."""

from contextlib import contextmanager

from django.conf import settings
from django.db import connection as default_connection

TIMEOUT_MS = 10 * 60_000  # a file of a million rows takes about a minute


@contextmanager
def snapshot(connection=default_connection):
    """Reads inside see one moment. Inside a transaction of someone else they see what that one sees."""
    ours = not connection.in_atomic_block
    # Written out: atomic() would take SQLite's one write lock for as long as the file is being read.
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN DEFERRED"
    with connection.cursor() as cursor:
        if ours:
            cursor.execute(begin)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL work_mem = '16MB'")
            if ours:
                cursor.execute(f"SET LOCAL statement_timeout = {int(getattr(settings, 'EXPORT_TIMEOUT_MS', TIMEOUT_MS))}")
    try:
        yield
    finally:
        if ours and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")  # nothing was written
