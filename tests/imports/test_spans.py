"""A span of days in one cell: where the column means the start and the end, each takes its side; nothing is lost without a word."""

import pytest

from catalog.partial_dates import PartialDate
from imports.mapping.guess import guess_mapping
from imports.mapping.parsed import ERROR, REVIEW
from imports.mapping.spans import ends_of
from tests.imports.mapping_made import read, said

BOTH = [{"column": "when", "to": "starts"}, {"column": "when", "to": "ends"}]
JUNE = PartialDate(1997, 6, 11), PartialDate(1997, 6, 14)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("June 11-14, 1997", *JUNE),
        ("June 11\N{EN DASH}14, 1997", *JUNE),
        ("11 - 14 June 1997", *JUNE),
        ("11.-14.06.1997", *JUNE),
        ("11.06.1997 - 14.06.1997", *JUNE),
        ("1997-06-11/1997-06-14", *JUNE),
        ("1997-06-11 to 1997-06-14", *JUNE),
        ("June 28-July 2, 1997", PartialDate(1997, 6, 28), PartialDate(1997, 7, 2)),
        ("28 June until 2 July 1997", PartialDate(1997, 6, 28), PartialDate(1997, 7, 2)),
        ("December 30, 1997-January 2, 1998", PartialDate(1997, 12, 30), PartialDate(1998, 1, 2)),
        ("December 30-January 2, 1998", PartialDate(1997, 12, 30), PartialDate(1998, 1, 2)),
        ("Jun-Aug 1997", PartialDate(1997, 6), PartialDate(1997, 8)),
        ("1997-1999", PartialDate(1997), PartialDate(1999)),
        ("14 June 1997", PartialDate(1997, 6, 14), PartialDate(1997, 6, 14)),
        ("14-Jun-1997", PartialDate(1997, 6, 14), PartialDate(1997, 6, 14)),
    ],
)
def test_a_column_that_is_start_and_end_gives_each_its_side(text, first, last):
    parsed = read(BOTH, {"when": text})
    assert (parsed.values, parsed.problems) == ({"starts": first, "ends": last}, [])


@pytest.mark.parametrize(
    "text", ["2005-06-xx", "11/xx/1974", "03/06/2001", "2001-05-06", "May 1948", "5-6", "somewhere - 1997", "Present", "1997 - " * 9000]
)
def test_a_date_is_no_span(text):
    ends = ends_of(text)
    assert ends is None or read(BOTH, {"when": text}).is_wrong


def test_a_span_below_a_column_that_is_the_start_alone_keeps_the_line_out_and_says_what_to_do():
    parsed = read([{"column": "when", "to": "starts"}], {"when": "June 11-14, 1997"})
    assert [(problem.severity, "One meaning more" in problem.sentence) for problem in parsed.problems] == [(ERROR, True)]


def test_a_span_beside_a_column_of_ends_comes_in_flagged():
    parsed = read(
        [{"column": "from", "to": "starts"}, {"column": "to", "to": "ends"}], {"from": "June 11-14, 1997", "to": "June 11-14, 1997"}
    )
    assert (parsed.values["starts"], parsed.values["ends"]) == JUNE
    assert said(parsed) == [("from", REVIEW), ("to", REVIEW)]


def test_numbers_of_a_span_are_read_in_the_order_that_is_said():
    ordered = [rule | {"order": "mdy"} for rule in BOTH]
    assert read(ordered, {"when": "06/11/1997 - 06/14/1997"}).values == {"starts": JUNE[0], "ends": JUNE[1]}
    assert read(BOTH, {"when": "06/11/1997 - 06/12/1997"}).is_wrong


@pytest.mark.django_db
def test_a_column_of_spans_is_proposed_as_start_and_end():
    rows = [["Talks", "June 11-14, 1997"], ["More talks", "July 2, 1998"], ["Last talks", "August 3-5, 1999"]]
    found = guess_mapping(["Title", "Date"], rows)
    assert [(rule.to, rule.column) for rule in found.columns] == [("title", "Title"), ("starts", "Date"), ("ends", "Date")]
