"""Whatever the bytes are: a table or a sentence. Whatever the table is: written and read, it is the same."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from imports.reading import FileOptions, Unreadable, detect, open_table
from imports.reading.cells_of_workbook import number_text
from imports.reading.options import DELIMITERS, ENCODINGS
from tests.imports import books
from tests.imports.hostile import HOSTILE

pytestmark = pytest.mark.once

LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
HEADINGS = st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=1, max_size=6, unique=True)
LARGE = {"c21b", "c44", "c50", "c52", "c53", "c54", "c55", "x10", "x10b", "x11b", "x13"}
SMALL = [name for name in HOSTILE if name.split()[0] not in LARGE]


def reads_or_says_why(content: bytes, options: FileOptions | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        said = ""
        try:
            options = options or detect(path).options
            with open_table(path, options) as table:
                rows = [cells for _line, cells in table]
                assert {len(cells) for cells in rows} <= {len(table.headings)}
        except Unreadable as error:
            said = error.messages[0]
        assert said.isprintable()


@given(st.binary(max_size=400))
@example(b"PK\x03\x04")
@example(b"\x1f\x8b")
@example(b"\xff\xfe")
@example(b'"')
def test_any_bytes_are_a_table_or_are_refused(content):
    reads_or_says_why(content)


@given(st.text(alphabet="ab1,;\t|\"\n\r'.x é\ufeff\u2028", max_size=80), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_any_text_is_a_table_or_is_refused(content, encoding):
    reads_or_says_why(content.encode(encoding, errors="ignore"))


@given(
    st.binary(max_size=120),
    st.builds(
        FileOptions,
        format=st.sampled_from(["csv", "tsv", "xlsx"]),
        encoding=st.sampled_from(list(ENCODINGS)),
        delimiter=st.sampled_from(DELIMITERS),
        quote=st.sampled_from(['"', ""]),
        header_rows=st.integers(0, 3),
        skip_rows=st.integers(0, 3),
        allow_duplicate_headings=st.booleans(),
    ),
)
def test_any_options_for_any_bytes(content, options):
    reads_or_says_why(content, options)


@given(st.data())
def test_a_spoilt_file_is_a_table_or_is_refused(data):
    """A file of a known kind with some of its bytes changed, or cut."""
    content = bytearray(HOSTILE[data.draw(st.sampled_from(SMALL))].make())
    for _change in range(data.draw(st.integers(0, 4))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reads_or_says_why(bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content))


PIECES = st.sampled_from(
    [
        "<row>", '<row r="2">', '<row r="x">', "</row>", "<row/>", "<c>",
        '<c r="A2">', '<c r="ZZZ2">', '<c t="s">', '<c t="b">', '<c s="2">',
        '<c t="inlineStr">', "</c>", "<v>", "</v>", "1", "-1", "1e9", "x", "<f>", "</f>", "<is>", "</is>", "<t>", "</t>", "<rPh>", "</rPh>",
        "</sheetData>", "<sheetData>", "&amp;", "&e;", "_x0000_", "_xD800_", "<!--", "-->", "<![CDATA[", "]]>", " ",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25))
def test_any_sheet_is_a_table_or_is_refused(pieces):
    reads_or_says_why(books.book(books.sheet("".join(pieces))))


@given(
    st.sampled_from(["xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"]), st.data()
)
def test_any_part_of_a_workbook_may_be_spoilt(name, data):
    parts = books.members(books.table(books.text_row("a", "b"), '<row><c s="1"><v>1</v></c><c t="s"><v>0</v></c></row>'))
    content = bytearray(parts[name])
    for _change in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.sampled_from(b'<>"/&= xr0189Ia'))
    reads_or_says_why(books.packed(parts | {name: bytes(content)}))


@given(HEADINGS, st.data(), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-16"]), st.sampled_from(["\n", "\r\n"]))
def test_a_table_comes_back_from_csv_as_it_was(headings, data, delimiter, encoding, end):
    row = st.lists(LETTERS, min_size=len(headings), max_size=len(headings))
    rows = [cells for cells in data.draw(st.lists(row, max_size=6)) if "".join(cells).strip()]
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([headings, *rows])
    options = FileOptions(encoding=encoding, delimiter=delimiter)
    assert _read(file.getvalue().encode(encoding), options) == [headings, *rows]


NUMBERS = st.integers(-(10**15) + 1, 10**15 - 1) | st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(float)


@given(HEADINGS, st.data())
def test_a_table_comes_back_from_a_workbook_as_it_was(headings, data):
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), min_size=1, max_size=12)
    row = st.lists(text | NUMBERS | st.booleans(), min_size=len(headings), max_size=len(headings))
    rows = data.draw(st.lists(row, max_size=6))
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, cells in enumerate([headings, *rows]):
        for place, cell in enumerate(cells):
            if isinstance(cell, bool):
                sheet.write_boolean(number, place, cell)
            elif isinstance(cell, str):
                sheet.write_string(number, place, cell)
            else:
                sheet.write_number(number, place, cell)
    book.close()
    expected = [[_as_text(cell) for cell in cells] for cells in [headings, *rows]]
    assert _read(file.getvalue(), FileOptions(format="xlsx")) == expected


def _as_text(cell) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    return cell if isinstance(cell, str) else number_text(repr(cell))


def _read(content: bytes, options: FileOptions) -> list[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        with open_table(path, options) as table:
            return [table.headings, *(cells for _line, cells in table)]


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_whole_numbers_of_fifteen_digits_are_exact(number):
    assert number_text(f"{number}") == str(number)
    assert number_text(f"{number:.16e}") == str(number)


@given(st.decimals(-(10**6), 10**6, places=6))
def test_decimals_lose_their_noise_and_nothing_else(number):
    plain = format(number.normalize(), "f") if number else "0"
    assert number_text(f"{float(number):.17g}") == plain
