"""Partial dates say what is known and no more, and read back as what was written."""

import calendar
import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from catalog.choices import Precision
from catalog.partial_dates import PartialDate, period

days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
partial_dates = st.one_of(
    days.map(lambda day: PartialDate(day.year, day.month, day.day)),
    days.map(lambda day: PartialDate(day.year, day.month)),
    days.map(lambda day: PartialDate(day.year)),
    st.just(PartialDate(open=True)),
    st.just(PartialDate()),
)


@given(partial_dates)
def test_what_a_form_shows_reads_back_as_the_same_date(date):
    assert PartialDate.parse(date.typed) == date


@given(partial_dates)
def test_what_a_file_says_reads_back_as_the_same_date(date):
    assert PartialDate.parse("open" if date.open else date.iso) == date


@given(partial_dates)
def test_what_is_stored_reads_back_as_the_same_date_from_either_bound(date):
    assert PartialDate.of(date.earliest, date.precision) == date
    assert PartialDate.of(date.latest, date.precision) == date


@given(partial_dates)
def test_the_bounds_are_the_first_and_the_last_day_it_can_be(date):
    if date.year is None:
        assert date.earliest is date.latest is None
        return
    last_month = date.month or 12
    assert date.earliest == dt.date(date.year, date.month or 1, date.day or 1)
    assert date.latest == dt.date(date.year, last_month, date.day or calendar.monthrange(date.year, last_month)[1])


@given(days)
def test_no_day_is_shown_that_was_not_known(day):
    month, year = PartialDate(day.year, day.month), PartialDate(day.year)
    assert str(year) == year.iso == f"{day.year:04d}"
    assert str(month) == f"{calendar.month_abbr[day.month]} {day.year}"
    assert month.iso == f"{day.year:04d}-{day.month:02d}"
    assert {month.precision, year.precision} == {Precision.MONTH, Precision.YEAR}


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("14 Mar 2026", "2026-03-14"),
        ("14. March 2026", "2026-03-14"),
        ("March 14, 2026", "2026-03-14"),
        ("mar 14 2026", "2026-03-14"),
        ("2026-03-14", "2026-03-14"),
        ("2026-3-4", "2026-03-04"),
        ("Mar 2026", "2026-03"),
        ("MARCH 2026", "2026-03"),
        ("Sept. 2026", "2026-09"),
        ("2026-03", "2026-03"),
        ("  2026 ", "2026"),
        ("\uff12\uff10\uff12\uff16", "2026"),  # full-width digits are digits
        ("29 Feb 2024", "2024-02-29"),
        ("1 Jan 1900", "1900-01-01"),
        ("31 Dec 2200", "2200-12-31"),
    ],
)
def test_it_reads_the_ways_in_which_people_write_a_date(text, iso):
    assert PartialDate.parse(text).iso == iso


@pytest.mark.parametrize("text", ["", "   ", "unknown", "Not known", "?", "N/K"])
def test_it_reads_that_a_date_is_not_known(text):
    date = PartialDate.parse(text)
    assert not date
    assert date.precision == Precision.UNKNOWN
    assert str(date) == "not known"


@pytest.mark.parametrize("text", ["open", "Open-ended", "ongoing", "PRESENT", "continuing"])
def test_it_reads_that_an_end_is_open(text):
    date = PartialDate.parse(text)
    assert date.open
    assert date.precision == Precision.OPEN
    assert str(date) == "open-ended"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31 Apr 2026", "April 2026 has 30 days. Write 30 Apr 2026 or Apr 2026."),
        ("2026-04-31", "April 2026 has 30 days. Write 30 Apr 2026 or Apr 2026."),
        ("29 Feb 2025", "February 2025 has 28 days. Write 28 Feb 2025 or Feb 2025."),
        ("0 May 2026", "May 2026 has 31 days. Write 31 May 2026 or May 2026."),
        ("2026-13", "There is no month 13."),
        ("2026-00-01", "There is no month 0."),
        ("1899", "The year 1899 is outside 1900 to 2200."),
        ("1 Jan 2201", "The year 2201 is outside 1900 to 2200."),
        ("9999-12-31", "The year 9999 is outside 1900 to 2200."),
        ("0000", "The year 0 is outside 1900 to 2200."),
        ("soon", "“soon” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
        ("14 Foo 2026", "“14 Foo 2026” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
        ("10000-01-01", "“10000-01-01” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
        ("03/04/2026", "“03/04/2026” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
        ("١٢", "“١٢” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
        ("1_000", "“1_000” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."),
    ],
)
def test_it_says_how_to_put_right_what_it_can_not_read(text, sentence):
    with pytest.raises(ValidationError) as error:
        PartialDate.parse(text)
    assert error.value.messages == [sentence]


def test_bodies_may_be_older_than_engagements():
    assert PartialDate.parse("4 Jul 1776", first_year=1500).iso == "1776-07-04"
    with pytest.raises(ValidationError, match="outside 1500"):
        PartialDate.parse("1499", first_year=1500)


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_gets_a_sentence(text):
    try:
        date = PartialDate.parse(text)
    except ValidationError as refusal:
        sentence = refusal.messages[0]
    else:
        assert PartialDate.parse(date.typed) == date
        return
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("starts", "ends", "text"),
    [
        ("10 Mar 2012", "24 Mar 2012", "10 – 24 Mar 2012"),
        ("28 Mar 2012", "2 Apr 2012", "28 Mar – 2 Apr 2012"),
        ("28 Dec 2012", "2 Jan 2013", "28 Dec 2012 – 2 Jan 2013"),
        ("10 Mar 2012", "10 Mar 2012", "10 Mar 2012"),
        ("May 1948", "May 1948", "May 1948"),
        ("May 1948", "1949", "May 1948 – 1949"),
        ("1948", "1948", "1948"),
        ("10 Mar 2012", "Mar 2012", "10 Mar 2012 – Mar 2012"),
        ("2003", "open", "since 2003"),
        ("", "open", "open-ended, start not known"),
        ("2003", "", "2003, end not known"),
        ("", "2003", "until 2003, start not known"),
        ("", "", "not known"),
    ],
)
def test_a_period_is_one_short_text(starts, ends, text):
    assert period(PartialDate.parse(starts), PartialDate.parse(ends)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mar 2026", "March 2026, day not known"),
        ("2026", "2026, month and day not known"),
        ("14 Mar 2026", "Saturday, 14 March 2026"),
        ("open", "open-ended"),
    ],
)
def test_what_was_understood_is_said_with_what_was_not(text, said):
    assert PartialDate.parse(text).spelled_out == said
