"""A batch is taken back as one: nothing of it stays but the history, except what somebody touched since."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from engagements.domain.comments import say
from engagements.models import Engagement
from history.models import Change
from imports.choices import State
from tests import make
from tests.imports.batches import catalog, checked, commit, imported, last_change, outcomes, register, undo

pytestmark = pytest.mark.django_db
TALKS = "title,start,place,party,people,number\nTalks,2020,Oslo,Poland,5,1\nTalks,2020,Oslo,Norway,7,1\nVisit,2021,Rome,Norway,1,2\n"
WHOLE = {
    "group_by": ["title"],
    "constants": {"funding.source": "own", "funding.currency": "EUR", "source.title": "Report", "summary": "What was said."},
    "columns": [
        {"column": "people", "to": "participant.personnel"},
        {"column": "people", "to": "funding.actual"},
        {"column": "people", "to": "strength.total"},
    ],
}


@pytest.fixture
def lists(db):
    return catalog()


def rows() -> dict[str, int]:
    """How many rows each table of the record has."""
    return {model._meta.db_table: model._base_manager.count() for model in apps.get_app_config("engagements").get_models(True)}


def test_what_a_batch_created_is_gone_without_a_trace_but_the_history(people, lists):
    make.engagement(title="Here before", team=people.team, countries=[lists.poland])
    before = rows()
    made = imported(people.analyst, TALKS, **WHOLE)
    assert {name for name, count in rows().items() if count > before[name]} == {
        f"engagements_{name}"
        for name in ("engagement", "engagement_strategies", "participation", "strengthreport", "fundingline", "source", "externalid")
    }
    undone = undo(made)
    assert rows() == before
    assert (undone.state, undone.counts["kept"]) == (State.UNDONE, 0)
    added, removed = (Change.objects.filter(action=action) for action in (made.action, undone.undo_action))
    assert set(removed.values_list("operation", "door", "reason")) == {("removed", "import", f"import {made.key} taken back")}
    assert {(c.table, c.row, c.engagement) for c in removed} == {(c.table, c.row, c.engagement) for c in added}


def test_the_file_may_come_in_again_afterwards(people, lists):
    undo(imported(people.analyst, TALKS, **WHOLE))
    assert outcomes(imported(people.analyst, TALKS, **WHOLE)) == {"create": 2}


def test_what_a_batch_changed_is_as_it_was_before(people, lists):
    imported(people.analyst, TALKS, **WHOLE)
    before = register()
    text = TALKS.replace("Oslo", "Bergen").replace("Norway,7", "Norway,8").replace("Poland,5", "Norway,9").replace("Rome", "Bonn")
    made = imported(people.analyst, text, **WHOLE)
    assert outcomes(made) == {"update": 2}
    assert undo(made).counts["kept"] == 0
    # The versions count on, so that a page opened before notices.
    assert [(row[0], *row[2:]) for row in register()] == [(row[0], *row[2:]) for row in before]
    assert {record.version for record in Engagement.objects.all()} == {3}


@pytest.mark.parametrize("touch", ["field", "row", "comment", "parent", "predecessor", "outcome"])
def test_what_was_touched_since_stays_and_is_listed(people, lists, touch):
    made = imported(people.analyst, TALKS, **WHOLE)
    talks, visit = Engagement.objects.order_by("title")
    if touch == "field":
        Engagement.objects.filter(pk=talks.pk).update(summary="Looked at.")
    elif touch == "row":
        talks.participations.filter(country=lists.poland).delete()
    elif touch == "comment":
        say(talks, text="Who was there?", actor=people.analyst)
    elif touch == "parent":
        make.engagement(team=people.team, parent=talks)
    elif touch == "predecessor":
        make.engagement(team=people.team).predecessors.add(talks)
    else:
        make.outcome(make.engagement(team=people.team), linked_engagement=talks)
    undone = undo(made)
    assert undone.counts["kept"] == 1
    assert [row.engagement for row in undone.imported.filter(is_undone=False)] == [talks]
    assert not Engagement.objects.filter(pk=visit.pk).exists()


def test_a_record_that_was_changed_again_since_keeps_the_later_change(people, lists):
    imported(people.analyst, TALKS, **WHOLE)
    made = imported(people.analyst, TALKS.replace("Oslo", "Bergen"), **WHOLE)
    later = imported(people.analyst, TALKS.replace("Oslo", "Turku"), **WHOLE)
    assert undo(made).counts["kept"] == 1
    assert Engagement.objects.get(title="Talks").place == "Turku"
    assert undo(later).counts["kept"] == 0
    assert Engagement.objects.get(title="Talks").place == "Bergen"


def test_a_batch_is_taken_back_once_and_only_when_written(people, lists):
    made = checked(people.analyst, TALKS, **WHOLE)
    with pytest.raises(ValidationError, match="Only a batch that is written"):
        undo(made)
    undo(commit(made))
    with pytest.raises(ValidationError, match="Only a batch that is written"):
        undo(made)
    with pytest.raises(ValidationError, match="taken back"):
        commit(made)


def test_another_analyst_takes_back_nothing_and_a_manager_of_the_team_may(people, lists):
    made = imported(people.analyst, TALKS, **WHOLE)
    with pytest.raises(ValidationError, match="Who brought it in"):
        undo(made, make.user("analyst", clearance="official", teams=[people.team]))
    assert undo(made, people.manager).state == State.UNDONE
    assert Engagement.objects.count() == 0


def test_an_undo_that_can_not_be_finished_leaves_everything_written(people, lists, monkeypatch):
    made = imported(people.analyst, TALKS, **WHOLE)
    before, change = register(), last_change()
    monkeypatch.setattr("imports.undoing.CHUNK", 1)

    def stop(done, *_more):
        if done == 1:
            raise ValidationError("Stopped.")

    from imports import running, undoing

    undoing.take(made, people.analyst)
    with pytest.raises(ValidationError, match=r"Stopped\."):
        running.carry_out(made, running.UNDO, people.analyst, stop)
    made.refresh_from_db()
    assert (made.state, made.said) == (State.DONE, "Stopped.")
    assert (register(), last_change()) == (before, change)


@pytest.mark.parametrize(("leaves", "kept", "place"), [(True, 1, "Bergen"), (False, 0, "Oslo")])
def test_a_record_that_one_may_not_change_any_more_stays_as_the_file_left_it(people, lists, leaves, kept, place):
    other = make.team("j3")
    people.analyst.teams.add(other)
    record = make.engagement(team=other, place="Oslo", strategies=[lists.strategy])
    columns = [{"column": "reference", "to": "reference"}, {"column": "place", "to": "place"}]
    mapping = {"entente_mapping": 1, "name": "Test", "columns": columns}
    made = imported(people.analyst, f"reference,place\n{record.reference},Bergen\n", mapping=mapping, team=people.team)
    assert outcomes(made) == {"update": 1}
    if leaves:
        people.analyst.teams.remove(other)
    undone = undo(made, type(people.analyst).objects.get(pk=people.analyst.pk))
    record.refresh_from_db()
    assert (undone.counts["kept"], record.place) == (kept, place)


def test_a_record_that_its_rule_does_not_let_one_change_stays_as_the_file_left_it(people, lists, monkeypatch):
    imported(people.analyst, TALKS, **WHOLE)
    made = imported(people.analyst, TALKS.replace("Oslo", "Bergen").replace("Rome", "Bonn"), **WHOLE)
    monkeypatch.setattr("imports.undoing.may_edit", lambda record, user: user == people.analyst and record.title == "Visit")
    assert undo(made).counts["kept"] == 1
    assert set(Engagement.objects.values_list("title", "place")) == {("Talks", "Bergen"), ("Visit", "Rome")}


def test_neither_a_manager_of_others_nor_an_owner_whose_role_takes_no_records_away_takes_a_batch_back(people, lists):
    made = imported(people.analyst, TALKS, **WHOLE)
    with pytest.raises(ValidationError, match="or a manager of the team"):
        undo(made, make.user("manager", clearance="official", teams=[make.team()]))
    people.analyst.role = "steward"
    people.analyst.save()
    with pytest.raises(ValidationError, match="Your role takes no records away"):
        undo(made, people.analyst)
    assert Engagement.objects.count() == 2


def test_what_a_manager_may_not_see_stays_when_he_takes_the_batch_back(people, lists):
    people.analyst.clearance = "restricted"
    people.analyst.save()
    made = imported(people.analyst, "title,party,handling\nTalks,Poland,restricted\nVisit,Norway,official\n")
    manager = make.user("manager", clearance="official", teams=[people.team])
    assert undo(made, manager).state == State.UNDONE
    assert [record.title for record in Engagement.objects.all()] == ["Talks"]
