"""What counts as near a new record: two words and all numbers of the title, or the whole of it, or two parties, within three days."""

import datetime as dt
import gc

import pytest
from django.db import connection

from accounts.choices import Handling
from engagements.domain.twins import Entry
from engagements.models import Engagement
from imports.near import Aside, Sought
from tests import make
from tests.imports.batches import catalog, imported

DAY = dt.date(2025, 3, 4)


def entry(title, on=DAY, parties=()):
    return Entry(None, "engagement", title, on, "day", on, "day", parties=frozenset(parties))


def stored(day):
    return day if connection.vendor == "postgresql" else day.isoformat()


@pytest.mark.parametrize(
    ("title", "on_file", "is_near"),
    [
        ("Naval staff talks", "Talks of the naval chiefs", True),
        ("Naval staff talks", "Naval exercise", False),
        ("Naval staff talks 7", "Naval staff talks", False),
        ("Naval staff talks 7 2025", "2025: talks, naval staff 7 2025 7", True),
        ("Naval staff talks \uff17", "Naval staff talks 7", True),
        ("Séminaire d\u2019été", "SEMINAIRE  D'ETE", True),
        ("Balikatan", "balikatan", True),
        ("Balikatan", "Balikatan talks", False),
        ("Talks talks", "Talks", False),
        ("2025", "2025", True),
    ],
)
def test_titles_are_near_by_two_words_and_all_numbers_or_as_a_whole(title, on_file, is_near):
    assert Sought([entry(title)]).by_title(stored(DAY), on_file) == ({0} if is_near else set())


@pytest.mark.parametrize(("days", "is_near"), [(-4, False), (-3, True), (3, True), (4, False)])
def test_three_days_are_near_by_title_and_by_parties(days, is_near):
    sought = Sought([entry("Naval staff talks", parties={1, -2})])
    on = stored(DAY + dt.timedelta(days=days))
    found = (sought.by_title(on, "Naval staff talks"), sought.by_parties(on, [1, -2]))
    assert found == (({0}, {0}) if is_near else (set(), set()))


def test_one_party_is_not_near_also_where_it_is_named_twice_or_near_another_day():
    sought = Sought([entry("A", parties={1, 2}), entry("B", DAY + dt.timedelta(days=1), parties={2, 3}), entry("C", parties={1})])
    assert sought.by_parties(stored(DAY), [1, 1, 3]) == set()
    assert sought.by_parties(stored(DAY), [1, 2, 3]) == {0, 1}


def test_the_first_and_the_last_day_of_all_are_near_themselves():
    for on in (dt.date.min, dt.date.max):
        assert Sought([entry("Balikatan", on)]).by_title(stored(on), "Balikatan") == {0}


def test_what_is_laid_aside_comes_back_by_its_days_as_it_was():
    later = Entry(None, "visit", "Été \uff17", DAY, "month", None, "open", None, 7, "25", frozenset({4, -9}))
    given = {("a" * 32, 3): later, ("b", 4): entry("x", dt.date.min), ("c", 2): entry("y", DAY, {1})}
    aside = Aside()
    for place, one in given.items():
        aside.add(place, one)
    back = list(aside.by_day(1))
    aside.close()
    assert back == [[(("b", 4), given["b", 4])], [(("c", 2), given["c", 2])], [(("a" * 32, 3), later)]]


@pytest.mark.django_db
def test_records_are_written_in_the_order_of_their_days_and_the_search_for_garbage_is_as_before():
    catalog()
    clerk = make.user("analyst", clearance=Handling.OFFICIAL, teams=[make.team()])
    before = gc.get_threshold()
    days = ["2025-03-04", "2023-01-01", "unknown", "2025-03-03", "1999-12-31"]
    imported(clerk, "title,start\n" + "".join(f"Called {number},{day}\n" for number, day in enumerate(days)))
    written = Engagement.objects.order_by("pk").values_list("title", flat=True)
    assert [*written] == ["Called 4", "Called 1", "Called 3", "Called 0", "Called 2"]
    assert gc.get_threshold() == before
