"""The calendar: every engagement of the month is drawn or named, a bar a week, and the figure is that of the list."""

import datetime as dt

import pytest

from engagements.models import Engagement
from reports.calendar import month_of
from tests import make

MAY = dt.date(2020, 5, 1)


def drawn(month):
    """[(day, title, days)] of the bars, week by week."""
    found = []
    for week in month.weeks:
        for lane in week.lanes:
            assert sum(cell.days for cell in lane) == 7
            found += [(week.days[cell.bar.start].isoformat(), str(cell.bar.engagement), cell.days) for cell in lane if cell.bar]
    return found


def held(title, starts, ends=""):
    return make.engagement(title=title, starts=starts, ends=ends)


@pytest.mark.django_db
def test_what_lasts_over_a_sunday_has_a_bar_in_each_week():
    row = held("Long weekend", "2020-05-08", "2020-05-12")
    month = month_of(MAY, [row])
    assert drawn(month) == [("2020-05-08", "Long weekend", 3), ("2020-05-11", "Long weekend", 2)]
    first, second = (cell.bar for week in month.weeks for lane in week.lanes for cell in lane if cell.bar)
    assert (first.from_before, first.goes_on, second.from_before, second.goes_on) == (False, True, True, False)


@pytest.mark.django_db
def test_two_at_once_stand_in_two_lines_and_two_in_a_row_in_one():
    rows = [held("A", "2020-05-04", "2020-05-06"), held("B", "2020-05-05", "2020-05-05"), held("C", "2020-05-07", "2020-05-08")]
    week = month_of(MAY, rows).weeks[1]
    assert [[str(cell.bar.engagement) for cell in lane if cell.bar] for lane in week.lanes] == [["A", "C"], ["B"]]


@pytest.mark.django_db
def test_what_has_no_day_or_no_end_is_named_beside_it():
    vague, years, open_ended = held("Vague", "2020-05"), held("Years", "2019", "2021"), held("Open", "2020-05-04", "open")
    month = month_of(MAY, [vague, years, open_ended])
    assert (month.in_weeks, [str(row) for row in month.vague.rows], [str(row) for row in month.long.rows]) == (
        0,
        ["Vague"],
        ["Years", "Open"],
    )


@pytest.mark.django_db
def test_what_is_still_going_on_is_named_in_every_later_month():
    row = make.engagement(title="Since long", starts="2012-06-15", status="ongoing")
    month = month_of(MAY, [row])
    assert (month.in_weeks, [str(one) for one in month.long.rows]) == (0, ["Since long"])


@pytest.mark.django_db
def test_the_figure_is_that_of_the_list_and_nothing_is_left_out(people, signed_in):
    for title, starts, ends in [
        ("A", "2020-05-04", "2020-05-06"),
        ("B", "2020-05", ""),
        ("C", "2019-01-01", "open"),
        ("D", "2020-06-01", "2020-06-02"),
    ]:
        held(title, starts, ends)
    make.engagement(title="Hidden", starts="2020-05-05", handling="restricted", team=make.team("other"))
    client = signed_in(people.viewer)
    page = client.get("/calendar/", {"month": "2020-05"})
    month = page.context["month"]
    named = {title for _day, title, _days in drawn(month)} | {str(row) for row in [*month.vague.rows, *month.long.rows]}
    assert named == {"A", "B", "C"}
    assert month.total == 3
    assert client.get(page.context["list_address"]).context["page"].paginator.count == 3


@pytest.mark.django_db
def test_of_many_some_are_shown_and_how_many_are_not_is_said_beside_the_list_that_has_them(people, signed_in, monkeypatch):
    monkeypatch.setattr("reports.calendar.MOST_LANES", 2)
    monkeypatch.setattr("reports.calendar.MOST_NAMED", 1)
    for number in range(5):
        held(f"Day {number}", "2020-05-04", "2020-05-06")
        held(f"Vague {number}", "2020-05")
        held(f"Long {number}", "2019-01-01", "open")
    client = signed_in(people.viewer)
    page = client.get("/calendar/", {"month": "2020-05"})
    month, text = page.context["month"], page.content.decode()
    assert [title[:4] for _day, title, _days in drawn(month)] == ["Day ", "Day "]
    assert ([str(row)[:5] for row in month.vague.rows], [str(row)[:4] for row in month.long.rows]) == (["Vague"], ["Long"])
    assert (month.total, [week.not_drawn for week in month.weeks]) == (15, [0, 3, 0, 0, 0])
    assert (text.count("3 more are not drawn."), text.count("4 more are not named here.")) == (1, 2)
    assert client.get(page.context["list_address"]).context["page"].paginator.count == 15
    week, address = page.context["weeks"][1]
    assert address in text.replace("&amp;", "&")
    assert client.get(address).context["page"].paginator.count == 15
    assert week.days[0] == dt.date(2020, 5, 4)


@pytest.mark.django_db
@pytest.mark.parametrize("month", ["2020-13", "nonsense", "0000-01", "2020-5", "٢٠٢٠-05", "99999-01"])
def test_a_month_that_is_none_is_not_found(month, people, signed_in):
    assert signed_in(people.viewer).get("/calendar/", {"month": month}).status_code == 404


@pytest.mark.django_db
def test_a_month_costs_the_same_queries_for_one_and_for_many(people, signed_in, assert_same_queries):
    client = signed_in(people.viewer)

    def add():
        held(f"Row {Engagement.objects.count()}", "2020-05-04", "2020-05-06")

    add()
    assert_same_queries(add, lambda: client.get("/calendar/", {"month": "2020-05"}))
