"""``manage.py seed``: the reference lists and engagements of fixtures/; what is there stays as it is."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from catalog.fixture_files import FixtureError
from catalog.seeding import load_catalog
from engagements.seeding import load_engagements
from history.context import acting


class Command(BaseCommand):
    help = "Loads the reference lists and engagements that ship with the program. May be run again."

    @transaction.atomic
    def handle(self, *args, **options):
        try:
            with acting(door="command", reason="manage.py seed"):
                entries = load_catalog()
                engagements = load_engagements()
        except FixtureError as error:
            raise CommandError(f"A fixture is not right. {error}") from error
        self.stdout.write(f"{entries} entries of lists and {engagements} engagements are new.")
