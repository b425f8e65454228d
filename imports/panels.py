"""What an import shows on other pages: on the home page what waits for an answer, beside a record where it comes from."""

from django.db.models import Count, Q

from accounts.choices import Handling
from engagements.panels import HomePanel, RecordPanel
from imports.choices import State
from imports.models import Batch, Imported, Line
from imports.views.access import IMPORTS
from imports.views.lines import named

WAITING = [State.QUESTIONS, State.CHECKED, State.FAILED]
MOST_BATCHES, MOST_LINES = 5, 20


def home(person) -> list[HomePanel]:
    """One's own batches that wait for something one has to do."""
    if not person.has_perm(IMPORTS):
        return []
    open_questions = Count("questions", filter=Q(questions__answer__isnull=True))
    rows = Batch.objects.readable_by(person).filter(owner=person, state__in=WAITING).annotate(open_questions=open_questions)
    found = list(rows.order_by("-created_at")[:MOST_BATCHES])
    return [HomePanel("imports/_home.html", {"batches": found}, is_first=True)] if found else []


def record(engagement, person) -> list[RecordPanel]:
    """The imports that wrote the record, with its lines.

    Shown to who is cleared for the file. Cells, and what was said of them, may tell what the record does not say any more:
    they are for the record's own people and for who sees the import. Of a file that is marked higher than the record's page
    nothing is shown there but the way to it.
    """
    cleared, at_most = Handling.up_to(person.clearance), Handling.up_to(engagement.handling)
    rows = Imported.objects.filter(engagement=engagement, is_undone=False, batch__handling__in=cleared)
    written = list(rows.select_related("batch__owner").order_by("pk")[:MOST_BATCHES])
    if not written:
        return []
    of_groups = Q(pk=None)
    for row in written:
        of_groups |= Q(batch=row.batch_id, group=row.group)
    lines = list(Line.objects.filter(of_groups).order_by("batch", "number")[:MOST_LINES])
    seen = set(Batch.objects.readable_by(person).filter(pk__in=[row.batch_id for row in written]).values_list("pk", flat=True))
    is_own = engagement.team_id in person.team_ids or engagement.owner_id == person.pk
    sources = [
        {
            "row": row,
            "may_open": row.batch_id in seen and person.has_perm(IMPORTS),
            "may_look": row.batch.handling in at_most and (is_own or row.batch_id in seen),
            "is_higher": row.batch.handling not in at_most,
            "lines": [
                (line, named(row.batch.headings, line.cells)) for line in lines if (line.batch_id, line.group) == (row.batch_id, row.group)
            ],
        }
        for row in written
    ]
    is_flagged = any(line.has_problems for line in lines)
    return [RecordPanel("imports/_provenance.html", {"sources": sources, "is_flagged": is_flagged})]
