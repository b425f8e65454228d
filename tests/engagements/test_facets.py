"""Beside each filter value stands the number of results that it would leave, for this reader and under this filter."""

import random

import pytest
from django.http import QueryDict

from engagements.facets import LONG, NAMES, Facets
from engagements.filters import EngagementFilter
from engagements.models import Engagement
from tests import make

QUERIES = [
    "",
    "kind=exercise&country=USA",
    "region=m49:150&region_mode=held&strategy=peacekeeping",
    "role=host&country=THA&country=KEN&status=completed",
    "severity=high&year=1990..2015&missing=objective",
    "country=KEN&organization=au&organization=nato-act&role=troop_contributor&role=mandating_body",
    "organization=au&framework=cobra-gold&framework=flintlock&also=country:USA&completeness=part",
]
SAMPLE = 60


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
    if name in LONG:
        return [*LONG[name].objects.values_list("code", flat=True)]
    if name == "owner":
        return ["me"]
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
    assert before["total"] == 1


def test_with_the_numbers_comes_how_many_results_there_are(people, signed_in):
    for kind in ("exercise", "exercise", "training"):
        make.engagement(kind=kind)
    client = signed_in(people.viewer)
    for query, total in {"": 3, "?kind=exercise": 2, "?status=cancelled": 0}.items():
        assert client.get(f"/engagements/facets/{query}").json()["total"] == total


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
    assert_same_queries(add, lambda: client.get("/engagements/facets/"), at_most=40)


def test_of_a_long_list_the_first_are_named_best_first_and_all_on_request(people, signed_in):
    client = signed_in(people.viewer)
    countries = [make.country(name=f"Land {letter}") for letter in "ABCDEFGHIJ"]
    for place, country in enumerate(countries):
        for _number in range(place + 1):
            make.engagement(countries=[country])
    make.country(name="Land without records")
    listed = client.get("/engagements/facets/", {"country": countries[0].code}).json()["listed"]["country"]
    assert [entry["label"] for entry in listed["first"]] == [f"Land {letter}" for letter in "JIHGFEDC"]
    assert listed["chosen"] == [{"code": countries[0].code, "label": "Land A", "count": 1}]
    assert listed["all"] == 10
    every = client.get("/engagements/facets/", {"of": "country"}).json()
    assert [(entry["label"], entry["count"]) for entry in every] == [(f"Land {letter}", 10 - n) for n, letter in enumerate("JIHGFEDCBA")]


def test_what_is_typed_offers_values_with_their_numbers_those_with_results_first(people, signed_in):
    client = signed_in(people.viewer)
    make.country(name="Landia")
    used = make.country(name="Lapland")
    make.engagement(countries=[used], kind="exercise")
    offered = client.get("/engagements/facets/", {"of": "country", "match": "la", "kind": "exercise"}).json()
    assert [(offer["label"], offer["count"]) for offer in offered] == [("Lapland", 1), ("Landia", 0)]
    assert client.get("/engagements/facets/", {"of": "country", "match": "la", "kind": "training"}).json()[0]["count"] == 0
    assert client.get("/engagements/facets/", {"of": "kind"}).status_code == 400


def test_a_long_list_tells_nothing_of_a_hidden_record(people, signed_in):
    country = make.country(name="Lapland")
    make.engagement(countries=[country], handling="restricted", team=make.team("other"))
    client = signed_in(people.viewer)
    assert client.get("/engagements/facets/", {"of": "country"}).json() == []
    assert [offer["count"] for offer in client.get("/engagements/facets/", {"of": "country", "match": "lap"}).json()] == [0]


def test_archived_and_own_records_have_their_numbers(people, signed_in):
    make.engagement(team=people.team, owner=people.analyst)
    gone = make.engagement(team=people.team, owner=people.analyst)
    Engagement.objects.filter(pk=gone.pk).update(archived_at=gone.created_at)
    told = signed_in(people.analyst).get("/engagements/facets/").json()
    assert (told["owner"], told["archived"]) == ({"me": 1}, {"yes": 1})
