"""The pages of background work: one's own only, with and without a script."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from jobs import beside, work
from jobs.models import Job
from tests import make
from tests.walk import quiet

pytestmark = pytest.mark.django_db
EVERY_STATE = ["waiting", "running", "done", "failed", "cancelled"]


@pytest.fixture
def owner():
    return make.user()


@pytest.fixture
def client(owner, signed_in):
    return signed_in(owner)


@pytest.fixture
def file_of(doing, owner):
    """``file_of(hand_over)``: a done job of ``owner`` with the file "sheep" in it."""

    def build(hand_over=lambda job: None, **facts):
        def run(job, progress):
            job.path.write_text("sheep")
            job.keep_file("sheep.csv", handling="official", **facts)

        doing(run, hand_over=hand_over)
        job = work.start("test", owner=owner, title="Count sheep", payload={})
        work.run_now(job)
        job.refresh_from_db()
        return job

    return build


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("name", ["job", "file"])
def test_anothers_job_is_answered_like_one_that_is_not_there(name, file_of, signed_in):
    job = file_of()
    other = signed_in(make.user("administrator", clearance="restricted"))
    theirs, nobodys = (other.get(reverse(f"jobs:{name}", args=[key])) for key in (job.key, "zzzzzzzzzzzzzzzz"))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert quiet(body(theirs)) == quiet(body(nobodys))


@pytest.mark.parametrize("name", ["cancel", "repeat"])
def test_nobody_steers_anothers_job(name, file_of, signed_in):
    job = file_of()
    other = signed_in(make.user())
    assert other.post(reverse(f"jobs:{name}", args=[job.key])).status_code == 404
    assert Job.objects.count() == 1


def test_the_list_has_ones_own_jobs_newest_first(client, owner):
    make.job(title="Not mine")
    for number in range(3):
        make.job(owner=owner, title=f"Mine {number}")
    response = client.get("/jobs/")
    assert [str(job) for job in response.context["jobs"]] == ["Mine 2", "Mine 1", "Mine 0"]
    assert b"Not mine" not in response.content


def test_the_list_says_that_it_is_cut(client, owner, monkeypatch):
    monkeypatch.setattr("jobs.views.SHOWN", 2)
    for _number in range(2):
        make.job(owner=owner)
    assert b"The last 2 are shown" not in client.get("/jobs/").content
    make.job(owner=owner)
    response = client.get("/jobs/")
    assert len(response.context["jobs"]) == 2
    assert b"The last 2 are shown" in response.content


def test_the_list_costs_the_same_for_one_job_and_fifty(client, owner, assert_same_queries):
    assert_same_queries(lambda: make.job(owner=owner), lambda: client.get("/jobs/"), at_most=6)


@pytest.mark.parametrize("state", EVERY_STATE)
def test_each_state_has_its_page_and_only_an_unfinished_one_is_asked_for_again(state, client, owner):
    ended = None if state in {"waiting", "running"} else timezone.now()
    job = make.job(owner=owner, state=state, ended_at=ended, said="What came of it.")
    with beside.locked(job.key):
        page = client.get(job.get_absolute_url()).content.decode()
        parts = [client.get(f"{job.get_absolute_url()}?part={shown}") for shown in EVERY_STATE]
    unfinished = ended is None
    assert ("hx-get" in page, "Cancel it" in page, "Do it again" in page) == (unfinished, unfinished, not unfinished)
    assert ("What came of it." in page) == (not unfinished)
    assert [shown for shown, part in zip(EVERY_STATE, parts, strict=True) if "HX-Refresh" not in part] == [state]
    assert not any("<html" in part.content.decode() for part in parts)


def test_progress_is_shown_in_words_and_as_a_bar(client, owner):
    job = make.job(owner=owner, state="running")
    with beside.locked(job.key):
        beside.Progress(job.key)(1250, 5000, "Writing <b>rows</b>")
        page = client.get(job.get_absolute_url()).content.decode()
    assert "Writing &lt;b&gt;rows&lt;/b&gt;" in page
    assert 'value="25"' in page
    assert "1,250 of 5,000, 25 percent" in page


def test_a_page_shows_at_once_that_the_worker_died(client, owner):
    job = make.job(owner=owner, state="running")
    page = client.get(job.get_absolute_url()).content.decode()
    assert str(work.interrupted()) in page
    assert Job.objects.get().state == "failed"


def test_a_waiting_job_says_when_nobody_works(client, owner):
    job = make.job(owner=owner)
    assert b"nothing works in the background" in client.get(job.get_absolute_url()).content
    with beside.present_as_worker():
        assert b"It waits for its turn." in client.get(job.get_absolute_url()).content


def test_cancelling_and_repeating_are_buttons(client, file_of, owner):
    job = file_of()
    response = client.post(reverse("jobs:repeat", args=[job.key]))
    again = Job.objects.exclude(pk=job.pk).get()
    assert response["Location"] == again.get_absolute_url()
    assert client.post(reverse("jobs:repeat", args=[again.key]))["Location"] == again.get_absolute_url()  # it waits already
    client.post(reverse("jobs:cancel", args=[again.key]))
    client.post(reverse("jobs:cancel", args=[job.key]))  # too late
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == ["done", "cancelled"]
    assert client.get(reverse("jobs:cancel", args=[job.key])).status_code == 405


def test_too_many_jobs_are_refused_with_a_sentence(client, file_of, settings, owner):
    job = file_of()
    settings.JOBS_UNFINISHED_PER_PERSON = 0
    response = client.post(reverse("jobs:repeat", args=[job.key]), follow=True)
    assert "of your jobs are not finished yet" in response.content.decode()
    assert Job.objects.count() == 1


# The file ----------------------------------------------------------------------------------------


def test_the_file_is_handed_out_as_what_it_is_after_it_was_asked_whether_it_may(client, file_of):
    asked = []
    job = file_of(hand_over=asked.append)
    response = client.get(reverse("jobs:file", args=[job.key]))
    assert body(response) == b"sheep"
    assert asked == [job]
    assert {name: response[name] for name in ("Content-Type", "Content-Length", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Length": "5",
        "Content-Disposition": 'attachment; filename="sheep.csv"',
        "Cache-Control": "no-store",
    }


def test_a_file_that_is_not_right_any_more_is_refused_with_a_way_on(client, file_of):
    def refuse(job):
        raise PermissionDenied("A record in it is marked higher now.")

    job = file_of(hand_over=refuse)
    response = client.get(reverse("jobs:file", args=[job.key]))
    assert response.status_code == 403
    assert b"A record in it is marked higher now." in response.content
    assert reverse("jobs:repeat", args=[job.key]).encode() in response.content


def test_an_expired_file_is_gone(client, file_of):
    job = file_of()
    assert 6.9 < (job.expires_at - timezone.now()) / timedelta(days=1) <= 7
    Job.objects.update(expires_at=timezone.now())
    assert client.get(reverse("jobs:file", args=[job.key])).status_code == 410
    page = client.get(job.get_absolute_url()).content.decode()
    assert "not kept any more" in page
    assert "Download" not in page


def test_a_file_that_somebody_removed_is_gone(client, file_of):
    job = file_of()
    job.path.unlink()
    assert client.get(reverse("jobs:file", args=[job.key])).status_code == 410


def test_nobody_but_the_owner_may_look_into_the_folder(file_of):
    job = file_of()
    assert {path.stat().st_mode & 0o077 for path in (beside.jobs_folder(), job.folder)} == {0}


def test_the_page_is_marked_as_its_file(client, file_of):
    job = file_of()
    assert "official" in client.get(job.get_absolute_url()).content.decode().split("</header>")[0].lower()


def test_the_admin_shows_the_queue_and_nothing_of_what_it_is_about(signed_in, file_of):
    file_of()
    admin = signed_in(make.user("administrator"))
    page = admin.get("/admin/jobs/job/").content.decode()
    assert "sheep" not in page
    assert "test" in page
    assert admin.get("/admin/django_tasks_database/dbtaskresult/").status_code == 404
    manager = signed_in(make.user("manager"))
    assert manager.get("/admin/jobs/job/").status_code == 403


def test_the_machine_that_watches_is_told_whether_a_worker_runs(client):
    assert client.get("/readyz").content == b"ready\nno worker runs: background work waits\n"
    with beside.present_as_worker():
        assert client.get("/readyz").content == b"ready\na worker runs\n"
