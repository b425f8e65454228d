"""``manage.py prepare``: everything between an installed program and a running one, in one process.

Does only what changed since the last start; ``script/server`` calls it before each one.
"""

import hashlib
import json
import os
import secrets
import shutil
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.choices import Handling, Role
from accounts.models import Team, User
from engagements.models import ExternalId
from engagements.seeding import SYSTEM, fixtures_stamp
from history.context import acting

# Account, office, role, clearance, and whether it works in the team that keeps the records.
DEMO = [
    ("viewer", "Viewer, Front Office", Role.VIEWER, Handling.PUBLIC, False),
    ("analyst", "Analyst, J5", Role.ANALYST, Handling.OFFICIAL, True),
    ("manager", "Manager, J5", Role.MANAGER, Handling.RESTRICTED, True),
    ("steward", "Steward, Reference Lists", Role.STEWARD, Handling.OFFICIAL, False),
    ("admin", "Administrator, Accounts", Role.ADMINISTRATOR, Handling.PUBLIC, False),
]
LETTERS = "abcdefghjkmnpqrstuvwxyz"


class Command(BaseCommand):
    help = "Migrates, loads the fixtures, makes the demo accounts and collects static files, as far as each is needed."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", default="8000", help="The port that the address printed at the end names.")

    def handle(self, *args, **options):
        self.remove_temporary_files()
        self.migrate()
        with Done(settings.DATA_DIR / "prepared.json") as done:
            self.seed(done)
            self.collect_static_files(done)
        with acting(door="command", reason="manage.py prepare"):
            accounts = self.make_demo_accounts()
        self.stdout.write(f"Entente: http://127.0.0.1:{options['port']}/    (Ctrl+C stops it)")
        self.stdout.write(accounts)

    def remove_temporary_files(self):
        """What a killed upload or export left; nothing of this program runs while it is prepared."""
        folder = settings.DATA_DIR / "tmp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def migrate(self):
        # One connection needs no pool, and a pool tries for a long while before it says that nothing answers.
        connection.settings_dict["OPTIONS"].pop("pool", None)
        try:
            executor = MigrationExecutor(connection)
        except OperationalError as error:
            raise CommandError(f"The database does not answer. Look at DATABASE_URL and whether the server runs. {error}") from error
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database ...")
            self.stdout.flush()
            call_command("migrate", verbosity=0)

    def seed(self, done):
        stamp = fixtures_stamp()
        if done.get(f"fixtures in {database_name()}") != stamp or not ExternalId.objects.filter(system=SYSTEM).exists():
            self.stdout.write("Loading reference lists and engagements ...")
            self.stdout.flush()
            call_command("seed", stdout=self.stdout)
            done[f"fixtures in {database_name()}"] = stamp

    def collect_static_files(self, done):
        stamp = static_stamp()
        if done.get("static") != stamp or not settings.STATIC_ROOT.exists():
            call_command("collectstatic", interactive=False, verbosity=0)
            done["static"] = stamp

    @transaction.atomic
    def make_demo_accounts(self) -> str:
        """The five accounts to try the program with: on an empty database only, and never in production."""
        if settings.PRODUCTION:
            return "Accounts are made with: manage.py createsuperuser"
        names = ", ".join(name for name, *_ in DEMO)
        if User.objects.exists():
            if User.objects.filter(username__in=[name for name, *_ in DEMO]).count() < len(DEMO):
                return "Sign in with an account that an administrator made for you."
            return f"Sign in as {names}. The password was shown at the first start; manage.py changepassword sets another."
        password = os.environ.get("DEMO_PASSWORD") or made_up_password()
        plans, _ = Team.objects.get_or_create(code="j5", defaults={"name": "J5, Plans and Policy"})
        register, _ = Team.objects.get_or_create(code="register", defaults={"name": "Entente register"})
        for username, name, role, clearance, keeps_records in DEMO:
            user = User.objects.create_user(username, password, name=name, role=role, clearance=clearance)
            if keeps_records:
                user.teams.set([plans, register])
        shown = "the one in DEMO_PASSWORD" if os.environ.get("DEMO_PASSWORD") else f"{password}    (shown only this once)"
        return f"Sign in as {names}. Password: {shown}"


class Done(dict):
    """What was done at earlier starts, kept in a file; each step is kept even when a later one fails."""

    def __init__(self, path: Path):
        self.path = path
        try:
            super().__init__(json.loads(path.read_text()))
        except (OSError, ValueError):
            super().__init__()

    def __enter__(self):
        self.before = dict(self)
        return self

    def __exit__(self, *failure):
        if self != self.before:
            self.path.write_text(json.dumps(self, indent=1))


def made_up_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def database_name() -> str:
    """Tells one database from another without its password."""
    said = settings.DATABASES["default"]
    return "/".join(str(said.get(part, "")) for part in ("ENGINE", "HOST", "PORT", "NAME"))


def static_stamp() -> str:
    """Changes with any static file of ours, and with the versions of the programs that bring their own."""
    seen = hashlib.sha256()
    for program in ("django", "django-htmx", "django-allauth", "whitenoise", "vl-convert-python"):
        seen.update(f"{program} {version(program)}\n".encode())
    for finder in get_finders():
        for storage in getattr(finder, "storages", {}).values():
            if Path(storage.location).is_relative_to(settings.BASE_DIR) and ".venv" not in Path(storage.location).parts:
                for path in sorted(path for path in Path(storage.location).rglob("*") if path.is_file()):
                    seen.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
    return seen.hexdigest()
