"""Which files a record takes. What a file is, is read from its content; its name only has to say the same.

Documents, tables, slides, texts and pictures. No page or drawing that a browser runs (HTML, SVG), no macros, no
archives, nothing executable. A file that is two things at once (a picture with an archive behind it) is neither.
"""

import codecs
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_MEMBERS = 2000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_DIRECTORY = 1024 * 1024  # bytes of the list of members, read before any of them
MOST_XML = 1024 * 1024
SMALL = 10 * 1024 * 1024  # below it, how well an archive is packed does not matter
BLOCK = 64 * 1024
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
# What a document must not carry inside: programs, and documents with programs.
CARRIED = {
    ".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".lnk", ".jar",
    ".sh", ".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm", ".potm", ".ppam", ".ppsm",
}  # fmt: skip
MACROS = re.compile(r"vbaproject|macroenabled|macrosheet|activex|ms-office\.vba", re.I)
MARKUP = re.compile(rb"\s*<(?:!doctype|!--|\?xml|\?php|html|head|body|script|svg|iframe|meta)\b", re.I)


def recognize(file: IO[bytes], extension: str) -> str:
    """The content type of ``file``, whose name ends in ``extension`` (".pdf"); ``ValidationError`` where it is none that we take."""
    known = TYPES.get(extension)
    if known is None:
        raise ValidationError(_("Files of this type are not taken. Choose one of: %(types)s."), params={"types": taken()})
    content_type, check = known
    file.seek(0)
    if not file.read(1):
        raise ValidationError(_("The file is empty."))
    file.seek(0)
    check(file)
    file.seek(0)
    return content_type


def taken() -> str:
    """The endings that a file may have: "csv, docx, …"."""
    return ", ".join(sorted(extension.removeprefix(".") for extension in TYPES))


def _other(what: str) -> ValidationError:
    return ValidationError(_("By its content this is not %(what)s. Save it again in the program it comes from."), params={"what": what})


def _damaged() -> ValidationError:
    return ValidationError(_("The file is damaged or protected and can not be looked into. Save it again without a password."))


# Texts and pictures ------------------------------------------------------------------------------


def _text(file: IO[bytes]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    start = file.read(1024)
    if MARKUP.match(start.removeprefix(codecs.BOM_UTF8)) or start.startswith((b"#!", b"{\\rtf", b"%PDF-")):
        raise _other(_("plain text"))
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            _readable(decoder.decode(block))
        _readable(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        raise ValidationError(_("The text is not in UTF-8. Save it again with the encoding UTF-8.")) from error


def _readable(text: str) -> None:
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f" for letter in text):
        raise _other(_("plain text"))


def _pdf(file: IO[bytes]) -> None:
    if not re.match(rb"%PDF-[12]\.\d", file.read(8)) or b"%%EOF" not in _end(file, 2048):
        raise _other("PDF")
    _no_archive(file)


def _png(file: IO[bytes]) -> None:
    if not re.match(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", file.read(16), re.S) or not _end(file, 12).endswith(b"\0\0\0\0IEND\xaeB`\x82"):
        raise _other("PNG")
    _no_archive(file)


def _jpeg(file: IO[bytes]) -> None:
    if not file.read(3) == b"\xff\xd8\xff":
        raise _other("JPEG")
    _no_archive(file)


def _webp(file: IO[bytes]) -> None:
    head = file.read(16)
    if head[:4] != b"RIFF" or head[8:15] != b"WEBPVP8" or int.from_bytes(head[4:8], "little") + 8 != file.seek(0, 2):
        raise _other("WebP")
    _no_archive(file)


def _end(file: IO[bytes], size: int) -> bytes:
    file.seek(max(0, file.seek(0, 2) - size))
    return file.read()


def _no_archive(file: IO[bytes]) -> None:
    file.seek(0)
    if zipfile.is_zipfile(file):
        raise ValidationError(_("The file is an archive as well. Save it again in the program it comes from."))


# Office documents --------------------------------------------------------------------------------


def _office(what: str, main: str) -> Callable[[IO[bytes]], None]:
    """A check for Office Open XML whose main part has the content type ``main``."""

    def check(file: IO[bytes]) -> None:
        check_package(file, what, main)

    return check


def check_package(file: IO[bytes], what: str, main: str, *, most_unpacked: int = MOST_UNPACKED, most_ratio: int | None = None) -> list[str]:
    """Refuse what is no Office Open XML with a main part of the type ``main``; the names of its members.

    ``most_unpacked`` are bytes, ``most_ratio`` is how many times its packed size it may unpack to.
    """
    members = _members(file, what, most_unpacked, most_ratio)
    if "[Content_Types].xml" not in members:
        raise _other(what)
    declared = _content_types(members["[Content_Types].xml"])
    if any(MACROS.search(name) for name in [*members, *declared]):
        raise ValidationError(_("The file carries macros. Save it without them, then choose it again."))
    if main not in declared:
        raise _other(what)
    return list(members)


def _content_types(xml: bytes) -> set[str]:
    """The content types that a package declares, in lower case."""
    found = set()
    parser = expat.ParserCreate()

    def element(_name: str, attributes: dict[str, str]) -> None:
        found.add(attributes.get("ContentType", "").lower())

    def doctype(*_declaration: object) -> None:
        raise _damaged()

    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise _damaged() from error
    return found


def _open_document(what: str, content_type: str) -> Callable[[IO[bytes]], None]:
    def check(file: IO[bytes]) -> None:
        members = _members(file, what)
        if next(iter(members), None) != "mimetype" or members["mimetype"].strip() != content_type.encode():
            raise _other(what)
        if not {"content.xml", "META-INF/manifest.xml"} <= members.keys():
            raise _other(what)
        if any(name.lower().startswith(("basic/", "scripts/")) for name in members):
            raise ValidationError(_("The file carries macros. Save it without them, then choose it again."))

    return check


# Members whose content a check reads; of the others only that they unpack to what they say.
READ = {"[Content_Types].xml", "mimetype"}


def _members(file: IO[bytes], what: str, most_unpacked: int = MOST_UNPACKED, most_ratio: int | None = None) -> dict[str, bytes]:
    """The members of a package, in its order, with the content of those in READ; each was unpacked once, within bounds."""
    _bounded_directory(file, what)
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            _bounded_members(archive.infolist(), most_unpacked, most_ratio)
            for info in archive.infolist():
                if info.filename in READ and info.file_size > MOST_XML:
                    raise _damaged()
                with archive.open(info) as member:
                    found[info.filename] = member.read() if info.filename in READ else b""
                    while member.read(BLOCK):
                        pass  # to its end: a member that is not what it says fails there
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _damaged() from error
    return found


def _bounded_directory(file: IO[bytes], what: str) -> None:
    """Nothing before the first member, nothing after the list of members, and that list of a size that may be read."""
    size = file.seek(0, 2)
    file.seek(0)
    start, end = file.read(4), _end(file, 42)
    if start != b"PK\x03\x04" or end[-22:-18] != b"PK\x05\x06" or end[-2:] != b"\0\0" or end[:4] == b"PK\x06\x07":
        raise _other(what)
    length, place = int.from_bytes(end[-10:-6], "little"), int.from_bytes(end[-6:-2], "little")
    if length > MOST_DIRECTORY:
        raise _too_much()
    if place + length != size - 22:
        raise _other(what)


def _bounded_members(members: list[zipfile.ZipInfo], most_unpacked: int, most_ratio: int | None) -> None:
    unpacked, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > most_unpacked:
        raise _too_much()
    if most_ratio and unpacked > SMALL and unpacked > most_ratio * packed:
        raise _too_much()
    names = [member.filename for member in members]
    if len({name.lower() for name in names}) != len(names):
        raise _damaged()
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.orig_filename or not path.parts or ":" in path.parts[0]:
            raise _damaged()
        packed_otherwise = member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        if member.flag_bits & 1 or packed_otherwise or stat.S_ISLNK(member.external_attr >> 16):
            raise _damaged()
        if path.suffix.lower() in CARRIED:
            raise ValidationError(_("The file carries a program inside: %(name)s. Take it out first."), params={"name": path.name[:60]})


def _too_much() -> ValidationError:
    return ValidationError(_("Unpacked, the file is larger than it may be. Split it, or save it as PDF."))


TYPES: dict[str, tuple[str, Callable[[IO[bytes]], None]]] = (
    {
        ".pdf": ("application/pdf", _pdf),
        ".png": ("image/png", _png),
        ".jpg": ("image/jpeg", _jpeg),
        ".jpeg": ("image/jpeg", _jpeg),
        ".webp": ("image/webp", _webp),
        ".txt": ("text/plain; charset=utf-8", _text),
        ".csv": ("text/csv; charset=utf-8", _text),
    }
    | {
        f".{extension}": (f"{OOXML}{name}", _office(extension.upper(), f"{OOXML}{name}.main+xml"))
        for extension, name in [
            ("docx", "wordprocessingml.document"),
            ("xlsx", "spreadsheetml.sheet"),
            ("pptx", "presentationml.presentation"),
        ]
    }
    | {
        f".{extension}": (f"{ODF}{name}", _open_document(extension.upper(), f"{ODF}{name}"))
        for extension, name in [("odt", "text"), ("ods", "spreadsheet"), ("odp", "presentation")]
    }
)
