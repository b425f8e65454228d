"""A printed report too long to wait for, written by a worker."""

import copy
import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Handling
from engagements.export.background import hand_over, keep_records
from engagements.export.making import filter_faults
from history.models import Reading
from jobs import work
from jobs.models import Job
from printing.typesetting import as_pdf
from reports.asked import Asked
from reports.printed import report_of
from reports.questions import BY_NAME


def start(name: str, query: QueryDict, user: Any, *, title: str, reason: str) -> Job:
    return work.start("report", owner=user, title=title, payload={"name": name, "query": query.urlencode(), "reason": reason})


@work.kind("report", title=gettext_lazy("Printed report"), hand_over=hand_over)
def run(job: Job, progress: work.Progress) -> str:
    found = BY_NAME.get(job.payload["name"])
    if found is None:
        raise ValidationError(_("There is no such report any more."))
    asked = Asked(QueryDict(job.payload["query"]), job.owner, copy.deepcopy(found.parameters()), held_only=found.held_only)
    if not asked.is_right:
        raise ValidationError(filter_faults(asked.filterset) or _("A parameter of the report is not right any more."))
    progress(0, 0, _("Counting"))
    records: dict[str, list[int]] = {}
    for pk, handling in asked.rows.values_list("pk", "handling"):
        records.setdefault(handling, []).append(pk)
    marking = Handling.highest(records)
    if marking == Handling.RESTRICTED and not job.payload["reason"]:
        raise ValidationError(_("The filter finds restricted records by now. Ask for the file from the report, with a reason."))
    document = report_of(found, asked, found.answer(asked), marking, job.owner)
    progress(0, 0, _("Setting %(rows)s lines") % {"rows": f"{document.length:,}"})
    content = as_pdf(document)
    job.path.write_bytes(content)
    keep_records(job, records)
    job.keep_file(
        f"entente-{found.name}-{timezone.now():%Y-%m-%d}-{marking}.pdf", handling=marking, what=Reading.EXPORT,
        taken_by_filter=job.payload["query"], layout=f"{found.name}.pdf", rows=document.length,
        sha256=hashlib.sha256(content).hexdigest(), reason=job.payload["reason"],
    )  # fmt: skip
    return _("%(rows)s lines.") % {"rows": f"{document.length:,}"}
