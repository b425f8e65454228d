"""The tables of docs/performance.md: everything between the two marks is written anew by each run, the rest is left as it is."""

from pathlib import Path
from typing import Any

from bench.beside import beside
from bench.figures import BY, EVERYTHING, PART, READERS, Figure, Figures, cost, rate
from bench.pictures import draw
from bench.targets import verdicts

BEGIN = "<!-- Written by script/bench from here on: a new run replaces it. -->"
END = "<!-- Written by script/bench up to here. -->"
OPENING = f"""# Performance

What Entente costs with many records, measured beside the database alone and beside others on the same rows. `docs/figures.md` has the
figures of earlier work. The sections below the tables are written by hand.

{BEGIN}
{END}
"""
OF_FILES = """Entente writes 60 columns with formulas made harmless, under the rule of who may see what, with the number of rows and the
checksum of the file; the peers write 20 to 25 columns."""
OF_BESIDE = """Processor time of one unit, program and database together, all in the same run and on the same rows. In parentheses, how many
times what Entente costs: above 1 the other costs more. Bare SQL is no page: it reads the rows of one and throws them away. The pages of the
others say less than ours."""
OF_PROFILES = """One call of each with {size:,} engagements, for the reader of *part*, under Python's profiler, which makes many small calls
look dearer than they are: shares, not times. Statements by the wall, as the program saw them."""
OF_CROWDS = """The server of `script/server` (granian), asked over HTTP on this machine by people who wait for one answer before the next
question: lists, filters, records, searches and the home page. Those who ask use the same processor."""
OF_WRITES = """Through the form, with every rule, the history and the search index. Plain Django: through the models alone. Database alone:
the bare rows, without triggers and keys elsewhere."""
OF_MIGRATIONS = """The latest migrations are taken back and applied again, with every trigger, while one process saves into the two largest
tables and another reads them, each every 50 ms. How it is done: [scale](scale.md)."""
OF_FILLING = """`manage.py synthesize`, one register after another, with all rules, the history and the search index; two connections on
PostgreSQL. Then `VACUUM ANALYZE`."""
ROOT = Path(__file__).parent.parent
OTHERS = ("limit", "plain", "admin", "datasette")
WORKS = {
    "list": "List page, 50 rows",
    "facets": "Facets: the numbers beside all values of the filter panel",
    "search": "Search",
    "count": "Counting what a reader may see",
    "report": "Reports",
    "map": "Map",
    "home": "Home page",
    "record": "Record page",
}
TITLES = {"export CSV": "CSV", "export XLSX": "XLSX"}


def write(found: dict[str, Any], path: Path) -> None:
    figures = Figures(found)
    pictures = draw(figures, path.parent / "performance")
    text = path.read_text() if path.exists() else OPENING
    if BEGIN not in text or END not in text:
        text = f"{text.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    body = "\n".join(_body(figures, pictures))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(row) + " |" for row in rows), ""]


def ms(seconds: float) -> str:
    value = seconds * 1000
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _body(figures: Figures, pictures: dict[str, str]) -> list[str]:
    lines = [*_how(figures)]
    found = verdicts(figures)
    lines += ["## Targets", "", f"At {figures.largest:,} engagements, for the costlier of the two readers.", ""]
    said = {True: "yes", False: "no", None: "not measured"}
    lines += table(
        ["what", "target", "measured", "reached"],
        [[v.what, v.target, v.measured or "-", "-" if v.target == "-" else said[v.is_reached]] for v in found],
    )
    lines += _beside(figures, pictures)
    for work, title in WORKS.items():
        lines += _pages(figures, work, title)
    lines += [
        *_profiles(figures),
        *_growth(figures, pictures),
        *_files(figures, pictures),
        *_imports(figures),
        *_writes(figures),
        *_crowd(figures, pictures),
    ]
    lines += [*_sqlite(figures), *_migrations(figures), *_filling(figures), *_cannot(figures)]
    return lines


HOW = """## How it was measured

`script/bench` on {on}, in {minutes:.0f} minutes: {processor}, {cores} cores, {memory_gb} GB; load {load:.1f} when it began.
Python {python}, {server}{versions}.

Registers of {sizes} made-up engagements on PostgreSQL (`manage.py synthesize`, with the record of `fixtures/` beside them), each with
four participants on average, strategies, themes, outcomes, its history and its words in the search index.

Two readers: {readers}. The rule of who may see what is in each query, and each question is asked for both.

Processor time is the figure to trust. That of a program is of its process, that of PostgreSQL of the backend that served it
(`/proc/<pid>/task/*/schedstat`). Backends work without parallel helpers, whose time would be in nobody's account: a wall may be longer
here than with them. Figures are medians of calls after the first, which fills caches; its own cost stands beside them ("first call").
Queries are those of a later call, too. What takes others longer than four seconds is asked once. p50 and p95 are waiting times: half of
the calls, and 95 of 100, were answered within them. A page is asked through the whole program, without the network. Memory is what the
process grew by at its peak.

*Database alone* is the same question as bare SQL, written by hand on the same tables. *Plain Django* is the usual way on the same models:
a filter form, prefetch, paginator, template, `csv.writer`. *Django admin* is a `ModelAdmin` with our columns, filters and two search
fields; it has no rule of visibility. *Datasette*, as it is installed, serves the flat export as one SQLite table with indexes and full
text; its cost is its process's. It has no regions: there, year by kind by country is asked.

Again: `script/bench`; smaller: `script/bench --sizes 2000,10000 --doc FILE`; `--json FILE` has every figure.
"""


def _how(figures: Figures) -> list[str]:
    about = figures.found["about"]
    server = f"PostgreSQL {about['server_version']} (shared_buffers {about['shared_buffers']}), " if "server_version" in about else ""
    said = {
        "minutes": about.get("minutes", 0),
        "server": server,
        "versions": ", ".join(f"{name} {number}" for name, number in about["versions"].items()),
        "sizes": ", ".join(f"{size:,}" for size in figures.sizes) or "no",
        "readers": "; ".join(f"*{who}*, {what}" for who, what in READERS.items()),
    }
    return [HOW.format(**about | said)]


def _beside(figures: Figures, pictures: dict[str, str]) -> list[str]:
    """At the largest size, and at the one at which most of the others were asked."""
    sizes = [figures.largest, max((f["size"] for f in figures.select(by="datasette") if "failed" not in f), default=figures.largest)]
    lines: list[str] = []
    for size in dict.fromkeys(sizes):
        heads, rows = beside(figures, size)
        lines += [f"With {size:,} engagements:", "", *table(heads, rows)] if rows else []
    picture = [f"![Beside others]({pictures['beside']})", ""] if "beside" in pictures else []
    return ["## Beside the limit and beside others", "", OF_BESIDE, "", *lines, *picture] if lines else []


def _pages(figures: Figures, work: str, title: str) -> list[str]:
    """One table of a kind of page at the largest size, with what the others cost at the largest size they were asked at."""
    cases = figures.cases(work)
    if not cases:
        return []
    others = [by for by in OTHERS if figures.select(work=work, by=by, on="PostgreSQL")]
    sizes = {by: max(figure["size"] for figure in figures.select(work=work, by=by, on="PostgreSQL")) for by in others}
    heads = ["question", "reader", "program, cpu ms", "database, cpu ms", "p50 ms", "p95 ms", "first call, cpu ms", "queries", "MB"]
    heads += [f"{BY[by]}, cpu ms" + ("" if sizes[by] == figures.largest else f" at {sizes[by]:,}") for by in others]
    rows = []
    for case in cases:
        for who in (EVERYTHING, PART):
            ours = figures.one(work, case, who=who, size=figures.largest)
            theirs = [figures.one(work, case, who=who, by=by, size=sizes[by]) for by in others]
            if not ours and not any(theirs):
                continue
            row = [case, who, *(_shown(ours) if ours else ["-"] * 7)]
            rows.append([*row, *("-" if figure is None else ms(cost(figure)) for figure in theirs)])
    return [f"## {title}", "", f"{figures.largest:,} engagements.", "", *table(heads, rows)]


def _shown(figure: Figure) -> list[str]:
    parts = [ms(figure[part]) for part in ("app", "database", "p50", "p95")]
    return [*parts, ms(figure.get("first", 0.0)), str(figure["queries"]), f"{figure['memory'] / 1e6:.1f}"]


def _profiles(figures: Figures) -> list[str]:
    rows = [
        [f["case"], ", ".join(f"{name} {share:.0%}" for name, share in f["parts"]),
         "; ".join(f"{what}: {ms(seconds)} ms" for what, seconds in f["statements"]) or "asks nothing"]
        for f in figures.select(work="profile", size=figures.largest) if "failed" not in f
    ]  # fmt: skip
    heads = ["question", "the program's time, largest parts", "slowest statements"]
    return ["## Where the time goes", "", OF_PROFILES.format(size=figures.largest), "", *table(heads, rows)] if rows else []


def _growth(figures: Figures, pictures: dict[str, str]) -> list[str]:
    if len(figures.sizes) < 2:
        return []
    rows = []
    for work in [*WORKS, "create", "update"]:
        for case in figures.cases(work, by="entente", on="PostgreSQL"):
            for who in (EVERYTHING, PART):
                slope = figures.slope(work, case, who=who)
                if slope is None:
                    continue
                at = [figures.one(work, case, who=who, size=size) for size in figures.sizes]
                rows.append([f"{work}: {case}", who, *(ms(cost(one)) if one else "-" for one in at), f"{slope:.2f}"])
    heads = ["work", "reader", *(f"{size:,}, cpu ms" for size in figures.sizes), "exponent"]
    lines = [
        "## Growth",
        "",
        "Program and database together; the exponent is the slope of the logarithms: 0 costs the same, 1 is in step.",
        "",
    ]
    return lines + table(heads, rows) + ([f"![Growth]({pictures['growth']})", ""] if "growth" in pictures else [])


def _files(figures: Figures, pictures: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for work, title in TITLES.items():
        rows = []
        for figure in figures.select(work=work, case="all"):
            if "failed" not in figure:
                rows.append(
                    [
                        BY.get(figure["by"], figure["by"]), f"{figure['size']:,} {figure['on']}", figure["who"], f"{figure['rows']:,}",
                        f"{rate(figure):,.0f}", f"{figure['app']:.2f}", f"{figure['database']:.2f}", f"{figure['p50']:.2f}",
                        f"{figure['memory'] / 1e6:.1f}",
                    ]
                )  # fmt: skip
        heads = ["by", "register", "reader", "rows", "rows a cpu second", "program, cpu s", "database, cpu s", "wall s", "MB grown"]
        lines += [f"## Export: {title}", "", *table(heads, rows)] if rows else []
    return [*lines, OF_FILES, "", *([f"![Export]({pictures['export']})", ""] if "export" in pictures else [])] if lines else []


def _imports(figures: Figures) -> list[str]:
    rows = [
        [f"{f['size']:,} {f['on']}", BY.get(f["by"], f["by"]), f["case"], f"{f['rows']:,}", f"{rate(f):,.0f}", f"{f['app']:.2f}",
         f"{f['database']:.2f}", f"{f['memory'] / 1e6:.0f}" if f["memory"] else "-"]
        for f in figures.select(work="import") if "failed" not in f
    ]  # fmt: skip
    heads = ["register", "by", "step", "records", "a cpu second", "program, cpu s", "database, cpu s", "MB, whole process"]
    return ["## Import", "", *table(heads, rows)] if rows else []


def _writes(figures: Figures) -> list[str]:
    rows = [
        [f"{f['size']:,} {f['on']}", f"{work}: {f['case']}", BY.get(f["by"], f["by"]), ms(f["app"]), ms(f["database"]), ms(f["p50"]),
         ms(f["p95"]), str(f["queries"])]
        for work in ("create", "update") for f in figures.select(work=work) if "failed" not in f
    ]  # fmt: skip
    heads = ["register", "write", "by", "program, cpu ms", "database, cpu ms", "p50 ms", "p95 ms", "queries"]
    return ["## Create and update", "", OF_WRITES, "", *table(heads, rows)] if rows else []


def _crowd(figures: Figures, pictures: dict[str, str]) -> list[str]:
    rows = [
        [f"{f['size']:,} {f['on']}", f["case"], str(f["calls"]), f"{f['a_second']:.0f}", ms(f["p50"]), ms(f["p95"]), ms(f["app"]),
         ms(f["database"]), f"{f['memory'] / 1e6:.0f}", f["failures"] or "none"]
        for f in figures.select(work="crowd") if "failed" not in f
    ]  # fmt: skip
    heads = ["register", "people", "requests", "a second", "p50 ms", "p95 ms", "program, cpu ms", "database, cpu ms", "MB, all", "failed"]
    picture = [f"![Many at once]({pictures['crowd']})", ""] if "crowd" in pictures else []
    return ["## Many people at once", "", OF_CROWDS, "", *table(heads, rows), *_start(figures), *picture] if rows else []


def _start(figures: Figures) -> list[str]:
    lines = [
        f"- {f['size']:,} on {f['on']}: answers {f['ready']:.0f} s after its start; rests, with what figures are counted from in memory,"
        f" after {f['warm']:.0f} s and {f['app'] + f['database']:.0f} s of processor time; {f['memory'] / 1e6:.0f} MB in all processes."
        for f in figures.select(work="start") if "failed" not in f
    ]  # fmt: skip
    return ["The server by itself, before anybody asks:", "", *lines, ""] if lines else []


def _sqlite(figures: Figures) -> list[str]:
    told = [figure for figure in figures.select(on="SQLite") if "failed" not in figure]
    if not told:
        return []
    size = max(figure["size"] for figure in told)
    team = [
        [f["case"], str(f["calls"]), f"{f['a_second']:.0f}", ms(f["p50"]), ms(f["p95"]), ms(f["app"]), str(f["locked"]),
         f["failures"] or "none"]
        for f in told if f["work"] == "team"
    ]  # fmt: skip
    lines = ["## SQLite", "", f"{size:,} engagements in one file, one server process.", ""]
    lines += table(["people", "requests", "a second", "p50 ms", "p95 ms", "cpu ms", "locked", "failed"], team) if team else []
    pages = [[f"{f['work']}: {f['case']}", f["who"], ms(f["app"]), ms(f["p50"]), ms(f["p95"]), str(f["queries"])]
             for f in told if f["work"] in {*WORKS, "create", "update"} and f["by"] == "entente"]  # fmt: skip
    return lines + (table(["page", "reader", "cpu ms", "p50 ms", "p95 ms", "queries"], pages) if pages else [])


def _migrations(figures: Figures) -> list[str]:
    rows = [
        [f"{f['size']:,} {f['on']}", f["case"], f"{f['seconds']:.0f}", f"{f['longest_engagement_seconds']:.2f}",
         f"{f['longest_participation_seconds']:.2f}", f"{f['longest_record_seconds']:.2f}",
         f"{f['number_engagement'] + f['number_participation'] + f['number_record']:,}"]
        for f in figures.select(work="migrations") if "failed" not in f
    ]  # fmt: skip
    heads = ["register", "applied", "wall s", "longest save of a record, s", "of a participation, s", "longest read, s", "saves and reads"]
    return ["## Migrations while people work", "", OF_MIGRATIONS, "", *table(heads, rows)] if rows else []


def _filling(figures: Figures) -> list[str]:
    rows = [
        [f"{f['size']:,}", f["on"], f"{f['seconds']:,.0f}", f"{f['size'] / f['seconds']:,.0f}", f"{f['settled']:,.0f}",
         f"{f['rows'] / 1e6:,.1f} million" if f["rows"] else "", f"{f['bytes'] / 1e9:,.2f}"]
        for f in figures.found.get("filling", [])
    ]  # fmt: skip
    heads = ["engagements", "on", "wall s", "a second", "then its statistics, s", "rows in all tables", "GB"]
    return ["## Filling", "", OF_FILLING, "", *table(heads, rows)] if rows else []


def _cannot(figures: Figures) -> list[str]:
    """What somebody can not do, what failed, and what there was no time for."""
    told: dict[str, list[str]] = {}
    for figure in figures.all:
        if "failed" in figure:
            why = " ".join(figure["failed"].replace(f"{ROOT}/", "").split())
            of = f"{figure['work']}, {figure['case']}" + (f", {figure['who']}" if figure["who"] else "")
            told.setdefault(f"{BY.get(figure['by'], figure['by'])}: {why}", []).append(f"{of}, {figure['size']:,} {figure['on']}")
    lines = [f"{why} ({'; '.join(dict.fromkeys(cases))})" for why, cases in told.items()] + figures.found.get("unfinished", [])
    return ["## Not measured", "", *(f"- {line}" for line in lines), ""] if lines else []
