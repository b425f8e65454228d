"""Two records become one: nothing is lost, nobody reads more than before, and the way back leads to the very same rows."""

import threading

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from engagements.domain import merging
from engagements.domain.merge_choices import TOGETHER
from engagements.domain.merge_rows import ROWS
from engagements.domain.saving import Conflict
from engagements.models import (
    CaseStudy,
    Comment,
    Engagement,
    Exercise,
    HandlingRequest,
    Merger,
    NotTwins,
    Outcome,
    Participation,
    ReviewStep,
    Source,
)
from engagements.models.details import DETAIL_OF
from history.context import acting
from history.models import Change
from tests import make
from tests.engagements.forms import posted, send

UNSAID = {"version", "updated_at", "updated_by_id"}


def two_drafts(people):
    """Two drafts of one exercise, each with rows of its own and rows that both have."""
    france, poland, norway = make.country("XQA", "France"), make.country("XQB", "Poland"), make.country("XQC", "Norway")
    common = {"kind": "exercise", "team": people.team, "review_state": "draft", "strategies": [make.strategy()]}
    kept = make.engagement(title="Northern Shield", starts="4 Mar 2019", ends="15 Mar 2019", countries=[france], **common)
    other = make.engagement(
        title="Northern Shield 2019",
        starts="Mar 2019",
        ends="Mar 2019",
        summary="Two staffs.",
        detail={"ships": 4},
        themes=[make.theme()],
        **common,
    )
    other.strategies.add(make.strategy())
    make.participation(kept, country=poland, personnel=100, note="By sea.")
    make.participation(other, country=poland, personnel=120, women=9, unit="2nd Brigade")
    joined = make.participation(other, country=norway, role="observer")
    make.strength_report(joined, total=80)
    for engagement in (kept, other):
        make.source(engagement, title="Communiqué")
        make.challenge(engagement)
    outcome = make.outcome(other)
    make.assessment(other, outcome=outcome)
    make.source(other, title="Report", outcome=outcome)
    make.lesson(other)
    make.follow_up(other)
    make.funding_line(other, planned=5, currency="EUR")
    make.external_id(other)
    Comment.objects.create(engagement=other, text="Seen there.", written_by=people.analyst)
    make.engagement(parent=other, title="Part")
    make.engagement(title="Next").predecessors.add(other)
    make.outcome(make.engagement(title="Before"), linked_engagement=other)
    CaseStudy.objects.create(code="story", title="Story", narrative="It was so.").engagements.add(other)
    return kept, other


@pytest.fixture
def pair(people):
    return two_drafts(people)


def merge(kept, other, actor, **options):
    for record in (kept, other):
        record.refresh_from_db()
    return merging.merge(kept, other, **{"chosen": {}, "seen": kept.version, "seen_other": other.version, "actor": actor} | options)


def dump() -> dict[str, list]:
    """Every row of every table of the record, without what only says that something was written."""
    return {
        model._meta.db_table: sorted(
            (
                tuple(sorted((name, str(value)) for name, value in row.items() if name not in UNSAID))
                for row in model._base_manager.values()
            ),
        )
        for model in apps.get_app_config("engagements").get_models(include_auto_created=True)
        if model is not Merger
    }


def fresh(engagement):
    return Engagement.objects.get(pk=engagement.pk)


# What moves --------------------------------------------------------------------------------------


def test_everything_that_hangs_on_the_other_hangs_on_the_kept_record(pair, people):
    kept, other = pair
    merge(kept, other, people.analyst)
    left = {model.__name__: model.objects.filter(engagement=other).count() for model in [*ROWS, Participation]}
    assert set(left.values()) == {0}
    counts = {model.__name__: model.objects.filter(engagement=kept).count() for model in ROWS}
    assert counts == {
        "Outcome": 1, "Assessment": 1, "Challenge": 1, "FollowUp": 1, "Lesson": 1, "FundingLine": 1, "Source": 2, "ExternalId": 1,
        "Comment": 1, "Attachment": 0,
    }  # fmt: skip
    assert {(str(row.party), row.role) for row in kept.participations.all()} == {
        ("France", "participant"), ("Poland", "participant"), ("Norway", "observer"),
    }  # fmt: skip
    assert kept.participations.get(role="observer").strength_reports.get().total == 80
    assert kept.parts.get().title == "Part"
    assert kept.successors.get().title == "Next"
    assert kept.outcomes_leading_here.get().engagement.title == "Before"
    assert kept.case_studies.get().code == "story"
    assert not other.successors.exists()
    assert Source.objects.get(title="Report").outcome == Outcome.objects.get(engagement=kept)


def test_no_row_is_lost_but_those_that_are_the_same_in_every_column(pair, people):
    kept, other = pair
    before = {model: model.objects.count() for model in [*ROWS, Participation]}
    merge(kept, other, people.analyst)
    lost = {model.__name__: before[model] - model.objects.count() for model in before if before[model] != model.objects.count()}
    assert lost == {"Source": 1, "Challenge": 1, "Participation": 1}


def test_a_participant_of_both_is_joined_and_what_differs_is_said_in_its_note(pair, people):
    kept, other = pair
    merge(kept, other, people.analyst)
    row = kept.participations.get(country__name="Poland")
    assert (row.personnel, row.women, row.unit) == (100, None, "2nd Brigade")
    assert row.note == f"By sea. {other.reference} says: personnel 120; women among them 9."


def test_the_same_outcome_of_both_keeps_the_ratings_of_both(people):
    kept, other = (make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()]) for _ in range(2))
    ours, theirs = make.outcome(kept), make.outcome(other)
    make.assessment(kept, outcome=ours)
    make.assessment(other, outcome=theirs)
    make.assessment(other, outcome=theirs, rating="limited")
    merge(kept, other, people.analyst)
    assert Outcome.objects.get() == ours
    assert sorted(row.rating for row in ours.assessments.all()) == ["achieved", "limited"]


def test_links_between_the_two_do_not_lead_back_to_the_record_itself(people):
    kept = make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()])
    other = make.engagement(team=people.team, review_state="draft", parent=kept)
    other.predecessors.add(kept)
    kept.predecessors.add(other)
    make.outcome(kept, linked_engagement=other)
    make.outcome(other, linked_engagement=kept)
    merge(kept, other, people.analyst)
    kept = fresh(kept)
    assert kept.parent is None
    assert not kept.predecessors.exists()
    assert not kept.successors.exists()
    assert set(kept.outcomes.values_list("linked_engagement", flat=True)) == {None}


def test_a_record_does_not_become_a_part_of_itself(people):
    other = make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()])
    part = make.engagement(parent=other)
    kept = make.engagement(team=people.team, review_state="draft", parent=part)
    before = dump()
    with pytest.raises(ValidationError, match="a part of itself"):
        merge(kept, other, people.analyst)
    assert dump() == before


# What is chosen ----------------------------------------------------------------------------------


def test_what_one_record_says_is_taken_where_the_other_says_nothing(pair, people):
    kept, other = pair
    merge(kept, other, people.analyst)
    kept = fresh(kept)
    assert (kept.title, kept.summary, str(kept.starts)) == ("Northern Shield", "Two staffs.", "4 Mar 2019")
    assert Exercise.objects.get(engagement=kept).ships == 4
    assert kept.strategies.count() == 2
    assert kept.themes.count() == 1


def test_the_chosen_values_and_links_stay(pair, people):
    kept, other = pair
    merge(
        kept, other, people.analyst, chosen={"title": "other", "starts": "other", "ends": "other", "summary": "kept"}, linked={"themes": []}
    )
    kept = fresh(kept)
    assert (kept.title, kept.summary, str(kept.starts)) == ("Northern Shield 2019", "", "Mar 2019")
    assert not kept.themes.exists()


def test_values_that_do_not_fit_together_are_refused_with_their_sentence(people):
    kept = make.engagement(team=people.team, review_state="draft", starts="2020", ends="2020", strategies=[make.strategy()])
    other = make.engagement(team=people.team, review_state="draft", starts="2018", ends="2018")
    before = dump()
    with pytest.raises(ValidationError, match="The end is before the start"):
        merge(kept, other, people.analyst, chosen={"ends": "other"})
    assert dump() == before


def test_every_field_of_a_record_is_chosen_moved_or_kept_by_the_program():
    """A field or table added tomorrow has to be thought of here."""
    chosen = {name.removesuffix("_on") for parts in TOGETHER.values() for name in parts}
    own = {field.name.removesuffix("_on").removesuffix("_precision") for field in Engagement._meta.concrete_fields}
    by_program = {
        "id", "reference", "kind", "scope", "handling", "review_state", "version", "created_at", "created_by", "updated_at", "updated_by",
        "archived_at",
    }  # fmt: skip
    assert own - chosen == by_program
    stays = {ReviewStep, HandlingRequest, Merger, NotTwins, *DETAIL_OF.values()}
    moves = {*ROWS, Participation, Engagement, CaseStudy}
    pointing = {relation.related_model for relation in Engagement._meta.related_objects} - stays - moves
    # From which file a record came is said of that record, merged or not.
    assert {model.__name__ for model in pointing} == {"AfterActionReview", "Imported"}


# Who may, and who reads it then ------------------------------------------------------------------


def test_records_of_different_kinds_are_not_merged(people):
    kept, other = make.engagement(team=people.team, review_state="draft"), make.engagement(kind="training", team=people.team)
    with pytest.raises(ValidationError, match="different kinds"):
        merge(kept, other, people.manager)


def test_an_analyst_merges_drafts_of_the_own_team_only(people):
    own = make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()])
    foreign, verified = make.engagement(team=make.team()), make.engagement(team=people.team)
    for kept, other in [(own, foreign), (foreign, own), (own, verified)]:
        with pytest.raises(PermissionDenied):
            merge(kept, other, people.analyst)
    merge(verified, make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()]), people.analyst)


def test_the_merged_record_has_the_higher_marking_and_the_readers_of_both(people):
    shared, alone = make.team("shared"), make.team("alone")
    kept = make.engagement(team=people.team, handling="restricted", released_to=[shared, alone], strategies=[make.strategy()])
    other = make.engagement(team=people.team, handling="restricted", released_to=[shared])
    merge(kept, other, people.manager)
    assert set(fresh(kept).released_to.all()) == {shared}
    public = make.engagement(team=people.team, strategies=[make.strategy()])
    merge(public, kept, people.manager)
    assert (fresh(public).handling, set(fresh(public).released_to.all())) == ("restricted", {shared})


def test_a_restricted_record_never_comes_to_a_team_that_may_not_read_it(people):
    foreign = make.team("foreign")
    kept = make.engagement(team=foreign, strategies=[make.strategy()])
    other = make.engagement(team=people.team, handling="restricted")
    before = dump()
    with pytest.raises(ValidationError, match="may not read it"):
        merge(kept, other, people.manager)
    assert dump() == before
    merge(kept, other, people.manager, chosen={"team": "other"})
    assert (fresh(kept).team, fresh(kept).handling) == (people.team, "restricted")


def test_a_restricted_record_may_move_to_the_team_of_the_other_where_both_read_both(people):
    foreign = make.team("foreign")
    kept = make.engagement(team=people.team, handling="restricted", released_to=[foreign], strategies=[make.strategy()])
    other = make.engagement(team=foreign, handling="restricted", released_to=[people.team])
    merge(kept, other, people.manager, chosen={"team": "other"})
    assert (fresh(kept).team, set(fresh(kept).released_to.all())) == (foreign, {people.team})


def test_a_verified_record_waits_for_its_verification_again(people):
    kept = make.engagement(team=people.team, strategies=[make.strategy()])
    merge(kept, make.engagement(team=people.team), people.manager)
    assert fresh(kept).review_state == "submitted"


# At once -----------------------------------------------------------------------------------------


def test_a_record_that_changed_since_the_page_was_opened_is_not_merged(pair, people):
    kept, other = pair
    before = dump()
    with pytest.raises(Conflict):
        merge(kept, other, people.analyst, seen=kept.version + 1)
    with pytest.raises(Conflict):
        merge(kept, other, people.analyst, seen_other=None)
    assert dump() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_mergers_at_once_one_is_done(transactional_db):
    team = make.team()
    managers = [make.user("manager", clearance="restricted", teams=[team]) for _ in range(2)]
    strategy = make.strategy()
    one, other = (make.engagement(team=team, review_state="draft", strategies=[strategy]) for _ in range(2))
    make.lesson(one)
    make.lesson(other, observation="Another.")
    start, answers = threading.Barrier(2), []

    def run(kept, absorbed, actor):
        kept, absorbed = fresh(kept), fresh(absorbed)
        start.wait(timeout=60)
        try:
            with acting(actor=actor, door="page"):
                merging.merge(kept, absorbed, chosen={}, seen=1, seen_other=1, actor=actor)
            answers.append("done")
        except ValidationError:
            answers.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=args) for args in [(one, other, managers[0]), (other, one, managers[1])]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "refused"]
    assert Merger.objects.count() == 1
    assert Merger.objects.get().kept.lessons.count() == 2


# In the history ---------------------------------------------------------------------------------


def test_a_merger_is_one_action_in_the_history(pair, people, signed_in):
    kept, other = pair
    client = signed_in(people.analyst)
    last = Change.objects.last().pk
    address = f"{kept.get_absolute_url()}merge/{other.reference}/"
    response = send(client, address, posted(client.get(address)) | {"reason": "The same exercise."})
    assert response.status_code == 302
    changes = Change.objects.filter(pk__gt=last)
    assert set(changes.values_list("action", "actor", "reason")) == {(Merger.objects.get().action, people.analyst.pk, "The same exercise.")}
