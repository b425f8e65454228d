"""The steps of a record, each by the people who may take it and by nobody else."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from catalog.partial_dates import PartialDate
from engagements.domain import lifecycle
from engagements.domain.copying import raised
from engagements.domain.saving import Conflict, claim
from engagements.domain.titles import generated_title
from tests import make


def test_an_analyst_archives_a_draft_and_brings_it_back(people):
    made = make.engagement(team=people.team, review_state="draft")
    lifecycle.archive(made, seen=1, actor=people.analyst)
    made.refresh_from_db()
    assert made.is_archived
    lifecycle.restore(made, seen=2, actor=people.analyst)
    made.refresh_from_db()
    assert not made.is_archived
    assert made.version == 3


def test_only_a_manager_archives_what_was_verified(people):
    made = make.engagement(team=people.team)
    with pytest.raises(PermissionDenied):
        lifecycle.archive(made, seen=1, actor=people.analyst)
    lifecycle.archive(made, seen=1, actor=people.manager)


def test_an_archived_record_is_not_edited(people):
    made = make.engagement(team=people.team, review_state="draft")
    lifecycle.archive(made, seen=1, actor=people.analyst)
    assert not lifecycle.may_edit(made, people.analyst)


def test_a_draft_is_submitted_by_its_people_and_verified_by_a_manager(people):
    made = make.engagement(team=people.team, review_state="draft", owner=people.analyst, created_by=people.analyst)
    make.source(made)
    lifecycle.submit(made, seen=1, actor=people.analyst)
    lifecycle.verify(made, seen=2, actor=people.manager)
    made.refresh_from_db()
    assert made.review_state == "verified"


def test_nobody_verifies_their_own_record(people):
    for field in ("owner", "created_by"):
        made = make.engagement(team=people.team, review_state="submitted", **{field: people.manager})
        make.source(made)
        with pytest.raises(PermissionDenied):
            lifecycle.verify(made, seen=1, actor=people.manager)


def test_a_record_without_a_source_is_not_verified(people):
    made = make.engagement(team=people.team, review_state="submitted")
    with pytest.raises(ValidationError, match="without a source"):
        lifecycle.verify(made, seen=1, actor=people.manager)


def test_a_returned_record_is_submitted_again(people):
    made = make.engagement(team=people.team, review_state="submitted")
    lifecycle.give_back(made, seen=1, actor=people.manager, reason="dates")
    assert made.review_state == "returned"
    lifecycle.submit(made, seen=2, actor=people.analyst)
    assert made.review_state == "submitted"


def test_a_step_on_a_version_that_changed_meanwhile_is_a_conflict(people):
    made = make.engagement(team=people.team, review_state="draft")
    claim(make.engagement().__class__.objects.get(pk=made.pk), seen=1, actor=people.manager)
    with pytest.raises(Conflict):
        lifecycle.submit(made, seen=1, actor=people.analyst)
    with pytest.raises(Conflict):
        lifecycle.archive(made, seen=None, actor=people.analyst)


@pytest.mark.parametrize(
    ("before", "after"),
    [("Cobra Gold 2025", "Cobra Gold 2026"), ("42", "43"), ("009", "010"), ("Talks", "Talks"), ("2024-1", "2024-2"), ("", "")],
)
def test_the_next_iteration_raises_the_last_number(before, after):
    assert raised(before) == after


def test_a_made_title_says_what_is_known_and_what_is_not():
    month = PartialDate.parse("Mar 2026")
    assert generated_title("Staff talks", ["Poland", "Norway"], month) == "Staff talks, Poland and Norway, Mar 2026"
    assert generated_title("Staff talks", [], PartialDate()) == "Staff talks, participants not known, date not known"
    assert generated_title("Talks", ["A", "B", "C", "D", "E"], month) == "Talks, A, B and 3 others, Mar 2026"


def test_who_submits_a_record_without_a_source_is_told_what_it_needs(people, signed_in):
    client = signed_in(people.analyst)
    warned = []
    for has_source in (False, True):
        made = make.engagement(team=people.team, review_state="draft")
        if has_source:
            make.source(made)
        page = client.get(made.get_absolute_url()).content.decode()
        assert ("Without a source it can be submitted, but not verified." in page) is not has_source
        answer = client.post(f"{made.get_absolute_url()}submit/", {"version": 1}, follow=True).content.decode()
        assert "The record waits for a manager." in answer
        warned.append("It has no source yet" in answer)
    assert warned == [True, False]
