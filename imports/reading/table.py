"""A table out of a file: headings, then rows of exactly as many cells."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from engagements.export.guard import unguard
from imports.reading.archive import kind
from imports.reading.delimited import DelimitedRows, Row
from imports.reading.headings import ADDED, Merged, joined, unique
from imports.reading.options import FileOptions, Unreadable
from imports.reading.rows_of_sheet import column_letters
from imports.reading.workbook import WorkbookRows

LOOKED_AHEAD = 200  # rows that tell how wide a sheet without headings is


class Rows(Protocol):
    def __iter__(self) -> Iterator[Row]: ...
    def share(self) -> float: ...
    def close(self) -> None: ...


class Table:
    """Headings, and an iterator of ``(line, cells)``; a context manager that closes the file.

    ``line`` is counted as a person counts, from 1; cells are texts exactly as in the file. Blank rows are left out.
    A corrected file of wrong lines is read as the file that it came from: without its two columns and its apostrophes.
    """

    def __init__(self, rows: DelimitedRows | WorkbookRows, options: FileOptions):
        self._source, self._is_sheet = rows, isinstance(rows, WorkbookRows)
        self._last = options.last_row
        self._numbered = self._bounded(iter(rows))
        head = self._head(options.header_rows)
        width = max((_filled(cells) if self._is_sheet else len(cells) for _line, cells in head), default=0)
        if not head:
            first = list(islice(self._numbered, LOOKED_AHEAD if self._is_sheet else 1))
            width = max((_filled(cells) if self._is_sheet else len(cells) for _line, cells in first), default=0)
            self._numbered = chain(first, self._numbered)
        if isinstance(rows, WorkbookRows):
            width = max(width, rows.widest())
        if not width:
            raise Unreadable(_("The file has no heading and no rows: it is blank, or all of it is skipped."))
        if width > settings.IMPORT_MAX_COLUMNS:
            facts = {"found": width, "most": settings.IMPORT_MAX_COLUMNS}
            raise Unreadable(_("The file has %(found)s columns; at most %(most)s are read.") % facts)
        self.header = head
        self._check_header_width(width)
        merged: list[Merged] = rows.merged() if isinstance(rows, WorkbookRows) and len(head) > 1 else []
        texts = joined(head, width, merged) if head else [""] * width
        self._width = width
        self._kept = [place for place, text in enumerate(texts) if text not in ADDED] if ADDED[1] in texts else []
        self.is_part = bool(self._kept)  # lines that were taken out of another file to be corrected
        if self._kept:
            texts = [unguard(texts[place]) for place in self._kept]
        self.headings, self.notes, self.same = unique(texts, allow_duplicates=options.allow_duplicate_headings)

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._source.close()

    def share(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return self._source.share()

    def __iter__(self) -> Iterator[Row]:
        width, is_sheet, kept = self._width, self._is_sheet, self._kept
        most, number = settings.IMPORT_MAX_ROWS, 0
        for line, cells in self._numbered:
            if len(cells) != width:
                cells = self._of_width(line, cells, width) if is_sheet else self._wrong_width(line, cells, width)
            if kept:
                cells = [unguard(cells[place]) for place in kept]
            if not any(cells):
                continue
            number += 1
            if number > most:
                raise _too_many()
            yield line, cells

    def _bounded(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Blank rows are left out, but in a text they count: nothing is read for ever. What stands below the last line is not read."""
        blank, most, last = 0, settings.IMPORT_MAX_ROWS, self._last
        for line, cells in rows:
            if last and line > last:
                return
            if cells:
                yield line, cells
            elif not self._is_sheet:
                blank += 1
                if blank > most:
                    raise _too_many()

    def _head(self, count: int) -> list[Row]:
        """The header rows; in a sheet they are lines that follow each other, blank or not."""
        head: list[Row] = []
        while len(head) < count:
            row = next((row for row in self._numbered if head or any(row[1])), None)
            if row is None:
                break
            if self._is_sheet and head and row[0] >= head[0][0] + count:
                self._numbered = chain([row], self._numbered)
                break
            head.append(row)
        return head

    def _check_header_width(self, width: int) -> None:
        for line, cells in self.header:
            if not self._is_sheet and len(cells) != width:
                self._wrong_width(line, cells, width)

    def _of_width(self, line: int, cells: list[str], width: int) -> list[str]:
        """A row of a sheet ends with its last value; past the headings there must be none."""
        if len(cells) < width:
            return cells + [""] * (width - len(cells))
        beyond = next((number for number, cell in enumerate(cells[width:], start=width + 1) if cell), None)
        if beyond:
            where = {"line": line, "column": column_letters(beyond)}
            raise Unreadable(_("Line %(line)s has a value in column %(column)s, which has no heading.") % where, line=line, column=beyond)
        return cells[:width]

    @staticmethod
    def _wrong_width(line: int, cells: list[str], width: int) -> list[str]:
        facts = {"line": line, "found": len(cells), "width": width}
        raise Unreadable(
            _(
                "Line %(line)s has %(found)s cells, the heading has %(width)s. Look for a delimiter that is missing or one too many."
                " Where notes stand below the table, say which line is its last."
            )
            % facts,
            line=line,
        )


def _filled(cells: list[str]) -> int:
    """How many cells a row has up to its last value."""
    return next((number for number in range(len(cells), 0, -1) if cells[number - 1]), 0)


def _too_many() -> Unreadable:
    return Unreadable(_("The file has more than the %(most)s rows that are read. Split it.") % {"most": f"{settings.IMPORT_MAX_ROWS:,}"})


def open_table(path: Path | str, options: FileOptions) -> Table:
    """The table of a file, read as ``options`` say. Raises Unreadable, now or at the row that can not be read."""
    path = Path(path)
    found = kind(path)
    if (found == "workbook") != (options.format == "xlsx"):
        raise Unreadable(
            _("This is an Excel workbook; state that format.") if found == "workbook" else _("This is no Excel workbook; state CSV or TSV.")
        )
    rows = WorkbookRows(path, options) if found == "workbook" else DelimitedRows(path, options)
    return table_of(rows, options)


def table_of(rows: DelimitedRows | WorkbookRows, options: FileOptions) -> Table:
    """The table of opened rows, which are closed where they are none."""
    try:
        return Table(rows, options)
    except BaseException:
        rows.close()
        raise
