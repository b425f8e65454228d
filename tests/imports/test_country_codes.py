"""Codes of another list than ISO: what is Australia here is Austria there, and nobody would notice."""

import datetime as dt
import itertools

import pytest

from catalog.country_codes import as_name, uses
from catalog.fixture_files import rows
from imports.mapping.guess import guess_mapping
from imports.mapping.lines import compile_mapping
from imports.mapping.parsed import Named
from imports.mapping.spec import Mapping
from imports.resolving import Answers, Unsettled

HEADINGS = ["Exercise", "Start", "StateA", "StateB", "StateC"]
STATES = {"from": "StateA", "until": "StateC", "to": "participant", "codes": "cow"}


def parties(cells, **more):
    mapping = Mapping.from_dict({"entente_mapping": 1, "name": "", "columns": [STATES | more]})
    parsed = compile_mapping(mapping, HEADINGS).read(2, ["Wagon Wheel", "1974", *cells])
    return [participant.named for participant in parsed.participants]


def test_a_code_is_looked_up_in_its_own_list_and_a_name_in_ours():
    assert parties(["AUS", "900", "New Zealand"]) == [Named("party", "COW AUS"), Named("party", "COW 900"), Named("party", "New Zealand")]
    assert parties(["002", "ANZAC", "nz"]) == [Named("party", "COW 2"), Named("party", "ANZAC"), Named("party", "nz")]
    assert parties(["AUS", "", ""], codes="") == [Named("party", "AUS")]


def test_what_the_mapping_says_of_a_code_is_said_in_our_codes():
    assert parties(["GFR", "AUL", ""], values={"GFR": "DEU"}) == [Named("party", "DEU"), Named("party", "COW AUL")]


@pytest.mark.parametrize(
    ("code", "day", "means"),
    [
        ("AUS", "1997-06-11", "AUT"),
        ("900", "1997-06-11", "AUS"),
        ("SWZ", "1997-06-11", "CHE"),
        ("365", "1974-11-02", "SUN"),
        ("RUS", "1994-11-02", "RUS"),
        ("YUG", "2002-01-01", "YUG"),
        ("345", "2005-01-01", "SCG"),
        ("345", "2012-01-01", "SRB"),
        ("GFR", "1974-11-02", "DEU"),
        ("265", "1974-11-02", "DDR"),
        ("DRC", "1985-05-01", "ZAR"),
    ],
)
def test_each_code_means_the_state_of_the_day(code, day, means, seeded):
    assert Answers().resolve(Named("party", as_name("cow", code)), dt.date.fromisoformat(day)).code == means


def test_a_code_that_is_in_neither_list_is_asked_about(seeded):
    open_ = Answers().resolve(Named("party", as_name("cow", "AUT")), dt.date(1997, 6, 11))
    assert isinstance(open_, Unsettled)
    assert "COW AUT" in open_.sentence


def test_without_a_day_a_code_of_several_states_is_asked_about(seeded):
    assert isinstance(Answers().resolve(Named("party", as_name("cow", "365"))), Unsettled)
    assert Answers().resolve(Named("party", as_name("cow", "900"))).code == "AUS"


def test_every_code_leads_to_countries_of_the_list_one_on_each_day(seeded):
    answers = Answers()
    for key, found in uses().items():
        assert all(answers.knows("country", code) for code, _first, _last in found), key
        for (_code, _first, last), (_next, first, _last) in itertools.pairwise(found):
            assert first - last == dt.timedelta(days=1), key
    numbers = {row["number"]: row["letters"] for _place, row in rows("country_codes")}
    assert len(numbers) == len(set(numbers.values())) == len(uses()) // 2 == 201


def test_codes_of_another_list_are_proposed_where_ours_does_not_have_them(seeded):
    def proposed(*states):
        found = guess_mapping(HEADINGS, [["Wagon Wheel", "1974-11-02", *states], ["Reforger", "1975-10-01", "USA", "UKG", "BEL"]])
        return next(rule.codes for rule in found.columns if rule.to == "participant")

    assert proposed("AUL", "NEW", "CAN") == "cow"
    assert proposed("POL", "NOR", "XQZ") == "", "one slip among codes of ours"
    lines = [["Talks", "1974-11-02", "2", "365"], ["Visit", "1975-10-01", "900", "200"]]
    numbers = guess_mapping(["Event", "Start", "ccode1", "ccode2"], lines)
    assert [(rule.column, rule.codes) for rule in numbers.columns if rule.to == "participant"] == [("ccode1", "cow"), ("ccode2", "cow")]


def test_a_number_beside_a_name_is_the_same_party_again(seeded):
    lines = [["Talks", "1974-11-02", "Austria", "305"], ["Visit", "1975-10-01", "Chad", "483"], ["Visit", "1975-11-01", "Australia", "900"]]
    found = guess_mapping(["Event", "Start", "Country", "ccode"], lines)
    assert [rule.column for rule in found.columns if rule.to == "participant"] == ["Country"]
