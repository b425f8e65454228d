"""The page on which a person says what the columns mean: nothing typed is lost, and nothing is checked before it is right."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from imports.drafts import with_file
from imports.forms import columns, whole
from imports.heads import Head
from imports.mapping.ready import ready_mappings
from imports.mapping.spec import Mapping
from imports.models import SavedMapping
from imports.reading.options import FileOptions
from tests import make
from tests.imports.pages import brought_in, say, typed

EVERYTHING = {
    "entente_mapping": 1,
    "name": "Everything that can be said",
    "missing": ["-9", "n/a"],
    "constants": {
        "kind": "exercise", "type": "field_training", "strategies": ["one", "two"], "summary": "A text", "funding.currency": "EUR",
        "participants": [{"party": "USA", "role": "host"}, {"party": "nato", "role": "observer"}],
    },
    "columns": [
        {"column": "A", "to": "title", "after": "[", "before": "]", "values": {"TTX": "tabletop", "-": None}},
        {"column": "A", "to": "external_id", "system": "un-dpo"},
        {"column": "B", "to": "starts", "order": "mdy", "first_of_month": "month", "unreadable": "flag"},
        {"column": "C", "to": "ends", "order": "ymd", "precision": "B", "open_when": {"column": "A", "values": ["yes", ""]}},
        {"column": "D", "to": "participant", "role": "recipient", "resolve": "country", "split": " "},
        {"column": "D", "to": "country", "split": "; and", "contains": {"Geneva": "CHE"}},
        {"column": "E", "to": "starts", "month": "C", "day": "D"},
        {"column": "E", "to": "participant.personnel", "only": {"column": "A", "values": ["Female"]}},
        {"from": "F / 2018 / Poland", "until": "F / 2019 / Spain", "to": "strength.total", "gather": "heading", "role": "participant",
         "heading": ["strength.as_of", "participant"], "personnel_type": "troops"},
        {"column": "G", "to": "funding.actual", "currency": "USD", "times": "million", "guarded": True},
    ],
    "group_by": ["B", "A"],
    "identity": ["G", "A"],
    "aggregates": {"when": {"column": "A", "contains": "Total"}, "keys": ["B", "C"], "sums": {"people": "E", "cost": "G"}},
    "flags": [{"column": "A", "contains": "&", "say": "Joins others."}, {"column": "D", "equals": "EU", "say": "Which members?"}],
    "doubled": "merge",
}  # fmt: skip
HEADINGS = ["A", "B", "C", "D", "E", "F / 2018 / Poland", "F / 2018 / Spain", "F / 2019 / Poland", "F / 2019 / Spain", "G"]


class Shown:
    """The mapping page of a document, without a browser."""

    def __init__(self, document, headings):
        self.head = Head(headings, [(2, ["x"] * len(headings))])
        self.context = {
            "slots": columns.slots_of(document, self.head), "usual": whole.usual_constants(document), "document": document,
            "parties": list(enumerate(whole.parties(document))), "others": list(enumerate(whole.other_constants(document))),
            "sums": whole.aggregates(document), "missing": whole.missing(document), "doubled": document.get("doubled", "keep"),
            "flags": list(enumerate(whole.flags(document))),
            "seen": "", "number": 1,
        }  # fmt: skip

    def sent(self, document) -> Mapping:
        data = QueryDict(typed(self).urlencode())
        return Mapping.from_dict(whole.read_whole(data, document | columns.read_columns(data, document, self.head)))


def headings_of(mapping: Mapping) -> list[str]:
    named = [name for rule in mapping.columns for name in (rule.column, rule.since, rule.until, rule.precision) if name]
    named += [when.column for rule in mapping.columns for when in (rule.open_when, rule.only) if when]
    named += [*mapping.group_by, *mapping.identity]
    if sums := mapping.aggregates:
        named += [sums.column, *sums.keys, sums.people, sums.cost]
    return list(dict.fromkeys(name for name in named if name))


def test_a_page_that_is_sent_as_it_stands_changes_nothing_of_what_a_mapping_can_say():
    assert Shown(EVERYTHING, HEADINGS).sent(EVERYTHING) == Mapping.from_dict(EVERYTHING)


@pytest.mark.parametrize("code", sorted(ready_mappings()))
def test_a_page_that_is_sent_as_it_stands_changes_nothing_of_a_ready_mapping(code):
    document = ready_mappings()[code]
    mapping = Mapping.from_dict(document)
    sent = Shown(document, headings_of(mapping)).sent(document)
    key = lambda rule: (rule.named, rule.to)  # noqa: E731 - the order of the rules is that of the columns
    left_out = {"ignore", "computed"}
    assert sorted((r for r in sent.columns if r.to not in left_out), key=key) == sorted(
        (r for r in mapping.columns if r.to not in left_out), key=key
    )
    assert {name: value for name, value in vars(sent).items() if name != "columns"} == {
        name: value for name, value in vars(mapping).items() if name != "columns"
    }


def test_lines_to_be_looked_at_are_said_on_the_page(client):
    batch = brought_in(client)
    assert 'name="f0-column"' in say(client, batch, f0_column="Remarks", f0_text="second", f0_say="Look twice.").content.decode()
    batch.refresh_from_db()
    assert batch.mapping["flags"] == [{"column": "Remarks", "contains": "second", "say": "Look twice."}]
    assert "Look twice." in client.get(f"/imports/{batch.key}/mapping/").content.decode()
    say(client, batch, f0_column="", f0_text="", f0_say="")
    batch.refresh_from_db()
    assert "flags" not in batch.mapping


def test_what_stands_below_the_table_is_left_out_by_naming_its_last_line(client):
    batch = brought_in(client, "Date,Title\n2016-05-03,Talks\n2016-05-04,Visit\n\nSource: the press\n")
    address = f"/imports/{batch.key}/file/"
    page = client.get(address)
    assert "say which line is its last" in page.content.decode()
    data = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    assert client.post(address, data | {"last_row": "3", "do": "save"}).status_code == 302
    batch.refresh_from_db()
    assert batch.options["last_row"] == 3
    assert "last_row" not in with_file(batch.mapping, FileOptions.from_dict(batch.options))["file"]


def test_what_is_chosen_for_a_column_is_kept_and_what_does_not_apply_to_it_goes():
    document = {"entente_mapping": 1, "name": "", "columns": [{"column": "A", "to": "starts", "order": "mdy"}]}
    shown = Shown(document, ["A", "B"])
    data = typed(shown)
    data["c0-0-to"], data["c1-0-to"], data["c1-0-role"], data["c1-0-split"] = "title", "participant", "host", ";"
    read = columns.read_columns(data, document, shown.head)
    assert read["columns"] == [{"column": "A", "to": "title"}, {"column": "B", "to": "participant", "role": "host", "split": ";"}]


# The page ----------------------------------------------------------------------------------------


@pytest.fixture
def client(people, signed_in):
    return signed_in(people.analyst)


@pytest.fixture
def needed(db) -> dict:
    """What every record needs and the file does not say."""
    return {"k_type": make.type().code, "k_strategies": make.strategy().code, "k_status": "completed"}


def test_everything_typed_stays_where_it_is_refused(client):
    batch = brought_in(client)
    response = say(client, batch, do="check", c1_0_to="starts", k_type="no such type", missing="-9\nn/a", name="My visits")
    assert response.status_code == 200
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    page = client.get(f"/imports/{batch.key}/mapping/")
    assert page.context["slots"][1].meanings[0].to == "starts"
    assert (page.context["missing"], page.context["document"]["name"]) == ("-9\nn/a", "My visits")
    assert {one.name: one.value for one in page.context["usual"]}["type"] == "no such type"
    assert batch.state == "mapping"


def test_a_second_meaning_of_a_column_is_added_and_taken_away(client):
    batch = brought_in(client)
    page = say(client, batch, do="also-3")
    assert [meaning.to for meaning in page.context["slots"][3].meanings][1:] == ["ignore"]
    page = say(client, batch, do="preview", c3_0_to="participant", c3_1_to="country")
    assert [meaning.to for meaning in page.context["slots"][3].meanings] == ["participant", "country"]
    page = say(client, batch, do="preview", c3_0_to="ignore", c3_1_to="country")
    assert [meaning.to for meaning in page.context["slots"][3].meanings] == ["country"]


def test_the_live_preview_shows_the_first_lines_and_keeps_nothing(client, needed):
    batch = brought_in(client)
    before = batch.mapping
    data = typed(client.get(f"/imports/{batch.key}/mapping/"))
    data |= {"c1-0-to": "summary", "c2-0-to": "title"}
    for name, value in {"c1-0-to": "summary", "c2-0-to": "title"}.items():
        data[name] = value
    response = client.post(
        f"/imports/{batch.key}/mapping/preview/",
        data.urlencode(),
        content_type="application/x-www-form-urlencoded",
        headers={"HX-Request": "true"},
    )
    preview = response.context["preview"]
    assert preview.looked_at == 3
    at = preview.columns.index("Title")
    assert [line.cells[at] for line in preview.lines] == [["Norland"]] * 3
    assert any("April 2019 has 30 days" in sentence for _column, sentence, _wrong in preview.lines[2].problems)
    assert "<html" not in response.content.decode()
    batch.refresh_from_db()
    assert batch.mapping == before


def test_what_else_can_be_said_follows_the_chosen_meaning(client):
    batch = brought_in(client)
    answer = client.get(f"/imports/{batch.key}/mapping/options/", {"of": "c0-0", "c0-0-to": "starts", "c0-0-order": "mdy"})
    assert 'name="c0-0-order"' in answer.content.decode()
    assert '<option value="mdy" selected>' in answer.content.decode()
    assert client.get(f"/imports/{batch.key}/mapping/options/", {"of": "c99-0", "c99-0-to": "starts"}).status_code == 404


def test_two_who_change_it_at_once_are_told_and_lose_nothing(client):
    batch = brought_in(client)
    first = client.get(f"/imports/{batch.key}/mapping/")
    say(client, batch, do="preview", c4_0_to="summary")
    data = typed(first)
    for name, value in {"c4-0-to": "place", "do": "preview"}.items():
        data[name] = value
    response = client.post(f"/imports/{batch.key}/mapping/", data.urlencode(), content_type="application/x-www-form-urlencoded")
    assert "Someone changed this mapping" in response.content.decode()
    assert response.context["slots"][4].meanings[0].to == "place"
    batch.refresh_from_db()
    assert batch.mapping["columns"][-1]["to"] == "summary"
    assert say(client, batch, do="preview", c4_0_to="place", seen=response.context["seen"]).context["slots"][4].meanings[0].to == "place"


def test_seven_hundred_columns_come_by_pages_and_each_page_leaves_the_others_alone(client):
    headings = [f"Field {number}" for number in range(700)]
    batch = brought_in(client, ",".join(headings) + "\n" + ",".join("x" * 700) + "\n")
    page = client.get(f"/imports/{batch.key}/mapping/")
    assert (page.context["all_slots"], page.context["last"], len(page.context["slots"])) == (700, 24, columns.A_PAGE)
    assert len(typed(page)) < 1000
    assert len(page.content) < 1_000_000
    response = say(client, batch, do="page-2", c3_0_to="title", c3_group="on")
    assert response["Location"].endswith("?page=2#columns")
    second = typed(client.get(f"/imports/{batch.key}/mapping/?page=2"))
    for name, value in {"c30-0-to": "summary", "c30-group": "on", "do": "preview"}.items():
        second[name] = value
    client.post(f"/imports/{batch.key}/mapping/", second.urlencode(), content_type="application/x-www-form-urlencoded")
    batch.refresh_from_db()
    used = {rule["column"]: rule["to"] for rule in batch.mapping["columns"] if rule["to"] != "ignore"}
    assert used == {"Field 3": "title", "Field 30": "summary"}
    assert batch.mapping["group_by"] == ["Field 3", "Field 30"]


def test_a_mapping_of_another_file_says_which_columns_are_not_there_and_forgets_them_when_asked(client):
    SavedMapping.objects.create(
        code="other", name="Other", is_shared=True,
        document={"entente_mapping": 1, "name": "Other", "columns": [{"column": "Gone", "to": "title"}, {"column": "date", "to": "starts"}],
                  "group_by": ["Gone"]},
    )  # fmt: skip
    batch = brought_in(client, mapping="other")
    page = client.get(f"/imports/{batch.key}/mapping/")
    assert page.context["lost"] == ["Gone"]
    assert page.context["slots"][0].meanings[0].to == "starts"  # however its letters are written
    say(client, batch, do="preview")
    assert {rule.get("column") for rule in batch.mapping["columns"]} >= {"Gone"}
    say(client, batch, do="drop-lost")
    assert "Gone" not in json.dumps(batch.mapping)


# Saved mappings ----------------------------------------------------------------------------------


def test_a_mapping_is_saved_downloaded_and_used_for_the_next_file(client, people):
    batch = brought_in(client)
    say(client, batch, do="keep", name="Our visits", c4_0_to="summary", missing="-9")
    saved = SavedMapping.objects.get()
    assert (saved.name, saved.code, saved.owner, saved.is_shared) == ("Our visits", "our-visits", people.analyst, False)
    assert saved.document["file"]["format"] == "csv"
    content = client.get("/imports/mappings/our-visits/").content
    assert json.loads(content) == saved.document
    next_one = brought_in(client, mapping="our-visits")
    assert (next_one.mapping["missing"], next_one.mapping_code) == (["-9"], "our-visits")
    third = brought_in(client)
    sent = {"do": "send", "file": SimpleUploadedFile("mapping.json", content)}
    assert client.post(f"/imports/{third.key}/mapping/", sent).status_code == 302
    third.refresh_from_db()
    assert third.mapping == next_one.mapping


def test_the_file_of_a_batch_says_how_it_is_read(client):
    batch = brought_in(client, "Datum;Titel\n03.05.2016;Gespräche\n".encode("cp1252"), "besuche.csv")
    document = json.loads(client.get(f"/imports/{batch.key}/mapping/download/").content)
    assert document == with_file(batch.mapping, FileOptions.from_dict(batch.options))
    assert document["file"]["delimiter"] == ";"


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"[]", b'{"entente_mapping": 2}', b'{"entente_mapping": 1, "columns": [{"to": "version"}]}', b""]
)
def test_a_file_that_is_no_mapping_is_refused_with_a_sentence(client, content):
    batch = brought_in(client)
    before = batch.mapping
    client.get("/imports/")  # takes what was said before
    response = client.post(f"/imports/{batch.key}/mapping/", {"do": "send", "file": SimpleUploadedFile("m.json", content)}, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    batch.refresh_from_db()
    assert batch.mapping == before


def test_only_its_owner_renames_shares_and_deletes_a_mapping(client, people, signed_in):
    batch = brought_in(client)
    say(client, batch, do="keep", name="Mine")
    other = signed_in(people.manager)
    assert other.get("/imports/mappings/mine/").status_code == 404
    client.post("/imports/mappings/mine/share/")
    assert "Mine" in other.get("/imports/mappings/").content.decode()
    assert {other.post(f"/imports/mappings/mine/{name}/", {"name": "Yours"}).status_code for name in ("rename", "unshare", "delete")} == {
        403
    }
    client.post("/imports/mappings/mine/rename/", {"name": "Ours"})
    assert SavedMapping.objects.get().name == SavedMapping.objects.get().document["name"] == "Ours"
    client.post("/imports/mappings/mine/delete/")
    assert SavedMapping.objects.count() == 0
    assert client.post("/imports/mappings/us-training-report/delete/").status_code == 404


def test_a_ready_mapping_is_offered_and_its_code_is_nobodys(client):
    assert "us-training-report" in {
        code for _label, group in client.get("/imports/new/").context["form"].fields["mapping"].choices[1:] for code, _name in group
    }
    batch = brought_in(client)
    say(client, batch, do="keep", name="US training report")
    assert SavedMapping.objects.get().code == "us-training-report-2"
