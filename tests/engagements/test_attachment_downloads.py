"""Who may take a file of a record, and what the answer says about it."""

from pathlib import Path

import pytest

from engagements.models import Attachment
from tests import make
from tests.engagements.test_attachments import lying, page_of, take, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    """The folder of the attachments, this test's own."""
    settings.DATA_DIR = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    return tmp_path / "attachments"


@pytest.fixture
def record(people):
    return make.engagement(team=people.team, title="Staff talks")


@pytest.mark.parametrize("role", ["viewer", "analyst", "manager", "steward", "administrator"])
def test_who_sees_the_record_may_have_the_file_to_save(record, people, signed_in, role):
    made = make.attachment(record, name="Café.txt", content=b"Agreed.")
    response = signed_in(getattr(people, role)).get(f"{page_of(record)}{made.key}/")

    assert b"".join(response.streaming_content) == b"Agreed."
    said = {name: response[name] for name in ("Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options")}
    assert said == {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": "attachment; filename=\"Cafe.txt\"; filename*=UTF-8''Caf%C3%A9.txt",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Length"] == "7"


def test_the_right_is_asked_for_at_each_download(record, people, signed_in):
    made = make.attachment(record)
    client = signed_in(people.viewer)
    address = f"{page_of(record)}{made.key}/"
    assert take(client, address) == 200
    type(record).objects.filter(pk=record.pk).update(handling="official")
    assert take(client, address) == 404
    type(people.viewer).objects.filter(pk=people.viewer.pk).update(clearance="official")
    assert take(client, address) == 200


@pytest.mark.parametrize("what", ["", "{key}/", "{key}/remove/", "{key}/bring-back/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_files_of_a_hidden_record_are_answered_as_those_of_a_missing_one(people, signed_in, what, method, folder):
    hidden = make.engagement(team=make.team(), handling="restricted", title="Secret talks")
    made = make.attachment(hidden, name="secret.txt")
    client = signed_in(people.analyst)
    answers = [
        getattr(client, method)(
            f"/engagements/{reference}/attachments/{what.format(key=made.key)}", {"file": upload()} if method == "post" else {}
        )
        for reference in (hidden.reference, "ENG-2026-00000")
    ]
    expected = 404 if method == ("post" if what.count("/") == 2 else "get" if what else method) else 405
    assert [answer.status_code for answer in answers] == [expected, expected]
    assert len(answers[0].content) == len(answers[1].content)
    assert "ecret" not in answers[0].content.decode()
    made.refresh_from_db()
    assert (Attachment.objects.count(), made.removed_at, lying(folder)) == (1, None, {made.stored_as})


def test_a_file_is_only_found_on_its_own_record(record, people, signed_in):
    """The number of a file of a hidden record leads nowhere from a record that one sees."""
    hidden = make.attachment(make.engagement(team=make.team(), handling="restricted"))
    client = signed_in(people.analyst)
    assert client.get(f"{page_of(record)}{hidden.key}/").status_code == 404
    assert client.post(f"{page_of(record)}{hidden.key}/remove/").status_code == 404
    assert client.get(f"{page_of(record)}{10**30}/").status_code == 404
    hidden.refresh_from_db()
    assert hidden.removed_at is None


def test_no_address_leads_into_the_folder(record, people, signed_in):
    made = make.attachment(record)
    client = signed_in(people.analyst)
    for path in ("media", "static", "attachments", "static/../attachments", "var/attachments"):
        assert client.get(f"/{path}/{made.stored_as}").status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_not_found(record, people, signed_in, folder):
    made = make.attachment(record)
    (folder / made.stored_as).unlink()
    assert take(signed_in(people.viewer), f"{page_of(record)}{made.key}/") == 404
