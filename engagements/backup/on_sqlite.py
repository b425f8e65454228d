"""SQLite: VACUUM INTO copies one moment while others write; the way back replaces all pages in one transaction."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3._functions import register
from django.utils.translation import gettext as _

from engagements.backup.manifest import BackupError, State, state_of

WAIT = 60  # seconds for who writes just now
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"


def _opened(path: Any) -> Any:
    """A connection of its own, with the functions that the table rules of Django ask."""
    database = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    register(database)
    return closing(database)


def _state(path: Path) -> State:
    with _opened(path) as copy:
        cursor = copy.cursor()
        return state_of(cursor, [name for (name,) in cursor.execute(TABLES).fetchall()])


def dump(connection: Any, to: Path) -> State:
    """Copy the database into the new file ``to``."""
    try:
        with _opened(connection.settings_dict["NAME"]) as database:
            database.execute("VACUUM INTO ?", [str(to)])
        return _state(to)
    except sqlite3.Error as error:
        raise BackupError(_("The database can not be copied. %(error)s") % {"error": error}) from error


def check(path: Path) -> None:
    """Refuse a file that SQLite finds damaged."""
    try:
        with _opened(path) as copy:
            (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            broken = copy.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise BackupError(_("The database in the backup can not be read. %(error)s") % {"error": error}) from error
    if said != "ok" or broken:
        raise BackupError(_("The database in the backup is damaged. %(error)s") % {"error": said})


def load(connection: Any, path: Path) -> None:
    """Replace the whole database, or nothing of it."""
    connection.close()
    try:
        with _opened(path) as copy, _opened(connection.settings_dict["NAME"]) as database:
            copy.backup(database)
    except sqlite3.Error as error:
        raise BackupError(_("Nothing was restored: the database is in use. Stop the site first. %(error)s") % {"error": error}) from error


def state(connection: Any) -> State:
    return _state(Path(connection.settings_dict["NAME"]))
