"""Cells to values: dates as far as they are known, numbers, lists; whatever stands in a cell is a value or a sentence."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from catalog.canonical import tidy
from catalog.partial_dates import PartialDate
from engagements.choices import Role, Status
from imports.mapping import targets
from imports.mapping.dates import Fault, read_date
from imports.mapping.numbers import read_decimal, read_number, read_people
from imports.mapping.parsed import ERROR, REVIEW, Named
from imports.mapping.spec import Rule
from imports.mapping.targets import Reads
from imports.mapping.values import KEPT, Memory, Missing, cell_reader

pytestmark = pytest.mark.once

UNKNOWN, OPEN = PartialDate(), PartialDate(open=True)


def reader(to, *, missing=(), decimal=".", **rule):
    return cell_reader(targets.by_name()[to], Rule(to=to, column="x", **rule), Missing(tuple(missing)), decimal)


def value(to, cell, **rule):
    """The value of a cell that is read without fault."""
    found, fault = reader(to, **rule)(cell)
    assert fault is None
    return found


def severity(to, cell, **rule):
    return reader(to, **rule)(cell)[1].severity


# Dates ---


@pytest.mark.parametrize(
    ("text", "order", "date"),
    [
        ("11/xx/1974", "mdy", PartialDate(1974, 11)),
        ("xx/11/1974", "dmy", PartialDate(1974, 11)),
        ("11/xx/1974", "", PartialDate(1974, 11)),
        ("2005-06-xx", "", PartialDate(2005, 6)),
        ("2005-??-??", "", PartialDate(2005)),
        ("xx/xx/2005", "dmy", PartialDate(2005)),
        ("00.00.1974", "dmy", PartialDate(1974)),
        ("-9/-9/1974", "mdy", PartialDate(1974)),
        ("May 1948", "", PartialDate(1948, 5)),
        ("05/1948", "", PartialDate(1948, 5)),
        ("1948", "", PartialDate(1948)),
        ("7/9/2017", "mdy", PartialDate(2017, 7, 9)),
        ("7/9/2017", "dmy", PartialDate(2017, 9, 7)),
        ("25.12.2005", "", PartialDate(2005, 12, 25)),
        ("12-25-2005", "", PartialDate(2005, 12, 25)),
        ("4/4/2005", "", PartialDate(2005, 4, 4)),
        ("1948-05-14", "dmy", PartialDate(1948, 5, 14)),
        ("1948-05-14T00:00:00", "", PartialDate(1948, 5, 14)),
        ("1948-05-14 00:00:00.000+00:00", "", PartialDate(1948, 5, 14)),
        ("5/14/1948 12:00:00 AM", "mdy", PartialDate(1948, 5, 14)),
        ("19480514", "", PartialDate(1948, 5, 14)),
        ("14 May 1948", "", PartialDate(1948, 5, 14)),
        ("14-May-1948", "mdy", PartialDate(1948, 5, 14)),
        ("Friday, May 14th, 1948", "", PartialDate(1948, 5, 14)),
        ("xx Sept 1948", "", PartialDate(1948, 9)),
        ("Present", "", OPEN),
        ("ongoing", "", OPEN),
        ("-9", "", UNKNOWN),
        ("unknown", "", UNKNOWN),
        ("xx/xx/xxxx", "", UNKNOWN),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(text, order, date):
    assert read_date(text, order) == (date, None)


@pytest.mark.parametrize(
    ("text", "order", "said"),
    [
        ("3/4/2005", "", "order of the dates"),
        ("25/12/2005", "mdy", "no month 25"),
        ("2005-06-31", "", "30 days"),
        ("06/05/74", "mdy", "two digits"),
        ("14-May-48", "", "two digits"),
        ("05/06", "", "two digits"),
        ("43831", "", "number of a day in a spreadsheet"),
        ("$4,181", "mdy", "not read as a date"),
        ("May-June 1948", "", "not read as a date"),
    ],
)
def test_a_date_that_can_not_be_read_for_certain_is_an_error(text, order, said):
    date, fault = read_date(text, order)
    assert date is None
    assert fault.severity == ERROR
    assert said in fault.sentence


@pytest.mark.parametrize("text", ["3009-01-01", "14 May 1848", "9999"])
def test_a_year_outside_the_record_is_kept_as_unknown_and_flagged(text):
    date, fault = read_date(text, "dmy")
    assert (date, fault.severity) == (UNKNOWN, REVIEW)
    assert "1900 to 2200" in fault.sentence


@pytest.mark.parametrize(
    ("text", "date"), [("11/xx/xxxx", UNKNOWN), ("2005-xx-11", PartialDate(2005)), ("2019-05-06 14:30", PartialDate(2019, 5, 6))]
)
def test_what_falls_away_from_a_date_is_flagged(text, date):
    found, fault = read_date(text)
    assert (found, fault.severity) == (date, REVIEW)


def test_the_first_of_a_month_means_the_month_only_where_that_is_stated():
    assert value("starts", "1964-09-01", first_of_month="month") == PartialDate(1964, 9)
    assert value("starts", "1964-09-02", first_of_month="month") == PartialDate(1964, 9, 2)
    assert value("starts", "1964-09-01") == PartialDate(1964, 9, 1)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("31-Jan-19", PartialDate(2019, 1, 31)),
        ("5/14/48", PartialDate(2048, 5, 14)),
        ("5/14/50", PartialDate(1950, 5, 14)),
        ("5/14/98 0:00", PartialDate(1998, 5, 14)),
        ("Jan-98", PartialDate(1998, 1)),
        ("5/14/2001", PartialDate(2001, 5, 14)),
        ("2001-05-14", PartialDate(2001, 5, 14)),
        ("14 May 2001", PartialDate(2001, 5, 14)),
    ],
)
def test_years_of_two_digits_are_read_only_where_their_century_is_stated(text, date):
    assert value("starts", text, order="mdy", century_from="1950") == date


@pytest.mark.parametrize(
    ("text", "day"), [("43221", PartialDate(2018, 5, 1)), ("61", PartialDate(1900, 3, 1)), ("9000", PartialDate(1924, 8, 21))]
)
def test_a_spreadsheets_number_of_a_day_is_read_where_it_is_stated(text, day):
    assert value("starts", text, order="serial") == day
    assert reader("starts", order="serial")(f"{text}.5") == (day, Fault("The time of day is left out; the day is kept.", REVIEW))


def test_days_that_programs_count_differently_are_no_dates():
    date, fault = read_date("60", "serial")
    assert (date, "before March 1900" in fault.sentence) == (None, True)


def test_only_an_end_is_open():
    assert value("ends", "Present") == OPEN
    found, fault = reader("starts")("Present")
    assert (found, fault.severity) == (UNKNOWN, REVIEW)


def test_a_field_that_needs_a_day_says_so():
    assert str(value("review_on", "14 May 2027")) == "2027-05-14"
    assert severity("review_on", "May 2027") == ERROR


# Numbers ---


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("17020", ".", "17020"), ("17,020", ".", "17020"), ("1,234,567.50", ".", "1234567.50"), ("17.020", ",", "17020"),
        ("15,9833", ",", "15.9833"), ("-1,2500", ",", "-1.2500"), ("17 020", ".", "17020"), ("17\u202f020,5", ",", "17020.5"),
        ("1'234", ".", "1234"), ("(350)", ".", "-350"), ("\u2212 12".replace(" ", ""), ".", "-12"), ("+3", ".", "3"),
    ],
)  # fmt: skip
def test_a_number_is_read_in_the_stated_style(text, decimal, number):
    assert read_number(text, decimal) == (Decimal(number), None)


@pytest.mark.parametrize("text", ["12,34", "1,2,3", "1.2.3", "12 3", "1e5", "NaN", "Infinity", "ca. 100", "٣", "0x10", "1/2", "", "9" * 50])
def test_what_is_no_number_in_that_style_is_refused(text):
    found, fault = read_number(text, ".")
    assert found is None
    assert fault.severity == ERROR


@pytest.mark.parametrize("text", ["$17,020", "17,020 $", "US$ 17,020", "USD 17,020", "17,020 USD", "$17,020.00"])
def test_money_may_carry_its_sign(text):
    assert value("funding.actual", text, currency="USD") == Decimal("17020.00")


def test_money_of_another_currency_is_refused():
    assert "EUR" in reader("funding.actual", currency="USD")("EUR 500")[1].sentence


@pytest.mark.parametrize(
    ("text", "times", "amount"), [("10.3", "million", "10300000.00"), ("EUR 4,5", "thousand", "4500.00"), ("7", "", "7.00")]
)
def test_amounts_count_thousands_or_millions_where_their_column_does(text, times, amount):
    decimal = "," if "," in text else "."
    assert reader("funding.planned", currency="EUR", times=times, decimal=decimal)(text) == (Decimal(amount), None)


def test_an_amount_in_millions_has_its_own_limits():
    assert reader("funding.planned", currency="EUR", times="million")("0.1234567") == (Decimal("123456.70"), None)
    assert severity("funding.planned", "12345678901", currency="EUR", times="million") == ERROR


def test_money_is_never_less_than_nothing_and_a_number_of_people_is_whole():
    assert severity("funding.actual", "-5", currency="USD") == ERROR
    assert read_people("12.0") == (12, None)
    assert [read_people(text)[0] for text in ("12.5", "-1", "100000001")] == [None, None, None]
    assert read_people("$12")[0] is None


def test_more_decimals_than_fit_are_rounded_and_flagged_but_not_degrees():
    found, fault = read_decimal("0.125", ".", places=2, digits=18, currency="")
    assert (found, fault.severity) == (Decimal("0.12"), REVIEW)
    assert value("latitude", "18.2167164") == Decimal("18.2167")


# Lists and texts ---


@pytest.mark.parametrize("text", ["troop_contributor", "Troop-contributing country", " TROOP CONTRIBUTOR "])
def test_a_closed_list_is_read_by_code_or_label(text):
    assert value("participant.role", text) == Role.TROOP_CONTRIBUTOR


def test_half_a_label_is_enough_where_it_is_of_one_value_only():
    assert value("participant.role", "Trainee") == Role.RECIPIENT


def test_a_closed_list_is_read_by_code_in_every_language():
    with translation.override("de"):
        assert value("status", "completed") == Status.COMPLETED


def test_what_is_no_value_of_a_closed_list_is_a_name_to_ask_for():
    assert value("status", "Done and dusted") == Named("choice:status", "Done and dusted")


def test_values_are_mapped_whatever_their_case_before_they_are_read():
    assert value("type", "ttx", values={"TTX": "table_top"}) == Named("type", "table_top")
    assert value("status", "n.a.", values={"n.a.": None}) is None


def test_a_cell_is_split_and_each_piece_mapped():
    names = value("participant", "Poland; N/A;; Norwegen ", split=";", values={"Norwegen": "NOR"}, missing=["n/a"])
    assert names == (Named("party", "Poland"), Named("party", "NOR"))


@pytest.mark.parametrize(
    ("split", "cell", "names"),
    [
        ("; / and", "Poland; Norway/Spain and Nepal", ["Poland", "Norway", "Spain", "Nepal"]),
        (" and ", "Finland and Poland", ["Finland", "Poland"]),
        ("and", "Finland AND Poland", ["Finland", "Poland"]),
        (" ", "POL NOR", ["POL", "NOR"]),
        (".", "POL.NOR", ["POL", "NOR"]),
    ],
)
def test_a_cell_is_split_at_each_of_the_marks_and_at_whole_words(split, cell, names):
    assert value("participant", cell, split=split) == tuple(Named("party", name) for name in names)


def test_a_cell_that_stands_for_something_as_a_whole_is_not_split():
    names = value("participant", "Bosnia and Herzegovina", split="and", values={"Bosnia and Herzegovina": "BIH"})
    assert names == (Named("party", "BIH"),)
    assert value("participant", "nobody and all", split="and", values={"nobody and all": None}) is None


def test_a_cell_without_a_separator_is_one_name():
    assert value("participant", "Congo, Republic of") == (Named("party", "Congo, Republic of"),)


def test_missing_is_what_is_stated_and_never_the_code_of_namibia():
    assert value("participant", "NA") == (Named("party", "NA"),)
    assert value("participant", "NA", missing=["NA"]) is None
    assert value("title", "  ") is None


def test_a_part_of_a_cell_is_taken_between_two_texts():
    program = "IMET-1 - Fiscal Year 2017 Department of State Training"
    assert value("funding.fiscal_year", program, after=" - Fiscal Year ", before=" ") == 2017
    assert value("funding.source", program, before=" - Fiscal Year ") == Named("funding_source", "IMET-1")
    assert value("funding.source", "IMET-1", before=" - Fiscal Year ") is None


def test_a_text_within_a_cell_stands_for_a_value():
    assert value("country", "Ft. Lee, VA, US", contains={", US": "USA"}) == Named("country", "USA")
    assert value("country", "Tunis, Tunisia", contains={", US": "USA"}) is None


def test_texts_are_one_line_without_blanks_around_and_as_long_as_fits():
    assert value("title", "  Exercise\r\n  Anakonda\u200b ") == "Exercise Anakonda"
    assert value("summary", "One\r\nTwo") == "One\nTwo"
    assert severity("title", "x" * 301) == ERROR


@pytest.mark.parametrize("cell", ["a\0b", "a\x07b", "\ud800"])
def test_what_is_no_text_is_refused(cell):
    assert severity("summary", cell) == ERROR


def test_our_own_cells_lose_the_apostrophe_and_the_escapes():
    assert value("title", "'=SUM(A1)", guarded=True) == "=SUM(A1)"
    assert value("participant", "Poland; A\\;B", escaped=True) == (Named("party", "Poland"), Named("party", "A;B"))
    assert value("source", "Report | UN | https://un.org/a; Book") == (("Report", "UN", "https://un.org/a"), ("Book", "", ""))


def test_unreadable_cells_may_be_said_to_come_in_unknown_and_flagged():
    assert reader("starts", order="mdy")("$0")[1].severity == ERROR
    found, fault = reader("starts", order="mdy", unreadable="flag")("$0")
    assert (found, fault.severity) == (UNKNOWN, REVIEW)


@pytest.mark.parametrize(("cell", "said"), [("Yes", True), ("x", True), ("0", False), ("FALSE", False)])
def test_yes_and_no_in_their_usual_spellings(cell, said):
    assert value("is_virtual", cell) is said


def test_an_address_is_one_of_the_web():
    assert value("source.url", "https://psdata.un.org/") == "https://psdata.un.org/"
    assert severity("source.url", "javascript:alert(1)") == ERROR


def test_a_column_forgets_so_that_a_long_file_needs_no_memory():
    memory = Memory(str.upper)
    for number in range(KEPT + 10):
        assert memory[f"a{number}"] == f"A{number}"
    assert len(memory) == 10


# Whatever stands in a cell ---

CELLS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="0123456789xX?-/. ,:'$€()+TMay", max_size=25),
    st.dates().map(str),
    st.floats().map(str),
)
READ = [target for target in targets.by_name().values() if target.reads not in {Reads.NOTHING, Reads.DATE_PART}]


@given(
    cell=CELLS,
    target=st.sampled_from(READ),
    order=st.sampled_from(["", "dmy", "mdy", "ymd"]),
    decimal=st.sampled_from([".", ","]),
    split=st.sampled_from(["", ";", ","]),
    guarded=st.booleans(),
)
def test_any_cell_is_a_value_or_a_sentence(cell, target, order, decimal, split, guarded):
    read = reader(target.name, order=order, decimal=decimal, split=split, guarded=guarded, escaped=guarded)
    found, fault = read(cell)
    assert fault is None or (fault.sentence and fault.severity in {ERROR, REVIEW})
    if found is None and fault is None:  # then nothing was said in it
        says_unknown = target.reads is Reads.DAY and read_date(tidy(cell), order)[0] == UNKNOWN
        assert says_unknown or not re.sub(r"[\s;,'\\]", "", tidy(cell))


@given(date=st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2200, 12, 31)))
def test_each_day_is_read_back_in_each_way_of_writing(date):
    whole = (PartialDate(date.year, date.month, date.day), None)
    assert read_date(f"{date.day}/{date.month}/{date.year}", "dmy") == whole
    assert read_date(f"{date.month:02}.{date.day:02}.{date.year}", "mdy") == whole
    assert read_date(date.isoformat(), "dmy") == whole
    assert read_date(f"{date.day} {date:%B} {date.year}") == whole


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Trinidad and Tobago", ["Trinidad and Tobago"]),
        ("Ghana and Trinidad and Tobago", ["Ghana", "Trinidad", "Tobago"]),  # nobody can tell; it is asked about
        ("Ghana; Trinidad and Tobago, Korea, South", ["Ghana", "Trinidad and Tobago", "Korea", "South"]),
        ("Ghana; Korea, South; Mali and Togo", ["Ghana", "Korea, South", "Mali", "Togo"]),
        ("Ghana, Mali and Finland", ["Ghana", "Mali", "Finland"]),
    ],
)
def test_a_name_with_a_mark_in_it_is_not_parted_where_the_lists_know_it(cell, names):
    known = {("country", "Trinidad and Tobago"), ("country", "Korea, South")}
    rule = Rule(to="participant", column="x", resolve="country", split="and ; ,")
    read = cell_reader(targets.by_name()["participant"], rule, Missing(()), is_name=lambda *asked: asked in known)
    assert [named.text for named in read(cell)[0]] == names


def test_a_part_of_a_cell_that_the_values_name_is_not_parted_further():
    rule = {"split": "; and", "values": {"Bosnia and Herzegovina": "BIH"}}
    assert [named.text for named in value("participant", "Mali; Bosnia and Herzegovina", **rule)] == ["Mali", "BIH"]
