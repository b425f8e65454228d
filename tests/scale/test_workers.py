"""Two workers, each a process of its own, and one queue: each job is done, and by one of them."""

import subprocess
import sys
import time

import pytest
from django.conf import settings

from tests.elsewhere import Place

pytestmark = pytest.mark.django_db

# A kind of job that writes down which process did it.
KIND = """
import os, sys, time
import django; django.setup()
from pathlib import Path
from jobs import work
from jobs.models import Job

@work.kind("census", title="Census")
def run(job, progress):
    with open(os.environ["DATA_DIR"] + "/done", "a") as done:
        done.write(f"{job.key} {os.getpid()}\\n")
    time.sleep(0.05)
    return "Counted."
"""
START = """
from django.core.management import call_command
from accounts.models import User
call_command("migrate", verbosity=0)
owner = User.objects.create(username="owner", name="Owner", role="analyst")
settings.JOBS_UNFINISHED_PER_PERSON = 100
for number in range(30):
    work.start("census", owner=owner, title=f"Census {number}", payload={})
"""
WORK = """
from django.core.management import call_command
call_command("db_worker", batch=True, interval=0.05, startup_delay=False)
"""


def test_two_workers_do_each_job_once(tmp_path):
    with Place(tmp_path / "elsewhere") as place:
        place.python(f"from django.conf import settings\n{KIND}{START}")
        environment = place.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        workers = [
            subprocess.Popen([sys.executable, "-c", KIND + WORK], cwd=settings.BASE_DIR, env=environment, stderr=subprocess.PIPE, text=True)
            for _number in range(2)
        ]
        end = time.monotonic() + 300
        for worker in workers:
            errors = worker.communicate(timeout=max(1, end - time.monotonic()))[1]
            assert worker.returncode == 0, errors
        done = [line.split() for line in (place.folder / "done").read_text().splitlines()]
        assert len(done) == len({key for key, _process in done}) == 30
        assert {process for _key, process in done} == {str(worker.pid) for worker in workers}
        states = place.python("from jobs.models import Job\nprint(*Job.objects.order_by().values_list('state', flat=True).distinct())")
        assert states == "done"
