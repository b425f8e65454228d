"""Two stewards merge at the same moment: one comes first, and the other is told."""

import pytest

from catalog.domain.merging import merge
from catalog.domain.unmerging import undo
from catalog.models import Strategy
from history.context import acting
from history.models import Change
from tests import make
from tests.at_once import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entries():
    return [make.strategy(name=name) for name in ("Talks", "Dialogue")]


def test_of_two_that_are_merged_into_each_other_one_stays(entries):
    steward = make.user("steward")

    def act(number):
        pair = [Strategy.objects.get(pk=entry.pk) for entry in entries]
        loser, winner = pair if number % 2 else reversed(pair)
        with acting(actor=steward, door="page"):
            merge(loser, winner, actor=steward)

    wrong = all_at_once(act, people=6)
    assert len(wrong) == 5
    assert {type(error).__name__ for error in wrong} == {"ValidationError"}
    stays = Strategy.objects.filter(merged_into=None)
    assert (stays.count(), stays.get().is_in_use) == (1, True)
    assert Change.objects.filter(table="catalog_strategy", after__has_key="merged_into_id", operation="changed").count() == 1


def test_of_two_who_undo_a_merger_one_does(entries):
    loser, winner = entries
    steward = make.user("steward")
    merge(loser, winner, actor=steward)

    def act(_number):
        with acting(actor=steward, door="page"):
            undo(Strategy.objects.get(pk=loser.pk))

    assert [type(error).__name__ for error in all_at_once(act, people=4)] == ["ValidationError"] * 3
    loser.refresh_from_db()
    assert (loser.merged_into, loser.is_in_use) == (None, True)
