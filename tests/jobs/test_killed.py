"""A worker that is killed leaves nothing or all of what it wrote; its job is failed at the next look, and can be repeated."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Team
from jobs import beside, sweeping, work
from jobs.models import Job
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = """
import os, sys, time
import django
django.setup()
from django.db import transaction
from accounts.models import Team
from jobs import work
from jobs.models import Job

def wait_here(name):
    if sys.argv[2] == name:
        (job.folder / "reached").touch()
        time.sleep(60)

@work.kind("test", title="Test")
def run(job, progress):
    job.path.write_text("half")
    wait_here("before")
    with transaction.atomic():
        Team.objects.create(code="one", name="One")
        Team.objects.create(code="two", name="Two")
        progress(1, 2, "Halfway")
        wait_here("inside")
    wait_here("after")

job = Job.objects.get(key=sys.argv[1])
work.run_now(job)
"""


def environment(data) -> dict[str, str]:
    said = connection.settings_dict
    database = f"sqlite:///{said['NAME']}"
    if connection.vendor == "postgresql":
        database = f"postgres://{said['USER']}:{said['PASSWORD']}@{said['HOST']}:{said['PORT']}/{said['NAME']}".replace(":@", "@")
    return {
        "ENTENTE_ENV": "test", "DATA_DIR": str(data), "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": os.environ["PATH"], "HOME": str(data),
    }  # fmt: skip


@pytest.mark.parametrize(("where", "written"), [("before", 0), ("inside", 0), ("after", 2)])
def test_a_killed_worker_leaves_nothing_or_all_and_a_job_that_can_be_repeated(where, written, doing):
    doing(lambda job, progress: "Done.")
    job = work.start("test", owner=make.user(), title="Two teams", payload={})
    data = beside.jobs_folder().parent
    worker = subprocess.Popen([sys.executable, "-c", PROGRAM, job.key, where], cwd=settings.BASE_DIR, env=environment(data))
    try:
        until = time.monotonic() + 60
        while not (beside.jobs_folder() / job.key / "reached").exists():
            assert worker.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        assert sweeping.end_dead() == 0  # it lives
        assert Job.objects.get(pk=job.pk).state == "running"
        if where == "inside":
            assert job.progress().sentence == "Halfway"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert sweeping.end_dead() == 1
    job.refresh_from_db()
    assert (job.state, job.said) == ("failed", str(work.interrupted()))
    assert Team.objects.filter(code__in=["one", "two"]).count() == written
    assert not (beside.jobs_folder() / job.key).exists()
    again = work.repeat(job)
    work.run_now(again)
    again.refresh_from_db()
    assert again.state == "done"
