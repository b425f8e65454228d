"""PostgreSQL servers of a test's own: a primary, and copies that follow it."""

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

import psycopg

PLACES = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"]
# Nothing here outlives the test: no flush to the disk.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "wal_level": "replica",
    "max_wal_senders": "6",
    "hot_standby": "on",
    "wal_receiver_status_interval": "1",
    "wal_retrieve_retry_interval": "200ms",
    "autovacuum": "off",
}


def programs() -> Path | None:
    """The folder with PostgreSQL's own programs; None where there are none."""
    found = [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/initdb")]
    if found:
        return max(found, key=lambda path: [int(part) for part in path.parts[-3].split(".") if part.isdecimal()]).parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server; ``stop`` may be called at any time, and again."""

    def __init__(self, folder: Path, name: str):
        self.name, self.folder, self.data = name, folder, folder / name
        self.port = _free_port()
        self.account = self._account()
        if self.account:
            # The server's account has to get to its folder: nothing else lies in it.
            shutil.chown(folder, self.account.pw_uid, self.account.pw_gid)

    @staticmethod
    def _account():
        """PostgreSQL refuses to run as root: the account that it then runs as."""
        if os.getuid() != 0:
            return None
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        return names.get("postgres") or names["nobody"]

    def run(self, program: str, *arguments, check=True):
        who = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.account else {}
        # Written to a file: a server that was started keeps the pipe of its starter open.
        with open(self.folder / f"{self.name}.{program}.log", "ab") as log:
            done = subprocess.run(
                [programs() / program, *map(str, arguments)], cwd=self.folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False, timeout=300, **who,
            )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(Path(log.name).read_text() + self.said())
        return done.returncode

    def said(self) -> str:
        log = self.folder / f"{self.name}.log"
        return log.read_text()[-2000:] if log.exists() else ""

    def create(self) -> "Server":
        self.run("initdb", "-D", self.data, "-U", "entente", "--auth", "trust", "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8")
        return self

    def follow(self, primary: "Server") -> "Server":
        self.run("pg_basebackup", "-D", self.data, "-R", "--no-sync", "-c", "fast", "-X", "stream", "-d", primary.url(self.name))
        return self

    def start(self, **options) -> "Server":
        said = " ".join(f"-c {name}={value}" for name, value in (OPTIONS | options).items())
        self.run(
            "pg_ctl",
            "-D",
            self.data,
            "-w",
            "-t",
            120,
            "-l",
            self.folder / f"{self.name}.log",
            "-o",
            f"-p {self.port} -k '' {said}",
            "start",
        )
        return self

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", self.data, "-w", "-t", 20, "-m", "immediate", "stop", check=False)

    def url(self, application: str = "", database: str = "postgres") -> str:
        more = f"?application_name={application}" if application else ""
        return f"postgres://entente@127.0.0.1:{self.port}/{database}{more}"

    def ask(self, sql: str):
        """The first value of the first row; None where there is none."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
