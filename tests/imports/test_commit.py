"""A checked file comes into the record: whole or not at all, once, as a person could have typed it."""

import pytest
from django.core.exceptions import ValidationError

from engagements.models import Engagement, ReviewStep
from history.models import Change
from imports import committing, running
from imports.choices import State
from imports.models import Batch, Imported
from tests import make
from tests.imports.batches import catalog, check, checked, commit, imported, outcomes, register, said

pytestmark = pytest.mark.django_db
TALKS = (
    "title,start,place,party,people\nStaff talks,2020-03-01,Oslo,Poland,5\nStaff talks,2020-03-01,Oslo,Norway,7\nVisit,May 1948,,Norway,\n"
)
GROUPED = {"group_by": ["title", "start", "place"]}


@pytest.fixture
def lists(db):
    return catalog()


def test_lines_of_one_group_become_one_record_with_its_participants(people, lists):
    made = imported(people.analyst, TALKS, **GROUPED)
    assert made.state == State.DONE
    talks, visit = Engagement.objects.order_by("title")
    assert (talks.title, talks.starts.iso, talks.place, talks.scope) == ("Staff talks", "2020-03-01", "Oslo", "bilateral")
    assert (visit.title, visit.starts.iso, visit.place, visit.scope) == ("Visit", "1948-05", "", "incomplete")
    assert [(str(row.party), row.personnel, row.role) for row in talks.participations.order_by("pk")] == [
        ("Poland", 5, "participant"),
        ("Norway", 7, "participant"),
    ]
    assert [(str(row.party), row.personnel) for row in visit.participations.all()] == [("Norway", None)]
    assert list(talks.strategies.all()) == [lists.strategy]


def test_a_record_that_comes_in_is_a_draft_of_who_brought_it(people, lists):
    imported(people.analyst, TALKS, **GROUPED)
    for record in Engagement.objects.all():
        assert (record.review_state, record.handling, record.version) == ("draft", "official", 1)
        assert {record.owner, record.created_by, record.updated_by} == {people.analyst}
        assert record.team == people.team
        assert record.reference.startswith("ENG-")


def test_submitted_records_have_the_step_that_a_person_takes(people, lists):
    imported(people.analyst, TALKS, review_state="submitted", **GROUPED)
    assert set(Engagement.objects.values_list("review_state", flat=True)) == {"submitted"}
    assert [(step.kind, step.taken_by) for step in ReviewStep.objects.all()] == [("submitted", people.analyst)] * 2


def test_the_history_tells_each_row_as_one_action_by_import_of_its_batch(people, lists):
    made = imported(people.analyst, TALKS, **GROUPED)
    changes = Change.objects.filter(action=made.action)
    tables = [change.table.removeprefix("engagements_") for change in changes]
    assert {name: tables.count(name) for name in set(tables)} == {"engagement": 2, "participation": 3, "engagement_strategies": 2}
    assert set(changes.values_list("door", "reason", "actor", "operation")) == {
        ("import", f"import {made.key}", people.analyst.pk, "added")
    }
    assert set(changes.values_list("engagement", flat=True)) == set(Engagement.objects.values_list("pk", flat=True))


def test_the_history_shows_the_scope_no_less_than_the_record(people, lists):
    imported(people.analyst, TALKS, **GROUPED)
    record = Engagement.objects.get(title="Staff talks")
    Engagement.objects.filter(pk=record.pk).update(scope="incomplete")
    record.refresh_from_db()
    assert record.scope == "bilateral"


def test_one_wrong_line_keeps_everything_out_and_is_named(people, lists):
    lines = [f"Talks {number},2020-01-01,Poland" for number in range(999)] + ["Talks,not a day,Poland"]
    made = checked(people.analyst, "title,start,party\n" + "\n".join(lines) + "\n")
    assert said(made) == [(1001, "start", "not a day", "error")]
    assert outcomes(made) == {"create": 999}
    with pytest.raises(ValidationError) as refused:
        commit(made)
    assert refused.value.messages == ["Some lines can not come in. Correct them, or write the others only."]
    assert Engagement.objects.count() == 0


def test_the_right_lines_alone_come_in_where_that_was_chosen(people, lists):
    text = "title,start,party\nTalks,2020-01-01,Poland\nVisit,not a day,Norway\n"
    made = commit(checked(people.analyst, text, valid_only=True))
    assert [record.title for record in Engagement.objects.all()] == ["Talks"]
    assert made.counts["wrong_lines"] == 1


def test_a_rule_of_the_record_refuses_the_line_with_its_number_and_sentence(people, lists):
    made = checked(people.analyst, "title,start,party\nTalks,2020,Poland\n,2021,Norway\nVisit,2022,\n", constants={"status": "cancelled"})
    # A title is made where none is given; why it was cancelled nobody can make up.
    assert said(made) == [(2, "", "", "error"), (3, "", "", "error"), (4, "", "", "error")]
    assert [problem["sentence"] for line in made.lines.all() for problem in line.problems] == ["Say why it was cancelled or postponed."] * 3
    assert outcomes(made) == {"wrong": 3}


def test_the_same_file_again_changes_nothing(people, lists):
    imported(people.analyst, TALKS, **GROUPED)
    before = register(), Change.objects.count()
    again = imported(people.analyst, TALKS, **GROUPED)
    assert outcomes(again) == {"unchanged": 2}
    assert (register(), Change.objects.count()) == before
    assert again.imported.count() == 0


def test_doubled_lines_are_two_records_and_again_the_same_two(people, lists):
    text = "title,party\nTalks,Poland\nTalks,Poland\n"
    assert outcomes(imported(people.analyst, text)) == {"create": 2}
    assert outcomes(imported(people.analyst, text)) == {"unchanged": 2}
    assert Engagement.objects.count() == 2


def test_a_line_that_stands_twice_under_its_identifier_stays_out_the_second_time_and_is_told_what_helps(people, lists):
    text = "number,title,party\n1,Talks,Poland\n1,Talks,Poland\n"
    twice = checked(people.analyst, text, identity=["number"])
    assert outcomes(twice) == {"create": 1, "wrong": 1}
    problem = twice.lines.get(has_problems=True).problems[0]
    assert "let lines that are the same count once" in problem["sentence"]
    assert outcomes(checked(people.analyst, text, identity=["number"], doubled="merge")) == {"create": 1}


def test_doubled_lines_are_one_where_the_mapping_says_so(people, lists):
    text = "title,party,people\nTalks,Poland,5\nTalks,Poland,5\nTalks,Norway,1\n"
    imported(people.analyst, text, doubled="merge", group_by=["title"])
    assert [row.personnel for row in Engagement.objects.get().participations.order_by("pk")] == [5, 1]


def test_figures_of_the_same_party_add_up(people, lists):
    imported(people.analyst, "title,party,people\nCourse,Poland,5\nCourse,Poland,5\nCourse,Poland,\n", group_by=["title"])
    assert [row.personnel for row in Engagement.objects.get().participations.all()] == [10]


def test_lines_that_contradict_each_other_are_flagged_and_the_first_stands(people, lists):
    made = imported(people.analyst, "title,start,place,party\nTalks,2020,Oslo,Poland\nTalks,2021,Oslo,Norway\n", group_by=["title"])
    assert said(made) == [(3, "start", "2021", "review")]
    assert Engagement.objects.get().starts.iso == "2020"


def test_a_batch_is_written_once(people, lists):
    made = checked(people.analyst, TALKS, **GROUPED)
    other = Batch.objects.get(pk=made.pk)
    committing.take(made)
    with pytest.raises(ValidationError, match="being written just now"):
        committing.take(other)
    running.carry_out(made, running.COMMIT, people.analyst)
    made.refresh_from_db()
    with pytest.raises(ValidationError, match="written already"):
        committing.take(made)
    assert Engagement.objects.count() == 2


def test_of_two_batches_of_one_file_the_second_is_told_to_check_again(people, lists):
    first, second = (checked(people.analyst, TALKS, **GROUPED) for _number in range(2))
    commit(first)
    before = register()
    with pytest.raises(ValidationError, match="Check the file again"):
        commit(second)
    assert register() == before
    second.refresh_from_db()
    assert second.state == State.FAILED
    assert outcomes(commit(check(second))) == {"unchanged": 2}


def test_a_list_that_changed_since_the_check_asks_for_another(people, lists):
    made = checked(people.analyst, TALKS, **GROUPED)
    lists.poland.retired_on = "2020-01-01"
    lists.poland.save()
    with pytest.raises(ValidationError):
        commit(made)
    assert Engagement.objects.count() == 0


def test_what_the_database_alone_refuses_is_told_with_its_line(people, lists, monkeypatch):
    monkeypatch.setattr("imports.planning.refuse", lambda *_args, **_more: None)
    made = checked(people.analyst, "title,party\nTalks,Poland\nVisit,Norway\n", columns=[{"column": "title", "to": "title"}])
    Batch.objects.filter(pk=made.pk).update(mapping=made.mapping | {"constants": made.mapping["constants"] | {"status": "cancelled"}})
    made = check(Batch.objects.get(pk=made.pk))
    with pytest.raises(ValidationError) as refused:
        commit(made)
    assert refused.value.messages[0].startswith("Line ")
    assert refused.value.messages[0].endswith("Say why it was cancelled or postponed.")
    assert Engagement.objects.count() == 0


def test_a_name_in_another_system_leads_to_one_record(people, lists):
    made = checked(people.analyst, "title,party,number\nTalks,Poland,7\nVisit,Norway,7\n")
    assert outcomes(made) == {"create": 1, "wrong": 1}
    assert [problem[:1] for problem in said(made)] in ([(2,)], [(3,)])


def test_a_record_is_found_by_its_name_in_another_system(people, lists):
    record = make.engagement(title="Old title", team=people.team, owner=people.analyst, review_state="draft")
    make.external_id(record, system="partner", value="7")
    made = imported(people.analyst, "title,number\nNew title,7\n")
    assert outcomes(made) == {"update": 1}
    record.refresh_from_db()
    assert (record.title, record.version) == ("New title", 2)
    assert [(row.engagement_id, row.action) for row in Imported.objects.all()] == [(record.pk, "updated")]


def test_one_more_of_the_same_lines_is_one_more_record(people, lists):
    lines = "Talks,Poland\n"
    imported(people.analyst, "title,party\n" + lines * 2)
    assert outcomes(imported(people.analyst, "title,party\n" + lines * 3)) == {"create": 1, "unchanged": 2}
    assert outcomes(imported(people.analyst, "title,party\n" + lines * 3)) == {"unchanged": 3}


def test_an_identifier_of_another_record_is_refused_where_one_sees_that_record_and_told_by_nothing_else(people, lists):
    mine = make.engagement(title="Talks", team=people.team, handling="official", type=lists.type, strategies=[lists.strategy])
    other = make.engagement(title="Others' talks", handling="official")
    hidden = make.engagement(title="Secret talks", handling="restricted", team=make.team())
    make.external_id(other, system="partner", value="7")
    make.external_id(hidden, system="partner", value="8")
    seen, unseen = (checked(people.analyst, f"reference,title,number\n{mine.reference},Talks,{number}\n") for number in (7, 8))
    assert (outcomes(seen), outcomes(unseen)) == ({"wrong": 1}, {"update": 1})
    assert seen.lines.get().problems[0]["sentence"] == "This identifier already leads to a record."
    assert said(unseen) == []
    commit(unseen)
    assert set(mine.external_ids.values_list("system", "value")) == {("partner", "8")}


def test_a_record_that_one_may_not_see_is_not_found_by_its_name_in_another_system(people, lists):
    hidden = make.engagement(title="Secret talks", handling="restricted", team=make.team())
    make.external_id(hidden, system="partner", value="7")
    made = imported(people.analyst, "title,party,number\nTalks,Poland,7\n")
    assert (outcomes(made), said(made)) == ({"create": 1}, [])
    hidden.refresh_from_db()
    assert (hidden.title, hidden.version) == ("Secret talks", 1)


def test_na_is_the_code_of_namibia_and_each_date_is_read_in_the_order_that_was_stated(people, lists):
    make.country("NAM", "Namibia", iso2="NA")
    text = "title,start,party\nTalks,03/04/2020,NA\nVisit,03/04/2020,na\n"
    found = {}
    for order in ("dmy", "mdy"):
        columns = [{"column": "start", "to": "starts", "order": order}]
        made = commit(checked(people.analyst, text, columns=columns, missing=["-9", "n/a"], valid_only=True, name=f"{order}.csv"))
        # In small letters it is a word, and waits for an answer: neither is taken for “not known”.
        assert (made.counts["waiting_lines"], [question.text for question in made.questions.all()]) == (1, ["na"])
        record = Engagement.objects.get(title="Talks")
        found[order] = (record.starts.iso, [str(row.party) for row in record.participations.all()])
    assert found == {"dmy": ("2020-04-03", ["Namibia"]), "mdy": ("2020-03-04", ["Namibia"])}


def test_a_line_with_two_flags_is_looked_at_once_and_one_that_can_not_come_in_is_not_among_them(people, lists, signed_in):
    ends = [{"column": "end", "to": "ends"}]
    text = (
        "title,start,end,handling\nTalks,3009,2020-01-01,official\nVisit,3009,2020,restricted\nCourse,2020,2021,official\n"
        "Drill,2020-03-01,2020-02-01,official\nDrill,3009,,official\n"
    )
    made = checked(people.analyst, text, columns=ends, group_by=["title"])
    flagged = {(line, value) for line, _column, value, severity in said(made) if severity == "review"}
    assert flagged == {(2, "3009"), (3, "3009"), (5, "2020-02-01"), (6, "3009"), (6, "not known")}
    assert (made.counts["review_lines"], outcomes(made)) == (3, {"create": 3, "wrong": 1})
    page = signed_in(people.analyst).get(f"/imports/{made.key}/lines/?show=review")
    assert [row[0].number for row in page.context["rows"]] == [2, 5, 6]
