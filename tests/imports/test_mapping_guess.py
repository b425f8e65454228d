"""The first proposal for a file: our own layouts and the given files exactly, others by their headings and values."""

import pytest

from engagements.export.layouts import LAYOUTS
from imports.mapping.guess import guess, guess_mapping
from imports.mapping.own import own_layout, own_mapping
from imports.mapping.parsed import ERROR
from imports.mapping.ready import ready_mappings, shipped
from imports.mapping.spec import Mapping
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    for code, iso2, name in (("POL", "PL", "Poland"), ("NOR", "NO", "Norway"), ("ESP", "ES", "Spain"), ("NPL", "NP", "Nepal")):
        make.country(code, name, iso2=iso2)


def proposed(headings, *rows):
    """What each column is proposed to be: {heading: target or (target, role)}, families by their first column."""
    found = guess_mapping(headings, list(rows))
    assert Mapping.from_dict(guess(headings, list(rows))) == found
    return {rule.named: (rule.to, rule.role) if rule.role else rule.to for rule in found.columns}


# Files that are known ---


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_our_own_layouts_are_recognized_and_have_nothing_to_complain_of(name):
    header = LAYOUTS[name].header
    assert own_layout(header) == name
    assert guess_mapping(header, []) == own_mapping(name)
    assert [problem for problem in own_mapping(name).check(header) if problem.severity == ERROR] == []
    assert own_mapping(name).identifying == (header[0],)


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_each_column_of_our_own_layouts_has_a_meaning(name):
    mapping = own_mapping(name)
    meant = {rule.column for rule in mapping.columns} | {rule.precision for rule in mapping.columns} - {""}
    assert meant == set(LAYOUTS[name].header)


def test_our_own_file_is_recognized_with_columns_taken_out_and_in_another_order():
    headings = ["personnel_actual", "engagement_id", "country_iso3", "role"]
    assert own_layout(headings) == "participations"
    assert {rule.column for rule in guess_mapping(headings, []).columns} == set(headings)


def test_anybodys_id_and_title_are_not_our_own_file():
    assert own_layout(["id", "title"]) == ""
    assert own_layout(["id", "title", "kind", "color"]) == ""


@pytest.mark.parametrize("code", list(shipped()))
def test_a_file_with_a_ready_mapping_is_recognized(code):
    mapping = shipped()[code]
    headings = list(dict.fromkeys(name for rule in mapping.columns for name in (rule.column, *([rule.only.column] if rule.only else []))))
    headings += [name for name in (rule.open_when.column for rule in mapping.columns if rule.open_when) if name not in headings]
    assert guess_mapping(headings, []) == mapping


def test_the_ready_mappings_are_complete():
    assert set(ready_mappings()) == {"us-training-report", "un-operations", *(f"entente-{name}" for name in LAYOUTS)}
    for document in ready_mappings().values():
        assert Mapping.from_dict(document).to_dict() == document


# Files that nobody has seen ---


def test_exercises_with_a_column_for_each_state(world):
    headings = ["Exercise", "Start Date", "End Date", "Location", *(f"State{letter}" for letter in "ABCDE"), "Notes"]
    first = ["Anakonda", "11/xx/1974", "11/25/1974", "Orzysz", "Poland", "Norway", "Spain", "", "", "x"]
    assert proposed(headings, first) == {
        "Exercise": "title", "Start Date": "starts", "End Date": "ends", "Location": "place", "StateA … StateE": "participant",
        "Notes": "summary",
    }  # fmt: skip
    orders = {rule.column: rule.order for rule in guess_mapping(headings, [first]).columns}
    assert (orders["Start Date"], orders["End Date"]) == ("mdy", "mdy")


def test_troop_contributions_by_month_and_sex(world):
    headings = [
        "Contributing_Country",
        "ISOCode3",
        "Mission_Acronym",
        "Personnel_Type",
        "Female_Personnel",
        "Male_Personnel",
        "Last_Reporting_Date",
    ]
    rows = [["Nepal", "NPL", "UNIFIL", "Troops", "30", "800", "2023-01-31"], ["Poland", "POL", "UNIFIL", "Troops", "3", "80", "2023-01-31"]]
    assert proposed(headings, *rows) == {
        "Contributing_Country": ("participant", "troop_contributor"), "Mission_Acronym": "title",
        "Personnel_Type": "strength.personnel_type", "Female_Personnel": "strength.female", "Male_Personnel": "strength.male",
        "Last_Reporting_Date": "strength.as_of",
    }  # fmt: skip
    assert guess_mapping(headings, rows).group_by == ("Mission_Acronym",)


def test_missions_with_a_column_of_figures_for_each_contributor(world):
    headings = ["Mission", "Start", "End", "Contributors / Poland", "Contributors / Norway", "Contributors / Spain"]
    found = guess_mapping(headings, [["EUTM", "2013", "Present", "10", "", "20"]])
    family = next(rule for rule in found.columns if rule.is_family)
    assert (family.since, family.until, family.to, family.gather) == (headings[3], headings[5], "participant.personnel", "heading")


def test_figures_below_party_and_type_of_personnel_in_headings_of_three_rows(world):
    headings = [
        "Mission / Mission / Mission",
        *(f"Staff / {name} / {kind}" for name in ("Poland", "Spain") for kind in ("Military", "Troops")),
    ]
    found = guess_mapping(headings, [["EUTM", "10", "2", "", "4"]])
    family = next(rule for rule in found.columns if rule.is_family)
    assert (family.to, family.heading) == ("strength.total", ("participant", "strength.personnel_type"))
    assert found.columns[0].to == "mission.acronym"


def test_figures_below_months(world):
    found = guess_mapping(["Country", "Jan 2019", "Feb 2019", "Mar 2019"], [["Nepal", "3", "4", ""]])
    assert [(rule.to, rule.heading) for rule in found.columns if rule.is_family] == [("strength.total", ("strength.as_of",))]


def test_year_month_and_day_of_start_and_end(world):
    parts = ["year", "month", "day"]
    headings = ["Exercise", *(f"start_{part}" for part in parts), *(f"End{part.capitalize()}" for part in parts)]
    assert proposed(headings, ["Anakonda", "1974", "11", "-9", "1974", "Dec", "1"]) == {
        "Exercise": "title",
        **{f"start_{part}": f"starts.{part}" for part in parts},
        **{f"End{part.capitalize()}": f"ends.{part}" for part in parts},
    }


def test_year_and_month_of_figures(world):
    found = proposed(["Contributor", "Year", "Month", "Female", "Male"], ["Nepal", "2019", "5", "3", "9"])
    assert (found["Year"], found["Month"]) == ("strength.as_of.year", "strength.as_of.month")


def test_columns_of_women_and_men_for_each_type_of_personnel(world):
    headings = ["Country", "Mission", "UNPOL M", "UNPOL F", "Troops Male", "Troops Female", "Total"]
    found = guess_mapping(headings, [["Nepal", "UNIFIL", "1", "2", "3", "4", "10"]])
    assert [(rule.to, rule.personnel_type) for rule in found.columns if rule.to.startswith("strength.")] == [
        ("strength.male", "individual_police"),
        ("strength.female", "individual_police"),
        ("strength.male", "troops"),
        ("strength.female", "troops"),
    ]


def test_a_code_beside_a_name_is_not_the_party_again(world):
    assert proposed(["country_code", "country_name"], ["POL", "Poland"], ["NOR", "Norway"]) == {"country_name": "participant"}


def test_places_that_are_countries_are_where_it_is_held(world):
    assert proposed(["Exercise", "Location"], ["Anakonda", "Poland"]) == {"Exercise": "title", "Location": "country"}


def test_visits_with_a_host_who_takes_part(world):
    found = guess_mapping(
        ["id", "Visitor", "Host country", "Date"], [["1", "Poland; Norway", "Spain", "3 May 2019"], ["2", "Nepal", "Spain", "2020"]]
    )
    assert [(rule.column, rule.to, rule.role, rule.split) for rule in found.columns] == [
        ("id", "external_id", "", ""),
        ("Visitor", "participant", "", ";"),
        ("Host country", "country", "", ""),
        ("Date", "starts", "", ""),
        ("Host country", "participant", "host", ""),
    ]
    assert found.identity == ("id",)


def test_a_column_of_parties_is_found_by_its_values(world):
    assert proposed(["Foo", "Bar"], ["Poland", "Blue"], ["Norway", "Red"]) == {"Foo": "participant"}


def test_a_heading_that_promises_what_the_cells_do_not_hold_is_left_alone(world):
    assert proposed(["Start", "Participants"], ["after lunch", "the usual crowd"]) == {}


def test_tokens_for_nothing_are_proposed_but_never_the_code_of_namibia(world):
    assert guess_mapping(["Country", "Start"], [["NA", "-9"], ["Poland", "n/a"]]).missing == ("-9", "n/a")


def test_the_order_of_dates_is_left_open_where_the_first_rows_do_not_tell(world):
    (rule,) = guess_mapping(["Start"], [["3/4/2005"], ["5/6/2006"]]).columns
    assert rule.order == ""


def test_the_order_of_one_column_tells_that_of_the_others(world):
    rules = guess_mapping(["Start", "End"], [["3/4/2005", "25/12/2005"]]).columns
    assert [rule.order for rule in rules] == ["dmy", "dmy"]


def test_what_is_all_over_is_proposed_as_completed(world):
    def status(*cells, headings=("Exercise", "Start", "End")):
        return guess_mapping(headings, [cells]).constants

    assert status("Anakonda", "2001", "May 2002") == {"status": "completed"}
    assert status("Anakonda", "2001", "Present") == status("Anakonda", "2001", "2190") == status("Anakonda", "", "") == {}
    assert status("Anakonda", "2001", "2002", "x", headings=("Exercise", "Start", "End", "Status")) == {}


def test_a_comma_splits_names_only_where_the_pieces_are_names(world):
    assert guess_mapping(["Participants"], [["Poland, Norway"]]).columns[0].split == ","
    make.country("COG", "Congo, Republic of")
    assert guess_mapping(["Participants"], [["Congo, Republic of"], ["Poland"]]).columns[0].split == ""


def test_days_of_a_spreadsheet_are_proposed_as_such(world):
    assert guess_mapping(["Date of visit", "Country"], [["42501", "Poland"], ["42502.5", "Norway"]]).columns[0].order == "serial"
    assert guess_mapping(["Date of visit", "Country"], [["42501", "Poland"], ["1976", "Norway"]]).columns[0].to == "participant"


def test_dates_with_years_of_two_digits_are_proposed_and_their_century_is_asked_for(world):
    found = guess_mapping(["Date", "Country"], [["28.01.16", "Poland"], ["03.02.16", "Norway"]]).columns[0]
    assert (found.to, found.order, found.century_from) == ("starts", "dmy", "")


def test_what_many_lines_have_alike_is_no_number_of_theirs(world):
    assert "Number" not in proposed(["Country", "Number"], *[["Poland", "10"]] * 4)
    assert proposed(["Country", "Number"], *[["Poland", str(number)] for number in range(4)])["Number"] == "external_id"


def test_figures_below_years_and_parties(world):
    headings = [f"Personnel / {year} / {name}" for year in ("2010", "2011") for name in ("Poland", "Norway", "Spain")]
    rule = guess_mapping(["Name", *headings], [["EUTM", "1", "2", "3", "4", "5", "6"]]).columns[1]
    assert (rule.to, rule.heading, rule.named) == ("strength.total", ("strength.as_of", "participant"), f"{headings[0]} … {headings[-1]}")


def test_an_empty_file_is_guessed_too():
    assert guess_mapping([], []) == Mapping()
    assert guess_mapping(["", "Title"], []).columns[0].to == "title"
