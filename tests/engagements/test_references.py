"""References are never the same, also where many people enter records at once."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.fixture_files import tables
from engagements.models import Engagement
from engagements.references import ALPHABET, PATTERN, Drawn, fixture_reference, new_reference
from tests import make
from tests.at_once import AT_ONCE, all_at_once


def test_a_reference_has_the_year_and_five_letters_that_nobody_mistakes():
    reference = new_reference()
    assert PATTERN.fullmatch(reference)
    assert reference.startswith(f"ENG-{timezone.now().year}-")
    assert not set("ILOU") & set(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 32


def test_ten_thousand_of_them_are_nearly_all_different():
    drawn = {new_reference() for _ in range(10_000)}
    assert len(drawn) > 9_990  # of 33 million: one or two pairs are to be expected
    assert {reference[-1] for reference in drawn} == set(ALPHABET)
    assert {reference[-5] for reference in drawn} == set(ALPHABET)


def test_the_references_of_the_fixtures_differ_and_stay():
    keys = [table["key"] for _, table in tables("engagement", "engagements")]
    references = {fixture_reference(key) for key in keys}
    assert len(references) == len(keys)
    assert all(PATTERN.fullmatch(reference) for reference in references)
    assert fixture_reference("nato-ifor") == fixture_reference("nato-ifor") == "ENG-2026-MZSVJ"


@pytest.mark.django_db
def test_the_database_refuses_a_reference_that_is_taken():
    taken = make.engagement()
    with pytest.raises(IntegrityError), transaction.atomic():
        make.engagement(reference=taken.reference)


@pytest.mark.django_db
def test_an_engagement_gets_its_reference_when_it_is_made_and_keeps_it():
    engagement = make.engagement()
    reference = engagement.reference
    assert PATTERN.fullmatch(reference)
    engagement.title = "Another title"
    engagement.save()
    engagement.refresh_from_db()
    assert engagement.reference == reference


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_get_twenty_different_ones_and_no_error():
    team, kind = make.team(), make.type()
    countries = [make.country(), make.country()]

    def enter(number):
        with transaction.atomic():
            row = Engagement.objects.create(kind="engagement", type=kind, team=team, title=f"Record {number}")
            for country in countries:
                make.participation(row, country=country)

    assert all_at_once(enter) == []
    rows = Engagement.objects.all()
    assert len({row.reference for row in rows}) == AT_ONCE
    assert {row.scope for row in rows} == {"bilateral"}


@pytest.mark.django_db(transaction=True)
def test_of_twenty_with_the_same_reference_one_gets_it():
    team, kind = make.team(), make.type()

    def enter(number):
        Engagement.objects.create(kind="engagement", type=kind, team=team, title="Record", reference="ENG-2026-AAAAA")

    wrong = all_at_once(enter)
    assert len(wrong) == AT_ONCE - 1
    assert all(isinstance(error, IntegrityError) for error in wrong)
    assert Engagement.objects.count() == 1


def test_a_reference_that_is_taken_is_drawn_again_and_a_given_one_is_refused(db, monkeypatch):
    first, kind = make.engagement(), make.type(kind="engagement")
    draws = iter([first.reference, "ENG-2026-AAAAA", "ENG-2026-AAAAB", "ENG-2026-AAAAB", "ENG-2026-AAAAC"])
    monkeypatch.setattr("engagements.querysets.new_reference", lambda: Drawn(next(draws)))
    fields = {"kind": "engagement", "type": kind, "team": first.team, "title": "Another"}
    alone = Engagement(reference=Drawn(first.reference), **fields)
    alone.save()
    pair = [Engagement(reference=Drawn("ENG-2026-AAAAA"), **fields) for _ in range(2)]
    Engagement.objects.bulk_create(pair)
    assert [alone.reference, *(made.reference for made in pair)] == ["ENG-2026-AAAAA", "ENG-2026-AAAAB", "ENG-2026-AAAAC"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Engagement.objects.create(reference=first.reference, **fields)
