"""Where the time of a page or file goes: the program's by parts of it, the database's by statement."""

import cProfile
import pstats
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from bench import numbers, pages
from bench.figures import PART
from bench.measure import Told
from bench.people import browser, person
from bench.site import ROOT
from engagements.export.making import Asked, make

SHOWN, STATEMENTS = 7, 3
YEAR = 2019
OTHERS = [  # by the first that is in a file's name
    ("/django/template/", "Django: templates"),
    ("/django/db/", "Django: queries"),
    ("/django/forms/", "Django: forms"),
    ("/django_filters/", "Django: forms"),
    ("/django/utils/", "Django: texts"),
    ("/django/", "Django: request and answer"),
    ("/psycopg", "psycopg"),
    ("/xlsxwriter/", "xlsxwriter"),
    ("/site-packages/", "other libraries"),
    ("/bench/", "this measurement"),
]


def profiles(told: Told) -> None:
    """Of pages that have a target, for a reader who sees part of the register; each after two calls that filled the caches."""
    known, client, user = pages.values(), browser(PART), person(PART)
    asked: dict[str, Callable[[], Any]] = {
        "list, no filter": lambda: pages.get(client, pages.LIST),
        "list, status and scope": lambda: pages.get(client, f"{pages.LIST}?status=completed&scope=bilateral"),
        "list, exact count": lambda: pages.get(client, f"{pages.LIST}?count=exact"),
        "facets": lambda: pages.get(client, "/engagements/facets/"),
        "year x kind x region, the numbers": lambda: numbers.cross(user),
        "page, region by kind": lambda: pages.get(client, "/reports/regions/"),
        "search, rare word": lambda: pages.get(client, f"/search/?q={known.word_rarely}"),
        "search, common word": lambda: pages.get(client, f"/search/?q={known.word_often}"),
        "record page": lambda: pages.get(client, f"/engagements/{known.typical}/"),
        "CSV of a year": lambda: export(user, f"format=csv&year={YEAR}"),
        "XLSX of a year and a kind": lambda: export(user, f"format=xlsx&year={YEAR}&kind=training"),
    }
    for case, act in asked.items():
        with told.caught("profile", case):
            for _turn in range(2):
                act()
            told.line("profile", case, who=PART, parts=parts(act), statements=statements(act))


def export(user: Any, query: str) -> int:
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "file").open("w+b") as file:
        return make(file, Asked(QueryDict(query), user), reason="bench", folder=folder).rows


def parts(act: Callable[[], Any]) -> list[tuple[str, float]]:
    """(part, its share of the processor time), largest first. What is built into Python counts for who called it."""
    with cProfile.Profile(time.process_time) as profile:
        act()
    seconds: Counter[str] = Counter()
    for (file, _line, _name), (_calls, _all, own, _with_callees, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file == "~" and callers:
            for (from_file, _from_line, _from_name), told in callers.items():
                seconds[part_of(from_file)] += told[2]
        else:
            seconds[part_of(file)] += own
    total = sum(seconds.values()) or 1.0
    return [(name, spent / total) for name, spent in seconds.most_common(SHOWN)]


def part_of(file: str) -> str:
    if file.startswith(str(ROOT)) and "/site-packages/" not in file and "/bench/" not in file:
        return str(Path(file).relative_to(ROOT))
    return next((name for piece, name in OTHERS if piece in file), "Python's library")


def statements(act: Callable[[], Any]) -> list[tuple[str, float]]:
    """The slowest statements of one call: (what they ask, seconds of the wall)."""
    with CaptureQueriesContext(connection) as asked:
        act()
    found = sorted(((float(query["time"]), query["sql"]) for query in asked.captured_queries), reverse=True)
    return [(in_short(sql), seconds) for seconds, sql in found[:STATEMENTS]]


def in_short(sql: str) -> str:
    """What a statement does and with which tables."""
    tables = list(dict.fromkeys(re.findall(r'(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?', sql)))
    verb = sql.split(None, 1)[0]
    counts = "count of " if re.match(r"SELECT COUNT\(", sql) else ""
    return f"{verb.strip('(')} {counts}{', '.join(tables[:4])}"
