"""The history: every change by every door, with who, when and why; added to and never changed."""

import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from catalog.models import Country
from engagements.models import Engagement, Participation
from engagements.tracking import tables
from history.context import acting
from history.database import trigger_names
from history.models import Change
from tests import make
from tests.engagements.forms import posted, send
from tests.test_admin import form_data


def changes(**conditions):
    return list(Change.objects.filter(**conditions).values_list("table", "operation"))


def test_every_table_of_ours_is_followed_and_guarded_in_this_database(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    assert trigger_names(connection.vendor, tables()) <= present


def test_one_save_of_a_form_is_one_action_with_its_parts(people, signed_in):
    strategy, other = make.strategy(name="Dialogue"), make.strategy(name="Exchange")
    made = make.engagement(title="Old", team=people.team, strategies=[strategy], starts="2012-03", type=make.type(kind="engagement"))
    Change.objects.all()  # what the builders did is part of the past too
    before = Change.objects.count()
    client = signed_in(people.analyst)
    address = f"{made.get_absolute_url()}edit/"
    poland = make.country(name="Poland")
    setup = Change.objects.count()
    fields = posted(
        client.get(address), title="New", starts="2012-04", strategies=[strategy.pk, other.pk], **{"participants-0-party": poland.code}
    )
    send(client, address, fields)
    assert before < setup
    fresh = Change.objects.all()[setup:]
    assert len({change.action for change in fresh}) == 1
    assert {change.table for change in fresh} == {
        "engagements_engagement",
        "engagements_engagement_strategies",
        "engagements_participation",
        "engagements_reviewstep",
    }
    assert {(change.actor, change.actor_name, change.door) for change in fresh} == {(people.analyst.pk, "Analyst", "page")}
    page = client.get(f"{made.get_absolute_url()}history/").content.decode()
    for said in ["<del>Old</del>", "<del>Mar 2012</del>"] + [f"<ins>{said}</ins>" for said in ("New", "Apr 2012", "Exchange", "Poland")]:
        assert said in page, said
    assert "2012-03-01" not in page


def test_what_is_written_past_every_door_is_recorded_as_done_in_the_database(db):
    made = make.engagement(title="Before")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE engagements_engagement SET title = 'After' WHERE id = %s", [made.pk])
    change = Change.objects.latest("pk")
    assert (change.door, change.actor, change.engagement) == ("database", None, made.pk)
    assert (change.before["title"], change.after["title"]) == ("Before", "After")


def test_bulk_writes_are_recorded_row_by_row(db):
    made = make.engagement()
    start = Change.objects.count()
    countries = [make.country(), make.country()]
    Participation.objects.bulk_create([Participation(engagement=made, country=country) for country in countries])
    Participation.objects.filter(engagement=made).update(note="same")
    Participation.objects.filter(engagement=made).delete()
    found = [item for item in changes()[start:] if item[0] == "engagements_participation"]
    assert found == [("engagements_participation", what) for what in ("added", "added", "changed", "changed", "removed", "removed")]


def test_an_action_carries_who_by_which_door_and_why(people):
    with acting(actor=people.steward, door="command", reason="a merge"):
        make.country("XZZ")
        Country.objects.filter(code="XZZ").update(name="Renamed")
    rows = list(Change.objects.filter(table="catalog_country", actor=people.steward.pk).values_list("door", "reason", "operation"))
    assert rows == [("command", "a merge", "added"), ("command", "a merge", "changed")]
    make.country("XZY")
    assert Change.objects.latest("pk").door == "database"


def test_a_change_that_is_rolled_back_leaves_no_trace(db):
    made = make.engagement()
    before = Change.objects.count()
    with transaction.atomic():
        Engagement.objects.filter(pk=made.pk).update(title="Never")
        transaction.set_rollback(True)
    assert Change.objects.count() == before


@pytest.mark.parametrize("what", ["UPDATE history_change SET reason = 'x'", "DELETE FROM history_change"])
def test_the_history_itself_can_not_be_changed(db, what):
    make.engagement()
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(what)
    assert Change.objects.exists()


def test_the_history_outlives_the_record_and_the_person(people):
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(title="Short-lived")
    key = made.pk
    Engagement.objects.get(pk=key).delete()
    rows = Change.objects.filter(engagement=key, table="engagements_engagement")
    assert [row.operation for row in rows] == ["added", "removed"]
    assert (rows[1].before["title"], rows[1].before["reference"]) == ("Short-lived", made.reference)
    assert (rows[0].actor, rows[0].actor_name) == (people.analyst.pk, "Analyst")


def test_who_is_no_longer_here_or_has_another_name_is_still_told_as_then(people, signed_in):
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(title="Talks", team=people.team)
    User.objects.filter(pk=people.analyst.pk).update(is_active=False, name="Someone else")
    page = signed_in(people.manager).get(f"{made.get_absolute_url()}history/").content.decode()
    assert "<b>Analyst</b>" in page
    assert "Someone else" not in page


def test_each_door_has_its_name(people, signed_in):
    made = make.engagement(title="Talks", team=people.team)
    for door in ("page", "admin", "import", "command", "api"):
        with acting(actor=people.analyst, door=door):
            Engagement.objects.filter(pk=made.pk).update(title=f"Talks {door}")
    with pytest.raises(ValueError, match="window"), acting(door="window"):
        pass
    page = signed_in(people.analyst).get(f"{made.get_absolute_url()}history/").content.decode()
    told = re.findall(r"</time>, ([a-z ]+)", page)[:6]
    assert [name.strip() for name in told] == [
        "by the interface for programs",
        "by command",
        "by import",
        "by admin",
        "by page",
        "in the database",
    ]


def test_a_command_is_a_door_and_an_action_of_its_own(db, monkeypatch):
    monkeypatch.setattr("engagements.management.commands.seed.load_catalog", lambda: (make.country(), make.country()))
    monkeypatch.setattr("engagements.management.commands.seed.load_engagements", lambda: 0)
    call_command("seed", verbosity=0)
    rows = Change.objects.all()
    assert {(row.door, row.reason) for row in rows} == {("command", "manage.py seed")}
    assert (rows.count(), len({row.action for row in rows})) == (2, 1)


def test_links_to_many_are_recorded_one_by_one(db):
    made, strategy, other = make.engagement(), make.strategy(), make.strategy()
    made.strategies.set([strategy])
    start = Change.objects.latest("pk").pk
    made.strategies.set([other])
    made.strategies.set([other])
    rows = Change.objects.filter(pk__gt=start)
    assert {(row.operation, (row.after or row.before)["strategy_id"], row.engagement) for row in rows} == {
        ("removed", strategy.pk, made.pk),
        ("added", other.pk, made.pk),
    }
    assert rows.count() == 2


def test_a_form_that_changes_nothing_leaves_no_entry(people, signed_in):
    made = make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()], countries=[make.country()])
    client = signed_in(people.analyst)
    address = f"{made.get_absolute_url()}edit/"
    fields = posted(client.get(address))
    before = Change.objects.count()
    send(client, address, fields)
    made.refresh_from_db()
    assert (made.version, Change.objects.count()) == (2, before)


def test_secrets_and_bare_bookkeeping_are_not_recorded(people):
    before = Change.objects.count()
    people.viewer.set_password("another password entirely")
    people.viewer.save()
    User.objects.filter(pk=people.viewer.pk).update(last_login=None)
    assert Change.objects.count() == before
    assert not Change.objects.filter(table="accounts_user", after__has_key="password").exists()


def test_a_hidden_record_is_not_named_in_the_history_of_another(people, signed_in):
    hidden = make.engagement(title="Secret thing", handling="restricted")
    made = make.engagement(team=people.team, parent=hidden)
    made.predecessors.add(hidden)
    make.outcome(made, linked_engagement=hidden, statement="An outcome.")
    page = signed_in(people.analyst).get(f"{made.get_absolute_url()}history/").content.decode()
    assert "Secret thing" not in page
    assert "Part of" not in page
    assert "Follows on from" not in page
    assert "An outcome." in page


def test_the_history_of_a_hidden_record_is_not_found(people, signed_in):
    hidden = make.engagement(handling="restricted")
    assert signed_in(people.analyst).get(f"{hidden.get_absolute_url()}history/").status_code == 404


def test_a_long_history_costs_the_same_queries_as_a_short_one(people, signed_in, assert_same_queries):
    made = make.engagement(team=people.team)
    client = signed_in(people.analyst)

    def add():
        make.participation(made, country=make.country(), unit="A unit")
        make.participation(made, organization=make.organization())
        make.outcome(made)
        made.strategies.add(make.strategy())
        made.themes.add(make.theme())

    assert_same_queries(add, lambda: client.get(f"{made.get_absolute_url()}history/"), at_most=8)


def test_the_admin_is_a_door_of_its_own(people, signed_in):
    team = make.team("old")
    client = signed_in(people.administrator)
    address = f"/admin/accounts/team/{team.pk}/change/"
    page = client.get(address)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    client.post(address, hidden | form_data(page) | {"name": "New name"})
    change = Change.objects.filter(table="accounts_team", operation="changed").latest("pk")
    assert (change.door, change.actor, change.after["name"]) == ("admin", people.administrator.pk, "New name")
