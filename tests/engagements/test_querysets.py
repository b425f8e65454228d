"""What the querysets find is what a plain recount finds, over random records."""

import calendar
import datetime as dt
import random

import pytest
from django.utils import timezone

from catalog.models import CountryRegion
from catalog.partial_dates import PartialDate
from engagements.models import Engagement
from tests import make

pytestmark = pytest.mark.django_db
SEEDS = range(5)
ROLES = ["host", "participant", "observer", "mediator", "trainer"]


def found(rows) -> list[int]:
    return sorted(rows.values_list("pk", flat=True))


def some_date(chance, *, may_be_open=False) -> PartialDate:
    roll = chance.random()
    if may_be_open and roll < 0.15:
        return PartialDate(open=True)
    if roll < 0.3:
        return PartialDate()
    year, month = chance.randint(2000, 2008), chance.randint(1, 12)
    if roll < 0.45:
        return PartialDate(year)
    if roll < 0.6:
        return PartialDate(year, month)
    return PartialDate(year, month, chance.randint(1, calendar.monthrange(year, month)[1]))


def some_period(chance) -> dict[str, PartialDate]:
    starts, ends = some_date(chance), some_date(chance, may_be_open=True)
    if starts.year and ends.year and ends.latest < starts.earliest:
        starts, ends = ends, starts
    return {"starts": starts, "ends": ends}


def some_engagements(chance, number, **options) -> list[Engagement]:
    made = []
    for _ in range(number):
        dates = some_period(chance)
        statuses = ["planned", "ongoing"] if dates["ends"].open else ["planned", "ongoing", "completed"]
        made.append(make.engagement(**dates, status=chance.choice(statuses), **options))
    return made


# When ------------------------------------------------------------------------------------------------


def may_have_had_a_day_in(row, start, end) -> bool:
    first = row.starts.earliest or row.ends.earliest
    last = row.ends.latest or row.starts.latest
    if row.ends.open or (not row.ends and row.status == "ongoing"):
        last = dt.date.max
    if first is None:
        return False
    return (start is None or last >= start) and (end is None or first <= end)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_period_finds_what_may_have_had_a_day_in_it(seed):
    chance = random.Random(seed)
    rows = some_engagements(chance, 60)
    for _ in range(30):
        start = some_day(chance)
        end = start + dt.timedelta(days=chance.choice([0, 5, 40, 400]))
        for ask in [(start, end), (start, None), (None, end), (None, None)]:
            if ask == (None, None):
                assert len(found(Engagement.objects.between())) == len(rows)
                continue
            expected = sorted(row.pk for row in rows if may_have_had_a_day_in(row, *ask))
            assert found(Engagement.objects.between(*ask)) == expected, ask


def some_day(chance) -> dt.date:
    return dt.date(1999, 6, 1) + dt.timedelta(days=chance.randint(0, 3700))


# Where -----------------------------------------------------------------------------------------------


def belongs(country, regions, day) -> bool:
    """Whether the country is in one of the regions on that day; an end is the first day it no longer is."""
    if country is None or day is None:
        return False
    return any(
        (row.starts_on is None or row.starts_on <= day) and (row.ends_on is None or day < row.ends_on)
        for row in CountryRegion.objects.filter(country=country, region__in=regions)
    )


def world(chance):
    countries = [make.country() for _ in range(6)]
    regions = [make.region() for _ in range(3)]
    for region in regions:
        for country in chance.sample(countries, 4):
            if chance.random() < 0.4:
                make.member_of(region, country)
            else:
                make.member_of(
                    region, country, chance.choice(["", "2002", "2003-05", "2004-02-29"]), chance.choice(["", "2005", "2006-07-01"])
                )
    forces = [make.organization(kind="armed_force", country=country) for country in countries[:3]]
    others = [make.organization(kind="military_alliance"), make.organization(kind="ngo", country=countries[0])]
    rows = some_engagements(chance, 40)
    for row in rows:
        if chance.random() < 0.7:
            Engagement.objects.filter(pk=row.pk).update(country=chance.choice(countries))
        row.also_held_in.set(chance.sample(countries, chance.choice([0, 0, 1, 2])))
        parties = [{"country": country} for country in countries] + [{"organization": item} for item in forces + others]
        for party in chance.sample(parties, chance.randint(0, 4)):
            for role in chance.sample(ROLES, chance.choice([1, 1, 2])):
                make.participation(row, role=role, **party)
    return countries, regions, forces + others, list(Engagement.objects.all())


def held_in(row, regions) -> bool:
    day = row.starts_on or row.ends_on
    return any(belongs(country, regions, day) for country in [row.country, *row.also_held_in.all()])


def acts_for(participation):
    if participation.country:
        return participation.country
    return participation.organization.country if participation.organization.kind == "armed_force" else None


def involves(row, regions) -> bool:
    day = row.starts_on or row.ends_on
    return any(belongs(acts_for(item), regions, day) for item in row.participations.all())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_region_means_the_membership_on_the_day_and_each_record_comes_once(seed):
    chance = random.Random(seed)
    _, regions, _, rows = world(chance)
    for size in [1, 2, 3]:
        wanted = chance.sample(regions, size)
        held = {row.pk for row in rows if held_in(row, wanted)}
        involving = {row.pk for row in rows if involves(row, wanted)}
        assert found(Engagement.objects.in_regions(wanted, "held")) == sorted(held)
        assert found(Engagement.objects.in_regions(wanted, "involving")) == sorted(involving)
        assert found(Engagement.objects.in_regions(wanted)) == sorted(held | involving)
        assert found(Engagement.objects.in_regions([region.pk for region in wanted])) == sorted(held | involving)
    assert found(Engagement.objects.in_regions([])) == []


def test_a_country_that_left_a_region_is_in_it_until_the_day_before():
    israel = make.country("QIS")
    eucom = make.region(countries=[(israel, "", "2021-01-15")])
    centcom = make.region(countries=[(israel, "2021-01-15", "")])
    before = make.engagement(starts="14 Jan 2021", country=israel)
    on_the_day = make.engagement(starts="15 Jan 2021", country=israel)
    undated = make.engagement(country=israel)
    assert found(Engagement.objects.in_regions([eucom])) == [before.pk]
    assert found(Engagement.objects.in_regions([centcom])) == [on_the_day.pk]
    assert undated.pk not in found(Engagement.objects.in_regions([eucom, centcom]))


# Who -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_parties_and_roles_belong_to_the_same_participation(seed):
    chance = random.Random(seed)
    countries, _, organizations, rows = world(chance)
    for _ in range(15):
        some_countries = chance.sample(countries, chance.choice([0, 1, 2]))
        some_organizations = chance.sample(organizations, chance.choice([0, 1]))
        roles = chance.sample(ROLES, chance.choice([0, 1, 2]))

        def fits(item):
            is_party = acts_for(item) in some_countries or item.organization in some_organizations  # noqa: B023
            return (is_party or not (some_countries or some_organizations)) and (item.role in roles or not roles)  # noqa: B023

        if not (some_countries or some_organizations or roles):
            continue
        expected = sorted(row.pk for row in rows if any(fits(item) for item in row.participations.all()))
        asked = Engagement.objects.with_parties(countries=some_countries, organizations=some_organizations, roles=roles)
        assert found(asked) == expected
    assert Engagement.objects.with_parties().count() == len(rows)


def test_search_asks_for_every_word_somewhere():
    country = make.country(name="Ruritania")
    flight = make.engagement(title="Partnership Flight", place="Accra", countries=[country])
    make.engagement(title="Partnership Talks")
    assert found(Engagement.objects.search("flight accra")) == [flight.pk]
    assert found(Engagement.objects.search("FLIGHT ruritania")) == [flight.pk]
    assert found(Engagement.objects.search(flight.reference)) == [flight.pk]
    assert found(Engagement.objects.search("flight nowhere")) == []
    assert found(Engagement.objects.search("%")) == []
    assert found(Engagement.objects.search("_")) == []
    assert Engagement.objects.search("   ").count() == 2


# What is due, missing, judged ------------------------------------------------------------------------

TODAY = dt.date(2020, 6, 15)


@pytest.fixture
def _today(monkeypatch):
    monkeypatch.setattr("engagements.querysets.today", lambda: TODAY)


def test_today_is_the_date_in_utc():
    from engagements.querysets import today

    assert today() == timezone.now().astimezone(dt.UTC).date()


def near_today(chance):
    return chance.choice([None, *(TODAY + dt.timedelta(days=number) for number in (-400, -1, 0, 1, 89, 90, 400))])


@pytest.mark.usefixtures("_today")
@pytest.mark.parametrize("seed", SEEDS)
def test_overdue_is_what_a_plain_recount_says(seed):
    chance = random.Random(seed)
    rows = []
    for _ in range(50):
        ends = near_today(chance)
        row = make.engagement(
            kind="peacekeeping",
            ends=ends.isoformat() if ends else "",
            status=chance.choice(["proposed", "planned", "ongoing", "completed"]),
            assessment_due_on=near_today(chance),
            review_on=near_today(chance),
            detail={"mandate_expires_on": near_today(chance)},
        )
        for _ in range(chance.choice([0, 0, 1, 2])):
            make.assessment(row)
        for _ in range(chance.choice([0, 1, 3])):
            make.follow_up(row, due_on=near_today(chance), status=chance.choice(["open", "done", "dropped"]))
        rows.append(row)

    def late(day, limit=TODAY):
        return day is not None and day < limit

    expected = {
        "close_out": lambda row: row.status in {"proposed", "planned", "ongoing"} and late(row.ends_on),
        "assessment": lambda row: late(row.assessment_due_on) and not row.assessments.exists(),
        "review": lambda row: late(row.review_on),
        "follow_up": lambda row: any(late(step.due_on) and step.status == "open" for step in row.follow_ups.all()),
        "mandate": lambda row: row.status == "ongoing" and late(row.mission.mandate_expires_on, TODAY + dt.timedelta(days=90)),
    }
    for what, rule in expected.items():
        assert found(Engagement.objects.overdue(what)) == sorted(row.pk for row in rows if rule(row)), what


@pytest.mark.parametrize("seed", SEEDS)
def test_missing_is_what_a_plain_recount_says(seed):
    chance = random.Random(seed)
    objective, strategy, country = make.objective(), make.strategy(), make.country()
    rows = []
    for row in some_engagements(chance, 40):
        if chance.random() < 0.5:
            Engagement.objects.filter(pk=row.pk).update(summary="What happened.")
        for build in [make.source, make.outcome, make.assessment]:
            for _ in range(chance.choice([0, 1, 2])):
                build(row)
        if chance.random() < 0.5:
            make.participation(row, country=country)
        row.objectives.set([objective] if chance.random() < 0.5 else [])
        row.strategies.set([strategy] if chance.random() < 0.5 else [])
        row.refresh_from_db()
        rows.append(row)
    expected = {
        "source": lambda row: not row.sources.count(),
        "outcome": lambda row: not row.outcomes.count(),
        "participants": lambda row: not row.participations.count(),
        "assessment": lambda row: not row.assessments.count(),
        "objective": lambda row: not row.objectives.count(),
        "strategy": lambda row: not row.strategies.count(),
        "summary": lambda row: not row.summary,
        "start": lambda row: not row.starts,
        "end": lambda row: not row.ends,
    }
    for what, rule in expected.items():
        assert found(Engagement.objects.missing(what)) == sorted(row.pk for row in rows if rule(row)), what


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rating_is_the_latest_of_the_whole_or_of_each_outcome(seed):
    chance = random.Random(seed)
    ratings = ["not_achieved", "limited", "substantial", "achieved"]
    rows = []
    for row in some_engagements(chance, 30):
        outcomes = [make.outcome(row) for _ in range(chance.choice([0, 1, 2]))]
        for _ in range(chance.choice([0, 1, 2, 4])):
            day = TODAY + dt.timedelta(days=chance.randint(-2, 2))
            make.assessment(row, outcome=chance.choice([None, *outcomes]), rating=chance.choice(ratings), assessed=day.isoformat())
        rows.append(row)

    def latest(row):
        things = {}
        for item in row.assessments.order_by("assessed_on", "pk"):
            things[item.outcome_id] = item.rating
        return set(things.values()) or {"not_assessed"}

    for asked in [[rating] for rating in [*ratings, "not_assessed", "exceeded"]] + [["limited", "not_assessed"], ratings]:
        expected = sorted(row.pk for row in rows if latest(row) & set(asked))
        assert found(Engagement.objects.rated(asked)) == expected, asked


def test_an_undated_judgment_gives_way_to_a_dated_one():
    row = make.engagement()
    make.assessment(row, rating="limited", assessed="")
    make.assessment(row, rating="achieved", assessed="2020-01-01")
    assert found(Engagement.objects.rated(["achieved"])) == [row.pk]
    assert found(Engagement.objects.rated(["limited"])) == []


def test_of_two_undated_judgments_the_later_entry_counts():
    row = make.engagement()
    make.assessment(row, rating="limited", assessed="")
    make.assessment(row, rating="achieved", assessed="")
    assert found(Engagement.objects.rated(["achieved"])) == [row.pk]
    assert found(Engagement.objects.rated(["limited"])) == []


# The order of a list ---------------------------------------------------------------------------------


def test_the_order_is_total():
    """Two pages never share a row: the newest first, those without a start last, then by reference."""
    for _ in range(3):
        make.engagement(starts="2012"), make.engagement()
    rows = list(Engagement.objects.all())
    assert [row.starts_on for row in rows] == [dt.date(2012, 1, 1)] * 3 + [None] * 3
    assert [row.reference for row in rows[:3]] == sorted(row.reference for row in rows[:3])
