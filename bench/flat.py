"""Datasette on the same rows: the flat export as a table of SQLite with indexes and full text, served by its own program."""

import csv
import http.client
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.clock import process_seconds
from bench.pages import Values
from bench.site import free_port

INDEXED = ("kind", "status", "scope", "handling", "year", "start_date", "title", "location_country_iso3")
TABLE = "/flat/engagements"


def build(path: Path, rows: Any) -> int:
    """The layout "engagements" of the export as one table; how many rows it has."""
    from engagements.export.layouts import LAYOUTS
    from engagements.export.snapshot import snapshot
    from engagements.export.stream import write_csv

    path.unlink(missing_ok=True)
    spool = path.with_suffix(".csv")
    with snapshot(), spool.open("wb") as file:
        write_csv(file, LAYOUTS["engagements"], rows)
    with spool.open(newline="", encoding="utf-8") as file, closing(sqlite3.connect(path)) as database:
        reader = csv.reader(file)
        names = next(reader)
        columns = ", ".join(f'"{name}"' for name in names)
        database.execute(f"CREATE TABLE engagements (row INTEGER PRIMARY KEY, {columns})")
        database.executemany(f"INSERT INTO engagements ({columns}) VALUES ({', '.join('?' * len(names))})", reader)
        for name in INDEXED:
            if name in names:
                database.execute(f'CREATE INDEX "by_{name}" ON engagements ("{name}")')
        texts = [name for name in ("title", "summary") if name in names]
        database.execute(f"CREATE VIRTUAL TABLE engagements_fts USING fts5({', '.join(texts)}, content=engagements, content_rowid='row')")
        database.execute("INSERT INTO engagements_fts(engagements_fts) VALUES ('rebuild')")
        database.commit()
        count = database.execute("SELECT COUNT(*) FROM engagements").fetchone()[0]
    spool.unlink()
    return int(count)


class Datasette:
    """Its running server."""

    def __init__(self, path: Path):
        self.port = free_port()
        limits = ["sql_time_limit_ms 60000", "facet_time_limit_ms 20000", "max_returned_rows 5000", "max_csv_mb 0"]
        settings = [part for limit in limits for part in ("--setting", *limit.split())]
        command = [sys.executable, "-m", "datasette", "serve", "-i", str(path), "--host", "127.0.0.1", "--port", str(self.port), *settings]
        self.log = path.with_suffix(".log").open("wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.line: http.client.HTTPConnection | None = None

    def wait(self) -> None:
        for _turn in range(120):
            try:
                self.get("/-/versions.json")
            except OSError:
                time.sleep(0.25)
            else:
                return
        raise SystemExit("Datasette did not start.")

    def get(self, path: str) -> int:
        """The number of bytes of the answer."""
        if self.line is None:
            self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            self.line.request("GET", path)
            answer = self.line.getresponse()
            size = 0
            while block := answer.read(256 * 1024):
                size += len(block)
        except (OSError, http.client.HTTPException):
            self.line = None
            raise
        if answer.status != 200:
            raise RuntimeError(f"Datasette, {path}: {answer.status}")
        return size

    def worked(self) -> float:
        return process_seconds(self.process.pid)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


@contextmanager
def serving(path: Path) -> Iterator[Datasette]:
    server = Datasette(path)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def questions(known: Values, count: int) -> dict[tuple[str, str], str]:
    """(work, case): address. What it has no words for stands in ``measure`` as such."""
    usual = f"{TABLE}?_size=50&_sort_desc=start_date"
    facets = "&".join(f"_facet={name}" for name in ("kind", "status", "scope", "handling", "location_country_iso3"))
    year = "SELECT year, kind, location_country_iso3, COUNT(*) FROM engagements GROUP BY 1, 2, 3"
    return {
        ("list", "none"): usual,
        ("list", "kind often"): f"{usual}&kind=engagement",
        ("list", "kind rarely"): f"{usual}&kind=peacekeeping",
        ("list", "country often"): f"{usual}&participant_iso3__contains={known.often}",
        ("list", "country rarely"): f"{usual}&participant_iso3__contains={known.rarely}",
        ("list", "strategy often"): f"{usual}&strategy_codes__contains={known.strategy_often}",
        ("list", "status and scope"): f"{usual}&status=completed&scope=bilateral",
        ("list", "by title"): f"{TABLE}?_size=50&_sort=title",
        ("list", "deep page"): f"{TABLE}?_size=50&_next={max(1, count - 60)}",
        ("facets", "none"): f"{usual}&{facets}",
        ("facets", "kind often"): f"{usual}&kind=engagement&{facets}",
        ("search", "common word"): f"{usual}&_search={known.word_often}",
        ("search", "rare word"): f"{usual}&_search={known.word_rarely}",
        ("report", "year, kind, region"): f"/flat.json?sql={quote(year)}",
        ("record", "typical"): f"{TABLE}/{count // 2}",
    }
