"""A file of the list that a worker writes, and whether it may still be handed out when it is fetched."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Handling
from engagements.export.making import Asked, ReasonNeeded, make
from engagements.export.other_formats import DoesNotFit
from engagements.models import Engagement
from history import access
from history.models import Reading
from jobs import work
from jobs.models import Job

RECORDS = "records.json"
AT_ONCE = 5_000  # ids in one question


def start(query: QueryDict, user: Any, *, title: str, reason: str) -> Job:
    return work.start("export", owner=user, title=title, payload={"query": query.urlencode(), "reason": reason})


def hand_over(job: Job) -> None:
    """Before each download: the same records for the same person, still marked no higher; then the log."""
    if not may_still_see(job.owner, json.loads((job.folder / RECORDS).read_text())):
        raise PermissionDenied(
            _("A record in this file is marked higher now, or is not yours to see any more. Make it again to have what you may see today.")
        )
    access.log(
        Reading(job.file_facts["what"]),
        actor=job.owner,
        engagement=Engagement.objects.visible_to(job.owner).filter(pk=job.file_facts.get("engagement")).first(),
        handling=job.file_handling,
        **{name: job.file_facts[name] for name in ("taken_by_filter", "layout", "rows", "sha256", "reason")},
    )


def keep_records(job: Job, records: dict[str, list[int]]) -> None:
    (job.folder / RECORDS).write_text(json.dumps(records))


def may_still_see(user: Any, records: dict[str, list[int]]) -> bool:
    """Whether ``user`` sees each of these engagements, and none is marked higher than it was."""
    visible = Engagement.objects.visible_to(user).order_by()
    for handling, pks in records.items():
        no_higher = visible.filter(handling__in=Handling.up_to(handling))
        for first in range(0, len(pks), AT_ONCE):
            some = pks[first : first + AT_ONCE]
            if no_higher.filter(pk__in=some).count() < len(some):
                return False
    return True


@work.kind("export", title=gettext_lazy("Export"), hand_over=hand_over)
def run(job: Job, progress: work.Progress) -> str:
    asked = Asked(QueryDict(job.payload["query"]), job.owner)
    if refusal := asked.refusal():
        raise ValidationError(refusal)
    try:
        with job.path.open("w+b") as file:
            made = make(file, asked, reason=job.payload["reason"], tell=progress, keeps_records=True, folder=job.folder)
    except DoesNotFit as fault:
        raise ValidationError(str(fault)) from fault
    except ReasonNeeded as fault:
        raise ValidationError(_("The filter finds restricted records by now. Ask for the file from the list, with a reason.")) from fault
    keep_records(job, made.records)
    job.keep_file(
        made.name, handling=made.marking, what=Reading.EXPORT, taken_by_filter=job.payload["query"], layout=made.layout,
        rows=made.rows, sha256=made.sha256, reason=job.payload["reason"],
    )  # fmt: skip
    return _("%(rows)s rows.") % {"rows": f"{made.rows:,}"}
