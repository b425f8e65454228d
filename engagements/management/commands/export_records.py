"""``manage.py export_records``: the same file as the download on the page."""

import codecs
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.http import QueryDict

from accounts.choices import Role
from accounts.models import User
from engagements.export.checksum import Checksummed
from engagements.export.layouts import LAYOUTS
from engagements.export.making import filter_faults, highest_handling
from engagements.export.snapshot import snapshot
from engagements.export.stream import write_csv
from engagements.filters import EngagementFilter
from engagements.models import Engagement
from history import access
from history.models import Reading

# Stands in for a person in the filter where all records are asked for: any team may be named.
EVERYONE = SimpleNamespace(role=Role.ADMINISTRATOR, pk=None, username="")


class Command(BaseCommand):
    help = "Writes one layout of the filtered records as CSV, as a person sees them, or all of them."

    def add_arguments(self, parser):
        parser.add_argument("--layout", default="engagements", help=f"One of {', '.join(LAYOUTS)}.")
        parser.add_argument("--query", default="", help='Filters as in the address: "region=m49:002&kind=exercise".')
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--as", dest="username", help="The user name of the person whose view it is.")
        whose.add_argument("--everything", action="store_true", help="Every record, whatever its handling.")
        parser.add_argument("--output", type=Path, help="Written whole or not at all; without it, standard output.")
        parser.add_argument("--reason", default="", help="Why it is taken, for the log of what leaves the program.")
        parser.add_argument("--bom", action="store_true", help="Start with a byte order mark, for Excel.")

    def handle(self, *, layout, query, username, everything, output, bom, reason, **options):
        if layout not in LAYOUTS:
            raise CommandError(f"There is no layout “{layout}”. Layouts: {', '.join(LAYOUTS)}.")
        user = EVERYONE if everything else User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active person “{username}”.")
        visible = Engagement.objects.all() if everything else Engagement.objects.visible_to(user)
        rows = EngagementFilter(QueryDict(query), queryset=visible, user=user)
        if faults := filter_faults(rows):
            raise CommandError(faults)
        try:
            with _opened(output, self.stdout) as file:
                summed = Checksummed(file)
                with snapshot():
                    handling = highest_handling(LAYOUTS[layout], rows.qs)
                    written = write_csv(summed, LAYOUTS[layout], rows.qs, visible=visible, bom=bom)
                # Before the file takes its name. Who sits at the machine is not the person whose view it is.
                access.log(
                    Reading.EXPORT, actor_name="export_records " + ("--everything" if everything else f"--as {username}"),
                    handling=handling, taken_by_filter=query, layout=f"{layout}.csv", rows=written, sha256=summed.sha256, reason=reason,
                )  # fmt: skip
        except DatabaseError as error:
            raise CommandError(f"The database stopped, the file is not complete. {error}") from error
        except OSError as error:
            raise CommandError(f"The file can not be written. {error}") from error
        self.stderr.write(f"{written} rows.")


def _opened(output, stdout):
    return _Whole(output) if output else _Standard(stdout)


class _Whole:
    """A file that takes its name only when it is complete; readable by its owner alone."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self):
        handle, self.unfinished = tempfile.mkstemp(dir=self.path.absolute().parent, prefix=f".{self.path.name}.")
        self.file = os.fdopen(handle, "wb")
        return self.file

    def __exit__(self, kind, error, traceback):
        try:
            if kind is None:
                self.file.flush()
                os.fsync(self.file.fileno())
            self.file.close()
            if kind is None:
                os.replace(self.unfinished, self.path)
        finally:
            Path(self.unfinished).unlink(missing_ok=True)


class _Standard:
    """Standard output, by its bytes where it has them."""

    def __init__(self, stdout):
        self.out = stdout._out
        self.decode = codecs.getincrementaldecoder("utf-8")().decode

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.out.flush()

    def write(self, piece: bytes):
        if hasattr(self.out, "buffer"):
            self.out.buffer.write(piece)
        else:
            self.out.write(self.decode(piece))
