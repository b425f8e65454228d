"""What is asked of whole tables and put together is what the same conditions say of each row."""

import datetime as dt
import statistics

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from pyroaring import FrozenBitMap

from engagements import countable, sets
from engagements.apart import Apart, every
from engagements.choices import MISSING, NOT_ASSESSED, OVERDUE, Rating, ReturnReason
from engagements.domain.attention import DUE_SOON, due_soon, returned_for
from engagements.domain.completeness import CHECKS, with_completeness
from engagements.having import Having
from engagements.models import Engagement, FollowUp, Source
from engagements.sets import Sets
from reports.questions.quality import lag_of
from tests import make
from tests.reports.changing_register import Register

pytestmark = pytest.mark.django_db(transaction=True)
ALL = Engagement.objects.order_by()
CODES = [code for code, _label in OVERDUE]


def ids(rows):
    return set(rows.values_list("pk", flat=True))


def kept(found):
    return {value: set(those) for value, those in found.items() if those}


def by_row():
    """What each row says of itself, by the filters of the list."""
    told = {
        "missing": {code: ids(ALL.missing(code)) for code, _label in MISSING},
        "rating": {code: ids(ALL.rated([code])) for code in [*Rating.values, NOT_ASSESSED[0]]},
        "late": {code: ids(ALL.overdue(code)) for code in CODES},
        "due": {code: ids(ALL.filter(due_soon(code))) for code in DUE_SOON},
        "returned": {code: ids(ALL.filter(returned_for([code]))) for code in ReturnReason.values},
        "completeness": {},
    }
    for pk, score in with_completeness(ALL).values_list("pk", "completeness"):
        told["completeness"].setdefault(score, set()).add(pk)
    return {name: kept(found) for name, found in told.items()}


def by_sets():
    asked = Sets("default")
    told = {
        "missing": countable.missing(asked),
        "rating": countable.ratings(asked),
        "late": countable.late(asked, CODES),
        "due": countable.due(asked),
        "returned": countable.returned(asked),
        "completeness": countable.completeness(asked),
    }
    return {name: kept(found) for name, found in told.items()}


class Fuller(Register):
    """A register whose records also have the rows that the checks look for."""

    def fill(self):
        one, soon = self.one, dt.date.today() + dt.timedelta(days=self.random.choice([-3, 5, 400]))
        self.random.choice(
            [
                lambda: make.source(one),
                lambda: make.outcome(one),
                lambda: make.follow_up(one, due_on=soon, status=self.random.choice(["open", "done"])),
                lambda: self.change(assessment_due_on=soon),
                lambda: self.change(review_on=soon),
                lambda: make.participation(one, country=make.country(), personnel=self.random.choice([None, 12])),
                lambda: make.participation(one, country=make.country(), status="invited"),
                lambda: self.change(status=self.random.choice(["completed", "ongoing"])),
                lambda: one.objectives.add(make.objective()),
            ]
        )()

    STEPS = [*Register.STEPS, *[fill] * 30]


@pytest.mark.parametrize("seed", range(2))
def test_sets_are_what_each_row_says_of_itself_after_every_change(seed):
    register = Fuller(100 + seed)
    for _number in range(10):
        assert by_sets() == by_row()
        with transaction.atomic():
            assert by_sets() == by_row()
        register.step()
    assert by_sets() == by_row()
    assert sets.MEMORY.kept


def test_every_check_is_taken_apart_into_what_it_says():
    register = Fuller(200)
    for _number in range(20):
        register.step()
    asked = Sets("default")
    conditions = {(what, check.code): getattr(check, what) for check in CHECKS for what in ("applies", "met", "missing")}
    found = Apart("checks", conditions).asked(asked, None)
    for code, condition in conditions.items():
        assert set(found(code)) == ids(ALL.filter(condition) if condition else ALL), code


def test_conditions_within_conditions_keep_their_meaning():
    one, other, third = (
        make.engagement(kind="exercise"),
        make.engagement(summary="Talks."),
        make.engagement(kind="exercise", summary="Talks."),
    )
    make.source(one)
    make.source(third)
    has, told = Q(Having(Source)), ~Q(summary="")
    exercise = Q(kind__in=["exercise", "training"])
    conditions = {
        "and": has & told, "or": has | told, "nor": ~(has | told), "nand": ~(has & told), "not not": ~~has,
        "deep": ~(~(exercise & has) | told),
        "column": exercise & told, "none": ~(exercise | told), "open": Q(Having(FollowUp, Q(status="open"))) | ~has, "every": Q(),
    }  # fmt: skip
    found = Apart("nested", conditions).asked(Sets("default"), None)
    for code, condition in conditions.items():
        assert set(found(code)) == ids(ALL.filter(condition)), code
    assert set(found("and")) == {third.pk}
    assert set(found("nor")) == {other.pk} - ids(ALL.filter(told))
    with pytest.raises(ValueError, match="exclude each other"):
        Apart("either", {"xor": has ^ told})


def test_missing_and_completeness_are_one_question_to_each_table():
    register = Fuller(300)
    register.fill()
    sets.forget()
    asked = Sets("default")
    with CaptureQueriesContext(connection) as captured:
        countable.missing(asked)
        countable.completeness(asked)
    of_records = [one["sql"] for one in captured if 'FROM "engagements_engagement"' in one["sql"]]
    assert len(of_records) == 2  # its columns with few values, and the others
    assert len(captured) <= 10


ENTERED = [("2026-01-01", 5), ("2026-01-01", 5), ("2020-02-28", 900), ("2026-03-01", -2), ("Mar 2012", 3), ("", 1), ("2026-01-01", 64)]


def test_days_late_are_those_between_the_first_day_and_the_entry_by_a_person():
    person = make.user("analyst")
    made = []
    for start, days in ENTERED:
        made.append(make.engagement(starts=start, created_by=person))
        day = (made[-1].starts_on or dt.date(2026, 1, 1)) + dt.timedelta(days=days)
        ALL.filter(pk=made[-1].pk).update(created_at=dt.datetime.combine(day, dt.time(23, 59), tzinfo=dt.UTC))
    make.engagement(starts="2026-01-01")
    few = FrozenBitMap([made[0].pk, made[2].pk, made[4].pk])
    assert days_late_of(few) == (452.5, 900)
    ALL.filter(pk=made[2].pk).update(starts_on=dt.date(2020, 2, 27))
    assert days_late_of(few) == (453, 901)
    ALL.filter(pk=made[2].pk).update(created_by=None)
    assert days_late_of(few) == (5, 5)
    assert days_late_of(FrozenBitMap([made[5].pk])) == (None, None)


def days_late_of(few):
    """The median and the most of ``few``; those of all are checked one by one."""
    asked = Sets("default")
    late, whole = countable.days_late(asked), every(asked)
    columns = ("pk", "created_at", "created_by", "starts_on", "starts_precision")
    told = {pk: lag_of(at.date(), *rest) for pk, at, *rest in ALL.values_list(*columns)}
    known = sorted(days for days in told.values() if days is not None)
    assert set(late.of(whole)) == {pk for pk, days in told.items() if days is not None}
    assert [late.at(late.of(whole), rank) for rank in range(len(known))] == known
    assert (late.median(whole), late.most(whole)) == (statistics.median(known), known[-1])
    return late.median(few), late.most(few)
