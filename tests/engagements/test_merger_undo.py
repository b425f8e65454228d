"""The way back from a merger: exactly what was there before, or nothing and what stands in the way."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from engagements.domain import merging
from engagements.domain.lifecycle import restore, verify
from engagements.models import (
    Engagement,
    FundingLine,
    Merger,
    Participation,
)
from tests import make
from tests.engagements.test_mergers import dump, fresh, merge, two_drafts


@pytest.fixture
def pair(people):
    return two_drafts(people)


def test_undo_gives_back_exactly_what_was_there_before(pair, people):
    kept, other = pair
    before = dump()
    merger = merge(kept, other, people.analyst, chosen={"title": "other"})
    assert dump() != before
    merging.undo(merger, actor=people.analyst)
    assert dump() == before
    assert Merger.objects.get().undone_by == people.analyst


def test_undo_gives_back_a_verified_record_as_verified(people):
    kept = make.engagement(team=people.team, review_state="submitted", strategies=[make.strategy()], created_by=people.analyst)
    make.source(kept)
    verify(kept, seen=1, actor=people.manager)
    other = make.engagement(team=people.team)
    make.lesson(other)
    before = dump()
    merger = merge(kept, other, people.manager)
    assert fresh(kept).review_state == "submitted"
    merging.undo(merger, actor=people.manager)
    assert dump() == before


def test_a_marking_that_was_raised_is_not_lowered_by_undo(people):
    kept = make.engagement(team=people.team, handling="official", review_state="draft", strategies=[make.strategy()])
    other = make.engagement(team=people.team, handling="restricted", review_state="draft")
    make.lesson(other)
    merger = merge(kept, other, people.manager)
    merging.undo(merger, actor=people.manager)
    assert (fresh(kept).handling, fresh(other).handling, fresh(other).lessons.count()) == ("restricted", "restricted", 1)


def test_what_was_changed_since_stands_in_the_way_and_nothing_is_undone(pair, people):
    kept, other = pair
    merger = merge(kept, other, people.analyst)
    FundingLine.objects.update(planned=7)  # goes back with its row
    Engagement.objects.filter(pk=kept.pk).update(summary="Three staffs.")
    Participation.objects.filter(unit="2nd Brigade").update(unit="3rd Brigade")
    before = dump()
    with pytest.raises(merging.Changed) as caught:
        merging.undo(merger, actor=people.analyst)
    assert {(clash.table, clash.column) for clash in caught.value.clashes} == {
        ("engagements_engagement", "summary"), ("engagements_participation", "unit"),
    }  # fmt: skip
    assert dump() == before
    assert Merger.objects.get().undone_at is None


def test_a_merger_is_undone_once_and_by_who_may_change_both(pair, people):
    kept, other = pair
    merger = merge(kept, other, people.analyst)
    with pytest.raises(PermissionDenied):
        merging.undo(merger, actor=make.user("analyst", clearance="official"))
    merging.undo(merger, actor=people.analyst)
    with pytest.raises(ValidationError, match="undone already"):
        merging.undo(Merger(pk=merger.pk, kept=fresh(kept), absorbed=fresh(other), action=merger.action), actor=people.analyst)
    merge(kept, other, people.analyst)


def test_an_absorbed_record_is_not_restored_beside_its_merger(pair, people):
    kept, other = pair
    merge(kept, other, people.analyst)
    other = fresh(other)
    with pytest.raises(ValidationError, match="undo the merger"):
        restore(other, seen=other.version, actor=people.analyst)
