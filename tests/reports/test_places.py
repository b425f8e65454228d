"""Places as points: one at each pair of coordinates, those close together as one where there are too many, each with its list."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from pyroaring import FrozenBitMap

from engagements.filters import EngagementFilter
from engagements.models import Engagement
from reports.places import Known, Places
from tests import make


def places(*rows):
    known = Known((pk, Decimal(latitude), Decimal(longitude), place, country) for pk, latitude, longitude, place, country in rows)
    return Places(known, known.ids)


def test_a_place_is_called_what_most_call_it_and_stands_where_most_was():
    here = places(
        (1, "1.5", "2", "Port", "Land"),
        (2, "1.5", "2", "Harbor", "Land"),
        (3, "1.5", "2", "Harbor", "Land"),
        (4, "-5", "-0.0001", "", None),
        (5, "1.5", "2", "", None),
        (6, "3", "2", "Anchorage", None),
        (7, "2", "2", "Anchorage", None),
    )
    told = [
        ("Harbor, Land", [1, 2, 3, 5], "1.5000,2.0000"),
        ("Anchorage", [7], "2.0000,2.0000"),
        ("Anchorage", [6], "3.0000,2.0000"),
        ("place without a name", [4], "-5.0000,-0.0001"),
    ]
    assert [(one.name, sorted(one.ids), one.code) for one in here] == told
    for most in range(1, 6):
        assert [(one.name, sorted(one.ids), one.code) for one in here.first(most)] == told[:most]


def test_names_that_are_equally_frequent_take_turns_by_the_alphabet():
    here = places((1, "1", "1", "Quay", None), (2, "1", "1", "Pier", None), (3, "1", "1", "", None), (4, "1", "1", "", None))
    assert [one.name for one in here] == ["Pier"]


def test_few_places_are_drawn_each_by_itself():
    spots = places((1, "1.25", "2", "A", None), (2, "1.26", "2", "B", None)).points()
    assert {(one.latitude, one.longitude, one.label) for one in spots} == {(1.25, 2.0, "A"), (1.26, 2.0, "B")}


def test_many_places_are_drawn_by_cell_and_none_is_lost():
    many = places(*((n, f"{n % 9}.{n:03}", f"-{n % 7}.5", f"P{n}", None) for n in range(1, 201)))
    spots = many.points(most=20)
    assert len(spots) == 20  # 5 by 4 cells of two degrees
    assert sum(spot.count for spot in spots) == 200
    assert {one.clause[0][1] for one in spots} >= {"0,-2,1.9999,-0.0001", "8,-8,9.9999,-6.0001"}
    assert all("more place" in spot.label for spot in spots)
    assert [len(many.points(most=most)) for most in (200, 70, 19, 4, 1)] == [200, 63, 4, 4, 1]


def test_what_was_changed_stands_where_it_is_now_and_what_lost_its_place_nowhere():
    rows = [(n, Decimal(n), Decimal(n), f"P{n}", None) for n in range(1, 6)]
    before = Known(rows)
    after = Known([(2, Decimal("-7.5"), Decimal(0), "P1", "Land"), (90, Decimal(9), Decimal(9), "new", None)], before, [2, 3, 90])
    assert [(one.name, sorted(one.ids)) for one in Places(before, FrozenBitMap(range(100)))] == [(f"P{n}", [n]) for n in range(1, 6)]
    assert [(one.code, one.name, sorted(one.ids)) for one in Places(after, FrozenBitMap(range(100)))] == [
        ("1.0000,1.0000", "P1", [1]),
        ("-7.5000,0.0000", "P1, Land", [2]),
        ("4.0000,4.0000", "P4", [4]),
        ("5.0000,5.0000", "P5", [5]),
        ("9.0000,9.0000", "new", [90]),
    ]


def test_of_those_one_may_not_see_nothing_is_told():
    known = Known((n, Decimal(1), Decimal(n % 3), "seen" if n % 2 else "secret", None) for n in range(1, 20))
    alone = Known((n, Decimal(1), Decimal(n % 3), "seen", None) for n in range(1, 20, 2))
    seen = FrozenBitMap(range(1, 20, 2))
    assert list(Places(known, seen)) == list(Places(alone, seen))
    for most in (1, 2, 3):
        assert Places(known, seen).points(most) == Places(alone, seen).points(most)


@pytest.mark.django_db
def test_the_list_behind_a_point_has_its_engagements_and_no_others(people):
    for place, (latitude, longitude) in enumerate(
        [("1.0000", "2.0000"), ("1.9999", "2.9999"), ("2.0000", "2.0000"), ("-0.0001", "2.5000")]
    ):
        make.engagement(title=f"E{place}", latitude=latitude, longitude=longitude)
    make.engagement(title="Nowhere")
    rows = Engagement.objects.exclude(latitude=None).values_list("pk", "latitude", "longitude", "place", "country__name")
    known = Known(rows)
    spots = Places(known, known.ids).points(most=3)
    told = []
    for spot in spots:
        query = QueryDict("&".join(f"{name}={value}" for name, value in spot.clause))
        listed = EngagementFilter(query, queryset=Engagement.objects.visible_to(people.viewer), user=people.viewer)
        assert listed.form.is_valid(), listed.form.errors
        assert listed.qs.count() == spot.count
        told.append(sorted(row.title for row in listed.qs))
    assert sorted(told) == [["E0", "E1"], ["E2"], ["E3"]]


@pytest.mark.django_db
@pytest.mark.parametrize("area", ["1,2,3", "a,b,c,d", "5,2,1,3", "1,5,3,2", "1,2,3,4,5", "1e9,2,3,4", ""])
def test_an_area_that_is_none_is_named_and_finds_nothing(area, people, signed_in):
    make.engagement(latitude="1", longitude="2")
    page = signed_in(people.viewer).get("/engagements/", {"area": area})
    assert (page.context["page"].paginator.count, "An area is written as" in page.content.decode()) == ((0, True) if area else (1, False))


@pytest.mark.django_db
def test_the_map_says_how_many_have_no_coordinates(people, signed_in):
    make.engagement(latitude="1", longitude="2")
    make.engagement()
    page = signed_in(people.viewer).get("/reports/map/").content.decode()
    assert "1 of 2 have no coordinates and are not among the points." in page
