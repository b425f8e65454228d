"""What a job keeps beside the database, in a private folder of its own: ``DATA_DIR/jobs/<key>/``.

A job may write inside one long transaction, which nobody else sees into: how far it is, that it should stop, and
whether the process that does it is alive are files. The last is a lock, which the system takes back when a process dies.
"""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

LOCK, PROGRESS, CANCEL, FILE = "lock", "progress.json", "cancel", "file"
WORKERS = ".workers"
EVERY = 0.3  # seconds between two looks at the folder


class Cancelled(Exception):
    """Somebody asked the job to stop."""


@dataclass(frozen=True)
class Reached:
    """How far a job is: ``done`` of ``total`` steps (0: not known), and a sentence of what it does."""

    done: int = 0
    total: int = 0
    sentence: str = ""

    @property
    def percent(self) -> int | None:
        return min(100, self.done * 100 // self.total) if self.total else None

    @property
    def figures(self) -> str:
        """The steps in figures; empty where their number is not known."""
        if not self.total:
            return ""
        facts = {"done": f"{self.done:,}", "total": f"{self.total:,}", "percent": self.percent}
        return _("%(done)s of %(total)s, %(percent)s percent") % facts


def jobs_folder() -> Path:
    path = Path(settings.DATA_DIR) / "jobs"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def folder_of(key: str) -> Path:
    """The job's own folder; made where it is not there yet."""
    path = jobs_folder() / key
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def remove_folder(key: str) -> None:
    shutil.rmtree(jobs_folder() / key, ignore_errors=True)


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Whether this process got the lock ``path``, which it then holds inside."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


@contextmanager
def locked(key: str) -> Iterator[bool]:
    """Whether nobody else does this job; nobody else can, inside."""
    with _held(folder_of(key) / LOCK) as mine:
        yield mine


@contextmanager
def present_as_worker() -> Iterator[None]:
    """While inside, ``has_worker`` is true for everybody."""
    folder = jobs_folder() / WORKERS
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / secrets.token_hex(8)
    with _held(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def has_worker() -> bool:
    """Whether any process is there to do jobs. Forgets those that died."""
    found, folder = False, jobs_folder() / WORKERS
    for path in folder.iterdir() if folder.is_dir() else []:
        with _held(path) as gone:
            if gone:
                path.unlink(missing_ok=True)
            else:
                found = True
    return found


def ask_to_cancel(key: str) -> None:
    (folder_of(key) / CANCEL).touch(mode=0o600)


def is_to_be_cancelled(key: str) -> bool:
    return (jobs_folder() / key / CANCEL).exists()


def reached(key: str) -> Reached:
    try:
        return Reached(**json.loads((jobs_folder() / key / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Reached()


class Progress:
    """Handed to who does the job, to be called as often as convenient.

    ``progress(done, total, sentence)``; what is left out stays as it was. Raises Cancelled where somebody asked for it.
    """

    def __init__(self, key: str):
        self.key, self.now, self.looked = key, Reached(), 0.0

    def __call__(self, done: int | None = None, total: int | None = None, sentence: str | None = None) -> None:
        said = sentence is not None and str(sentence) != self.now.sentence
        self.now = Reached(
            self.now.done if done is None else done,
            self.now.total if total is None else total,
            self.now.sentence if sentence is None else str(sentence),
        )
        if said or time.monotonic() - self.looked >= EVERY:
            self.look()

    def look(self) -> None:
        """Write down how far it is, and see whether to go on, now."""
        self.looked = time.monotonic()
        folder = folder_of(self.key)
        unfinished = folder / f"{PROGRESS}.part"
        unfinished.write_text(json.dumps(vars(self.now)), encoding="utf-8")
        unfinished.replace(folder / PROGRESS)
        if (folder / CANCEL).exists():
            raise Cancelled
