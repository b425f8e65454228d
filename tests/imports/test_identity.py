"""The same source again: what it says differently changes just that, and nobody's work or secret is touched."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from engagements.choices import ReviewState
from engagements.domain import merging
from engagements.models import Engagement
from imports.models import Batch, Planned
from tests import make
from tests.imports.batches import catalog, check, checked, commit, imported, outcomes, said

pytestmark = pytest.mark.django_db
BY_TITLE = {"group_by": ["title"], "columns": [{"column": "summary", "to": "summary"}]}
TALKS = (
    "title,start,place,party,people,summary\nTalks,2020,Oslo,Poland,5,First.\nTalks,2020,Oslo,Norway,7,First.\nVisit,2021,Rome,Norway,1,\n"
)


@pytest.fixture
def lists(db):
    return catalog()


def changes(made: Batch) -> list:
    return [row.changes for row in Planned.objects.filter(batch=made, outcome="update").order_by("first_line")]


def test_edited_cells_change_just_those_fields(people, lists):
    imported(people.analyst, TALKS, **BY_TITLE)
    visit = Engagement.objects.get(title="Visit")
    made = imported(people.analyst, TALKS.replace("Oslo", "Bergen").replace("Norway,7", "Norway,8"), **BY_TITLE)
    assert outcomes(made) == {"update": 1, "unchanged": 1}
    assert changes(made) == [
        [["Place", "Oslo", "Bergen"], ["Participant (Norway, Participant): Personnel", "7", "8"]],
    ]
    talks = Engagement.objects.get(title="Talks")
    assert (talks.place, talks.starts.iso, talks.summary, talks.version) == ("Bergen", "2020", "First.", 2)
    assert [(str(row.party), row.personnel) for row in talks.participations.order_by("pk")] == [("Poland", 5), ("Norway", 8)]
    assert Engagement.objects.get(title="Visit").updated_at == visit.updated_at


def test_what_people_wrote_since_stays_where_the_file_says_nothing_new(people, lists):
    imported(people.analyst, TALKS, **BY_TITLE)
    talks = Engagement.objects.get(title="Talks")
    Engagement.objects.filter(pk=talks.pk).update(summary="Written by hand.", version=5)
    talks.participations.filter(country=lists.poland).update(personnel=50, note="Counted again.")
    imported(people.analyst, TALKS.replace("Oslo", "Bergen"), **BY_TITLE)
    talks.refresh_from_db()
    assert (talks.place, talks.summary, talks.version) == ("Bergen", "Written by hand.", 6)
    assert [(row.personnel, row.note) for row in talks.participations.order_by("pk")] == [(50, "Counted again."), (7, "")]


def test_lines_that_are_new_or_gone_add_and_remove_their_participants(people, lists):
    imported(people.analyst, TALKS, **BY_TITLE)
    make.country("QSE", "Sweden")
    text = TALKS.replace("Talks,2020,Oslo,Poland,5,First.", "Talks,2020,Oslo,Sweden,2,First.")
    assert outcomes(imported(people.analyst, text, **BY_TITLE)) == {"update": 1, "unchanged": 1}
    talks = Engagement.objects.get(title="Talks")
    assert sorted((str(row.party), row.personnel) for row in talks.participations.all()) == [("Norway", 7), ("Sweden", 2)]
    assert outcomes(imported(people.analyst, text, **BY_TITLE)) == {"unchanged": 2}


def test_a_line_that_waits_takes_nobody_out_of_the_record(people, lists):
    imported(people.analyst, TALKS, **BY_TITLE)
    text = TALKS.replace("Poland,5", "Nowhere,5").replace("Oslo", "Bergen")
    commit(checked(people.analyst, text, valid_only=True, **BY_TITLE))
    talks = Engagement.objects.get(title="Talks")
    assert (talks.place, sorted(str(row.party) for row in talks.participations.all())) == ("Bergen", ["Norway", "Poland"])


def test_an_emptied_cell_empties_its_field(people, lists):
    imported(people.analyst, TALKS, **BY_TITLE)
    imported(people.analyst, TALKS.replace(",Oslo,", ",,").replace("Norway,7", "Norway,"), **BY_TITLE)
    talks = Engagement.objects.get(title="Talks")
    assert (talks.place, talks.starts.iso) == ("", "2020")
    assert [row.personnel for row in talks.participations.order_by("pk")] == [5, None]


def test_a_record_that_somebody_may_not_see_is_never_matched_nor_hinted_at(people, lists):
    imported(people.analyst, TALKS, **BY_TITLE)
    stranger = make.user("analyst", clearance="official", teams=[make.team()])
    made = checked(stranger, TALKS.replace("Oslo", "Bergen"), **BY_TITLE)
    assert (outcomes(made), said(made)) == ({"create": 2}, [])
    commit(made)
    places = {
        owner: set(Engagement.objects.filter(owner=owner).values_list("title", "place", "version")) for owner in (people.analyst, stranger)
    }
    assert places == {
        people.analyst: {("Talks", "Oslo", 1), ("Visit", "Rome", 1)},
        stranger: {("Talks", "Bergen", 1), ("Visit", "Rome", 1)},
    }


def test_a_reference_that_one_may_not_see_is_as_one_that_nobody_has(people, lists):
    hidden = make.engagement(title="Secret talks", handling="restricted", team=make.team())
    made = imported(people.analyst, f"reference,title,party\n{hidden.reference},Talks,Poland\nENG-2020-ZZZZZ,Talks too,Norway\n")
    assert (outcomes(made), said(made)) == ({"create": 2}, [])
    hidden.refresh_from_db()
    assert (hidden.title, hidden.version) == ("Secret talks", 1)
    assert set(Engagement.objects.exclude(pk=hidden.pk).values_list("title", flat=True)) == {"Talks", "Talks too"}


def test_a_record_found_by_its_reference_changes_just_what_differs(people, lists):
    record = make.engagement(
        title="Talks", place="Oslo", starts="2020", team=people.team, review_state="draft", strategies=[lists.strategy], type=lists.type,
        handling="official", summary="Stays.",
    )  # fmt: skip
    make.participation(record, country=lists.poland, personnel=5, note="Stays.")
    text = f"reference,title,start,place,party,people\n{record.reference},Talks,2020,Oslo,Poland,5\n"
    assert outcomes(checked(people.analyst, text)) == {"unchanged": 1}
    made = imported(people.analyst, text.replace("Poland,5", "Poland,6"))
    assert changes(made) == [[["Participant (Poland, Participant): Personnel", "5", "6"]]]
    record.refresh_from_db()
    assert (record.summary, record.version) == ("Stays.", 2)
    assert [(row.personnel, row.note) for row in record.participations.all()] == [(6, "Stays.")]


def test_a_record_of_others_changes_by_file_no_more_than_by_form(people, lists):
    record = make.engagement(title="Talks", team=make.team(), handling="official", type=lists.type, strategies=[lists.strategy])
    made = checked(people.analyst, f"reference,title\n{record.reference},Other title\n")
    assert outcomes(made) == {"wrong": 1}
    assert made.lines.get().problems[0]["sentence"] == (
        f"These lines change the record {record.reference}. Only its own people and managers change it."
    )


def test_a_verified_record_that_a_file_changes_waits_for_its_verification_again(people, lists):
    record = make.engagement(title="Talks", team=people.team, handling="official", type=lists.type, strategies=[lists.strategy])
    imported(people.analyst, f"reference,title\n{record.reference},Other title\n")
    record.refresh_from_db()
    assert (record.title, record.review_state) == ("Other title", ReviewState.SUBMITTED)
    assert [(step.kind, step.taken_by) for step in record.review_steps_taken.all()] == [("reopened", people.analyst)]


def test_more_readers_need_two_people_by_file_as_by_form(people, lists):
    record = make.engagement(title="Talks", team=people.team, handling="restricted", type=lists.type, strategies=[lists.strategy])
    made = checked(people.manager, f"reference,title,handling\n{record.reference},Talks,official\n", constants={"handling": "official"})
    assert outcomes(made) == {"wrong": 1}
    assert "a second person decides" in made.lines.get().problems[0]["sentence"]


def test_a_record_that_was_changed_between_check_and_writing_asks_for_another_check(people, lists):
    record = make.engagement(title="Talks", team=people.team, handling="official", type=lists.type, strategies=[lists.strategy])
    made = checked(people.analyst, f"reference,title\n{record.reference},Other title\n")
    Engagement.objects.filter(pk=record.pk).update(place="Oslo", version=2)
    with pytest.raises(ValidationError, match="Check the file again"):
        commit(made)
    record.refresh_from_db()
    assert (record.title, record.place) == ("Talks", "Oslo")


# Merged records ----------------------------------------------------------------------------------


def merged(kept: Engagement, other: Engagement, actor) -> None:
    for record in (kept, other):
        record.refresh_from_db()
    merging.merge(kept, other, chosen={}, seen=kept.version, seen_other=other.version, actor=actor)


@pytest.fixture
def one_of_two(people, lists):
    """The records of TALKS and of a later file, the first merged into the second."""
    imported(people.analyst, TALKS, **BY_TITLE)
    other = Engagement.objects.get(title="Talks")
    kept = make.engagement(
        title="Staff talks", starts="2020", team=people.team, owner=people.analyst, review_state="draft", type=lists.type,
        strategies=[lists.strategy], handling="official",
    )  # fmt: skip
    merged(kept, other, people.analyst)
    return kept, other


def test_a_file_whose_record_was_merged_into_another_changes_nothing_when_it_comes_again(people, one_of_two):
    assert outcomes(checked(people.analyst, TALKS, **BY_TITLE)) == {"unchanged": 2}


def test_what_the_file_says_anew_of_a_merged_record_changes_the_one_that_was_kept(people, one_of_two):
    kept, other = one_of_two
    made = imported(people.analyst, TALKS.replace("Oslo", "Bergen"), **BY_TITLE)
    assert outcomes(made) == {"update": 1, "unchanged": 1}
    assert changes(made) == [[["Place", "Oslo", "Bergen"]]]
    (problem,) = made.lines.get(number=2).problems
    assert (problem["severity"], problem["value"]) == ("review", kept.reference)
    assert problem["sentence"] == f"The record of these lines was merged into {kept.reference}: they change that one."
    kept.refresh_from_db()
    other.refresh_from_db()
    assert (kept.title, kept.place, other.place, other.is_archived) == ("Staff talks", "Bergen", "Oslo", True)


def test_the_reference_of_a_merged_record_leads_to_the_last_that_was_kept(people, one_of_two, lists):
    kept, other = one_of_two
    last = make.engagement(
        title="All talks", team=people.team, owner=people.analyst, review_state="draft", type=lists.type, strategies=[lists.strategy],
        handling="official",
    )  # fmt: skip
    merged(last, kept, people.analyst)
    made = imported(people.analyst, f"reference,place\n{other.reference},Bergen\n")
    assert outcomes(made) == {"update": 1}
    last.refresh_from_db()
    assert last.place == "Bergen"


def test_a_kept_record_that_one_may_not_see_is_not_told_of(people, one_of_two):
    kept, _other = one_of_two
    Engagement.objects.filter(pk=kept.pk).update(handling="restricted", team=make.team())
    made = checked(people.analyst, TALKS.replace("Oslo", "Bergen"), **BY_TITLE)
    said_of_it = " ".join(problem["sentence"] for line in made.lines.all() for problem in line.problems)
    assert outcomes(made) == {"wrong": 1, "unchanged": 1}
    assert said_of_it.count("It is archived: restore it first.") == 1
    assert kept.reference not in said_of_it


# Rights -------------------------------------------------------------------------------------------


def test_a_marking_above_the_own_clearance_is_refused(people, lists):
    made = checked(people.analyst, "title,handling\nTalks,restricted\n")
    assert [(line, value, severity) for line, _column, value, severity in said(made)] == [(2, "restricted", "error")]
    assert outcomes(made) == {"wrong": 1}


def test_records_come_in_for_the_own_teams_only(people, lists):
    other = make.team("navy", name="Navy")
    made = checked(people.analyst, f"title,team\nTalks,{other.code}\nVisit,{people.team.code}\n")
    assert outcomes(made) == {"create": 1}
    assert made.counts["waiting_lines"] == 1


def test_who_may_enter_no_records_by_form_enters_none_by_file(people, lists):
    people.steward.teams.set([people.team])
    made = checked(people.steward, "title,party\nTalks,Poland\n")
    assert outcomes(made) == {"wrong": 1}
    assert made.lines.get().problems[0]["sentence"].startswith("Your role changes no records")


def test_a_file_with_records_marked_above_a_colleagues_clearance_is_none_of_theirs(people, lists):
    colleague = make.user("manager", clearance="official", teams=[people.team])
    plain = checked(people.manager, "title,handling\nTalks,official\n")
    higher = checked(people.manager, "title,handling\nTalks,official\nMore talks,restricted\n")
    assert (higher.handling, outcomes(higher)) == ("official", {"create": 2})
    assert list(Batch.objects.readable_by(colleague)) == [plain]
    assert set(Batch.objects.readable_by(people.manager)) == {plain, higher}
    commit(higher)
    assert list(Batch.objects.readable_by(colleague)) == [plain]


WITHOUT_HANDLING = {
    "entente_mapping": 1, "name": "Test", "constants": {"type": "talks", "strategies": ["dialogue"]},
    "columns": [{"column": "title", "to": "title"}, {"column": "party", "to": "participant"}],
}  # fmt: skip


def test_records_of_a_batch_are_not_marked_above_the_clearance_of_who_brings_it(people, lists):
    made = checked(people.analyst, "title,party\nTalks,Poland\n", mapping=WITHOUT_HANDLING, handling="restricted")
    assert (outcomes(made), [value for _line, _column, value, _severity in said(made)]) == ({"wrong": 1}, ["restricted"])
    made = checked(people.manager, "title,party\nTalks,Poland\n", mapping=WITHOUT_HANDLING, handling="restricted")
    assert outcomes(made) == {"create": 1}


def test_who_left_the_team_since_the_check_writes_nothing_into_it(people, lists):
    made = checked(people.analyst, "title,party\nTalks,Poland\n", mapping=WITHOUT_HANDLING)
    people.analyst.teams.clear()
    with pytest.raises(ValidationError, match="Check the file again"):
        commit(Batch.objects.get(pk=made.pk))
    assert Engagement.objects.count() == 0
    assert outcomes(check(Batch.objects.get(pk=made.pk))) == {"wrong": 1}


def test_whose_role_brings_in_no_files_any_more_writes_none_that_was_checked(people, lists):
    made = checked(people.analyst, "title,party\nTalks,Poland\n")
    User.objects.filter(pk=people.analyst.pk).update(role="viewer")
    with pytest.raises(ValidationError, match="brings in no files"):
        commit(Batch.objects.get(pk=made.pk))
    assert Engagement.objects.count() == 0
