"""Files come in by the page: who may send one, what is refused before and while it arrives, who sees the batch then."""

import gzip
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from config.middleware import most_of_a_body
from imports import uploads
from imports.models import Batch, Upload
from tests import make
from tests.imports.pages import VISITS, brought_in, send
from tests.surfaces import every_surface
from tests.walk import heard

OF_A_BATCH = [surface for surface in every_surface() if "batch_key" in surface.route]


@pytest.fixture
def client(people, signed_in) -> Client:
    return signed_in(people.analyst)


def files() -> list[str]:
    return sorted(path.name for path in uploads.folder().iterdir())


@pytest.fixture(autouse=True)
def _no_files_before():
    for path in uploads.folder().iterdir():
        path.unlink()


# Sending -----------------------------------------------------------------------------------------


def test_a_file_is_kept_private_with_what_was_found_in_it(client, people):
    batch = brought_in(client)
    assert (batch.owner, batch.team, batch.handling, batch.state) == (people.analyst, people.team, "official", "mapping")
    assert (batch.name, batch.upload.size, batch.sha256) == ("visits.csv", len(VISITS), batch.upload.sha256)
    place = uploads.path_of(batch.upload)
    assert place.read_text() == VISITS
    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert batch.options["delimiter"] == ","
    assert {rule["column"]: rule["to"] for rule in batch.mapping["columns"]}["Date"] == "starts"


def test_records_come_in_as_drafts_or_submitted_and_never_verified(client):
    assert brought_in(client).review_state == "draft"
    assert brought_in(client, review_state="submitted").review_state == "submitted"
    assert set(send(client, review_state="verified").context["form"].errors) == {"review_state"}


def test_a_packed_file_comes_in_as_it_is(client):
    batch = brought_in(client, gzip.compress(VISITS.encode()), "visits.csv.gz")
    page = client.get(f"/imports/{batch.key}/file/")
    assert page.context["headings"] == ["Date", "Title", "Visitor", "Host", "Remarks"]
    assert page.context["rows"][0] == (2, ["2016-05-03", "Talks in Warsaw", "Norland", "Polania", "first"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "The file is empty."), (b"%PDF-1.7\n\x00\x01\x02", ""), (b"PK\x03\x04nonsense", "")],
)
def test_what_can_not_be_read_is_refused_and_nothing_of_it_stays(client, content, sentence):
    response = send(client, content)
    assert response.status_code == 400
    (said,) = response.context["form"].errors["file"]
    assert said == sentence or not sentence
    assert response.context["form"]["handling"].value() == "official"
    assert (Batch.objects.count(), Upload.objects.count(), files()) == (0, 0, [])


def test_a_body_above_the_limit_is_refused_before_it_is_read(client, settings):
    settings.UPLOAD_ADDRESSES = {"/imports/new/": 1000}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 500
    response = client.generic("POST", "/imports/new/", b"x" * 1501, "multipart/form-data; boundary=a")
    assert response.status_code == 413


def test_other_addresses_take_no_more_than_before():
    assert most_of_a_body("/imports/new/") == settings.IMPORT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert most_of_a_body("/imports/") == most_of_a_body("/engagements/new/") == settings.UPLOAD_MAX_BODY_BYTES


def test_a_file_above_the_limit_is_dropped_while_it_arrives_and_the_answers_stay(client, settings):
    settings.UPLOAD_ADDRESSES = {"/imports/new/": 100}
    response = send(client, VISITS, handling="public")
    assert response.status_code == 413
    assert response.context["form"].errors == {"file": uploads.too_large().messages}
    assert response.context["form"]["handling"].value() == "public"
    assert (Upload.objects.count(), files()) == (0, [])


def test_the_team_and_the_handling_are_ones_own(client, people):
    other = make.team("navy")
    assert set(send(client, team=other.pk).context["form"].errors) == {"team"}
    assert set(send(client, handling="restricted").context["form"].errors) == {"handling"}


def test_who_works_in_no_team_is_told_so(db, signed_in):
    page = signed_in(make.user("analyst")).get("/imports/new/")
    assert "You work in no team" in page.content.decode()
    assert "data-upload" not in page.content.decode()


def test_a_steward_sees_the_imports_of_the_team_and_brings_in_none(people, signed_in):
    steward = signed_in(make.user("steward", teams=[people.team]))
    assert "/imports/new/" not in steward.get("/imports/").content.decode()
    assert steward.get("/imports/new/").status_code == 403
    assert steward.post("/imports/new/", {}).status_code == 403
    assert Batch.objects.count() == 0


def test_an_empty_file_with_the_right_columns_is_read_as_one_of_our_own(client):
    content = b"".join(client.get("/imports/templates/participations/"))
    batch = brought_in(client, content, "participations.csv")
    assert {rule["to"] for rule in batch.mapping["columns"]} >= {"reference", "participant", "participant.role"}
    assert client.get("/imports/templates/nothing/").status_code == 404


def test_files_that_expired_go_and_their_batches_stay(client):
    old, new = brought_in(client), brought_in(client, name="later.csv")
    Upload.objects.filter(pk=old.upload_id).update(expires_at=timezone.now() - timedelta(minutes=1))
    send(client, "")  # whoever sends a file makes room first
    old.refresh_from_db()
    assert (old.upload, files()) == (None, [new.upload.stored_as])
    assert "deleted now" in client.get(f"/imports/{old.key}/file/").content.decode()
    assert client.get(f"/imports/{old.key}/mapping/").status_code == 200


# Who sees it -------------------------------------------------------------------------------------


def answers(client, key: str) -> dict[str, tuple]:
    """What each address of a batch says to a person, without the batch's name in it."""
    found = {}
    for surface in OF_A_BATCH:
        for method in ("get", "post"):
            status, headers, body = heard(getattr(client, method)(surface.path(batch_key=key, name="check")))
            found[f"{method} {surface.name}"] = (status, headers, body.replace(key.encode(), b"-"))
    return found


@pytest.mark.parametrize(
    ("role", "same_team", "sees"),
    [("analyst", True, False), ("manager", True, True), ("steward", True, True), ("manager", False, False), ("steward", False, False)],
)
def test_a_batch_is_its_owners_and_for_managers_and_stewards_of_the_team(client, people, signed_in, role, same_team, sees):
    batch = brought_in(client)
    other = make.user(role, clearance="official", teams=[people.team if same_team else make.team("navy")])
    assert client.get(f"/imports/{batch.key}/").status_code == 200
    assert signed_in(other).get(f"/imports/{batch.key}/").status_code == (200 if sees else 404)
    assert (batch.name in signed_in(other).get("/imports/").content.decode()) is sees


def test_a_batch_one_may_not_see_is_answered_like_one_that_never_was(client, people, signed_in):
    batch = brought_in(client)
    stranger = signed_in(make.user("analyst", clearance="restricted", teams=[people.team]))
    hidden = answers(stranger, batch.key)
    assert {status for status, _headers, _body in hidden.values()} == {404, 405}
    assert hidden == answers(stranger, "zzzzzzzzzz")


def test_a_batch_above_ones_clearance_is_not_there(people, signed_in):
    manager = signed_in(people.manager)
    batch = brought_in(manager, handling="restricted")
    people.manager.clearance = "official"
    people.manager.save()
    assert manager.get(f"/imports/{batch.key}/").status_code == 404
    assert batch.name not in manager.get("/imports/").content.decode()


def test_only_its_owner_changes_how_it_is_read_and_what_it_means(client, people, signed_in):
    batch = brought_in(client)
    manager = signed_in(people.manager)
    for page in ("file", "mapping"):
        response = manager.post(f"/imports/{batch.key}/{page}/", {"do": "save", "slot": "0", "c0-0-to": "title", "header_rows": "0"})
        assert response.status_code == 302
    before = (batch.options, batch.mapping)
    batch.refresh_from_db()
    assert (batch.options, batch.mapping) == before
    assert "Only Analyst, who brought it in, changes this." in manager.get(f"/imports/{batch.key}/mapping/").content.decode()


def test_the_list_costs_the_same_for_one_batch_and_for_fifty(people, client, assert_same_queries):
    def add():
        make_batch(people)

    assert_same_queries(add, lambda: client.get("/imports/"), at_most=8)


def make_batch(people, **fields) -> Batch:
    return Batch.objects.create(
        **{"name": "a.csv", "sha256": "0" * 64, "team": people.team, "owner": people.analyst, "handling": "official"} | fields
    )
