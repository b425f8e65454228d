"""A file that knows the SHA-256 of what was written to it."""

import hashlib
from typing import Any


class Checksummed:
    """Passes every piece on to ``file``."""

    def __init__(self, file: Any):
        self.file, self._sum = file, hashlib.sha256()

    def write(self, piece: bytes) -> None:
        self._sum.update(piece)
        self.file.write(piece)

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()


def checksum_of(file: Any) -> Checksummed:
    """``file``, written already, with its checksum."""
    found = Checksummed(file)
    file.seek(0)
    while block := file.read(1024 * 1024):
        found._sum.update(block)
    return found
