"""What script/bench measures first, and what it leaves out."""

from argparse import Namespace
from pathlib import Path

import pytest

from bench.groups import GROUPS
from bench.order import PEERS_AT, Place, tasks
from bench.run import Run

pytestmark = pytest.mark.once
SIZES = [10_000, PEERS_AT, 1_000_000]
PLACES = [*(Place(size, f"postgres://x/{size}", Path("data")) for size in SIZES), Place(100_000, "", Path("sqlite"))]


def test_every_group_is_measured_somewhere_and_is_one_that_there_is():
    assert {task.group for task in tasks(PLACES)} == set(GROUPS)


def test_the_largest_comes_first_and_migrations_last():
    told = [(task.group, task.place.size) for task in tasks(PLACES)]
    assert (told[0][1], told[-1]) == (1_000_000, ("migrations", 1_000_000))
    assert [task.is_last for task in tasks(PLACES)].count(True) == 1


def test_other_programs_are_asked_at_one_size():
    assert [task.place.size for task in tasks(PLACES) if task.group == "datasette"] == [PEERS_AT]
    assert [task.place.size for task in tasks(PLACES) if task.more.get("BENCH_PEERS")] == [PEERS_AT]


def test_a_register_alone_is_the_largest_and_the_one_with_others():
    groups = [task.group for task in tasks(PLACES[:1])]
    assert len(groups) == len(set(groups))
    assert set(groups) == set(GROUPS) - {"team"}


@pytest.mark.parametrize(("is_written", "writing"), [(False, set()), (True, {"writes", "crowd", "imports", "migrations"})])
def test_a_given_register_is_only_read_unless_asked_otherwise(tmp_path, is_written, writing):
    run = Run(Namespace(minutes=1, json=None, only=None, database="postgres://x/given", write=is_written), tmp_path)
    assert {task.group for task in run.chosen(PLACES[:1])} & {"writes", "crowd", "imports", "migrations"} == writing


def test_the_last_group_has_its_time_though_others_would_take_it(tmp_path, monkeypatch):
    run = Run(Namespace(minutes=10, json=None, only=None, database=None), tmp_path)
    begun = []
    monkeypatch.setattr(run, "measure", lambda task, seconds: begun.append((task.group, round(seconds, -1))))
    monkeypatch.setattr("bench.run.time.monotonic", lambda: run.until - 310 + (10 if begun else 0))
    run.measure_all(PLACES[2:3])
    assert begun[0][1] == 10  # all that is left beside what is kept free
    assert begun[-1] == ("migrations", 300)
    assert run.found["unfinished"]
