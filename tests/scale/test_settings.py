"""What the environment says of databases is refused with a sentence where it can not be."""

import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once


def started(tmp_path, code="", **environment):
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings\n{code}"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        env={"ENTENTE_ENV": "development", "DATA_DIR": str(tmp_path), "HOME": str(tmp_path)} | environment,
    )  # fmt: skip


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_REPLICA_URL": "postgres://someone@127.0.0.1/entente"},
        {"DATABASE_URL": "postgres://someone@127.0.0.1/entente", "DATABASE_REPLICA_URL": "sqlite:////tmp/copy.sqlite3"},
    ],
)
def test_only_postgresql_has_copies_to_read_from(tmp_path, environment):
    done = started(tmp_path, **environment)
    assert done.returncode == 1
    assert "DATABASE_REPLICA_URL names copies of a PostgreSQL database" in done.stderr.splitlines()[-1]


def test_several_copies_are_named_one_after_the_other_and_none_is_written_to(tmp_path):
    code = """
print(*settings.REPLICAS, *settings.DATABASE_ROUTERS)
for alias in settings.REPLICAS:
    said = settings.DATABASES[alias]
    print(said["HOST"], "default_transaction_read_only=on" in said["OPTIONS"]["options"], said["TEST"]["MIRROR"])
"""
    urls = {
        "DATABASE_URL": "postgres://someone@one/entente",
        "DATABASE_REPLICA_URL": "postgres://someone@two/entente  postgres://someone@three/entente",
    }
    said = started(tmp_path, code, **urls).stdout.splitlines()
    assert said == ["replica replica2 replicas.router.Router", "two True default", "three True default"]


def test_without_copies_nothing_stands_in_the_way_of_a_request(tmp_path):
    assert started(tmp_path, "print(settings.REPLICAS, settings.DATABASE_ROUTERS)").stdout.strip() == "[] []"
