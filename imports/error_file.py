"""The wrong lines of an import as a file: their cells as they came, and what is wrong with each; to correct and upload again.

A spreadsheet must not run what stands in it: texts are marked as in our exports. The two added columns are the file's mark,
by which reading takes both away again (imports/reading/table.py), so that what was not corrected is what it was.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from engagements.export.guard import guard
from engagements.export.other_formats import MOST_LETTERS, About, write_book
from engagements.export.stream import BOM
from imports.reading.headings import ADDED

BLOCK = 64 * 1024
MOST_SAID = 5000  # letters about one line
NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*\Z")
Problem = dict[str, str]  # {"column", "value", "sentence"}; an empty column is about the whole line
Wrong = Iterable[tuple[int, list[str], list[Problem]]]


def cell(text: str) -> str:
    """Numbers stay as they are; any other text that a spreadsheet would run gets an apostrophe."""
    return text if NUMBER.match(text) else guard(text)


def sentence(problems: list[Problem]) -> str:
    """What is wrong with a line, in one cell."""
    said = (f"{problem['column']}: {problem['sentence']}" if problem["column"] else problem["sentence"] for problem in problems)
    return " ".join(said)[:MOST_SAID]


def header(headings: list[str]) -> list[str]:
    return [*map(cell, headings), *ADDED]


def rows(headings: list[str], wrong: Wrong) -> Iterator[list[str]]:
    """``wrong`` is (line, its cells, its problems)."""
    for line, cells, problems in wrong:
        filled = cells[: len(headings)] + [""] * (len(headings) - len(cells))
        yield [*map(cell, filled), str(line), cell(sentence(problems))]


def csv_blocks(headings: list[str], wrong: Wrong) -> Iterator[bytes]:
    """The file in pieces, with the mark by which spreadsheet programs know UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    yield BOM
    writer.writerow(header(headings))
    for row in rows(headings, wrong):
        writer.writerow(row)
        if text.tell() > BLOCK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def write_xlsx(target: IO[bytes], headings: list[str], wrong: Wrong, *, name: str, folder: Path) -> None:
    """The same as a workbook, in which every cell is a text: no program makes a date of it. ``folder`` takes what is written in between."""
    about = About(
        _("Lines with problems of the import “%(name)s”") % {"name": name},
        [
            (_("What to do"), _("Correct the cells, save the file and upload it as a new import with the same mapping.")),
            (ADDED[0], _("Line in the file that was uploaded. Not read again.")),
            (ADDED[1], _("What is wrong with the line. Not read again.")),
        ],
    )
    fitting = ([_fitting(text) for text in row] for row in rows(headings, wrong))
    write_book(target, _("Lines"), header(headings), fitting, about, [], folder=folder)


def _fitting(text: str) -> str:
    """A cell that is full has no room for an apostrophe; in a workbook it is a text without it."""
    return text if len(text) <= MOST_LETTERS else text[1:]
