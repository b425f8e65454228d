"""A file too long to wait for: made by a worker with the asker's rights, handed out only while all in it may still be seen."""

import csv
import hashlib
import io
import json

import pytest
from django.urls import reverse

from catalog.models import Country
from engagements.export import background, making, other_formats
from engagements.export.layouts import LAYOUTS
from engagements.models import Engagement
from history.models import Access
from jobs import work
from jobs.models import Job
from tests import make
from tests.engagements.test_export_formats import sheet

pytestmark = pytest.mark.django_db
URL = "/engagements/export/"


@pytest.fixture(autouse=True)
def every_file_is_long(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.EXPORT_DIRECT_ROWS = {"csv": 1, "json": 1, "xlsx": 0}


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def made(signed_in):
    """``made(user, query, reason)``: the finished job behind a long file, asked for as on the page."""

    def ask(user, query="", reason="") -> Job:
        response = signed_in(user).post(f"{URL}?{query}", {"reason": reason})
        assert response.status_code == 302, response.content[:500]
        job = Job.objects.latest("pk")
        assert response["Location"] == job.get_absolute_url()
        work.run_now(job)
        job.refresh_from_db()
        return job

    return ask


def fetch(signed_in, user, job):
    return signed_in(user).get(reverse("jobs:file", args=[job.key]))


def test_a_short_file_comes_at_once_and_a_long_one_is_offered_as_a_job(people, signed_in):
    client = signed_in(people.viewer)
    make.engagement()
    assert body(client.get(URL)).count(b"\r\n") == 2
    assert client.get(URL, {"format": "xlsx"}).status_code == 409
    make.engagement()
    offered = client.get(URL)
    assert offered.status_code == 409
    assert "2 rows, too many to wait for" in offered.content.decode()
    assert Job.objects.count() == 0  # nothing begins by looking
    assert Access.objects.count() == 1  # the short one
    assert client.post(URL)["Location"] == Job.objects.get().get_absolute_url()


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_rows_are_counted_as_they_are_written(layout, seeded):
    visible = Engagement.objects.visible_to(make.user(clearance="official"))
    rows = visible.with_parties(countries=[Country.objects.get(code="KEN")])
    target = io.BytesIO()
    count = making.write_csv(target, LAYOUTS[layout], rows, visible=visible)
    assert making.number_of_rows(LAYOUTS[layout], rows, visible) == count > 0


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_the_file_of_a_worker_is_the_file_of_the_page(file_format, people, made, signed_in, settings):
    for _number in range(3):
        make.engagement(handling="official", kind="exercise")
    make.engagement(handling="restricted", kind="exercise")
    make.engagement()
    query = f"kind=exercise&format={file_format}"
    job = made(people.analyst, query)
    assert (job.state, job.said, job.file_handling) == ("done", "3 rows.", "official")
    written = fetch(signed_in, people.analyst, job)
    settings.EXPORT_DIRECT_ROWS = dict.fromkeys(settings.EXPORT_DIRECT_ROWS, 100)
    direct = signed_in(people.analyst).get(f"{URL}?{query}")
    for header in ("Content-Type", "Content-Disposition"):
        assert written[header] == direct[header]
    one, other = body(written), body(direct)
    if file_format == "csv":
        assert one == other
    elif file_format == "json":
        assert json.loads(one)["rows"] == json.loads(other)["rows"]
    else:
        assert sheet(one) == sheet(other)
    logs = list(Access.objects.order_by("pk").values("actor", "what", "handling", "filter", "layout", "rows", "reason"))
    assert logs[0] == logs[1]
    assert logs[0]["rows"] == 3


def test_each_download_is_logged_with_the_checksum_of_what_was_sent(people, made, signed_in):
    for _number in range(2):
        make.engagement()
    job = made(people.viewer)
    assert Access.objects.count() == 0
    sent = [body(fetch(signed_in, people.viewer, job)) for _number in range(2)]
    assert set(Access.objects.values_list("sha256", flat=True)) == {hashlib.sha256(sent[0]).hexdigest()}
    assert Access.objects.count() == 2


def test_restricted_rows_need_a_reason_first(people, made, signed_in):
    for _number in range(2):
        make.engagement(handling="restricted", team=people.team)
    client = signed_in(people.manager)
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"reason": " "}).status_code == 403
    assert Job.objects.count() == 0
    job = made(people.manager, reason="Briefing")
    assert job.file_name.endswith("-restricted.csv")
    assert body(fetch(signed_in, people.manager, job))
    assert Access.objects.get().reason == "Briefing"


def test_rows_that_became_restricted_before_it_ran_are_not_written_without_a_reason(people, signed_in):
    rows = [make.engagement(handling="official", team=people.team) for _number in range(2)]
    signed_in(people.manager).post(URL)
    Engagement.objects.filter(pk=rows[0].pk).update(handling="restricted")
    job = Job.objects.get()
    work.run_now(job)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "restricted records by now" in job.said


def test_the_rows_are_those_of_the_moment_it_runs(people, signed_in):
    rows = [make.engagement(handling="official") for _number in range(2)]
    make.engagement()
    signed_in(people.analyst).post(URL)
    people.analyst.clearance = "public"
    people.analyst.save()
    job = Job.objects.get()
    work.run_now(job)
    content = Job.objects.get().path.read_text()
    assert len(list(csv.reader(io.StringIO(content)))) == 2
    assert not any(row.reference in content for row in rows)


LOSSES = {
    "the clearance": lambda people, row: type(people.analyst).objects.filter(pk=people.analyst.pk).update(clearance="public"),
    "a record marked restricted": lambda people, row: Engagement.objects.filter(pk=row.pk).update(handling="restricted"),
    "a record back in review": lambda people, row: Engagement.objects.filter(pk=row.pk).update(review_state="returned"),
    "a record that is gone": lambda people, row: Engagement.objects.filter(pk=row.pk).delete(),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_file_is_refused_once_something_in_it_may_not_be_seen_any_more(loss, people, made, signed_in):
    rows = [make.engagement(handling="official", team=make.team()) for _number in range(2)]
    job = made(people.analyst)
    assert body(fetch(signed_in, people.analyst, job))
    LOSSES[loss](people, rows[0])
    refused = fetch(signed_in, people.analyst, job)
    assert refused.status_code == 403
    assert "is marked higher now, or is not yours to see any more" in refused.content.decode()
    assert Access.objects.count() == 1


def test_a_higher_mark_is_enough_though_the_person_still_sees_the_record(people, made, signed_in):
    rows = [make.engagement(handling="public", team=people.team) for _number in range(2)]
    job = made(people.manager)
    Engagement.objects.filter(pk=rows[0].pk).update(handling="official")
    assert fetch(signed_in, people.manager, job).status_code == 403


def test_a_record_that_the_file_only_names_counts_too(people, made, signed_in):
    larger, before, after = (make.engagement(kind="training") for _number in range(3))
    rows = [make.engagement(parent=larger), make.engagement(), make.engagement()]
    rows[1].predecessors.add(before)
    make.outcome(rows[2], linked_engagement=after)
    assert {
        (pk, handling)
        for handling, pks in making.records_in(
            LAYOUTS["engagements"], Engagement.objects.filter(kind="engagement"), Engagement.objects.visible_to(people.viewer)
        ).items()
        for pk in pks
    } == {(row.pk, "public") for row in [larger, before, after, *rows]}
    job = made(people.viewer, "kind=engagement")
    assert body(fetch(signed_in, people.viewer, job))
    Engagement.objects.filter(pk=before.pk).update(handling="official")
    assert fetch(signed_in, people.viewer, job).status_code == 403


def test_many_records_are_asked_about_in_parts(people, monkeypatch):
    monkeypatch.setattr(background, "AT_ONCE", 2)
    pks = [make.engagement().pk for _number in range(5)]
    assert background.may_still_see(people.viewer, {"public": pks})
    assert not background.may_still_see(people.viewer, {"public": [*pks, 0]})


def test_a_filter_that_is_not_right_any_more_ends_the_job_with_its_sentence(people):
    job = work.start("export", owner=people.viewer, title="Engagements", payload={"query": "country=ZZZ", "reason": ""})
    work.run_now(job)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "ZZZ" in job.said


def test_a_cell_too_long_for_a_spreadsheet_is_told_and_no_file_kept(people, made, monkeypatch):
    make.engagement()
    monkeypatch.setattr(other_formats, "MOST_LETTERS", 3)
    job = made(people.viewer, "format=xlsx")
    assert (job.state, job.file_name) == ("failed", "")
    assert "Take CSV" in job.said


def test_it_can_be_stopped_between_two_rows(people, made, monkeypatch):
    for _number in range(2):
        make.engagement()

    def stop(self, *_reached):
        work.cancel(Job.objects.get())
        self.look()

    monkeypatch.setattr(work.Progress, "__call__", stop)
    job = made(people.viewer)
    assert (job.state, job.file_name, job.path.exists()) == ("cancelled", "", False)
