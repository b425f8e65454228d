"""Restores a backup: everything is unpacked and checked before anything is written, and counted afterwards."""

import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from engagements import tracking
from engagements.backup import manifest as manifests
from engagements.backup.making import DATABASES
from engagements.backup.manifest import BackupError, Manifest
from jobs.sweeping import after_restore

OURS = ("accounts", "catalog", "engagements", "history")
LONGEST_MANIFEST = 256 * 1024 * 1024
BLOCK = 1024 * 1024


def restore(path: Path, *, replace: bool = False) -> Manifest:
    """Put back what ``path`` holds; into an empty database only, unless ``replace`` is said."""
    database = DATABASES[connection.vendor]
    with _unpacked(path) as (manifest, folder):
        _fits(manifest)
        database.check(folder / manifest.dump)
        if not replace and (full := _what_is_there()):
            raise BackupError(
                _("Nothing was restored: there is something here already (%(what)s). Add --replace to lose it.") % {"what": full}
            )
        database.load(connection, folder / manifest.dump)
        _put_attachments(folder / manifests.ATTACHMENTS)
        differing = _differing(manifest.counts, database.state(connection).counts)
    if differing:
        raise BackupError(_("The database was restored, but these tables have other numbers of rows: %(names)s.") % {"names": differing})
    call_command("migrate", verbosity=0)
    tracking.after_migrations(using=connection.alias, plan=[...])  # the triggers of this program, whichever the backup had
    # A session that was signed out after the backup must not come back to life.
    apps.get_model("sessions", "Session").objects.all().delete()
    after_restore()
    return manifest


def _fits(manifest: Manifest) -> None:
    if manifest.database != connection.vendor:
        raise BackupError(
            _("The backup is of %(one)s, this site runs on %(other)s. Restore it where it came from, and carry the records over by export.")
            % {"one": manifest.database, "other": connection.vendor}
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(_("The backup is of a newer program (%(version)s, %(migration)s). Install that one first.") % {
            "version": manifest.program, "migration": unknown[-1],
        })  # fmt: skip


def _what_is_there() -> str:
    """Which of our tables have rows, or that there are attachments."""
    present = set(connection.introspection.table_names())
    tables = [model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models() if model._meta.managed]
    full = []
    with connection.cursor() as cursor:
        for table in tables:
            if table in present:
                cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
                full += [table] * bool(cursor.fetchone()[0])
    folder = manifests.attachment_folder()
    if folder.is_dir() and any(folder.iterdir()):
        full.append(str(folder))
    return ", ".join(full[:3])


def _differing(wanted: dict[str, int], found: dict[str, int]) -> str:
    return ", ".join(sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)))


def _put_attachments(unpacked: Path) -> None:
    """The folder of the backup takes the place of the one that is there."""
    kept = manifests.attachment_folder()
    old = kept.with_name(f".{kept.name}.replaced")
    shutil.rmtree(old, ignore_errors=True)
    if kept.exists():
        kept.rename(old)
    unpacked.mkdir(mode=0o700, exist_ok=True)
    unpacked.rename(kept)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest, and a private folder with exactly the files it names, each with its checksum."""
    # On the disk of the attachments, and where the next start finds what a killed restore left.
    place = settings.DATA_DIR / "tmp"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place, prefix="restoring-"))
    damaged = _("%(path)s is damaged, or is no backup. Nothing was restored.") % {"path": path}
    try:
        try:
            yield _unpack(path, folder, damaged), folder
        except (tarfile.TarError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise BackupError(damaged) from error
        except OSError as error:
            raise BackupError(_("The backup can not be read, or not be written here. %(error)s") % {"error": error}) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(path: Path, folder: Path, damaged: str) -> Manifest:
    with tarfile.open(path, "r:gz") as archive:
        first = archive.next()
        if first is None or first.name != manifests.NAME or not first.isreg() or first.size > LONGEST_MANIFEST:
            raise BackupError(damaged)
        manifest = manifests.read(archive.extractfile(first).read())
        waiting = dict(manifest.files)
        (folder / manifests.ATTACHMENTS).mkdir(mode=0o700)
        for member in iter(archive.next, None):
            about = waiting.pop(member.name, None)  # also refuses a name that comes twice
            if about is None or not member.isreg() or member.size != about["size"]:
                raise BackupError(damaged)
            if _copied(archive, member, folder / member.name) != about["sha256"]:
                raise BackupError(_("%(name)s in the backup is not what was saved. Nothing was restored.") % {"name": member.name})
    if waiting:
        raise BackupError(damaged)
    return manifest


def _copied(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> str:
    """The checksum of what was written."""
    seen = hashlib.sha256()
    with archive.extractfile(member) as content, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while block := content.read(BLOCK):
            seen.update(block)
            file.write(block)
    return seen.hexdigest()
