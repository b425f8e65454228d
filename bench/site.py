"""The whole site as it runs for people, started by script/server with data of its own, and people who visit it over HTTP."""

import contextlib
import http.client
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from tests.engagements.forms import posted

ROOT = Path(__file__).parent.parent
PASSWORD = secrets.token_urlsafe(16)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, the body, and the seconds it took."""

    status: int
    headers: dict[str, str]
    content: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def form(self, **changes) -> dict[str, list[str]]:
        """The fields of the form on the page, with ``changes``, as a browser would post them."""
        return posted(self, **changes)


@dataclass
class Person:
    """One browser: its cookies, and one connection that is kept open."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    line: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        """One request. A line that the server has closed meanwhile is opened again, as a browser does."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Host": f"127.0.0.1:{self.port}",
        } | headers
        began = time.perf_counter()
        for attempt in (1, 2):
            try:
                if self.line is None:
                    self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                self.line.request(method, path, body=body, headers=headers)
                answer = self.line.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if attempt == 2:
                    raise
        for value in answer.headers.get_all("Set-Cookie") or []:
            for name, cookie in SimpleCookie(value).items():
                self.cookies[name] = cookie.value
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content, time.perf_counter() - began)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, fields: dict) -> Answer:
        said = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")} | fields
        return self.ask("POST", path, urlencode(said, doseq=True), **{"Content-Type": FORM})

    def another(self) -> "Person":
        """A browser more of the same person, with a line of its own; signing in is what the site allows few times a minute."""
        return Person(self.port, dict(self.cookies))

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None


class Site:
    """A running server with its own data; ``kind`` is sqlite or postgresql."""

    def __init__(self, port: int, folder: Path, database: str):
        self.port, self.folder, self.database = port, folder, database
        environment = os.environ | {"DATA_DIR": str(folder), "DEMO_PASSWORD": PASSWORD, "ENTENTE_ENV": "development"}
        environment.pop("DATABASE_URL", None)
        if database:
            environment["DATABASE_URL"] = database
        with (folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                [str(ROOT / "script" / "server"), str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def kind(self) -> str:
        return "postgresql" if self.database else "sqlite"

    def wait(self, seconds: float = 240) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Person(self.port).get("/readyz").status == 200:
                    return
            time.sleep(0.5)
        raise SystemExit(f"The server did not start:\n{(self.folder / 'server.log').read_text()[-2000:]}")

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def sign_in(self, name: str) -> Person:
        person = Person(self.port)
        person.get("/accounts/login/")
        answer = person.post("/accounts/login/", {"login": name, "password": PASSWORD})
        if answer.status != 302:
            raise SystemExit(f"{name} could not sign in: {answer.status}")
        person.get("/")
        return person

    def workers(self) -> list[int]:
        """The processes of the server, its first one included."""
        found, parents = [self.process.pid], {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid, parent = int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(pid)
        for pid in found:
            found += parents.get(pid, [])
        return found

    def worked(self) -> float:
        """Seconds of processor time that the server has used so far: what it costs, whatever else the machine does."""
        ticks = 0
        for pid in self.workers():
            with contextlib.suppress(OSError):
                ticks += sum(int(part) for part in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes that the processes of the server have in memory now."""
        total = 0
        for pid in self.workers():
            with contextlib.suppress(OSError):
                found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                total += int(found[1]) * 1024 if found else 0
        return total

    def on_disk(self, *names: str) -> int:
        """Bytes of the files below these folders of the data, such as those for uploads and attachments."""
        return sum(path.stat().st_size for name in names for path in (self.folder / name).rglob("*") if path.is_file())

    def errors(self) -> int:
        """Server errors in its log so far."""
        return len(re.findall(r" (?:ERROR|CRITICAL) ", (self.folder / "server.log").read_text(errors="replace")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(url: str = "") -> Iterator[Site]:
    """A site on SQLite, or on a new database of the PostgreSQL that ``url`` names; nothing is left of either."""
    folder = Path(tempfile.mkdtemp(prefix="entente-faults-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = stack.enter_context(_database(url)) if url else ""
        site = Site(free_port(), folder, database)
        stack.callback(site.stop)
        site.wait()
        yield site


@contextlib.contextmanager
def _database(url: str) -> Iterator[str]:
    server, _, _name = url.rpartition("/")
    name = f"faults_{secrets.token_hex(4)}"

    def run(statement: str) -> None:  # on a line of its own: a fault may have ended the one before
        with psycopg.connect(f"{server}/postgres".replace("postgres://", "postgresql://", 1), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    run("CREATE DATABASE {}")
    try:
        yield f"{server}/{name}"
    finally:
        run("DROP DATABASE {} WITH (FORCE)")
