"""The file of wrong lines: nothing in it runs in a spreadsheet, and uploaded again it is what it was."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.export.guard import is_risky
from engagements.export.layouts import LAYOUTS
from imports import blank_files, error_file
from imports.mapping.own import own_layout
from imports.reading import FileOptions, detect, open_table
from tests.imports.reading import rows_of, written

HEADINGS = ["title", "=cmd|' /C calc'!A0", "people"]
WRONG = [
    (7, ["Talks", "@SUM(1)", "-12"], [{"column": "people", "value": "-12", "sentence": "There can not be fewer than none."}]),
    (9, ["'quoted", "", "1,234.5"], [{"column": "", "value": "", "sentence": "=The line says nothing."}]),
    (
        12,
        ["two\nlines; é", "\t=1"],
        [{"column": "=x", "value": "", "sentence": "One."}, {"column": "title", "value": "", "sentence": "Two."}],
    ),
]
AGAIN = [HEADINGS, ["Talks", "@SUM(1)", "-12"], ["'quoted", "", "1,234.5"], ["two\nlines; é", "\t=1", ""]]


def as_csv(wrong=WRONG, headings=HEADINGS) -> bytes:
    return b"".join(error_file.csv_blocks(headings, wrong))


def as_workbook(folder, wrong=WRONG, headings=HEADINGS) -> bytes:
    file = io.BytesIO()
    error_file.write_xlsx(file, headings, wrong, name="visits.csv", folder=folder)
    return file.getvalue()


def test_wrong_lines_have_their_cells_their_number_and_what_is_wrong():
    assert list(csv.reader(io.StringIO(as_csv().decode("utf-8-sig"), newline=""))) == [
        ["title", "'=cmd|' /C calc'!A0", "people", "entente_line", "entente_problems"],
        ["Talks", "'@SUM(1)", "-12", "7", "people: There can not be fewer than none."],
        ["''quoted", "", "1,234.5", "9", "'=The line says nothing."],
        ["two\nlines; é", "'\t=1", "", "12", "'=x: One. title: Two."],
    ]


def test_no_cell_of_it_runs_in_a_spreadsheet():
    rows = csv.reader(io.StringIO(as_csv().decode("utf-8-sig"), newline=""))
    risky = [cell for row in rows for cell in row if is_risky(cell) and not cell.startswith("'")]
    assert risky == ["-12"]  # a number


def test_uploaded_again_it_is_the_file_that_it_came_from(tmp_path):
    for content in (as_csv(), as_workbook(tmp_path)):
        path = written(tmp_path, content)
        assert rows_of(path, detect(path).options) == AGAIN


def test_columns_may_be_moved_before_it_is_uploaded_again(tmp_path):
    path = written(tmp_path, "entente_problems,title,entente_line\nwrong,'=a,7\n")
    assert rows_of(path, detect(path).options) == [["title"], ["=a"]]


def test_apostrophes_of_other_files_stay(tmp_path):
    path = written(tmp_path, "title,entente_line\n'=a,7\n")
    assert rows_of(path, detect(path).options) == [["title", "entente_line"], ["'=a", "7"]]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), min_size=2, max_size=2)))
def test_whatever_the_cells_are_they_come_back(rows):
    rows = [cells for cells in rows if any(cells)]
    content = as_csv([(number, cells, []) for number, cells in enumerate(rows)], ["a", "b"])
    assert _read(content) == [["a", "b"], *rows]


def _read(content: bytes) -> list[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        return rows_of(written(Path(folder), content), FileOptions())


def test_a_full_cell_fits_into_the_workbook(tmp_path):
    path = written(tmp_path, as_workbook(tmp_path, [(2, ["=" * 32_767, "b", ""], [])]))
    assert rows_of(path, detect(path).options)[1] == ["=" * 32_767, "b", ""]


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_empty_file_of_each_layout_has_its_columns(name, tmp_path):
    layout = LAYOUTS[name]
    book = io.BytesIO()
    blank_files.write_blank_xlsx(layout, book, folder=tmp_path)
    for content in (blank_files.blank_csv(layout), book.getvalue()):
        path = written(tmp_path, content)
        found = detect(path)
        assert rows_of(path, found.options) == [layout.header]
        assert own_layout(found.headings) == name


def test_an_empty_workbook_says_what_its_columns_mean_and_offers_the_words_of_closed_lists(tmp_path):
    layout = LAYOUTS["participations"]
    book = io.BytesIO()
    blank_files.write_blank_xlsx(layout, book, folder=tmp_path)
    path = written(tmp_path, book.getvalue())
    options = detect(path).options.to_dict()
    about = sheet(path, options, "About")
    assert [row[0] for row in about[1:]] == layout.header
    scope = next(row for row in about if row[0] == "is_counted")
    assert scope[2].endswith("Worked out by the program; leave it blank.")
    words = sheet(path, options, "Words")
    closed = [column for column in layout.columns if column.closed and column.name in blank_files.read_columns(layout)]
    assert words[0] == [column.name for column in closed]
    roles = [row[words[0].index("role")] for row in words[1:]]
    role = next(column for column in closed if column.name == "role")
    assert [word for word in roles if word] == [value for value in role.closed.values if value]


def sheet(path, options, name):
    with open_table(path, FileOptions.from_dict(options | {"sheet": name, "header_rows": 1, "skip_rows": 0})) as table:
        return [table.headings, *(cells for _line, cells in table)]
