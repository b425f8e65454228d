"""``script/bench``: fills registers of several sizes, measures them one after another, and writes what was found.

Every group of measurements is a process of its own with a time of its own (``bench.order``). What is known is written to the
JSON file after each; a group that fails or takes too long is told as such, and the rest goes on.
"""

import argparse
import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg

from bench.order import WRITING, Place, Task, tasks
from bench.registers import Registers, plain
from bench.site import ROOT
from bench.telling import say

SIZES = [10_000, 100_000, 1_000_000]
ON_SQLITE = 100_000
LEAST = 5.0  # seconds worth beginning a group for
PROGRAMS = ["django", "psycopg", "granian", "datasette", "django-import-export", "django-tables2", "django-filter", "xlsxwriter"]


class Run:
    """One run: what it found so far, and until when it may go on."""

    def __init__(self, asked: argparse.Namespace, folder: Path):
        self.asked, self.folder = asked, folder
        self.registers = Registers(folder)
        self.until = time.monotonic() + asked.minutes * 60
        self.found: dict[str, Any] = {"about": about(), "filling": self.registers.filling, "figures": [], "unfinished": []}

    def keep(self) -> None:
        for path in filter(None, [self.folder / "figures.json", self.asked.json]):
            path.write_text(json.dumps(self.found, indent=1))

    def places(self) -> list[Place]:
        if self.asked.database:
            return [self.registers.given(self.asked.database)]
        places = self.registers.places(self.asked.sizes, self.asked.sqlite)
        self.registers.make_ready(places)
        self.keep()
        return places

    def chosen(self, places: list[Place]) -> list[Task]:
        """What is to be measured here: a register that is somebody's is read only, unless writing was asked for."""
        only, is_read_only = self.asked.only, self.asked.database and not self.asked.write
        found = [task for task in tasks(places) if not only or task.group in only]
        return [task for task in found if not (is_read_only and task.group in WRITING)]

    def measure_all(self, places: list[Place]) -> None:
        left = self.chosen(places)
        while left:
            task = left.pop(0)
            kept_free = 0.0 if task.is_last else sum(other.seconds for other in left if other.is_last)
            seconds = min(task.seconds, self.until - kept_free - time.monotonic())
            if seconds < LEAST:
                self.found["unfinished"].append(f"{task.group}, {task.place}: no time was left")
                say(f"no time left for {task.group}, {task.place}")
            else:
                self.measure(task, seconds)
            self.keep()

    def measure(self, task: Task, seconds: float) -> None:
        say(f"measuring {task.group}, {task.place} (at most {seconds:.0f} s)")
        began, fault = time.monotonic(), ""
        environment = self.registers.environment(task.place.url, task.place.data) | task.more
        with (self.folder / "measure.log").open("a") as log, tempfile.TemporaryFile("w+") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.measure", task.group], cwd=ROOT, env=environment, stdout=told, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            try:
                if process.wait(seconds):
                    fault = f"stopped with {process.returncode}"
            except subprocess.TimeoutExpired:
                fault = f"took longer than {seconds:.0f} s"
                end(process)
            except BaseException:
                end(process)
                raise
            told.seek(0)
            lines = [json.loads(line) for line in told if line.startswith("{") and line.endswith("}\n")]
        for line in lines:
            self.found["figures"].append({"size": task.place.size, "on": task.place.kind} | line)
            if "failed" in line and not line.get("is_known"):
                say(f"  {line['work']}, {line['case']}, {line['by']}: {line['failed'][:120]}")
        if fault:
            self.found["unfinished"].append(f"{task.group}, {task.place}: {fault}")
            say(f"  {task.group}: {fault}")
        say(f"  {len(lines)} figures in {time.monotonic() - began:.0f} s")


def end(process: subprocess.Popen) -> None:
    """The group and what it started; all of it is in a session of its own, but for servers, which end with their data."""
    os.killpg(process.pid, 15)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def about() -> dict[str, Any]:
    """The machine and the versions, and what else the machine did."""
    versions = {}
    for name in PROGRAMS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    said = {"processor": model or platform.machine(), "cores": os.cpu_count(), "memory_gb": round(pages * size / 1e9)}
    if server := os.environ.get("BENCH_POSTGRESQL"):
        with psycopg.connect(plain(server)) as connection:
            shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in ("server_version", "shared_buffers", "work_mem")}
        said |= {name: found[0] for name, found in shown.items() if found}
    said |= {"on": dt.datetime.now(dt.UTC).date().isoformat(), "python": platform.python_version()}
    return said | {"versions": versions, "load": os.getloadavg()[0]}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measures Entente against the database alone and against others.")
    numbers = lambda text: [int(part.replace("_", "")) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--sizes", type=numbers, default=SIZES, metavar="N,N", help="engagements of each register (10000,100000,1000000)")
    parser.add_argument("--sqlite", type=int, metavar="N", help="engagements of the one on SQLite (100000, or the largest size; 0: none)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all figures, written as they are found")
    parser.add_argument("--doc", type=Path, default=ROOT / "docs" / "performance.md", metavar="FILE", help="where the tables go")
    parser.add_argument("--keep", action="store_true", help="leave the databases and the server")
    parser.add_argument("--database", metavar="URL", help="measure this register as it is, and fill none")
    parser.add_argument("--write", action="store_true", help="with --database: measure writing and migrations too, which change it")
    parser.add_argument("--only", type=lambda text: set(text.split(",")), metavar="GROUP,GROUP", help="these groups of measurements only")
    parser.add_argument("--minutes", type=float, default=60, metavar="M", help="the whole run, filling included, ends after so many (60)")
    parser.add_argument("--write-only", type=Path, metavar="JSON", help="write the tables again from the figures of an earlier run")
    asked = parser.parse_args()
    if asked.sqlite is None:
        asked.sqlite = 0 if asked.database else min(ON_SQLITE, max(asked.sizes))
    return asked


def main() -> None:
    from bench.report import write

    asked = arguments()
    if asked.write_only:
        write(json.loads(asked.write_only.read_text()), asked.doc)
        return
    folder = Path(tempfile.mkdtemp(prefix="entente-bench-"))
    run = Run(asked, folder)
    began = time.monotonic()
    try:
        run.measure_all(run.places())
    finally:
        run.found["about"]["minutes"] = (time.monotonic() - began) / 60
        run.keep()
        if run.found["figures"]:
            write(run.found, asked.doc)
            say(f"written: {asked.doc}")
        if asked.keep or not run.found["figures"]:
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
