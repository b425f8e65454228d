"""The rows of a sheet of an Excel workbook, streamed: never more of it in memory than a block and the row being read.

The ready-made readers hold a whole sheet (231 MB for 250,000 rows of ten columns) and turn numbers into binary fractions;
this one reads the XML with the parser that knows no entities from outside, and refuses what declares a document type.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from imports.reading.archive import check_workbook
from imports.reading.cells_of_workbook import BUILT_IN, MOST_TEXTS, PLAIN, SharedTexts, Style, style_of
from imports.reading.headings import Merged
from imports.reading.options import MOST_LINE, FileOptions, Unreadable, shown
from imports.reading.rows_of_sheet import RowReader, column_number

BLOCK = 64 * 1024
MOST_SHEETS, MOST_STYLES, MOST_MERGED = 1000, 70_000, 2_000
HEADER_LINES = 200  # merged cells matter for headings, which stand near the top
LOOKED_THROUGH = 20 * 1024 * 1024  # about 40,000 rows of ten cells, a second
MOST_ELEMENTS = 20_000_000  # looked through for merged cells; 300,000 rows of 30 cells have fewer
MOST_BLOCKS = MOST_LINE // BLOCK  # that one row may be spread over
Attributes = dict[str, str]
LETTERS = {"utf-8", "utf-16", "us-ascii", "iso-8859-1"}  # that the parser reads by itself


class _EnoughSeen(Exception):
    """Merged cells are looked for no further."""


def damaged() -> Unreadable:
    return Unreadable(_("The workbook is damaged. Open it in a spreadsheet program and save it again."))


class Workbook:
    """The sheets of a checked workbook. To be closed."""

    def __init__(self, path: Path, *, checked: bool = False):
        if not checked:
            check_workbook(path)
        self.sheets: dict[str, str] = {}  # name → member, in the order of the workbook
        self.hidden: list[str] = []
        self.since_1904 = False
        self._styles: list[Style] | None = None
        self._texts: SharedTexts | None = None
        self._parts: list[Any] = []  # being read; a reader may stop anywhere
        self._zip = zipfile.ZipFile(path)
        try:
            self._members = {name.lower(): name for name in self._zip.namelist()}
            self._main = self._target_of_main()
            self._targets = self._relations(self._main)
            self._read_sheets()
        except BaseException:
            self.close()
            raise
        if not self.sheets:
            self.close()
            raise Unreadable(_("The workbook has no sheet with rows."))

    @property
    def shown(self) -> list[str]:
        return [name for name in self.sheets if name not in self.hidden] or list(self.sheets)

    def rows(self, sheet: str) -> "SheetRows":
        if self._texts is None:
            self._styles, self._texts = self._read_styles(), self._read_texts()
        return SheetRows(self, self._member(sheet), self._styles or [], self._texts)

    def size(self, sheet: str) -> int:
        """Bytes of a sheet, unpacked."""
        return self._zip.getinfo(self._member(sheet)).file_size

    def merged(self, sheet: str) -> list[Merged]:
        """The merged areas near the top of a sheet. They stand behind its rows: this reads through all of them."""
        found: list[Merged] = []
        seen = 0

        def start(name: str, attributes: Attributes) -> None:
            nonlocal seen
            seen += 1
            if seen > MOST_ELEMENTS:
                raise _EnoughSeen
            if name == "mergeCell" and len(found) < MOST_MERGED and (area := _area(attributes.get("ref", ""))) and area.top <= HEADER_LINES:
                found.append(area)

        with suppress(_EnoughSeen):
            self.parse(self._member(sheet), start)
        return found

    def parse(self, member: str, start: Callable[[str, Attributes], Any], end=None, text=None) -> None:
        """All of a part, element by element; names come without their prefix."""
        parser = new_parser()

        def plain(name: str, attributes: Attributes) -> None:
            start(name.rpartition(":")[2], attributes)

        parser.StartElementHandler = plain
        if end:
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        if text:
            parser.CharacterDataHandler = text
        for _share in self.feed(member, parser):
            pass

    def feed(self, member: str, parser) -> Iterator[float]:
        """Gives the parser a part, block by block; yields how much of it was read, from 0 to 1."""
        size = max(1, self._zip.getinfo(member).file_size)
        read = 0
        try:
            with self._zip.open(member) as part:
                self._parts.append(part)
                while block := part.read(BLOCK):
                    _parse(parser, block, final=False)
                    read += len(block)
                    yield min(1.0, read / size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise damaged() from error
        _parse(parser, b"", final=True)

    def close(self) -> None:
        for part in self._parts:
            part.close()
        self._zip.close()
        if self._texts is not None:
            self._texts.close()

    def _member(self, sheet: str) -> str:
        name = sheet or self.shown[0]
        if name not in self.sheets:
            sheets = ", ".join(f"“{shown(known)}”" for known in list(self.sheets)[:20])
            raise Unreadable(_("The workbook has no sheet “%(sheet)s”. It has: %(sheets)s.") % {"sheet": shown(name), "sheets": sheets})
        return self.sheets[name]

    def _existing(self, name: str) -> str | None:
        return self._members.get(name.lower())

    def _target_of_main(self) -> str:
        for kind, target in self._relations("").values():
            if kind.endswith("/officeDocument") and (member := self._existing(target)):
                return member
        raise damaged()

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """id → (type, member) of what a part refers to inside the package."""
        found: dict[str, tuple[str, str]] = {}
        path = PurePosixPath(part)

        def start(name: str, attributes: Attributes) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External" and len(found) < MOST_SHEETS * 2:
                target = attributes.get("Target", "")
                member = target.lstrip("/") if target.startswith("/") else _resolved(path.parent, target)
                found[attributes.get("Id", "")] = attributes.get("Type", ""), member

        member = self._existing(str(path.parent / "_rels" / f"{path.name}.rels"))
        if member:
            self.parse(member, start)
        return found

    def _read_sheets(self) -> None:
        def start(name: str, attributes: Attributes) -> None:
            if name == "workbookPr":
                self.since_1904 = attributes.get("date1904", "0").lower() in {"1", "true", "on"}
            elif name == "sheet" and len(self.sheets) < MOST_SHEETS:
                related = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
                kind, target = self._targets.get(related, ("", ""))
                member, title = self._existing(target), attributes.get("name", "")
                if kind.endswith("/worksheet") and member:
                    if title in self.sheets:
                        raise damaged()
                    self.sheets[title] = member
                    if attributes.get("state", "visible") != "visible":
                        self.hidden.append(title)

        self.parse(self._main, start)

    def _part(self, kind: str) -> str | None:
        return next((member for of, target in self._targets.values() if of.endswith(kind) and (member := self._existing(target))), None)

    def _read_styles(self) -> list[Style]:
        """The style of each cell format, by its number."""
        own: dict[int, Style] = {}
        numbers: list[int] = []
        inside = False

        def start(name: str, attributes: Attributes) -> None:
            nonlocal inside
            if name == "numFmt":
                own[_whole(attributes.get("numFmtId"))] = style_of(attributes.get("formatCode", "")[:300])
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                numbers.append(_whole(attributes.get("numFmtId", "0")))
            if len(own) > MOST_STYLES or len(numbers) > MOST_STYLES:
                raise damaged()

        def end(name: str) -> None:
            nonlocal inside
            inside = inside and name != "cellXfs"

        if member := self._part("/styles"):
            self.parse(member, start, end)
        return [own.get(number) or BUILT_IN.get(number, PLAIN) for number in numbers]

    def _read_texts(self) -> SharedTexts:
        texts = SharedTexts()
        parts: list[str] = []
        taken = spoken = False
        length = 0

        def start(name: str, _attributes: Attributes) -> None:
            nonlocal taken, spoken, length
            if name == "si":
                parts.clear()
                length = 0
            elif name == "rPh":
                spoken = True  # how a text is pronounced
            elif name == "t":
                taken = not spoken

        def end(name: str) -> None:
            nonlocal taken, spoken
            if name == "t":
                taken = False
            elif name == "rPh":
                spoken = False
            elif name == "si":
                texts.add("".join(parts))
                if len(texts) > MOST_TEXTS:
                    raise Unreadable(_("The workbook has more different texts than are read. Split it, or save the sheet as CSV."))

        def text(piece: str) -> None:
            nonlocal length
            if taken:
                length += len(piece)
                if length > MOST_LINE:
                    raise damaged()
                parts.append(piece)

        try:
            if member := self._part("/sharedStrings"):
                self.parse(member, start, end, text)
            texts.seal()
        except BaseException:
            texts.close()
            raise
        return texts


class SheetRows:
    """An iterator of ``(line, cells)`` over the rows of a sheet that are in the file."""

    def __init__(self, book: Workbook, member: str, styles: list[Style], texts: SharedTexts):
        self._book, self._member = book, member
        self._reader = RowReader(styles, texts, since_1904=book.since_1904)
        self._share = 0.0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        parser = new_parser()
        reader = self._reader
        reader.attach(parser)
        last, blocks = 0, 0
        try:
            for share in self._book.feed(self._member, parser):
                self._share = share
                yield from reader.take()
                if reader.ended:
                    return
                blocks = blocks + 1 if reader.line == last else 0
                last = reader.line
                if blocks > MOST_BLOCKS:
                    raise Unreadable(_("Line %(line)s is longer than a row may be.") % {"line": last}, line=last)
        except Unreadable:
            yield from reader.take()  # the rows before the one that can not be read
            raise

    def share(self) -> float:
        return self._share


class WorkbookRows:
    """An iterator of ``(line, cells)`` over one sheet, from below the skipped lines on. To be closed."""

    def __init__(self, path: Path, options: FileOptions, book: Workbook | None = None):
        self.book = book or Workbook(path)
        self._skip = options.skip_rows
        self._sheet = options.sheet
        try:
            self._rows = self.book.rows(options.sheet)
        except BaseException:
            self.book.close()
            raise

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return ((line, cells) for line, cells in self._rows if line > self._skip)

    def merged(self) -> list[Merged]:
        return self.book.merged(self._sheet)

    def widest(self) -> int:
        """Up to which column there are values: people write beside their tables. 0 where a sheet is too large to look through before."""
        if self.book.size(self._sheet) > LOOKED_THROUGH:
            return 0
        widest = 0
        with suppress(Unreadable):  # it is told when that row is read
            for line, cells in self.book.rows(self._sheet):
                if line > self._skip:
                    widest = max(widest, len(cells))
        return widest

    def share(self) -> float:
        return self._rows.share()

    def close(self) -> None:
        self.book.close()


def new_parser():
    """A parser that takes no document type, hence no entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def doctype(*_declaration: object) -> None:
        raise Unreadable(_("The workbook declares a document type, which no spreadsheet program writes. It is not read."))

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in LETTERS:
            raise damaged()

    parser.StartDoctypeDeclHandler = doctype
    parser.XmlDeclHandler = declared
    return parser


def _parse(parser, block: bytes, *, final: bool) -> None:
    try:
        parser.Parse(block, final)
    except expat.ExpatError as error:
        raise damaged() from error


def _resolved(folder: PurePosixPath, target: str) -> str:
    parts: list[str] = [part for part in folder.parts if part != "."]
    for part in target.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else -1


def _area(reference: str) -> Merged | None:
    found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", reference)
    if not found:
        return None
    left, top, right, bottom = found.groups()
    return Merged(int(top), column_number(left), int(bottom), column_number(right))
