"""The mappings that ship: they fit the catalog, and the two given files come in by them without a question."""

import csv
import gzip
import io
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import islice

import pytest
from django.conf import settings

from catalog.models import EngagementType
from catalog.partial_dates import PartialDate
from engagements.choices import Kind
from engagements.export.layouts import LAYOUTS
from engagements.export.stream import csv_chunks
from engagements.models import Engagement
from imports.mapping import targets
from imports.mapping.lines import compile_mapping
from imports.mapping.own import own_mapping
from imports.mapping.parsed import REVIEW, Named
from imports.mapping.places import out_of_place
from imports.mapping.ready import shipped
from imports.resolving import Answers, Unsettled

GIVEN = settings.BASE_DIR.parent / "shared" / "data"


def names_in(mapping):
    """What the constants and the mapped values of a mapping lead to."""
    registry = targets.by_name()
    for name, said in mapping.constants.items():
        if registry[name].entries:
            yield from (Named(registry[name].entries, text) for text in (said if isinstance(said, tuple) else (said,)))
    yield from (Named("party", party) for party, _role in mapping.participants)
    for rule in mapping.columns:
        if registry[rule.to].entries:
            yield from (Named(registry[rule.to].entries, text) for text in {*rule.values.values(), *rule.contains.values()} if text)


@pytest.mark.parametrize("code", list(shipped()))
def test_what_a_ready_mapping_names_is_in_the_catalog(seeded, code):
    answers = Answers()
    assert [named for named in names_in(shipped()[code]) if isinstance(answers.resolve(named), Unsettled)] == []


@pytest.mark.parametrize(("code", "kind"), [("us-training-report", Kind.TRAINING), ("un-operations", Kind.PEACEKEEPING)])
def test_the_types_of_a_ready_mapping_are_of_its_kind(seeded, code, kind):
    types = {named.text for named in names_in(shipped()[code]) if named.kind == "type"}
    assert shipped()[code].constants["kind"] == kind
    assert set(EngagementType.objects.filter(code__in=types).values_list("kind", flat=True)) == {kind}


def lines_of(code, name, most=None, **dialect):
    """The lines of a given file, or the first of them, by its ready mapping."""
    path = GIVEN / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file, **dialect)
        compiled = compile_mapping(shipped()[code], next(rows))
        return [compiled.read(number, cells) for number, cells in enumerate(islice(rows, most), 2)]


TRAININGS = {"name": "training_report_fy2018_2021.tsv.gz", "delimiter": "\t", "quoting": csv.QUOTE_NONE}


def asked(lines):
    """The names of all lines that are not certain; but for teams, which are those of the person who imports."""
    answers = Answers()
    pairs = {(named, line.on) for line in lines for named in line.asked if named.kind != "team"}
    return {named.text for named, on in pairs if isinstance(answers.resolve(named, on), Unsettled)}


@pytest.mark.given_data
def test_the_training_reports_come_in_whole(seeded):
    lines = lines_of("us-training-report", **TRAININGS)
    trainings = [line for line in lines if not line.is_aggregate]
    printed = [line for line in lines if line.is_aggregate]
    assert (len(trainings), len(printed)) == (48_456, 2_846)
    assert len({line.group for line in trainings}) == 13_557
    assert [line.line for line in lines if line.is_wrong] == []
    assert asked(lines) == set()
    flagged = [problem for line in lines for problem in line.problems]
    assert {problem.severity for problem in flagged} == {REVIEW}
    # Three lines carry the cost where the start should be; the others end before they start.
    assert Counter(problem.column for problem in flagged) == {"start_date": 3, "end_date": 61}
    differing = totals_that_differ(trainings, printed)
    assert (len(differing.groups), len(differing.wrong)) == (2_845, 3)


def totals_that_differ(trainings, printed):
    """The printed totals by report year, country and program against the sums of the lines."""
    sums = defaultdict(lambda: [0, Decimal(0)])
    totals = defaultdict(lambda: [0, Decimal(0)])
    for lines, figures in ((trainings, sums), (printed, totals)):
        for line in lines:
            figure = figures[tuple(line.keys.values())]
            figure[0] += line.people or 0
            figure[1] += line.cost or 0
    return type("Differing", (), {"groups": totals, "wrong": [key for key in totals if totals[key] != sums[key]]})


@pytest.mark.given_data
def test_the_money_and_the_people_of_a_training_belong_to_its_recipient(seeded):
    first = lines_of("us-training-report", most=1, **TRAININGS)[0]
    provider, recipient = first.participants
    assert (provider.named.text, provider.role, provider.fields) == ("USA", "trainer", {"unit": "DLIELC,  LACKLAND AFB TX"})
    assert (recipient.named.text, recipient.role) == ("Angola", "recipient")
    assert recipient.fields == {"personnel": 1, "unit": "Technical Military School-ISTM"}
    (money,) = first.funding
    assert money == {
        "currency": "USD",
        "source": Named("funding_source", "imet"),
        "fiscal_year": 2017,
        "note": "IMET-1 - Fiscal Year 2017 Department of State Training",
        "actual": Decimal("17020.00"),
    }
    assert first.values["country"] == Named("country", "USA")


@pytest.fixture
def operations():
    return {line.values["mission.acronym"]: line for line in lines_of("un-operations", "un_peacekeeping_operations.csv")}


@pytest.mark.given_data
def test_the_operations_come_in_whole(seeded, operations):
    assert len(operations) == 81
    assert asked(operations.values()) == set()
    assert [line.line for line in operations.values() if line.is_wrong] == []
    assert len({line.identity for line in operations.values()}) == 81


@pytest.mark.given_data
def test_the_first_of_a_month_is_the_month_and_an_empty_end_is_what_the_row_says(operations):
    dates = {
        name: (operations[name].values.get("starts"), operations[name].values.get("ends")) for name in ("UNYOM", "UNPSG", "UNTSO", "UNFOR")
    }
    assert dates == {
        "UNYOM": (PartialDate(1963, 7), PartialDate(1964, 9)),
        "UNPSG": (PartialDate(1997, 12, 19), PartialDate(1998, 10, 15)),
        "UNTSO": (PartialDate(1948, 5, 29), PartialDate(open=True)),
        "UNFOR": (None, None),
    }
    assert {operations[name].values["status"] for name in ("MINUSTAH", "UNYOM")} == {"completed"}
    assert operations["UNTSO"].values["status"] == "ongoing"


@pytest.mark.given_data
def test_rows_that_join_two_missions_are_flagged(operations):
    assert {name for name, line in operations.items() if line.problems} == {"UNOSOM", "UNEF", "UNAVEM"}


@pytest.mark.given_data
def test_swapped_coordinates_are_found_where_the_country_tells(operations):
    told = {
        name
        for name, line in operations.items()
        if "country" in line.values and "latitude" in line.values
        if out_of_place(
            {named.text: named.text for named in (line.values["country"], *line.values.get("also_held_in", ()))},
            line.values["latitude"],
            line.values["longitude"],
        )
    }
    # UNSCOB is swapped in the list too.
    assert told == {"UNOSOM I", "UNOSOM II", "UNEF", "UNAVEM I", "UNAVEM II", "MINUSMA", "UNSCOB"}


@pytest.mark.given_data
def test_a_headquarters_with_two_seats_is_held_in_two_countries(operations):
    values = operations["UNMOGIP"].values
    assert (values["country"].text, [named.text for named in values["also_held_in"]]) == ("PAK", ["IND"])


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_what_we_export_is_read_again_without_a_fault_or_a_question(seeded, name):
    layout = LAYOUTS[name]
    file = b"".join(csv_chunks(layout, layout.contained(Engagement.objects.all())))
    rows = csv.reader(io.StringIO(file.decode(), newline=""))
    compiled = compile_mapping(own_mapping(name), next(rows))
    lines = [compiled.read(number, cells) for number, cells in enumerate(rows, 2)]
    assert lines
    assert [problem for line in lines for problem in line.problems] == []
    assert asked(lines) == set()
    read = {line.values["reference"]: line.values for line in lines}
    for engagement in Engagement.objects.filter(reference__in=read).select_related("type"):
        values = read[engagement.reference]
        assert values["title"] == engagement.title
        if "starts" in values or "ends" in values:
            assert (values.get("starts", PartialDate()), values.get("ends", PartialDate())) == (engagement.starts, engagement.ends)
