"""Ours beside the database's limit and beside each of the others, on the same rows in the same run, as processor time of one unit."""

from collections.abc import Sequence

from bench.figures import BY, EVERYTHING, PART, Figure, Figures, cost

# What is told of each: the work, the case, and how it is called.
PAGES = [
    ("list", "none", "list, no filter"),
    ("list", "kind often", "list, a kind that half of them are"),
    ("list", "kind rarely", "list, a rare kind"),
    ("list", "country often", "list, the country met most often"),
    ("list", "country rarely", "list, a rare country"),
    ("list", "strategy rarely", "list, a rare strategy"),
    ("list", "status and scope", "list, status and scope"),
    ("list", "by title", "list, sorted by title"),
    ("list", "deep page", "list, near the end"),
    ("count", "exact", "exact count"),
    ("facets", "none", "facets"),
    ("search", "rare word", "search, rare word"),
    ("search", "common word", "search, common word"),
    ("report", "year, kind, region", "year x kind x region, the numbers"),
    ("map", "world", "map, the numbers"),
    ("record", "typical", "record page"),
    ("create", "quick log", "new record"),
]
ROWS = [
    ("export CSV", "all", "CSV, a row"),
    ("export XLSX", "all", "XLSX, a row"),
    ("import", "check and commit", "import, a record"),
]
OTHERS = ["limit", "plain", "admin", "datasette", "import_export", "django_tables2"]


def beside(figures: Figures, size: int) -> tuple[list[str], list[list[str]]]:
    """(heads, rows) of the table at one size; others that were asked nothing there have no column."""
    asked = [(*page, "ms") for page in PAGES] + [(*row, "µs") for row in ROWS]
    found = [(label, unit, _figures(figures, work, case, size)) for work, case, label, unit in asked]
    told = [(label, unit, of) for label, unit, of in found if "entente" in of and len(of) > 1]
    others = [by for by in OTHERS if any(by in of for _label, _unit, of in told)]
    heads = ["work", "unit", BY["entente"], *(BY[by] for by in others)]
    return heads, [[label, unit, *_cells(of, others, unit)] for label, unit, of in told]


def _figures(figures: Figures, work: str, case: str, size: int) -> dict[str, Figure]:
    """{by: figure} for the reader whom most of them were asked as."""
    best: dict[str, Figure] = {}
    for who in (EVERYTHING, PART, ""):
        found = {by: figure for by in ("entente", *OTHERS) if (figure := figures.one(work, case, who=who, by=by, size=size))}
        if "entente" in found and len(found) > len(best):
            best = found
    return best


def _cells(of: dict[str, Figure], others: Sequence[str], unit: str) -> list[str]:
    ours = per_unit(of["entente"], unit)
    cells = [number(ours)]
    for by in others:
        theirs = per_unit(of[by], unit) if by in of else None
        cells.append("" if theirs is None else f"{number(theirs)} ({ratio(theirs / max(ours, 1e-9))})")
    return cells


def per_unit(figure: Figure, unit: str) -> float:
    """Milliseconds of one call, or microseconds of one row."""
    return cost(figure) * 1000 if unit == "ms" else cost(figure) * 1e6 / figure["rows"]


def number(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def ratio(value: float) -> str:
    return f"{value:.2f} x" if value < 1 else f"{value:.1f} x" if value < 10 else f"{value:,.0f} x"
