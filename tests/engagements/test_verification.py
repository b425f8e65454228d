"""``manage.py verify``: each rule finds what was planted for it, says it in a sentence, and leaves the neighbor alone."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.fixture_files import rows
from catalog.readable import why_unreadable
from engagements.domain.verification import RULES, Level, verify
from engagements.domain.verification.order import circles
from engagements.domain.verification.places import boxes, degrees_outside
from engagements.domain.verification.texts import TABLES
from engagements.domain.verification.twins import alike
from engagements.models import Engagement
from tests import make
from tests.engagements import verification_cases_parties, verification_cases_traces  # noqa: F401 - add their cases
from tests.engagements.verification_cases import CASES, entry


@pytest.fixture(autouse=True)
def _rules_again():
    """What ``without_rules`` takes away comes back with the roll-back, but for this switch of SQLite."""
    yield
    if connection.vendor == "sqlite" and connection.connection:
        connection.connection.execute("PRAGMA ignore_check_constraints = OFF")


def found(name: str) -> list[tuple[str, str]]:
    return sorted((finding.reference, finding.sentence) for finding in RULES[name].findings())


def test_each_rule_has_a_planted_fault():
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_what_is_planted_is_found_with_its_sentence_and_its_neighbor_is_not(db, name):
    entry()
    assert found(name) == []

    planted = CASES[name]()

    assert found(name) == sorted((engagement.reference, sentence) for engagement, sentence in planted)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_costs_the_same_queries_for_few_records_and_for_fifty(assert_same_queries, name):
    def plant_until_there_are_fifty():
        if Engagement.objects.count() < 50:
            CASES[name]()

    assert_same_queries(plant_until_there_are_fifty, lambda: list(RULES[name].findings()), at_most=20)


@pytest.mark.parametrize("name", RULES)
def test_an_archived_engagement_is_left_out(db, name):
    CASES[name]()
    Engagement.objects.update(archived_at="2026-01-01T00:00Z")

    assert found(name) == []


def test_the_fixtures_have_no_faults(seeded):
    faults = [finding for finding in verify() if RULES[finding.rule].level == Level.FAULT]

    assert faults == []


# The command -------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, output and summary of the command."""
    out, summary = io.StringIO(), io.StringIO()
    try:
        call_command("verify", *arguments, stdout=out, stderr=summary, no_color=True)
    except CommandError as error:
        return error.returncode, out.getvalue(), summary.getvalue() + str(error)
    return 0, out.getvalue(), summary.getvalue()


def test_a_clean_register_gives_a_line_a_rule_and_status_0(db):
    entry()

    status, out, _summary = run()

    assert status == 0
    for name in RULES:
        assert any(line.split() == [name, "nothing", "found"] for line in out.splitlines())
    assert out.splitlines()[-1] == "Nothing found."


def test_a_fault_gives_status_1_with_record_title_and_sentence(db):
    engagement = entry(title="Staff talks", sources=False)
    make.external_id(engagement, system="entente", value="staff-talks-1")

    status, out, message = run()

    assert status == 1
    assert f"fault without_source: {engagement.reference} (staff-talks-1) Staff talks\n    It names no source." in out
    assert "2 faults, 0 remarks." in message
    assert "Nothing found." not in out


def test_a_remark_gives_status_1_only_when_strict(db):
    CASES["not_closed_out"]()

    assert run()[0] == 0
    assert run("--strict")[0] == 1


def test_one_rule_can_be_asked(db):
    entry(sources=False)

    assert run("--rule", "without_strategy")[0] == 0
    status, out, _message = run("--rule", "without_source", "--rule", "without_strategy")
    assert status == 1
    assert "verified_without_source" not in out


def test_there_is_no_rule_of_another_name(db):
    with pytest.raises(CommandError, match="invalid choice: 'nonsense'"):
        call_command("verify", "--rule", "nonsense")


def test_as_csv_a_finding_is_a_line_and_no_formula_and_the_summary_is_apart(db):
    engagement = entry(title='=HYPERLINK("x")', sources=False)

    status, out, summary = run("--format", "csv", "--rule", "without_source")

    assert status == 1
    assert list(csv.reader(io.StringIO(out))) == [
        ["level", "rule", "reference", "key", "title", "finding"],
        ["fault", "without_source", engagement.reference, "", '\'=HYPERLINK("x")', "It names no source."],
    ]
    assert "without_source  1 fault" in summary


def test_a_letter_that_can_not_be_shown_is_not_printed(db):
    entry(title="Bell \x07", sources=False)

    assert "Bell �" in run("--rule", "without_source")[1]


def test_it_says_which_countries_have_no_dates(db):
    make.participation(entry(), country=make.country("XQA"))
    make.participation(entry(), country=make.country("XQB", starts="1960"))

    out = run("--rule", "country_lifetime")[1]

    assert "no dates are on record: " in out
    assert "XQA" in out
    assert "XQB" not in out


# What SQLite stores although it can not be read ---------------------------------------------------


def _write(engagement, column: str, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE engagements_engagement SET {column} = {sql} WHERE id = {engagement.pk}")


@pytest.mark.only_sqlite
def test_bytes_that_are_no_text_are_found(db):
    engagement = entry()
    _write(engagement, "place", "CAST(x'41EDA08042' AS TEXT)")

    assert found("unreadable_text") == [(engagement.reference, "engagement, place: letter 2 is half a letter (a lone surrogate).")]


@pytest.mark.only_sqlite
def test_a_record_whose_title_can_not_be_read_is_reported_all_the_same(db):
    engagement = entry(sources=False)
    _write(engagement, "title", "CAST(x'41EDA08042' AS TEXT)")

    status, out, _message = run("--rule", "without_source", "--rule", "unreadable_text")

    assert status == 1
    assert out.count(engagement.reference) == 2


@pytest.mark.only_sqlite
def test_a_day_of_no_calendar_is_found_and_does_not_hide_what_other_rules_find(db):
    engagement = entry(starts="2020-02-01", ends="2020-02-28", status="completed")
    entry(sources=False)
    _write(engagement, "ends_on", "'2190-02-31'")

    sentences = [finding.sentence for finding in verify()]

    assert "engagement, end: 2190-02-31 can not be meant." in sentences
    assert any(sentence.startswith("The rule stopped at a value that can not be read: ") for sentence in sentences)
    assert "It names no source." in sentences


# Parts -------------------------------------------------------------------------------------------


def test_every_table_that_hangs_on_an_engagement_is_read_for_its_text_and_dates():
    """What an outer app notes of a record, such as the file it came from, is no part of it."""
    children = {relation.related_model for relation in Engagement._meta.related_objects if relation.field.name == "engagement"}

    assert {child for child in children if child._meta.app_label == "engagements"} - TABLES.keys() == set()


@pytest.mark.parametrize(
    ("links", "members"),
    [
        ([], set()),
        ([(1, 2), (2, 3)], set()),
        ([(1, 1)], {1}),
        ([(1, 2), (2, 1), (2, 3), (0, 1)], {1, 2}),
        ([(1, 2), (2, 3), (3, 1), (4, 5), (5, 4)], {1, 2, 3, 4, 5}),
    ],
)
def test_circles_are_what_is_left_when_loose_ends_are_taken_away(links, members):
    assert circles(links).keys() == members


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cobra Gold 2012", "Exercise Cobra Gold 2012", True),
        ("Cobra Gold 2012", "COBRA  GOLD 2012", True),
        ("Visit of the chief of defense", "Visit of the cheif of defense", True),
        ("Cobra Gold 2012", "Cobra Gold 2013", False),
        ("Support measure for Mali", "Support measure for Georgia", False),
        ("Flintlock", "Tradewinds", False),
    ],
)
def test_titles_are_alike_but_for_slips(one, other, same):
    assert alike(one, other) is same


@pytest.mark.parametrize(
    ("text", "lines", "reason"),
    [
        ("Żółć, naïve, 東京, العربية", False, ""),
        ("first\nsecond\tthird", True, ""),
        ("first\nsecond", False, "letter 6 is U+000A, which can not be read"),
        ("a\x00b", True, "letter 2 is U+0000, which can not be read"),
        ("a\x85b", True, "letter 2 is U+0085, which can not be read"),
        ("a\ufffdb", True, "letter 2 is U+FFFD, which can not be read"),
        ("a\ud800", True, "letter 2 is half a letter (a lone surrogate)"),
        ("Cote\u0302", True, "its letters are not composed (NFC)"),
    ],
)
def test_what_is_readable(text: str, lines: bool, reason: str):
    assert why_unreadable(text, lines=lines) == reason


@pytest.mark.parametrize(
    ("point", "box", "degrees"),
    [
        ((0, 0), (-1, -1, 1, 1), 0),
        ((3, 0), (-1, -1, 1, 1), 2),
        ((0, -5), (-1, -1, 1, 1), 4),
        ((0, -179), (-1, 170, 1, 180), 1),
        ((0, 179), (-1, -180, 1, -170), 1),
        ((10, 179), (-1, -180, 1, -170), 9),
    ],
)
def test_distance_goes_round_the_antimeridian(point, box, degrees):
    assert degrees_outside(*point, box) == degrees


@pytest.mark.once
def test_every_country_of_the_fixtures_has_boxes_that_lie_on_the_earth():
    assert {row["iso3"] for _place, row in rows("countries")} == boxes().keys()
    for south, west, north, east in (box for of_country in boxes().values() for box in of_country):
        assert -90 <= south < north <= 90
        assert -180 <= west < east <= 180


@pytest.mark.once
@pytest.mark.parametrize(
    ("code", "latitude", "longitude"),
    [("USA", 21.3, -157.9), ("FJI", -16.8, -179.9), ("RUS", 66.0, -170.0), ("SUN", 41.7, 44.8), ("YUG", 42.6, 21.1), ("GUF", 4.9, -52.3)],
)
def test_far_parts_and_former_states_are_in_their_boxes(code, latitude, longitude):
    assert min(degrees_outside(latitude, longitude, box) for box in boxes()[code]) == 0
