"""What nobody else ends or removes: jobs whose process died, files that expired, what a killed process left."""

import shutil
import time
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from jobs import beside
from jobs.choices import UNFINISHED, State
from jobs.models import Job
from jobs.work import end, interrupted

ROWS_KEPT = timedelta(days=90)
BEGINS_WITHIN = 30  # seconds after it was taken from the queue
STRAY_AFTER = 3600  # seconds: a folder is made before its job is


def end_dead(jobs=None) -> int:
    """End the running jobs whose process is gone; how many. ``jobs`` is a queryset of those to look at."""
    ended = 0
    for job in (Job.objects.all() if jobs is None else jobs).filter(state=State.RUNNING):
        with beside.locked(job.key) as nobody_has_it:
            if nobody_has_it and end(job, State.FAILED, interrupted()):
                ended += 1
                DBTaskResult.objects.filter(pk=job.task, status="RUNNING").update(status="FAILED", finished_at=job.ended_at)
    return ended + _end_never_begun()


def _end_never_begun() -> int:
    """End the jobs that a worker took from the queue and did not live to begin."""
    before = timezone.now() - timedelta(seconds=BEGINS_WITHIN)
    taken = DBTaskResult.objects.exclude(status="READY").filter(started_at__lt=before)
    waiting = Job.objects.filter(state=State.WAITING, task__in=taken.values("pk"))
    return sum(end(job, State.FAILED, interrupted(), only=State.WAITING) for job in waiting)


def end_all(said: str) -> None:
    """End every job that is not finished: they were begun in another life of the database."""
    for job in Job.objects.filter(state__in=UNFINISHED):
        end(job, State.FAILED, said, only=job.state)
    DBTaskResult.objects.filter(status__in=["READY", "RUNNING"]).delete()


def after_restore() -> None:
    end_all(_("The database was restored from a backup meanwhile. You can start it again."))


def sweep() -> None:
    """Remove expired files, folders that belong to no job, and what was finished long ago."""
    now = timezone.now()
    for key in Job.objects.filter(expires_at__lte=now).values_list("key", flat=True):
        beside.remove_folder(key)
    Job.objects.filter(ended_at__lt=now - ROWS_KEPT).delete()
    DBTaskResult.objects.filter(finished_at__lt=now - ROWS_KEPT).delete()
    known = set(Job.objects.values_list("key", flat=True))
    for path in beside.jobs_folder().iterdir():
        if path.name not in known and path.name != beside.WORKERS and time.time() - path.stat().st_mtime > STRAY_AFTER:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
