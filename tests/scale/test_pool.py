"""More requests at once than connections: they wait for one, and none fails."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [pytest.mark.only_postgresql, pytest.mark.django_db]

REQUESTS = """
import threading
import django; django.setup()
from django.db import connection, connections


most = []
def ask(answers, together):
    together.wait()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pool test' AND pg_sleep(0.05) IS NOT NULL")
            most.append(cursor.fetchone()[0])
    finally:
        connection.close()
    answers.append("answered")

answers, together = [], threading.Barrier(12)
threads = [threading.Thread(target=ask, args=[answers, together]) for _number in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(answers), max(most))
connection.close_pool()
"""


def test_more_requests_than_connections_wait_for_one(tmp_path):
    said = connection.settings_dict
    url = f"postgres://{said['USER']}:{said['PASSWORD']}@{said['HOST']}:{said['PORT']}/{said['NAME']}?application_name=pool%20test"
    done = subprocess.run(
        [sys.executable, "-c", REQUESTS], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=300,
        env={
            "ENTENTE_ENV": "development", "DATA_DIR": str(tmp_path), "DATABASE_URL": url.replace(":@", "@"), "DATABASE_POOL": "2",
            "DJANGO_SETTINGS_MODULE": "config.settings", "PATH": os.environ["PATH"], "HOME": str(tmp_path),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["12", "2"]
