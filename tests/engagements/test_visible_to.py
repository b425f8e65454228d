"""Who sees which record: every combination of what matters, against the rule written out again.

The rule, in words (docs and design): the clearance reaches the handling; a restricted record is of or released
to one of the person's teams; a record that is not verified, or is archived, is seen by its own team and its owner only.
"""

import itertools
import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from engagements.models import Engagement
from tests import make

pytestmark = pytest.mark.django_db

LADDER = ["public", "official", "restricted"]
REVIEW = ["draft", "submitted", "verified", "returned"]


def may_see(person, record) -> bool:
    """The rule for one person and one record, in plain Python."""
    if not person["active"]:
        return False
    if LADDER.index(record["handling"]) > LADDER.index(person["clearance"]):
        return False
    own_team = record["team"] in person["teams"]
    released = bool(set(record["released_to"]) & set(person["teams"]))
    if record["handling"] == "restricted" and not own_team and not released:
        return False
    own = own_team or record["owner"] == person["name"]
    if record["review"] != "verified" and not own:
        return False
    return own or not record["archived"]


def store(records, teams, users):
    """The records as rows, made in as few statements as there are tables; returns them by id."""
    kind = make.type()
    rows = [
        Engagement(
            kind="engagement",
            type=kind,
            title=f"Record {number}",
            handling=record["handling"],
            team=teams[record["team"]],
            owner=users.get(record["owner"]),
            review_state=record["review"],
            archived_at=timezone.now() if record["archived"] else None,
        )
        for number, record in enumerate(records)
    ]
    Engagement.objects.bulk_create(rows)
    through = Engagement.released_to.through
    through.objects.bulk_create(
        through(engagement=row, team=teams[name]) for row, record in zip(rows, records, strict=True) for name in record["released_to"]
    )
    return {row.pk: record for row, record in zip(rows, records, strict=True)}


@pytest.mark.parametrize("active", [True, False], ids=["active", "inactive"])
@pytest.mark.parametrize("in_team", [True, False], ids=["in a team", "in none"])
@pytest.mark.parametrize("clearance", LADDER)
def test_every_combination_is_seen_by_those_who_may_and_nobody_else(clearance, in_team, active):
    names = ["ours", "theirs", "third"]
    teams = {name: make.team(name) for name in names}
    person = {"name": "me", "clearance": clearance, "teams": ["ours"] if in_team else [], "active": active}
    users = {
        "me": make.user(username="me", clearance=clearance, teams=[teams[name] for name in person["teams"]], is_active=active),
        "you": make.user(username="you"),
    }
    records = [
        {"handling": handling, "team": team, "released_to": released_to, "review": review, "owner": owner, "archived": archived}
        for handling, team, released_to, review, owner, archived in itertools.product(
            LADDER, ["ours", "theirs"], [[], ["ours"], ["third"]], REVIEW, ["me", "you", None], [False, True]
        )
    ]
    by_id = store(records, teams, users)
    found = set(Engagement.objects.visible_to(users["me"]).values_list("pk", flat=True))
    for pk, record in by_id.items():
        assert (pk in found) == may_see(person, record), (person, record)


@pytest.mark.parametrize("seed", range(4))
def test_the_set_is_exact_for_people_in_several_teams_and_each_record_comes_once(seed):
    chance = random.Random(seed)
    teams = {name: make.team(name) for name in ["a", "b", "c", "d"]}
    people = [
        {
            "name": f"person-{number}",
            "clearance": chance.choice(LADDER),
            "teams": chance.sample(list(teams), chance.randint(0, 3)),
            "active": True,
        }
        for number in range(6)
    ]
    roles = ["viewer", "analyst", "manager", "steward", "administrator", "manager"]
    users = {
        person["name"]: make.user(
            role, username=person["name"], clearance=person["clearance"], teams=[teams[name] for name in person["teams"]]
        )
        for person, role in zip(people, roles, strict=True)
    }
    records = [
        {
            "handling": chance.choice(LADDER),
            "team": chance.choice(list(teams)),
            "released_to": chance.sample(list(teams), chance.randint(0, 3)),
            "review": chance.choice(REVIEW),
            "owner": chance.choice([*users, None]),
            "archived": chance.random() < 0.3,
        }
        for _ in range(120)
    ]
    by_id = store(records, teams, users)
    for person in people:
        rows = Engagement.objects.visible_to(users[person["name"]])
        found = list(rows.values_list("pk", flat=True))
        assert sorted(found) == sorted(pk for pk, record in by_id.items() if may_see(person, record))
        assert rows.count() == len(found)


def test_nobody_sees_anything_without_signing_in():
    make.engagement()
    assert not Engagement.objects.visible_to(AnonymousUser()).exists()


def test_the_administrator_is_cleared_for_nothing_by_that_role():
    official, restricted = make.engagement(handling="official"), make.engagement(handling="restricted")
    seen = Engagement.objects.visible_to(make.user("administrator"))
    assert official not in seen
    assert restricted not in seen


def test_it_can_be_narrowed_further_and_asked_for_one_record():
    record = make.engagement(handling="restricted")
    assert not Engagement.objects.visible_to(make.user(clearance="official")).filter(reference=record.reference).exists()
    insider = make.user(clearance="restricted", teams=[record.team])
    assert Engagement.objects.visible_to(insider).current().get(reference=record.reference) == record


def test_a_clearance_taken_away_acts_at_the_next_question():
    record = make.engagement(handling="official")
    person = make.user(clearance="official")
    assert record in Engagement.objects.visible_to(person)
    type(person).objects.filter(pk=person.pk).update(clearance="public")
    assert record not in Engagement.objects.visible_to(type(person).objects.get(pk=person.pk))


def test_a_release_taken_back_acts_at_the_next_question():
    team, record = make.team("partner"), make.engagement(handling="restricted", team=make.team("home"))
    person = make.user(clearance="restricted", teams=[team])
    record.released_to.add(team)
    assert record in Engagement.objects.visible_to(person)
    record.released_to.remove(team)
    assert record not in Engagement.objects.visible_to(type(person).objects.get(pk=person.pk))
