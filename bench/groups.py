"""What is measured: each function asks one kind of work of Entente, of the database alone, and of the others."""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.http import QueryDict

from bench import limits, numbers, pages, peers, plain
from bench.busy import crowd, team, writes
from bench.figures import EVERYTHING, PART, READERS
from bench.measure import Told
from bench.others import datasette, imports, migrations
from bench.people import browser, person
from bench.profiles import profiles

FACETS = {
    "none": "",
    "kind often": "kind=engagement",
    "country often": "country={often}",
    "region and kind": "region=m49:002&kind=training",
}
REPORTS = {"page, year by kind": "trend", "page, region by kind": "regions", "page, country by year": "countries"}
NUMBERS = {
    ("report", "year, kind, region"): numbers.cross,
    ("report", "year, kind, region, counted anew"): numbers.cross_anew,
    ("map", "world"): numbers.of_map,
}
PEERS_ROWS = 1_000
XLSX_ROWS = 5_000


def has_limit() -> bool:
    return connection.vendor == "postgresql"


def lists(told: Told) -> None:
    """The list: filters, sorts, the last page, each as both readers."""
    known = pages.values()
    for who in READERS:
        client = browser(who)
        for case, query in pages.filters(known).items():
            told.measured("list", case, lambda client=client, query=query: pages.get(client, f"{pages.LIST}?{query}"), who=who)
        for case, query in pages.SORTS.items():
            if query:
                told.measured("list", case, lambda client=client, query=query: pages.get(client, f"{pages.LIST}?{query}"), who=who)
        with told.caught("list", "deep page", who=who):
            address = deep_page(client)
            told.measured("list", "deep page", lambda client=client, address=address: pages.get(client, address), who=who)
        if has_limit():
            for case, condition in limits.conditions(known).items():
                told.measured("list", case, limits.asked(limits.of_list(condition, who)), who=who, by="limit")


def deep_page(client: Any) -> str:
    """The address of a page near the list's end: the place that the pager names when the oldest come first."""
    text = pages.get(client, f"{pages.LIST}?sort=start").decode().replace("&amp;", "&")
    place = re.search(r'href="[^"]*[?&]after=([^"&]+)', text)
    if place:
        return f"{pages.LIST}?after={place[1]}"
    numbers = [int(number) for number in re.findall(r'href="[^"]*[?&]page=(\d+)', text)]
    if not numbers:
        raise LookupError("the list offers no further page")
    return f"{pages.LIST}?page={max(numbers)}"


def facets(told: Told) -> None:
    known = pages.values()
    for who in READERS:
        client, user = browser(who), person(who)
        for case, query in FACETS.items():
            address = f"/engagements/facets/?{query.format(often=known.often)}"
            told.measured("facets", case, lambda client=client, address=address: pages.get(client, address), who=who)
        told.measured("count", "exact", lambda user=user: numbers.count(user), who=who)
        if has_limit():
            for case, condition in limits.conditions(known).items():
                if case in FACETS:
                    told.measured("facets", case, limits.asked(*limits.of_facets(condition, who)), who=who, by="limit")
            told.measured("count", "exact", limits.asked(limits.of_count(who)), who=who, by="limit")


def search(told: Told) -> None:
    known = pages.values()
    words = {"rare word": known.word_rarely, "common word": known.word_often, "two words": f"{known.word_often} {known.word_rarely}"}
    for who in READERS:
        client = browser(who)
        for case, text in words.items():
            for work, address in (("search", "/search/?q="), ("list", "/engagements/?q=")):
                at = address + text.replace(" ", "+")
                told.measured(work, case, lambda client=client, at=at: pages.get(client, at), who=who)
            if has_limit() and " " not in text:
                told.measured("search", case, limits.asked(limits.of_search(text, who)), who=who, by="limit")


def reports(told: Told) -> None:
    """The numbers by themselves, which is what the others are asked too, and the pages that show such."""
    for who in READERS:
        client, user = browser(who), person(who)
        for (work, case), act in NUMBERS.items():
            told.measured(work, case, lambda act=act, user=user: act(user), who=who)
        for case, name in REPORTS.items():
            told.measured("report", case, lambda client=client, at=f"/reports/{name}/": pages.get(client, at), who=who)
        told.measured("map", "page", lambda client=client: pages.get(client, "/reports/map/"), who=who)
        told.measured("home", "home page", lambda client=client: pages.get(client, "/"), who=who)
        if has_limit():
            told.measured("report", "year, kind, region", limits.asked(limits.of_report(who)), who=who, by="limit")
            told.measured("map", "world", limits.asked(limits.of_map(who)), who=who, by="limit")


def records(told: Told) -> None:
    known = pages.values()
    for who in READERS:
        client = browser(who)
        for case, reference in {"typical": known.typical, "most participants": known.largest}.items():
            told.measured("record", case, lambda client=client, at=reference: pages.get(client, f"/engagements/{at}/"), who=who)
        told.measured("record", "history", lambda client=client: pages.get(client, f"/engagements/{known.typical}/history/"), who=who)


def usual(told: Told) -> None:
    """Plain Django, and its admin."""
    known = pages.values()
    for who in READERS:
        user = person(who)
        asked = {case: query for case, query in pages.filters(known).items() if case != "region and kind"}
        for case, query in asked.items():
            told.measured("list", case, lambda user=user, query=query: plain.list_page(user, QueryDict(query)), who=who, by="plain")
        told.measured("list", "deep page", lambda user=user: plain.list_page(user, {"page": "last"}), who=who, by="plain")
        told.measured("facets", "none", lambda user=user: plain.facets(user), who=who, by="plain")
        told.measured("report", "year, kind, region", lambda user=user: plain.report(user), who=who, by="plain")
        told.measured("map", "world", lambda user=user: plain.world_map(user), who=who, by="plain")
        told.measured("record", "typical", lambda user=user: plain.record_page(user, known.typical), who=who, by="plain")
        for case, word in {"rare word": known.word_rarely, "common word": known.word_often}.items():
            told.measured("search", case, lambda user=user, word=word: plain.list_page(user, {"q": word}), who=who, by="plain")
    for case, ask in peers.changelist(known).items():
        work = "search" if case.endswith("word") else "list"
        told.measured(work, case, ask, who=EVERYTHING, by="admin")


def files(told: Told) -> None:
    """Files of everything a reader sees; ``BENCH_ROWS`` (0: all of them) bounds the rows of one file."""
    from engagements.models import Engagement

    most = int(os.environ.get("BENCH_ROWS", "0"))
    count = Engagement._base_manager.count()
    for who in READERS:
        user = person(who)
        told.measured("export CSV", "warm-up", lambda user=user: export(user, "csv", 500), who=who, rows=500)
        rows = export(user, "csv", 0, is_counted_only=True)
        if most or count <= 200_000 or who == PART:  # the file of a million rows says what that of a part of them says
            in_file = min(most, rows) if most else rows
            how = {"rows": in_file, "is_once": in_file > 50_000, "budget": 4.0, "most": 4}
            told.measured("export CSV", "all", lambda user=user: export(user, "csv", most), who=who, **how)
            if has_limit():
                told.measured("export CSV", "all", lambda user=user: copy_only(user, most), who=who, by="limit", **how)
                told.measured("export CSV", "all", lambda user=user: narrow_copy(user), who=who, by="limit, few columns", **how)
        most_rows = min(XLSX_ROWS, rows)
        told.measured("export XLSX", "all", lambda user=user, n=most_rows: export(user, "xlsx", n), who=who, rows=most_rows, is_once=True)
        few = min(PEERS_ROWS, rows)
        once = {"who": who, "rows": few, "is_once": True}
        told.measured("export CSV", "all", lambda user=user, n=few: plain.csv_file(user, n), by="plain", **once)
        chosen = Engagement.objects.visible_to(user).filter(pk__in=first_keys(user, few))
        for by, act in {peers.IMPORT_EXPORT: peers.by_import_export, peers.TABLES2: peers.by_tables2}.items():
            if peers.IS_THERE[by]:
                for work, kind in (("export CSV", "csv"), ("export XLSX", "xlsx"))[: 1 if who == EVERYTHING else 2]:
                    told.measured(work, "all", lambda act=act, kind=kind, rows=chosen: act(rows, kind), by=by, **once)
            else:
                told.line("export CSV", "all", who=who, by=by, failed="not installed here", is_known=True)


def first_keys(user: Any, count: int) -> list[int]:
    from engagements.models import Engagement

    return list(Engagement.objects.visible_to(user).current().order_by("pk").values_list("pk", flat=True)[:count])


def asked_for(user: Any, file_format: str, most: int) -> Any:
    """What the export page makes of its address, of the first ``most`` records where it is not 0."""
    from engagements.export.making import Asked
    from engagements.filters import EngagementFilter

    asked = Asked(QueryDict(f"format={file_format}"), user)
    if most:
        asked.rows = EngagementFilter(asked.query, queryset=asked.visible.filter(pk__in=first_keys(user, most)), user=user)
    return asked


def export(user: Any, file_format: str, most: int, *, is_counted_only: bool = False) -> int:
    from engagements.export.making import make

    asked = asked_for(user, file_format, most)
    if is_counted_only:
        return int(asked.rows.qs.order_by().count())
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "file").open("w+b") as file:
        return make(file, asked, reason="bench", folder=folder).rows


def copy_only(user: Any, most: int) -> int:
    """The same SELECT as a bare COPY, read and thrown away."""
    from engagements.export.layouts import LAYOUTS
    from engagements.export.sql import statement

    asked = asked_for(user, "csv", most)
    sql, parameters = statement(LAYOUTS["engagements"], asked.rows.qs, asked.visible, connection)
    return copied(sql, parameters, "SET LOCAL enable_hashagg = off; SET LOCAL join_collapse_limit = 1;")


def copied(sql: str, parameters: Any = (), more: str = "") -> int:
    """Bytes of a COPY, which is given what the export gives itself; who asks after it has the usual settings again."""
    import psycopg

    with transaction.atomic(), connection.cursor() as settings:
        settings.execute(f"{more} SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '16MB'; SET LOCAL statement_timeout = 0")
        size = 0
        with psycopg.ClientCursor(connection.connection) as cursor:
            query = cursor.mogrify(sql, parameters) if parameters else sql
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)".encode()) as blocks:
                for block in blocks:
                    size += len(block)
    return size


def narrow_copy(user: Any) -> int:
    """Participants, strategies and outcomes only, grouped by hand: the few columns of design."""
    who = EVERYTHING if user.clearance == "restricted" else PART
    return copied(limits.of_file(who))


GROUPS: dict[str, Callable[[Told], None]] = {
    "lists": lists, "facets": facets, "search": search, "reports": reports, "records": records, "usual": usual, "files": files,
    "writes": writes, "crowd": crowd, "team": team, "datasette": datasette, "imports": imports, "migrations": migrations,
    "profiles": profiles,
}  # fmt: skip
