"""What is remembered of sets of records is what the database says at every moment, for every reader."""

import datetime as dt
import random
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import CountryRegion, Framework, Strategy
from engagements import journal, sets
from engagements.facets import Facets
from engagements.filters import EngagementFilter
from engagements.models import Challenge, Comment, Engagement, Participation
from history import settled
from reports import home
from reports.asked import Asked
from reports.questions import REPORTS
from tests import make
from tests.at_once import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 8
KINDS = ["engagement", "exercise", "training", "peacekeeping"]


def facets(query, reader):
    return Facets(QueryDict(query), queryset=Engagement.objects.visible_to(reader), user=reader)


def found(query, reader):
    return EngagementFilter(QueryDict(query), queryset=Engagement.objects.visible_to(reader), user=reader)


def report(report, query, reader):
    asked = Asked(QueryDict(query), reader, report.parameters(), held_only=report.held_only)
    return [list(table.values()) for table in report.answer(asked).tables]


def everything(queries, readers, reports):
    """All figures of the filters for each reader, the records behind them, and some reports."""
    told = {}
    for reader in readers:
        for query in queries:
            told[reader.username, query] = (facets(query, reader).all(), set(found(query, reader).ids))
        told[reader.username] = [report(one, "", reader) for one in reports]
    return told


def as_the_database_says(queries, readers, reports):
    """The same with nothing remembered, as inside a transaction; and the records as the list finds them."""
    with transaction.atomic():
        told = everything(queries, readers, reports)
        for reader in readers:
            for query in queries:
                listed = set(found(query, reader).qs.values_list("pk", flat=True))
                assert told[reader.username, query][1] == listed, query
    return told


class Register:
    """A small register with lists, three readers, and steps that change something of it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.teams = [make.team("one"), make.team("two")]
        self.countries = [make.country() for _ in range(5)]
        self.alliance = make.organization()
        self.force = make.organization(kind="armed_force", country=self.countries[0])
        self.world = make.region("m49:001", scheme=make.scheme("m49"))
        self.part = make.region("m49:002", parent=self.world, countries=[self.countries[0], (self.countries[1], "2004", "2015")])
        self.strategies = [make.strategy("whole")]
        self.strategies.append(make.strategy("piece", parent=self.strategies[0]))
        self.frameworks = [make.framework("long"), make.framework("short")]
        self.readers = [
            make.user("manager", username="reads-all", clearance="restricted", teams=self.teams),
            make.user("analyst", username="reads-some", clearance="official", teams=self.teams[:1]),
            make.user("viewer", username="reads-little"),
        ]
        for _number in range(8):
            self.add()

    @property
    def one(self):
        return self.random.choice(list(Engagement.objects.order_by("pk")) or [self.add()])

    def add(self):
        pick = self.random
        return make.engagement(
            kind=pick.choice(KINDS),
            team=pick.choice(self.teams),
            owner=pick.choice([None, *self.readers]),
            starts=pick.choice(["", "2003", "Mar 2012", "2014-05-06", "2026-01-02"]),
            country=pick.choice([None, *self.countries]),
            also_held_in=pick.sample(self.countries, pick.randint(0, 1)),
            framework=pick.choice([None, *self.frameworks]),
            handling=pick.choice(["public", "public", "official", "restricted"]),
            review_state=pick.choice(["verified", "verified", "draft", "submitted"]),
            strategies=pick.sample(self.strategies, pick.randint(0, 2)),
            countries=pick.sample(self.countries, pick.randint(0, 3)),
        )

    def change(self, **values):
        Engagement.objects.filter(pk=self.one.pk).update(**values)

    def archive(self):
        self.change(archived_at=self.random.choice([None, timezone.now()]))

    def hide(self):
        self.change(handling=self.random.choice(["official", "restricted"]))

    def release(self):
        self.one.released_to.set(self.random.sample(self.teams, 1))

    def date(self):
        self.change(starts_on=dt.date(self.random.choice([2003, 2010, 2020]), 1, 5), starts_precision="day")

    def late(self):
        self.change(review_on=dt.date(2020, 1, 1), summary=self.random.choice(["", "Talks."]))

    def touch(self):
        """The time of the last change alone leaves no trace in the log."""
        self.change(updated_at=timezone.now())

    def leave(self):
        Engagement.objects.filter(pk=make.engagement(team=self.teams[0]).pk).update(updated_at=timezone.now() - dt.timedelta(days=366))

    def invite(self):
        party = self.random.choice([{"organization": self.alliance}, {"organization": self.force}, {"country": self.countries[4]}])
        make.participation(self.one, role=self.random.choice(["host", "lead", "observer"]), **party)

    def decline(self):
        if part := Participation.objects.order_by("?").first():
            Participation.objects.filter(pk=part.pk).update(status=self.random.choice(["declined", "attended"]))

    def move(self):
        """A row goes from one record to another: the log names the new one."""
        one, other = self.random.sample(list(Engagement.objects.order_by("pk")), 2)
        row = make.challenge(one, severity="high")
        everything([""], self.readers[:1], [])
        Challenge.objects.filter(pk=row.pk).update(engagement=other)

    def judge(self):
        make.assessment(self.one, rating=self.random.choice(["achieved", "limited"]))

    def trouble(self):
        make.challenge(self.one, severity=self.random.choice(["low", "high"]))

    def mention(self):
        make.comment(self.one, mentions=[self.readers[1]])

    def take_back(self):
        Comment.objects.update(removed_at=timezone.now())

    def join(self):
        """A country becomes, or is no more, part of a region."""
        if self.random.random() < 0.5:
            CountryRegion.objects.filter(country=self.countries[2]).delete()
            make.member_of(self.part, self.countries[2], self.random.choice(["", "2011"]))
        else:
            CountryRegion.objects.filter(region=self.part, country=self.countries[0]).delete()

    def rearrange(self):
        Strategy.objects.filter(pk=self.strategies[1].pk).update(parent=self.random.choice([None, self.strategies[0]]))
        Framework.objects.filter(pk=self.frameworks[1].pk).update(parent=self.random.choice([None, self.frameworks[0]]))

    def remove(self):
        Participation.objects.filter(engagement=self.one).delete()

    def join_team(self):
        self.readers[2].teams.set(self.random.sample(self.teams, 1))
        self.readers[2] = type(self.readers[2]).objects.get(pk=self.readers[2].pk)

    STEPS = [
        add, add, archive, hide, hide, release, date, late, touch, leave, invite, decline, move, judge, trouble, mention, take_back,
        join, rearrange, remove, join_team,
    ]  # fmt: skip

    def step(self):
        step = self.random.choice(self.STEPS)
        try:
            step(self)
        except IntegrityError as refused:  # a rule of the record: nothing was changed
            return f"{step.__name__}: {refused}"
        return step.__name__

    def queries(self):
        first, second = self.countries[:2]
        return [
            "",
            f"kind=exercise&kind=training&country={first.code}&country={second.code}",
            f"region=m49:001&year=2001..2013&role=host&organization={self.alliance.code}&also=strategy:whole",
            f"held_in={second.code}&start=2010&missing=source&overdue=untouched_365&overdue=review&framework=long",
            "severity=high&rating=not_assessed&strategy=piece&completeness=thin&owner=me&region=m49:002&region_mode=held",
            "archived=yes&fiscal_year=unknown&fiscal_year=2012&waiting=mention&waiting=verification",
        ]


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
    return [sql for sql in asked if "engagements_mention" not in sql and "untouched_" not in sql]


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
    for reader in register.readers:
        register.add()
        now = [panel.context for panel in home.panels(reader)]
        with transaction.atomic():
            live = [panel.context for panel in home.panels(reader)]
        assert str(now) == str(live)
