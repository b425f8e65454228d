"""The download: who gets which rows, what is refused, and what the answer says of itself."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.http import QueryDict
from django.urls import reverse

from catalog.models import Country
from engagements.export import making, stream
from engagements.export.layouts import LAYOUTS
from engagements.filters import EngagementFilter
from engagements.models import Engagement
from tests import make

URL = "/engagements/export/"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def download(client, query=""):
    """The file of a person who says why it is taken, where that is asked for."""
    response = client.get(f"{URL}?{query}")
    return client.post(f"{URL}?{query}", {"reason": "The test."}) if response.status_code == 403 else response


def references(response) -> list[str]:
    rows = csv.reader(io.StringIO(body(response).decode("utf-8-sig"), newline=""), strict=True)
    next(rows)
    return [row[0] for row in rows]


@pytest.fixture
def register(people):
    """Records of each handling, state and kind."""
    country = make.country("XAA")
    for handling in ("public", "official", "restricted"):
        for review_state in ("verified", "draft"):
            for kind in ("engagement", "training"):
                for team in (people.team, make.team()):
                    engagement = make.engagement(handling=handling, review_state=review_state, kind=kind, team=team, starts="2020-03")
                    make.participation(engagement, country=country, role="recipient")
                    make.outcome(engagement)
    return people


FILTERS = ["", "kind=training", "country=XAA&start=2020-03-15", "handling=official&handling=public", "q=Engagement", "kind=exercise"]


@pytest.mark.parametrize("query", FILTERS)
def test_the_rows_are_those_of_the_filtered_list(register, signed_in, query):
    for user in vars(register).values():
        if not hasattr(user, "username"):
            continue
        listed = EngagementFilter(QueryDict(query), queryset=Engagement.objects.visible_to(user), user=user)
        found = references(download(signed_in(user), query))
        assert sorted(found) == sorted(listed.qs.values_list("reference", flat=True))
        assert len(found) == len(set(found))


def test_a_hidden_record_is_not_named_in_the_download_either(people, signed_in):
    hidden = make.engagement(handling="restricted")
    shown = make.engagement(parent=hidden)
    make.outcome(shown, linked_engagement=hidden)
    listed = make.engagement(parent=shown, kind="training")
    for layout in LAYOUTS:
        assert hidden.reference.encode() not in body(signed_in(people.viewer).get(f"{URL}?layout={layout}"))
    # What may be seen is named, though the filter leaves it out.
    row = body(signed_in(people.viewer).get(f"{URL}?kind=training")).decode().splitlines()[1]
    assert listed.reference in row
    assert shown.reference in row


def test_other_layouts_have_rows_of_listed_engagements_only(register, signed_in):
    visible = set(Engagement.objects.visible_to(register.viewer).values_list("reference", flat=True))
    for layout in LAYOUTS:
        assert set(references(signed_in(register.viewer).get(f"{URL}?layout={layout}"))) <= visible
    assert set(references(signed_in(register.viewer).get(f"{URL}?layout=outcomes"))) == visible


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("layout=secrets", "secrets"),
        ("format=pdf", "pdf"),
        ("bom=perhaps", "bom"),
        ("kind=banquet", "banquet"),
        ("start=2024-02-30", "start"),
        ("country=ZZZ", "ZZZ"),
        ("created_by__password=x", "created_by__password"),
        ("layout=<b>", "&lt;b&gt;"),
    ],
)
def test_what_can_not_be_done_is_said_and_no_row_comes(register, signed_in, query, named):
    response = signed_in(register.manager).get(f"{URL}?{query}")
    assert response.status_code == 400
    assert named in response.content.decode()
    assert b"ENG-" not in response.content


def test_nobody_gets_a_file_without_signing_in(register, client):
    assert client.get(URL).status_code == 302
    assert client.get(reverse("engagements:data_dictionary")).status_code == 302


def test_a_file_is_asked_for_with_get_or_for_a_reason_with_post(people, signed_in):
    client = signed_in(people.viewer)
    assert [client.put(URL).status_code, client.delete(URL).status_code] == [405, 405]
    assert body(client.post(URL, {"reason": "The test."})) == body(client.get(URL))


def test_the_answer_is_a_file_that_nothing_keeps_or_guesses_at(register, signed_in):
    response = signed_in(register.viewer).get(URL)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "ETag" not in response
    assert int(response["Content-Length"]) == len(body(response))


def test_a_byte_order_mark_can_be_asked_for(people, signed_in):
    assert body(signed_in(people.viewer).get(f"{URL}?bom=1")).startswith(stream.BOM)


@pytest.mark.parametrize(("who", "marking"), [("viewer", "public"), ("analyst", "official"), ("manager", "restricted")])
def test_the_name_of_the_file_carries_the_highest_handling_in_it(register, signed_in, who, marking):
    response = download(signed_in(getattr(register, who)))
    name = re.fullmatch(r'attachment; filename="(entente-engagements-\d{4}-\d\d-\d\d-[a-z]+\.csv)"', response["Content-Disposition"])[1]
    assert name.endswith(f"-{marking}.csv")
    handlings = [row.rsplit(",", 1)[1] for row in body(response).decode().splitlines()[1:]]
    assert max(handlings, key=["public", "official", "restricted"].index) == marking


def test_a_record_without_a_row_in_the_layout_does_not_raise_the_marking(people):
    make.outcome(make.engagement(handling="public"))
    make.engagement(handling="restricted", kind="training")
    rows = Engagement.objects.all()
    assert {name: making.highest_handling(layout, rows) for name, layout in LAYOUTS.items()} == {
        "engagements": "restricted", "participations": "public", "outcomes": "public", "training": "public", "contributions": "public",
    }  # fmt: skip


def test_the_layouts_say_truly_which_engagements_have_a_row(register):
    make.strength_report(make.participation(make.engagement(kind="peacekeeping"), country=make.country("XAB")))
    rows = Engagement.objects.all()
    for layout in LAYOUTS.values():
        text = b"".join(stream.csv_chunks(layout, rows)).decode()
        found = {row[0] for row in csv.reader(io.StringIO(text, newline=""))} - {layout.header[0]}
        assert found == set(layout.contained(rows).values_list("reference", flat=True))


def test_a_file_that_fails_half_way_is_an_error_and_no_file(register, signed_in, monkeypatch):
    whole = stream._pieces

    def broken(*arguments):
        yield from list(whole(*arguments))[:1]
        raise DatabaseError("the connection was lost")

    monkeypatch.setattr(stream, "_pieces", broken)
    browser = signed_in(register.viewer, raise_request_exception=False)
    response = browser.get(URL)
    assert response.status_code == 500
    assert b"ENG-" not in response.content
    monkeypatch.undo()
    assert len(references(browser.get(URL))) > 0


@pytest.mark.django_db(transaction=True)
def test_the_database_is_free_again_before_the_file_is_sent(signed_in):
    """A slow reader holds no transaction: the answer is not read, and a writer gets on."""
    make.engagement()
    response = signed_in(make.user()).get(URL)
    Country.objects.create(code="XZZ", name="Written meanwhile")
    assert len(body(response)) == int(response["Content-Length"])


def test_one_record_and_fifty_cost_the_same_queries(people, signed_in, assert_same_queries):
    browser = signed_in(people.viewer)
    assert_same_queries(make.engagement, lambda: body(browser.get(URL)), at_most=8)


def test_the_data_dictionary_names_every_column(people, signed_in):
    text = signed_in(people.viewer).get(reverse("engagements:data_dictionary")).content.decode()
    for layout in LAYOUTS.values():
        assert f'id="{layout.name}"' in text
        for column in layout.columns:
            assert f"<code>{column.name}</code>" in text


def test_the_list_offers_each_layout_with_its_filter(people, signed_in):
    text = signed_in(people.viewer).get("/engagements/?kind=exercise&kind=training").content.decode()
    menu = text[text.index("menu-export") :]
    menu = menu[: menu.index("</details>")]
    for layout in LAYOUTS:
        assert f'name="layout" value="{layout}"' in menu
    assert menu.count('type="hidden" name="kind"') == 2


def test_no_template_of_ours_runs_a_value_unescaped():
    for name in ("_export_menu.html", "data_dictionary.html"):
        text = (Path(__file__).parents[2] / "templates/engagements" / name).read_text()
        assert "|safe" not in text
        assert "autoescape off" not in text
