"""What the program exports comes in again by its own mapping and changes nothing, whatever the texts look like to a spreadsheet."""

from io import BytesIO

import pytest
import xlsxwriter

from engagements.export.guard import guard
from engagements.models import Engagement
from imports.mapping.own import as_in, own_mapping
from imports.reading import FileOptions
from tests import make
from tests.imports.batches import outcomes
from tests.imports.pages import brought_in, checked

TITLES = ["Talks", "'Steadfast' talks", "''Twice", "'=1+1", "=1+1", "-5 degrees", "'-5 degrees", "@home", "+1 talks", "'"]


@pytest.fixture
def client(people, signed_in):
    kind, strategy = make.type("talks", name="Meeting"), make.strategy("dialogue", name="Dialogue")
    for title in TITLES:
        make.engagement(
            title=title, summary=f"{title} and more; 'quoted'", team=people.team, owner=people.analyst, review_state="draft",
            handling="official", type=kind, strategies=[strategy],
        )  # fmt: skip
    return signed_in(people.analyst)


def exported(client, form: str) -> bytes:
    response = client.get(f"/engagements/export/?layout=engagements&format={form}")
    assert response.status_code == 200
    return b"".join(response) if response.streaming else response.content


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_and_sent_again_changes_nothing(client, form):
    batch = checked(client, brought_in(client, exported(client, form), f"engagements.{form}"))
    assert outcomes(batch) == {"unchanged": len(TITLES)}


def test_an_apostrophe_that_somebody_puts_before_a_title_is_a_change(client):
    content = exported(client, "csv").decode().replace(",Talks,", ",'Talks,", 1)
    batch = checked(client, brought_in(client, content, "engagements.csv"))
    assert outcomes(batch) == {"update": 1, "unchanged": len(TITLES) - 1}


def test_a_text_file_of_ours_that_was_saved_as_a_workbook_changes_nothing(client):
    """The apostrophes are letters of its cells then."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("entente-engagements")
    records = list(Engagement.objects.order_by("pk"))
    for number, row in enumerate([["id", "title", "type_code"], *([one.reference, guard(one.title), "talks"] for one in records)]):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text)
    book.close()
    batch = checked(client, brought_in(client, target.getvalue(), "saved.xlsx"))
    assert outcomes(batch) == {"unchanged": len(TITLES)}


@pytest.mark.parametrize(
    ("options", "guarded"),
    [
        ({"format": "csv"}, True),
        ({"format": "tsv"}, True),
        ({"format": "xlsx", "sheet": "engagements"}, False),
        ({"format": "xlsx", "sheet": "engagements 2"}, False),
        ({"format": "xlsx"}, False),
        ({"format": "xlsx", "sheet": "entente-engagements"}, True),
    ],
)
def test_apostrophes_are_expected_where_a_text_file_of_ours_may_have_been(options, guarded):
    mapping = as_in(own_mapping("engagements"), FileOptions(**options))
    assert any(rule.guarded for rule in mapping.columns) is guarded
