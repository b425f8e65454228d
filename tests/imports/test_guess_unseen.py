"""First proposals for tables of the shapes that public data sets have: what a person would have to find out, and what would be wrong."""

import pytest

from imports.mapping.guess import guess_mapping
from imports.mapping.parsed import ERROR
from imports.mapping.spec import Aggregates, Mapping, When
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    for code, iso2, name in (("POL", "PL", "Poland"), ("NOR", "NO", "Norway"), ("ESP", "ES", "Spain"), ("NPL", "NP", "Nepal")):
        make.country(code, name, iso2=iso2)


def meant(found: Mapping) -> dict[str, list[str]]:
    """What each column or family stands for."""
    says: dict[str, list[str]] = {}
    for rule in found.columns:
        says.setdefault(rule.named, []).append(rule.to)
    return says


def test_a_column_of_ids_names_each_line_and_is_not_one_where_lines_belong_together(world):
    found = guess_mapping(["DrillID", "Exercise"], [[f"D{number}", f"Anakonda {number}"] for number in range(4)])
    assert (found.columns[0].to, found.identity) == ("external_id", ("DrillID",))
    repeated = guess_mapping(["DrillID", "Exercise"], [["D1", f"Anakonda {number}"] for number in range(4)])
    assert meant(repeated) == {"Exercise": ["title"]}
    headings = ["contribution_id", "Mission", "Country", "Female personnel", "Reporting date"]
    rows = [[str(number), "UNIFIL", "Nepal", "3", f"2020-0{number}-01"] for number in range(1, 5)]
    monthly = guess_mapping(headings, rows)
    assert (monthly.group_by, monthly.identity, "contribution_id" in meant(monthly)) == (("Mission",), (), False)


@pytest.mark.parametrize(
    ("name", "system"),
    [("leader_trips_2024-v2.csv.gz", "leader-trips"), ("MMEData 1980.XLSX", "mme-data"), ("2024.csv", "source-file"), ("", "source-file")],
)
def test_the_numbers_of_a_file_are_those_of_its_source_by_its_name(world, name, system):
    """Else line 1 of one file would be taken for line 1 of any other."""
    found = guess_mapping(["id", "Exercise"], [[str(number), f"Anakonda {number}"] for number in range(4)], name=name)
    assert found.columns[0].system == system
    assert Mapping.from_dict(found.to_dict()) == found


def test_people_beside_many_parties_are_those_of_the_exercise(world):
    parties = [f"State{letter}" for letter in "ABC"]
    row = ["Anakonda", "Poland", "Norway", "Spain", "350"]
    assert meant(guess_mapping(["Exercise", *parties, "Personnel"], [row]))["Personnel"] == ["exercise.personnel_total"]
    assert "Personnel" not in meant(guess_mapping(["Visit", *parties, "Personnel"], [row]))
    assert meant(guess_mapping(["Exercise", "Country", "Personnel"], [["Anakonda", "Poland", "350"]]))["Personnel"] == [
        "participant.personnel"
    ]


def test_a_column_of_codes_beside_contributors_is_not_the_party_again(world):
    rows = [["NPL", "Nepal"], ["POL", "Poland"]]
    assert meant(guess_mapping(["isocode3", "contributing_country"], rows)) == {"contributing_country": ["participant"]}


def test_the_title_of_a_person_is_not_that_of_the_engagement(world):
    assert meant(guess_mapping(["LeaderTitle", "Country"], [["President", "Poland"], ["Minister", "Norway"]])) == {
        "Country": ["participant"]
    }


def test_arrival_and_departure_are_start_and_end_and_coordinates_have_other_names(world):
    row = ["Poland", "14.10.1998", "15.10.1998", "48.85", "2.35"]
    found = guess_mapping(["Country", "ArrivalDate", "DepartureDate", "Y_coord", "X_coord"], [row])
    assert meant(found) == {
        "Country": ["participant"], "ArrivalDate": ["starts"], "DepartureDate": ["ends"], "Y_coord": ["latitude"], "X_coord": ["longitude"],
    }  # fmt: skip


def test_all_that_stands_between_names_is_proposed(world):
    cells = ["Poland; Norway", "Spain / Nepal", "Poland and Spain"]
    assert guess_mapping(["Participants"], [[cell] for cell in cells]).columns[0].split == "; / and"
    make.organization("osce", name="Security and Cooperation")
    assert guess_mapping(["Participants"], [["Security and Cooperation"], ["Poland"]]).columns[0].split == ""


def test_lines_for_women_and_lines_for_men(world):
    rows = [["Nepal", "UNIFIL", "Contingent Troop", sex, "3"] for sex in "FM"]
    found = guess_mapping(["Country", "Mission", "Category", "Sex", "Count"], rows)
    assert [(rule.column, rule.to, rule.only) for rule in found.columns if rule.column == "Count"] == [
        ("Count", "strength.female", When("Sex", ("F",))),
        ("Count", "strength.male", When("Sex", ("M",))),
    ]
    kind = next(rule for rule in found.columns if rule.column == "Category")
    assert (kind.to, kind.values) == ("strength.personnel_type", {"Contingent Troop": "troops"})


def test_other_words_for_types_of_personnel_are_proposed_and_those_of_the_list_are_not(world):
    headings = ["Country", "Personnel_Type", "Female_Personnel"]
    found = guess_mapping(headings, [["Nepal", kind, "3"] for kind in ("Troops", "Staff Officer", "Experts on Mission", "Cooks")])
    (kind,) = [rule for rule in found.columns if rule.column == "Personnel_Type"]
    assert kind.values == {"Staff Officer": "staff_officers"}


def test_years_beside_a_start_date_the_figures_of_contributors(world):
    names = [f"Contributors / {name}" for name in ("Poland", "Norway", "Spain")]
    headings = ["Mission", "Launched", "Year", *names, "Total"]
    rows = [["EUTM", "1 March 2003", year, "10", "-", "n/a", "10"] for year in ("2004", "2005")]
    found = guess_mapping(headings, rows)
    assert meant(found) == {
        "Mission": ["mission.acronym", "title"], "Launched": ["starts"], "Year": ["strength.as_of"],
        f"{names[0]} … {names[2]}": ["strength.total"],
    }  # fmt: skip
    assert (found.group_by, found.missing) == (("Mission",), ("n/a", "-"))
    # The names stand in the headings: that is enough to say whose figures the years are of.
    assert [problem.column for problem in found.check(headings) if problem.severity == ERROR and problem.column] == []


@pytest.mark.parametrize(
    ("heading", "times"),
    [
        ("Budget (EUR million)", "million"), ("Cost, €m", "million"), ("Budget mn USD", "million"), ("Cost (thousands of EUR)", "thousand"),
        ("Cost USD '000", "thousand"), ("Budget kEUR", "thousand"), ("Budget EUR", ""), ("Cost over 10,000 EUR", ""),
    ],
)  # fmt: skip
def test_a_heading_says_that_its_amounts_are_thousands_or_millions(world, heading, times):
    found = guess_mapping(["Mission", heading], [["EUFOR", "10.3"], ["EUTM", "44.9"]])
    assert [(rule.to.partition(".")[0], rule.times) for rule in found.columns if rule.column == heading] == [("funding", times)]


def test_columns_that_count_states_are_parties_also_by_codes_that_no_list_knows(world):
    headings = ["ExID", "ExName", *[f"State{letter}" for letter in "ABC"], "Year", *[f"Part{number}" for number in (1, 2, 3)]]
    rows = [[str(number), f"Anakonda {number}", "POL", "UKG", "FRN", "1999", "x", "y", "z"] for number in range(4)]
    found = guess_mapping(headings, rows)
    assert meant(found) == {"ExID": ["external_id"], "ExName": ["title"], "StateA … StateC": ["participant"], "Year": ["starts"]}
    flags = [[row[0], row[1], "0", "1", "1", *row[5:]] for row in rows]
    assert "StateA … StateC" not in meant(guess_mapping(headings, flags))


def test_a_heading_that_no_list_knows_does_not_part_the_parties_beside_it_and_a_total_does(world):
    parties = ["Poland", "Norway", "Atlantis (Island State of)", "Spain", "Nepal"]
    row = ["EUTM", "5", "", "7", "9", "1"]
    assert "Poland … Nepal" in meant(guess_mapping(["Mission", *parties], [row]))
    assert "Poland … Nepal" not in meant(guess_mapping(["Mission", *parties[:2], "Total", *parties[3:]], [row]))
    assert "Poland … Nepal" not in meant(guess_mapping(["Mission", *parties], [[*row[:3], "some", *row[4:]]]))


def test_years_below_a_heading_are_days_of_figures_or_years_of_money_as_the_heading_above_them_says(world):
    years = ("2019", "2020", "2021")
    headings = ["Mission", *[f"Strength / 31 Dec / {year}" for year in years], *[f"Budget / EUR million / {year}" for year in years]]
    headings += [f"Vehicles / all / {year}" for year in years]
    found = guess_mapping(headings, [["EUTM", *"123456789"]])
    assert [(rule.named, rule.to, rule.heading, rule.currency, rule.times) for rule in found.columns if rule.is_family] == [
        ("Strength / 31 Dec / 2019 … Strength / 31 Dec / 2021", "strength.total", ("strength.as_of",), "", ""),
        ("Budget / EUR million / 2019 … Budget / EUR million / 2021", "funding.planned", ("funding.fiscal_year",), "EUR", "million"),
    ]


def test_the_month_of_a_mission_that_stands_in_many_lines_is_that_of_its_figures(world):
    lines = [[f"0{month}/2010", "UNIFIL", "Nepal", sex, "3"] for month in (1, 2, 3) for sex in "MF"]
    found = guess_mapping(["date", "mission", "contributor", "sex", "count"], lines)
    assert (meant(found)["date"], found.group_by) == (["strength.as_of"], ("mission",))
    wide = guess_mapping(["Date", "Mission", "Poland", "Norway", "Spain"], [[f"0{month}/2010", "UNIFIL", "5", "", "7"] for month in (1, 2)])
    assert (meant(wide), wide.group_by) == (
        {"Date": ["strength.as_of"], "Mission": ["mission.acronym", "title"], "Poland … Spain": ["strength.total"]}, ("Mission",),
    )  # fmt: skip
    visits = guess_mapping(
        ["Date", "Title", "Country", "Personnel"], [[f"0{month}/2010", "Staff talks", "Poland", "5"] for month in (1, 2)]
    )
    assert meant(visits)["Date"] == ["starts"]


def test_several_countries_visited_in_a_cell_are_all_hosts_and_all_places(world):
    found = guess_mapping(["Leader country", "CountryVisited", "Date"], [["Poland", "Norway; Spain", "2010-01-02"]])
    of_visited = [(rule.to, rule.role, rule.split) for rule in found.columns if rule.column == "CountryVisited"]
    assert of_visited == [("country", "", ";"), ("participant", "host", ";")]


def test_marks_between_names_are_found_beside_names_that_have_such_a_mark_themselves(world):
    make.country("TTO", "Trinidad and Tobago", iso2="TT")
    cells = ["Poland; Trinidad and Tobago", "Norway and Spain", "Trinidad and Tobago", "Nepal and Poland", "Spain"]
    found = guess_mapping(["Title", "Participants"], [["Talks", cell] for cell in cells])
    assert [rule.split for rule in found.columns if rule.to == "participant"] == ["; and"]


def test_students_of_a_course_for_several_countries_are_those_of_the_course(world):
    headings = ["Course", "Country", "Start / (dd.mm.yyyy)", "Students / (persons)"]
    found = guess_mapping(headings, [["Staff course", "Poland; Norway", "03.05.2020", "20"]])
    assert [rule.to for rule in found.columns] == ["title", "participant", "starts", "training.enrolled"]


def test_lines_that_print_a_total_are_no_records_and_no_participants(world):
    headings = ["Month", "Mission", "Contributor", "Female personnel", "Male personnel", "Total personnel"]
    lines = [["01/2020", "UNIFIL", name, "1", "2", "3"] for name in ("Nepal", "Poland", "Total")]
    monthly = guess_mapping(headings, [*lines, ["02/2020", *lines[0][1:]], ["02/2020", *lines[2][1:]]])
    assert monthly.aggregates == Aggregates("Contributor", equals="Total", keys=("Month", "Mission"), people="Total personnel")
    courses = [["Staff course", "Poland", "20", "70.5"], ["Subtotal 2019", "", "20", "70.5"], ["Grand total", "", "20", "70.5"]]
    found = guess_mapping(["Course", "Country", "Students", "Cost"], courses)
    assert found.aggregates == Aggregates("Course", contains="total", people="Students", cost="Cost")
    assert Mapping.from_dict(found.to_dict()) == found
    exercises = [["Total Defense 21", "Poland", "20"], ["Total", "", "20"]]
    assert guess_mapping(["Exercise", "Country", "Personnel"], exercises).aggregates is None
