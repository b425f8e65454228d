"""Opening a file: what it is by its first bytes, unpacked while it is read and never beyond the limits."""

import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagements.domain.file_types import MARKUP, OOXML, check_package
from imports.reading.options import Unreadable

MOST_RATIO = 120  # real sheets unpack to five to forty times their size
GZIP, ZIP, OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BLOCK = 64 * 1024
NOT_A_TABLE = re.compile(
    rb"%PDF-|\{\\rtf|\x89PNG|\xff\xd8\xff|GIF8[79]a|Rar!\x1a|7z\xbc\xaf|MZ[\x00-\x08\x90]|\x7fELF|PK\x05\x06"
    rb"|BZh[1-9]1AY|\xfd7zXZ|SQLite format"
)


def kind(path: Path) -> str:
    """ "text", "gzip" (text in it) or "workbook"; Unreadable where it is none of them or larger than a file may be."""
    size = path.stat().st_size
    if size > settings.IMPORT_MAX_BYTES:
        raise Unreadable(
            _("The file is larger than the %(most)s MB that are read. Split it.") % {"most": settings.IMPORT_MAX_BYTES // 1024**2}
        )
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(ZIP):
        return "workbook"
    packed = start.startswith(GZIP)
    if packed:
        with open_bytes(path) as unpacked:
            start = unpacked.read(1024)
        if start.startswith((GZIP, ZIP)):
            raise Unreadable(_("There is an archive in the archive. Unpack it, then choose what is inside."))
    if not start:
        raise Unreadable(_("The file is empty."))
    if start.startswith(OLE):
        raise Unreadable(_("The file is protected by a password, or of an old format (.xls). Save it as .xlsx without a password."))
    if NOT_A_TABLE.match(start) or MARKUP.match(start.removeprefix(b"\xef\xbb\xbf")):
        raise Unreadable(_("By its content this is no table. Save it as CSV or as an Excel workbook (.xlsx)."))
    return "gzip" if packed else "text"


def open_bytes(path: Path) -> io.BufferedReader:
    """The file from its first byte, unpacked where it is packed; reading on past the limit raises Unreadable."""
    return io.BufferedReader(Unpacked(path), BLOCK)


class Unpacked(io.RawIOBase):
    """The bytes of a file, counted; ``share`` tells how far the reading has come."""

    def __init__(self, path: Path):
        super().__init__()
        self._size = max(1, path.stat().st_size)
        self._file = path.open("rb")
        packed = self._file.read(2) == GZIP
        self._file.seek(0)
        self._from: Any = gzip.GzipFile(fileobj=self._file) if packed else self._file
        self._left = settings.IMPORT_MAX_UNPACKED if packed else self._size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            block = self._from.read(min(len(buffer), BLOCK))
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(_("The archive is damaged or not whole. Pack it again.")) from error
        self._left -= len(block)
        if self._left < 0:
            raise Unreadable(
                _("Unpacked, the file is larger than the %(most)s MB that are read. Split it.")
                % {"most": settings.IMPORT_MAX_UNPACKED // 1024**2}
            )
        buffer[: len(block)] = block
        return len(block)

    def share(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return min(1.0, self._file.tell() / self._size)

    def close(self) -> None:
        if not self.closed:
            self._from.close()
            self._file.close()
        super().close()


def check_workbook(path: Path) -> None:
    """Refuse what is no plain Excel workbook, before any of it is looked into."""
    with path.open("rb") as file:
        try:
            members = check_package(
                file, "XLSX", f"{OOXML}spreadsheetml.sheet.main+xml",
                most_unpacked=settings.IMPORT_MAX_UNPACKED, most_ratio=MOST_RATIO,
            )  # fmt: skip
        except ValidationError as error:
            raise Unreadable(error.messages[0]) from error
    if any(name.lower().startswith("xl/externallinks/") for name in members):
        raise Unreadable(_("The workbook draws values from other files. Cut the links (Data, Edit Links), save it and choose it again."))
