"""What an archive says of itself: which program and database it is of, how many rows and which files it holds."""

import hashlib
import json
import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from engagements.search_in_database import is_derived

FORMAT = 1
NAME = "manifest.json"
ATTACHMENTS = "attachments/"
DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_STORED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BackupError(Exception):
    """A sentence that says why there is no backup, or nothing was restored."""


@dataclass
class State:
    """The database at one moment: rows of each table, migrations ("app.name"), attachments ({stored name: whether it is in use})."""

    counts: dict[str, int]
    migrations: list[str]
    attachments: dict[str, bool]


@dataclass
class Manifest:
    """``files`` has size and checksum of each member; ``missing`` the attachments that had no file when the backup was made."""

    format: int
    program: str
    made_at: str
    database: str
    migrations: list[str]
    counts: dict[str, int]
    files: dict[str, dict[str, Any]]
    missing: list[str]

    def written(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @property
    def dump(self) -> str:
        return DUMPS[self.database]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


def read(raw: bytes) -> Manifest:
    """The manifest of an archive; BackupError where it is not one of ours."""
    try:
        said = json.loads(raw)
        if said["format"] != FORMAT:
            raise BackupError(_("The backup is of a form that this program does not know. Use the version that made it."))
        manifest = Manifest(**said)
        right = (
            manifest.database in DUMPS
            and manifest.dump in manifest.files
            and all(is_member(name, manifest.database) for name in manifest.files)
            and all(isinstance(file["size"], int) and _SHA256.fullmatch(file["sha256"]) for file in manifest.files.values())
            and all(isinstance(number, int) for number in manifest.counts.values())
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BackupError(_("The list of contents of the backup can not be read: the file is damaged, or is no backup.")) from error
    if not right:
        raise BackupError(_("The list of contents of the backup can not be read: the file is damaged, or is no backup."))
    return manifest


def is_member(name: str, database: str) -> bool:
    """Whether a backup has files of this name: nothing that leads out of its folder."""
    stored = name.removeprefix(ATTACHMENTS)
    return name == DUMPS[database] or (stored != name and is_stored_name(stored))


def is_stored_name(name: str) -> bool:
    return _STORED_NAME.fullmatch(name) is not None


def described(path: Path) -> dict[str, Any]:
    """Size and checksum of a file."""
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def program_version() -> str:
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def attachment_folder() -> Path:
    return settings.DATA_DIR / "attachments"


def state_of(cursor: Any, tables: list[str]) -> State:
    """The state as ``cursor`` (of sqlite3 or psycopg) sees it."""

    def rows(sql: str) -> list[tuple]:
        cursor.execute(sql)
        return cursor.fetchall()

    counts = {table: rows(f'SELECT COUNT(*) FROM "{table}"')[0][0] for table in tables if not is_derived(table)}
    migrations = sorted(f"{app}.{name}" for app, name in rows("SELECT app, name FROM django_migrations"))
    attachments: dict[str, bool] = {}
    if "engagements_attachment" in tables:
        attachments = {name: removed is None for name, removed in rows("SELECT stored_as, removed_at FROM engagements_attachment")}
    return State(counts, migrations, attachments)
