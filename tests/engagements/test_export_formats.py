"""XLSX and JSON: the same rows as the CSV file, with types; what does not fit is refused, never cut."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest

from engagements.export import other_formats
from engagements.export.layouts import LAYOUTS
from engagements.export.typed import typed_rows
from tests import make

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def taken(client, **query):
    response = client.get("/engagements/export/", query)
    assert response.status_code == 200, response.content[:300]
    return response, b"".join(response)


def sheet(content: bytes, number=1) -> list[list[str]]:
    """The cells of a sheet as texts; an empty cell is ""."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")  # noqa: S314 - made by this test
        ] if "xl/sharedStrings.xml" in book.namelist() else []  # fmt: skip
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314 - made by this test
    rows = []
    for row in root.iter(f"{MAIN}row"):
        cells = {}
        for cell in row.iter(f"{MAIN}c"):
            column = 0
            for letter in "".join(filter(str.isalpha, cell.get("r"))):
                column = column * 26 + ord(letter) - 64
            value, text = cell.find(f"{MAIN}v"), "".join(part.text or "" for part in cell.iter(f"{MAIN}t"))
            cells[column] = text if value is None else shared[int(value.text)] if cell.get("t") == "s" else value.text
        rows.append([cells.get(place, "") for place in range(1, max(cells, default=0) + 1)])
    return rows


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_format_has_the_same_rows(layout, seeded, signed_in):
    client = signed_in(make.user("viewer"))
    query = {"layout": layout, "country": "KEN"}
    in_csv = list(typed_rows(io.BytesIO(taken(client, **query)[1]), LAYOUTS[layout]))
    in_json = json.loads(taken(client, **query, format="json")[1])
    book = sheet(taken(client, **query, format="xlsx")[1])
    assert [list(row) for row in in_json["rows"]] == [LAYOUTS[layout].header] * len(in_csv)
    assert book[0] == LAYOUTS[layout].header
    assert len(book) - 1 == len(in_json["rows"]) == len(in_csv)
    if in_csv:
        assert [row[0] for row in book[1:]] == [row[LAYOUTS[layout].header[0]] for row in in_json["rows"]] == [row[0] for row in in_csv]


def test_cells_have_their_types_and_no_text_is_a_formula(people, signed_in):
    country = make.country()
    row = make.engagement(title="=HYPERLINK(1)", countries=[country, make.country()], starts="2020-05")
    client = signed_in(people.viewer)
    content = taken(client, format="xlsx")[1]
    cells = dict(zip(*sheet(content)[:2], strict=False))
    assert cells["title"] == "=HYPERLINK(1)"
    assert cells["participant_count"] == "2"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    found = json.loads(taken(client, format="json")[1])["rows"][0]
    assert (found["title"], found["participant_count"], found["location"] or None) == ("=HYPERLINK(1)", 2, None)
    assert found["participant_iso3"] == [part.country.code for part in row.participations.order_by("country__name")]


def test_the_workbook_says_what_it_holds(people, signed_in):
    make.engagement(kind="exercise")
    response, content = taken(signed_in(people.viewer), format="xlsx", kind="exercise")
    about = {row[0]: row[1] for row in sheet(content, 2) if len(row) > 1}
    assert about["Filter"] == "Kind: Exercise"
    assert about["Rows"] == "1"
    assert about["Highest marking"] in {"Public", "Official"}
    assert about[LAYOUTS["engagements"].header[0]] == str(LAYOUTS["engagements"].columns[0].description)
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Content-Disposition"].endswith('.xlsx"')


def test_an_export_of_nothing_is_a_file_with_a_heading(people, signed_in):
    client = signed_in(people.viewer)
    assert sheet(taken(client, format="xlsx")[1]) == [LAYOUTS["engagements"].header]
    assert json.loads(taken(client, format="json")[1])["rows"] == []


def test_more_rows_than_a_sheet_holds_go_on_on_the_next_sheets(people, signed_in, monkeypatch):
    titles = [make.engagement(title=f"Record {number}").title for number in range(5)]
    monkeypatch.setattr(other_formats, "MOST_ROWS", 2)
    content = taken(signed_in(people.viewer), format="xlsx")[1]
    sheets = [sheet(content, number) for number in (1, 2, 3)]
    assert [rows[0] for rows in sheets] == [LAYOUTS["engagements"].header] * 3
    assert [len(rows) - 1 for rows in sheets] == [2, 2, 1]
    place = LAYOUTS["engagements"].header.index("title")
    assert sorted(row[place] for rows in sheets for row in rows[1:]) == sorted(titles)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == ["engagements", "engagements 2", "engagements 3", "About"]
    about = {row[0]: row[1] for row in sheet(content, 4) if len(row) > 1}
    assert about["Rows"] == "5"


def test_what_does_not_fit_into_a_cell_is_refused(people, signed_in, monkeypatch):
    make.engagement()
    client = signed_in(people.viewer)
    monkeypatch.setattr(other_formats, "MOST_LETTERS", 3)
    refused = client.get("/engagements/export/", {"format": "xlsx"})
    assert refused.status_code == 400
    assert "more than the 3 letters that a cell holds" in refused.content.decode()
    assert len(list(csv.reader(io.StringIO(taken(client)[1].decode())))) == 2


def test_nothing_written_in_between_stays(people, signed_in, settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    make.engagement()
    make.engagement()
    client = signed_in(people.viewer)
    taken(client, format="xlsx")
    monkeypatch.setattr(other_formats, "MOST_LETTERS", 3)
    assert client.get("/engagements/export/", {"format": "xlsx"}).status_code == 400
    assert list(tmp_path.iterdir()) == []
