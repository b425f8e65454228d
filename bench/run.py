"""``script/bench``: fills registers of several sizes, measures them one after another, and writes what was found.

Every group of measurements is a process of its own with a time of its own. What is known is written to the JSON file after
each; a group that fails or takes too long is told as such, and the rest goes on.
"""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).parent.parent
SIZES = [10_000, 100_000, 1_000_000]
ON_SQLITE = 100_000
PEERS_AT = 100_000  # Datasette and the other importers: at the largest size up to this
# Seconds that a group may take, and what it runs with.
AT_ALL_SIZES = {"lists": 150, "facets": 90, "search": 90, "reports": 120, "records": 40, "writes": 60, "files": 300}
AT_THE_LARGEST = {"usual": 200, "crowd": 150, "imports": 120}
AT_PEERS_SIZE = {"usual": 150, "datasette": 180, "imports": 360}
OF_SQLITE = {"lists": 90, "facets": 40, "search": 40, "reports": 60, "writes": 40, "files": 60, "team": 120}
WRITING = {"writes", "imports", "crowd"}  # the server prepares its database when it starts
PROGRAMS = ["django", "psycopg", "granian", "datasette", "django-import-export", "django-tables2", "django-filter", "xlsxwriter"]


def say(text: str) -> None:
    print(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Run:
    """One run: where its databases are, what it found so far, and until when it may go on."""

    def __init__(self, asked: argparse.Namespace, folder: Path):
        self.asked, self.folder = asked, folder
        self.server = os.environ.get("BENCH_POSTGRESQL", "")
        self.program = os.environ.get("BENCH_PROGRAM") or sys.executable
        self.until = time.monotonic() + asked.minutes * 60
        self.found: dict[str, Any] = {"about": about(), "filling": [], "figures": [], "unfinished": []}
        self.lock = threading.Lock()

    def keep(self) -> None:
        with self.lock:
            for path in filter(None, [self.folder / "figures.json", self.asked.json]):
                path.write_text(json.dumps(self.found, indent=1))

    def environment(self, url: str, data: Path) -> dict[str, str]:
        data.mkdir(parents=True, exist_ok=True)
        made = os.environ | {"ENTENTE_ENV": "development", "DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
        made.pop("DATABASE_URL", None)
        return made | ({"DATABASE_URL": url} if url else {})

    # Filling -------------------------------------------------------------------------------------

    def manage(self, *arguments: str, url: str, data: Path) -> None:
        done = subprocess.run(
            [self.program, "manage.py", *arguments], cwd=ROOT, env=self.environment(url, data), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"manage.py {arguments[0]}: {done.stderr[-1000:]}")

    def fill(self, size: int, url: str, data: Path) -> None:
        """Made-up records beside the real ones of the fixtures, and the statistics that a planner has of a register in use."""
        kind = "PostgreSQL" if url else "SQLite"
        say(f"filling {size:,} on {kind}")
        began = time.monotonic()
        self.manage("synthesize", "--engagements", str(size), url=url, data=data)
        seconds = time.monotonic() - began
        if url:
            with psycopg.connect(plain(url), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        else:
            self.manage("shell", "-c", "from django.db import connection; connection.cursor().execute('ANALYZE')", url="", data=data)
        self.found["filling"].append({"size": size, "on": kind, "seconds": seconds})
        say(f"filled {size:,} on {kind} in {seconds:.0f} s")
        self.keep()

    def places(self) -> list[tuple[int, str, Path]]:
        """(size, address of its database, its data folder) of each register to measure; SQLite's has no address."""
        given = self.asked.database
        if given:
            self.manage("collectstatic", "--noinput", url=given, data=self.folder / "given")
            with psycopg.connect(plain(given)) as connection:
                count = connection.execute("SELECT COUNT(*) FROM engagements_engagement").fetchone()
            return [(int(count[0]) if count else 0, given, self.folder / "given")]
        sized = [(size, f"{self.server.rpartition('/')[0]}/bench_{size}", self.folder / "data") for size in self.asked.sizes]
        on_sqlite = [(self.asked.sqlite, "", self.folder / "sqlite")] if self.asked.sqlite else []
        return (sized if self.server else []) + on_sqlite

    def make_ready(self, places: Sequence[tuple[int, str, Path]]) -> None:
        """An empty register once, copied for each size; then the largest beside the others, one after another."""
        if self.server and any(url for _size, url, _data in places):
            first = f"{self.server.rpartition('/')[0]}/bench_empty"
            database(self.server, "bench_empty")
            self.manage("prepare", url=first, data=self.folder / "data")
            done = self.folder / "data" / "prepared.json"
            for size, url, _data in places:
                if url:
                    database(self.server, f"bench_{size}", template="bench_empty")
                    known = json.loads(done.read_text())  # the copy has its fixtures too
                    more = {key.replace("bench_empty", f"bench_{size}"): value for key, value in known.items()}
                    done.write_text(json.dumps(known | more))
        for _size, url, data in places:
            if not url:
                self.manage("prepare", url="", data=data)
        ordered = sorted(places, key=lambda place: -place[0])
        rest = threading.Thread(target=lambda: [self.fill(*place) for place in reversed(ordered[1:])])
        rest.start()
        for place in ordered[:1]:
            self.fill(*place)
        rest.join()

    # Measuring -----------------------------------------------------------------------------------

    def measure(self, group: str, size: int, url: str, data: Path, seconds: float, **more: str) -> None:
        seconds = min(seconds, self.until - time.monotonic())
        kind = "PostgreSQL" if url else "SQLite"
        if seconds < 5:
            self.found["unfinished"].append(f"{group}, {size:,} on {kind}: no time was left")
            return
        say(f"measuring {group}, {size:,} on {kind} (at most {seconds:.0f} s)")
        began, fault = time.monotonic(), ""
        environment = self.environment(url, data) | more
        with (self.folder / "measure.log").open("a") as log, tempfile.TemporaryFile("w+") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.measure", group], cwd=ROOT, env=environment, stdout=told, stderr=log, start_new_session=True
            )
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
            self.found["figures"].append({"size": size, "on": kind} | line)
            if "failed" in line:
                say(f"  {line['work']}, {line['case']}, {line['by']}: {line['failed'][:120]}")
        if fault:
            self.found["unfinished"].append(f"{group}, {size:,} on {kind}: {fault}")
            say(f"  {group}: {fault}")
        say(f"  {len(lines)} figures in {time.monotonic() - began:.0f} s")
        self.keep()

    def measure_all(self, places: Sequence[tuple[int, str, Path]]) -> None:
        sizes = [size for size, url, _data in places if url]
        largest = max(sizes, default=0)
        with_peers = max((size for size in sizes if size <= PEERS_AT), default=largest)
        for size, url, data in places:
            groups = dict(AT_ALL_SIZES if url else OF_SQLITE)
            if url and size == largest:
                groups |= AT_THE_LARGEST
            if url and size == with_peers:
                groups |= AT_PEERS_SIZE
            if self.asked.database and not self.asked.write:
                groups = {name: limit for name, limit in groups.items() if name not in WRITING}
            # A file that is brought in comes last: one that is stopped half-way leaves its records.
            for name, limit in sorted(groups.items(), key=lambda group: group[0] == "imports"):
                if self.asked.only and name not in self.asked.only:
                    continue
                more = {"BENCH_BUDGET": "0.5" if size < largest else "0.8"}
                if name == "imports":
                    more |= {"BENCH_IMPORTED": str(min(10_000, size)), **({"BENCH_PEERS": "1"} if size == with_peers else {})}
                if name == "files" and not url:
                    more["BENCH_ROWS"] = "20000"
                self.measure(name, size, url, data, limit, **more)


def end(process: subprocess.Popen) -> None:
    """The group and what it started; all of it is in a session of its own, but for servers, which end with their data."""
    os.killpg(process.pid, 15)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def plain(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def database(server: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(plain(server), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


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
    parser.add_argument("--write", action="store_true", help="with --database: measure writing too")
    parser.add_argument("--only", type=lambda text: set(text.split(",")), metavar="GROUP,GROUP", help="these groups of measurements only")
    parser.add_argument("--minutes", type=float, default=60, metavar="M", help="no new group after so many minutes (60)")
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
        places = run.places()
        if not asked.database:
            run.make_ready(places)
        run.measure_all(places)
    finally:
        run.found["about"]["minutes"] = (time.monotonic() - began) / 60
        run.keep()
        if run.found["figures"]:
            write(run.found, asked.doc)
            say(f"written: {asked.doc}")
        if asked.keep or not run.found["figures"]:
            say(f"kept: {folder}")
        else:
            subprocess.run(["rm", "-rf", str(folder)], check=False)


if __name__ == "__main__":
    main()
