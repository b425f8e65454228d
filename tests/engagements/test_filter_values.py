"""Each filter parameter finds what it says, alone and together."""

import pytest
from django.http import QueryDict

from engagements.filters import EngagementFilter
from engagements.models import Engagement
from tests import make


def found(user, query):
    filterset = EngagementFilter(QueryDict(query), queryset=Engagement.objects.visible_to(user), user=user)
    assert filterset.form.is_valid(), filterset.form.errors
    return {engagement.title for engagement in filterset.qs}


@pytest.fixture
def user(people):
    return people.manager


def test_a_strategy_includes_its_parts(user):
    root = make.strategy("root")
    part = make.strategy("part", parent=root)
    make.engagement(title="of the part", strategies=[part])
    make.engagement(title="of both", strategies=[root, part])
    make.engagement(title="of neither")
    assert found(user, "strategy=root") == {"of the part", "of both"}
    assert found(user, "strategy=part") == {"of the part", "of both"}


def test_a_region_means_held_in_involving_or_either_at_the_day_of_the_event(user):
    inside, outside = make.country(), make.country()
    scheme = make.scheme("sch")
    whole = make.region("sch:whole", scheme=scheme)
    make.region("sch:part", scheme=scheme, parent=whole, countries=[(inside, "", "2000-01-01")])
    make.engagement(title="held", country=inside, starts="1999-12-31")
    make.engagement(title="held too late", country=inside, starts="2000-01-01")
    make.engagement(title="involving", country=outside, countries=[inside, outside], starts="1990")
    make.engagement(title="no date", country=inside)
    assert found(user, "region=sch:whole") == {"held", "involving"}
    assert found(user, "region=sch:whole&region_mode=held") == {"held"}
    assert found(user, "region=sch:part&region_mode=involving") == {"involving"}


def test_a_country_in_a_role_means_that_the_same_row_has_both(user):
    one, other = make.country("XAA"), make.country("XAB")
    made = make.engagement(title="match")
    make.participation(made, country=one, role="host")
    make.participation(made, country=other, role="observer")
    assert found(user, "country=XAA&role=host") == {"match"}
    assert found(user, "country=XAA&role=observer") == set()
    assert found(user, "country=XAA&country=XAB&role=observer") == {"match"}


def test_a_ministry_counts_as_its_country(user):
    country = make.country("XAA")
    ministry = make.organization("min", kind="state_ministry", country=country)
    make.participation(make.engagement(title="talks"), organization=ministry)
    assert found(user, "country=XAA") == {"talks"}
    assert found(user, "organization=min") == {"talks"}


def test_a_period_takes_partial_dates_at_their_bounds(user):
    make.engagement(title="in May", starts="1948-05", ends="1948-06")
    make.engagement(title="since 2003", starts="2003", ends="open")
    assert found(user, "start=1948-06-30&end=1948-06-30") == {"in May"}
    assert found(user, "start=2020") == {"since 2003"}
    assert found(user, "end=1948-05-01") == {"in May"}
    assert found(user, "start=1948-07-01&end=2002") == set()


def test_every_short_list_filters_by_code(user):
    made = make.engagement(title="all of it", kind="exercise", type=make.type("ty", kind="exercise"), themes=[make.theme("th")])
    made.domains.add(make.domain("do"))
    made.objectives.add(make.objective("ob"))
    make.challenge(made, category=make.challenge_category("ch"))
    make.outcome(made, type=make.outcome_type("ou"))
    make.engagement(title="nothing of it")
    for query in ["type=ty", "theme=th", "domain=do", "objective=ob", "challenge=ch", "outcome_type=ou", "kind=exercise"]:
        assert found(user, query) == {"all of it"}, query


def test_a_framework_includes_what_is_part_of_it(user):
    whole = make.framework("whole")
    make.engagement(title="below", framework=make.framework("below", parent=whole))
    assert found(user, "framework=whole") == {"below"}


def test_values_of_one_name_mean_any_and_names_mean_all(user):
    make.engagement(title="a", kind="exercise", status="completed")
    make.engagement(title="b", kind="training", status="completed")
    make.engagement(title="c", kind="training", status="planned")
    assert found(user, "kind=exercise&kind=training&status=completed") == {"a", "b"}


def test_mine_means_what_i_own(user, people):
    make.engagement(title="mine", owner=user)
    make.engagement(title="theirs", owner=people.analyst)
    assert found(user, "owner=me") == {"mine"}


def test_each_engagement_comes_once_however_many_rows_match(user):
    country = make.country("XAA")
    made = make.engagement(title="once", strategies=[make.strategy("s1"), make.strategy("s2")])
    for role in ("host", "lead", "sponsor"):
        make.participation(made, country=country, role=role)
    filterset_rows = list(
        EngagementFilter(
            QueryDict("country=XAA&strategy=s1&strategy=s2"),
            queryset=Engagement.objects.visible_to(user),
            user=user,
        ).qs
    )
    assert len(filterset_rows) == 1


def test_conflict_perception_legal_basis_task_and_funding_filter_too(user):
    made = make.engagement(title="all of it", kind="peacekeeping", conflict_context="post_conflict", local_perception="mixed")
    made.legal_bases.add(make.legal_basis("lb"))
    made.mission.tasks.add(make.mission_task("ta"))
    make.funding_line(made, source=make.funding_source("fu"))
    make.engagement(title="nothing of it", kind="peacekeeping")
    for query in ["context=post_conflict", "perception=mixed", "legal_basis=lb", "task=ta", "funding=fu"]:
        assert found(user, query) == {"all of it"}, query


def test_an_owner_whose_records_one_may_not_see_is_as_unknown_as_one_that_never_was(user, people):
    make.engagement(owner=people.steward, handling="restricted", team=make.team())
    said = []
    for name in (people.steward.username, "nobody"):
        filterset = EngagementFilter(QueryDict(f"owner={name}"), queryset=Engagement.objects.visible_to(user), user=user)
        said.append(str(filterset.form.errors).replace(name, "X"))
        assert not filterset.form.is_valid()
    assert said[0] == said[1]
