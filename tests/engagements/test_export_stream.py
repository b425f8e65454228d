"""The file as a whole: the same bytes from both databases, in little memory, and never silently short."""

import datetime as dt
import os
import tracemalloc
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from engagements.export import sql as sql_of_exports
from engagements.export.layouts import LAYOUTS
from engagements.export.snapshot import snapshot
from engagements.export.stream import BOM, csv_chunks
from engagements.models import Engagement
from tests import make

GOLDEN = Path(__file__).parent / "golden"
OVERFLOWS = {"sqlite": "abs(-9223372036854775808)", "postgresql": "1 / 0"}


def file_of(layout, rows=None, **options):
    return b"".join(csv_chunks(LAYOUTS[layout], Engagement.objects.all() if rows is None else rows, **options))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_databases_write_the_golden_file(db, layout):
    """Run on each database against one file. After a wanted change: UPDATE_GOLDEN=1 script/test tests/engagements."""
    a_fixed_register()
    path, written = GOLDEN / f"{layout}.csv", file_of(layout)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(written)
    assert written == path.read_bytes()


def test_rows_come_newest_first_and_then_by_reference(db):
    for number, starts in [(3, "2020"), (1, "unknown"), (2, "2020"), (4, "2021-05")]:
        make.engagement(reference=f"ENG-2026-0000{number}", starts=starts)
    assert [line[:14] for line in file_of("engagements").decode().splitlines()[1:]] == [
        "ENG-2026-00004", "ENG-2026-00002", "ENG-2026-00003", "ENG-2026-00001",
    ]  # fmt: skip


def test_a_byte_order_mark_only_where_it_is_asked_for(db):
    assert file_of("engagements", bom=True) == BOM + file_of("engagements")
    assert not file_of("engagements").startswith(BOM)


def test_control_characters_and_line_ends_stay_inside_their_cell(db):
    title = 'a\x01\x0b\x1b\x7f\u2028b\r\nc\rd\ne"f'
    make.engagement(summary=title)
    assert b'"a\x01\x0b\x1b\x7f\xe2\x80\xa8b\r\nc\rd\ne""f"' in file_of("engagements")
    assert file_of("engagements").endswith(b",public\r\n")


def test_one_row_and_fifty_cost_the_same_queries(assert_same_queries):
    def add_row():
        engagement = make.engagement(kind="training", strategies=[make.strategy()])
        make.assessment(engagement, outcome=make.outcome(engagement))
        make.strength_report(make.participation(engagement, role="recipient"))

    for layout in LAYOUTS:
        # Which engagements, and their rows; on PostgreSQL whether they are many, and COPY goes past Django's counter.
        assert_same_queries(add_row, lambda layout=layout: file_of(layout), at_most=2)


def test_a_file_ten_times_as_long_needs_no_more_memory(db):
    make.engagement(title="Seed", summary="A few sentences. " * 10)
    grown = []
    for rows in (2_000, 20_000):
        copies_of_the_first(rows)
        tracemalloc.start()
        size = sum(len(chunk) for chunk in csv_chunks(LAYOUTS["engagements"], Engagement.objects.all()))
        grown.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert size > rows * 300
    assert max(grown) < 10_000_000, grown
    assert grown[1] - grown[0] < 1_000_000, grown


def test_chunks_are_neither_tiny_nor_huge(db):
    make.engagement(title="Seed", summary="A few sentences. " * 10)
    copies_of_the_first(2_000)
    sizes = [len(chunk) for chunk in csv_chunks(LAYOUTS["engagements"], Engagement.objects.all())]
    assert max(sizes) < 300_000
    assert min(sizes[1:-1]) > 20_000


def test_an_error_of_the_database_comes_out_of_the_iterator(db, monkeypatch):
    make.engagement()
    broken_in_the_database(monkeypatch)
    chunks = csv_chunks(LAYOUTS["engagements"], Engagement.objects.all())
    with pytest.raises(DatabaseError):
        list(chunks)


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_leaves_early_leaves_the_connection_usable():
    make.engagement(title="Seed", summary="A few sentences. " * 10)
    copies_of_the_first(3_000)
    with snapshot():
        chunks = csv_chunks(LAYOUTS["engagements"], Engagement.objects.all())
        next(chunks), next(chunks)
        chunks.close()
    assert Engagement.objects.count() == 3_000


@pytest.mark.django_db(transaction=True)
def test_a_file_shows_one_moment_and_holds_no_writer_up():
    make.engagement(title="Before")
    other = connection.copy()
    with snapshot():
        assert Engagement.objects.count() == 1
        with other.cursor() as cursor:
            cursor.execute("UPDATE engagements_engagement SET title = 'After'")
        other.close()
        assert b"Before" in file_of("engagements")
    assert b"After" in file_of("engagements")


def broken_in_the_database(monkeypatch):
    whole = sql_of_exports._statement

    def statement(*asked, **how):
        sql, parameters = whole(*asked, **how)
        return sql.replace("COALESCE(outcomes.counted, 0)", f"CASE WHEN e.version > 0 THEN {OVERFLOWS[connection.vendor]} END"), parameters

    monkeypatch.setattr(sql_of_exports, "_statement", statement)


def copies_of_the_first(rows: int) -> None:
    """As many engagements as the first, all together, by one statement."""
    first = Engagement.objects.order_by("pk").first()
    Engagement.objects.exclude(pk=first.pk).delete()
    columns = [field.column for field in Engagement._meta.concrete_fields if field.column not in {"id", "reference"}]
    number = "printf('%%05d', n)" if connection.vendor == "sqlite" else "lpad(n::text, 5, '0')"
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
            f" INSERT INTO engagements_engagement (reference, {', '.join(columns)})"
            f" SELECT 'ENG-2020-' || {number}, {', '.join(columns)} FROM numbers CROSS JOIN engagements_engagement WHERE id = %s",
            [rows - 1, first.pk],
        )


def a_fixed_register() -> None:
    """Two dozen awkward things in three records; numbers of outcomes are fixed because they are written."""
    team = make.team("j5", name="J5; Plans")
    owner = make.user("analyst", username="+analyst")
    france, chad = make.country("XFR", "Franconia", m49="004"), make.country("XTD", "Tchad; République")
    force = make.organization("franconian-navy", kind="armed_force", country=france, name="=Navy")
    body = make.organization("a-u", name="African “Union”")
    first, second = make.strategy("s-1", name="Peace, and order", sort=2), make.strategy("s-2", name="Arms control", sort=1)
    common = {"team": team, "owner": owner, "country": chad}
    training_type = make.type("course", kind="training", name="Course")
    mission_type = make.type("mission", kind="peacekeeping", name="Mission")
    training = make.engagement(
        reference="ENG-2026-00001", kind="training", type=training_type, title="=HYPERLINK(\"x\")", starts="2019-11", ends="2020",
        summary="Two\r\nlines, “quoted”\tand \"more\"", handling="official", latitude="-12.5", longitude="0.0001",
        strategies=[first, second], detail={"enrolled": 40, "completed": 0, "course": "'Radio", "mode": "mobile"}, **common,
    )  # fmt: skip
    mission = make.engagement(
        reference="ENG-2026-00002", kind="peacekeeping", type=mission_type, title="Mission", starts="1948-05", ends="open", parent=training,
        place="-5", detail={"acronym": "＝UN"}, framework=make.framework("series-1", name="Series; one | two"), iteration="01", **common,  # noqa: RUF001
    )  # fmt: skip
    make.engagement(
        reference="ENG-2026-00003", type=make.type("visit", name="Visit"), title="Not known", status="cancelled", status_reason="weather",
        released_to=[team], handling="restricted", is_virtual=True, **common,
    )  # fmt: skip
    mission.predecessors.add(training)
    make.participation(training, country=france, role="trainer", unit="1st; unit", personnel=0)
    make.participation(training, country=chad, role="recipient", personnel=40, women=8, cost_share="12.5", as_of="2020-03")
    make.participation(training, organization=force, role="recipient", status="declined", note="\n=1")
    contributor = make.participation(mission, organization=force, role="troop_contributor", starts="1950")
    make.participation(mission, country=chad, role="lead")
    make.participation(mission, organization=body, role="mandating_body")
    make.strength_report(contributor, as_of="2020-03-31", total=7, female=0, male=7)
    make.strength_report(contributor, as_of="2020", total=0)
    make.funding_line(training, planned="1000000.5", actual="0", currency="EUR")
    trained = make.outcome_type("trained", name="Trained")
    outcome = make.outcome(training, pk=910_001, baseline="-5", target="10.25", unit="%", linked_engagement=mission, type=trained)
    make.assessment(training, outcome=outcome, rating="limited", assessed="2020")
    make.assessment(training, outcome=outcome, rating="achieved", assessed="2021-05", rationale="@Why")
    make.assessment(training, rating="too_early", next_review_on=dt.date(2030, 1, 31), assessed="2021")
    make.challenge(training, category=make.challenge_category("language", name="Language"))
    make.source(training, title="Communiqué; a | b", publisher="", url="https://example.org/?a=1;b=2")
    make.source(training, title="Report", publisher="Ministry")
    Engagement.objects.update(updated_at=dt.datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC))
