"""A real primary and a real copy that streams from it: who reads where, and what happens when the copy is late, away or promoted."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.scale.servers import Server, programs

pytestmark = [pytest.mark.only_postgresql, pytest.mark.long]

SETUP = """
import sys, time
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # none are collected here
django.setup()
from django.db import connections, DEFAULT_DB_ALIAS
from django.test import Client
from accounts.models import Team, User
from engagements.models import Engagement
from replicas import standing

def signed_in(name):
    client = Client()
    client.force_login(User.objects.get(username=name), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client

def get(client, address):
    "Status, text, and how many questions about engagements each database was asked."
    asked = {"default": 0, "replica": 0}
    def count(execute, sql, params, many, context):
        asked[context["connection"].alias] += '"engagements_engagement"' in sql
        return execute(sql, params, many, context)
    with connections["default"].execute_wrapper(count), connections["replica"].execute_wrapper(count):
        response = client.get(address)
    asked["primary"] = asked.pop("default")
    return response.status_code, response.content.decode(), asked

def where(client, address="/engagements/"):
    status, text, asked = get(client, address)
    assert status == 200, text
    read = [alias for alias, number in asked.items() if number]
    assert len(read) == 1, asked
    return read[0]

def say(text):
    "Tell the test, and wait until it did its part."
    print(text, flush=True)
    assert sys.stdin.readline(), "the test is over"

def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)
"""
FILL = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.models import Team, User
from catalog.models import EngagementType
from engagements.models import Engagement
team = Team.objects.create(code="j5", name="J5")
kind = EngagementType.objects.create(code="talks", name="Talks", key="talks", kind="engagement")
for name, role in (("manager", "manager"), ("analyst", "analyst"), ("leaver", "analyst"), ("viewer", "viewer")):
    person = User(username=name, name=name, role=role, clearance="official")
    person.set_unusable_password()
    person.save()
    if role != "viewer":
        person.teams.add(team)
for number in range(3):
    Engagement.objects.create(
        reference=f"ENG-2026-0000{number}", kind="engagement", type=kind, title=f"Talks {number}", team=team, handling="official",
        review_state="submitted" if number == 1 else "verified",
    )
"""


class Site:
    """The program with a primary and a copy: code runs in a process of its own."""

    def __init__(self, folder, primary, replica):
        self.folder, self.primary, self.replica = folder, primary, replica

    def environment(self, **more):
        return {
            "ENTENTE_ENV": "development", "DATA_DIR": str(self.folder / "data"), "PATH": os.environ["PATH"], "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": self.primary.url("site"), "ALLOWED_HOSTS": "testserver",
            "DATABASE_REPLICA_URL": self.replica.url("site"),
        } | more  # fmt: skip

    def start(self, code, **more):
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=self.environment(**more), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE,
        )  # fmt: skip

    def python(self, code, **more) -> str:
        process = self.start(code, **more)
        said, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return said.strip()

    @contextmanager
    def running(self, code, **more):
        """The process of ``code``, which takes turns with the test: ``said(process)`` is the line of its ``say``."""
        process = self.start(code, **more)
        try:
            yield process
            process.stdin.close()
            process.stdin = None
            _said, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors
        finally:
            process.kill()
            process.communicate()

    def caught_up(self):
        """Wait until the copy has what the primary has."""
        position = self.primary.ask("SELECT pg_current_wal_lsn()::text")
        end = time.monotonic() + 60
        while not self.replica.ask(f"SELECT pg_last_wal_replay_lsn() >= '{position}'"):
            assert time.monotonic() < end, self.replica.said()
            time.sleep(0.05)


def said(process) -> str:
    line = process.stdout.readline().strip()
    assert line, process.communicate(timeout=300)[1]
    return line


def go_on(process) -> None:
    process.stdin.write("go on\n")
    process.stdin.flush()


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    if programs() is None:
        pytest.fail("The programs of a PostgreSQL server are needed: apt-get install postgresql.")
    # Not inside pytest's own folder, which only its owner enters: the servers may run as another account.
    folder = Path(tempfile.mkdtemp(prefix="entente-servers-"))
    primary = Server(folder, "primary")
    replica = Server(folder, "replica")
    try:
        primary.create().start()
        site = Site(tmp_path_factory.mktemp("site"), primary, replica)
        site.python(FILL, DATABASE_REPLICA_URL="")
        replica.follow(primary).start()
        yield site
    finally:
        replica.stop()
        primary.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(servers):
    """The copy runs, replays, and has all."""
    servers.caught_up()
    yield servers
    servers.replica.ask("SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_replay_resume()::text END")


def test_pages_are_read_from_the_copy_and_work_is_done_on_the_primary(site):
    assert site.python(SETUP + """
analyst = signed_in("analyst")
until(lambda: where(analyst) == "replica")
for address in ("/engagements/?sort=title&page_size=25", "/engagements/ENG-2026-00000/", "/calendar/", "/search/?q=talks"):
    until(lambda: where(analyst, address) == "replica")
counting = ("/", "/attention/", "/engagements/?kind=exercise", "/engagements/facets/", "/reports/quality/")
for address in (*counting, "/engagements/ENG-2026-00000/edit/", "/review/", "/engagements/ENG-2026-00000/history/"):
    assert where(signed_in("manager"), address) == "primary", address
status, text, asked = get(analyst, "/jobs/")
assert (status, asked) == (200, {"primary": 0, "replica": 0})
assert get(Client(), "/readyz")[1].splitlines()[2:] == ["replica is read from"]
try:
    Engagement.objects.using("replica").update(title="No")
except Exception as error:
    assert "read-only" in str(error), error
else:
    raise AssertionError("written to the copy")
print("well")
""") == "well"  # fmt: skip


def test_one_reads_what_one_wrote_while_others_read_the_copy(site):
    site.python(SETUP + "until(lambda: where(signed_in('analyst')) == 'replica')")
    site.replica.ask("SELECT pg_wal_replay_pause()")
    assert site.python(SETUP + """
with connections["replica"].cursor() as cursor:
    until(lambda: cursor.execute("SELECT pg_get_wal_replay_pause_state()") or cursor.fetchone()[0] == "paused")
manager, analyst = signed_in("manager"), signed_in("analyst")
until(lambda: where(analyst) == "replica")
until(lambda: where(manager) == "replica")
answer = manager.post("/engagements/ENG-2026-00000/comments/", {"text": "Seen by me at once."})
assert answer.status_code == 302, answer.content.decode()[:3000]
status, text, asked = get(manager, "/engagements/ENG-2026-00000/")
assert asked["replica"] == 0 and asked["primary"], asked
assert "Seen by me at once." in text
print(where(analyst, "/engagements/ENG-2026-00000/"), where(manager), where(manager, "/engagements/ENG-2026-00000/"))
""", REPLICA_MAX_LAG_SECONDS="60") == "replica primary primary"  # fmt: skip


def test_what_somebody_may_no_longer_see_is_gone_at_once_however_late_the_copy_is(site):
    with site.running(SETUP + """
viewer = signed_in("viewer")
record = "/engagements/ENG-2026-00002/"
until(lambda: where(viewer, record) == "replica")
say("reads")
until(lambda: where(viewer, record) == "replica")
from history.context import acting
with acting(door="command", actor=None):
    Engagement.objects.filter(reference="ENG-2026-00002").update(handling="restricted")
status, text, asked = get(viewer, record)
assert status == 404 and asked["replica"] == 0, (status, asked)
assert "Talks 2" not in get(viewer, "/engagements/")[1]
say("raised")
until(lambda: get(viewer, record)[2]["replica"])
assert get(viewer, record)[0] == 404
# A person who leaves a team.
record = "/engagements/ENG-2026-00001/"
leaver = signed_in("leaver")
until(lambda: where(leaver, record) == "replica")
say("pause again")
User.objects.get(username="leaver").teams.clear()
assert get(leaver, record)[0] == 404
say("done")
""", REPLICA_MAX_LAG_SECONDS="60") as process:  # fmt: skip
        assert said(process) == "reads"
        pause(site)
        go_on(process)
        assert said(process) == "raised"
        site.replica.ask("SELECT pg_wal_replay_resume()")
        go_on(process)
        assert said(process) == "pause again"
        pause(site)
        go_on(process)
        assert said(process) == "done"
        go_on(process)


def pause(site):
    site.replica.ask("SELECT pg_wal_replay_pause()")
    until(lambda: site.replica.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")


def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)


def test_a_copy_that_is_too_late_is_not_read_and_a_quiet_primary_makes_none_late(site):
    with site.running(SETUP + """
analyst = signed_in("analyst")
until(lambda: where(analyst) == "replica")
time.sleep(1.5)  # three times the bound
until(lambda: where(analyst) == "replica")  # nothing happened, so nothing is late
say("paused")
Team.objects.create(code="late", name="Late")
time.sleep(1.2)
assert where(analyst) == "primary"
assert get(Client(), "/readyz")[1].splitlines()[2:] == ["replica is behind: pages read from the primary"]
say("late")
until(lambda: where(analyst) == "replica")
""", REPLICA_MAX_LAG_SECONDS="0.5") as process:  # fmt: skip
        assert said(process) == "paused"
        pause(site)
        go_on(process)
        assert said(process) == "late"
        site.replica.ask("SELECT pg_wal_replay_resume()")
        go_on(process)


def test_a_copy_that_goes_away_costs_nobody_an_error_page_and_is_read_again_when_it_is_back(site):
    try:
        with site.running(SETUP + """
standing.AGAIN = 0.5
analyst = signed_in("analyst")
until(lambda: where(analyst) == "replica")
standing.KEPT = 60  # as if it had been looked at a moment ago
say("stop it")
status, text, asked = get(analyst, "/engagements/")  # begun on the copy
assert status == 200 and "Talks 1" in text and asked["primary"], (status, asked)
assert where(analyst) == "primary"
assert get(Client(), "/readyz")[1].splitlines()[2:] == ["replica does not answer: pages read from the primary"]
say("start it")
until(lambda: where(analyst) == "replica")
""") as process:  # fmt: skip
            assert said(process) == "stop it"
            site.replica.stop()
            go_on(process)
            assert said(process) == "start it"
            site.replica.start()
            go_on(process)
    finally:
        site.replica.stop()
        site.replica.start()


def test_nothing_that_was_acknowledged_is_lost_when_the_copy_takes_over(site):
    """The last test of this file: the primary is killed while a person writes, the copy takes its place."""
    site.primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'replica'")
    site.primary.ask("SELECT pg_reload_conf()")
    until(lambda: site.primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync")
    writer = site.start(
        SETUP
        + """
team, kind = Team.objects.get(code="j5"), Engagement.objects.first().type
for number in range(10_000):
    made = Engagement.objects.create(kind="engagement", type=kind, title=f"Late {number}", team=team, handling="official")
    print(made.reference, flush=True)
"""
    )
    acknowledged = [writer.stdout.readline().strip() for _number in range(20)]
    site.primary.stop()
    acknowledged += writer.communicate(timeout=300)[0].split()
    site.replica.ask("SELECT pg_promote()")
    there = site.python(
        SETUP
        + """
from history.models import Change
manager = signed_in("manager")
answer = manager.post("/engagements/ENG-2026-00001/comments/", {"text": "After the failover."})
assert answer.status_code == 302
assert "After the failover." in get(manager, "/engagements/ENG-2026-00001/")[1]
assert where(manager) == "primary", "the old primary is not asked"
rows = Engagement.objects.filter(title__startswith="Late ")
assert Change.objects.filter(table="engagements_engagement", engagement__in=rows.values("pk")).count() == rows.count()
print(*rows.values_list("reference", flat=True))
""",
        DATABASE_URL=site.replica.url("site"),
        DATABASE_REPLICA_URL=site.primary.url("site"),
    )
    assert len(acknowledged) >= 20
    assert set(acknowledged) <= set(there.split())
