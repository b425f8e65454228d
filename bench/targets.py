"""What was promised (the figures to reach), and whether the run reached it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.figures import EVERYTHING, LONG_FILE, PART, Figures, cost, rate

BOTH = (EVERYTHING, PART)
FILLED = 1_000_000 / (15 * 60)  # records a second
DEEP = 1.5  # times the first page: as good as the same


@dataclass(frozen=True)
class Verdict:
    what: str
    target: str
    measured: str
    is_reached: bool | None  # None: not measured in this run


def _said(case: str, who: str) -> str:
    return f"{'no filter' if case == 'none' else case}, reader of {who}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:,.0f} ms"


def _worst(figures: Figures, work: str, cases: Iterable[str], part: str) -> tuple[float, str] | None:
    """The costliest of the cases for either reader, and which it was."""
    found = [
        (cost(figure, part), _said(case, who))
        for who in BOTH
        for case in cases
        if (figure := figures.one(work, case, who=who, size=figures.largest))
    ]
    return max(found, default=None)


def _below(figures: Figures, what: str, work: str, cases: Iterable[str], part: str, seconds: float) -> Verdict:
    words = {"app": "program", "database": "database", "cpu": "program and database"}[part]
    target = f"{seconds * 1000:.0f} ms of processor time ({words})"
    worst = _worst(figures, work, cases, part)
    if worst is None:
        return Verdict(what, target, "", None)
    return Verdict(what, target, f"{_ms(worst[0])} ({worst[1]})", worst[0] <= seconds)


def _shown(figures: Figures, what: str, work: str, cases: Iterable[str]) -> Verdict:
    """What has no target, beside what has one."""
    worst = _worst(figures, work, cases, "cpu")
    return Verdict(what, "-", f"{_ms(worst[0])} ({worst[1]})" if worst else "", None)


def _exponent(figures: Figures, what: str, work: str, cases: Iterable[str], most: float, part: str = "cpu") -> Verdict:
    found = [
        (slope, _said(case, who))
        for who in BOTH
        for case in cases
        if (slope := figures.slope(work, case, part, who=who, by="entente")) is not None
    ]
    target = f"exponent at most {most}"
    if not found:
        return Verdict(what, target, "", None)
    worst = max(found)
    return Verdict(what, target, f"{worst[0]:.2f} ({worst[1]})", worst[0] <= most)


def _ratio(figures: Figures, what: str, target: str, by: str, least: float) -> Verdict:
    """The export of Entente against that of another, each at the largest size it was measured at; in rows a processor second."""
    for size in reversed(figures.sizes):
        for who in (PART, EVERYTHING):
            ours, theirs = (figures.one("export CSV", "all", who=who, size=size, by=name) for name in ("entente", by))
            if ours and theirs:
                found = rate(ours) / rate(theirs)
                return Verdict(what, target, f"{found:.2f} x ({rate(ours):,.0f} against {rate(theirs):,.0f} rows)", found >= least)
    return Verdict(what, target, "", None)


def verdicts(figures: Figures) -> list[Verdict]:
    others = {"deep page", "rare word", "common word", "two words", "by title", "by last change", "exact count"}
    filters = [case for case in figures.cases("list", by="entente") if case not in others]
    found = [
        _below(figures, "List page, 50 rows, no filter: program", "list", ["none"], "app", 0.010),
        _below(figures, "List page, 50 rows, no filter: database", "list", ["none"], "database", 0.010),
        _queries(figures),
        _exponent(figures, "List page, 10k to 1M", "list", ["none"], 0.1),
        _below(figures, "List page, any filter or pair of them", "list", filters, "database", 0.050),
        _exponent(figures, "List page, any filter: database", "list", filters, 0.2, "database"),
        _deep(figures),
        _below(figures, "List page with the exact count on demand", "list", ["exact count"], "database", 0.010),
        _below(figures, "Facets", "facets", figures.cases("facets", by="entente"), "cpu", 0.050),
        _below(figures, "Year x kind x region, the numbers", "report", ["year, kind, region"], "cpu", 0.010),
        _shown(figures, "The same, counted anew after a change", "report", ["year, kind, region, counted anew"]),
        _shown(figures, "Pages that show such numbers", "report", [case for case in figures.cases("report") if case.startswith("page")]),
        _below(figures, "Search, rare and common words", "search", ["rare word", "common word"], "cpu", 0.100),
        _ratio(figures, "CSV against the same SELECT as a bare COPY", "80 % of its rows a processor second", "limit", 0.8),
        _ratio(figures, "CSV against plain Django", "20 x", "plain", 20),
        _ratio(figures, "CSV against Datasette (from a table that is flat already)", "2.5 x", "datasette", 2.5),
        _memory(figures),
        *_imports(figures),
        _import_memory(figures),
        _filled(figures),
        _waiting(figures),
        _locks(figures),
        _answered(figures),
    ]
    return found


def _queries(figures: Figures) -> Verdict:
    found = [figure["queries"] for who in BOTH if (figure := figures.one("list", "none", who=who, size=figures.largest))]
    return Verdict("List page: queries", "at most 4", str(max(found, default="")), max(found) <= 4 if found else None)


def _deep(figures: Figures) -> Verdict:
    """The last page against the first."""
    pairs = [[figures.one("list", case, who=who, size=figures.largest) for case in ("deep page", "none")] for who in BOTH]
    found = [cost(deep) / cost(first) for deep, first in pairs if deep and first]
    shown = f"{max(found):.1f} x" if found else ""
    return Verdict("List, page at depth", f"the cost of the first page (at most {DEEP} x)", shown, max(found) <= DEEP if found else None)


def _memory(figures: Figures) -> Verdict:
    exports = figures.select(work="export CSV", case="all", by="entente", on="PostgreSQL", who=PART)
    peaks = [(figure["size"], figure["memory"]) for figure in exports if "failed" not in figure]
    what, target = "CSV: growth of peak memory, smallest to largest register", "10 MB"
    if len(peaks) < 2:
        return Verdict(what, target, "", None)
    grown = max(peaks)[1] - min(peaks)[1]
    return Verdict(what, target, f"{grown / 1e6:.1f} MB", grown <= 10e6)


def _imports(figures: Figures) -> Iterator[Verdict]:
    """By how many records there are already: each line is compared with those, and their indexes are deeper."""
    for size in figures.sizes:
        what, target = f"Import, checked and written with participants, {size:,} on file", "2,000 a processor second"
        found = figures.one("import", "check and commit", size=size)
        yield Verdict(what, target, f"{rate(found):,.0f}" if found else "", rate(found) >= 2000 if found else None)
    for one in figures.select(work="import", case="check and commit", by="entente", on="SQLite")[-1:]:
        told = "" if "failed" in one else f"{rate(one):,.0f}"
        reached = rate(one) >= 1000 if told else None
        yield Verdict(f"Import on SQLite, {one['size']:,} on file", "1,000 a processor second", told, reached)


def _import_memory(figures: Figures) -> Verdict:
    what, target = "Import: growth of peak memory, 10,000 to 250,000 lines", "20 MB"
    found = figures.one("import", LONG_FILE)
    return Verdict(what, target, f"{found['grown'] / 1e6:.1f} MB" if found else "", found["grown"] <= 20e6 if found else None)


def _filled(figures: Figures) -> Verdict:
    """The largest register, as fast as a million in a quarter of an hour."""
    what, target = "Filling with made-up records, through rules and history", f"{FILLED:,.0f} a second: a million in 15 minutes"
    found = [one for one in figures.found.get("filling", []) if (one["size"], one["on"]) == (figures.largest, "PostgreSQL")]
    if not found:
        return Verdict(what, target, "", None)
    one = found[-1]
    told = f"{one['size'] / one['seconds']:,.0f} a second: {one['size']:,} in {one['seconds'] / 60:.1f} minutes"
    told += f" ({one['rows'] / 1e6:.1f} million rows, {one['bytes'] / 1e9:.1f} GB)"
    return Verdict(what, target, told, one["size"] / one["seconds"] >= FILLED)


def _waiting(figures: Figures) -> Verdict:
    what, target = "Migrations: longest wait of who saves or reads meanwhile", "2 s"
    found = figures.select(work="migrations", on="PostgreSQL", size=figures.largest)
    waits = [seconds for figure in found for name, seconds in figure.items() if name.startswith("longest_")]
    return Verdict(what, target, f"{max(waits):.2f} s" if waits else "", max(waits) <= 2 if waits else None)


def _answered(figures: Figures) -> Verdict:
    what, target = "1, 8 and 32 people at once: answers that failed", "0"
    told = [figure for figure in figures.select(work="crowd", size=figures.largest) if "failed" not in figure]
    bad = ", ".join(filter(None, (figure["failures"] for figure in told)))
    return Verdict(what, target, (bad or f"0 of {sum(figure['calls'] for figure in told):,}") if told else "", not bad if told else None)


def _locks(figures: Figures) -> Verdict:
    told = [figure for figure in figures.select(work="team") if "failed" not in figure]
    bad = sum(figure.get("locked", 0) for figure in told[-1:]) + sum(1 for figure in told if figure.get("failures"))
    return Verdict("SQLite: lock errors of ten people and of 20 writers", "0", str(bad) if told else "", bad == 0 if told else None)
