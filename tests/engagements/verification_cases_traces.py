"""What is planted for the rules about who verified a record and whether its history is whole."""

from django.db import connection

from engagements.models import ReviewStep
from tests import make
from tests.engagements.verification_cases import Planted, case, entry


def _without_triggers(*names_and_tables: tuple[str, str]) -> None:
    """Takes triggers away until the end of the test."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name, table in names_and_tables:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


@case
def verified_by_nobody() -> Planted:
    author, manager = make.user("analyst"), make.user("manager")
    entry()  # came with the program
    entry(review_state="submitted", created_by=author)
    ReviewStep.objects.create(engagement=entry(created_by=author), kind="verified", taken_by=manager)
    never, by_program, only_handed_in = (entry(created_by=author) for _ in range(3))
    ReviewStep.objects.create(engagement=by_program, kind="verified", taken_by=None)
    ReviewStep.objects.create(engagement=only_handed_in, kind="submitted", taken_by=author)
    return [(engagement, "It is verified, but nobody is on record who did that.") for engagement in (never, by_program, only_handed_in)]


@case
def history_gap() -> Planted:
    known = entry()
    tables = ("engagements_engagement", "engagements_source")
    _without_triggers(*((f"{table}_history_added", table) for table in tables))
    unknown = entry(sources=False)
    make.outcome(unknown)
    make.source(known)
    return [
        (unknown, "engagement: the history does not say who added it."),
        (known, "source: the history does not say who added it."),
    ]
