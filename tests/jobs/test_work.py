"""A job runs once, as its owner, ends in a state and a sentence, and keeps nothing where it fails."""

import datetime as dt
import os
import threading
import time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django_tasks_db.models import DBTaskResult

from accounts.models import Team
from catalog.models import Country
from history.models import Change
from jobs import beside, sweeping, work
from jobs.models import Job
from tests import make

pytestmark = pytest.mark.django_db


def started(**fields) -> Job:
    return work.start("test", **({"owner": make.user(), "title": "Count sheep", "payload": {"sheep": 3}} | fields))


def states() -> list[str]:
    return list(Job.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_was_started_once_and_says_what_came_of_it(doing):
    seen = []
    doing(lambda job, progress: seen.append(job.payload) or "Three sheep.")
    job = started()
    assert (states(), seen) == (["waiting"], [])
    call_command("db_worker", "--batch", "--no-startup-delay")
    call_command("db_worker", "--batch", "--no-startup-delay")
    job.refresh_from_db()
    assert (seen, job.state, job.said) == ([{"sheep": 3}], "done", "Three sheep.")
    assert [job.created_at <= job.started_at <= job.ended_at, job.file_name, job.has_file] == [True, "", False]
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_what_a_rolled_back_request_started_is_in_no_queue(doing):
    doing(lambda job, progress: None)
    owner = make.user()
    with transaction.atomic():
        started(owner=owner)
        transaction.set_rollback(True)
    assert (states(), DBTaskResult.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        (ValidationError("The sheep are gone."), "failed", "The sheep are gone."),
        (PermissionDenied("Not your sheep."), "failed", "Not your sheep."),
        (work.Cancelled(), "cancelled", "Cancelled. Nothing of it was kept."),
        (
            RuntimeError("password=wolf"), "failed",
            "Something went wrong inside the program. You can start it again.",
        ),
    ],
)  # fmt: skip
def test_a_fault_ends_the_job_with_a_sentence_that_tells_nothing_of_the_inside(doing, fault, state, said):
    def run(job, progress):
        job.path.write_text("half of it")
        raise fault

    doing(run)
    job = started()
    work.run_now(job)
    job.refresh_from_db()
    assert (job.state, job.said) == (state, said)
    assert list(beside.jobs_folder().iterdir()) == []


def test_what_stops_the_process_is_told_and_still_stops_it(doing):
    def run(job, progress):
        raise SystemExit(1)

    doing(run)
    job = started()
    with pytest.raises(SystemExit):
        work.run_now(job)
    job.refresh_from_db()
    assert (job.state, job.said) == ("failed", str(work.interrupted()))


def test_a_job_runs_as_its_owner_and_the_history_says_so(doing):
    def run(job, progress):
        Team.objects.create(code="sheep", name="Sheep")

    doing(run, door="import")
    owner = make.user()
    work.run_now(started(owner=owner))
    change = Change.objects.get(table="accounts_team", operation="added")
    assert (change.actor, change.door, change.reason) == (owner.pk, "import", "Count sheep")


def test_a_job_named_like_a_door_enters_by_it(doing):
    doing(lambda job, progress: None)
    assert work.KINDS["test"].door == "page"
    kept = work.KINDS.get("command")
    work.kind("command", title="Command")(lambda job, progress: None)
    assert work.KINDS.pop("command").door == "command"
    assert kept is None


def test_rights_are_those_of_the_moment_it_runs(doing):
    seen = []
    doing(lambda job, progress: seen.append(job.owner.clearance))
    owner = make.user("viewer", clearance="official")
    first, second = started(owner=owner), started(owner=owner)
    owner.clearance = "public"
    owner.save()
    work.run_now(first)
    owner.is_active = False
    owner.save()
    work.run_now(second)
    second.refresh_from_db()
    assert (seen, second.state, second.said) == (["public"], "failed", "The account of the person who asked for it is closed.")


def test_a_finished_job_does_not_run_again_but_can_be_repeated(doing):
    seen = []
    doing(lambda job, progress: seen.append(job.key))
    job = started()
    for _time in range(2):
        work.run_now(job)
    again = work.repeat(job)
    work.run_now(again)
    assert seen == [job.key, again.key]
    assert (again.title, again.payload, again.owner) == (job.title, job.payload, job.owner)


def test_progress_is_seen_from_outside_a_transaction_that_goes_on(doing):
    seen = []

    def run(job, progress):
        with transaction.atomic():
            progress(1, 4, "Counting")
            seen.append(job.progress())
            progress.looked = 0
            progress(3)
            seen.append(job.progress())

    doing(run)
    work.run_now(started())
    assert [(each.done, each.total, each.sentence, each.percent) for each in seen] == [(1, 4, "Counting", 25), (3, 4, "Counting", 75)]


def test_without_a_total_there_is_no_percentage_and_never_more_than_all():
    assert [beside.Reached(5, 0).percent, beside.Reached(9, 4).percent, beside.reached("unknown")] == [None, 100, beside.Reached()]


def test_a_waiting_job_is_cancelled_at_once(doing):
    seen = []
    doing(lambda job, progress: seen.append(job))
    job = started()
    work.cancel(job)
    work.run_job.call(job.key)  # as the worker does
    job.refresh_from_db()
    assert (job.state, seen) == ("cancelled", [])


def test_a_running_job_is_cancelled_at_its_next_step_and_writes_nothing(doing):
    def run(job, progress):
        with transaction.atomic():
            make.country("QZQ")
            work.cancel(Job.objects.get(pk=job.pk))
            progress.look()

    doing(run)
    job = started()
    work.run_now(job)
    job.refresh_from_db()
    assert (job.state, job.said) == ("cancelled", "Cancelled. Nothing of it was kept.")
    assert not Country.objects.filter(code="QZQ").exists()


def test_one_person_can_not_fill_the_queue(doing, settings):
    settings.JOBS_UNFINISHED_PER_PERSON = 2
    doing(lambda job, progress: None)
    owner = make.user()
    first = started(owner=owner)
    started(owner=owner)
    with pytest.raises(ValidationError, match="2 of your jobs are not finished yet"):
        started(owner=owner)
    started()  # somebody else
    work.run_now(first)
    started(owner=owner)


def test_a_kind_that_the_program_forgot_ends_with_a_sentence(doing):
    doing(lambda job, progress: None)
    job = started()
    work.KINDS.pop("test")
    work.run_now(job)
    job.refresh_from_db()
    assert (job.state, job.said) == ("failed", "The program does not know this kind of job any more.")
    with pytest.raises(ValueError):
        started()


# Sweeping ----------------------------------------------------------------------------------------


def test_only_a_job_that_nobody_does_any_more_is_ended():
    alive, dead = (make.job(state="running") for _number in range(2))
    with beside.locked(alive.key):
        assert sweeping.end_dead() == 1
    assert [Job.objects.get(pk=job.pk).state for job in (alive, dead)] == ["running", "failed"]
    assert Job.objects.get(pk=dead.pk).said == str(work.interrupted())


def test_a_job_that_its_worker_took_and_never_began_is_ended(doing):
    doing(lambda job, progress: None)
    fresh, stuck, queued = started(), started(), started()
    now = fresh.created_at
    DBTaskResult.objects.filter(pk=fresh.task).update(status="RUNNING", started_at=now)
    DBTaskResult.objects.filter(pk=stuck.task).update(status="RUNNING", started_at=now - dt.timedelta(days=365))
    assert sweeping.end_dead() == 1
    assert [Job.objects.get(pk=job.pk).state for job in (fresh, stuck, queued)] == ["waiting", "failed", "waiting"]


def test_sweeping_removes_what_expired_and_what_belongs_to_no_job(doing, settings):
    def run(job, progress):
        job.path.write_text("sheep")
        job.keep_file("sheep.csv", handling="public")

    doing(run)
    kept, expired = started(), started()
    for job in (kept, expired):
        work.run_now(job)
        job.refresh_from_db()
    assert [kept.has_file, expired.has_file] == [True, True]
    Job.objects.filter(pk=expired.pk).update(expires_at=expired.created_at)
    stray, young = beside.folder_of("stray"), beside.folder_of("young")
    long_ago = time.time() - 2 * sweeping.STRAY_AFTER
    os.utime(stray, (long_ago, long_ago))
    sweeping.sweep()
    expired.refresh_from_db()
    assert [kept.has_file, expired.has_file] == [True, False]
    assert {path.name for path in beside.jobs_folder().iterdir()} == {kept.key, young.name}


def test_after_a_restore_nothing_of_before_goes_on(doing):
    doing(lambda job, progress: None)
    waiting, running = started(), started()
    Job.objects.filter(pk=running.pk).update(state="running")
    sweeping.after_restore()
    assert states() == ["failed", "failed"]
    assert DBTaskResult.objects.count() == 0
    assert "restored" in Job.objects.get(pk=waiting.pk).said


def test_whether_a_worker_is_there_is_known():
    assert not beside.has_worker()
    with beside.present_as_worker():
        assert beside.has_worker()
    (beside.jobs_folder() / beside.WORKERS / "99999").touch()  # of one that was killed
    assert not beside.has_worker()
    assert list((beside.jobs_folder() / beside.WORKERS).iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_do_one_job_twice(doing):
    seen, inside = [], threading.Event()

    def run(job, progress):
        seen.append(job.key)
        inside.wait(60)

    doing(run)
    job = started()

    def work_on():
        try:
            work.run_now(Job.objects.get(pk=job.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work_on) for _number in range(2)]
    threads[0].start()
    while not seen:
        assert threads[0].is_alive()
        time.sleep(0.01)
    threads[1].start()
    threads[1].join()
    inside.set()
    threads[0].join()
    assert seen == [job.key]
    assert states() == ["done"]
