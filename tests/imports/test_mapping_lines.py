"""Lines by a mapping: who takes part with which figures, wide families, groups, printed totals, and what is flagged."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from catalog.partial_dates import PartialDate
from imports.mapping import preview
from imports.mapping.lines import compile_mapping
from imports.mapping.parsed import ERROR, REVIEW, Named
from imports.mapping.places import out_of_place
from tests.imports.mapping_made import mapping, read, said, strengths

pytestmark = pytest.mark.once

TITLE = {"column": "title", "to": "title"}
PARTY = {"column": "party", "to": "participant"}


# Values ---


def test_a_line_has_the_values_of_its_columns_and_the_constants_where_they_say_nothing():
    parsed = read(
        [TITLE, {"column": "status", "to": "status"}],
        {"title": " Anakonda ", "status": ""},
        constants={"status": "completed", "kind": "exercise", "strategies": ["joint_exercises"]},
    )
    assert parsed.values == {
        "title": "Anakonda", "status": "completed", "kind": "exercise", "strategies": (Named("strategy", "joint_exercises"),),
    }  # fmt: skip
    assert parsed.problems == []


def test_the_column_goes_before_the_constant():
    rules = [TITLE, {"column": "status", "to": "status"}]
    assert read(rules, {"title": "A", "status": "planned"}, constants={"status": "completed"}).values["status"] == "planned"


def test_a_fault_names_line_column_and_cell():
    parsed = read([TITLE, {"column": "when", "to": "starts"}], {"title": "A", "when": " 31 Jun 2005 "})
    (problem,) = parsed.problems
    assert (problem.line, problem.column, problem.value, problem.severity) == (2, "when", " 31 Jun 2005 ", ERROR)
    assert parsed.is_wrong
    assert "starts" not in parsed.values


def test_headings_are_found_whatever_their_case_and_blanks():
    assert read([TITLE], {"  TITLE ": "A"}).values == {"title": "A"}


def test_a_mapping_for_another_file_is_refused_with_the_columns():
    with pytest.raises(ValidationError, match="no column “party”"):
        compile_mapping(mapping(TITLE, PARTY), ["title"])


def test_a_preview_passes_over_what_is_not_there_yet():
    (parsed,) = preview(mapping(TITLE, PARTY, group_by=["when"]), ["title"], [(2, ["A"])])
    assert parsed.values == {"title": "A"}


def test_long_texts_of_several_columns_join_and_of_others_the_first_stands():
    rules = [{"column": name, "to": "summary"} for name in "abc"]
    assert read(rules, {"a": "One", "b": "", "c": "Two"}).values == {"summary": "One\nTwo"}


def test_a_rule_may_count_for_some_lines_only():
    rules = [
        {"column": "n", "to": f"strength.{sex}", "only": {"column": "sex", "values": [mark]}}
        for sex, mark in (("female", "F"), ("male", "M"))
    ]
    women, men = read([PARTY, *rules], {"party": "Nepal", "n": "3", "sex": "f"}, {"party": "Nepal", "n": "5", "sex": "M"})
    assert strengths(women) == [("Nepal", {"female": 3})]
    assert strengths(men) == [("Nepal", {"male": 5})]


def test_a_line_with_one_cell_in_a_wide_table_is_flagged_as_a_note_perhaps():
    rules = [{"column": "nr", "to": "external_id", "system": "courses"}, TITLE, PARTY]
    empty = {"title": "", "party": "", "start": ""}
    note, entry = read(rules, {"nr": "* provisional", **empty}, {"nr": "7", **empty, "title": "Course"})
    assert (said(note), said(entry)) == ([("nr", REVIEW)], [])
    assert read([TITLE], {"title": "Talks", "party": "", "start": ""}).problems == []


def test_of_several_countries_in_a_cell_the_first_is_where_it_was_held_and_the_others_where_it_was_held_too():
    rules = [{"column": "visited", "to": "country", "split": "; and"}, {"column": "more", "to": "also_held_in"}]
    several = read(rules, {"visited": "Ghana; Togo and Ghana", "more": "Mali"}).values
    assert (several["country"], several["also_held_in"]) == (
        Named("country", "Ghana"), (Named("country", "Mali"), Named("country", "Togo")),
    )  # fmt: skip
    assert read(rules, {"visited": "Ghana", "more": ""}).values == {"country": Named("country", "Ghana")}


# Dates of a line ---

DATES = [{"column": "start", "to": "starts"}, {"column": "end", "to": "ends"}]


def test_an_end_before_the_start_comes_in_unknown_and_flagged():
    parsed = read(DATES, {"start": "2017-08-17", "end": "2017-08-04"})
    assert parsed.values == {"starts": PartialDate(2017, 8, 17), "ends": PartialDate()}
    assert said(parsed) == [("end", REVIEW)]
    assert not parsed.is_wrong


def test_a_flag_about_an_end_shows_the_cell_as_it_is_in_the_file():
    written = [{"column": "start", "to": "starts"}, {"column": "end", "to": "ends", "order": "mdy"}]
    parsed = read(written, {"start": "2017-08-17", "end": "08/04/2017"})
    assert [(problem.column, problem.value) for problem in parsed.problems] == [("end", "08/04/2017")]


def test_a_month_does_not_end_before_a_day_in_it():
    assert read(DATES, {"start": "2017-08-17", "end": "Aug 2017"}).problems == []


def test_an_end_a_lifetime_later_is_kept_and_flagged():
    parsed = read(DATES, {"start": "2017-08-17", "end": "2107-08-18"})
    assert parsed.values["ends"] == PartialDate(2107, 8, 18)
    assert said(parsed) == [("end", REVIEW)]


def test_an_empty_end_is_open_where_another_column_says_so():
    rules = [DATES[0], DATES[1] | {"open_when": {"column": "active", "values": ["Yes"]}}]
    row = {"start": "1948", "end": "", "active": "yes"}
    runs, ended, unknown = read(rules, row, row | {"end": "1950"}, row | {"active": "No"})
    assert runs.values["ends"] == PartialDate(open=True)
    assert ended.values["ends"] == PartialDate(1950)
    assert "ends" not in unknown.values


@pytest.mark.parametrize(
    ("cells", "date"),
    [
        (("1974", "11", "5"), PartialDate(1974, 11, 5)),
        (("1974", "11", "-9"), PartialDate(1974, 11)),
        (("1974", "Nov", "05"), PartialDate(1974, 11, 5)),
        (("1974", "November", ""), PartialDate(1974, 11)),
        (("1974", "0", "5"), PartialDate(1974)),
        (("1974", "", ""), PartialDate(1974)),
        (("-9", "11", "5"), None),
        (("", "", ""), None),
    ],
)
def test_year_month_and_day_may_stand_in_three_columns(cells, date):
    rules = [{"column": part, "to": f"starts.{part}"} for part in ("day", "month", "year")]
    parsed = read(rules, dict(zip(("year", "month", "day"), cells, strict=True)))
    assert parsed.values.get("starts") == date
    assert parsed.problems == []


def test_a_day_that_no_month_has_is_refused_at_the_column_of_the_year():
    rules = [{"column": "y", "to": "ends.year"}, {"column": "m", "to": "ends.month"}, {"column": "d", "to": "ends.day"}]
    assert said(read(rules, {"y": "1974", "m": "2", "d": "30"})) == [("y", ERROR)]


def test_the_day_of_a_line_is_its_start_or_else_its_end():
    lines = read(DATES, {"start": "1991", "end": "1993"}, {"start": "", "end": "1993"}, {"start": "", "end": ""})
    assert [line.on and line.on.year for line in lines] == [1991, 1993, None]


# Coordinates ---

DEGREES = [{"column": "lat", "to": "latitude"}, {"column": "lon", "to": "longitude"}]


def test_degrees_on_earth_are_kept_and_others_left_out_with_the_likely_swap():
    right, swapped, half = read(DEGREES, {"lat": "45.8", "lon": "15.9"}, {"lat": "125.6", "lon": "-8.6"}, {"lat": "1", "lon": ""})
    assert right.values == {"latitude": Decimal("45.8000"), "longitude": Decimal("15.9000")}
    assert swapped.values == half.values == {}
    assert "swapped" in swapped.problems[0].sentence
    assert said(swapped) == said(half) == [("lat", REVIEW)]


def test_a_point_far_from_its_country_is_told_with_the_likely_swap():
    somalia = {"SOM": "Somalia"}
    assert "swapped" in out_of_place(somalia, Decimal("45.35"), Decimal("2.0333"))
    assert "far from Somalia" in out_of_place(somalia, 60, 120)
    assert out_of_place(somalia, Decimal("2.0333"), Decimal("45.35")) == out_of_place({"XYZ": "Nowhere"}, 1, 1) == ""


# Money, outcomes, sources, names elsewhere ---


def test_the_money_of_a_line_is_one_row_with_its_source_year_and_currency():
    rules = [
        {"column": "program", "to": "funding.source"},
        {"column": "program", "to": "funding.note"},
        {"column": "fy", "to": "funding.fiscal_year"},
        {"column": "cost", "to": "funding.actual", "currency": "USD"},
    ]
    paid, unknown = read(rules, {"program": "IMET", "fy": "FY2017", "cost": "$17,020"}, {"program": "", "fy": "2017", "cost": ""})
    source = Named("funding_source", "IMET")
    assert paid.funding == [{"currency": "USD", "source": source, "note": "IMET", "fiscal_year": 2017, "actual": Decimal("17020.00")}]
    assert unknown.funding == []


def test_two_amounts_of_one_kind_are_two_rows():
    rules = [{"column": name, "to": "funding.actual", "currency": code} for name, code in (("us", "USD"), ("eu", "EUR"))]
    parsed = read(rules, {"us": "5", "eu": "7"}, constants={"funding.source": "national"})
    assert [(row["currency"], row["actual"], row["source"].text) for row in parsed.funding] == [
        ("USD", 5, "national"),
        ("EUR", 7, "national"),
    ]


def test_an_amount_keeps_its_own_currency_beside_a_constant():
    parsed = read([{"column": "a", "to": "funding.actual", "currency": "EUR"}], {"a": "5"}, constants={"funding.currency": "USD"})
    assert [row["currency"] for row in parsed.funding] == ["EUR"]


def test_outcomes_and_sources_and_numbers_elsewhere():
    rules = [
        {"column": "result", "to": "outcome.statement"},
        {"column": "url", "to": "source.url"},
        {"column": "id", "to": "external_id", "system": "un-dpo"},
    ]
    row = {"result": "Agreed.", "url": "https://un.org/a", "id": " 81 "}
    parsed, empty = read(rules, row, dict.fromkeys(row, ""), constants={"outcome.type": "agreement", "source.publisher": "UN"})
    assert parsed.outcomes == [{"type": Named("outcome_type", "agreement"), "statement": "Agreed."}]
    assert parsed.sources == [{"publisher": "UN", "url": "https://un.org/a", "title": "https://un.org/a"}]
    assert parsed.external_ids == [("un-dpo", "81")]
    assert (empty.outcomes, empty.sources, empty.external_ids) == ([], [], [])


def test_a_line_asks_for_all_its_names():
    rules = [
        PARTY,
        TITLE,
        {"column": "type", "to": "type"},
        {"column": "role", "to": "participant.role"},
        {"column": "pays", "to": "funding.source"},
    ]
    row = {"party": "Nepal", "title": "A", "type": "TTX", "role": "Cook", "pays": "IMET"}
    assert read(rules, row).asked == {
        Named("party", "Nepal"), Named("type", "TTX"), Named("choice:participant.role", "Cook"), Named("funding_source", "IMET"),
    }  # fmt: skip


# Groups, totals, flags ---


def test_lines_of_one_group_have_the_same_cells_but_for_blanks():
    first, second, other = read(
        [TITLE], {"title": "A", "at": "x "}, {"title": "A ", "at": "x"}, {"title": "A", "at": "y"}, group_by=["title", "at"]
    )
    assert first.group == second.group == first.identity != other.group


def test_without_a_group_each_line_is_its_own_unless_doubled_lines_are_one():
    rows = [{"title": "A"}, {"title": "A"}]
    kept, again = read([TITLE], *rows)
    assert kept.group != again.group
    merged, again = read([TITLE], *rows, doubled="merge")
    assert merged.group == again.group


def test_what_names_an_engagement_in_its_source_is_empty_where_it_is_blank():
    given, blank = read([TITLE], {"title": "A", "id": "7"}, {"title": "A", "id": " "}, identity=["id"])
    assert (given.identity, blank.identity) == (("7",), ())


def test_new_rows_of_our_own_files_hold_together_by_title_and_dates():
    rules = [{"column": "engagement_id", "to": "reference"}, TITLE, *DATES]
    row = {"engagement_id": "", "title": "A", "start": "2019", "end": ""}
    old, one, two, other = read(rules, row | {"engagement_id": "E-1"}, row, row, row | {"start": "2020"}, group_by=["engagement_id"])
    assert old.identity == old.group == ("E-1",)
    assert one.group == two.group != other.group
    assert one.identity == two.identity == ()


TOTALS = {"when": {"column": "title", "contains": "Program Totals"}, "keys": ["country"], "sums": {"people": "n", "cost": "cost"}}


def test_a_printed_total_is_its_figures_and_nothing_else():
    rules = [TITLE, {"column": "n", "to": "participant.personnel"}]
    total, line = read(
        rules,
        {"title": "FY 2017 program totals ", "country": "Angola ", "n": "9 ", "cost": "$176,564 "},
        {"title": "Course", "country": "Angola", "n": "", "cost": "$1.50"},
        aggregates=TOTALS,
    )
    assert (total.is_aggregate, total.keys, total.people, total.cost) == (True, {"country": "Angola"}, 9, Decimal("176564.00"))
    assert (total.values, total.problems) == ({}, [])
    assert (line.is_aggregate, line.people, line.cost) == (False, None, Decimal("1.50"))


def test_lines_may_be_flagged_by_what_they_say():
    parsed, other = read(
        [TITLE], {"title": "UNEF (I & II)"}, {"title": "UNEF I"}, flags=[{"column": "title", "contains": "(i & ii)", "say": "Two."}]
    )
    assert [(problem.sentence, problem.severity) for problem in parsed.problems] == [("Two.", REVIEW)]
    assert other.problems == []


# Whatever stands in a line ---

RULES = [
    TITLE,
    *DATES,
    *DEGREES,
    PARTY | {"split": ";"},
    {"column": "n", "to": "participant.personnel", "split": ";"},
    {"column": "n", "to": "strength.total"},
    {"column": "f", "to": "strength.female"},
    {"column": "cost", "to": "funding.actual", "currency": "USD"},
    {"column": "src", "to": "source"},
    {"column": "role", "to": "participant.role"},
    {"from": "Poland", "until": "Spain", "to": "participant", "gather": "heading"},
]
HEADINGS = ["title", "start", "end", "lat", "lon", "party", "n", "f", "cost", "src", "role", "Poland", "Spain"]
ODD = compile_mapping(
    mapping(*RULES, group_by=["title"], aggregates=TOTALS | {"keys": ["party"]}, constants={"funding.source": "other"}), HEADINGS
)


@given(
    st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["1", "Poland; Spain", "2019-05", "x", "95", "host", "a | b"])), max_size=15)
)
def test_any_line_is_read(cells):
    parsed = ODD.read(7, cells)
    assert all(problem.line == 7 and problem.sentence for problem in parsed.problems)
    assert all(isinstance(name, Named) for name in parsed.asked)
    latitude = parsed.values.get("latitude")
    assert latitude is None or abs(latitude) <= 90
