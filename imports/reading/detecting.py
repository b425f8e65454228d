"""What a file is: format, encoding, delimiter, heading, decimals. Guessed, shown, correctable."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import log2
from pathlib import Path

from django.utils.translation import gettext as _

from imports.reading import encodings
from imports.reading.archive import BLOCK, kind, open_bytes
from imports.reading.delimited import DelimitedRows, Lines, Row
from imports.reading.headings import Merged
from imports.reading.options import DELIMITERS, Detected, FileOptions, Unreadable, shown
from imports.reading.sniff import guess_decimal, guess_header
from imports.reading.table import table_of
from imports.reading.workbook import Workbook, WorkbookRows

SAMPLE = 200  # rows
LOOKED_AT = 60  # rows, for the heading
LINES_LOOKED_AT = 300
LETTERS_LOOKED_AT = 512 * 1024
MOST_TITLES = 20
ABOUT = re.compile(
    r"read.?me|codebook|code.?list|\b(?:about|info|notes?|legend|sources?|meta.?data|words|contents?|cover|variables)\b", re.I
)
FAR_WIDER = 3
MOST_LINES = 5000  # blank ones included
MOST_SHEETS_TRIED = 20


def detect(path: Path | str) -> Detected:
    """How to read a file, with its headings and first rows. Raises Unreadable where that can not be told.

    A row in the sample that can not be read is told as ``fault``: the guess may be what is wrong.
    """
    path = Path(path)
    return _workbook(path) if kind(path) == "workbook" else _text(path)


def look(path: Path | str, options: FileOptions) -> Detected:
    """The same with options that a person stated: nothing is guessed."""
    path = Path(path)
    if options.format != "xlsx":
        return _looked(DelimitedRows(path, options), options, [], [])
    book = Workbook(path)
    return _looked(WorkbookRows(path, options, book), options, _sheet_notes(book, options.sheet), list(book.sheets))


# Text ---------------------------------------------------------------------------------------------


def _text(path: Path) -> Detected:
    encoding, note = encodings.detect(path)
    notes = [note] if note else []
    start = _first_lines(path, encoding)
    if not "".join(start).strip("\ufeff \t\r\n"):
        raise Unreadable(_("The file is blank: it has lines, but nothing in them."))
    options = FileOptions(encoding=encoding)
    told = start[0].strip().lower()
    stated = told.startswith("sep=") and len(told) == 5 and told[-1] in DELIMITERS
    if stated:
        options = replace(options, delimiter=told[-1])
    else:
        options = replace(options, delimiter=_guess_delimiter(start))
    options = replace(options, format="tsv" if options.delimiter == "\t" else "csv")
    options, quote_note = _guess_quote(path, options)
    notes += [quote_note] if quote_note else []
    above = int(stated)
    try:
        rows = _first_rows(DelimitedRows(path, replace(options, skip_rows=above)))
    except Unreadable:
        above = _titles(start, options)
        if not above:
            raise
        rows = _first_rows(DelimitedRows(path, replace(options, skip_rows=above)))
    skip, header_rows = guess_header(rows, [], is_sheet=False)
    options = replace(options, skip_rows=max(skip, above), header_rows=header_rows)
    options, decimal_notes = _with_decimal(options, rows)
    return _looked(DelimitedRows(path, options), options, [*notes, *decimal_notes], [])


def _first_lines(path: Path, encoding: str) -> list[str]:
    lines = Lines(path, encoding)
    try:
        found: list[str] = []
        length = 0
        for line in islice(lines, LINES_LOOKED_AT):
            lines.first, lines.record = lines.number + 1, ""
            found.append(line)
            length += len(line)
            if length > LETTERS_LOOKED_AT:
                break
        return found
    finally:
        lines.close()


def _titles(lines: list[str], options: FileOptions) -> int:
    """How many of the first lines are titles with quotes in them, which follow no rule of rows."""
    for number, line in enumerate(lines[:MOST_TITLES]):
        if sum(1 for cell in line.split(options.delimiter) if cell.strip()) > 1:
            return number if '"' in "".join(lines[:number]) else 0
    return 0


def _guess_delimiter(lines: list[str]) -> str:
    """The sign that cuts most rows into the same number of cells, the more cells the better."""
    return max(DELIMITERS, key=lambda sign: _evenness(lines, sign))


def _evenness(lines: list[str], delimiter: str) -> float:
    best = 0.0
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        widths, faulty = _widths(lines, delimiter, quoting)
        if widths:
            width, rows = Counter(widths).most_common(1)[0]
            best = max(best, (rows / len(widths)) ** 2 * log2(width) * (0.7 if faulty else 1))
    return best


def _widths(lines: list[str], delimiter: str, quoting: int) -> tuple[list[int], bool]:
    rows = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    widths: list[int] = []
    try:
        for row in rows:
            if row:
                widths.append(len(row))
    except csv.Error as error:
        return widths, "unexpected end" not in str(error)  # the sample may end inside of a quoted cell
    return widths, False


def _guess_quote(path: Path, options: FileOptions) -> tuple[FileOptions, str]:
    """Whether quotes are letters like others: then cutting at each delimiter gives rows of one width, and quoting does not."""
    if options.delimiter in {",", ";"} or not _has_quotes(path, options.encoding):
        return options, ""
    fault = _first_fault(path, options)
    if fault is None:
        return options, ""
    plain = replace(options, quote="")
    if _first_fault(path, plain) is not None:
        return options, ""
    note = _("Quotes are read as letters like others, for they do not enclose cells in line %(line)s.")
    return plain, note % {"line": fault.line}


def _has_quotes(path: Path, encoding: str) -> bool:
    with open_bytes(path) as file:
        while block := file.read(BLOCK):
            if b'"' in block:
                return True
    return False


def _first_fault(path: Path, options: FileOptions) -> Unreadable | None:
    """Why the whole file can not be read so: a quote out of place, or rows of different widths."""
    rows = DelimitedRows(path, options)
    try:
        width = 0
        for line, cells in rows:
            if cells and width and len(cells) != width:
                return Unreadable("", line=line)
            width = width or len(cells)
    except Unreadable as error:
        return error
    finally:
        rows.close()
    return None


# Workbooks ----------------------------------------------------------------------------------------


def _workbook(path: Path) -> Detected:
    book = Workbook(path)
    try:
        sheet, rows = _choose_sheet(book)
        merged: list[Merged] = book.merged(sheet) if _has_gaps(rows) else []
        skip, header_rows = guess_header(rows, merged, is_sheet=True)
        # The first line of a sheet that begins lower needs no skipping.
        skip = 0 if rows and skip == rows[0][0] - 1 else skip
        options = FileOptions(format="xlsx", header_rows=header_rows, skip_rows=skip, sheet=sheet)
        options, notes = _with_decimal(options, rows)
    except BaseException:
        book.close()
        raise
    return _looked(WorkbookRows(path, options, book), options, [*_sheet_notes(book, sheet), *notes], list(book.sheets))


def _choose_sheet(book: Workbook) -> tuple[str, list[Row]]:
    """The first sheet that is shown and has three columns, unless its name says that it is about the others or one is far wider."""
    found: list[tuple[int, str, list[Row]]] = []
    fault: Unreadable | None = None
    for sheet in book.shown[:MOST_SHEETS_TRIED]:
        try:
            rows = _first_rows_of(iter(book.rows(sheet)))
        except Unreadable as error:
            fault = fault or error
            continue
        widths = sorted(sum(1 for cell in cells if cell) for _line, cells in rows)
        if widths:
            found.append((widths[len(widths) // 2], sheet, rows))
    if not found:
        raise fault or Unreadable(_("The workbook has no rows in any sheet that is shown."))
    tables = [item for item in found if not ABOUT.search(item[1])] or found
    widest = max(tables, key=lambda item: item[0])
    first = next((item for item in tables if item[0] >= 3), widest)
    _width, sheet, rows = widest if widest[0] > FAR_WIDER * first[0] and len(widest[2]) > 1 else first
    return sheet, rows


def _has_gaps(rows: list[Row]) -> bool:
    """Whether one of the first rows has blank cells, as merged ones are."""
    width = max((len(cells) for _line, cells in rows), default=0)
    return any(len(cells) < width or "" in cells for _line, cells in rows[:8])


def _sheet_notes(book: Workbook, sheet: str) -> list[str]:
    notes = []
    sheet = sheet or book.shown[0]
    others = [name for name in book.shown if name != sheet]
    if others:
        names = {"sheet": shown(sheet), "others": ", ".join(f"“{shown(name)}”" for name in others[:10])}
        notes.append(_("Sheet “%(sheet)s” is read; there are others: %(others)s.") % names)
    if book.hidden:
        names = {"hidden": ", ".join(f"“{shown(name)}”" for name in book.hidden[:10])}
        notes.append(_("The workbook has hidden sheets, which are not read unless chosen: %(hidden)s.") % names)
    if book.since_1904:
        notes.append(_("The workbook counts its days from 1904; its dates are read so."))
    return notes


# Both ---------------------------------------------------------------------------------------------


def _first_rows(rows: DelimitedRows) -> list[Row]:
    try:
        return _first_rows_of(iter(rows))
    finally:
        rows.close()


def _first_rows_of(rows: Iterator[Row]) -> list[Row]:
    """The first rows that are not blank, up to the first that can not be read."""
    found: list[Row] = []
    try:
        for line, cells in islice(rows, MOST_LINES):
            if any(cells):
                found.append((line, cells))
            if len(found) >= LOOKED_AT:
                break
    except Unreadable:
        if not found:
            raise
    return found


def _with_decimal(options: FileOptions, rows: list[Row]) -> tuple[FileOptions, list[str]]:
    sign, against = guess_decimal([cells for _line, cells in rows[options.header_rows :]], options.delimiter)
    notes = []
    if against:
        notes.append(_("Numbers have both “.” and “,” as decimal sign; “%(sign)s” is more frequent.") % {"sign": sign})
    return replace(options, decimal=sign), notes


def _looked(rows: DelimitedRows | WorkbookRows, options: FileOptions, notes: list[str], sheets: list[str]) -> Detected:
    """The head of opened rows, which are closed after it."""
    sample: list[Row] = []
    fault = ""
    relaxed = replace(options, allow_duplicate_headings=True)
    with table_of(rows, relaxed) as table:
        extra = table.notes if options.header_rows else []
        if table.same and options.allow_duplicate_headings:
            extra = [*extra, _("Equal headings got a number: “name”, “name (2)”.")]
        elif table.same:
            fault = table.same
        try:
            for row in islice(table, SAMPLE):
                sample.append(row)
        except Unreadable as error:
            fault = fault or error.sentence
        headings, is_part = table.headings, table.is_part
    extra = [*extra, *([fault] if fault else [])]
    if options.skip_rows:
        extra.append(_("The heading is looked for below line %(line)s.") % {"line": options.skip_rows})
    if options.header_rows > 1:
        extra.append(_("The heading has %(rows)s rows.") % {"rows": options.header_rows})
    if not options.header_rows:
        extra.append(_("The first row has values already, so columns are named by number."))
    return Detected(
        options=options,
        headings=headings,
        sample=[cells for _line, cells in sample],
        sheets=sheets,
        notes=[*notes, *extra],
        fault=fault,
        lines=[line for line, _cells in sample],
        is_part=is_part,
    )
