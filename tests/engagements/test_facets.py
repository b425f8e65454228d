"""Beside each filter value stands the number of results that it would leave, for this reader and under this filter."""

import random

import pytest
from django.http import QueryDict

from engagements.facets import NAMES, Facets
from engagements.filters import EngagementFilter
from engagements.models import Engagement
from tests import make

QUERIES = [
    "",
    "kind=exercise&country=USA",
    "region=m49:150&region_mode=held&strategy=peacekeeping",
    "role=host&country=THA&country=KEN&status=completed",
    "severity=high&year=1990..2015&missing=objective",
]
SAMPLE = 40


def found(query, user):
    filterset = EngagementFilter(query, queryset=Engagement.objects.visible_to(user), user=user)
    return filterset.qs.count() if filterset.form.is_valid() else None


@pytest.mark.parametrize("text", QUERIES)
def test_each_number_is_what_the_list_would_show(text, seeded):
    user = make.user("manager", clearance="restricted")
    query = QueryDict(text)
    facets = Facets(query, queryset=Engagement.objects.visible_to(user), user=user)
    offered = {name: _values(facets, name) for name in NAMES}
    pairs = [(name, code) for name, codes in offered.items() for code in codes]
    told = facets.all()
    wrong = []
    for name, code in random.Random(text).sample(pairs, min(SAMPLE, len(pairs))):
        asked = query.copy()
        asked.setlist(name, [code])
        if told[name].get(code, 0) != found(asked, user):
            wrong.append((name, code, told[name].get(code, 0), found(asked, user)))
    assert wrong == []


def _values(facets, name):
    """Every value that the panel offers for a name."""
    filter_ = facets.whole.form.fields[name]
    if choices := getattr(filter_, "choices", None):
        return [value for value, _label in choices if value]
    return [option.code for option in facets.options[filter_.list_name]]


def test_a_hidden_record_is_in_no_number(people, signed_in):
    make.engagement(kind="exercise")
    client = signed_in(people.viewer)
    before = client.get("/engagements/facets/").json()
    secret = make.engagement(kind="exercise", handling="restricted", team=make.team("other"))
    make.challenge(secret)
    assert client.get("/engagements/facets/").json() == before
    assert before["kind"] == {"exercise": 1}


def test_a_wrong_filter_has_no_numbers(people, signed_in):
    response = signed_in(people.viewer).get("/engagements/facets/", {"kind": "nonsense"})
    assert (response.status_code, response.json()) == (400, {})


def test_the_numbers_cost_the_same_queries_for_one_record_and_for_many(people, signed_in, assert_same_queries):
    client = signed_in(people.manager)

    def add():
        row = make.engagement(kind="exercise", team=people.team, countries=[make.country(), make.country()])
        make.challenge(row)
        make.assessment(row)

    add()
    assert_same_queries(add, lambda: client.get("/engagements/facets/"), at_most=24)
