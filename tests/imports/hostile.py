"""Files that somebody sends by mistake or on purpose, made here, each with what becomes of it.

c.. are texts, x.. are workbooks. A string is the sentence that refuses the file; a list is its table, exactly.
"""

# ruff: noqa: RUF001 - letters that look alike are what it is about

import gzip
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from tests.imports import books

Rows = list[list[str]]
DOCUMENT_TYPE = "The workbook declares a document type, which no spreadsheet program writes. It is not read."
DAMAGED_PACKAGE = "The file is damaged or protected and can not be looked into. Save it again without a password."
DAMAGED_BOOK = "The workbook is damaged. Open it in a spreadsheet program and save it again."
TOO_MUCH = "Unpacked, the file is larger than it may be. Split it, or save it as PDF."
NO_TABLE = "By its content this is no table. Save it as CSV or as an Excel workbook (.xlsx)."
NOT_UTF8 = "The text is not in UTF-8: byte {} ({}) in line {} is no letter. Save it with the encoding UTF-8."
SAME = "Columns 1 and 2 have the same heading, “{}”. Rename one of them, or allow equal headings."
STRAY = (
    "Line {}, column {}: a quote stands where none may be. Inside a quoted cell it is written twice; "
    "if quotes are letters like others in this file, state that it has no quoting."
)
WIDTH = (
    "Line {} has {} cells, the heading has {}. Look for a delimiter that is missing or one too many."
    " Where notes stand below the table, say which line is its last."
)


@dataclass(frozen=True)
class Hostile:
    make: Callable[[], bytes]
    becomes: str | Rows


def _text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def _bytes(content: bytes) -> Callable[[], bytes]:
    return lambda: content


CSV = {
    "c03 a mark before UTF-8": Hostile(_text("\ufefftitle,year\nZoé,2020\n"), [["title", "year"], ["Zoé", "2020"]]),
    "c04 Western letters of Windows": Hostile(_text("title,place\nÜbung,Zürich\n", "cp1252"), [["title", "place"], ["Übung", "Zürich"]]),
    "c05 Cyrillic letters of Windows": Hostile(_text("title,place\nУчение,Москва\n", "cp1251"), NOT_UTF8.format(13, "D3", 2)),
    "c05b Japanese letters of an old kind": Hostile(_text("title,place\n演習,東京\n", "shift_jis"), NOT_UTF8.format(13, "89", 2)),
    "c06 UTF-16": Hostile(_text("title,place\nУчение,東京\n", "utf-16"), [["title", "place"], ["Учение", "東京"]]),
    "c06b UTF-16 without its mark": Hostile(
        _text("a,b\n1,2\n", "utf-16-le"), "Line 1: letter 2 is a zero byte. This is no text, or a damaged one."
    ),
    "c06c UTF-32": Hostile(_text("a,b\n1,2\n", "utf-32"), "The text is in UTF-32. Save it with the encoding UTF-8."),
    "c07 half a letter of UTF-16": Hostile(
        lambda: "a,b\n1,2\n".encode("utf-16")[:-1],
        "The text is not in UTF-16: byte 17 (0A) in line 2 is no letter. State the right encoding, or save it as UTF-8.",
    ),
    "c08 halves of a letter, each as UTF-8 (CESU-8)": Hostile(_bytes(b"a,b\n1,\xed\xa0\xbd\xed\xb8\x80\n"), NOT_UTF8.format(7, "ED", 2)),
    "c08b UTF-8 with one byte lost": Hostile(
        _bytes("a,b\nZürich,Zürich\n".encode().replace(b"\xc3\xbcrich\n", b"\xc3rich\n")), NOT_UTF8.format(14, "C3", 2)
    ),
    "c08c an overlong slash": Hostile(_bytes(b"a,b\n1,\xc0\xaf\n"), NOT_UTF8.format(7, "C0", 2)),
    "c09 nothing": Hostile(_bytes(b""), "The file is empty."),
    "c10 blank lines": Hostile(_bytes(b"\n \r\n\t\n"), "The file is blank: it has lines, but nothing in them."),
    "c11 a heading and no rows": Hostile(_text("a,b,c\n"), [["a", "b", "c"]]),
    "c13 one heading twice": Hostile(_text("total,total\n1,2\n"), SAME.format("total")),
    "c14 headings that look alike: case and blanks": Hostile(_text("Total, tOTAL \n1,2\n"), SAME.format("tOTAL")),
    "c14b headings that look alike: wide letters": Hostile(_text("total,ｔｏｔａｌ\n1,2\n"), SAME.format("ｔｏｔａｌ")),
    "c14c headings that look alike: letters one does not see": Hostile(_text("total,to\u200btal\n1,2\n"), SAME.format("to�tal")),
    "c14d headings that look alike: one letter of two": Hostile(_text("ﬁle,file\n1,2\n"), SAME.format("file")),
    "c15 headings that no file may set": Hostile(
        _text("title,review_state,version\nA,verified,9\n"), [["title", "review_state", "version"], ["A", "verified", "9"]]
    ),
    "c19 a row with too few cells": Hostile(_text("a,b,c\n1,2,3\n4,5\n"), WIDTH.format(3, 2, 3)),
    "c20 a row with too many cells": Hostile(_text("a,b,c\n1,2,3\n4,5,6,7\n"), WIDTH.format(3, 4, 3)),
    "c20b a row with a delimiter at its end": Hostile(_text("a,b,c\n1,2,3\n4,5,6,\n"), WIDTH.format(3, 4, 3)),
    "c21 a quote that is never closed": Hostile(_text('a,b\n1,2\n3,"four\n5,6\n7,8\n'), "Line 3: a quote is opened here and never closed."),
    "c21b a quote that is never closed, and much behind it": Hostile(
        _text('a,b\n3,"four\n' + "5,6\n" * 50_000), "Line 2: a quote is opened here and never closed."
    ),
    "c22 a quote inside of a plain cell": Hostile(_text('a,b,c\n1,2,3\n4,5,six"six\n'), STRAY.format(3, 3)),
    "c22b a letter behind the closing quote": Hostile(_text('a,b,c\n1,"2"x,3\n'), STRAY.format(2, 2)),
    "c22c a blank before the quote": Hostile(_text('a,b,c\n1, "2",3\n'), STRAY.format(2, 2)),
    "c23 line breaks in a quoted cell": Hostile(_text('a,b\r\n"1\r\n2","3\n4"\r\n5,6\r\n'), [["a", "b"], ["1\r\n2", "3\n4"], ["5", "6"]]),
    "c24 lines of an old Macintosh": Hostile(_text("a,b\r1,2\r3,4"), [["a", "b"], ["1", "2"], ["3", "4"]]),
    "c25 letters that only look like line breaks": Hostile(
        _text("a,b\nx\x0by\x0cz,1\u2028\x852\n"), [["a", "b"], ["x\x0by\x0cz", "1\u2028\x852"]]
    ),
    "c36 formulas": Hostile(
        _text("a,b\n=cmd|' /C calc'!A0,@SUM(1)\n-1,+1\n"), [["a", "b"], ["=cmd|' /C calc'!A0", "@SUM(1)"], ["-1", "+1"]]
    ),
    "c36c markup": Hostile(_text("a,b\n<script>alert(1)</script>,&amp;\n"), [["a", "b"], ["<script>alert(1)</script>", "&amp;"]]),
    "c41 a zero byte": Hostile(_text("a,b\n1,2\n3,x\0y\n"), "Line 3: letter 4 is a zero byte. This is no text, or a damaged one."),
    "c41b control letters": Hostile(_text("a,b\n\x01x,y\x1b[31m\n"), [["a", "b"], ["\x01x", "y\x1b[31m"]]),
    "c42 a web page": Hostile(_text("<!DOCTYPE html><table><tr><td>1</td></tr></table>"), NO_TABLE),
    "c43 a PDF": Hostile(_text("%PDF-1.7\n"), NO_TABLE),
    "c44 an archive that unpacks without end": Hostile(
        lambda: gzip.compress(b"a,b\n" + b"1,2\n" * 8_000_000, 1),
        "Unpacked, the file is larger than the 20 MB that are read. Split it.",
    ),
    "c45 half an archive": Hostile(
        lambda: gzip.compress(b"a,b\n" + bytes(range(48, 58)) * 100)[:-12], "The archive is damaged or not whole. Pack it again."
    ),
    "c45b an archive with a wrong sum": Hostile(
        lambda: gzip.compress(b"a,b\n1,2\n")[:-8] + bytes(8), "The archive is damaged or not whole. Pack it again."
    ),
    "c46 an archive in an archive": Hostile(
        lambda: gzip.compress(gzip.compress(b"a,b\n")), "There is an archive in the archive. Unpack it, then choose what is inside."
    ),
    "c47 a workbook in an archive": Hostile(
        lambda: gzip.compress(books.book(books.table(books.text_row("a")))),
        "There is an archive in the archive. Unpack it, then choose what is inside.",
    ),
    "c50 more rows than are read": Hostile(
        lambda: b"a,b\n" + b"1,2\n" * 300_001, "The file has more than the 300,000 rows that are read. Split it."
    ),
    "c51 more columns than are read": Hostile(
        lambda: ",".join(f"c{n}" for n in range(1001)).encode() + b"\n", "The file has 1001 columns; at most 1000 are read."
    ),
    "c52 one line without end": Hostile(
        lambda: b"a,b\n" + b"x" * 18_000_000, "Line 2 is longer than a row may be. Look whether its line breaks are right."
    ),
    "c52b one long cell": Hostile(lambda: b"a,b\n1," + b"x" * 32_768 + b"\n", "Line 2, column 2 has more than 32,767 letters."),
    "c52c a cell as long as one may be": Hostile(lambda: b"a,b\n1," + b"x" * 32_767 + b"\n", [["a", "b"], ["1", "x" * 32_767]]),
    "c53 zero bytes": Hostile(lambda: bytes(20_000_000), "Line 1 is longer than a row may be. Look whether its line breaks are right."),
    "c54 blank lines without end": Hostile(
        lambda: b"a,b\n1,2\n" + b"\n" * 8_000_000, "The file has more than the 300,000 rows that are read. Split it."
    ),
    "c55 larger than a file may be": Hostile(lambda: b"a,b\n" * 5_600_000, "The file is larger than the 20 MB that are read. Split it."),
}


def _numbered(*texts: str) -> str:
    return books.text_row(*texts).replace("{line}", "1")


def _plain(*rows: str) -> dict[str, bytes]:
    return books.members(books.table(*(rows or (books.text_row("a", "b"), books.text_row("1", "2")))))


def _with(name: str, content: bytes) -> Callable[[], bytes]:
    """A good workbook with one part replaced or added."""
    return lambda: books.packed(_plain() | {name: content})


def _lying() -> bytes:
    """The sheet says that it unpacks to a few bytes and comes to megabytes."""
    content = books.packed(_plain() | {"xl/worksheets/sheet1.xml": books.sheet("<row/>" * 200_000).encode()})
    true = struct.pack("<I", len(books.sheet("<row/>" * 200_000)))
    return content.replace(true, struct.pack("<I", 40))


def _twice() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in [*_plain().items(), ("xl/WORKSHEETS/sheet1.xml", b"<worksheet/>")]:
            archive.writestr(name, content)
    return file.getvalue()


def _packed_by(method: int) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in _plain().items():
            archive.writestr(name, content)
    return file.getvalue()


def _declared(entity: str, where: str = "&e;", encoding: str = "utf-8") -> bytes:
    body = books.table(books.text_row("a"), books.text_row(where))
    return f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE worksheet {entity}>{body}'.encode(encoding)


def _cell(cell: str, becomes: str | Rows, **options) -> Hostile:
    return Hostile(lambda: books.cell_book(cell, **options), becomes if isinstance(becomes, str) else [["a"], *becomes])


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = '[<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;&b;&b;&b;&b;">]'
BEYOND = "Line 2 has a value in column {}; a table has at most 1000 columns."
WRONG = "Line 2, column A: the cell {}."
NO_RESULT = WRONG.format("has a formula whose result is not in the file; open the workbook in a spreadsheet program and save it again")
XLSX = {
    "x10 a small file that unpacks to a large one": Hostile(_with("xl/media/picture.bin", bytes(19_000_000)), TOO_MUCH),
    "x10b a file that unpacks to more than is read": Hostile(_with("xl/media/picture.bin", bytes(21_000_000)), TOO_MUCH),
    "x11 empty rows without end": Hostile(
        _with(SHEET, books.sheet(_numbered("a") + '<row r="1048000"/>' + "<row/>" * 577).encode()),
        "The sheet has more lines than a spreadsheet can have.",
    ),
    "x11b a row without end": Hostile(
        _with(SHEET, books.sheet('<row r="1">' + "<x/>" * 1_200_000).encode()), "Line 1 is longer than a row may be."
    ),
    "x12 sizes that lie": Hostile(_lying, DAMAGED_PACKAGE),
    "x13 thirty thousand members": Hostile(lambda: books.packed(_plain() | {f"xl/media/{n}": b"" for n in range(30_000)}), TOO_MUCH),
    "x14 entities of entities": Hostile(_with(SHEET, _declared(LAUGHS)), DOCUMENT_TYPE),
    "x14b entities in the shared texts": Hostile(_with("xl/sharedStrings.xml", _declared(LAUGHS)), DOCUMENT_TYPE),
    "x14c entities in the styles": Hostile(_with("xl/styles.xml", _declared(LAUGHS)), DOCUMENT_TYPE),
    "x15 an entity from a file": Hostile(_with(SHEET, _declared('[<!ENTITY e SYSTEM "file:///etc/passwd">]')), DOCUMENT_TYPE),
    "x16 a document type from outside": Hostile(
        _with("xl/workbook.xml", _declared('SYSTEM "http://127.0.0.1:9/x.dtd"', "")), DOCUMENT_TYPE
    ),
    "x17 an entity of a parameter": Hostile(_with(SHEET, _declared('[<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]', "")), DOCUMENT_TYPE),
    "x18 a sheet that says it is huge": Hostile(
        lambda: books.book(books.sheet(_numbered("a", "b"), before='<dimension ref="A1:XFD1048576"/>')), [["a", "b"]]
    ),
    "x19 a value in the last column of all": _cell('<c r="XFD2"><v>1</v></c>', BEYOND.format("XFD")),
    "x19b a format in the last column of all": _cell('<c r="A2"><v>1</v></c><c r="XFD2" s="1"/>', [["1"]]),
    "x19c a value beyond the headings": Hostile(
        lambda: books.book(books.table(*[books.text_row("a", "b")] * 3, books.text_row("1", "", "3"))),
        [["a", "b", "column 3"], *[["a", "b", ""]] * 2, ["1", "", "3"]],
    ),
    "x20 a number that is a name": _cell('<c r="A2" t="inlineStr"><is><t>00420</t></is></c>', [["00420"]]),
    "x20b more digits than a spreadsheet keeps": _cell('<c r="A2"><v>12345678901234567890</v></c>', [["12345678901234567890"]]),
    "x20c digits shown with zeros before": _cell(f'<c r="A2" s="{books.THREE_DIGITS}"><v>4</v></c>', [["004"]]),
    "x21 rows that go back": Hostile(
        _with(SHEET, books.sheet('<row r="5"><c r="A5"><v>1</v></c></row><row r="3"/>').encode()),
        "The rows of the sheet are not in order after line 5. Save the workbook again.",
    ),
    "x22 two cells in one place": _cell(
        '<c r="A2"><v>1</v></c><c r="A2"><v>2</v></c>', "The cells of line 2 are not in order. Save the workbook again."
    ),
    "x23 a cell that says it is elsewhere": _cell(
        '<c r="A7"><v>1</v></c>', "Line 2 has a cell that says it is “A7”. Save the workbook again."
    ),
    "x34 a date counted from 1904": _cell(f'<c r="A2" s="{books.ISO_DAY}"><v>43830</v></c>', [["2024-01-01"]], since_1904=True),
    "x34b the same number counted from 1900": _cell(f'<c r="A2" s="{books.ISO_DAY}"><v>43830</v></c>', [["2019-12-31"]]),
    "x34c a day that never was": _cell(f'<c r="A2" s="{books.ISO_DAY}"><v>60</v></c>', [["60"]]),
    "x34d a day before all days": _cell(f'<c r="A2" s="{books.ISO_DAY}"><v>-1</v></c>', [["-1"]]),
    "x34e a number that is no date": _cell('<c r="A2"><v>45292</v></c>', [["45292"]]),
    "x35 a formula without its result": _cell('<c r="A2"><f>SUM(1,1)</f></c>', NO_RESULT),
    "x35b a formula with an empty result": _cell('<c r="A2"><f>SUM(1,1)</f><v></v></c>', NO_RESULT),
    "x35c a text formula without its result": _cell('<c r="A2" t="str"><f>A1</f></c>', NO_RESULT),
    "x35d a formula that gives no letters": _cell('<c r="A2" t="str"><f>""</f><v></v></c><c r="B2"/>', []),
    "x35e a formula with its result": _cell('<c r="A2"><f>1+1</f><v>2</v></c>', [["2"]]),
    "x35f an error": _cell('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', [["#DIV/0!"]]),
    "x36 noise of binary fractions": _cell('<c r="A2"><v>0.30000000000000004</v></c>', [["0.3"]]),
    "x36b a number with an exponent": _cell('<c r="A2"><v>1.5E-7</v></c>', [["0.00000015"]]),
    "x36c a number beyond all numbers": _cell('<c r="A2"><v>1E999</v></c>', WRONG.format("is a number that no spreadsheet holds")),
    "x36d a number that is none": _cell('<c r="A2"><v>twelve</v></c>', WRONG.format("is no number")),
    "x36e a number in other digits": _cell('<c r="A2"><v>١٢</v></c>', WRONG.format("is no number")),
    "x37 a text that is not there": _cell('<c r="A2" t="s"><v>7</v></c>', WRONG.format("points to a text that is not in the file")),
    "x37b a style that is not there": _cell('<c r="A2" s="99"><v>7</v></c>', WRONG.format("has a style that is not in the file")),
    "x37c a kind that is not there": _cell('<c r="A2" t="q"><v>7</v></c>', WRONG.format("is of a kind that no spreadsheet program writes")),
    "x38 half a letter": _cell('<c r="A2" t="inlineStr"><is><t>_xD83D_</t></is></c>', WRONG.format("has half a letter (a lone surrogate)")),
    "x38b two halves of a letter": _cell('<c r="A2" t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>', [["😀"]]),
    "x38c a zero byte": _cell('<c r="A2" t="inlineStr"><is><t>_x0000_</t></is></c>', WRONG.format("has a zero byte")),
    "x38d a cell without end": _cell(
        f'<c r="A2" t="inlineStr"><is><t>{"x" * 32_768}</t></is></c>', WRONG.format("has more than 32,767 letters")
    ),
    "x39 one member twice": Hostile(_twice, DAMAGED_PACKAGE),
    "x39b a member outside": Hostile(_with("../evil.xml", b""), DAMAGED_PACKAGE),
    "x39c macros": Hostile(_with("xl/vbaProject.bin", b""), "The file carries macros. Save it without them, then choose it again."),
    "x39d values from other files": Hostile(
        _with("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
        "The workbook draws values from other files. Cut the links (Data, Edit Links), save it and choose it again.",
    ),
    "x39e a way of packing that no spreadsheet program knows": Hostile(lambda: _packed_by(zipfile.ZIP_LZMA), DAMAGED_PACKAGE),
    "x39f a member without a name": Hostile(_with(".", b""), DAMAGED_PACKAGE),
    "x40 a password": Hostile(
        _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
        "The file is protected by a password, or of an old format (.xls). Save it as .xlsx without a password.",
    ),
    "x41 a document type in UTF-16": Hostile(_with(SHEET, _declared(LAUGHS, encoding="utf-16")), DOCUMENT_TYPE),
    "x42 half a workbook": Hostile(
        lambda: books.packed(_plain())[:-100], "By its content this is not XLSX. Save it again in the program it comes from."
    ),
    "x43 XML that is cut": Hostile(_with(SHEET, b"<worksheet><sheetData><row>"), DAMAGED_BOOK),
    "x44 no sheet": Hostile(lambda: books.book(names=()), "The workbook has no sheet with rows."),
    "x45 an empty sheet": Hostile(lambda: books.book(books.sheet("")), "The workbook has no rows in any sheet that is shown."),
    "x46 another document": Hostile(
        lambda: books.packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
        "By its content this is not XLSX. Save it again in the program it comes from.",
    ),
}


HOSTILE = CSV | XLSX
