"""Another, empty place: a data folder and a database that nobody has used, for what must not happen to those of the tests."""

import os
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.db import connection


class Place:
    """Commands run here see the other database and data folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {"ENTENTE_ENV": "test", "DATA_DIR": str(folder), "PATH": os.environ["PATH"], "HOME": str(folder)}
        self.name = f"restored_{os.getpid()}_{time.monotonic_ns()}"

    def __enter__(self):
        if connection.vendor == "postgresql":
            said = connection.settings_dict
            self._ask(f"CREATE DATABASE {self.name}")
            self.environment["DATABASE_URL"] = (
                f"postgres://{said['USER']}:{said['PASSWORD']}@{said['HOST']}:{said['PORT']}/{self.name}".replace(":@", "@")
            )
        return self

    def __exit__(self, *fault):
        if connection.vendor == "postgresql":
            self._ask(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _ask(self, sql):
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)

    def manage(self, *arguments) -> tuple[int, str]:
        done = self.run("manage.py", *map(str, arguments))
        return done.returncode, done.stdout + done.stderr

    def python(self, code: str) -> str:
        done = self.run("-c", f"import django; django.setup()\n{code}")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *arguments):
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        return subprocess.run(
            [sys.executable, *arguments], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )
