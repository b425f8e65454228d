"""The registers that are measured: made empty once, copied for each size, and filled one after another."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.order import Place
from bench.site import ROOT
from bench.telling import say

TOLD_EVERY = 60.0  # seconds
SIZES = """SELECT sum(reltuples) FILTER (WHERE reltuples > 0 AND relkind = 'r'), pg_database_size(current_database())
    FROM pg_class WHERE relnamespace = 'public'::regnamespace"""


class Registers:
    """Where the databases are, and the program that fills them; ``filling`` is what that took."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.server = os.environ.get("BENCH_POSTGRESQL", "")
        self.program = os.environ.get("BENCH_PROGRAM") or sys.executable
        self.filling: list[dict[str, Any]] = []

    def environment(self, url: str, data: Path) -> dict[str, str]:
        data.mkdir(parents=True, exist_ok=True)
        made = os.environ | {"ENTENTE_ENV": "development", "DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
        made.pop("DATABASE_URL", None)
        return made | ({"DATABASE_URL": url} if url else {})

    def address(self, name: str) -> str:
        return f"{self.server.rpartition('/')[0]}/{name}"

    def given(self, url: str) -> Place:
        """A register that is there already."""
        data = self.folder / "given"
        self.manage("collectstatic", "--noinput", url=url, data=data)
        with psycopg.connect(plain(url)) as connection:
            count = connection.execute("SELECT COUNT(*) FROM engagements_engagement").fetchone()
        return Place(int(count[0]) if count else 0, url, data)

    def places(self, sizes: Sequence[int], on_sqlite: int) -> list[Place]:
        served = [Place(size, self.address(f"bench_{size}"), self.folder / "data") for size in sizes] if self.server else []
        return served + ([Place(on_sqlite, "", self.folder / "sqlite")] if on_sqlite else [])

    def make_ready(self, places: Sequence[Place]) -> None:
        """An empty register with the record of the fixtures, copied for each size; then filled, the small ones first."""
        served = [place for place in places if place.url]
        if served:
            database(self.server, "bench_empty")
            self.manage("prepare", url=self.address("bench_empty"), data=served[0].data)
            done = served[0].data / "prepared.json"
            for place in served:
                name = place.url.rpartition("/")[2]
                database(self.server, name, template="bench_empty")
                known = json.loads(done.read_text())  # the copy has its fixtures too
                done.write_text(json.dumps(known | {key.replace("bench_empty", name): value for key, value in known.items()}))
        for place in places:
            if not place.url:
                self.manage("prepare", url="", data=place.data)
        for place in sorted(places, key=lambda place: (place.size, not place.url)):
            self.fill(place)

    def fill(self, place: Place) -> None:
        """Made-up records beside the real ones of the fixtures, and the statistics that a planner has of a register in use."""
        say(f"filling {place}")
        began = time.monotonic()
        self.manage("synthesize", "--engagements", str(place.size), url=place.url, data=place.data)
        seconds = time.monotonic() - began
        if place.url:
            with psycopg.connect(plain(place.url), autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE, PARALLEL 2)")
                rows, size = told(connection, SIZES)
        else:
            analyze = "from django.db import connection; connection.cursor().execute('ANALYZE')"
            self.manage("shell", "-c", analyze, url="", data=place.data)
            rows, size = 0, sum(path.stat().st_size for path in place.data.glob("*.sqlite3*"))
        settled = time.monotonic() - began - seconds
        self.filling.append(
            {"size": place.size, "on": place.kind, "seconds": seconds, "settled": settled, "rows": int(rows), "bytes": int(size)}
        )
        say(f"filled {place} in {seconds:.0f} s, its statistics in {settled:.0f} s")

    def manage(self, *arguments: str, url: str, data: Path) -> None:
        """A command of manage.py; one that takes long says now and then how far it is."""
        with (self.folder / "manage.log").open("w+") as log:
            process = subprocess.Popen(
                [self.program, "manage.py", *arguments], cwd=ROOT, env=self.environment(url, data), stdout=log, stderr=log
            )
            began = time.monotonic()
            try:
                while process.poll() is None:
                    try:
                        process.wait(TOLD_EVERY)
                    except subprocess.TimeoutExpired:
                        say(f"  {arguments[0]}: {time.monotonic() - began:.0f} s so far{how_far(url)}")
            except BaseException:
                process.terminate()
                process.wait()
                raise
            if process.returncode:
                log.seek(0)
                raise SystemExit(f"manage.py {arguments[0]}: {log.read()[-1000:]}")


def how_far(url: str) -> str:
    """How many records there are now, nearly: the numbers drawn for them."""
    if not url:
        return ""
    try:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            (last,) = told(connection, "SELECT max(id) FROM engagements_engagement")
    except psycopg.Error:  # there is no table yet
        return ""
    return f", {last or 0:,} records drawn"


def told(connection: psycopg.Connection, question: str) -> tuple:
    """The one row of the answer."""
    return connection.execute(question).fetchone() or ()


def plain(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def database(server: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(plain(server), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
