"""Many people at once, on both databases: one wins, the others are told, nothing is doubled and nothing lost."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse, QueryDict
from django.test import Client, RequestFactory
from django.urls import path

from config.deadlocks import TRIES, TryAgain
from engagements.domain import lifecycle
from engagements.domain.saving import Conflict
from engagements.forms.editor import Editor
from engagements.models import Engagement, ExternalId, ReviewStep
from history.context import acting
from history.models import Change
from tests import make
from tests.at_once import AT_ONCE, all_at_once, each_then_at_once

at_once = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 20, 15


def fields_of(editor, **changes) -> QueryDict:
    """What a browser would post of a form as it was opened, with ``changes``."""
    data = QueryDict(mutable=True)
    sheet = editor.sheet()
    data, _places = sheet._posted(data, sheet.stored(), sheet.stored())
    data["version"] = sheet.mark
    for name, value in changes.items():
        data[name] = value
    return data


@pytest.fixture
def office(transactional_db):
    """A team with a record that is complete, and with as many managers as there are threads."""
    team = make.team("j5", name="J5")
    kind, strategy = make.type("talks"), make.strategy("dialogue")
    record = make.engagement(
        title="As it was", team=team, type=kind, strategies=[strategy], countries=[make.country(), make.country()], review_state="draft"
    )
    make.source(record)
    managers = [make.user("manager", teams=[team], clearance="restricted") for _ in range(AT_ONCE)]
    return SimpleNamespace(
        team=team, type=kind, strategy=strategy, record=record, managers=managers, analyst=make.user("analyst", teams=[team])
    )


def actions(record, **more) -> set[str]:
    return set(Change.objects.filter(engagement=record.pk, **more).values_list("action", flat=True))


@pytest.fixture
def page(office) -> QueryDict:
    """The form of the record as everybody opened it."""
    return fields_of(Editor(user=office.managers[0], engagement=Engagement.objects.get(pk=office.record.pk)))


def send_form(office, page, number, **changes) -> Editor:
    """The form as this person sends it: checked, not yet saved."""
    person, record = office.managers[number], Engagement.objects.get(pk=office.record.pk)
    data = page.copy()
    for name, value in changes.items():
        data[name] = value
    editor = Editor(user=person, engagement=record, data=data)
    assert editor.is_valid(), editor.errors()
    return editor


# One record --------------------------------------------------------------------------------------


@at_once
def test_of_twenty_saves_on_one_version_one_is_kept_and_the_others_are_told(office, page):
    before = actions(office.record)
    saved, overtaken = [], []

    def save(editor):
        with acting(actor=editor.user, door="page"):
            (saved if editor.save() is not None else overtaken).append(editor)

    def prepare(number):
        return send_form(office, page, number, title=f"By {number}", **{"participants-0-personnel": str(number)})

    assert each_then_at_once(prepare, save) == []
    assert [len(saved), len(overtaken)] == [1, AT_ONCE - 1]
    assert all(editor.is_overtaken for editor in overtaken)
    record = Engagement.objects.get(pk=office.record.pk)
    (winner,) = saved
    number = office.managers.index(winner.user)
    assert (record.title, record.version, record.updated_by) == (f"By {number}", 2, winner.user)
    assert record.participations.filter(personnel=number).count() == 1
    assert len(actions(record) - before) == 1


@at_once
def test_of_twenty_approvals_one_is_taken(office):
    ours = Engagement.objects.get(pk=office.record.pk)
    lifecycle.submit(ours, seen=1, actor=office.analyst)

    def verify(ready):
        record, manager = ready
        with acting(actor=manager, door="page"):
            lifecycle.verify(record, seen=2, actor=manager)

    wrong = each_then_at_once(lambda number: (Engagement.objects.get(pk=ours.pk), office.managers[number]), verify)
    assert [type(error) for error in wrong] == [Conflict] * (AT_ONCE - 1)
    ours.refresh_from_db()
    assert (ours.review_state, ours.version) == ("verified", 3)
    assert ReviewStep.objects.filter(engagement=ours, kind="verified").count() == 1


@at_once
def test_an_edit_and_an_archiving_at_once_never_both_happen(office, page):
    def prepare(number):
        if number % 2:
            return send_form(office, page, number, title="Edited")
        return Engagement.objects.get(pk=office.record.pk)

    def act(ready):
        if isinstance(ready, Engagement):
            lifecycle.archive(ready, seen=1, actor=office.managers[0])
        elif ready.save() is None:
            raise Conflict(Engagement.objects.get(pk=office.record.pk))

    wrong = each_then_at_once(prepare, act, people=8)
    assert [type(error) for error in wrong] == [Conflict] * 7
    record = Engagement.objects.get(pk=office.record.pk)
    assert record.version == 2
    assert (record.title, record.is_archived) in {("Edited", False), ("As it was", True)}


@at_once
def test_what_is_archived_stays_archived_whatever_is_saved_from_older_pages(office, page):
    editors = [send_form(office, page, number, title="Edited") for number in range(3)]
    lifecycle.archive(Engagement.objects.get(pk=office.record.pk), seen=1, actor=office.managers[0])
    assert [editor.save() for editor in editors] == [None] * 3
    record = Engagement.objects.get(pk=office.record.pk)
    assert (record.title, record.is_archived, record.version) == ("As it was", True, 2)


# New records -------------------------------------------------------------------------------------


@at_once
def test_three_hundred_records_by_twenty_writers_are_all_stored(office):
    countries = [make.country() for _ in range(3)]
    before = Engagement.objects.count()

    def write(number):
        for turn in range(EACH):
            with acting(actor=office.managers[number], door="page"), transaction.atomic():
                row = Engagement.objects.create(kind="engagement", type=office.type, team=office.team, title=f"{number}, {turn}")
                for country in countries:
                    row.participations.create(country=country)

    assert all_at_once(write, WRITERS) == []
    rows = Engagement.objects.exclude(pk=office.record.pk)
    assert (Engagement.objects.count() - before, rows.values("reference").distinct().count()) == (WRITERS * EACH, WRITERS * EACH)
    assert {row.scope for row in rows} == {"multilateral"}
    added = Change.objects.filter(table="engagements_engagement", operation="added", engagement__in=rows.values("pk"))
    assert added.values("action").distinct().count() == WRITERS * EACH


@at_once
def test_of_twenty_new_records_with_one_name_in_another_system_one_is_stored(office):
    blank = fields_of(Editor(user=office.managers[0], engagement=Engagement(kind="engagement")))
    blank.setlist("strategies", [str(office.strategy.pk)])

    def prepare(number):
        data = blank.copy()
        typed = {"type": office.type.pk, "title": f"New {number}", "handling": "public", "team": office.team.pk}
        typed |= {"identifiers-0-system": "partner", "identifiers-0-value": "A-1", "identifiers-TOTAL_FORMS": 1}
        for name, value in typed.items():
            data[name] = str(value)
        editor = Editor(user=office.managers[number], engagement=Engagement(kind="engagement"), data=data)
        assert editor.is_valid(), editor.errors()
        return editor

    answers = []
    assert each_then_at_once(prepare, lambda editor: answers.append((editor.save() is not None, str(editor.errors())))) == []
    assert sum(saved for saved, _errors in answers) == 1
    assert all("already leads to a record" in errors for saved, errors in answers if not saved)
    assert ExternalId.objects.get().engagement == Engagement.objects.exclude(pk=office.record.pk).get()


# The database ------------------------------------------------------------------------------------


@pytest.mark.only_sqlite
def test_sqlite_waits_its_turn_and_readers_wait_for_nobody(db):
    options = settings.DATABASES["default"]["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)
    with connection.cursor() as cursor:
        found = {pragma: cursor.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in ("journal_mode", "busy_timeout", "foreign_keys")}
    assert found == {"journal_mode": "wal", "busy_timeout": 20_000, "foreign_keys": 1}


@pytest.mark.only_postgresql
def test_postgresql_gives_nobody_forever(db):
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] is True
    with connection.cursor() as cursor:
        found = {}
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    assert found == {"statement_timeout": "1min", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min"}


@pytest.mark.only_postgresql
@at_once
def test_a_connection_that_the_database_closed_is_not_used_again(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        gone = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [gone])
    other.close()
    connection.close_if_unusable_or_obsolete()
    assert make.team().pk


# A deadlock --------------------------------------------------------------------------------------


class _Lost(Exception):
    sqlstate = "40P01"


def lost() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = _Lost()
    return error


def tried_again(view, *, error=None, **request):
    """What the middleware answers when a view fell to a deadlock, and how often the view ran again."""
    ran = []

    def run(asked, **named):
        ran.append(named)
        return view(len(ran))

    asked = RequestFactory().post("/", **request)
    asked.resolver_match = SimpleNamespace(func=run, args=(), kwargs={"reference": "X"})
    asked.user = None
    return TryAgain(None).process_exception(asked, error or lost()), len(ran)


def fall(_time):
    raise lost()


@at_once
def test_a_request_that_fell_to_a_deadlock_runs_again(transactional_db):
    answer, times = tried_again(lambda time: fall(time) if time < TRIES else HttpResponse("saved"))
    assert (answer.content, times) == (b"saved", TRIES)


@at_once
def test_after_three_tries_a_person_reads_a_sentence(transactional_db):
    answer, times = tried_again(fall)
    assert (answer.status_code, times) == (503, TRIES)
    assert "send it again" in answer.content.decode()


@at_once
@pytest.mark.parametrize("error", [ValueError("no"), OperationalError("no such table")])
def test_any_other_fault_is_not_tried_again(error, transactional_db):
    assert tried_again(fall, error=error) == (None, 0)


@at_once
def test_what_was_kept_in_part_does_not_run_again(transactional_db):
    with acting(door="page"):
        make.team()
        answer, times = tried_again(lambda time: HttpResponse("twice"))
    assert (answer.status_code, times) == (503, 0)


def _cross(request, first, second):
    """Changes two records one after the other; two such requests in opposite order wait for each other."""
    with transaction.atomic():
        Engagement.objects.filter(pk=first).update(place=f"{first} then {second}")
        if not getattr(request, "met", False):
            request.met = True
            meeting.wait(timeout=30)
        Engagement.objects.filter(pk=second).update(place=f"{first} then {second}")
    return HttpResponse("saved")


meeting = threading.Barrier(2)
urlpatterns = [path("cross/<int:first>/<int:second>/", _cross)]


@pytest.mark.only_postgresql
@at_once
def test_two_requests_that_wait_for_each_other_are_both_served(settings, people):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["config.deadlocks.TryAgain"]
    one, two = make.engagement(), make.engagement()
    answers = []

    def send(pks):
        answers.append(Client().post("/cross/{}/{}/".format(*pks)).content)

    began = time.monotonic()
    assert all_at_once(lambda number: send([(one.pk, two.pk), (two.pk, one.pk)][number]), people=2) == []
    assert answers == [b"saved", b"saved"]
    assert time.monotonic() - began > 0.5, "the database had to give one of them up"
    places = set(Engagement.objects.filter(pk__in=[one.pk, two.pk]).values_list("place", flat=True))
    assert len(places) == 1, "each was all or nothing"
