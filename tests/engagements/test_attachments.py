"""Files of a record: who may add, take and remove them, where they lie, and what somebody may try with them."""

import hashlib
import os
import stat
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import RequestFactory

from config.middleware import refuse_huge_bodies
from engagements.domain import attachments, file_store
from engagements.models import Attachment
from history.models import Change
from tests import make
from tests.engagements import files

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


def upload(content=files.PDF, name="talks.pdf", content_type="application/pdf"):
    return SimpleUploadedFile(name, content, content_type)


def page_of(record) -> str:
    return f"{record.get_absolute_url()}attachments/"


def take(client, address) -> int:
    """The status of a download, read to its end."""
    response = client.get(address)
    if response.streaming:
        b"".join(response)
    return response.status_code


def lying(folder) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def error_of(response, field="file") -> list[str]:
    assert response.status_code == 200
    return response.context["form"].errors[field]


# Adding ------------------------------------------------------------------------------------------


def test_a_file_is_stored_under_a_random_name_that_only_the_program_reads(record, people, signed_in, folder):
    response = signed_in(people.analyst).post(page_of(record), {"title": " Minutes ", "file": upload()})

    assert response["Location"] == page_of(record)
    made = Attachment.objects.get()
    assert (made.engagement, made.name, made.title, made.content_type) == (record, "talks.pdf", "Minutes", "application/pdf")
    assert (made.size, made.sha256, made.uploaded_by) == (len(files.PDF), hashlib.sha256(files.PDF).hexdigest(), people.analyst)
    assert len(made.stored_as) == 32
    assert lying(folder) == {made.stored_as}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / made.stored_as).stat().st_mode) == 0o600


def test_a_file_is_no_edit_of_the_record(record, people, signed_in):
    before = (record.version, record.review_state, record.updated_at)
    signed_in(people.analyst).post(page_of(record), {"file": upload()})
    record.refresh_from_db()
    assert (record.version, record.review_state, record.updated_at) == before


def test_the_history_tells_of_a_file_and_who_added_it(record, people, signed_in):
    signed_in(people.analyst).post(page_of(record), {"file": upload()})
    told = Change.objects.get(engagement=record.pk, table="engagements_attachment")
    assert (told.actor, told.operation, told.after["name"]) == (people.analyst.pk, "added", "talks.pdf")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("talks.pdf", files.HTML),
        ("map.png", files.SVG),
        ("letter.docx", files.office(extra={"word/vbaProject.bin": b"x"})),
        ("letter.docx", files.office(extra={f"word/{number}.xml": b" " * 30_000_000 for number in range(8)})),
        ("talks.pdf", files.PDF + files.package({"run.class": b"x"})),
        ("page.html", files.HTML),
        ("drawing.svg", files.SVG),
        ("run.exe", files.EXE),
        ("talks.pdf.exe", files.PDF),
        ("talks.pdf", b""),
        ("no-ending", files.PDF),
    ],
)
def test_what_is_not_taken_leaves_neither_row_nor_file_and_keeps_the_title(record, people, signed_in, folder, name, content):
    response = signed_in(people.analyst).post(page_of(record), {"title": "What we agreed", "file": upload(content, name)})

    assert error_of(response)
    page = response.content.decode()
    assert 'value="What we agreed"' in page
    assert "the file has to be chosen again" in page
    assert not Attachment.objects.exists()
    assert lying(folder) == set()


def test_a_title_that_is_too_long_asks_for_the_file_again(record, people, signed_in):
    response = signed_in(people.analyst).post(page_of(record), {"title": "x" * 201, "file": upload()})
    assert error_of(response, "title")
    assert "the file has to be chosen again" in response.content.decode()


def test_without_a_file_the_form_asks_for_one(record, people, signed_in):
    assert error_of(signed_in(people.analyst).post(page_of(record), {"title": "Minutes"})) == ["Choose a file."]


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../x.pdf", "x.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ('a"b.pdf', "a_b.pdf"),
        ("a\u202efdp.pdf", "afdp.pdf"),
        (f"{'n' * 240}.pdf", f"{'n' * 196}.pdf"),
    ],
)
def test_a_name_that_means_harm_is_stored_as_a_plain_one(record, people, signed_in, folder, name, stored):
    file = upload()
    file._name = name  # as a program of one's own may send it
    assert signed_in(people.analyst).post(page_of(record), {"file": file}).status_code == 302
    assert Attachment.objects.get().name == stored
    assert len(lying(folder)) == 1


@pytest.mark.parametrize(
    ("name", "stored"),
    [(f"{'n' * 300}.pdf", f"{'n' * 196}.pdf"), ('a"\r\nX-Injected: y.pdf', None), ("zero\0.pdf", "zero.pdf")],
    ids=["long", "line break", "nul"],
)
def test_a_name_that_no_browser_sends_breaks_nothing(record, people, signed_in, name, stored):
    boundary = b"entente-boundary"
    body = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n--%b--\r\n' % (
        boundary, name.encode(), files.PDF, boundary,
    )  # fmt: skip
    client = signed_in(people.analyst)
    response = client.post(page_of(record), body, content_type=f"multipart/form-data; boundary={boundary.decode()}")
    if stored is None:  # its end was lost on the way, and with it the ending
        assert error_of(response)[0].startswith("Files of this type are not taken.")
        return
    made = Attachment.objects.get()
    assert made.name == stored
    response = client.get(f"{page_of(record)}{made.key}/")
    assert b"".join(response) == files.PDF
    assert response["Content-Disposition"] == f"attachment; filename=\"{stored}\"; filename*=UTF-8''{quote(stored)}"


# Limits ------------------------------------------------------------------------------------------


def test_a_file_over_the_limit_is_dropped_on_its_way_in_and_the_title_stays(record, people, signed_in, settings, folder):
    settings.ATTACHMENT_MAX_BYTES = 4 * 1024 * 1024
    large = upload(files.PDF + b" " * settings.ATTACHMENT_MAX_BYTES)
    response = signed_in(people.analyst).post(page_of(record), {"file": large, "title": "What we agreed"})

    assert error_of(response) == ["The file is larger than 4.0\xa0MB. Make it smaller, or split it."]
    assert 'value="What we agreed"' in response.content.decode()
    assert response.wsgi_request.FILES == {}
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []
    assert lying(folder) == set()


def test_a_file_of_exactly_the_limit_is_taken(record, people, signed_in, settings):
    settings.ATTACHMENT_MAX_BYTES = len(files.PDF)
    assert signed_in(people.analyst).post(page_of(record), {"file": upload()}).status_code == 302


def test_a_body_that_no_form_sends_is_refused_before_anything_of_it_is_read(people, signed_in, record, settings):
    class Unreadable:
        def read(self, *_size):
            raise AssertionError("the body was read")

        readline = read

    environ = RequestFactory()._base_environ(
        REQUEST_METHOD="POST", PATH_INFO=page_of(record), CONTENT_TYPE="multipart/form-data; boundary=x", CONTENT_LENGTH=str(1024**3)
    )
    client = signed_in(people.analyst)
    environ |= {"wsgi.input": Unreadable(), "HTTP_COOKIE": f"sessionid={client.cookies['sessionid'].value}"}
    response = client.request(**environ)
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("length", "status"), [("", 200), ("0", 200), ("1000", 200), ("1001", 413), ("9" * 400, 413), ("-1", 413), ("x", 413)]
)
def test_the_length_of_a_body_is_looked_at_first(settings, length, status):
    from django.http import HttpResponse

    settings.UPLOAD_MAX_BODY_BYTES = 1000
    request = RequestFactory().get("/", CONTENT_LENGTH=length)
    assert refuse_huge_bodies(lambda _request: HttpResponse())(request).status_code == status


def test_a_body_in_pieces_that_says_no_length_is_asked_for_it():
    from django.http import HttpResponse

    def answer(**head):
        return refuse_huge_bodies(lambda _request: HttpResponse())(RequestFactory().post("/", **head)).status_code

    assert answer(CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked") == 411
    assert answer(CONTENT_LENGTH="10", HTTP_TRANSFER_ENCODING="chunked") == 200
    assert answer(CONTENT_LENGTH="10") == 200


def test_a_large_file_waits_in_the_folder_that_the_next_start_empties(record, people, signed_in, settings, monkeypatch):
    seen = []
    whole = attachments.check_file

    def look(file):
        seen.append((Path(file.temporary_file_path()).parent, stat.S_IMODE(Path(file.temporary_file_path()).stat().st_mode)))
        return whole(file)

    monkeypatch.setattr("engagements.forms.attached.check_file", look)
    signed_in(people.analyst).post(page_of(record), {"file": upload(b"x" * 3_000_000, "long.txt")})
    assert seen == [(settings.FILE_UPLOAD_TEMP_DIR, 0o600)]
    assert Attachment.objects.get().size == 3_000_000
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []


def test_a_record_holds_fifty_files_and_says_so(record, people, folder):
    for _ in range(50):
        attachments.attach(record, file=upload(), title="", actor=people.analyst)
    with pytest.raises(ValidationError, match="A record holds at most 50 files"):
        attachments.attach(record, file=upload(), title="", actor=people.analyst)
    attachments.remove(Attachment.objects.first(), actor=people.analyst)
    attachments.attach(record, file=upload(), title="", actor=people.analyst)
    with pytest.raises(ValidationError, match="A record holds at most 50 files"):
        attachments.bring_back(Attachment.objects.exclude(removed_at=None).get(), actor=people.analyst)
    assert len(lying(folder)) == 51


def test_all_files_together_have_a_limit_and_removed_ones_count(record, people, settings, signed_in, folder):
    settings.ATTACHMENTS_MAX_TOTAL_BYTES = 2 * len(files.PDF)
    client = signed_in(people.analyst)
    for _ in range(2):
        assert client.post(page_of(record), {"file": upload()}).status_code == 302
    Attachment.objects.update(removed_at="2026-01-01T00:00Z")
    assert error_of(client.post(page_of(record), {"file": upload()})) == [
        "The space for files is used up. Ask who runs this site for more."
    ]
    assert len(lying(folder)) == 2


def test_the_limit_of_all_files_tells_nothing_of_hidden_ones(record, people, settings, signed_in, folder):
    settings.ATTACHMENTS_MAX_TOTAL_BYTES = 2 * len(files.PDF)
    hidden = make.engagement(team=make.team(), handling="restricted")
    for _ in range(5):
        make.attachment(hidden)
    client = signed_in(people.analyst)
    assert [client.post(page_of(record), {"file": upload()}).status_code for _ in range(3)] == [302, 302, 200]


# Both or neither ---------------------------------------------------------------------------------


def test_where_the_row_can_not_be_written_no_file_stays(record, people, folder, monkeypatch):
    def refuse(**_fields):
        raise IntegrityError("no")

    monkeypatch.setattr(Attachment.objects, "create", refuse)
    with pytest.raises(IntegrityError):
        attachments.attach(record, file=upload(), title="", actor=people.analyst)
    assert lying(folder) == set()


def test_where_the_disk_is_full_the_form_says_so_and_no_row_stays(record, people, signed_in, folder, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_store.os, "fsync", full)
    response = signed_in(people.analyst).post(page_of(record), {"file": upload()})
    assert error_of(response) == ["The file could not be stored. Try again later, or ask who runs this site."]
    assert not Attachment.objects.exists()
    assert lying(folder) == set()


def test_the_right_to_add_is_asked_again_when_the_row_is_written(record, people, folder):
    """Between the page and the row somebody may have archived or hidden the record."""
    for field, value in [("archived_at", "2026-01-01T00:00Z"), ("handling", "restricted")]:
        type(record).objects.filter(pk=record.pk).update(**{field: value})
        with pytest.raises(PermissionDenied):
            attachments.attach(record, file=upload(), title="", actor=people.analyst)
    assert lying(folder) == set()


def test_left_over_files_are_named_and_removed_only_when_told_to(record, folder, capsys):
    known = make.attachment(record)
    for name in ("0" * 32, f"{'1' * 32}.part"):
        (folder / name).write_bytes(b"left")
    assert file_store.left_over() == []  # an upload may be on its way
    assert [path.name for path in file_store.left_over(older_than=0)] == ["0" * 32, f"{'1' * 32}.part"]
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    call_command("sweep_files")
    assert len(lying(folder)) == 3
    call_command("sweep_files", "--remove")
    assert lying(folder) == {known.stored_as}
    assert f"{'0' * 32}  4 bytes" in capsys.readouterr().out


def test_with_a_database_that_knows_no_file_none_is_removed(folder):
    file_store.folder()
    (folder / "a").write_bytes(b"of another database")
    os.utime(folder / "a", (0, 0))
    with pytest.raises(CommandError, match="belong together"):
        call_command("sweep_files", "--remove")
    assert lying(folder) == {"a"}


# Removing ----------------------------------------------------------------------------------------


def test_a_removed_file_is_in_no_list_and_can_be_brought_back(record, people, signed_in, folder):
    made = make.attachment(record, title="Minutes of June")
    client = signed_in(people.analyst)
    address = f"{page_of(record)}{made.key}/"

    assert client.post(f"{address}remove/")["Location"] == page_of(record)
    assert take(client, address) == 404
    assert "Minutes of June" not in signed_in(people.viewer).get(page_of(record)).content.decode()
    assert "Minutes of June" not in client.get(record.get_absolute_url()).content.decode()
    assert [row.pk for row in client.get(page_of(record)).context["removed"]] == [made.pk]
    assert lying(folder) == {made.stored_as}

    client.post(f"{address}bring-back/")
    assert take(client, address) == 200
    told = Change.objects.filter(table="engagements_attachment", engagement=record.pk, operation="changed")
    assert [(row.actor, row.before["removed_at"] is None) for row in told] == [(people.analyst.pk, True), (people.analyst.pk, False)]


@pytest.mark.parametrize("role", ["viewer", "steward", "administrator", "outsider"])
def test_who_may_not_change_the_record_may_neither_add_nor_remove(record, people, signed_in, role, folder):
    person = make.user("analyst", clearance="official", teams=[make.team()]) if role == "outsider" else getattr(people, role)
    made = make.attachment(record)
    client = signed_in(person)
    assert "Add file" not in client.get(page_of(record)).content.decode()
    for address in (page_of(record), f"{page_of(record)}{made.key}/remove/", f"{page_of(record)}{made.key}/bring-back/"):
        assert client.post(address, {"file": upload()}).status_code == 403
    made.refresh_from_db()
    assert (Attachment.objects.count(), made.removed_at, lying(folder)) == (1, None, {made.stored_as})


def test_an_archived_record_keeps_its_files_for_its_own_people_and_takes_no_new_ones(record, people, signed_in):
    made = make.attachment(record)
    type(record).objects.filter(pk=record.pk).update(archived_at="2026-01-01T00:00Z")
    client = signed_in(people.analyst)
    assert take(client, f"{page_of(record)}{made.key}/") == 200
    assert client.post(page_of(record), {"file": upload()}).status_code == 403
    assert take(signed_in(people.viewer), f"{page_of(record)}{made.key}/") == 404


# The pages ---------------------------------------------------------------------------------------


def test_the_record_page_lists_its_files_with_their_number(record, people, signed_in):
    make.attachment(record, title="Minutes of June")
    make.attachment(record, name="plan.pdf")
    make.attachment(record, name="gone.pdf", removed_at="2026-01-01T00:00Z")
    response = signed_in(people.viewer).get(record.get_absolute_url())
    page = response.content.decode()
    assert [str(row) for row in response.context["files"]] == ["Minutes of June", "plan.pdf"]
    assert '<a href="#files">Files<span class="n">2</span></a>' in page
    assert "gone.pdf" not in page


def test_stored_names_are_inert_on_every_page(record, people, signed_in):
    bad = '"><script>alert(1)</script>'
    make.attachment(record, title=bad, name=f"{bad}.txt")
    client = signed_in(people.analyst)
    for address in (record.get_absolute_url(), page_of(record), f"{record.get_absolute_url()}history/"):
        assert "<script>alert" not in client.get(address).content.decode(), address


def test_fifty_files_cost_the_queries_of_one(record, people, signed_in, assert_same_queries):
    client = signed_in(people.analyst)
    assert_same_queries(lambda: make.attachment(record, uploaded_by=people.manager), lambda: client.get(page_of(record)))
