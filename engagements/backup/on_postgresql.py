"""PostgreSQL: pg_dump copies the moment of an exported snapshot; the way back is one transaction of psql."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from engagements.backup.manifest import BackupError, State, state_of
from engagements.search_in_database import SPELLING, TABLE

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
# Everything of ours that may be there, and what a newer program may have added: dropped in the transaction that restores.
FUNCTIONS = """
    SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
WHERE_PROGRAMS_ARE = ["/usr/lib/postgresql", "/usr/pgsql-*", "/opt/homebrew/opt/postgresql@*"]
SAID_BY_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
}


def dump(connection: Any, to: Path) -> State:
    """Write the database in pg_dump's own format into the new file ``to``."""
    program = _program("pg_dump")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            state = _state(cursor)
            options = ["--format=custom", "--no-owner", "--no-acl", f"--exclude-table-data={TABLE}"]
            _run([program, *options, f"--snapshot={snapshot}", f"--file={to}"], connection)
    except DatabaseError as error:
        raise BackupError(_("The database can not be copied. %(error)s") % {"error": error}) from error
    return state


def check(path: Path) -> None:
    """Refuse a file that pg_restore can not read."""
    _run([_program("pg_restore"), "--list", str(path)])


def _wanted(path: Path) -> str:
    """The contents of the dump without extensions and what needs them: not everybody may create those, and we do without."""
    lines = _run([_program("pg_restore"), "--list", str(path)]).splitlines()
    return "\n".join(line for line in lines if " EXTENSION " not in line and f" {SPELLING} " not in line)


def load(connection: Any, path: Path) -> None:
    """Replace the whole database, or nothing of it."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(FUNCTIONS)
        functions = [name for (name,) in cursor.fetchall()]
    connection.close()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        script = Path(folder) / "restore.sql"
        script.write_text(
            "".join(f'DROP TABLE IF EXISTS "{name}" CASCADE;\n' for name in tables)
            + "".join(f"DROP FUNCTION IF EXISTS {name} CASCADE;\n" for name in functions),
            encoding="utf-8",
        )
        sql = Path(folder) / "rows.sql"
        contents = Path(folder) / "contents"
        contents.write_text(_wanted(path), encoding="utf-8")
        _run([_program("pg_restore"), "--no-owner", "--no-acl", f"--use-list={contents}", f"--file={sql}", str(path)])
        _run(
            [
                _program("psql"), "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction",
                f"--file={script}", f"--file={sql}",
            ],
            connection,
            # Who still reads holds its locks: better a sentence now than waiting for ever.
            PGOPTIONS="-c lock_timeout=10s -c client_min_messages=warning",
        )  # fmt: skip


def state(connection: Any) -> State:
    with connection.cursor() as cursor:
        return _state(cursor)


def _state(cursor: Any) -> State:
    cursor.execute(TABLES)
    return state_of(cursor, [name for (name,) in cursor.fetchall()])


def _program(name: str) -> str:
    """Where PostgreSQL's client program is: on the path, or the newest of those installed in the usual places."""
    if found := shutil.which(name):
        return found
    places = [place for pattern in WHERE_PROGRAMS_ARE for place in Path("/").glob(pattern.lstrip("/"))]
    found_in = [path for place in places for path in [*place.glob(f"bin/{name}"), *place.glob(f"*/bin/{name}")]]
    if not found_in:
        sentence = _("There is no %(name)s here. Install PostgreSQL's client programs (Debian: postgresql-client).")
        raise BackupError(sentence % {"name": name})
    return str(max(found_in, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))]))


def _run(command: list[str], connection: Any = None, **more: str) -> str:
    """Run a client program and return what it says; the password goes by its environment, where no list of processes shows it."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ} | {"LC_ALL": "C"}
    if connection is not None:
        said = connection.settings_dict
        given = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
        environment |= {name: str(said[key]) for name, key in given.items() if said.get(key)}
        environment |= {name: str(said["OPTIONS"][key]) for key, name in SAID_BY_OPTIONS.items() if key in said["OPTIONS"]}
    done = subprocess.run(command, env=environment | more, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode != 0:
        said_why = " ".join(done.stderr.split())[:600]
        raise BackupError(_("%(program)s stopped. %(why)s") % {"program": Path(command[0]).name, "why": said_why})
    return done.stdout
