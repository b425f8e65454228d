"""Retiring and merging: every link moves, none is doubled, nothing is lost."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from catalog.domain.merging import _pointing_to, links, merge, replaced_by
from catalog.domain.retiring import retire, unretire
from catalog.models import Country, EngagementType
from catalog.models.base import CatalogEntry
from engagements.models import Engagement, Participation
from tests import make


def refused(act, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        act(*args, **kwargs)
    return " ".join(caught.value.messages)


def test_a_retired_entry_stays_on_records_and_leaves_the_forms(db):
    theme = make.theme()
    engagement = make.engagement(themes=[theme])
    retire(theme)
    assert theme.retired_on
    assert list(engagement.themes.all()) == [theme]
    assert theme not in type(theme).objects.in_use()
    unretire(theme)
    assert theme in type(theme).objects.in_use()


def test_all_links_of_a_country_move(db):
    loser, winner, other = make.country("XQB", "Rurutania"), make.country("XQA", "Ruritania"), make.country()
    organization = make.organization(kind="armed_force", country=loser)
    held = make.engagement(country=loser, also_held_in=[loser], countries=[loser, other])
    acting = make.participation(held, organization=organization)
    treaty = make.legal_basis()
    treaty.parties.add(loser)
    region = make.region(countries=[loser])
    alliance = make.organization()
    alliance.memberships.create(country=loser)
    loser.aliases.create(text="Old Rurutania")
    loser.successors.add(other)
    assert dict(links(loser))["memberships"] == 1

    merge(loser, winner, actor=None)

    held.refresh_from_db()
    acting.refresh_from_db()
    assert held.country == winner
    assert list(held.also_held_in.all()) == [winner]
    assert {row.acts_for for row in held.participations.all()} == {winner, other}
    assert acting.acts_for == winner
    assert list(treaty.parties.all()) == [winner]
    assert region.memberships.get().country == winner
    assert alliance.memberships.get().country == winner
    assert {alias.text for alias in winner.aliases.all()} == {"Old Rurutania", "Rurutania"}
    assert list(winner.successors.all()) == [other]
    loser.refresh_from_db()
    assert loser.merged_into == winner
    assert loser.retired_on
    for field in _pointing_to(Country):
        if field.name != "merged_into":
            assert not field.model._base_manager.filter(**{field.name: loser}).exists(), field


def test_a_party_that_would_be_twice_in_a_role_is_there_once_with_its_figures(db):
    loser, winner = make.country("XQB", "Rurutania"), make.country("XQA", "Ruritania")
    engagement = make.engagement(countries=[winner, loser, make.country()])
    assert engagement.scope == "multilateral"
    kept = engagement.participations.get(country=winner)
    dropped = engagement.participations.get(country=loser)
    make.strength_report(kept, as_of="2020-01", total=10)
    make.strength_report(dropped, as_of="2020-01", total=11)
    make.strength_report(dropped, as_of="2021-06", total=12)
    make.participation(engagement, country=loser, role="host")

    merge(loser, winner, actor=None)

    rows = engagement.participations.filter(country=winner)
    assert {row.role for row in rows} == {"participant", "host"}
    assert rows.get(role="participant") == kept
    assert not Participation.objects.filter(pk=dropped.pk).exists()
    assert sorted(report.total for report in kept.strength_reports.all()) == [10, 12]
    engagement.refresh_from_db()
    assert engagement.scope == "bilateral", "the database counts again"


def test_a_link_that_is_there_already_is_not_doubled(db):
    loser, winner = make.theme(name="Cyber defence"), make.theme(name="Cyber defense")
    both = make.engagement(themes=[loser, winner])
    one = make.engagement(themes=[loser])
    merge(loser, winner, actor=None)
    assert list(both.themes.all()) == list(one.themes.all()) == [winner]


def test_memberships_with_the_same_start_meet_and_others_move(db):
    loser, winner = make.organization(name="Allianz"), make.organization(name="Alliance")
    country = make.country()
    for body in (loser, winner):
        body.memberships.create(country=country)
    late = loser.memberships.create(country=make.country())
    merge(loser, winner, actor=None)
    assert winner.memberships.count() == 2
    assert late in winner.memberships.all()


def test_children_of_a_tree_move(db):
    loser, winner = make.strategy(), make.strategy()
    child = make.strategy(parent=loser)
    merge(loser, winner, actor=None)
    child.refresh_from_db()
    assert child.parent == winner


def test_two_states_that_succeed_each_other_do_not_succeed_themselves(db):
    loser, winner = make.country(), make.country()
    loser.successors.add(winner)
    merge(loser, winner, actor=None)
    assert not winner.successors.exists()
    assert not winner.predecessors.exists()


def test_an_earlier_merger_leads_on(db):
    first, second, third = make.theme(), make.theme(), make.theme()
    merge(first, second, actor=None)
    merge(second, third, actor=None)
    first.refresh_from_db()
    assert replaced_by(first) == third


def test_what_would_make_records_wrong_is_refused(db):
    theme = make.theme()
    assert "into itself" in refused(merge, theme, theme, actor=None)
    assert "one list" in refused(merge, theme, make.domain(), actor=None)
    talks, course = make.type(kind="engagement"), make.type(kind="training")
    assert "another kind" in refused(merge, talks, course, actor=None)
    assert "another scheme" in refused(merge, make.region(), make.region(), actor=None)
    parent = make.strategy()
    assert "part of this entry" in refused(merge, parent, make.strategy(parent=make.strategy(parent=parent)), actor=None)
    retired = make.theme()
    retire(retired)
    assert "is retired" in refused(merge, theme, retired, actor=None)
    forces = [make.organization(kind="armed_force", country=make.country()) for _ in range(2)]
    assert "another country" in refused(merge, *forces, actor=None)
    winner = make.theme()
    merge(theme, winner, actor=None)
    assert "already merged" in refused(merge, theme, make.theme(), actor=None)
    assert "stays so" in refused(unretire, theme)
    assert "was merged" in refused(retire, theme)


def test_types_of_one_kind_merge(db):
    loser, winner = make.type(kind="training"), make.type(kind="training")
    engagement = make.engagement(kind="training", type=loser)
    merge(loser, winner, actor=None)
    assert Engagement.objects.get(pk=engagement.pk).type == winner
    assert EngagementType.objects.in_use().count() == 1


def test_many_links_move_in_few_queries(db, django_assert_max_num_queries):
    loser, winner = make.country(), make.country()
    for _ in range(30):
        make.engagement(country=loser, countries=[loser])
    with django_assert_max_num_queries(90):
        merge(loser, winner, actor=None)
    assert winner.participations.count() == 30


@pytest.mark.parametrize("model", [model for model in apps.get_app_config("catalog").get_models() if issubclass(model, CatalogEntry)])
def test_every_list_can_be_merged(model, db):
    names = {"EngagementType": "type", "RegionScheme": "scheme"}
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in model.__name__).lstrip("_")
    build = getattr(make, names.get(model.__name__, snake))
    scheme = {"scheme": make.scheme()} if model.__name__ == "Region" else {}
    loser, winner = build(**scheme), build(**scheme)
    merge(loser, winner, actor=None)
    loser.refresh_from_db()
    assert replaced_by(loser) == winner
