"""Where attached files lie: under random names in one private folder, which no address leads into."""

import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from engagements.models import Attachment

UNFINISHED = ".part"


@dataclass(frozen=True)
class Stored:
    """A file as it was written: its random name, its size in bytes and its checksum."""

    name: str
    size: int
    sha256: str


def folder() -> Path:
    """The folder of the files, readable by this program's account only."""
    path = Path(settings.DATA_DIR) / "attachments"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(stored_as: str) -> Path:
    return folder() / stored_as


@contextmanager
def storing(blocks: Iterable[bytes]) -> Iterator[Stored]:
    """Write ``blocks`` as a new file, which stays if the block inside ends well, and is gone if it does not.

    The row that names the file is to be committed inside.
    """
    name = secrets.token_hex(16)
    place, unfinished = folder() / name, folder() / f"{name}{UNFINISHED}"
    try:
        checksum, size = hashlib.sha256(), 0
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for block in blocks:
                file.write(block)
                checksum.update(block)
                size += len(block)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(place)
        _settle(folder())
        yield Stored(name, size, checksum.hexdigest())
    except BaseException:
        place.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)
        raise


def _settle(path: Path) -> None:
    """The new name in ``path`` survives a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def left_over(*, older_than: int = 24 * 3600) -> list[Path]:
    """Files that no attachment names, untouched for ``older_than`` seconds: what a killed program left."""
    known = set(Attachment.objects.order_by().values_list("stored_as", flat=True))
    before = time.time() - older_than
    return sorted(path for path in folder().iterdir() if path.name not in known and path.is_file() and path.stat().st_mtime <= before)
