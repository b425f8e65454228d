"""Measurements that run a program of their own: Datasette over the flat rows, the import of a file, and migrations."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import flat, pages
from bench.figures import EVERYTHING, LONG_FILE
from bench.measure import Told
from bench.people import person
from bench.site import ROOT

IMPORTED = 10_000
LONG = 250_000  # lines of the file by which the growth of memory is told
SMALL = 20_000  # engagements of a register that is asked for it: what a file takes in memory is the same in all
STEPS = ("check", "commit", "undo", "raw", "import-export")


def datasette(told: Told) -> None:
    """The same questions to Datasette, as far as it has words for them; what it costs is its process alone."""
    from django.core.exceptions import ImproperlyConfigured

    from engagements.models import Engagement

    known = pages.values()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flat.db"
        rows = flat.build(path, Engagement.objects.visible_to(person(EVERYTHING)).current())
        if not rows:
            raise ImproperlyConfigured("nothing to serve")
        with flat.serving(path) as server:
            for (work, case), address in flat.questions(known, rows).items():
                told.measured(
                    work, case, lambda address=address: server.get(address), who=EVERYTHING, by="datasette", process=server.worked
                )
            told.measured(
                "export CSV", "all", lambda: server.get(f"{flat.TABLE}.csv?_stream=1&_size=max"), who=EVERYTHING, by="datasette",
                process=server.worked, rows=rows, is_once=True,
            )  # fmt: skip
    for work, case in (("create", "quick log"), ("import", "check and commit")):
        told.line(work, case, by="datasette", failed="reads only", is_known=True)


def imports(told: Told) -> None:
    """A file of 10,000 lines by ``bench.import``: checked, written, taken back; the bare rows; with BENCH_PEERS=1 the others too.

    In a small register a long file too, whose memory is told against that of the short one.
    """
    from engagements.models import Engagement

    ours = os.environ.get("BENCH_PROGRAM") or sys.executable
    program = sys.executable if os.environ.get("BENCH_PEERS") else ours
    count = int(os.environ.get("BENCH_IMPORTED", IMPORTED))
    is_small = Engagement.objects.count() <= SMALL
    found = imported(program, count, timeout=600)
    by = {"raw": "limit", "import-export": "import_export"}
    for step in (*STEPS, "check and commit"):
        if step in found:
            cost = found[step]
            case = "check and commit" if step in by else step
            told.line("import", case, by=by.get(step, "entente"), app=cost["app"], database=cost["database"], p50=cost["wall"],
                      p95=cost["wall"], rows=int(cost.get("of", count)), calls=1, memory=memory(found, step))  # fmt: skip
    if is_small:
        short, found = found, imported(ours, LONG, timeout=3_600, BENCH_LONG="1")
        cost, most = found["check and commit"], memory(found, "check and commit")
        told.line("import", LONG_FILE, app=cost["app"], database=cost["database"], p50=cost["wall"], p95=cost["wall"], rows=LONG, calls=1,
                  memory=most, grown=most - memory(short, "check and commit"))  # fmt: skip


def imported(program: str, count: int, timeout: int, **how: str) -> dict[str, Any]:
    """What ``bench.import`` told of one file."""
    done = subprocess.run(
        [program, "-m", "bench.import", str(count)], cwd=ROOT, env=os.environ | {"BENCH_ONE": "1"} | how, capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-300:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return found | {"check and commit": {part: found["check"][part] + found["commit"][part] for part in ("app", "database", "wall")}}


def memory(found: dict[str, Any], step: str) -> int:
    """Bytes of the process at its most; known of some steps."""
    return int(found.get({"check": "checked", "commit": "memory", "check and commit": "memory"}.get(step, ""), 0) * 1e6)


def migrations(told: Told) -> None:
    """The latest migrations and every trigger, taken back and applied again while two processes save and read (``bench.migrations``)."""
    done = subprocess.run(
        [os.environ.get("BENCH_PROGRAM") or sys.executable, "-m", "bench.migrations", "--released", "--all-triggers", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not done.stdout.strip():
        raise RuntimeError(done.stderr.strip()[-300:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    told.line("migrations", ", ".join(found.pop("applied")), seconds=found.pop("migrate_seconds"), **found)
