"""Control totals: what was printed beside what came in."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.totals import totals
from tests.imports.batches import catalog, imported, undo

pytestmark = pytest.mark.django_db
TEXT = """title,start,year,country,program,people,cost
Course,2020,2020,Poland,IMET,5,$100.50
Course,2020,2020,Poland,IMET,5,$100.50
Other course,2020,2020,Poland,IMET,2,$9
Program Totals,,2020,Poland,IMET,12,$210.00
Course,2021,2021,Norway,IMET,3,
Program Totals,,2021,Norway,IMET,4,$0
Program Totals,,2021,Norway,FMF,1,$1
"""
RULES = {
    "group_by": ["title", "start"],
    "constants": {"funding.source": "own", "funding.currency": "USD"},
    "columns": [{"column": "country", "to": "participant"}, {"column": "cost", "to": "funding.actual"}],
    "aggregates": {
        "when": {"column": "title", "contains": "program totals"},
        "keys": ["year", "country", "program"],
        "sums": {"people": "people", "cost": "cost"},
    },
}
PRINTED = """report_year,country,program,printed_people,sum_people,printed_cost,sum_cost
2020,Poland,IMET,12,12,210.00,210.00
2021,Norway,FMF,1,,1.00,
2021,Norway,IMET,4,3,0.00,
"""


@pytest.fixture
def batch(people):
    catalog()
    return imported(people.analyst, TEXT, **RULES)


def test_printed_totals_are_no_records(batch):
    assert sorted(item.engagement.title for item in batch.imported.all()) == ["Course", "Course", "Other course"]
    assert batch.counts["aggregates"] == 3


def test_each_group_says_whether_it_agrees(batch):
    assert [(total.report_year, total.program, total.agrees) for total in totals(batch)] == [
        ("2020", "IMET", True),
        ("2021", "FMF", False),
        ("2021", "IMET", False),
    ]


def test_the_sums_are_those_of_the_record(batch):
    from engagements.models import FundingLine, Participation

    assert sum(row.personnel for row in Participation.objects.all()) == 15
    assert sum(row.actual or 0 for row in FundingLine.objects.all()) == 210


def test_lines_that_are_the_same_and_count_once_are_added_once(people):
    catalog()
    once = imported(people.analyst, TEXT, **RULES, doubled="merge")
    added = {total.program + total.report_year: (total.sum_people, total.sum_cost) for total in totals(once)}
    assert added == {"IMET2020": (7, Decimal("109.50")), "IMET2021": (3, None), "FMF2021": (None, None)}
    assert once.counts["doubled_lines"] == 1


def test_all_groups_take_one_query(batch):
    with CaptureQueriesContext(connection) as queries:
        list(totals(batch))
    assert len(queries) == 1


def test_the_command_prints_them_as_csv(batch):
    out, said = StringIO(), StringIO()
    call_command("control_totals", stdout=out, stderr=said)
    assert out.getvalue() == PRINTED
    assert said.getvalue() == f"Import {batch.key}, file.csv: 1 of 3 totals agree.\n"
    out = StringIO()
    call_command("control_totals", batch.key, stdout=out, stderr=said)
    assert out.getvalue() == PRINTED


def test_a_batch_that_was_taken_back_is_not_the_last_one_with_totals(batch):
    undo(batch)
    with pytest.raises(CommandError, match="No import has control totals"):
        call_command("control_totals")
    with pytest.raises(CommandError, match="There is no import"):
        call_command("control_totals", "nothing")
