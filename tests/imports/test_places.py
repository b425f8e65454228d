"""Coordinates that are far from where a record is held come in as they are given, and are flagged once the country is known."""

import pytest

from engagements.models import Engagement
from tests import make
from tests.imports import batches

pytestmark = pytest.mark.django_db

DEGREES = [{"column": "lat", "to": "latitude"}, {"column": "lon", "to": "longitude"}, {"column": "country", "to": "country"}]


def flagged(made):
    """The problems of the lines: (line, column, severity)."""
    return [(line.number, one["column"], one["severity"]) for line in made.lines.order_by("number") for one in line.problems]


def test_swapped_coordinates_come_in_with_a_flag(people):
    batches.catalog()
    make.country("SOM", "Somalia")
    text = "title,lat,lon,country\nRight,2.0333,45.35,Somalia\nSwapped,45.35,2.0333,Somalia\nNowhere,45.35,2.0333,\n"
    made = batches.check(batches.batch(people.analyst, text, columns=DEGREES))
    assert flagged(made) == [(3, "lat", "review")]
    sentence = "45.3500, 2.0333 is far from Somalia and looks swapped. Both are kept as given."
    assert [one["sentence"] for one in made.lines.get(number=3).problems] == [sentence]
    batches.commit(made)
    assert str(Engagement.objects.get(title="Swapped").latitude) == "45.3500"


def test_a_country_that_an_answer_gives_counts_too(people):
    batches.catalog()
    make.country("SOM", "Somalia")
    made = batches.check(batches.batch(people.analyst, "title,lat,lon,country\nSwapped,45.35,2.0333,Somaliya\n", columns=DEGREES))
    assert flagged(made) == []
    question = made.questions.get()
    question.answer = question.suggestions[0]
    question.save()
    assert flagged(batches.check(made)) == [(2, "lat", "review")]
