"""“Before and after” on a record's page: what it is linked with, and the part of its series about it."""

import pytest
from django.utils import timezone

from engagements import around as module
from engagements.around import around
from engagements.models import Engagement
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(people):
    return lambda: Engagement.objects.visible_to(people.analyst, one_by_one=True)


def in_order(rows):
    return sorted(rows, key=lambda row: (row.starts_on is None, str(row.starts_on), row.reference))


def window(rows, here):
    """Twelve of them, six before the record where there are so many."""
    place = rows.index(here)
    start = max(0, place - 6)
    return rows[start : start + 12]


def test_of_a_series_the_twelve_about_the_record_are_shown(seen):
    series = make.framework()
    dates = [*(f"{year}" for year in range(1990, 2005)), "1995", "1995", "1995", *[None] * 15]
    rows = [make.engagement(framework=series, **({"starts": date} if date else {})) for date in dates]
    make.engagement(framework=make.framework(), starts="1995")
    rows = in_order(Engagement.objects.filter(pk__in=[row.pk for row in rows]))
    for row in rows:
        found = around(row, seen())
        assert found["series"] == window(rows, row), (row.starts_on, row.reference)
        assert found["series_length"] == len(rows)


def test_what_is_hidden_or_archived_has_no_place_in_the_series_and_is_not_counted(seen, people):
    series = make.framework()
    here, elsewhere = make.engagement(framework=series, starts="2001"), make.team("elsewhere")
    shown = [make.engagement(framework=series, starts=year) for year in ("2000", "2002")]
    for year in range(1990, 2020):
        make.engagement(framework=series, starts=str(year), handling="restricted")
        make.engagement(framework=series, starts=str(year), review_state="draft", team=elsewhere)
        make.engagement(framework=series, starts=str(year), archived_at=timezone.now())
    found = around(here, seen())
    assert found["series"] == [shown[0], here, shown[1]]
    assert found["series_length"] == 3


def test_links_lead_to_what_the_reader_may_see(seen):
    here = make.engagement(parent=make.engagement(title="whole"))
    for title, more in (("seen", {}), ("hidden", {"handling": "restricted"})):
        make.engagement(title=f"{title} part", parent=here, **more)
        here.predecessors.add(make.engagement(title=f"{title} before", **more))
        make.engagement(title=f"{title} after", **more).predecessors.add(here)
        make.outcome(here, linked_engagement=make.engagement(title=f"{title} led to", **more))
    found = around(here, seen())
    assert found["parent"].title == "whole"
    assert {name: [row.title for row in found[name]] for name in ("parts", "predecessors", "successors")} == {
        "parts": ["seen part"],
        "predecessors": ["seen before"],
        "successors": ["seen after"],
    }
    assert [row.title for row in found["led_to"].values()] == ["seen led to"]
    assert module.led_to(here, seen()) == found["led_to"]
    assert (found["series"], found["series_length"]) == ([], 0)


def test_a_long_series_is_not_counted_to_its_end(seen, monkeypatch, people, signed_in):
    monkeypatch.setattr(module, "MOST_COUNTED", 3)
    monkeypatch.setattr("engagements.views.detail.MOST_COUNTED", 3)
    series = make.framework()
    rows = [make.engagement(framework=series) for _number in range(6)]
    assert around(rows[0], seen())["series_length"] == 4
    assert "more than 3 on record" in signed_in(people.analyst).get(f"/engagements/{rows[0].reference}/").text


def test_a_series_costs_the_same_queries_for_one_record_and_for_fifty(seen, assert_same_queries):
    series = make.framework()
    here = make.engagement(framework=series, starts="2001")
    assert_same_queries(lambda: make.engagement(framework=series, starts="2002"), lambda: around(here, seen()), at_most=2)
