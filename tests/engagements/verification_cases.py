"""What is planted for each rule of ``manage.py verify``: records that break it with the sentence they get, and near ones that keep it."""

from collections.abc import Callable

from django.db import connection

from catalog.partial_dates import PartialDate
from engagements.domain.file_store import path_of
from engagements.models import DETAIL_OF, Engagement
from engagements.querysets import today
from engagements.rules_in_database import trigger_names
from tests import make

Planted = list[tuple[Engagement, str]]
CASES: dict[str, Callable[[], Planted]] = {}


def case(plant: Callable[[], Planted]) -> Callable[[], Planted]:
    CASES[plant.__name__] = plant
    return plant


def entry(*, sources: bool = True, **fields) -> Engagement:
    """A record without fault, as far as ``fields`` leave it one."""
    made = make.engagement(**{"strategies": [make.strategy()]} | fields)
    if sources:
        make.source(made)
    return made


def without_rules(*names: str) -> None:
    """Takes rules of the database away, constraints or triggers, until the end of the test."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            for trigger in set(names) & trigger_names(connection):
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT 'CONSTRAINT', conname, conrelid::regclass::text FROM pg_constraint WHERE conname = ANY(%s)"
            " UNION ALL SELECT 'TRIGGER', tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname = ANY(%s) AND NOT tgisinternal",
            [list(names), list(names)],
        )
        for what, name, table in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if what == "CONSTRAINT" else f"DROP TRIGGER {name} ON {table}")


def date(text: str) -> PartialDate:
    return PartialDate.parse(text, first_year=1500)


# What every record has ---------------------------------------------------------------------------


@case
def without_source() -> Planted:
    entry(review_state="draft")
    return [
        (entry(sources=False), "It names no source."),
        (entry(sources=False, review_state="draft"), "It names no source."),
    ]


@case
def verified_without_source() -> Planted:
    entry(sources=False, review_state="draft")
    return [(entry(sources=False), "It was verified, but it names no source.")]


@case
def without_strategy() -> Planted:
    return [(entry(strategies=[]), "It serves no strategy.")]


@case
def wrong_kind() -> Planted:
    without_rules("engagement_type_fits", "engagement_type_still_fits", "engagements_exercise_fits")
    entry(kind="exercise")
    of_type = entry(type=make.type(name=f"Maneuver {Engagement.objects.count()}", kind="exercise"))
    with_facts = entry()
    DETAIL_OF["exercise"].objects.create(engagement=with_facts)
    return [
        (of_type, f"It is of the kind “Engagement”, its type “{of_type.type}” is of the kind “Exercise”."),
        (with_facts, "It is of the kind “Engagement”, but has facts of the kind “Exercise”."),
    ]


# Dates -------------------------------------------------------------------------------------------


@case
def end_before_start() -> Planted:
    without_rules("engagement_ends_after_start", "participation_ends_after_start")
    entry(starts="2012-03", ends="2012-03-01")
    reversed_ = entry(starts="5 Mar 2012", ends="4 Mar 2012")
    party = make.participation(entry(starts="2012", ends="2014"), starts="2014", ends="2013")
    return [
        (reversed_, "It ends 4 Mar 2012, before it starts 5 Mar 2012."),
        (party.engagement, f"{party.party} takes part until 2013, before it does from 2014."),
    ]


@case
def already_over() -> Planted:
    entry(status="completed", starts="2020", ends=str(today()))
    entry(status="completed", starts="2020", ends=str(today().year))
    entry(status="ongoing", starts="2020", ends="2199")
    entry(status="planned", starts="2198", ends="2199")
    return [
        (entry(status="completed", starts="2020", ends="2199"), "Completed, but it ends 2199."),
        (entry(status="completed", starts="5 Mar 2199"), "Completed, but it starts 5 Mar 2199."),
        (entry(status="ongoing", starts="2199", ends="open"), "Ongoing, but it starts 2199."),
    ]


@case
def not_closed_out() -> Planted:
    entry(status="completed", starts="2012", ends="2013")
    entry(status="ongoing", starts="2012", ends="open")
    entry(status="postponed", status_reason="weather", starts="2012", ends="2013")
    entry(status="planned", starts=str(today().year), ends="2199")
    return [
        (entry(status="ongoing", starts="2012", ends="2013"), "Ongoing, but it ended 2013: close it out."),
        (entry(status="proposed", starts="2012", ends="2012"), "Proposed, but it ended 2012: close it out."),
        (entry(status="planned", starts="2012", ends="2199"), "Planned, but it began 2012."),
    ]


@case
def participation_dates() -> Planted:
    make.participation(entry(starts="2012-03", ends="2013"), starts="2012", ends="2013-12-31")
    make.participation(entry(starts="2012-03", ends="open"), starts="2013", ends="2199")
    early = make.participation(entry(starts="2012", ends="2014"), starts="2011", ends="2013")
    late = make.participation(entry(starts="2012", ends="2014"), starts="2013", ends="Jan 2015")
    return [
        (early.engagement, f"{early.party} takes part 2011, before the start 2012."),
        (late.engagement, f"{late.party} takes part Jan 2015, after the end 2014."),
    ]


@case
def legal_basis_later() -> Planted:
    basis = make.legal_basis()
    basis.signed = date("5 Mar 2012")
    basis.save()
    for ends in ("2011-04", "2012", "open", ""):
        entry(starts="2010", ends=ends).legal_bases.add(basis)
    before = entry(starts="2010", ends="2010")
    before.legal_bases.add(basis)
    return [(before, f"It ended 2010, but “{basis}” is of 5 Mar 2012.")]


@case
def source_before_1900() -> Planted:
    make.source(entry(), published="1900")
    old = make.source(entry(), title="Treaty", published="Jun 1815").engagement
    return [(old, "“Treaty” is said to be of Jun 1815.")]


@case
def led_to_earlier() -> Planted:
    make.outcome(entry(starts="2012"), linked_engagement=entry(starts="2012-03"))
    make.outcome(entry(starts="2012-03"), linked_engagement=entry(starts="2012"))
    earlier, later, itself = entry(starts="2011"), entry(starts="2012"), entry()
    make.outcome(later, linked_engagement=earlier)
    make.outcome(itself, linked_engagement=itself)
    return [
        (later, f"An outcome led to {earlier.reference}, which starts 2011, earlier than this."),
        (itself, "An outcome led to the engagement itself."),
    ]


# Order -------------------------------------------------------------------------------------------


@case
def iteration_order() -> Planted:
    series = make.framework()
    in_order = [("1", "2010"), ("2", "2011"), ("III", "2012"), ("12-1", "2012"), ("12-2", "2012-10"), ("2012", "2013"), ("pilot", "1999")]
    for iteration, starts in in_order:
        entry(framework=series, iteration=iteration, starts=starts)
    entry(framework=make.framework(), iteration="9", starts="2011")
    other = make.framework()
    ninth = entry(framework=other, iteration="9", starts="2011")
    eighth = entry(framework=other, iteration="VIII", starts="2012")
    mistaken = entry(framework=other, iteration="2021", starts="5 Mar 2012")
    return [
        (eighth, f"Iteration VIII starts 2012, after iteration 9 ({ninth.reference}, 2011)."),
        (mistaken, "Iteration 2021 starts 5 Mar 2012."),
    ]


@case
def predecessor_later() -> Planted:
    entry(starts="2012-03").predecessors.add(entry(starts="2012"))
    entry(starts="2007", ends="2010").predecessors.add(entry(starts="2008", ends="2009"))
    first, second = entry(starts="2012", ends="2013"), entry(starts="2013", ends="2015")
    first.predecessors.add(second)
    return [(first, f"It follows on from {second.reference}, which starts 2013, later than 2012.")]


@case
def parent_circle() -> Planted:
    entry(parent=entry())
    inner = entry()
    outer = entry(parent=inner)
    Engagement.objects.filter(pk=inner.pk).update(parent=outer)
    return [
        (inner, f"It is part of {outer.reference}, which is part of it."),
        (outer, f"It is part of {inner.reference}, which is part of it."),
    ]


@case
def predecessor_circle() -> Planted:
    entry().predecessors.add(entry())
    first, second, third = entry(), entry(), entry()
    first.predecessors.add(second)
    second.predecessors.add(third)
    third.predecessors.add(first)
    return [
        (one, f"It follows on from {other.reference}, which follows on from it.")
        for one, other in [(first, second), (second, third), (third, first)]
    ]


# Files -------------------------------------------------------------------------------------------


@case
def attachment_files() -> Planted:
    whole, cut, gone, removed = entry(), entry(), entry(), entry()
    make.attachment(whole)
    path_of(make.attachment(cut, name="talks.txt", content=b"eleven left").stored_as).write_bytes(b"half")
    path_of(make.attachment(gone, name="plan.txt").stored_as).unlink()
    path_of(make.attachment(removed, name="old.txt", removed_at="2026-01-01T00:00Z").stored_as).unlink()
    return [
        (cut, "The file of its attachment “talks.txt” has 4 bytes, not 11."),
        (gone, "The file of its attachment “plan.txt” is missing."),
        (removed, "The file of its attachment “old.txt” is missing."),
    ]
