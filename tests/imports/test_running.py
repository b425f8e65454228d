"""Imports behind the pages: asked for once, cancelled, killed, repeated."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from engagements.models import Engagement
from imports import running
from imports.choices import State
from imports.models import Batch, Line
from jobs import work
from jobs.models import Job
from tests import make
from tests.imports.batches import batch, catalog, check, checked

TALKS = "title,party\n" + "".join(f"Talks {number},Poland\n" for number in range(30))
pytestmark = pytest.mark.django_db


@pytest.fixture
def made(people):
    catalog()
    return batch(people.analyst, TALKS)


def done(job: Job) -> Job:
    work.run_now(job)
    job.refresh_from_db()
    return job


def again(made: Batch) -> Batch:
    return Batch.objects.get(pk=made.pk)


def test_check_writing_and_undo_are_jobs_of_who_asked(people, made):
    job = done(running.ask_check(made, people.analyst))
    assert (job.state, job.said) == ("done", "Checked: 30 new records, 0 to change, 0 on record already.")
    made = again(made)
    assert (made.state, made.job_key, Engagement.objects.count()) == (State.CHECKED, job.key, 0)
    assert done(running.ask_commit(made, people.analyst)).said == "30 new records, 0 changed, 0 on record already."
    assert Engagement.objects.count() == 30
    made = again(made)
    assert done(running.ask_undo(made, people.analyst)).said == "Taken back."
    assert Engagement.objects.count() == 0
    assert again(made).state == State.UNDONE


def test_asking_twice_writes_once(people, made):
    check(made)
    other = again(made)
    job = running.ask_commit(made, people.analyst)
    with pytest.raises(ValidationError, match="being written just now"):
        running.ask_commit(other, people.analyst)
    with pytest.raises(ValidationError):
        running.ask_check(again(made), people.analyst)
    done(job)
    assert Engagement.objects.count() == 30
    assert Job.objects.count() == 1


def test_nobody_writes_what_another_brought_in(people, made):
    check(made)
    with pytest.raises(PermissionDenied):
        running.ask_commit(made, people.manager)
    assert again(made).state == State.CHECKED


def test_a_writing_that_is_cancelled_keeps_nothing_and_can_be_repeated(people, made):
    check(made)
    job = running.ask_commit(made, people.analyst)

    def cancel(*_args, **_more):
        raise work.Cancelled

    with pytest.raises(work.Cancelled):
        running.carry_out(made, running.COMMIT, people.analyst, cancel)
    work.cancel(job)
    assert (again(made).state, Engagement.objects.count()) == (State.CANCELLED, 0)
    assert done(running.ask_commit(again(made), people.analyst)).state == "done"
    assert Engagement.objects.count() == 30


def test_a_file_that_can_not_be_read_says_why(people, made):
    from imports import uploads

    uploads.path_of(made.upload).write_bytes(b"title,party\n\xff\xfe,Poland\n")
    job = done(running.ask_check(made, people.analyst))
    assert (job.state, again(made).state) == ("failed", State.FAILED)
    assert again(made).said == job.said != ""


def test_a_file_that_is_no_longer_the_one_that_was_sent_is_refused(people, made):
    from imports import uploads

    uploads.path_of(made.upload).write_text("title,party\nOther talks,Poland\n")
    assert "not the one" in done(running.ask_check(made, people.analyst)).said
    assert Line.objects.count() == 0


def test_the_batch_says_so_when_its_job_never_began(people, made):
    running.ask_check(made, people.analyst)
    Job.objects.update(state="failed", said="Stopped.", ended_at=made.created_at)
    made = again(made)
    running.settle(made)
    assert (made.state, made.said) == (State.FAILED, "Stopped.")


def test_who_lost_the_right_meanwhile_writes_nothing(people, made):
    check(made)
    job = running.ask_commit(made, people.analyst)
    type(people.analyst).objects.filter(pk=people.analyst.pk).update(role="viewer")
    assert done(job).state == "failed"
    assert Engagement.objects.count() == 0


# Killed -------------------------------------------------------------------------------------------

WORKER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.db import connections
from django.conf import settings
connections["default"].settings_dict["NAME"] = sys.argv[1]
from jobs import work
from jobs.models import Job
from imports import {module}
wrote = {module}.{name}
def slowly(*args, **more):
    wrote(*args, **more)
    print("written", flush=True)
    import time
    time.sleep(60)
{module}.{name} = slowly
work.run_now(Job.objects.get(key=sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("module", "name"), [("checking", "_read"), ("committing", "lock"), ("committing", "_write")])
def test_a_worker_that_is_killed_leaves_nothing_and_the_batch_can_be_repeated(people, module, name):
    catalog()
    made = batch(people.analyst, TALKS) if module == "checking" else checked(people.analyst, TALKS)
    ask = running.ask_check if module == "checking" else running.ask_commit
    job = ask(made, people.analyst)
    program = WORKER.format(module=module, name=name)
    command = [sys.executable, "-c", program, connection.settings_dict["NAME"], job.key]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
        assert process.stdout.readline() == "written\n"
        os.kill(process.pid, signal.SIGKILL)
    made = again(made)
    for _try in range(600):
        running.settle(made)
        if made.state == State.FAILED:
            break
        time.sleep(0.1)
    assert (made.state, Engagement.objects.count()) == (State.FAILED, 0)
    assert made.said.startswith("The program was stopped")
    job.refresh_from_db()
    assert job.state == "failed"
    if module == "checking":
        assert done(running.ask_check(made, people.analyst)).state == "done"
        made = again(made)
    else:
        done(work.repeat(job))
        assert Engagement.objects.count() == 30
        return
    assert done(running.ask_commit(made, people.analyst)).state == "done"
    assert Engagement.objects.count() == 30


def test_another_person_sees_nothing_of_a_batch(people, made):
    stranger = make.user("manager", clearance="restricted", teams=[make.team()])
    seen = {person: Batch.objects.readable_by(person).count() for person in (people.analyst, people.manager, people.viewer, stranger)}
    assert seen == {people.analyst: 1, people.manager: 1, people.viewer: 0, stranger: 0}
