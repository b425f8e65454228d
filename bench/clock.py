"""Measures one piece of work: processor time of this process and of its database backend, wall time, queries and memory.

Processor time is the figure to trust: on a shared machine the wall shows what the neighbors do.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TICKS = os.sysconf("SC_CLK_TCK")


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


def database_seconds(process: int | None) -> float:
    if process is None:
        return 0.0
    # The name of the program, in parentheses, may hold blanks: count from behind it.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


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
