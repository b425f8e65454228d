"""``manage.py backup FILE``: the database of one moment with its attachments, in one file. See docs/backup.md."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagements.backup.making import make
from engagements.backup.manifest import ATTACHMENTS, BackupError


class Command(BaseCommand):
    requires_system_checks = []  # a backup can be made of a program that no longer starts
    help = "Writes the database of this moment and its attachments into one file (tar, gzip). The site may go on running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A new file; only its owner can read it.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            manifest = make(file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        attachments = sum(name.startswith(ATTACHMENTS) for name in manifest.files)
        self.stdout.write(f"{file}: {manifest.rows} rows of {len(manifest.counts)} tables, {attachments} attachments.")
        if manifest.missing:
            self.stderr.write(f"{len(manifest.missing)} attachments have no file, and are missing in the backup too: manage.py verify.")
