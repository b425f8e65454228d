"""How fast files come into the record: ``python -m bench.import [engagements ...]``, on the database of the settings.

Each round is a process of its own, which makes a file, checks it, writes it and takes it back: every record has two
participants, a strategy, money and a source, is asked every rule, and is told by the history row for row. Beside it, in the
same run: the same rows by raw COPY (executemany on SQLite) into tables without rules, and by django-import-export where it is
installed (``pip install django-import-export`` in a place of your own; the program does not need it).

Figures are seconds of processor time, of this process and of its database backend, and its largest memory in MB.
"""

import csv
import datetime as dt
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import django

SIZES = [10_000, 250_000]
OTHER = 300  # records that django-import-export is given: it has to be waited for
HEADINGS = ["number", "title", "start", "end", "place", "parties", "people", "cost", "summary"]
MAPPING = {
    "entente_mapping": 1,
    "name": "Bench",
    "constants": {"status": "completed", "handling": "official"},
    "columns": [
        {"column": "title", "to": "title"},
        {"column": "start", "to": "starts"},
        {"column": "end", "to": "ends"},
        {"column": "place", "to": "place"},
        {"column": "parties", "to": "participant", "split": ";"},
        {"column": "people", "to": "participant.personnel", "split": ";"},
        {"column": "summary", "to": "summary"},
    ],
    "identity": ["number"],
}
# The same with money, a source, a number in another system and the facts of a training.
RICH = {
    "constants": {
        "funding.currency": "USD", "funding.source": "other", "source.title": "A report", "source.publisher": "A ministry",
        "source.kind": "report",
    },
    "columns": [
        {"column": "number", "to": "external_id", "system": "bench"},
        {"column": "place", "to": "training.course"},
        {"column": "cost", "to": "funding.actual"},
    ],
}  # fmt: skip


def rows(count: int, parties: list[str]) -> Iterator[list[Any]]:
    chance = random.Random(1)
    for number in range(count):
        start = dt.date(2000, 1, 1) + dt.timedelta(days=number % 9_000)
        two = "; ".join(chance.sample(parties, 2))
        title = f"Course {number % 997} of series {number}"
        yield [
            f"B-{os.getpid()}-{number}", title, start, start + dt.timedelta(days=number % 40), f"Place {number % 499}", two,
            f"{number % 300}; {number % 70}", f"{number % 50_000}.50", f"What was taught in course {number}, and to whom.",
        ]  # fmt: skip


def measured(work: Callable[[], Any]) -> dict[str, float]:
    from bench.clock import backend, database_seconds

    process = backend()
    app, database, wall = time.process_time(), database_seconds(process), time.perf_counter()
    work()
    return {
        "app": time.process_time() - app,
        "database": database_seconds(process) - database,
        "wall": time.perf_counter() - wall,
    }


def one(count: int) -> None:
    """One round; prints its figures as JSON."""
    from django.core.files import File
    from django.db import transaction

    from accounts.models import Team, User
    from bench.clock import peak_memory
    from catalog.models import Country, EngagementType, Strategy
    from imports import committing, running, undoing, uploads
    from imports.models import Batch
    from imports.reading import FileOptions

    found: dict[str, Any] = {"started": peak_memory() / 1e6}
    with transaction.atomic():
        # Without a password: making one takes 100 MB, which an import does not.
        clerk = User.objects.create(username=f"bench-{os.getpid()}", name="Bench", role="analyst", clearance="official")
        clerk.teams.set([Team.objects.first() or Team.objects.create(code="bench", name="Bench")])
    is_rich = bool(os.environ.get("BENCH_RICH"))
    kind = EngagementType.objects.filter(kind="training" if is_rich else "engagement").first()
    mapping: dict[str, Any] = MAPPING | {
        "constants": MAPPING["constants"] | (RICH["constants"] if is_rich else {}) | {  # type: ignore[operator]
            "type": kind.code, "strategies": [Strategy.objects.first().code]
        },
        "columns": [*MAPPING["columns"], *(RICH["columns"] if is_rich else [])],  # type: ignore[misc]
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADINGS)
            writer.writerows(rows(count, [f"{name} ({code})" for name, code in Country.objects.values_list("name", "code")[:60]]))
        with path.open("rb") as opened:
            upload = uploads.keep(File(opened, name="bench.csv"), owner=clerk)
    batch = Batch.objects.create(
        upload=upload, name=upload.name, sha256=upload.sha256, owner=clerk, team=clerk.own_teams[0], mapping=mapping,
        options=FileOptions().to_dict(),
    )  # fmt: skip

    def check():
        running.take_check(batch)
        running.carry_out(batch, running.CHECK, clerk)

    def commit():
        committing.take(batch)
        running.carry_out(batch, running.COMMIT, clerk)

    def undo():
        undoing.take(batch, clerk)
        running.carry_out(batch, running.UNDO, clerk)

    found["check"] = measured(check)
    if (batch.counts["create"], batch.counts["review_lines"]) != (count, 0):
        raise SystemExit(f"The file is not read as meant: {batch.counts}")
    found["checked"] = peak_memory() / 1e6
    found["commit"] = measured(commit)
    found["memory"] = peak_memory() / 1e6
    is_long = bool(os.environ.get("BENCH_LONG"))  # of such a file only speed and memory are told
    if not is_long:
        found["raw"] = raw(batch)
    if importlib.util.find_spec("import_export") and not is_long:
        others = batch.lines.order_by("number").values_list("cells", flat=True)[:OTHER]
        found["import-export"] = measured(lambda: by_import_export(list(others), clerk, kind)) | {"of": min(OTHER, count)}
    found["undo"] = measured(undo)
    print(json.dumps(found))


def raw(batch: Any) -> dict[str, float]:
    """The rows of the batch once more, into tables of the same columns without rules, indexes or triggers."""
    import psycopg
    from django.db import connection

    from engagements.models import Engagement, ExternalId, FundingLine, Participation, Source, TrainingProgram

    total = dict.fromkeys(("app", "database", "wall"), 0.0)
    for model in (Engagement, Participation, Engagement.strategies.through, TrainingProgram, FundingLine, Source, ExternalId):
        path = "imported__batch" if model is Engagement else "engagement__imported__batch"
        fields = [str(item.attname) for item in model._meta.concrete_fields]
        held = list(model._base_manager.filter(**{path: batch}).order_by().values_list(*fields))
        table, names = f"raw_{model._meta.db_table}", ", ".join(f'"{name}"' for name in fields)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {model._meta.db_table} LIMIT 0")

        def copy(held: list = held, table: str = table, names: str = names, fields: list = fields) -> None:
            if connection.vendor == "postgresql":
                statement = f"COPY {table} ({names}) FROM STDIN"
                with closing(psycopg.Cursor(connection.connection)) as cursor, cursor.copy(statement.encode()) as lines:
                    for row in held:
                        lines.write_row(row)
            else:
                marks = ", ".join("?" for _field in fields)
                plain = [[None if value is None else str(value) for value in row] for row in held]
                connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)

        for part, seconds in measured(copy).items():
            total[part] += seconds
    return total


def by_import_export(lines: list[list[str]], clerk: Any, kind: Any) -> None:
    """The plain file by django-import-export: each record validated and saved, with participants and a strategy, in one transaction."""
    import tablib
    from import_export import fields, resources

    from catalog.models import Country, Strategy
    from engagements.models import Engagement, Participation
    from history.context import acting

    countries = {str(entry): entry for entry in Country.objects.all()}
    strategy = Strategy.objects.first()

    class Records(resources.ModelResource):
        starts_on = fields.Field(attribute="starts_on", column_name="start")
        ends_on = fields.Field(attribute="ends_on", column_name="end")

        class Meta:
            model = Engagement
            import_id_fields: list[str] = []
            force_init_instance = clean_model_instances = use_transactions = True
            fields = ("title", "starts_on", "ends_on", "place", "summary")

        def before_save_instance(self, instance: Any, _row: Any, **_more: Any) -> None:
            instance.starts_precision = instance.ends_precision = "day"

        def init_instance(self, _row: Any = None) -> Any:
            common = {"kind": kind.kind, "type": kind, "team": clerk.own_teams[0], "handling": "official", "status": "completed"}
            made = Engagement(starts_precision="day", ends_precision="day", owner=clerk, created_by=clerk, updated_by=clerk, **common)
            Engagement.objects.draw_again([made])
            return made

        def after_save_instance(self, instance: Any, row: Any, **_more: Any) -> None:
            instance.strategies.add(strategy)
            for name, people in zip(row["parties"].split("; "), row["people"].split("; "), strict=True):
                party = Participation(engagement=instance, country=countries[name.rpartition(" (")[0]], personnel=int(people))
                party.full_clean()
                party.save()

    with acting(actor=clerk, door="command"):
        Records().import_data(tablib.Dataset(*lines, headers=HEADINGS), raise_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("ENTENTE_ENV", "development")
    if os.environ.get("BENCH_ONE"):
        django.setup()
        one(int(sys.argv[1]))
        raise SystemExit
    for size in [int(text) for text in sys.argv[1:]] or SIZES:
        answer = subprocess.run(
            [sys.executable, "-m", "bench.import", str(size)],
            env=os.environ | {"BENCH_ONE": "1"},
            check=True,
            capture_output=True,
            text=True,
        )
        told = json.loads(answer.stdout.splitlines()[-1])
        for step in [name for name in ("check", "commit", "raw", "import-export", "undo") if name in told]:
            cpu, done = told[step]["app"] + told[step]["database"], told[step].get("of", size)
            print(
                f"{done:>8,} {step:<13} app {told[step]['app']:6.2f} s, database {told[step]['database']:6.2f} s,"
                f" wall {told[step]['wall']:6.1f} s: {done / cpu:8,.0f} a second of processor time"
            )
        both = sum(told[step][part] for step in ("check", "commit") for part in ("app", "database"))
        print(
            f"{size:>8,} check and commit: {size / both:,.0f} engagements a second of processor time; "
            f"{told['started']:.0f} MB at the start, {told['checked']:.0f} MB checked, {told['memory']:.0f} MB written"
        )
