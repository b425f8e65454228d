"""How far each copy of the database is, and whether what a person is about to read may come from it.

Positions are bytes of the log that the primary writes and the copies replay. One question to the primary says what a reader
needs; what a copy has is asked at most once a second, and once more where that was not enough. A copy that does not answer is
left alone, and asked by a thread of its own until it does.
"""

import itertools
import logging
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

log = logging.getLogger("entente.replicas")
KEPT = 1.0  # seconds that a look at a copy holds
SHUTTING_DOWN = {None, "57P01", "57P02", "57P03"}  # None: there is no connection that could say
AGAIN = 3.0  # seconds between two tries to reach one that does not answer

_NEEDED = """
    SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint,
        coalesce((SELECT number FROM replicas_barrier WHERE id = 1), 0),
        -- After a failover or a restore the log may be shorter than it was.
        least(coalesce((SELECT position FROM replicas_written WHERE person = %s), 0),
            pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint)
"""
_HAS = """
    SELECT pg_is_in_recovery(), pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint,
        extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8,
        coalesce((SELECT number FROM replicas_barrier WHERE id = 1), 0)
"""
# Nobody has to find this row after a crash: no wait for the disk.
_WRITE_DOWN = """
    WITH told AS (SELECT set_config('synchronous_commit', 'off', true), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS now)
    INSERT INTO replicas_written (person, position) SELECT %s, now FROM told
    ON CONFLICT (person) DO UPDATE SET position = greatest(EXCLUDED.position, replicas_written.position)
"""


@dataclass(frozen=True)
class Needed:
    """Where the primary is, the count of what was narrowed, and up to where the reader has written."""

    position: int
    barrier: int
    written: int


@dataclass(frozen=True)
class Has:
    """What a copy had at ``at`` (monotonic seconds). ``behind``: seconds since the last commit it replayed; None: it saw none."""

    at: float
    position: int
    barrier: int
    behind: float | None

    def serves(self, needed: Needed) -> bool:
        if self.barrier < needed.barrier or self.position < needed.written:
            return False
        # Nothing is missing, or what is missing is young. The time alone would call a quiet primary a slow copy.
        return self.position >= needed.position or (self.behind is not None and self.age <= settings.REPLICA_MAX_LAG_SECONDS)

    @property
    def age(self) -> float:
        return max(self.behind or 0.0, 0.0) + time.monotonic() - self.at


class NotAReplica(Exception):
    """The address answers, and follows nobody: what it shows may be anything."""


class Replica:
    def __init__(self, alias: str):
        self.alias = alias
        self.has: Has | None = None
        self.is_away = False
        self._lock = threading.Lock()

    def serves(self, needed: Needed) -> bool:
        if self.is_away:
            return False
        has = self.has
        if has is not None and time.monotonic() - has.at < KEPT and has.serves(needed):
            return True
        try:
            return self.look().serves(needed)
        except (DatabaseError, NotAReplica) as error:
            self.leave_alone(error)
            return False

    def look(self) -> Has:
        at = time.monotonic()
        with connections[self.alias].cursor() as cursor:
            cursor.execute(_HAS)
            is_replica, position, behind, barrier = cursor.fetchone()
        if not is_replica or position is None:
            raise NotAReplica("it is no replica (any more)")
        self.has = Has(at, position, barrier, behind)
        return self.has

    def leave_alone(self, error: Exception) -> None:
        """Pages read from the primary until the copy answers again."""
        connections[self.alias].close()
        with self._lock:
            if self.is_away:
                return
            self.is_away = True
        reason = str(error).strip().partition("\n")[0]
        log.warning("%s is left alone, pages read from the primary: %s", self.alias, reason)
        threading.Thread(target=self._wait, name=f"wait for {self.alias}", daemon=True).start()

    def _wait(self) -> None:
        while self.is_away:
            time.sleep(AGAIN)
            try:
                self.look()
            except (DatabaseError, NotAReplica):
                continue
            else:
                self.is_away = False
                log.warning("%s answers again", self.alias)
            finally:
                connections[self.alias].close()

    def told(self) -> str:
        """One line for who watches the site."""
        if self.is_away:
            return f"{self.alias} does not answer: pages read from the primary"
        try:
            needed, has = needed_by(0), self.look()
        except (DatabaseError, NotAReplica) as error:
            self.leave_alone(error)
            return f"{self.alias} does not answer: pages read from the primary"
        if has.serves(needed):
            return f"{self.alias} is read from"
        return f"{self.alias} is behind: pages read from the primary"


_replicas = [Replica(alias) for alias in settings.REPLICAS]
_turn = itertools.count()


def needed_by(person: int) -> Needed:
    """What a copy must have before ``person`` reads from it."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_NEEDED, [person])
        return Needed(*cursor.fetchone())


def choose(person: int) -> str | None:
    """A copy that ``person`` may read from now; None: the primary. They take turns."""
    try:
        needed = needed_by(person)
    except DatabaseError as error:
        log.warning("the primary does not say where it is: %s", error)
        return None
    first = next(_turn)
    for number in range(len(_replicas)):
        replica = _replicas[(first + number) % len(_replicas)]
        if replica.serves(needed):
            return replica.alias
    return None


def failed(alias: str, error: Exception) -> None:
    """A question to the copy failed. It is left alone, unless it only broke off what stood in the way of catching up."""
    connections[alias].close()
    if getattr(error.__cause__, "sqlstate", None) in SHUTTING_DOWN:
        next(replica for replica in _replicas if replica.alias == alias).leave_alone(error)
    else:
        log.warning("a page was read again from the primary: %s", error)


def write_down(person: int) -> None:
    """From now on no copy shows ``person`` anything that is older than this moment."""
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(_WRITE_DOWN, [person])
    except DatabaseError as error:
        log.warning("what was just written may show a moment later: %s", error)


def told() -> list[str]:
    return [replica.told() for replica in _replicas]
