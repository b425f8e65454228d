"""What is remembered of sets of records is what the database says at every moment, for every reader."""

import random
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from engagements import journal, sets, waiting
from engagements.domain.attention import everyones, mine, of_teams
from engagements.models import Challenge, Engagement
from history import settled
from reports import home
from reports.questions import REPORTS
from tests import make
from tests.at_once import all_at_once
from tests.reports.changing_register import Register, everything, facets, found, report

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 8


def as_the_database_says(queries, readers, reports):
    """The same with nothing remembered, as inside a transaction; and the records as the list finds them."""
    with transaction.atomic():
        told = everything(queries, readers, reports)
        for reader in readers:
            for query in queries:
                listed = set(found(query, reader).qs.values_list("pk", flat=True))
                assert told[reader.username, query][1] == listed, query
    return told


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_changed_every_figure_is_that_of_the_database(seed, monkeypatch):
    if seed == 1:
        monkeypatch.setattr(journal, "MOST_PUT_RIGHT", 2)
    if seed == 2:
        monkeypatch.setattr(journal, "MOST_KEPT", 3)
    register = Register(seed)
    pick = random.Random(seed)
    for number in range(STEPS):
        done = [register.step() for _ in range(pick.randint(1, 2))]
        queries, readers = pick.sample(register.queries(), 2), pick.sample(register.readers, 2)
        reports = pick.sample(REPORTS, 2)
        assert everything(queries, readers, reports) == as_the_database_says(queries, readers, reports), (number, done)
    told = everything(register.queries(), register.readers[seed:], REPORTS[seed::3])
    assert told == as_the_database_says(register.queries(), register.readers[seed:], REPORTS[seed::3])
    assert sets.MEMORY.kept


def test_what_was_asked_once_is_not_asked_again():
    register = Register(7)
    reader = register.readers[1]
    for query in register.queries()[:3]:
        told = facets(query, reader).all()
        with CaptureQueriesContext(connection) as captured:
            assert facets(query, reader).all() == told
        assert asked_of_records(captured) == []
        assert len(captured) <= 12


def test_after_a_change_only_the_changed_records_are_asked_for():
    register = Register(8)
    reader = register.readers[0]
    facets("", reader).all()
    made = make.engagement(kind="exercise")
    with CaptureQueriesContext(connection) as captured:
        facets("", reader).all()
    asked = asked_of_records(captured)
    assert asked
    assert [sql for sql in asked if f"IN ({made.pk})" not in sql] == []


def test_a_row_that_goes_to_another_record_is_counted_there_and_no_more_where_it_was():
    reader = make.user("manager", clearance="restricted")
    one, other = make.engagement(), make.engagement(kind="exercise")
    row = make.challenge(one)
    assert set(found("challenge=" + row.category.code, reader).ids) == {one.pk}
    assert facets("kind=exercise", reader).of("challenge") == {}
    Challenge.objects.filter(pk=row.pk).update(engagement=other)
    assert set(found("challenge=" + row.category.code, reader).ids) == {other.pk}
    assert facets("kind=exercise", reader).of("challenge") == {row.category.code: 1}
    assert facets("kind=engagement", reader).of("challenge") == {}


def asked_of_records(captured):
    """Questions for sets of records, without those for what can not be remembered or was touched a moment ago."""
    asked = [one["sql"] for one in captured if "string_agg(" in one["sql"] or "json_group_array(" in one["sql"]]
    return [sql for sql in asked if "engagements_mention" not in sql and '"updated_at" <' not in sql]


def test_inside_a_transaction_nothing_is_remembered_and_what_is_not_there_yet_is_seen_by_nobody_else():
    reader = make.user("manager", clearance="restricted")
    make.engagement(kind="exercise")
    assert facets("", reader).of("kind") == {"exercise": 1}
    kept = dict(sets.MEMORY.kept)
    with transaction.atomic():
        make.engagement(kind="exercise")
        assert facets("", reader).of("kind") == {"exercise": 2}
        transaction.set_rollback(True)
    assert dict(sets.MEMORY.kept) == kept
    assert facets("", reader).of("kind") == {"exercise": 1}


@pytest.mark.only_postgresql
def test_a_record_whose_transaction_ends_late_appears_then():
    """Its changes have lower numbers in the log than those of a record that was there before it."""
    reader = make.user("manager", clearance="restricted")
    make.engagement(kind="training")
    written, may_end = threading.Event(), threading.Event()

    def slowly():
        try:
            with transaction.atomic():
                make.engagement(kind="exercise")
                written.set()
                assert may_end.wait(30)
        finally:
            connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    try:
        assert written.wait(30)
        make.engagement(kind="training")
        for _again in range(3):
            assert facets("", reader).of("kind") == {"training": 2}
            assert report_of("trend", reader) == as_in_a_transaction("trend", reader)
    finally:
        may_end.set()
        slow.join()
    assert facets("", reader).of("kind") == {"training": 2, "exercise": 1}
    assert report_of("trend", reader) == as_in_a_transaction("trend", reader)


def report_of(name, reader):
    return report(next(one for one in REPORTS if one.name == name), "", reader)


def as_in_a_transaction(name, reader):
    with transaction.atomic():
        return report_of(name, reader)


@pytest.mark.only_postgresql
def test_while_one_transaction_stays_open_others_come_and_go_and_the_figures_stay_true():
    reader = make.user("manager", clearance="restricted")
    make.engagement(kind="training")
    facets("", reader).all()
    mark = journal.of("default").mark
    written, may_end = threading.Event(), threading.Event()

    def slowly():
        try:
            with transaction.atomic():
                make.engagement(kind="exercise")
                written.set()
                assert may_end.wait(30)
        finally:
            connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    try:
        assert written.wait(30)
        for n in range(2, 5):
            make.engagement(kind="training")
            assert facets("", reader).of("kind") == {"training": n}
        assert journal.of("default").mark == mark
    finally:
        may_end.set()
        slow.join()
    facets("", reader).all()
    assert journal.of("default").mark.number == settled.top("default", 0).number


def test_many_readers_at_once_while_records_are_entered_read_what_is_there():
    register = Register(9)
    readers = register.readers
    done = []

    def work(number):
        if number == 0:
            for _ in range(6):
                register.add()
            done.append(True)
        else:
            for _ in range(4):
                facets("", readers[number % 3]).all()

    assert all_at_once(work, people=4) == []
    assert done
    queries = register.queries()[:2]
    assert everything(queries, readers, []) == as_the_database_says(queries, readers, [])


def test_another_database_in_the_place_of_the_one_that_was_read_is_read_anew():
    reader = make.user("manager", clearance="restricted")
    make.engagement(kind="exercise")
    assert facets("", reader).of("kind") == {"exercise": 1}
    epoch = journal.of("default").epoch
    journal.of("default").action = "of another log"
    assert facets("", reader).of("kind") == {"exercise": 1}
    assert journal.of("default").epoch == epoch + 1


def test_no_more_is_remembered_than_there_is_room_for(settings):
    settings.SETS_IN_MEMORY = 20_000
    register = Register(10)
    queries = register.queries()[:2]
    assert everything(queries, register.readers, []) == as_the_database_says(queries, register.readers, [])
    assert 0 < sets.MEMORY.size <= 20_000
    assert sets.MEMORY.size == sum(item.size for item in sets.MEMORY.kept.values())


def test_the_home_page_says_the_same_with_and_without_what_is_remembered():
    register = Register(11)
    for _number in range(6):
        register.step()
        for reader in register.readers:
            now = of_home(reader)
            with transaction.atomic():
                live = of_home(reader)
            assert now == live
    assert sets.MEMORY.kept


def of_home(reader):
    rows = Engagement.objects.visible_to(reader)
    waits = {
        one.code: [(group.code, count) for group, (count,) in waiting.totals(rows, reader, [one])]
        for one in (mine(reader), everyones(), *(of_teams([team]) for team in reader.own_teams))
    }
    panels = [{name: str(value) for name, value in panel.context.items()} for panel in home.panels(reader)]  # pictures are drawn when read
    return waiting.figures(rows.current(), reader), waits, panels
