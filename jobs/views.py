"""What a person asked to be done in the background: the list, one job, and its file. Nobody sees another's."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jobs import beside, sweeping, work
from jobs.choices import State
from jobs.models import Job

SHOWN = 100
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
}


def _own(request, key: str) -> Job:
    """The person's own job of this key, its state true as of now; 404 for any other."""
    jobs = Job.objects.filter(owner=request.user)
    job = jobs.filter(key=key).first()
    if job is None:
        raise Http404
    if job.state == State.RUNNING and sweeping.end_dead(jobs.filter(pk=job.pk)):
        job.refresh_from_db()
    return job


@require_safe
def job_list(request):
    jobs = Job.objects.filter(owner=request.user)
    sweeping.end_dead(jobs)
    shown = list(jobs[: SHOWN + 1])
    is_cut = len(shown) > SHOWN
    return render(request, "jobs/list.html", {"jobs": _with_kinds(shown[:SHOWN]), "is_cut": is_cut, "most": SHOWN})


@require_safe
def job(request, key):
    """The page of a job. ``part`` is its progress alone, asked for by a page that shows the job in the state named by it."""
    found = _own(request, key)
    (found,) = _with_kinds([found])
    context = {
        "job": found,
        "reached": found.progress(),
        "has_worker": not found.is_unfinished or beside.has_worker(),
        "page_handling": found.file_handling,
    }
    if "part" not in request.GET:
        return render(request, "jobs/job.html", context)
    response = render(request, "jobs/_progress.html", context)
    if found.state != request.GET["part"]:
        response["HX-Refresh"] = "true"
    return response


def _with_kinds(jobs):
    """Each with what its kind is called, and the address of what it is about."""
    for found in jobs:
        known = work.KINDS.get(found.kind)
        found.kind_title = known.title if known else found.kind
        found.about = known.link(found) if known and known.link else ""
    return jobs


@require_safe
def file(request, key):
    """The file, if it is still right for this person: asked at each download, and logged."""
    found = _own(request, key)
    if not found.has_file:
        return _no_file(request, found, _("This file is not kept any more. Make it again to have it as of today."), 410)
    known = work.KINDS.get(found.kind)
    if known is None or known.hand_over is None:
        raise Http404
    try:
        known.hand_over(found)
    except PermissionDenied as refusal:
        return _no_file(request, found, str(refusal), 403)
    response = FileResponse(found.path.open("rb"), content_type=CONTENT_TYPES[found.file_name.rpartition(".")[2]])
    response["Content-Disposition"] = content_disposition_header(True, found.file_name)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _no_file(request, found, text, status):
    (found,) = _with_kinds([found])
    return render(request, "jobs/no_file.html", {"job": found, "text": text}, status=status)


@require_POST
def cancel(request, key):
    found = _own(request, key)
    if found.is_unfinished:
        work.cancel(found)
    return redirect(found)


@require_POST
def repeat(request, key):
    found = _own(request, key)
    if found.is_unfinished:
        return redirect(found)
    try:
        return redirect(work.repeat(found))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(found)
