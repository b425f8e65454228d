"""Of every table of every report, the file says what the page says and each figure is the length of the list behind it."""

import csv
import io
import random

import pytest
from django.http import QueryDict
from hypothesis import Phase, given, settings

from engagements.filters import EngagementFilter
from engagements.models import Engagement
from reports.asked import Asked
from reports.files import as_csv
from reports.questions import REPORTS
from reports.tables import Figure
from tests.reports.random_register import enter, readers, records, world

pytestmark = pytest.mark.django_db


@settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # making a failing world smaller takes minutes
@given(records)
def test_of_every_table_the_lists_and_the_file_agree_with_the_figures(register):
    dice = random.Random(7)
    with world() as here:
        for facts in register:
            enter(here, facts)
        for reader in readers(here):
            for report in REPORTS:
                asked = Asked(QueryDict(), reader, report.parameters(), held_only=report.held_only)
                for shown in report.answer(asked).tables:
                    text = io.StringIO(as_csv(shown).decode(), newline="")
                    filed = [[cell.removeprefix("'") for cell in row] for row in csv.reader(text)]
                    assert filed == [["" if value is None else str(value) for value in row] for row in shown.values()]
                    rows = [*shown.rows, *([shown.total] if shown.total else [])]
                    cells = [cell for row in rows for cell in row.cells if isinstance(cell, Figure) and cell.conditions is not None]
                    found = [cell for cell in cells if cell.value]  # a page makes no link of nothing
                    for figure in dice.sample(found, min(4, len(found))):
                        href = asked.list_address(figure.conditions)
                        listed = EngagementFilter(
                            QueryDict(href.partition("?")[2]), queryset=Engagement.objects.visible_to(reader), user=reader
                        )
                        assert listed.form.is_valid(), (href, listed.form.errors)
                        assert listed.qs.count() == figure.value, (report.name, shown.name, href)
