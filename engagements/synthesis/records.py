"""Draws engagements with all that hangs on them. What the rules of the register ask of a record, these keep."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from engagements.choices import (
    ChallengeStatus,
    ConflictContext,
    Evidence,
    FollowUpStatus,
    Handling,
    Kind,
    LocalPerception,
    OutcomeLevel,
    ParticipationStatus,
    PersonnelType,
    Precision,
    Rating,
    ReturnReason,
    ReviewState,
    ReviewStepKind,
    Role,
    Severity,
    SourceKind,
    Status,
    StatusReason,
)
from engagements.references import ALPHABET
from engagements.synthesis.world import World

KINDS = ([Kind.ENGAGEMENT, Kind.EXERCISE, Kind.TRAINING, Kind.PEACEKEEPING], [52, 20, 25, 3])
FIRST_YEAR_OF_ENTRY, YEARS_BACK, MOST_PARTIES = 2004, 70, 60
# Parties beside the lead: mean and spread of the logarithm. All kinds together come to four a record.
PARTIES = {Kind.ENGAGEMENT: (0.1, 0.9), Kind.EXERCISE: (1.5, 0.85), Kind.TRAINING: (0.3, 0.7), Kind.PEACEKEEPING: (2.4, 0.8)}
ROLES = {
    Kind.ENGAGEMENT: (Role.HOST, Role.PARTICIPANT),
    Kind.EXERCISE: (Role.LEAD, Role.PARTICIPANT),
    Kind.TRAINING: (Role.TRAINER, Role.RECIPIENT),
    Kind.PEACEKEEPING: (Role.LEAD, Role.TROOP_CONTRIBUTOR),
}
DAYS = {Kind.ENGAGEMENT: (1, 5), Kind.EXERCISE: (3, 25), Kind.TRAINING: (5, 200), Kind.PEACEKEEPING: (200, 6000)}
PRECISIONS = [Precision.DAY, Precision.MONTH, Precision.YEAR]


@dataclass
class Drawn:
    """One record: the columns of its engagement by name, and the rows of its children without their keys."""

    engagement: dict[str, Any]
    parties: list[tuple]
    links: dict[str, list[int]]
    released_to: list[int]
    outcomes: list[tuple]
    assessment: tuple | None
    challenges: list[tuple]
    follow_ups: list[tuple]
    funding: list[tuple]
    sources: list[tuple]
    steps: list[tuple]
    detail: tuple
    strength: list[tuple]


def text(world: World, rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(world.words.entries, cum_weights=world.words.cumulative, k=words)).capitalize()


def reference(rng: random.Random, year: int) -> str:
    return f"ENG-{year}-{''.join(rng.choices(ALPHABET, k=5))}"


def draw(world: World, rng: random.Random) -> Drawn:
    """The next record."""
    kind = rng.choices(*KINDS)[0]
    starts, start_precision, ends, end_precision, status, reason = _dates_and_status(world, rng, kind)
    type_ = world.types[kind].one(rng)
    lead = world.countries.one(rng)
    while not world.exists(lead, starts):
        lead = world.countries.one(rng)
    team = world.teams.one(rng)
    analysts = world.people[team]
    owner, manager = rng.choice(analysts[:-1]), analysts[-1]
    entered = _entered(world, rng, starts)
    handling = rng.choices([Handling.OFFICIAL, Handling.PUBLIC, Handling.RESTRICTED], [60, 27, 13])[0]
    released = world.teams.some(rng, rng.randint(1, 2)) if handling == Handling.RESTRICTED and rng.random() < 0.5 else []
    state, steps = _review(world, rng, entered, owner, manager)
    parties = _parties(world, rng, kind, lead, starts, ends or world.today)
    held_in = lead if rng.random() < 0.6 or len(parties) < 2 else parties[1][0] or lead
    place = text(world, rng, 1) if rng.random() < 0.8 else ""
    box = world.boxes.get(held_in) if place and rng.random() < 0.6 else None
    title = f"{world.type_names[type_]}, {world.country_names[held_in]}, {text(world, rng, 2)} {starts.year}"
    engagement = {
        "reference": reference(rng, entered.year),
        "kind": kind,
        "type_id": type_,
        "title": title[:300],
        "status": status,
        "status_reason": reason,
        "starts_on": starts,
        "starts_precision": start_precision,
        "ends_on": ends,
        "ends_precision": end_precision,
        "country_id": held_in,
        "place": place,
        "latitude": round(rng.uniform(box[0], box[2]), 4) if box else None,
        "longitude": round(rng.uniform(box[1], box[3]), 4) if box else None,
        "is_virtual": rng.random() < 0.03,
        "framework_id": world.frameworks.one(rng) if world.frameworks.entries and rng.random() < 0.3 else None,
        "conflict_context": rng.choices(ConflictContext.values, [70, 12, 8, 10])[0],
        "local_perception": rng.choices(LocalPerception.values, [70, 12, 8, 7, 3])[0],
        "summary": f"{text(world, rng, rng.randint(8, 30))}.",
        "handling": handling,
        "team_id": team,
        "owner_id": owner,
        "review_state": state,
        "created_at": entered,
        "created_by_id": owner,
        "updated_at": steps[-1][4] if steps else entered,
        "updated_by_id": manager if state == ReviewState.VERIFIED else owner,
    }
    over = status == Status.COMPLETED
    outcomes = _outcomes(world, rng) if over else []
    return Drawn(
        engagement=engagement,
        parties=parties,
        links={
            "strategies": world.strategies.some(rng, rng.choices([1, 2, 3], [60, 30, 10])[0]),
            "themes": world.themes.some(rng, rng.choices([0, 1, 2, 3, 5], [10, 25, 35, 20, 10])[0]),
            "domains": world.domains.some(rng, rng.choices([0, 1, 2], [30, 60, 10])[0]),
            "objectives": world.objectives.some(rng, 1) if rng.random() < 0.4 else [],
        },
        released_to=released,
        outcomes=outcomes,
        assessment=_assessment(world, rng, ends or world.today) if over and rng.random() < 0.6 else None,
        challenges=_challenges(world, rng) if rng.random() < 0.25 else [],
        follow_ups=_follow_ups(world, rng, ends or world.today) if over and rng.random() < 0.25 else [],
        funding=_funding(world, rng, starts.year) if rng.random() < 0.2 else [],
        sources=_sources(world, rng, starts),
        steps=steps,
        detail=_detail(world, rng, kind),
        strength=_strength(rng, starts) if kind == Kind.PEACEKEEPING else [],
    )


def _dates_and_status(world: World, rng: random.Random, kind: str):
    """Most of a register is recent: the years back fall off exponentially; some lie ahead."""
    if rng.random() < 0.04:
        starts = world.today + dt.timedelta(days=rng.randint(1, 700))
    else:
        starts = world.today - dt.timedelta(days=min(int(rng.expovariate(1 / 12) * 365.25), YEARS_BACK * 365))
    shortest, longest = DAYS[kind]
    ends: dt.date | None = starts + dt.timedelta(days=min(longest, shortest + int(rng.expovariate(4 / (longest - shortest + 1)))))
    age = world.today.year - starts.year
    precision = rng.choices(PRECISIONS, [40, 35, 25] if age > 35 else [93, 5, 2])[0]
    if precision == Precision.MONTH:
        starts = starts.replace(day=1)
        ends = (ends.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    elif precision == Precision.YEAR:
        starts, ends = starts.replace(month=1, day=1), ends.replace(month=12, day=31)
    end_precision = precision
    if kind == Kind.PEACEKEEPING and age < 30 and rng.random() < 0.2:
        ends, end_precision = None, Precision.OPEN
    elif rng.random() < 0.02:
        ends, end_precision = None, Precision.UNKNOWN
    if rng.random() < 0.05:
        status = rng.choices([Status.CANCELLED, Status.POSTPONED], [80, 20])[0]
        return starts, precision, ends, end_precision, status, rng.choice(StatusReason.values)
    if starts > world.today:
        status = rng.choices([Status.PLANNED, Status.PROPOSED], [75, 25])[0]
    elif end_precision == Precision.OPEN or (ends or starts) >= world.today:
        status = Status.ONGOING
    else:
        status = rng.choices([Status.COMPLETED, Status.PLANNED, Status.ONGOING], [96, 3, 1])[0]
    return starts, precision, ends, end_precision, status, ""


def _entered(world: World, rng: random.Random, starts: dt.date) -> dt.datetime:
    """Within months of the start, at office hours; what happened before there was a register came in over its years."""
    day = starts + dt.timedelta(days=int(rng.gauss(20, 40)))
    first = dt.date(FIRST_YEAR_OF_ENTRY, 1, 1)
    if not first <= day < world.today:
        day = first + dt.timedelta(days=rng.randrange((world.today - first).days))
    return dt.datetime.combine(day, dt.time(rng.randint(6, 17), rng.randrange(60), rng.randrange(60)), dt.UTC)


def _review(world: World, rng: random.Random, entered: dt.datetime, owner: int, manager: int):
    """(state, steps); a step is (kind, reason, note, by, when)."""
    state = rng.choices([ReviewState.VERIFIED, ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.RETURNED], [78, 10, 8, 4])[0]
    if state == ReviewState.DRAFT:
        return state, []
    latest = dt.datetime.combine(world.today, dt.time(), dt.UTC)
    then = min(latest, entered + dt.timedelta(days=rng.randint(0, 20), minutes=rng.randrange(600)))
    steps = [(ReviewStepKind.SUBMITTED, "", "", owner, then)]
    later = min(latest, then + dt.timedelta(days=rng.randint(0, 25), minutes=rng.randrange(600)))
    if state == ReviewState.VERIFIED:
        steps.append((ReviewStepKind.VERIFIED, "", "", manager, later))
    elif state == ReviewState.RETURNED:
        steps.append((ReviewStepKind.RETURNED, rng.choice(ReturnReason.values), "", manager, later))
    return state, steps


def _parties(world: World, rng: random.Random, kind: str, lead: int, starts: dt.date, ends: dt.date) -> list[tuple]:
    """(country, organization, role, status, planned, actual, women), the lead first; neighbors are met more than others."""
    count = min(MOST_PARTIES - 1, max(1, round(rng.lognormvariate(*PARTIES[kind]))))
    first, other = ROLES[kind]
    near = world.neighbors.get(lead)
    found = near.some(rng, round(count * 0.6)) if near else []
    found += world.countries.some(rng, count - len(found) + 1)
    countries = [key for key in dict.fromkeys(found) if key != lead and world.exists(key, starts)][:count]
    rows = [_party(rng, lead, None, first)]
    rows += [_party(rng, key, None, Role.OBSERVER if rng.random() < 0.04 else other) for key in countries]
    if rng.random() < 0.2 and len(rows) < MOST_PARTIES:
        role = Role.MANDATING_BODY if kind == Kind.PEACEKEEPING else rng.choice([Role.PARTICIPANT, Role.SPONSOR, Role.IMPLEMENTING_PARTNER])
        organization = world.organizations.one(rng)
        if world.is_there(organization, starts, ends):
            rows.append(_party(rng, None, organization, role))
    return rows


def _party(rng: random.Random, country: int | None, organization: int | None, role: str) -> tuple:
    status = rng.choices([ParticipationStatus.ATTENDED, ParticipationStatus.CONFIRMED, ParticipationStatus.DECLINED], [62, 36, 2])[0]
    if rng.random() < 0.55:
        return country, organization, role, status, None, None, None
    personnel = min(40_000, int(rng.lognormvariate(3, 1.4)))
    women = int(personnel * rng.uniform(0, 0.3)) if rng.random() < 0.4 else None
    return country, organization, role, status, personnel if rng.random() < 0.5 else None, personnel, women


def _outcomes(world: World, rng: random.Random) -> list[tuple]:
    """(level, type, statement, indicator, unit, baseline, target, actual)."""
    rows = []
    for _number in range(rng.choices([0, 1, 2, 3], [25, 45, 22, 8])[0]):
        level = rng.choices(OutcomeLevel.values, [50, 38, 12])[0]
        figures = (None, None, None)
        if rng.random() < 0.4:
            target = rng.randint(5, 500)
            figures = (rng.randint(0, 5), target, round(target * rng.uniform(0.3, 1.2)))
        named = figures[1] is not None
        rows.append(
            (
                level, world.outcome_types.one(rng), f"{text(world, rng, rng.randint(6, 16))}.", text(world, rng, 3) if named else "",
                "people" if named else "", *figures,
            )
        )  # fmt: skip
    return rows


def _assessment(world: World, rng: random.Random, ends: dt.date) -> tuple:
    """(rating, rationale, evidence, assessor, day, precision, look again on)."""
    rating = rng.choices(Rating.values, [8, 8, 22, 32, 25, 5])[0]
    day = ends + dt.timedelta(days=rng.randint(5, 200))
    again = day + dt.timedelta(days=180) if rating == Rating.TOO_EARLY else None
    evidence = rng.choices(Evidence.values, [15, 30, 30, 20, 5])[0]
    return rating, f"{text(world, rng, 12)}.", evidence, "Office of evaluation", day, Precision.DAY, again


def _challenges(world: World, rng: random.Random) -> list[tuple]:
    return [
        (world.categories.one(rng), f"{text(world, rng, 9)}.", rng.choice(Severity.values), rng.choice(ChallengeStatus.values))
        for _number in range(rng.randint(1, 3))
    ]


def _follow_ups(world: World, rng: random.Random, ends: dt.date) -> list[tuple]:
    rows = []
    for _number in range(rng.randint(1, 2)):
        due = ends + dt.timedelta(days=rng.randint(20, 400))
        done = due < world.today and rng.random() < 0.8
        rows.append((text(world, rng, 7), "Plans desk", due, FollowUpStatus.DONE if done else FollowUpStatus.OPEN, due if done else None))
    return rows


def _funding(world: World, rng: random.Random, year: int) -> list[tuple]:
    planned = round(rng.lognormvariate(11, 1.5), 2)
    return [(world.funding_sources.one(rng), year, planned, round(planned * rng.uniform(0.7, 1.1), 2), "USD")]


def _sources(world: World, rng: random.Random, starts: dt.date) -> list[tuple]:
    return [
        (text(world, rng, 6), text(world, rng, 2), rng.choice(SourceKind.values), starts, Precision.DAY)
        for _number in range(1 if rng.random() < 0.8 else 2)
    ]


def _detail(world: World, rng: random.Random, kind: str) -> tuple:
    if kind == Kind.EXERCISE:
        total = int(rng.lognormvariate(6, 1.4)) if rng.random() < 0.6 else None
        return (total, rng.randint(1, 30) if rng.random() < 0.2 else None)
    if kind == Kind.TRAINING:
        enrolled = rng.randint(5, 120) if rng.random() < 0.7 else None
        return (text(world, rng, 3), enrolled, None if enrolled is None else rng.randint(enrolled // 2, enrolled))
    return (text(world, rng, 1).upper(), rng.randint(100, 20_000)) if kind == Kind.PEACEKEEPING else ()


def _strength(rng: random.Random, starts: dt.date) -> list[tuple]:
    """Reports of the lead's strength: (day, precision, type, women, men, all)."""
    rows = []
    for number in range(rng.randint(0, 6)):
        women, men = rng.randint(0, 60), rng.randint(20, 900)
        rows.append((starts + dt.timedelta(days=30 * number), Precision.DAY, PersonnelType.TROOPS, women, men, women + men))
    return rows
