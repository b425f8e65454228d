"""How long migrations keep people waiting: ``DATABASE_URL=postgres://... python -m bench.migrations --from engagements.0010 ...``.

Takes the database (of a copy nobody needs: it is changed) back to the given migrations, then applies all that come later as
``manage.py migrate`` does, while one process saves into the big tables every 50 ms and another reads them. Prints the longest wait of each.

``--released`` goes back to what was released before migrations had to let people work (tests/scale/test_migrations.py).
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import time

import psycopg

RELEASED = ["replicas.zero", "imports.0001_initial", "history.0002_access", "engagements.0010_list_order"]
EVERY = 0.05  # seconds
LIMIT = 2.0
# One save of each kind; what it writes is what stands there.
WRITES = {
    "engagement": "UPDATE engagements_engagement SET summary = summary || ' ' WHERE id = %s",
    "participation": "UPDATE engagements_participation SET unit = unit || ' ' WHERE engagement_id = %s",
}
READS = {
    "record": "SELECT count(*) FROM engagements_engagement e JOIN engagements_participation p ON p.engagement_id = e.id WHERE e.id = %s",
}


def ask_again_and_again(url, statements, known, stop, found):
    """Runs in a process of its own; tells the longest and the number of each."""
    waits = {name: [] for name in statements}
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.is_set():
            for name, sql in statements.items():
                begun = time.monotonic()
                connection.execute(sql, [random.choice(known)])
                waits[name].append(time.monotonic() - begun)
            time.sleep(EVERY)
    found.put({name: (max(times), len(times)) for name, times in waits.items() if times})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="back_to", nargs="*", default=[], metavar="APP.NAME", help="take these apps back to it first")
    parser.add_argument("--released", dest="back_to", action="store_const", const=RELEASED, help="take them back to the first release")
    parser.add_argument("--all-triggers", action="store_true", help="write each trigger anew, as if all had changed")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    connection.settings_dict["OPTIONS"].pop("pool", None)
    if connection.vendor != "postgresql":
        print("Give the address of a PostgreSQL database in DATABASE_URL.", file=sys.stderr)
        return 2
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # of the way back only: migrate has time-outs of its own
    begun = time.monotonic()
    targets = [(app, None if name == "zero" else name) for app, name in (label.split(".") for label in said.back_to)]
    MigrationExecutor(connection).migrate(targets)
    back = time.monotonic() - begun
    plan = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM engagements_engagement TABLESAMPLE SYSTEM (5) LIMIT 2000")
        known = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = 'engagements_engagement'")
        (rows,) = cursor.fetchone()
        if said.all_triggers:
            cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
            for name, table in cursor.fetchall():
                cursor.execute(f"COMMENT ON TRIGGER {name} ON {table} IS NULL")
    connection.close()

    multiprocessing.set_start_method("spawn")
    stop, found = multiprocessing.Event(), multiprocessing.Queue()
    url = os.environ["DATABASE_URL"]
    people = [multiprocessing.Process(target=ask_again_and_again, args=[url, kinds, known, stop, found]) for kinds in (WRITES, READS)]
    for person in people:
        person.start()
    time.sleep(1)
    begun = time.monotonic()
    try:
        call_command("migrate", verbosity=0)
        if said.all_triggers:
            from engagements import tracking

            tracking.after_migrations(using="default", plan=[True])
        took = time.monotonic() - begun
        time.sleep(0.5)
    finally:
        stop.set()
    waits = found.get(timeout=60) | found.get(timeout=60)
    for person in people:
        person.join()
    result = {"engagements": rows, "applied": [f"{one.app_label} {one.name[:4]}" for one, _backwards in plan]}
    result |= {"back_seconds": round(back, 2), "migrate_seconds": round(took, 2)}
    result |= {f"longest_{name}_seconds": round(longest, 3) for name, (longest, _number) in waits.items()}
    result |= {f"number_{name}": number for name, (_longest, number) in waits.items()}
    result["ok"] = max(longest for longest, _number in waits.values()) <= LIMIT
    print(json.dumps(result) if said.json else "\n".join(f"{name:32} {value}" for name, value in result.items()))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
