"""Places as points: one at each pair of coordinates, those close together as one where there are too many, each with its list."""

from decimal import Decimal

import pytest
from django.http import QueryDict

from engagements.filters import EngagementFilter
from engagements.models import Engagement
from reports.places import places, points
from tests import make


def found(*rows):
    return [(pk, Decimal(latitude), Decimal(longitude), place, country) for pk, latitude, longitude, place, country in rows]


def test_a_place_is_called_what_most_call_it_and_stands_where_most_was():
    here = found(
        (1, "1.5", "2", "Port", "Land"), (2, "1.5", "2", "Harbor", "Land"), (3, "1.5", "2", "Harbor", "Land"), (4, "5", "5", "", None)
    )
    assert [(one.name, sorted(one.ids), one.code) for one in places(here)] == [
        ("Harbor, Land", [1, 2, 3], "1.5,2"),
        ("place without a name", [4], "5,5"),
    ]


def test_few_places_are_drawn_each_by_itself():
    spots = points(places(found((1, "1.25", "2", "A", None), (2, "1.26", "2", "B", None))))
    assert {(one.latitude, one.longitude, one.label) for one in spots} == {(1.25, 2.0, "A"), (1.26, 2.0, "B")}


def test_many_places_are_drawn_by_cell_and_none_is_lost():
    many = places(found(*((n, f"{n % 9}.{n:03}", f"-{n % 7}.5", f"P{n}", None) for n in range(200))))
    spots = points(many, most=20)
    assert len(spots) <= 70  # 9 by 7 cells of one degree, then fewer
    assert sorted(pk for spot in spots for pk in spot.ids) == list(range(200))
    assert any("more place" in spot.label for spot in spots)


@pytest.mark.django_db
def test_the_list_behind_a_point_has_its_engagements_and_no_others(people):
    for place, (latitude, longitude) in enumerate(
        [("1.0000", "2.0000"), ("1.9999", "2.9999"), ("2.0000", "2.0000"), ("-0.0001", "2.5000")]
    ):
        make.engagement(title=f"E{place}", latitude=latitude, longitude=longitude)
    make.engagement(title="Nowhere")
    rows = Engagement.objects.exclude(latitude=None).values_list("pk", "latitude", "longitude", "place", "country__name")
    spots = points(places(list(rows)), most=3)
    told = []
    for spot in spots:
        query = QueryDict("&".join(f"{name}={value}" for name, value in spot.clause))
        listed = EngagementFilter(query, queryset=Engagement.objects.visible_to(people.viewer), user=people.viewer)
        assert listed.form.is_valid(), listed.form.errors
        assert {row.pk for row in listed.qs} == set(spot.ids)
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
