"""The conditions of ``visible_to`` are put together once for each person's rights: the statement is as if they had been said anew."""

import pytest
from django.db.models import Count, Exists, OuterRef

from engagements.domain.completeness import with_missing
from engagements.models import Engagement, Outcome, Participation
from engagements.querysets import _what_is_seen
from tests import make

pytestmark = pytest.mark.django_db
ALL = Engagement.objects
SHAPES = {
    "alone": lambda seen: seen(ALL.all()),
    "of few": lambda seen: seen(ALL.filter(kind="exercise", participations__country__code="USA")),
    "narrowed later": lambda seen: seen(ALL.all()).exclude(participations__country__code="DEU").filter(kind="exercise"),
    "in a subquery": lambda seen: ALL.filter(pk__in=seen(ALL.all()).values("pk")),
    "not in a subquery": lambda seen: ALL.exclude(pk__in=seen(ALL.all())),
    "of children": lambda seen: Participation.objects.filter(engagement__in=seen(ALL.filter(pk__in=ALL.filter(type=3)))),
    "exists": lambda seen: Outcome.objects.filter(Exists(seen(ALL.all()).filter(pk=OuterRef("engagement")))),
    "within itself": lambda seen: seen(ALL.all()).filter(
        Exists(Outcome.objects.filter(Exists(seen(ALL.all()).filter(pk=OuterRef("linked_engagement"))), engagement=OuterRef("pk")))
    ),
    "twice": lambda seen: seen(seen(ALL.all())),
    "either": lambda seen: seen(ALL.all()) | ALL.filter(kind="exercise"),
    "both": lambda seen: seen(ALL.filter(type=1)) & ALL.filter(kind="exercise"),
    "together": lambda seen: seen(ALL.order_by()).values("pk").union(seen(ALL.order_by()).values("pk")),
    "annotated before": lambda seen: seen(with_missing(ALL.annotate(n=Count("participations")))).filter(n__gt=3),
    "annotated after": lambda seen: with_missing(seen(ALL.all())).select_related("type", "country"),
    "counted": lambda seen: seen(ALL.all()).values("kind").annotate(n=Count("pk")).order_by("kind"),
    "a few of them": lambda seen: ALL.filter(pk__in=seen(ALL.all()).values("pk")[:5]),
    "searched": lambda seen: seen(ALL.all()).search("army"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("one_by_one", [True, False])
def test_the_statement_is_the_same(shape, one_by_one, people):
    for person in (people.viewer, people.analyst, people.manager):
        who = (Engagement, person.pk, person.clearance, tuple(person.team_ids))
        anew = str(shape(lambda rows, who=who: rows.filter(*_what_is_seen(*who, one_by_one=one_by_one))).query)
        for _time in range(2):
            assert str(shape(lambda rows, person=person: rows.visible_to(person, one_by_one=one_by_one)).query) == anew


def test_other_rights_of_the_same_person_count_at_once(people):
    secret = make.engagement(handling="restricted", team=people.team)
    assert list(ALL.visible_to(people.manager)) == [secret]
    people.manager.clearance = "official"
    assert list(ALL.visible_to(people.manager)) == []
    people.manager.clearance = "restricted"
    del people.manager.own_teams
    people.manager.teams.clear()
    assert list(ALL.visible_to(people.manager)) == []
    people.manager.is_active = False
    assert list(ALL.visible_to(people.manager)) == []


def test_a_page_of_rows_can_not_be_narrowed_any_more(people):
    with pytest.raises(TypeError):
        ALL.all()[:5].visible_to(people.manager)
