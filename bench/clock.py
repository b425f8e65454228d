"""Measures one piece of work: processor time of this process and of its database backend, wall time, queries and memory.

Processor time is the figure to trust: on a shared machine the wall shows what the neighbors do.
"""

import contextlib
import os
import re
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 4.0  # seconds after which a call is not made a second time


@dataclass(frozen=True)
class Cost:
    """Of one call, the median over the rounds: seconds, and the number of queries."""

    app: float
    database: float
    wall: float
    wall_p95: float
    queries: int

    @property
    def cpu(self) -> float:
        return self.app + self.database


def backend() -> int | None:
    """The process of our connection to PostgreSQL; None on SQLite, whose work is done in ours."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid if connection.vendor == "postgresql" else None


def process_seconds(process: int) -> float:
    """Processor time of another process with all its threads, to the microsecond where the system keeps it (Linux)."""
    tasks = list(Path(f"/proc/{process}/task").glob("*/schedstat"))
    if tasks:
        return sum(int(path.read_text().split()[0]) for path in tasks) / 1e9
    # The name of the program, in parentheses, may hold blanks: count from behind it.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def database_seconds(process: int | None) -> float:
    return 0.0 if process is None else process_seconds(process)


def backends() -> dict[int, float]:
    """Processor time of every backend of PostgreSQL that serves this database now, but for our own."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        found = {}
        for (process,) in cursor.fetchall():
            with contextlib.suppress(OSError):
                found[process] = process_seconds(process)
        return found


def worked_since(before: dict[int, float]) -> float:
    return sum(seconds - before.get(process, 0.0) for process, seconds in backends().items())


def cost(work: Callable[[], Any], rounds: int = 7, at_least: float = 0.3) -> Cost:
    """The cost of ``work``: once to warm up and to count its queries, then ``rounds`` rounds of as many calls as the clock needs.

    The backend's clock ticks every 10 ms, so a round lasts ``at_least`` seconds.
    """
    with CaptureQueriesContext(connection) as asked:
        work()
    started = time.perf_counter()
    work()
    calls = max(1, min(200, round(at_least / max(time.perf_counter() - started, 1e-4))))
    process = backend()
    apps, databases, walls = [], [], []
    for _round in range(rounds):
        app, database = time.process_time(), database_seconds(process)
        for _call in range(calls):
            began = time.perf_counter()
            work()
            walls.append(time.perf_counter() - began)
        apps.append((time.process_time() - app) / calls)
        databases.append((database_seconds(process) - database) / calls)
    walls.sort()
    return Cost(
        app=statistics.median(apps),
        database=statistics.median(databases),
        wall=statistics.median(walls),
        wall_p95=walls[min(len(walls) - 1, int(len(walls) * 0.95))],
        queries=len(asked),
    )


def peak_memory() -> int:
    """The most bytes this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def memory(what: str = "VmRSS") -> int:
    """Bytes that this process holds now, or at most since ``forget_peak`` (VmHWM)."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def forget_peak() -> None:
    """From now on VmHWM tells the most since now (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


@dataclass(frozen=True)
class Sample:
    """Of one call: seconds of processor time (median) and of the wall; queries of the second; bytes that the process grew by at its peak.

    ``first`` is the processor time of the first call, program and database, which is not among the others: it fills caches.
    """

    app: float
    database: float
    p50: float
    p95: float
    queries: int
    memory: int
    calls: int
    first: float

    def told(self) -> dict[str, float]:
        return asdict(self)


def sample(
    work: Callable[..., Any],
    *,
    prepare: Callable[[], Any] | None = None,
    budget: float = 1.0,
    most: int = 40,
    is_once: bool = False,
    process: Callable[[], float] | None = None,
    patience: float = PATIENCE,
) -> Sample:
    """``work`` again and again for ``budget`` seconds, at most ``most`` times, after a call that fills caches and one whose queries count.

    ``prepare`` gives the argument of each call and is not measured. What takes longer than ``patience``, or ``is_once``, is
    called a single time. ``process`` tells the processor time of another process that works for us in place of the backend.
    """
    one_backend = backend()
    others = process or (lambda: database_seconds(one_backend))
    apps: list[float] = []
    databases: list[float] = []
    walls: list[float] = []
    queries: list[int] = []
    forget_peak()
    before, started = memory(), time.perf_counter()
    while len(walls) < 2 or (time.perf_counter() - started < budget and len(walls) < most + 2):
        argument = (prepare(),) if prepare else ()
        counted = CaptureQueriesContext(connection) if len(walls) < 2 and not is_once else contextlib.nullcontext([])
        with counted as asked:
            app, database, wall = time.process_time(), others(), time.perf_counter()
            work(*argument)
            walls.append(time.perf_counter() - wall)
            apps.append(time.process_time() - app)
            databases.append(others() - database)
        queries.append(len(asked))
        if is_once or (len(walls) == 1 and time.perf_counter() - started > patience):
            break
        if len(walls) == 1:
            started = time.perf_counter()
    peak = max(0, memory("VmHWM") - before)
    first = apps[0] + databases[0]
    # The first filled the caches; the second was counted, which costs a little.
    unlike_the_rest = slice(min(2, len(walls) - 1))
    del walls[unlike_the_rest], apps[unlike_the_rest], databases[unlike_the_rest]
    walls.sort()
    return Sample(
        app=statistics.median(apps),
        database=statistics.median(databases),
        p50=statistics.median(walls),
        p95=walls[min(len(walls) - 1, int(len(walls) * 0.95))],
        queries=queries[min(1, len(queries) - 1)],
        memory=peak,
        calls=len(walls),
        first=first,
    )
