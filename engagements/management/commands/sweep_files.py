"""``manage.py sweep_files``: names the stored files that no attachment knows, and removes them where told to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagements.domain.file_store import folder, left_over
from engagements.models import Attachment


class Command(BaseCommand):
    help = "Names the files in the folder of attachments that no record knows and that are a day old: what a killed upload left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Remove them too.")

    def handle(self, *args: Any, remove: bool, **options: Any) -> None:
        found = left_over()
        # With the wrong database every file would be left over.
        if remove and found and not Attachment.objects.exists():
            raise CommandError("This database knows no attachment at all. Look whether DATABASE_URL and DATA_DIR belong together.")
        for path in found:
            self.stdout.write(f"{path.name}  {path.stat().st_size} bytes")
            if remove:
                path.unlink()
        self.stdout.write(f"{len(found)} files in {folder()} {'removed' if remove else 'left over'}.")
