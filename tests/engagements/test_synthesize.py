"""``manage.py synthesize``: as many records as asked for, the same for the same seed, with nothing that ``verify`` finds wrong."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count

from catalog.seeding import load_catalog
from engagements.choices import Kind, ReviewState, Scope
from engagements.domain.verification import RULES, verify
from engagements.domain.verification.findings import Level
from engagements.models import Engagement
from engagements.synthesis import filling
from engagements.synthesis.filling import fill
from history.models import Change

TODAY = dt.date(2026, 6, 30)


def synthesized(seed, count=120) -> list[str]:
    before = set(Engagement.objects.values_list("reference", flat=True))
    assert list(fill(count, seed, TODAY)) == [count]
    return sorted(set(Engagement.objects.values_list("reference", flat=True)) - before)


def faults() -> list:
    return [finding for finding in verify() if RULES[finding.rule].level == Level.FAULT]


def test_it_adds_as_many_as_asked_for_and_no_rule_is_broken(seeded):
    references = synthesized(seed=3)
    assert len(references) == 120
    assert faults() == []


def test_every_kind_scope_and_state_of_review_is_among_them(seeded):
    made = Engagement.objects.filter(reference__in=synthesized(seed=3, count=400))
    assert set(made.values_list("kind", flat=True)) == set(Kind.values)
    assert {Scope.BILATERAL, Scope.MULTILATERAL} <= set(made.values_list("scope", flat=True))
    assert set(made.values_list("review_state", flat=True)) == set(ReviewState.values)
    parties = [count for (count,) in made.annotate(n=Count("participations")).values_list("n")]
    assert 2 < sum(parties) / len(parties) < 6
    assert max(parties) > 15


def test_what_was_added_is_in_the_history(seeded):
    references = synthesized(seed=3, count=20)
    added = Change.objects.filter(reason="synthesize, seed 3", table="engagements_engagement", operation="added")
    assert sorted(change.after["reference"] for change in added) == references
    assert {change.door for change in added} == {"command"}


@pytest.mark.parametrize(("seed", "same"), [(3, True), (4, False)])
def test_the_same_seed_draws_the_same_records(seeded, seed, same):
    drawn = []
    for number in (3, seed):
        point = transaction.savepoint()
        drawn.append(synthesized(seed=number, count=30))
        transaction.savepoint_rollback(point)
    assert (drawn[0] == drawn[1]) is same


def test_the_command_says_how_many_and_refuses_none(seeded):
    out = StringIO()
    call_command("synthesize", engagements=5, stdout=out)
    assert out.getvalue().startswith("5 engagements added in ")
    with pytest.raises(CommandError, match="from 1 on"):
        call_command("synthesize", engagements=0)


def test_a_register_in_use_is_not_filled_by_accident(seeded, settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="can not be taken out again"):
        call_command("synthesize", engagements=5)


def test_an_empty_catalog_is_said_in_a_sentence(db):
    with pytest.raises(CommandError, match=r"Run manage\.py seed first"):
        call_command("synthesize", engagements=5)


@pytest.mark.only_postgresql
@pytest.mark.django_db(transaction=True)
def test_chunks_written_side_by_side_are_all_there_and_the_same_ones(monkeypatch):
    load_catalog()
    monkeypatch.setattr(filling, "CHUNK", 25)
    assert list(fill(110, 5, TODAY)) == [25, 50, 75, 100, 110]
    here = set(Engagement.objects.values_list("reference", flat=True))
    assert len(here) == 110
    assert Change.objects.filter(reason="synthesize, seed 5", table="engagements_engagement").count() == 110
    Engagement.objects.all().delete()
    with transaction.atomic():  # one after the other
        assert list(fill(110, 5, TODAY)) == [25, 50, 75, 100, 110]
    assert set(Engagement.objects.values_list("reference", flat=True)) == here
    assert faults() == []


@pytest.mark.only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_fails_is_told_and_those_before_it_stay(monkeypatch):
    load_catalog()
    monkeypatch.setattr(filling, "CHUNK", 25)
    write, calls = filling._write, []

    def failing(drawn):
        calls.append(len(drawn))
        if len(calls) == 3:
            raise OSError("no space left")
        write(drawn)

    monkeypatch.setattr(filling, "_write", failing)
    with pytest.raises(OSError, match="no space left"):
        list(fill(200, 5, TODAY))
    assert Engagement.objects.count() in {50, 75, 100}
