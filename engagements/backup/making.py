"""Makes a backup: a tar file, packed by gzip, that takes its name only when it is complete and is its owner's alone."""

import io
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.backup import manifest as manifests
from engagements.backup import on_postgresql, on_sqlite
from engagements.backup.manifest import BackupError, Manifest, State, described

DATABASES = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def make(path: Path) -> Manifest:
    """Write the backup to ``path``, which must not be there yet."""
    path = path.absolute()
    if path.exists():
        raise BackupError(_("%(path)s is there already. Name another file, so that no backup is lost.") % {"path": path})
    try:
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise BackupError(_("The backup can not be written. %(error)s") % {"error": error}) from error
    try:
        dump = folder / manifests.DUMPS[connection.vendor]
        state = DATABASES[connection.vendor].dump(connection, dump)
        manifest = _manifest(state, {dump.name: dump})
        _pack(folder / "archive", manifest, {dump.name: dump})
        os.link(folder / "archive", path)  # fails where somebody took the name meanwhile
    except OSError as error:
        raise BackupError(_("The backup can not be written. %(error)s") % {"error": error}) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def _manifest(state: State, files: dict[str, Path]) -> Manifest:
    """What the archive will hold: the files given, and the attachments that belong to the rows of this moment."""
    kept = manifests.attachment_folder()
    described_files, missing = {name: described(path) for name, path in files.items()}, []
    for stored, in_use in sorted(state.attachments.items()):
        path = kept / stored
        if manifests.is_stored_name(stored) and path.is_file() and not path.is_symlink():
            described_files[manifests.ATTACHMENTS + stored] = described(path)
        elif in_use:
            missing.append(stored)
    return Manifest(
        format=manifests.FORMAT,
        program=manifests.program_version(),
        made_at=timezone.now().isoformat(timespec="seconds"),
        database=connection.vendor,
        migrations=state.migrations,
        counts=state.counts,
        files=described_files,
        missing=missing,
    )


def _pack(target: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    kept = manifests.attachment_folder()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as archive:
            written = manifest.written()
            archive.addfile(_member(manifests.NAME, len(written)), io.BytesIO(written))
            for name, about in manifest.files.items():
                path = files.get(name) or kept / name.removeprefix(manifests.ATTACHMENTS)
                with path.open("rb") as content:
                    archive.addfile(_member(name, about["size"]), content)
        file.flush()
        os.fsync(file.fileno())


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Nothing in it of the machine or the account it was made on."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member
