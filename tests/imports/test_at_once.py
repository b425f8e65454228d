"""Imports beside each other and beside everybody else: one set of records, the other told; and the site goes on meanwhile."""

import contextlib
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.test import Client

from engagements.models import Engagement
from imports import committing, running
from imports.choices import State
from imports.models import Batch
from jobs import work
from tests import make
from tests.at_once import each_then_at_once
from tests.imports.batches import catalog, check, checked, commit, outcomes

pytestmark = pytest.mark.django_db(transaction=True)
TALKS = "title,party\n" + "".join(f"Talks {number},Poland\n" for number in range(30))


@pytest.fixture
def lists(transactional_db):
    return catalog()


def test_one_batch_that_is_written_twice_at_once_comes_in_once(people, lists):
    made = checked(people.analyst, TALKS)
    wrong = each_then_at_once(lambda _number: Batch.objects.get(pk=made.pk), commit, people=4)
    assert [type(error) for error in wrong] == [ValidationError] * 3
    assert {message for error in wrong for message in error.messages} <= {
        "It is being written just now.",
        "It is being worked on just now.",
        "It is written already.",
    }
    made.refresh_from_db()
    assert (made.state, Engagement.objects.count()) == (State.DONE, 30)


def test_of_two_imports_of_one_file_at_once_one_comes_in_and_the_other_is_told(people, lists):
    both = [checked(people.analyst, TALKS) for _number in range(2)]
    (told,) = each_then_at_once(lambda number: Batch.objects.get(pk=both[number].pk), commit, people=2)
    assert told.messages == [
        "Since the check, records or lists have changed, and the result would be another one. Check the file again.",
    ]
    assert Engagement.objects.count() == 30
    assert sorted(Batch.objects.values_list("state", flat=True)) == [State.DONE, State.FAILED]
    second = Batch.objects.get(state=State.FAILED)
    assert outcomes(commit(check(second))) == {"unchanged": 30}
    assert Engagement.objects.count() == 30


def test_the_site_answers_while_an_import_is_being_written(people, lists, monkeypatch):
    """On SQLite, too, where the import is the only one that may write meanwhile."""
    record = make.engagement(title="Here before", team=people.team)
    made = checked(people.analyst, TALKS)
    client = Client()
    client.force_login(people.analyst)
    client.get("/")
    job = running.ask_commit(made, people.analyst)
    amid, answered, wrong = threading.Event(), threading.Event(), []
    wrote = committing._write

    def hold(*args):
        wrote(*args)
        amid.set()
        answered.wait(60)

    def write():
        try:
            work.run_now(job)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(committing, "_write", hold)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert amid.wait(60)
        pages = ["/healthz", "/", "/engagements/", record.get_absolute_url(), f"/imports/{made.key}/", f"/jobs/{job.key}/"]
        found = {page: client.get(page).status_code for page in pages}
        seen = Engagement.objects.count()
    finally:
        answered.set()
        writer.join()
    assert wrong == []
    assert found == dict.fromkeys(pages, 200)
    assert (seen, Engagement.objects.count()) == (1, 31)
    job.refresh_from_db()
    assert (job.state, Batch.objects.get(pk=made.pk).state) == ("done", State.DONE)


@pytest.mark.only_postgresql
def test_a_database_that_stops_amid_the_writing_leaves_nothing_and_the_batch_can_be_repeated(people, lists, monkeypatch):
    made = checked(people.analyst, TALKS)
    job, other = running.ask_commit(made, people.analyst), connection.copy()
    wrote = committing._write

    def stopped(*args):
        wrote(*args)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            mine = cursor.fetchone()[0]
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
        other.close()

    monkeypatch.setattr(committing, "_write", stopped)
    with contextlib.suppress(DatabaseError):  # whatever the worker makes of it
        work.run_now(job)
    connection.close()
    monkeypatch.undo()
    made = Batch.objects.get(pk=made.pk)
    running.settle(made)
    job.refresh_from_db()
    assert (made.state, job.state, Engagement.objects.count()) == (State.FAILED, "failed", 0)
    assert made.said.endswith("You can start it again.")
    work.run_now(work.repeat(job))
    assert Engagement.objects.count() == 30
