"""Files as programs write them, small, and what somebody may try instead."""

import io
import struct
import zipfile
import zlib

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 16) + b"WEBPVP8L" + struct.pack("<I", 4) + b"\x2f\0\0\0"
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + bytes(64)
PARTS = {
    "docx": ("wordprocessingml.document", "word/document.xml"),
    "xlsx": ("spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": ("presentationml.presentation", "ppt/presentation.xml"),
}
OPEN = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND")
)


def package(members: dict[str, bytes], *, stored=("mimetype",), comment=b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return file.getvalue()


def types(*content_types: str, encoding="utf-8") -> bytes:
    overrides = "".join(f'<Override PartName="/part{number}" ContentType="{name}"/>' for number, name in enumerate(content_types))
    namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<?xml version="1.0" encoding="{encoding}"?><Types xmlns="{namespace}">{overrides}</Types>'.encode(encoding)


def office(kind="docx", *, extra=None, declared=(), content_types=None, **options) -> bytes:
    name, part = PARTS[kind]
    main = f"application/vnd.openxmlformats-officedocument.{name}.main+xml"
    members = {"[Content_Types].xml": content_types or types(main, *declared), "_rels/.rels": b"<Relationships/>", part: b"<document/>"}
    return package(members | (extra or {}), **options)


def open_document(kind="odt", *, extra=None, mimetype=None) -> bytes:
    said = mimetype or f"application/vnd.oasis.opendocument.{OPEN[kind]}".encode()
    members = {"mimetype": said, "content.xml": b"<office/>", "META-INF/manifest.xml": b"<manifest/>"}
    return package(members | (extra or {}))


def with_duplicate() -> bytes:
    """A package that says a part twice: two programs may read two different ones."""
    file = io.BytesIO(office())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("WORD/document.xml", b"<other/>")
    return file.getvalue()


def encrypted() -> bytes:
    """A package whose members say that they are encrypted."""
    data = bytearray(office())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    data[start + 8] |= 1
    return bytes(data)


def lying(says: int) -> bytes:
    """A package whose largest member unpacks to more than its directory says."""
    data = bytearray(office(extra={"word/media/large.xml": b" " * 1_000_000}))
    place = data.rfind(b"PK\1\2", 0, data.rfind(b"word/media/large.xml"))
    data[place + 24 : place + 28] = struct.pack("<I", says)
    return bytes(data)
