"""One group of measurements on the database of the settings: ``python -m bench.measure GROUP``; each figure is a line of JSON.

A group is a process of its own: what it holds in memory and what goes wrong in it stays there. A measurement that fails
is a line that says so, and the next one follows.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import django

PATIENT = 300.0  # with ourselves: the first call of a process reads sets that the next find


class Told:
    """Writes figures: what was done (``work``, ``case``), as whom (``who``), and by which program (``by``)."""

    def __init__(self, group: str):
        self.group = group
        self.limit = float(os.environ.get("BENCH_BUDGET", "1.0"))

    def line(self, work: str, case: str, *, who: str = "", by: str = "entente", **figures: Any) -> None:
        print(json.dumps({"group": self.group, "work": work, "case": case, "who": who, "by": by} | figures), flush=True)

    def measured(
        self, work: str, case: str, act: Callable[..., Any], *, who: str = "", by: str = "entente", rows: int = 0, **how: Any
    ) -> None:
        """Time ``act``; ``rows`` are what one call works through, where the figure is one for each row."""
        from bench.clock import sample

        more = {"rows": rows} if rows else {}
        with self.caught(work, case, who=who, by=by):
            found = sample(act, **({"budget": self.limit} | ({"patience": PATIENT} if by == "entente" else {}) | how)).told()
            if "process" in how:  # another program works, this process only waits for it
                found |= {"app": found["database"], "database": 0.0, "memory": 0}
            self.line(work, case, who=who, by=by, **found, **more)

    @contextmanager
    def caught(self, work: str, case: str, **more: Any):
        from django.db import connection

        try:
            yield
        except Exception as fault:
            self.line(work, case, failed=f"{type(fault).__name__}: {fault}"[:300], **more)
            connection.close()


def one_process(connection: Any, **_more: Any) -> None:
    """What helpers of PostgreSQL's backend compute would be in nobody's account."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("ENTENTE_ENV", "development")
    django.setup()
    from django.db.backends.signals import connection_created

    from bench.groups import GROUPS

    connection_created.connect(one_process)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers that were started get their end
    name = sys.argv[1]
    told = Told(name)
    with told.caught(name, "whole group"):
        GROUPS[name](told)


if __name__ == "__main__":
    main()
