"""What the history costs a write: the same work with its triggers and without, in turns.

    .venv/bin/python script/measure_history.py                                   # SQLite, a temporary file
    DATABASE_URL=postgres://…/an_empty_database .venv/bin/python script/measure_history.py

One write is one transaction through the models, as a form does it: an engagement with 2 strategies and 4 participants is
created; then its title, dates, one strategy and the figures of its participants are changed. The rules' own triggers stay.
With and without take turns of 50 writes, so that a noisy machine slows both; CPU is the figure to trust.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TURNS, WRITES = 6, 50


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ENTENTE_ENV": "test", "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        measure(connection)


def measure(connection) -> None:
    from history.context import acting

    work = prepared()
    walls: dict[tuple[str, bool], list[float]] = {}
    cpus: dict[tuple[str, bool], float] = {}
    for turn in range(TURNS * 2):
        followed = turn % 2 == 0
        with_history(connection, followed)
        with acting(door="command"):
            pairs = [work() for _ in range(WRITES)]
            for name, writes in (("create", [create for create, _ in pairs]), ("update", [update for _, update in pairs])):
                cpu = cpu_ms(connection)
                for write in writes:
                    start = time.perf_counter()
                    write()
                    walls.setdefault((name, followed), []).append((time.perf_counter() - start) * 1000)
                cpus[name, followed] = cpus.get((name, followed), 0) + cpu_ms(connection) - cpu
    with_history(connection, True)
    print(f"{connection.vendor}, {TURNS * WRITES} writes each: wall is the median, CPU (ours and the database's) the mean\n")
    print("| write | wall ms without | with | CPU ms without | with | more, ms | more, % |\n|---|---|---|---|---|---|---|")
    for name in ("create", "update"):
        wall = [statistics.median(walls[name, followed]) for followed in (False, True)]
        bare, full = (cpus[name, followed] / TURNS / WRITES for followed in (False, True))
        print(f"| {name} | {wall[0]:.1f} | {wall[1]:.1f} | {bare:.2f} | {full:.2f} | {full - bare:.2f} | {100 * (full / bare - 1):.0f} |")


def cpu_ms(connection) -> float:
    """CPU time spent so far by this process and, on PostgreSQL of the same machine, by the process that serves it."""
    spent = time.process_time() * 1000
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            stat = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
        spent += (int(stat[11]) + int(stat[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    return spent


def prepared():
    """What gives the two writes of one new engagement: how it is created, how it is changed."""
    from django.db import transaction

    from accounts.models import Team
    from catalog.models import Country, EngagementType, Strategy
    from catalog.partial_dates import PartialDate
    from engagements.models import Engagement, Participation

    team = Team.objects.create(code="measured", name="Measured")
    kind = EngagementType.objects.create(code="measured", name="Measured", kind="engagement")
    strategies = [Strategy.objects.create(code=f"measured-{number}", name=f"Measured {number}") for number in range(3)]
    countries = [Country.objects.create(code=code, name=code) for code in ("QMA", "QMB", "QMC", "QMD")]

    def work():
        engagement = Engagement(kind="engagement", type=kind, team=team, title="Staff talks", summary="What was said. " * 20)

        @transaction.atomic
        def create():
            engagement.starts = PartialDate.parse("Mar 2020")
            engagement.save()
            engagement.strategies.set(strategies[:2])
            for country in countries:
                Participation.objects.create(engagement=engagement, country=country)

        @transaction.atomic
        def update():
            engagement.title, engagement.starts, engagement.place = "Staff talks, second day", PartialDate.parse("2020-03-14"), "Oslo"
            engagement.save()
            engagement.strategies.set(strategies[1:])
            for participation in engagement.participations.all():
                participation.personnel = 12
                participation.save()

        return create, update

    return work


def with_history(connection, followed: bool) -> None:
    """Write the history's triggers, or take them away; those that keep it from being changed stay."""
    from engagements.tracking import tables
    from history import database

    if followed:
        database.install(connection, tables())
        return
    with connection.cursor() as cursor:
        for item in tables():
            for what in ("added", "changed", "removed"):
                on = f" ON {item.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {item.table}_history_{what}{on}")


if __name__ == "__main__":
    main()
