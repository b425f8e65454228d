"""``manage.py control_totals``: the totals that a source printed, beside the sums of what came in, as CSV."""

import csv

from django.core.management.base import BaseCommand, CommandError

from imports.choices import LineState, State
from imports.models import Batch, Line
from imports.totals import totals

HEADINGS = ["report_year", "country", "program", "printed_people", "sum_people", "printed_cost", "sum_cost"]


class Command(BaseCommand):
    help = "Prints each control total of an import beside the sum of its lines. Without a name: of the last one that has any."

    def add_arguments(self, parser):
        parser.add_argument("batch", nargs="?", help="The name of the import, as in its address.")

    def handle(self, *, batch, **options):
        found = _batch(batch)
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(HEADINGS)
        agree = count = 0
        for total in totals(found):
            writer.writerow(["" if (value := getattr(total, name)) is None else value for name in HEADINGS])
            count += 1
            agree += total.agrees
        self.stderr.write(f"Import {found.key}, {found.name}: {agree} of {count} totals agree.", str)


def _batch(key: str | None) -> Batch:
    if key:
        found = Batch.objects.filter(key=key).first()
        if found is None:
            raise CommandError(f"There is no import “{key}”.")
        return found
    with_totals = Line.objects.filter(state=LineState.AGGREGATE).values("batch")
    found = Batch.objects.filter(pk__in=with_totals, state=State.DONE).order_by("-pk").first()
    if found is None:
        raise CommandError("No import has control totals.")
    return found
