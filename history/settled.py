"""Up to which change everything is settled, and which records were changed after it.

On PostgreSQL the numbers of the log are drawn while transactions are under way and become visible when they end, so that
a lower number can appear after a higher one. Whoever writes into the log keeps a lock on it until the transaction is
over: a change is settled when all that wrote while it was seen first have ended. SQLite has one writer at a time.
"""

from typing import NamedTuple

from django.db import connections

from history.database import CHANGES
from history.models import Change, Operation


class Top(NamedTuple):
    """The latest change that is visible: its number (0 where there is none) and its action; and the action of a known one."""

    number: int
    action: str
    known: str


class Changed(NamedTuple):
    """One change: its number and table, and the records that it concerns (two where a row went from one to another)."""

    number: int
    table: str
    engagements: frozenset[int]


def top(using: str, known: int) -> Top:
    """The top of the log, and whether the change number ``known`` is still the one that it was."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f'SELECT "id", "action" FROM {CHANGES} WHERE "id" = %s OR "id" = (SELECT max("id") FROM {CHANGES}) ORDER BY "id"', [known]
        )
        rows = dict(cursor.fetchall())
    number = max(rows, default=0)
    return Top(number, rows.get(number, ""), rows.get(known, ""))


def writing(using: str) -> frozenset[str] | None:
    """Who has written into the log and is still under way; None where that can not be known (a copy that only reads)."""
    if connections[using].vendor != "postgresql":
        return frozenset()
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT pg_is_in_recovery(), array(SELECT virtualtransaction FROM pg_locks"
            " WHERE locktype = 'relation' AND granted AND mode NOT IN ('AccessShareLock', 'RowShareLock')"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            f" AND relation = '{CHANGES}'::regclass)"
        )
        is_copy, found = cursor.fetchone()
    return None if is_copy else frozenset(found)


def changed_after(using: str, number: int, most: int) -> list[Changed]:
    """What was changed after change ``number``, oldest first, at most ``most`` changes."""
    rows = Change.objects.using(using).filter(pk__gt=number).order_by("pk")
    # Where a row went to another record, the log names the new one; the old one stands in what was before.
    before = ("before__engagement_id", "before__from_engagement_id", "before__peacekeepingmission_id")
    return [
        Changed(pk, table, frozenset(one for one in (engagement, *(old if operation == Operation.CHANGED else ())) if one is not None))
        for pk, table, engagement, operation, *old in rows.values_list("pk", "table", "engagement", "operation", *before)[:most]
    ]
