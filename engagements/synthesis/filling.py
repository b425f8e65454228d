"""Writes made-up records into the register, a chunk at a time, through every rule and into the history."""

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, connections, transaction

from engagements import search_in_database
from engagements.choices import Kind
from engagements.models import (
    Assessment,
    Challenge,
    Engagement,
    Exercise,
    FollowUp,
    FundingLine,
    Outcome,
    Participation,
    PeacekeepingMission,
    ReviewStep,
    Source,
    StrengthReport,
    TrainingProgram,
)
from engagements.synthesis.records import Drawn, draw, reference
from engagements.synthesis.sheets import Sheet, links, reserve
from engagements.synthesis.world import look_around
from history.context import acting

CHUNK = 5_000
# Nine tenths of the time is the database's, which uses one core for each connection. SQLite has one writer.
WRITERS = 2
# The index of words takes what is new into a list first, and that list in as it grows to this: the longer, the less for each record.
MEMORY = "64MB"


def fill(engagements: int, seed: int, today: dt.date) -> Iterator[int]:
    """Add so many records; yields how many were added after each chunk. The same seed draws the same ones from the same catalog."""
    why = f"synthesize, seed {seed}"
    drawn = _chunks(engagements, seed, today, why)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        yield from _side_by_side(drawn, why)
        return
    done = 0
    for chunk in drawn:
        _keep(chunk, why)
        done += len(chunk)
        yield done


def _chunks(engagements: int, seed: int, today: dt.date, why: str) -> Iterator[list[Drawn]]:
    rng = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    with transaction.atomic(), acting(door="command", reason=why):
        world = look_around(rng, today)
        taken = set(Engagement.objects.values_list("reference", flat=True))
    for start in range(0, engagements, CHUNK):
        drawn = []
        for _number in range(min(CHUNK, engagements - start)):
            record = draw(world, rng)
            while (name := record.engagement["reference"]) in taken:
                record.engagement["reference"] = reference(rng, int(name[4:8]))
            taken.add(record.engagement["reference"])
            drawn.append(record)
        yield drawn


def _side_by_side(drawn: Iterator[list[Drawn]], why: str) -> Iterator[int]:
    """Write several chunks at a time, each on a connection of its own; what is drawn never runs far ahead of what is written."""
    done = 0
    with ThreadPoolExecutor(WRITERS) as writers:
        waiting: deque[tuple[Future[None], int]] = deque()
        try:
            for chunk in drawn:
                waiting.append((writers.submit(_keep, chunk, why, leave=True), len(chunk)))
                if len(waiting) > WRITERS:
                    done += _written(*waiting.popleft())
                    yield done
            while waiting:
                done += _written(*waiting.popleft())
                yield done
        finally:
            for future, _number in waiting:
                future.cancel()
    search_in_database.take_in(connection)


def _written(future: "Future[None]", number: int) -> int:
    future.result()
    return number


def _keep(drawn: list[Drawn], why: str, *, leave: bool = False) -> None:
    try:
        with transaction.atomic(), acting(door="command", reason=why):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
                    cursor.execute(f"SET LOCAL gin_pending_list_limit = '{MEMORY}'")
            _write(drawn)
    finally:
        if leave:
            connections.close_all()


def _write(drawn: list[Drawn]) -> None:
    records = Sheet(Engagement, *drawn[0].engagement, keyed=True)
    parties = Sheet(
        Participation, "engagement_id", "country_id", "organization_id", "role", "status", "personnel_planned", "personnel", "women",
        keyed=True,
    )  # fmt: skip
    linked = {name: links(Engagement, name) for name in drawn[0].links}
    released = links(Engagement, "released_to")
    outcomes = Sheet(Outcome, "engagement_id", "level", "type_id", "statement", "indicator", "unit", "baseline", "target", "actual")
    assessments = Sheet(
        Assessment, "engagement_id", "rating", "rationale", "evidence", "assessor", "assessed_on", "assessed_precision", "next_review_on"
    )
    challenges = Sheet(Challenge, "engagement_id", "category_id", "description", "severity", "status")
    follow_ups = Sheet(FollowUp, "engagement_id", "text", "owner", "due_on", "status", "done_on")
    funding = Sheet(FundingLine, "engagement_id", "source_id", "fiscal_year", "planned", "actual", "currency")
    sources = Sheet(Source, "engagement_id", "title", "publisher", "kind", "published_on", "published_precision")
    steps = Sheet(ReviewStep, "engagement_id", "kind", "reason", "note", "taken_by_id", "taken_at")
    details = {
        Kind.EXERCISE: Sheet(Exercise, "engagement_id", "personnel_total", "ships"),
        Kind.TRAINING: Sheet(TrainingProgram, "engagement_id", "course", "enrolled", "completed"),
        Kind.PEACEKEEPING: Sheet(PeacekeepingMission, "engagement_id", "acronym", "authorized_strength"),
    }
    strength = Sheet(
        StrengthReport, "participation_id", "as_of_on", "as_of_precision", "personnel_type", "female", "male", "total"
    )  # fmt: skip
    party_keys = iter(reserve(Participation, sum(len(record.parties) for record in drawn)))
    for key, record in zip(reserve(Engagement, len(drawn)), drawn, strict=True):
        records.add(key, *record.engagement.values())
        lead = None
        for row in record.parties:
            party = next(party_keys)
            lead = lead or party
            parties.add(party, key, *row)
        for row in record.strength:
            strength.add(lead, *row)
        for name, others in record.links.items():
            for other in others:
                linked[name].add(key, other)
        for other in record.released_to:
            released.add(key, other)
        for sheet, rows in (
            (outcomes, record.outcomes), (challenges, record.challenges), (follow_ups, record.follow_ups),
            (funding, record.funding), (sources, record.sources), (steps, record.steps),
        ):  # fmt: skip
            for row in rows:
                sheet.add(key, *row)
        if record.assessment:
            assessments.add(key, *record.assessment)
        if record.detail:
            details[record.engagement["kind"]].add(key, *record.detail)
    # Participants go first (their records are asked for at the end of the transaction only), so that the scope of a record is
    # counted once, as it comes in: to change it later costs an entry in each of twenty indexes.
    for sheet in (
        parties, records, *linked.values(), released, outcomes, assessments, challenges, follow_ups, funding, sources, steps,
        *details.values(), strength,
    ):  # fmt: skip
        sheet.write()
