"""``manage.py restore FILE``: puts a backup back. See docs/backup.md."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagements.backup.manifest import BackupError
from engagements.backup.restoring import restore


class Command(BaseCommand):
    help = "Puts a backup back, into an empty database unless --replace is said. Stop the site first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="What manage.py backup wrote.")
        parser.add_argument("--replace", action="store_true", help="Lose what is here now: database and attachments.")

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        try:
            manifest = restore(file, replace=replace)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored: {manifest.rows} rows of {manifest.made_at}. Everybody signs in again.")
        if manifest.missing:
            self.stderr.write(f"{len(manifest.missing)} attachments had no file when the backup was made: manage.py verify.")
