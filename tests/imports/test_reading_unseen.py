"""Tables of the shapes that public data sets have, made here: each is read without a correction."""

import csv
import datetime as dt
import io
import string

import pytest
import xlsxwriter

from imports.reading import detect
from tests.imports.reading import rows_of, written

pytestmark = pytest.mark.once

STATES = [f"State{letters}" for letters in [*string.ascii_uppercase, *(f"A{letter}" for letter in string.ascii_uppercase[:13])]]
NAMES = ["United States", "Republic of Korea", "Türkiye", "Côte d’Ivoire", "Germany, Federal Republic of"]  # noqa: RUF001


def exercises() -> list[list[str]]:
    """A row an exercise, its parties in 39 columns, days as far as they are known."""
    heading = ["ID", "Name", *STATES, "StartDate", "EndDate", "Type", "Notes"]
    days = [("11/xx/1974", "-9"), ("3/15/1980", "3/29/1980"), ("xx/xx/1991", ""), ("2005-06-xx", "Present"), ("May 1948", "1948")]
    rows = []
    for number in range(40):
        parties = [NAMES[(number + place) % 5] if place < number % 6 + 2 else "" for place in range(39)]
        rows.append([str(number + 1), f"Team Spirit {number}", *parties, *days[number % 5], "CPX", "" if number % 3 else 'the "big" one'])
    return [heading, *rows]


def text(rows: list[list[str]], delimiter: str, encoding: str, *, bom: bool = False) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return (b"\xef\xbb\xbf" if bom else b"") + file.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("delimiter", "encoding", "bom"), [(",", "utf-8", False), (",", "utf-8", True), (";", "cp1252", False), ("\t", "utf-16", False)]
)
def test_exercises_with_39_columns_of_states(delimiter, encoding, bom, tmp_path):
    path = written(tmp_path, text(exercises(), delimiter, encoding, bom=bom))
    found = detect(path)
    options = found.options
    assert (options.delimiter, options.encoding, options.header_rows, options.skip_rows) == (delimiter, encoding, 1, 0)
    assert rows_of(path, options) == exercises()
    assert found.headings[2:41] == STATES


def contributions() -> list[list[str]]:
    """A row a country, mission, month, type and sex; some rows stand there twice and are meant so."""
    heading = ["ISOCode3", "M49_Code", "Contributing_Country", "Mission", "Personnel_Type", "Female", "Male", "Last_Reporting_Date"]
    rows = []
    for month in range(1, 7):
        for iso, m49, name in [("NPL", "524", "Nepal"), ("NAM", "516", "Namibia"), ("AFG", "004", "Afghanistan")]:
            row = [iso, m49, name, "UNMISS", "Troops", str(month), "1,234" if iso == "NPL" else "12", f"2024-{month:02}-28"]
            rows += [row, row] if iso == "NAM" else [row]
    return [heading, *rows]


def test_contributions_by_month_and_sex_keep_their_doubled_rows(tmp_path):
    path = written(tmp_path, text(contributions(), ",", "utf-8"))
    found = detect(path)
    assert (found.options.delimiter, found.options.header_rows, found.options.decimal) == (",", 1, ".")
    assert rows_of(path, found.options) == contributions()
    assert found.notes == []


def workbook(fill) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    fill(book, book.add_worksheet("Data"))
    book.close()
    return file.getvalue()


def test_contributions_with_a_column_for_each_month_as_a_date(tmp_path):
    def fill(book, sheet):
        month = book.add_format({"num_format": "mmm-yy"})
        sheet.write_row(0, 0, ["Country", "Mission", "Sex"])
        for number in range(12):
            sheet.write_datetime(0, 3 + number, dt.datetime(2024, number + 1, 1), month)
        for row in range(1, 9):
            sheet.write_row(row, 0, ["Nepal", "UNMISS", "F" if row % 2 else "M", *range(row, row + 12)])

    path = written(tmp_path, workbook(fill))
    found = detect(path)
    assert (found.options.header_rows, found.options.skip_rows) == (1, 0)
    assert found.headings == ["Country", "Mission", "Sex", *(f"2024-{month:02}" for month in range(1, 13))]
    assert found.sample[0] == ["Nepal", "UNMISS", "F", *(str(number) for number in range(1, 13))]


MEMBERS = ["Poland", "Portugal", "Romania", "Slovakia", "Slovenia", "Spain"]


def missions(book, sheet, *, title: bool, merged: bool) -> None:
    """Missions with figures of contributors, below a heading of three rows."""
    top = 2 if title else 0
    if title:
        sheet.merge_range(0, 0, 0, 14, "EU missions and operations", book.add_format({"bold": True}))
    upper = [(0, 2, "Mission"), (3, 5, "Mandate"), (6, 14, "Personnel")]
    middle = [(0, 0, "Name"), (1, 1, "Type"), (2, 2, "Country"), (3, 4, "Dates"), (5, 5, "Legal basis")]
    middle += [(6, 11, "Contributors"), (12, 14, "Total")]
    lower = ["", "", "", "Start", "End", "", *MEMBERS, "Men", "Women", "All"]
    for level, groups in ((top, upper), (top + 1, middle)):
        for first, last, text in groups:
            if merged and (last > first or (level == top + 1 and not lower[first])):
                sheet.merge_range(level, first, level + (1 if level == top + 1 and not lower[first] else 0), last, text)
            else:
                sheet.write_string(level, first, text)
    for place, text in enumerate(lower):
        if text:
            sheet.write_string(top + 2, place, text)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for row in range(top + 3, top + 13):
        sheet.write_row(row, 0, [f"EUTM {row}", "Training", "Mali"])
        sheet.write_datetime(row, 3, dt.datetime(2013, 2, 18), day)
        sheet.write_string(row, 5, "CFSP 2013/34")
        sheet.write_row(row, 6, [row, 0, 3, 1.5, 7, 9, 10, 2, 12])


NAMED = ["Mission / Name", "Mission / Type", "Mission / Country", "Mandate / Dates / Start", "Mandate / Dates / End"]
NAMED += ["Mandate / Legal basis"]
TOTALS = ["Personnel / Total / Men", "Personnel / Total / Women", "Personnel / Total / All"]


@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize("title", [True, False])
def test_missions_in_a_workbook_with_three_header_rows(title, merged, tmp_path):
    path = written(tmp_path, workbook(lambda book, sheet: missions(book, sheet, title=title, merged=merged)))
    found = detect(path)
    assert (found.options.header_rows, found.options.skip_rows) == (3, 2 if title else 0)
    assert found.headings == [*NAMED, *(f"Personnel / Contributors / {name}" for name in MEMBERS), *TOTALS]
    first = "5" if title else "3"
    mission = [f"EUTM {first}", "Training", "Mali", "2013-02-18", "", "CFSP 2013/34"]
    assert found.sample[0] == [*mission, first, "0", "3", "1.5", "7", "9", "10", "2", "12"]
    assert len(found.sample) == 10


def test_the_same_three_header_rows_in_a_text(tmp_path):
    rows = [
        ["Mission", "", "", "Mandate", "", "", "Personnel", "", ""],
        ["Name", "Type", "Country", "Dates", "", "Legal basis", "Total", "", ""],
        ["", "", "", "Start", "End", "", "Men", "Women", "All"],
        *([f"EUTM {number}", "Training", "Mali", "2013-02-18", "", "CFSP 2013/34", "1", "2", "3"] for number in range(9)),
    ]
    found = detect(written(tmp_path, text(rows, ",", "utf-8")))
    assert found.options.header_rows == 3
    assert found.headings == [*NAMED, *TOTALS]


@pytest.mark.parametrize(("units", "rows_of_heading"), [(["(dd.mm.yyyy)", "(persons)", "[EUR]"], 2), (["abroad", "(persons)", "[EUR]"], 1)])
def test_a_row_of_units_below_the_heading_is_a_part_of_it(units, rows_of_heading, tmp_path):
    rows = [["Course", "Start", "Students", "Cost"], ["", *units]]
    rows += [[f"Course {number}", f"0{number}.02.2020", "1.140", "2.961.020,17"] for number in range(1, 9)]
    found = detect(written(tmp_path, text(rows, ";", "utf-8")))
    assert (found.options.header_rows, found.options.decimal) == (rows_of_heading, ",")
    if rows_of_heading == 2:
        assert found.headings == ["Course", "Start / (dd.mm.yyyy)", "Students / (persons)", "Cost / [EUR]"]


VISITS = [
    ["LeaderCountryISO", "LeaderCountry", "LeaderTitle", "LeaderName", "Visited", "TripYear", "TripStartDate", "TripEndDate"],
    ["BRA", "Brazil", "President", "Luiz Inácio Lula da Silva", "FRA", "2023", "22.06.2023", "23.06.2023"],
    ["FRA", "France", "President", "François Hollande", "MLI", "2013", "02.02.2013", "02.02.2013"],
    ["NAM", "Namibia", "President", "Hage Geingob", "NA", "2018", "", ""],
]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_visits(encoding, tmp_path):
    path = written(tmp_path, text(VISITS, ";", encoding))
    found = detect(path)
    assert (found.options.encoding, found.options.header_rows, found.options.delimiter) == (encoding, 1, ";")
    assert rows_of(path, found.options) == VISITS


def test_a_table_of_texts_only_has_its_first_row_as_heading(tmp_path):
    found = detect(written(tmp_path, "name,place,host\nCold Response,Narvik,Norway\nJoint Warrior,Faslane,United Kingdom\n"))
    assert (found.options.header_rows, found.headings) == (1, ["name", "place", "host"])


def test_a_table_without_a_heading_gets_numbers(tmp_path):
    path = written(tmp_path, "1,UNYOM,1963-07-01,12\n2,UNEF,1956-11-01,6073\n3,ONUC,1960-07-01,19828\n")
    found = detect(path)
    assert (found.options.header_rows, found.headings) == (0, ["column 1", "column 2", "column 3", "column 4"])
    assert found.notes == ["The first row has values already, so columns are named by number."]
    assert len(rows_of(path, found.options)) == 4


def test_years_as_headings_are_headings(tmp_path):
    found = detect(written(tmp_path, "country,2019,2020,2021\nNorway,10,20,30\nPoland,11,21,31\n"))
    assert (found.options.header_rows, found.headings) == (1, ["country", "2019", "2020", "2021"])
