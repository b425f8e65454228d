"""Who takes part by a line, in which role, with which figures: parties in cells, in headings, in families of columns."""

import pytest
from django.core.exceptions import ValidationError

from catalog.partial_dates import PartialDate
from imports.mapping.parsed import REVIEW
from tests.imports.mapping_made import read, said, strengths, who

pytestmark = pytest.mark.once

PARTY = {"column": "party", "to": "participant"}


# Participants ---


def test_a_party_without_a_said_role_takes_part_plainly():
    assert who(read([PARTY], {"party": "Nepal"})) == [("Nepal", "participant", False)]


def test_a_role_comes_from_its_column_or_from_the_rule():
    rules = [PARTY, {"column": "role", "to": "participant.role"}, {"column": "host", "to": "participant", "role": "host"}]
    assert who(read(rules, {"party": "Nepal", "role": "Observer", "host": "India"})) == [
        ("Nepal", "observer", True),
        ("India", "host", True),
    ]


def test_a_party_of_the_whole_file_stands_in_each_line_and_has_no_figures():
    rules = [
        PARTY | {"role": "recipient"},
        {"column": "n", "to": "participant.personnel"},
        {"column": "by", "to": "participant.unit", "role": "trainer"},
    ]
    parsed = read(rules, {"party": "Nepal", "n": "4", "by": "DLIELC"}, constants={"participants": [{"party": "USA", "role": "trainer"}]})
    assert [(one.named.text, one.fields) for one in parsed.participants] == [("USA", {"unit": "DLIELC"}), ("Nepal", {"personnel": 4})]


def test_a_second_figure_below_another_heading_of_the_same_party_is_told_and_does_not_count():
    rule = {"from": "2010 / Nepal", "until": "2011 / Nepal", "to": "participant.personnel", "gather": "heading"}
    parsed = read([rule], {"2010 / Nepal": "4", "2011 / Nepal": "5"})
    assert [(one.named.text, one.fields) for one in parsed.participants] == [("Nepal", {"personnel": 4})]
    assert said(parsed) == [("2011 / Nepal", REVIEW)]


def test_a_figure_for_several_parties_is_not_put_down_to_any():
    rules = [PARTY | {"split": ";"}, {"column": "n", "to": "participant.personnel"}, {"column": "note", "to": "participant.note"}]
    parsed = read(rules, {"party": "Poland; Norway", "n": "100", "note": "late"})
    assert [one.fields for one in parsed.participants] == [{"note": "late"}, {"note": "late"}]
    assert said(parsed) == [("n", REVIEW)]


def test_what_says_no_role_belongs_to_the_party_whose_column_says_none():
    rules = [{"column": "guest", "to": "participant"}, {"column": "host", "to": "participant", "role": "host"}]
    parsed = read([*rules, {"column": "n", "to": "participant.personnel"}], {"guest": "Poland", "host": "Norway", "n": "9"})
    assert [(one.named.text, one.fields) for one in parsed.participants] == [("Poland", {"personnel": 9}), ("Norway", {})]


def test_as_many_figures_as_parties_are_put_down_one_to_each():
    rules = [PARTY | {"split": ";"}, {"column": "n", "to": "participant.personnel", "split": ";"}]
    parsed, too_few = read(rules, {"party": "Poland; Norway", "n": "100; 20"}, {"party": "Poland; Norway; Spain", "n": "1; 2"})
    assert [one.fields for one in parsed.participants] == [{"personnel": 100}, {"personnel": 20}]
    assert [one.fields for one in too_few.participants] == [{}, {}, {}]
    assert said(too_few) == [("n", REVIEW)]


def test_a_name_that_the_mapping_leaves_out_is_flagged_and_its_figures_count_in_the_totals():
    rules = [PARTY | {"values": {"Regional": None}}, {"column": "n", "to": "participant.personnel"}]
    aggregates = {"when": {"column": "party", "equals": "All"}, "keys": [], "sums": {"people": "n"}}
    parsed = read(rules, {"party": "Regional", "n": "7"}, aggregates=aggregates)
    assert parsed.participants == []
    assert parsed.people == 7
    assert said(parsed) == [("party", REVIEW), ("n", REVIEW)]


# Wide families ---


def test_each_filled_cell_of_a_family_names_a_party():
    row = {"title": "Cobra Gold", "StateA": "Thailand", "StateB": "", "StateC": "Japan", "note": "x"}
    assert who(read([{"from": "StateA", "until": "StateC", "to": "participant"}], row)) == [
        ("Thailand", "participant", False),
        ("Japan", "participant", False),
    ]


def test_the_headings_of_a_family_name_the_parties_of_the_figures():
    rules = [
        {"column": "when", "to": "strength.as_of"},
        {"from": "Poland", "until": "Spain", "to": "strength.total", "gather": "heading", "role": "troop_contributor"},
    ]
    parsed = read(rules, {"when": "2019-12", "Poland": "10", "Norway": "", "Chile": "0", "Spain": "7"})
    assert strengths(parsed) == [
        ("Poland", {"as_of": PartialDate(2019, 12), "total": 10}),
        ("Spain", {"as_of": PartialDate(2019, 12), "total": 7}),
    ]
    assert {one.role for one in parsed.participants} == {"troop_contributor"}


def test_a_party_named_in_its_cell_may_have_sent_nobody():
    """Below a heading 0 says that a country had no part; beside its name, that it had one, with nobody."""
    assert strengths(read([PARTY, {"column": "n", "to": "strength.total"}], {"party": "Nepal", "n": "0"})) == [("Nepal", {"total": 0})]


def test_a_heading_that_can_not_be_read_is_said_at_once():
    rule = {"from": "A", "until": "B", "to": "strength.total", "gather": "heading", "heading": ["strength.as_of"]}
    with pytest.raises(ValidationError, match="B: “B” is not read as a date"):
        read([PARTY, rule | {"from": "B"}], {"party": "Nepal", "B": "1"})


def test_marks_below_headings_say_who_takes_part_and_roles_in_what():
    rules = [{"from": "Poland", "until": "Spain", "to": "participant", "gather": "heading", "values": {"H": "host"}}]
    parsed = read(rules, {"Poland": "x", "Norway": "0", "Spain": "h", "Chile": "x"})
    assert who(parsed) == [("Poland", "participant", False), ("Spain", "host", True)]


def test_headings_of_several_rows_say_party_type_and_day():
    family = {"from": "A", "until": "Z", "to": "strength.total", "gather": "heading"}
    headings = ["2019 / Poland / Troops", "2019 / Poland / Formed police unit", "2020 / Spain / Troops"]
    rule = family | {"from": headings[0], "until": headings[2], "heading": ["strength.as_of", "participant", "strength.personnel_type"]}
    parsed = read([rule], dict(zip(headings, ["10", "5", "7"], strict=True)))
    assert strengths(parsed) == [
        ("Poland", {"as_of": PartialDate(2019), "personnel_type": "troops", "total": 10}),
        ("Poland", {"as_of": PartialDate(2019), "personnel_type": "formed_police", "total": 5}),
        ("Spain", {"as_of": PartialDate(2020), "personnel_type": "troops", "total": 7}),
    ]


def test_months_in_the_headings_are_figures_of_the_party_of_the_line():
    rule = {"from": "2019-01", "until": "2019-02", "to": "strength.total", "gather": "heading", "heading": ["strength.as_of"]}
    parsed = read([PARTY, rule], {"party": "Nepal", "2019-01": "5", "2019-02": "6"})
    assert strengths(parsed) == [
        ("Nepal", {"as_of": PartialDate(2019, 1), "total": 5}),
        ("Nepal", {"as_of": PartialDate(2019, 2), "total": 6}),
    ]


def test_a_family_of_seven_hundred_columns():
    row = {f"S{number}": ("Poland" if number % 100 == 0 else "") for number in range(750)}
    parsed = read([{"from": "S0", "until": "S749", "to": "participant"}], row)
    assert len(parsed.participants) == 8


# Strength reports ---


def test_women_and_men_stand_in_one_report():
    rules = [
        PARTY,
        {"column": "f", "to": "strength.female"},
        {"column": "m", "to": "strength.male"},
        {"column": "t", "to": "strength.total"},
    ]
    right, wrong = read(rules, {"party": "Nepal", "f": "3", "m": "5", "t": "8"}, {"party": "Nepal", "f": "3", "m": "5", "t": "9"})
    assert strengths(right) == [("Nepal", {"female": 3, "male": 5, "total": 8})]
    assert strengths(wrong) == [("Nepal", {"total": 9})]
    assert said(wrong) == [("f", REVIEW)]


def test_columns_of_different_personnel_are_different_reports():
    rules = [{"column": name, "to": "strength.total", "personnel_type": name} for name in ("troops", "formed_police")]
    parsed = read([PARTY, *rules], {"party": "Nepal", "troops": "100", "formed_police": "20"})
    assert strengths(parsed) == [
        ("Nepal", {"personnel_type": "troops", "total": 100}),
        ("Nepal", {"personnel_type": "formed_police", "total": 20}),
    ]
