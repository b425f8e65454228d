"""How complete a record is: a plain recount finds the same as the database, whatever the record holds."""

import datetime as dt
import random

import pytest
from django.db.models import Avg

from engagements.choices import NOT_TAKING_PART
from engagements.domain.completeness import CHECKS, completeness_of, with_completeness, with_missing
from engagements.filters import EngagementFilter
from engagements.models import Engagement
from tests import make

pytestmark = pytest.mark.django_db


def told(engagement):
    """The codes of what is missing, and the score, as the database says."""
    row = with_missing(Engagement.objects.all()).get(pk=engagement.pk)
    found = completeness_of(row)
    assert with_completeness(Engagement.objects.all()).get(pk=engagement.pk).completeness == found.score
    return {check.code for check in found.missing}, found.score


def recounted(engagement):
    """The same in plain Python, rule by rule."""
    begun = engagement.status not in {"proposed", "cancelled", "postponed"}
    completed = engagement.status == "completed"
    parties = list(engagement.participations.all())
    people = any(row.personnel is not None and row.status not in NOT_TAKING_PART for row in parties)
    facts = {
        "start": engagement.starts_precision != "unknown",
        "place": bool(engagement.country or engagement.place or engagement.is_virtual),
        "participants": engagement.scope != "incomplete",
        "strategy": engagement.strategies.exists(),
        "objective": engagement.objectives.exists(),
        "summary": engagement.summary != "",
        "source": engagement.sources.exists(),
    }
    if begun:
        facts["end"] = engagement.ends_precision != "unknown"
    if completed:
        facts |= {
            "outcome": engagement.outcomes.exists(),
            "assessment": engagement.assessments.exists(),
            "attendance": all(row.status != "invited" for row in parties),
        }
        if engagement.kind in {"engagement", "peacekeeping"}:
            facts["personnel"] = people
    if engagement.kind == "exercise":
        detail = getattr(engagement, "exercise", None)
        facts["focus"] = bool(detail and detail.focus)
        if completed:
            facts["forces"] = people or bool(detail and detail.personnel_total is not None)
    if engagement.kind == "training":
        detail = getattr(engagement, "training", None)
        facts["subject"] = bool(detail and (detail.subject or detail.course))
        if completed:
            facts["trained"] = bool(detail and detail.completed is not None)
    if engagement.kind == "peacekeeping":
        detail = getattr(engagement, "mission", None)
        facts["mandate"] = bool(detail and detail.mandate) or engagement.legal_bases.exists()
        facts["mandating_body"] = bool(detail and detail.mandating_body) or any(row.role == "mandating_body" for row in parties)
        if engagement.status == "ongoing":
            facts["expiry"] = bool(detail and detail.mandate_expires_on)
    return {code for code, is_there in facts.items() if not is_there}, 100 * sum(facts.values()) // len(facts)


def some_record(dice):
    kind = dice.choice(["engagement", "exercise", "training", "peacekeeping"])
    status = dice.choice(["proposed", "planned", "ongoing", "completed", "completed", "cancelled", "postponed"])
    detail = {
        "exercise": {"focus": "cyber", "personnel_total": 0},
        "training": {"subject": "Logistics", "course": "", "completed": 12},
        "peacekeeping": {"mandate": "Keep the peace.", "mandate_expires_on": dt.date(2030, 1, 1)},
    }.get(kind, {})
    made = make.engagement(
        kind=kind, status=status, status_reason="funding" if status in {"cancelled", "postponed"} else "",
        starts=dice.choice(["", "2020-03", "2020"]), ends=dice.choice(["", "2021"]),
        place=dice.choice(["", "Accra"]), is_virtual=dice.random() < 0.2, summary=dice.choice(["", "They met."]),
        country=make.country() if dice.random() < 0.3 else None, strategies=[make.strategy()] if dice.random() < 0.5 else [],
        detail={name: value for name, value in detail.items() if dice.random() < 0.6},
    )  # fmt: skip
    for _ in range(dice.randrange(4)):
        make.participation(
            made, status=dice.choice(["invited", "confirmed", "attended", "declined"]),
            role=dice.choice(["host", "participant", "observer"]), personnel=dice.choice([None, 0, 40]),
        )  # fmt: skip
    if dice.random() < 0.2:
        make.participation(made, organization=make.organization(), role="mandating_body")
    for build in (make.source, make.outcome, make.assessment):
        if dice.random() < 0.5:
            build(made)
    if dice.random() < 0.4:
        made.objectives.add(make.objective())
    if dice.random() < 0.2:
        made.legal_bases.add(make.legal_basis())
    return made


@pytest.mark.parametrize("seed", range(3))
def test_a_plain_recount_finds_what_the_database_finds(seed):
    dice = random.Random(seed)
    for _ in range(20):
        some_record(dice)
    rows = list(with_missing(with_completeness(Engagement.objects.all())))
    for row in rows:
        found = completeness_of(row)
        assert ({check.code for check in found.missing}, found.score) == recounted(row), (row.kind, row.status)
        assert row.completeness == found.score


def test_every_check_can_fail_and_can_be_met():
    dice = random.Random(7)
    for _ in range(160):
        some_record(dice)
    for check in CHECKS:
        rows = Engagement.objects.filter(check.applies)
        assert rows.filter(check.missing).exists(), check.code
        assert rows.exclude(check.missing).exists(), check.code


def test_what_a_record_lacks_is_named_with_the_field_where_it_is_entered(people, signed_in):
    client = signed_in(people.manager)
    for kind in ("engagement", "exercise", "training", "peacekeeping"):
        made = make.engagement(kind=kind, team=people.team, status="ongoing")
        row = with_missing(Engagement.objects.all()).get(pk=made.pk)
        page = client.get(made.get_absolute_url()).content.decode()
        form = client.get(f"{made.get_absolute_url()}edit/").content.decode()
        for check in completeness_of(row).missing:
            assert f'href="{made.get_absolute_url()}edit/#{check.part}">{check.sentence}</a>' in page
        for check in CHECKS:
            if Engagement.objects.filter(check.applies, pk=made.pk).exists():
                assert f'id="{check.part}"' in form, check.part


def test_who_may_not_change_the_record_reads_what_is_missing_without_links(people, signed_in):
    made = make.engagement(team=people.team)
    page = signed_in(people.viewer).get(made.get_absolute_url()).content.decode()
    assert "No source is named." in page
    assert "edit/#" not in page


def test_an_average_by_owner_is_one_query(people, django_assert_num_queries):
    make.engagement(owner=people.analyst, summary="They met.")
    make.engagement(owner=people.analyst)
    with django_assert_num_queries(1):
        rows = list(with_completeness(Engagement.objects.order_by()).values("owner").annotate(average=Avg("completeness")))
    scores = [told(row)[1] for row in Engagement.objects.all()]
    assert [row["average"] for row in rows] == [pytest.approx(sum(scores) / 2)]


def test_the_list_filters_and_sorts_by_completeness(people):
    from django.http import QueryDict

    thin = make.engagement(title="thin", status="completed", ends="2020")
    part = make.engagement(title="part", summary="They met.", starts="2020", ends="2020", place="Accra")
    full = make.engagement(
        title="full", summary="They met.", starts="2020", ends="2020", place="Accra", countries=[make.country(), make.country()],
        strategies=[make.strategy()],
    )  # fmt: skip
    full.objectives.add(make.objective())
    make.source(full)
    for engagement in (part,):
        make.source(engagement)
    assert [told(thin)[1] < 60, 60 <= told(part)[1] < 100, told(full)[1]] == [True, True, 100]

    def found(query):
        filterset = EngagementFilter(QueryDict(query), queryset=Engagement.objects.visible_to(people.manager), user=people.manager)
        assert filterset.form.is_valid(), filterset.form.errors
        return [engagement.title for engagement in filterset.qs]

    assert found("sort=completeness") == ["thin", "part", "full"]
    assert found("sort=-completeness") == ["full", "part", "thin"]
    assert [found(f"completeness={band}") for band in ("thin", "part", "full")] == [["thin"], ["part"], ["full"]]
    assert found("completeness=thin&completeness=part&sort=completeness") == ["thin", "part"]
