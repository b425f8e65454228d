"""Who read a restricted record and who took a file out: written down first, never changed, shown to nobody who may not know."""

import hashlib
import io
import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.choices import Handling
from history import access
from history.models import Access, Change, Reading
from tests import make

pytestmark = pytest.mark.django_db
URL = "/engagements/export/"


def logged(**conditions):
    return list(Access.objects.filter(**conditions).order_by("pk").values_list("what", "actor_name", "reference", "handling"))


@pytest.fixture
def record(people):
    return make.engagement(title="Zanzibar talks", handling="restricted", team=people.team, summary="Zanzibar")


# Reads ----------------------------------------------------------------------------------------------


PAGES = ["", "edit/", "close-out/", "history/", "handling/", "archive/", "attachments/", "comments/"]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_of_a_restricted_record_is_one_row(page, record, people, signed_in):
    assert signed_in(people.manager).get(record.get_absolute_url() + page).status_code == 200
    assert logged() == [("record", "Manager", record.reference, "restricted")]


def test_a_brief_is_one_row_with_its_checksum(record, people, signed_in):
    response = signed_in(people.manager).get(record.get_absolute_url() + "brief/")
    row = Access.objects.get()
    assert (row.what, row.engagement, row.rows, row.layout) == ("brief", record.pk, 1, "brief.html")
    assert row.sha256 == hashlib.sha256(response.content).hexdigest()


def test_a_file_of_a_restricted_record_is_logged_without_its_name(record, people, signed_in):
    attached = make.attachment(record, name="Zanzibar.txt")
    response = signed_in(people.manager).get(f"{record.get_absolute_url()}attachments/{attached.key}/")
    assert b"".join(response.streaming_content)
    row = Access.objects.get(what=Reading.ATTACHMENT)
    assert (row.reference, row.sha256) == (record.reference, attached.sha256)


def test_the_admin_logs_as_the_page_does(record, people, signed_in):
    outcome = make.outcome(record)
    client = signed_in(people.manager)
    client.get(f"/admin/engagements/engagement/{record.pk}/change/")
    client.get(f"/admin/engagements/outcome/{outcome.pk}/change/")
    assert logged() == [("record", "Manager", record.reference, "restricted")] * 2


@pytest.mark.parametrize("handling", ["public", "official"])
def test_what_is_less_than_restricted_is_read_without_a_row(handling, people, signed_in):
    record = make.engagement(handling=handling, team=people.team)
    for page in PAGES:
        signed_in(people.manager).get(record.get_absolute_url() + page)
    assert logged() == []


def test_who_is_refused_leaves_no_row(record, people, signed_in):
    for page in [*PAGES, "brief/"]:
        assert signed_in(people.analyst).get(record.get_absolute_url() + page).status_code == 404
    assert logged() == []


def test_where_the_log_can_not_be_written_nothing_is_read(record, people, signed_in, monkeypatch):
    attached = make.attachment(record)

    def broken(**_fields):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(access.Access.objects, "create", broken)
    client = signed_in(people.manager, raise_request_exception=False)
    for page in [*PAGES, "brief/", f"attachments/{attached.key}/"]:
        response = client.get(record.get_absolute_url() + page)
        assert response.status_code >= 500, page
        assert b"Zanzibar" not in response.content
    response = client.post(URL, {"reason": "The meeting."})
    assert response.status_code >= 500
    assert b"Zanzibar" not in response.content


def test_a_read_costs_one_statement_more(record, people, signed_in, django_assert_num_queries):
    fresh = type(people.manager).objects.get(pk=people.manager.pk)
    with django_assert_num_queries(1):
        access.log(Reading.RECORD, actor=fresh, engagement=record)


# Files ------------------------------------------------------------------------------------------------


def test_every_export_is_logged_with_filter_rows_marking_and_checksum(people, signed_in):
    make.outcome(make.engagement(handling="official", kind="exercise"))
    make.engagement(handling="public")
    response = signed_in(people.analyst).get(URL + "?layout=outcomes&kind=exercise")
    text = b"".join(response.streaming_content)
    row = Access.objects.get()
    assert (row.what, row.actor, row.layout, row.rows, row.handling) == ("export", people.analyst.pk, "outcomes.csv", 1, "official")
    assert row.filter == "layout=outcomes&kind=exercise"
    assert row.sha256 == hashlib.sha256(text).hexdigest()
    assert (row.engagement, row.reference) == (None, "")


def test_a_file_with_restricted_rows_asks_for_a_reason_first(record, people, signed_in):
    client = signed_in(people.manager)
    address = URL + "?q=Zanzibar"
    for ask in (client.get, client.post):
        response = ask(address)
        assert response.status_code == 403
        assert "Why do you take this file?" in response.content.decode()
        assert record.reference not in response.content.decode()
    assert logged() == []
    response = client.post(address, {"reason": "The meeting of the fifth."})
    assert record.reference.encode() in b"".join(response.streaming_content)
    row = Access.objects.get()
    assert (row.reason, row.handling, row.rows) == ("The meeting of the fifth.", "restricted", 1)


def test_the_page_of_the_reason_learns_that_the_file_began(record, people, signed_in):
    client = signed_in(people.manager)
    page = client.get(f"{URL}?kind=engagement")
    assert '<a class="btn" data-back href="/engagements/?kind=engagement">' in page.content.decode()
    b"".join(client.post(URL, {"reason": "The meeting.", "began": "4711"}).streaming_content)
    assert client.cookies["download_began"].value == "4711"
    b"".join(client.post(URL, {"reason": "The meeting.", "began": "no; mark"}).streaming_content)
    assert client.cookies["download_began"].value == "4711"
    assert client.post(URL, {"reason": "", "began": "4712"}).status_code == 403
    assert client.cookies["download_began"].value == "4711"


def test_a_file_without_restricted_rows_needs_no_reason(record, people, signed_in):
    response = signed_in(people.manager).get(URL + "?handling=public")
    assert b"".join(response.streaming_content)
    assert response.status_code == 200


def test_the_longest_filter_is_kept_whole(people, signed_in):
    query = "&".join(["kind=exercise"] * 90 + ["status=completed"] * 90)
    b"".join(signed_in(people.viewer).get(f"{URL}?{query}").streaming_content)
    assert Access.objects.get().filter == query


def test_the_command_is_logged_as_what_it_is(record, people, tmp_path):
    path = tmp_path / "all.csv"
    call_command("export_records", everything=True, output=path, reason="A copy for the court.", stderr=io.StringIO())
    call_command("export_records", username="viewer", query="kind=exercise", stdout=io.StringIO(newline=""), stderr=io.StringIO())
    rows = list(Access.objects.order_by("pk").values_list("actor", "actor_name", "handling", "filter", "rows", "reason"))
    assert rows == [
        (None, "export_records --everything", "restricted", "", 1, "A copy for the court."),
        (None, "export_records --as viewer", "public", "kind=exercise", 0, ""),
    ]
    assert Access.objects.earliest("pk").sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_command_that_can_not_log_leaves_no_file(record, tmp_path, monkeypatch):
    def broken(**_fields):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(access.Access.objects, "create", broken)
    with pytest.raises(Exception, match="disk is full"):
        call_command("export_records", everything=True, output=tmp_path / "all.csv", stderr=io.StringIO())
    assert list(tmp_path.iterdir()) == []


# The log itself -----------------------------------------------------------------------------------------


def test_no_content_is_in_it(record, people, signed_in):
    client = signed_in(people.manager)
    for page in [*PAGES, "brief/"]:
        client.get(record.get_absolute_url() + page)
    b"".join(client.post(URL, {"reason": "The meeting."}).streaming_content)
    everything = " ".join(str(value) for row in Access.objects.values() for value in row.values())
    assert "Zanzibar" not in everything


@pytest.mark.parametrize("what", ["UPDATE history_access SET reason = 'x'", "DELETE FROM history_access"])
def test_it_is_only_added_to(what, record, people):
    access.log(Reading.RECORD, actor=people.manager, engagement=record)
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(what)
    assert len(logged()) == 1


# Who reads the log --------------------------------------------------------------------------------------


LOGS = ["/admin/history/access/", "/admin/history/change/"]


@pytest.mark.parametrize(
    ("who", "allowed"), [("viewer", False), ("analyst", False), ("steward", False), ("manager", True), ("administrator", True)]
)
def test_administrators_and_managers_read_the_logs(who, allowed, people, signed_in):
    client = signed_in(getattr(people, who))
    assert {client.get(page).status_code == 200 for page in LOGS} == {allowed}


@pytest.mark.parametrize("who", ["manager", "administrator"])
def test_nobody_adds_changes_or_removes_a_row_or_opens_one(who, record, people, signed_in):
    access.log(Reading.EXPORT, actor=people.manager, layout="engagements.csv")
    client = signed_in(getattr(people, who))
    for page, row in zip(LOGS, [Access.objects.first(), Change.objects.first()], strict=True):
        for action in ("add/", f"{row.pk}/delete/", f"{row.pk}/change/", f"{row.pk}/history/"):
            assert client.get(page + action).status_code in {403, 404}
            assert client.post(page + action, {"post": "yes"}).status_code in {403, 404}
        assert f"{row.pk}/change" not in client.get(page).content.decode()


def text_of(client, page):
    """The list and what stands below it, without the token that is another each time."""
    response = client.get(page)
    assert response.status_code == 200
    content = response.content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", content[content.index('id="changelist"') :])


@pytest.mark.parametrize("page", LOGS)
def test_a_hidden_record_read_and_changed_leaves_the_logs_of_an_administrator_as_they_were(page, people, signed_in):
    make.outcome(make.engagement(team=people.team))
    administrator, manager = signed_in(people.administrator), signed_in(people.manager)
    b"".join(manager.get(URL + "?handling=public").streaming_content)
    before = text_of(administrator, page)
    hidden = make.engagement(title="Zanzibar talks", handling="restricted", team=people.team)
    make.outcome(hidden)
    make.handling_request(hidden, asked_by=people.analyst, release_to=[people.team])
    manager.get(hidden.get_absolute_url())
    manager.get(hidden.get_absolute_url() + "brief/")
    assert text_of(administrator, page) == before
    assert hidden.reference in manager.get(page).content.decode()


def test_a_file_with_restricted_rows_looks_to_an_administrator_like_any_other(people, signed_in):
    """Who, when and which layout; not what the filter found, for that tells of hidden records."""
    administrator, manager = signed_in(people.administrator), signed_in(people.manager)
    make.engagement(handling="restricted", team=people.team)
    b"".join(manager.post(URL, {"reason": "Zanzibar meeting"}).streaming_content)
    row = Access.objects.get()
    page = text_of(administrator, LOGS[0])
    assert "engagements.csv" in page
    for hidden in ("Zanzibar", str(Handling.RESTRICTED.label), row.sha256[:16]):
        assert hidden not in page
    assert re.findall(r'class="field-row_count">(.*?)</td>', page) == ["-"]
    own = text_of(manager, LOGS[0])
    assert "Zanzibar meeting" in own
    assert row.sha256[:16] in own


def test_a_manager_reads_of_files_what_people_of_the_own_teams_took(people, signed_in):
    stranger = make.user("manager", username="stranger", clearance="restricted", teams=[make.team()])
    for person in (stranger, people.analyst):
        access.log(Reading.EXPORT, actor=person, layout="engagements.csv", handling="public", rows=7654)
    page = text_of(signed_in(people.manager), LOGS[0])
    assert "Stranger" not in page
    assert "Analyst" in page
    assert "7654" in page.replace(",", "")


@pytest.mark.parametrize("page", LOGS)
def test_a_log_costs_the_same_for_one_row_and_fifty(page, people, signed_in, assert_same_queries):
    client = signed_in(people.manager)

    def add():
        record = make.engagement(handling="restricted", team=people.team)
        access.log(Reading.RECORD, actor=people.manager, engagement=record)

    assert_same_queries(add, lambda: client.get(page))
