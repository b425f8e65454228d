"""The rows of a delimited text, each with the line it starts in. A row that does not follow the rules is refused, not repaired."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from imports.reading.archive import Unpacked
from imports.reading.encodings import fault_sentence, first_fault
from imports.reading.options import ENCODINGS, MOST_LINE, FileOptions, Unreadable

Row = tuple[int, list[str]]


class Lines:
    """The lines of a text; ``record`` is the text of the row being read, from line ``first`` on."""

    def __init__(self, path: Path, encoding: str):
        self._path, self._encoding = path, encoding
        self.bytes = Unpacked(path)
        self._text = io.TextIOWrapper(io.BufferedReader(self.bytes, 64 * 1024), encoding=ENCODINGS[encoding], newline="")
        self.number = 0
        self.first, self.record = 1, ""

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(MOST_LINE + 1)
        except UnicodeError as error:
            raise fault_sentence(self._path, self._encoding) from error
        if not line:
            raise StopIteration
        self.number += 1
        self.record += line
        if len(self.record) > MOST_LINE:
            raise self._too_long()
        if "\0" in line:
            place = {"line": self.number, "place": line.index("\0") + 1}
            raise Unreadable(
                _("Line %(line)s: letter %(place)s is a zero byte. This is no text, or a damaged one.") % place, line=self.number
            )
        return line

    def _too_long(self) -> Unreadable:
        line = self.first
        if line < self.number:
            return _never_closed(line)
        return Unreadable(
            _("Line %(line)s is longer than a row may be. Look whether its line breaks are right.") % {"line": line}, line=line
        )

    def close(self) -> None:
        self._text.close()


def _never_closed(line: int) -> Unreadable:
    return Unreadable(_("Line %(line)s: a quote is opened here and never closed.") % {"line": line}, line=line)


class DelimitedRows:
    """An iterator of ``(line, cells)``, blank rows among them as ``[]``. To be closed."""

    def __init__(self, path: Path, options: FileOptions):
        self._lines = Lines(path, options.encoding)
        self._path, self._options = path, options
        self._checked = _whole_record(options.delimiter) if options.quote else None

    def __iter__(self) -> Iterator[Row]:
        if self._options.encoding == "iso-8859-1" and first_fault(self._path, "iso-8859-1"):
            raise fault_sentence(self._path, "iso-8859-1")
        lines, options = self._lines, self._options
        for _skipped in range(options.skip_rows):
            if next(lines, None) is None:
                return
        lines.record = ""
        rows = (
            csv.reader(lines, delimiter=options.delimiter, quotechar=options.quote, strict=True)
            if options.quote
            else csv.reader(lines, delimiter=options.delimiter, quotechar=None, quoting=csv.QUOTE_NONE, strict=True)
        )
        most = settings.IMPORT_MAX_CELL
        while True:
            start = lines.first = lines.number + 1
            try:
                cells = next(rows, None)
            except csv.Error as error:
                raise self._fault(start, str(error)) from error
            if cells is None:
                return
            record, lines.record = lines.record, ""
            if self._checked and '"' in record and not self._checked(record):
                raise self._stray(start, record)
            if len(record) > most:
                self._check_lengths(start, cells)
            yield start, ([] if len(cells) == 1 and not record.strip() else cells)

    def share(self) -> float:
        return self._lines.bytes.share()

    def close(self) -> None:
        self._lines.close()

    def _fault(self, line: int, said: str) -> Unreadable:
        if "unexpected end of data" in said:
            return _never_closed(line)
        if "field larger" in said:
            if self._lines.number > line:
                return _never_closed(line)
            return _cell_too_long(line, None)
        return self._stray(line, self._lines.record)

    def _stray(self, line: int, record: str) -> Unreadable:
        """Names the column of the first quote that is not where a quote may be."""
        column, place, cell = 1, 0, _one_cell(self._options.delimiter)
        while (found := cell.match(record, place)) and record[found.end() : found.end() + 1] == self._options.delimiter:
            column, place = column + 1, found.end() + 1
        sentence = _(
            "Line %(line)s, column %(column)s: a quote stands where none may be. Inside a quoted cell it is written twice; "
            "if quotes are letters like others in this file, state that it has no quoting."
        )
        return Unreadable(sentence % {"line": line, "column": column}, line=line, column=column)

    def _check_lengths(self, line: int, cells: list[str]) -> None:
        for column, cell in enumerate(cells, start=1):
            if len(cell) > settings.IMPORT_MAX_CELL:
                raise _cell_too_long(line, column)


def _cell_too_long(line: int, column: int | None) -> Unreadable:
    where = {"line": line, "column": column, "most": f"{settings.IMPORT_MAX_CELL:,}"}
    if column is None:
        return Unreadable(_("Line %(line)s has a cell of more than %(most)s letters.") % where, line=line)
    return Unreadable(_("Line %(line)s, column %(column)s has more than %(most)s letters.") % where, line=line, column=column)


def _cell_pattern(delimiter: str) -> str:
    return rf'(?>"(?:[^"]|"")*+"|[^"\r\n{re.escape(delimiter)}]*+)'


def _one_cell(delimiter: str) -> re.Pattern:
    return re.compile(_cell_pattern(delimiter))


def _whole_record(delimiter: str):
    cell = _cell_pattern(delimiter)
    return re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*+(?:\r\n|\r|\n)?\Z").match
