"""What script/bench says of the figures that it found."""

import pytest

from bench.beside import beside
from bench.figures import EVERYTHING, PART, Figures
from bench.report import write
from bench.targets import verdicts

pytestmark = pytest.mark.once
SMALL, LARGE = 10_000, 1_000_000


def figure(work, case, size=LARGE, **more):
    usual = {
        "who": EVERYTHING,
        "by": "entente",
        "on": "PostgreSQL",
        "app": 0.004,
        "database": 0.002,
        "p50": 0.01,
        "p95": 0.02,
        "first": 0.1,
    }
    return {"work": work, "case": case, "size": size, "queries": 4, "memory": 0, "calls": 9} | usual | more


def found(*figures, **more):
    about = {"on": "2026-11-23", "processor": "one", "cores": 2, "memory_gb": 8, "load": 0.0, "python": "3.11", "versions": {}}
    return {"about": about, "filling": [], "figures": list(figures), "unfinished": []} | more


def verdict(what, *figures, **more):
    (one,) = [one for one in verdicts(Figures(found(*figures, **more))) if one.what == what]
    return one


LIST = "List page, 50 rows, no filter: program"


def test_a_target_is_reached_by_the_costlier_reader_or_not_at_all():
    cheap, dear = figure("list", "none", who=EVERYTHING, app=0.009), figure("list", "none", who=PART, app=0.011)
    assert verdict(LIST, cheap).is_reached is True
    assert (verdict(LIST, cheap, dear).is_reached, verdict(LIST, cheap, dear).measured) == (False, "11 ms (no filter, reader of part)")


def test_what_was_not_measured_or_failed_is_neither_reached_nor_missed():
    other = figure("list", "by title")
    assert verdict(LIST, other).is_reached is None
    assert verdict(LIST, other, figure("list", "none") | {"failed": "ValueError"}).is_reached is None


def test_only_the_largest_register_counts_for_a_target():
    assert verdict(LIST, figure("list", "none", SMALL, app=0.001), figure("list", "none", LARGE, app=0.5)).is_reached is False


def test_growth_is_the_slope_of_the_logarithms():
    flat = [figure("list", "none", size) for size in (SMALL, LARGE)]
    tenfold = [figure("list", "none", size, app=seconds, database=0.0) for size, seconds in ((SMALL, 0.01), (LARGE, 0.1))]
    assert [Figures(found(*both)).slope("list", "none") for both in (flat, tenfold)] == pytest.approx([0.0, 0.5])
    assert verdict("List page, 10k to 1M", *tenfold).is_reached is False


def test_a_million_within_a_quarter_of_an_hour_is_filled_fast_enough():
    def filled(minutes):
        told = {"size": LARGE, "on": "PostgreSQL", "seconds": minutes * 60, "settled": 9, "rows": 5e7, "bytes": 17e9}
        return verdict("Filling with made-up records, through rules and history", figure("list", "none"), filling=[told])

    assert [filled(14.9).is_reached, filled(15.1).is_reached] == [True, False]
    assert "(50.0 million rows, 17.0 GB)" in filled(14.9).measured


@pytest.mark.parametrize(("longest", "is_reached"), [(1.9, True), (2.1, False)])
def test_nobody_waits_for_a_migration_longer_than_two_seconds(longest, is_reached):
    waits = {"longest_engagement_seconds": 0.1, "longest_participation_seconds": 0.1, "longest_record_seconds": longest}
    assert (
        verdict("Migrations: longest wait of who saves or reads meanwhile", figure("migrations", "0011", **waits)).is_reached is is_reached
    )


def test_others_stand_beside_ours_as_times_of_it_each_by_its_unit():
    figures = [
        figure("list", "none"), figure("list", "none", by="plain", app=0.05, database=0.01),
        figure("export CSV", "all", rows=1_000, app=0.04, database=0.01),
        figure("export CSV", "all", rows=10, by="limit", app=0.0, database=0.0002),
    ]  # fmt: skip
    assert beside(Figures(found(*figures)), LARGE) == (
        ["work", "unit", "Entente", "database alone", "plain Django"],
        [["list, no filter", "ms", "6.0", "", "60 (10 x)"], ["CSV, a row", "µs", "50", "20 (0.40 x)", ""]],
    )


def test_a_run_writes_its_part_of_the_page_and_leaves_the_rest(tmp_path):
    page = tmp_path / "performance.md"
    write(found(figure("list", "none", app=0.009)), page)
    page.write_text(page.read_text().replace("# Performance", "# Mine") + "\nWritten by hand.\n")
    write(found(figure("list", "none", app=0.011)), page)
    text = page.read_text()
    assert (text.startswith("# Mine"), text.endswith("\nWritten by hand.\n"), text.count("## Targets")) == (True, True, 1)
    assert "9.0 ms" not in text
    assert "11 ms" in text


def test_what_failed_and_what_there_was_no_time_for_is_told(tmp_path):
    page = tmp_path / "performance.md"
    write(
        found(figure("list", "none"), figure("map", "world") | {"failed": "ValueError: broken"}, unfinished=["search: no time was left"]),
        page,
    )
    assert "- Entente: ValueError: broken (map, world, everything, 1,000,000 PostgreSQL)\n- search: no time was left\n" in page.read_text()
