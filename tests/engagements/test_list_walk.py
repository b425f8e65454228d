"""From page to page: every row once, in the order of the list, whatever the sort, and whatever comes in between."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.models import User
from engagements import paging, set_walk, stretches
from engagements.models import Engagement
from engagements.ordering import SORTS, keys_of, ordered
from engagements.paging import Cursor, Walk
from engagements.set_walk import SetWalk
from engagements.sets import Sets, found
from tests import make

SIZE = 4


@pytest.fixture
def register(people, db):
    """Rows with the same dates, without any, in the same and in no country, framework and kind."""
    places = [make.country("XBA", name="Ruritania"), make.country("XBB", name="Atlantis"), None]
    series = [make.framework(name="Treaty"), make.framework(name="Accord"), None]
    for number in range(26):
        make.engagement(
            title=f"T-{number % 7}",
            kind=["exercise", "training", "engagement"][number % 3],
            status=["planned", "ongoing"][number % 2],
            starts=["", "2001", "2001-01-01", "2015-05", "2020-03-04"][number % 5],
            ends=["", "2021", "2022-02-02"][number % 3],
            country=places[number % 3],
            framework=series[(number // 3) % 3],
        )
    Engagement.objects.filter(title="T-1").update(created_at=timezone.now() - dt.timedelta(days=3))
    return Engagement.objects.visible_to(people.administrator)


def walks(rows, sort):
    """The three ways to the same pages: few rows, many rows, and the members of a set."""
    yield Walk(rows, sort, is_long=False)
    yield Walk(rows, sort, is_long=True)
    yield SetWalk(rows, sort, Sets(rows.db), found(rows), of=26)


def whole(walk, *, is_back=False, between=lambda: None):
    """All rows, page by page, from the beginning or from the end."""
    cursor, pages = None, []
    if is_back:
        last = walk.take(1000)[-1]
        cursor, pages = Cursor(last[1:]), [[last]]
    while page := walk.take(SIZE, cursor, is_back=is_back):
        pages.append(page)
        cursor = Cursor.read(Cursor(page[0 if is_back else -1][1:]).text, walk.keys)
        between()
    if is_back:
        pages.reverse()
    return [row[0] for page in pages for row in page]


@pytest.fixture
def many(monkeypatch):
    """As if the register were so large that no set of rows could be sorted."""
    monkeypatch.setattr(set_walk, "FEW", 0)


@pytest.mark.parametrize("sort", SORTS)
def test_from_page_to_page_every_row_comes_once_in_the_order_of_the_list(register, many, sort, monkeypatch):
    expected = list(ordered(register, sort).values_list("pk", flat=True))
    for most_sorted in (100, 0):
        monkeypatch.setattr(set_walk, "MOST_SORTED", most_sorted)
        for walk in walks(register, sort):
            assert [row[0] for row in walk.take(SIZE, skipped=6)] == expected[6 : 6 + SIZE], type(walk)
            assert whole(walk) == expected, type(walk)
            assert whole(walk, is_back=True) == expected, type(walk)


@pytest.mark.only_postgresql
@pytest.mark.parametrize("sort", ["title", "-title", "entered", "-entered", "reference", "-reference"])
def test_stretch_by_stretch_every_row_comes_once_in_the_order_of_the_list(register, many, sort, monkeypatch):
    path = keys_of(sort)[0].path
    begin = list(register.order_by(path).values_list(path, flat=True))[3::4]
    monkeypatch.setitem(stretches._beginnings, (register.db, path), begin)
    monkeypatch.setattr(stretches, "are_there", lambda sets, key: key.path == path)
    expected = list(ordered(register, sort).values_list("pk", flat=True))
    few = expected[::3]
    walk = SetWalk(register, sort, Sets(register.db), found(register), of=26)
    assert [len(ids) for ids in walk._stretches(walk.keys[0], None, False)] != [26]
    assert whole(walk) == expected
    assert whole(walk, is_back=True) == expected
    assert whole(SetWalk(register, sort, Sets(register.db), found(register.filter(pk__in=few)), of=26)) == few


@pytest.mark.only_postgresql
def test_where_stretches_begin_is_asked_once_of_some_of_the_rows(register, monkeypatch):
    monkeypatch.setattr(stretches, "_beginnings", {})
    monkeypatch.setattr(stretches, "SAMPLE", 100)
    monkeypatch.setattr(stretches, "EVERY", 10)
    sets, key = Sets(register.db), keys_of("title")[0]
    members = stretches.members(sets, key)
    assert sorted(pk for ids in members.values() for pk in ids) == sorted(register.values_list("pk", flat=True))
    in_order = list(register.order_by("title").values_list("title", flat=True))
    assert stretches._beginnings[register.db, "title"] == [in_order[9], in_order[19]]
    assert [stretches.of_value(sets, key, title) for title in (in_order[0], in_order[9], in_order[25])] == [0, 1, 2]


@pytest.mark.parametrize("sort", SORTS)
def test_the_order_is_total(register, sort):
    keys = [key.path for key in keys_of(sort)]
    places = list(ordered(register, sort).values_list(*keys))
    assert len(set(places)) == len(places) == 26


@pytest.mark.parametrize("sort", ["-start", "start", "title", "-kind", "place", "-end", "framework"])
def test_rows_that_come_and_go_meanwhile_neither_hide_nor_repeat_the_others(register, many, sort):
    there = list(ordered(register, sort).values_list("pk", flat=True))
    going = set(there[3::5])

    def between():
        make.engagement(title="T-3", kind="exercise", starts="2010", country=register.exclude(country=None).first().country)
        if going:
            Engagement.objects.filter(pk=going.pop()).update(archived_at=timezone.now())

    for walk in list(walks(register.filter(archived_at=None), sort))[:2]:
        stays = [pk for pk in there if pk not in set(there[3::5])]
        assert [pk for pk in whole(walk, between=between) if pk in stays] == stays


# The page --------------------------------------------------------------------------------------------


@pytest.fixture
def reader(people, signed_in):
    return signed_in(people.analyst)


def titles(response):
    return re.findall(r'title="(T-[^"]+)"', response.content.decode())


def link(response, name):
    found_ = re.search(rf'rel="{name}" href="([^"]+)"', response.content.decode())
    return found_[1].replace("&amp;", "&") if found_ else ""


def told(response):
    """What the page says of how many there are, and which of them it shows."""
    page = response.content.decode()
    count = re.search(r'<p class="count"[^>]*>(.*?)</p>', page, re.DOTALL)[1]
    pager = re.search(r'<nav class="pager"[^>]*><span[^>]*>(.*?)</span>', page)
    return re.search("<b>(.*?)</b>", count)[1], pager and pager[1]


@pytest.fixture
def sixty(people):
    for number in range(60):
        make.engagement(title=f"T-{number:02}", starts="2020-01-01")
    return [f"T-{number:02}" for number in range(60)]


def test_next_and_previous_lead_through_the_list_and_back(reader, sixty):
    first = reader.get("/engagements/?sort=title&page_size=25")
    second = reader.get("/engagements/" + link(first, "next"))
    third = reader.get("/engagements/" + link(second, "next"))
    assert [*titles(first), *titles(second), *titles(third)] == sixty
    assert [told(page) for page in (first, second, third)] == [("60", "1 to 25 of 60"), ("60", "26 to 50 of 60"), ("60", "51 to 60 of 60")]
    assert (link(first, "prev"), link(third, "next")) == ("", "")
    back = reader.get("/engagements/" + link(third, "prev"))
    assert (titles(back), told(back)) == (titles(second), told(second))
    assert titles(reader.get("/engagements/" + link(back, "prev"))) == titles(first)


def test_beyond_a_thousand_the_page_says_more_than_and_counts_them_all_on_request(reader, sixty, monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", 40)
    monkeypatch.setattr("engagements.views.listing.MOST_COUNTED", 40)
    page = reader.get("/engagements/?sort=title&page_size=25")
    assert told(page) == ("More than 40", "1 to 25 of more than 40")
    address = re.search(r'<a href="([^"]+)" data-exact>', page.content.decode())[1].replace("&amp;", "&")
    exact = reader.get("/engagements/" + address)
    assert told(exact) == ("60", "1 to 25 of 60")
    assert told(reader.get("/engagements/" + link(exact, "next"))) == ("60", "26 to 50 of 60")
    assert told(reader.get("/engagements/?sort=title&page_size=25&page=3")) == ("More than 40", "51 to 60 of more than 40")
    assert told(reader.get("/engagements/?q=T&page_size=25"))[0] == "60"


def test_a_page_number_that_lies_too_deep_leads_to_the_filters(reader, sixty, monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", 40)
    monkeypatch.setattr("engagements.views.listing.MOST_COUNTED", 40)
    monkeypatch.setattr(paging, "MOST_SKIPPED", 30)
    page = reader.get("/engagements/?page_size=25&page=4")
    assert (page.status_code, titles(page)) == (200, [])
    assert "Narrow the list with a filter" in page.content.decode()
    assert reader.get("/engagements/?page_size=25&page=3").status_code == 200


@pytest.mark.parametrize(
    "place", ["x", "W10", "bnVsbA", "WzEsMl0", "WyIyMDIwLTAxLTAxIixudWxsXQ", "WyIyMDIwLTEzLTAxIiwiRU5HIl0", "é", "A" * 500]
)
def test_a_place_that_is_none_is_not_found(reader, people, place):
    make.engagement(title="T-1")
    for name in ("after", "before"):
        assert reader.get("/engagements/", {name: place}).status_code == 404


def test_where_all_that_followed_is_gone_the_last_page_is_shown(reader, sixty):
    first = reader.get("/engagements/?sort=title&page_size=25")
    following = link(first, "next")
    Engagement.objects.filter(title__gt="T-24").update(archived_at=timezone.now())
    assert titles(reader.get("/engagements/" + following)) == sixty[:25]


def test_a_page_asks_for_releases_one_by_one_and_shows_the_same(people):
    elsewhere = make.team("elsewhere")
    for number, handling in enumerate(["public", "official", "restricted", "restricted", "restricted"]):
        made = make.engagement(title=f"T-{number}", handling=handling, team=people.team if number == 2 else elsewhere)
        if number == 3:
            made.released_to.add(people.team, make.team("third"))
    User.objects.filter(pk=people.analyst.pk).update(clearance="restricted")
    for person in User.objects.all():
        one_by_one = Engagement.objects.visible_to(person, one_by_one=True)
        assert set(one_by_one) == set(Engagement.objects.visible_to(person)), person
    seen = Engagement.objects.visible_to(User.objects.get(pk=people.analyst.pk), one_by_one=True)
    assert set(seen.values_list("title", flat=True)) == {"T-0", "T-1", "T-2", "T-3"}
