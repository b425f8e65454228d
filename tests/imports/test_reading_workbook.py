"""Excel workbooks: each cell as the text that a spreadsheet shows, exactly."""

import pytest

from imports.reading import FileOptions, Unreadable, detect, open_table
from imports.reading.cells_of_workbook import number_text, style_of
from tests.imports import books
from tests.imports.reading import detected, lines_of, read, rows_of, written

pytestmark = pytest.mark.once

XLSX = FileOptions(format="xlsx")


def styled(style: int, value: str, kind: str = "n") -> str:
    return books.cell_book(f'<c r="A2" s="{style}" t="{kind}"><v>{value}</v></c>')


@pytest.mark.parametrize(
    ("style", "value", "text"),
    [
        (books.GENERAL, "12", "12"),
        (books.GENERAL, "0.1", "0.1"),
        (books.GENERAL, "0.10000000000000001", "0.1"),
        (books.GENERAL, "15.983300000000002", "15.9833"),
        (books.GENERAL, "-3.50", "-3.5"),
        (books.GENERAL, "1E+3", "1000"),
        (books.GENERAL, "100", "100"),
        (books.GENERAL, "9007199254740993", "9007199254740993"),
        (books.DAYS, "41", "41"),
        (books.SPAN, "1.5", "1.5"),
        (books.SHORT_DAY, "45292", "2024-01-01"),
        (books.ISO_DAY, "1", "1900-01-01"),
        (books.ISO_DAY, "59", "1900-02-28"),
        (books.ISO_DAY, "61", "1900-03-01"),
        (books.ISO_DAY, "0", "0"),
        (books.ISO_DAY, "2958465", "9999-12-31"),
        (books.ISO_DAY, "2958466", "2958466"),
        (books.ISO_DAY, "45292.75", "2024-01-01T18:00:00"),
        (books.MOMENT, "45292", "2024-01-01"),
        (books.MOMENT, "45292.5208333333", "2024-01-01T12:30:00"),
        (books.CLOCK, "0.5625", "13:30:00"),
        (books.MONTH, "17654", "1948-05"),
        (books.MONTH, "17655", "1948-05-02"),
        (books.THREE_DIGITS, "4", "004"),
        (books.THREE_DIGITS, "1234", "1234"),
    ],
)
def test_a_number_is_told_as_it_is_shown(style, value, text, tmp_path):
    assert read(tmp_path, styled(style, value)) == [["a"], [text]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A2" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A2" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="A2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A2" t="d"><v>2024-05-01T00:00:00</v></c>', "2024-05-01"),
        ('<c r="A2" t="d"><v>2024-05-01T10:30:00.000Z</v></c>', "2024-05-01T10:30:00"),
        ('<c r="A2" t="str"><f>"a"&amp;"b"</f><v>a&amp;b</v></c>', "a&b"),
        ('<c r="A2" t="str">\n<v>x</v>\n</c>', "x"),
        ('<c r="A2" t="inlineStr"><is><r><t>two </t></r><r><t>parts</t></r></is></c>', "two parts"),
        ('<c r="A2" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>', "東京"),
        ('<c r="A2" t="inlineStr"><is><t xml:space="preserve">  kept  </t></is></c>', "  kept  "),
        ('<c r="A2" t="inlineStr"><is><t>one_x000A_two _x005F_x0041_</t></is></c>', "one\ntwo _x0041_"),
        ('<c t="inlineStr"><is><t>no place</t></is></c>', "no place"),
    ],
)
def test_a_cell_of_each_kind_is_told_exactly(cell, text, tmp_path):
    assert read(tmp_path, books.cell_book(cell)) == [["a"], [text]]


def test_shared_texts_are_found_by_number_and_their_pronunciation_is_not_read(tmp_path):
    spoken = '<rPh sb="0" eb="2"><t>トウキョウ</t></rPh>'
    shared = f'<sst xmlns="{books.MAIN}"><si><t>東京</t>{spoken}</si><si/><si><r><t>a</t></r><r><t>b</t></r></si></sst>'
    cells = "".join(f'<c r="{letter}2" t="s"><v>{number}</v></c>' for number, letter in enumerate("ABC"))
    sheet = books.table(books.text_row("x", "y", "z"), f'<row r="{{line}}">{cells}</row>')
    assert read(tmp_path, books.book(sheet, shared=shared)) == [["x", "y", "z"], ["東京", "", "ab"]]


def test_many_texts_are_kept_on_the_disk_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr("imports.reading.cells_of_workbook.IN_MEMORY", 50)
    monkeypatch.setattr("imports.reading.cells_of_workbook.REMEMBERED", 3)
    texts = [f"text {number} é" for number in range(40)]
    shared = f'<sst xmlns="{books.MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>'
    rows = [f'<row r="{{line}}"><c t="s"><v>{number}</v></c></row>' for number in [*range(40), *range(40)]]
    assert read(tmp_path, books.book(books.table(books.text_row("a"), *rows), shared=shared)) == [["a"], *([text] for text in texts * 2)]


@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sheet_may_have_a_prefix_and_another_encoding(prefix, encoding, tmp_path):
    sheet = books.table(books.text_row("a", "b"), books.text_row("1", "é"))
    if prefix:
        sheet = sheet.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    content = f'<?xml version="1.0" encoding="{encoding}"?>{sheet}'.encode(encoding)
    parts = books.members(sheet) | {"xl/worksheets/sheet1.xml": content}
    assert read(tmp_path, books.packed(parts)) == [["a", "b"], ["1", "é"]]


def test_blank_rows_are_left_out_and_lines_are_those_of_the_sheet(tmp_path):
    rows = '<row r="3"><c r="B3"><v>1</v></c><c r="C3" s="1"/></row><row r="4"/><row r="7"><c r="A7"><v>2</v></c></row>'
    path = written(tmp_path, books.book(books.sheet(books.text_row("a", "b").replace("{line}", "1") + rows)))
    options = detect(path).options
    assert rows_of(path, options) == [["a", "b"], ["", "1"], ["2", ""]]
    assert lines_of(path, options) == [3, 7]


def test_the_sheet_with_the_table_is_chosen_and_the_others_are_told(tmp_path):
    about = books.table(books.text_row("About this file"), books.text_row("Written in 2024"))
    data = books.table(books.text_row("a", "b", "c"), books.text_row("1", "2", "3"))
    content = books.book(about, data, data, names=("Read me", "Data", "Old"), states={"Old": "hidden"})
    found = detected(tmp_path, content)
    assert (found.options.sheet, found.sheets) == ("Data", ["Read me", "Data", "Old"])
    assert found.notes == [
        "Sheet “Data” is read; there are others: “Read me”.",
        "The workbook has hidden sheets, which are not read unless chosen: “Old”.",
    ]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("Codebook", "Missions"), "Missions"),
        (("Missions", "Sources"), "Missions"),
        (("Short", "Long"), "Long"),
        (("Notes", "About"), "About"),
    ],
)
def test_a_sheet_about_the_others_or_a_far_narrower_one_is_not_the_table(names, chosen, tmp_path):
    narrow = books.table(books.text_row(*"abc"), books.text_row(*"123"))
    wide = books.table(books.text_row(*"abcdefghijkl"), books.text_row(*"123456789012"))
    sheets = {"Missions": wide, "Long": wide, "About": wide}
    content = books.book(*(sheets.get(name, narrow) for name in names), names=names)
    assert detected(tmp_path, content).options.sheet == chosen


def test_the_rows_before_one_that_can_not_be_read_are_shown(tmp_path):
    formula = '<row r="{line}"><c r="A{line}"><f>1+1</f></c></row>'
    sheet = books.table(books.text_row("a"), books.text_row("1"), formula, books.text_row("2"))
    found = detected(tmp_path, books.book(sheet, books.table(books.text_row("x", "y", "z")), names=("Data", "Codebook")))
    assert (found.options.sheet, found.headings, found.sample) == ("Data", ["a"], [["1"]])
    assert found.fault.startswith("Line 3, column A: the cell has a formula whose result is not in the file;")


def test_values_beside_the_table_have_a_column_of_their_own(tmp_path):
    rows = [books.text_row("a", "b"), books.text_row("1", "2"), books.text_row("3", "4", "", "look again")]
    found = detected(tmp_path, books.book(books.table(*rows)))
    assert found.headings == ["a", "b", "column 3", "column 4"]
    assert found.sample == [["1", "2", "", ""], ["3", "4", "", "look again"]]
    assert found.notes == ["No heading in column 3, 4: named by number."]


def test_values_beside_a_table_that_is_too_large_to_look_through_are_refused_by_their_place(tmp_path, monkeypatch):
    monkeypatch.setattr("imports.reading.workbook.LOOKED_THROUGH", 0)
    rows = [books.text_row("a", "b"), books.text_row("1", "2"), books.text_row("3", "4", "", "look again")]
    found = detected(tmp_path, books.book(books.table(*rows)))
    assert found.fault == "Line 3 has a value in column D, which has no heading."


def test_merged_cells_tell_of_a_second_header_row_among_texts(tmp_path):
    rows = [books.text_row("Exercise", "Parties"), books.text_row("", "Host", "Guest"), books.text_row("Talks", "Poland", "Norway")]
    body = "".join(row.replace("{line}", str(line)) for line, row in enumerate(rows, start=1))
    merged = '<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/></mergeCells>'
    found = detected(tmp_path, books.book(books.sheet(body, after=merged)))
    assert (found.options.header_rows, found.headings) == (2, ["Exercise", "Parties / Host", "Parties / Guest"])
    assert found.sample == [["Talks", "Poland", "Norway"]]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    path = written(tmp_path, books.book(books.table(books.text_row("a"))))
    with pytest.raises(Unreadable) as refused:
        open_table(path, FileOptions(format="xlsx", sheet="Other"))
    assert refused.value.sentence == "The workbook has no sheet “Other”. It has: “Sheet1”."


def test_days_from_1904_are_told(tmp_path):
    found = detected(tmp_path, books.cell_book(f'<c r="A2" s="{books.ISO_DAY}"><v>0</v></c>', since_1904=True))
    assert (found.sample, found.notes) == ([["1904-01-01"]], ["The workbook counts its days from 1904; its dates are read so."])


def test_merged_headings_of_three_rows_become_one(tmp_path):
    rows = (
        books.text_row("Mission", "", "Personnel", "", "", "Dates"),
        books.text_row("Name", "Type", "Military", "", "Police"),
        books.text_row("", "", "Men", "Women", "", "Start", "End"),
        '<row r="{line}"><c r="A{line}" t="str"><v>EUTM</v></c><c r="C{line}"><v>5</v></c></row>',
    )
    body = "".join(row.replace("{line}", str(line)) for line, row in enumerate(rows, start=1))
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in ("A1:B1", "C1:E1", "F1:G2", "C2:D2", "A2:A3", "B2:B3", "E2:E3"))
    path = written(tmp_path, books.book(books.sheet(body, after=f"<mergeCells>{merged}</mergeCells>")))
    found = detect(path)
    assert found.options.header_rows == 3
    assert found.headings == [
        "Mission / Name", "Mission / Type", "Personnel / Military / Men", "Personnel / Military / Women", "Personnel / Police",
        "Dates / Start", "Dates / End",
    ]  # fmt: skip
    assert rows_of(path, found.options)[1] == ["EUTM", "", "5", "", "", "", ""]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("General", ""),
        ("0.00E+00", ""),
        ("#,##0.00", ""),
        ("0.00\\ \\m", ""),
        ('_(* #,##0_);_(* "-"_)', ""),
        ("@", ""),
        ("[h]:mm:ss", ""),
        ("yyyy", "year"),
        ("mmm-yy", "year month"),
        ("d/m", "month day"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "year month day"),
        ("dd.mm.yyyy hh:mm", "year month day time"),
        ("h:mm AM/PM", "time"),
        ("mm:ss.0", "time"),
        ("[Red]#,##0", ""),
        ('yyyy"年"m"月"d"日"', "year month day"),
    ],
)
def test_a_number_format_tells_what_a_number_is(code, kinds):
    style = style_of(code)
    assert " ".join(name for name in ("year", "month", "day", "time") if getattr(style, name)) == kinds


def test_numbers_are_not_rounded_that_have_fifteen_digits():
    assert [number_text(raw) for raw in ("123456789012345", "1234567.89012345", "0.000123456789012345")] == [
        "123456789012345", "1234567.89012345", "0.000123456789012345",
    ]  # fmt: skip
