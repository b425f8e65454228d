"""Entries that are one or two: found, said to be two, merged, and taken apart again as they were."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from catalog.domain import unmerging
from catalog.domain.lookalikes import like_pairs, say_two, similar_to
from catalog.domain.merging import merge
from catalog.models import Country, Lookalike, Organization, Theme
from engagements.models import Engagement, Participation
from history.models import Change
from tests import make
from tests.engagements.forms import send

UNSAID = {"version", "updated_at", "updated_by_id"}


def dump() -> dict[str, list]:
    """Every row of the lists and of the record, without what only says that something was written."""
    return {
        model._meta.db_table: sorted(
            tuple(sorted((name, str(value)) for name, value in row.items() if name not in UNSAID)) for row in model._base_manager.values()
        )
        for app in ("catalog", "engagements")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }


@pytest.fixture
def merged(people):
    """A country with all that can point to one, before it is merged into another that has some of it too."""
    loser, winner, other = make.country("XQB", "Rurutania"), make.country("XQA", "Ruritania"), make.country()
    force = make.organization(kind="armed_force", country=loser)
    held = make.engagement(country=loser, also_held_in=[loser, winner], countries=[loser, other])
    make.participation(held, country=winner)
    make.participation(held, organization=force, role="host")
    make.strength_report(held.participations.get(country=loser))
    make.region(countries=[loser, winner])
    make.legal_basis().parties.add(loser, winner)
    loser.aliases.create(text="Old Rurutania")
    loser.successors.add(other, winner)
    before = dump()
    merge(loser, winner, actor=people.steward)
    return loser, winner, before


def test_undo_gives_back_exactly_what_was_there_before(merged):
    loser, _winner, before = merged
    assert dump() != before
    unmerging.undo(loser)
    assert dump() == before
    assert {row.acts_for.name for row in Participation.objects.filter(organization__isnull=False)} == {"Rurutania"}


def test_a_merger_is_undone_once(merged):
    loser, winner, _before = merged
    assert [(item.loser, item.winner) for item in unmerging.recent_mergers(Country)] == [(loser, winner)]
    unmerging.undo(loser)
    assert unmerging.recent_mergers(Country) == []
    with pytest.raises(ValidationError, match="knows no merger"):
        unmerging.undo(loser)


def test_what_was_changed_since_stands_in_the_way_and_nothing_is_undone(merged):
    loser, winner, _before = merged
    Engagement.objects.filter(country=winner).update(country=make.country())
    winner.aliases.get(text="Old Rurutania").delete()
    before = dump()
    with pytest.raises(unmerging.Changed) as caught:
        unmerging.undo(loser)
    assert dump() == before
    # Whoever keeps the lists may not see which record it is.
    assert set(caught.value.obstacles) == {("A record", ""), ("Other name of a country", "")}


def test_of_two_mergers_one_after_the_other_the_later_is_undone_first(people):
    first, second, third = make.theme(), make.theme(), make.theme()
    engagement = make.engagement(themes=[first])
    merge(first, second, actor=people.steward)
    merge(second, third, actor=people.steward)
    with pytest.raises(unmerging.Changed):
        unmerging.undo(first)
    unmerging.undo(second)
    unmerging.undo(Theme.objects.get(pk=first.pk))
    assert list(engagement.themes.all()) == [first]
    assert Theme.objects.in_use().count() == 3


# Pages -------------------------------------------------------------------------------------------


def test_a_steward_undoes_a_merger_among_the_latest_of_the_list(merged, people, signed_in):
    loser, _winner, before = merged
    client = signed_in(people.steward)
    page = client.get("/lists/countries/mergers/").content.decode()
    assert "Rurutania" in page
    last = Change.objects.last().pk
    assert client.post("/lists/countries/XQB/unmerge/").headers["Location"] == "/lists/countries/XQB/"
    assert dump() == before
    assert set(Change.objects.filter(pk__gt=last).values_list("actor", flat=True)) == {people.steward.pk}
    assert client.get(loser.get_absolute_url()).status_code == 200


def test_a_steward_reads_what_stands_in_the_way_without_records_being_named(merged, people, signed_in):
    _loser, winner, _before = merged
    Engagement.objects.filter(country=winner).update(country=make.country())
    answer = signed_in(people.steward).post("/lists/countries/XQB/unmerge/")
    assert answer.status_code == 409
    assert "<li>A record</li>" in answer.content.decode()


def test_only_stewards_see_and_undo_mergers(merged, people, signed_in):
    for person in (people.viewer, people.analyst, people.manager, people.administrator):
        client = signed_in(person)
        for address in ("/lists/countries/mergers/", "/lists/countries/duplicates/"):
            assert client.get(address).status_code == 403
        for address in ("/lists/countries/XQB/unmerge/", "/lists/countries/duplicates/two/"):
            assert client.post(address).status_code == 403


# Names that are alike ----------------------------------------------------------------------------


def alike(model):
    return {(pair.first.code, pair.second.code) for pair in like_pairs(model)}


def test_pairs_are_entries_with_nearly_the_same_name_or_spelling(db):
    for code, name in [
        ("A", "Ministry of Defence"),
        ("B", "Ministry of Defense"),
        ("C", "Task Force 150"),
        ("D", "Task Force 151"),
        ("E", "Staff college"),
    ]:
        make.organization(code, name=name)
    make.organization("F", name="War academy").aliases.create(text="Colleges, staff")
    make.organization("G", name="Gone", retired_on="2020-01-01").aliases.create(text="Staff colleges")
    assert alike(Organization) == {("A", "B"), ("E", "F")}


def test_bodies_of_two_countries_and_what_lies_above_are_no_pair(db):
    for name in ("Army Staff", "Army Staffs"):
        make.organization(kind="armed_force", country=make.country(), name=name)
    above = make.strategy(name="Deterrence and defense")
    make.strategy(name="Deterrence and defence", parent=above)
    assert alike(Organization) == set()
    assert alike(type(above)) == set()


def test_a_pair_that_is_two_is_not_shown_again(people, signed_in):
    niger, nigeria = make.theme("niger", name="Mine clearance at sea"), make.theme("nigeria", name="Mine clearances at sea")
    client = signed_in(people.steward)
    assert "Mine clearances at sea" in client.get("/lists/themes/duplicates/").content.decode()
    client.post("/lists/themes/duplicates/two/", {"first": "nigeria", "second": "niger"})
    assert "No two entries look like one" in client.get("/lists/themes/duplicates/").content.decode()
    say_two(niger, nigeria, actor=people.steward)
    assert Lookalike.objects.values_list("first", "second", "said_by").get() == ("niger", "nigeria", people.steward.pk)
    assert client.post("/lists/themes/duplicates/two/", {"first": "niger", "second": "niger"}).status_code == 404


def test_fifty_pairs_cost_the_queries_of_one(people, signed_in, assert_same_queries):
    client = signed_in(people.steward)
    numbers = iter(range(100))

    def add():
        number = next(numbers)
        for name in (f"Mine clearance {number}", f"Mines clearance {number}"):
            make.theme(name=name)

    assert_same_queries(add, lambda: client.get("/lists/themes/duplicates/"), at_most=10)


def test_an_entry_with_nearly_the_name_of_another_is_asked_about_before_it_is_added(people, signed_in):
    old = make.theme("mines", name="Mine clearance")
    client = signed_in(people.steward)
    fields = {"code": "mining", "name": "Mines clearance", "group": "", "definition": "", "sort": "0", "spellings": ""}
    page = client.get("/lists/themes/new/")
    fields |= {
        name: field.value() or "" for name in page.context["form"].fields if name not in fields for field in [page.context["form"][name]]
    }
    fields["group"] = Theme._meta.get_field("group").choices[0][0]
    answer = send(client, "/lists/themes/new/", fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {}
    assert "There is an entry with nearly this name" in answer.content.decode()
    assert Theme.objects.get() == old
    answer = send(client, "/lists/themes/new/", fields | {"different": "mines"})
    assert answer.status_code == 302
    assert Theme.objects.count() == 2
    assert similar_to(old, ["Mines clearance"]) == [Theme.objects.get(code="mining")]
