"""The log of what was read and taken out: one row for each, no content, never changed (history/database.py).

Whoever calls this calls it before anything is shown or sent: where the row can not be written, nothing is read.
"""

from typing import Any

from django.utils import timezone

from history.models import Access, Reading

LONGEST_REASON = 500


def log(
    what: Reading,
    *,
    actor: Any = None,
    actor_name: str = "",
    engagement: Any = None,
    handling: str = "",
    taken_by_filter: str = "",
    layout: str = "",
    rows: int | None = None,
    sha256: str = "",
    reason: str = "",
) -> None:
    """``actor`` is a person, or None with ``actor_name`` for a command; ``layout`` names the file: "outcomes.csv"."""
    Access.objects.create(
        at=timezone.now(),
        actor=None if actor is None else actor.pk,
        actor_name=actor_name or str(actor or ""),
        what=what,
        engagement=None if engagement is None else engagement.pk,
        reference="" if engagement is None else engagement.reference,
        handling=handling or ("" if engagement is None else engagement.handling),
        filter=taken_by_filter,
        layout=layout,
        rows=rows,
        sha256=sha256,
        reason=reason[:LONGEST_REASON],
    )
