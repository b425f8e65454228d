"""``manage.py synthesize``: fills a register with made-up records, for measuring and for trying things out at size."""

import datetime as dt
import time
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from engagements.models import Engagement
from engagements.synthesis.filling import fill


class Command(BaseCommand):
    help = "Adds made-up engagements, the same for the same seed on the same catalog. Not for a register that people work with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engagements", type=int, required=True, metavar="N", help="How many.")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="Another seed draws other records (1).")
        parser.add_argument("--today", type=dt.date.fromisoformat, metavar="DATE", help="The day around which they lie (the present one).")
        parser.add_argument("--beside-real-records", action="store_true", help="Also where people entered records of their own.")

    def handle(self, *args: Any, engagements: int, seed: int, today: dt.date | None, beside_real_records: bool, **options: Any) -> None:
        if engagements < 1:
            raise CommandError("--engagements is a number from 1 on.")
        if settings.ENVIRONMENT == "production" and not beside_real_records and Engagement.objects.exists():
            raise CommandError("There are records here. Made-up ones beside them can not be taken out again; see --beside-real-records.")
        started = time.monotonic()
        try:
            for done in fill(engagements, seed, today or timezone.localdate()):
                self.tell(done, engagements, started)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{engagements} engagements added in {time.monotonic() - started:.0f} s.")

    def tell(self, done: int, wanted: int, started: float) -> None:
        if self.stderr.isatty():
            left = (time.monotonic() - started) / done * (wanted - done)
            self.stderr.write(f"\r{done:,} of {wanted:,}, about {left:.0f} s left ", ending="" if done < wanted else "\n")
