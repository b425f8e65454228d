"""How work gets done behind the pages: kinds of jobs, starting one, doing it, ending it.

An outer app registers what it can do under a name::

    @kind("export", title=_("Export"), hand_over=check_and_log)
    def run(job, progress):
        ...

and starts it with ``start("export", owner=user, title="...", payload={...})``. A worker (``manage.py db_worker``) picks it up.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from history.context import DOORS, acting
from jobs import beside
from jobs.beside import Cancelled, Progress
from jobs.choices import UNFINISHED, State
from jobs.models import Job

__all__ = ["Cancelled", "Progress", "cancel", "end", "kind", "repeat", "run_now", "start"]
log = logging.getLogger("entente.jobs")


@dataclass(frozen=True)
class Kind:
    """What the program does for jobs of one name.

    ``run`` does it, as the owner; what it returns, if anything, is the sentence shown as the result. ``hand_over`` is called
    before each download: it raises PermissionDenied with a sentence where the file is no longer right for its owner, and
    writes the log. ``link`` leads from the job to what it is about. ``door`` is how the history names what the job writes.
    """

    name: str
    title: Any
    run: Callable[[Job, Progress], str | None]
    hand_over: Callable[[Job], None] | None = None
    link: Callable[[Job], str] | None = None
    door: str = "page"


KINDS: dict[str, Kind] = {}


def kind(
    name: str,
    *,
    title: Any,
    hand_over: Callable[[Job], None] | None = None,
    link: Callable[[Job], str] | None = None,
    door: str = "",
) -> Callable:
    """Register the function below it as what does the jobs called ``name``. The door is the one of that name, else "page"."""

    def register(run):
        KINDS[name] = Kind(name, title, run, hand_over, link, door or (name if name in DOORS else "page"))
        return run

    return register


def start(name: str, *, owner: Any, title: str, payload: dict[str, Any]) -> Job:
    """A new job, which a worker picks up as soon as the transaction around this is committed.

    Raises ValidationError where the person has too many unfinished ones.
    """
    if name not in KINDS:
        raise ValueError(f"There is no kind of job {name!r}.")
    most = settings.JOBS_UNFINISHED_PER_PERSON
    if Job.objects.filter(owner=owner, state__in=UNFINISHED).count() >= most:
        raise ValidationError(_("%(most)s of your jobs are not finished yet. Wait for one, or cancel it.") % {"most": most})
    with transaction.atomic():
        job = Job.objects.create(kind=name, owner=owner, title=str(title)[:200], payload=payload)
        # In the same database and the same transaction: the queue has it exactly if the job is there.
        job.task = run_job.enqueue(job.key).id
        job.save(update_fields=["task"])
    return job


def repeat(job: Job) -> Job:
    """The same once more, as a job of its own, with the owner's rights of today."""
    return start(job.kind, owner=job.owner, title=job.title, payload=job.payload)


def cancel(job: Job) -> None:
    """A waiting job ends at once; a running one at its next step, and keeps nothing of what it wrote."""
    if not end(job, State.CANCELLED, _("Cancelled before it began."), only=State.WAITING):
        beside.ask_to_cancel(job.key)


def end(job: Job, state: str, said: str, *, only: str = State.RUNNING) -> bool:
    """Whether the job was in the state ``only``, and is now ended."""
    job.state, job.said, job.ended_at = state, said, timezone.now()
    fields = {name: getattr(job, name) for name in ("state", "said", "ended_at")}
    if state == State.DONE:
        fields |= {name: getattr(job, name) for name in ("file_name", "file_handling", "file_facts", "expires_at")}
    changed = Job.objects.filter(pk=job.pk, state=only).update(**fields)
    if changed and state != State.DONE:
        beside.remove_folder(job.key)
    if not changed:
        job.refresh_from_db()
    return bool(changed)


@task()
def run_job(key: str) -> None:
    """What the worker calls. The job may be gone or cancelled by now."""
    job = Job.objects.filter(key=key).select_related("owner").first()
    if job is not None:
        run_now(job)


def run_now(job: Job) -> None:
    """Do the job in this process, unless it is done, or being done, already. Its end is in the job, never an exception."""
    with beside.locked(job.key) as mine:
        if not mine or not Job.objects.filter(pk=job.pk, state=State.WAITING).update(state=State.RUNNING, started_at=timezone.now()):
            return
        job = Job.objects.select_related("owner").get(pk=job.pk)  # with the rights that the owner has now
        try:
            end(job, State.DONE, _run(job) or "")
        except Cancelled:
            end(job, State.CANCELLED, _("Cancelled. Nothing of it was kept."))
        except ValidationError as refusal:
            end(job, State.FAILED, " ".join(refusal.messages))
        except PermissionDenied as refusal:
            end(job, State.FAILED, str(refusal))
        except Exception:
            log.exception("job %s (%s) failed", job.key, job.kind)
            end(job, State.FAILED, _("Something went wrong inside the program. You can start it again."))
        except BaseException:
            end(job, State.FAILED, interrupted())
            raise


def _run(job: Job) -> str | None:
    if not job.owner.is_active:
        raise PermissionDenied(_("The account of the person who asked for it is closed."))
    if job.kind not in KINDS:
        raise ValidationError(_("The program does not know this kind of job any more."))
    found, progress = KINDS[job.kind], Progress(job.key)
    with acting(actor=job.owner, door=found.door, reason=job.title):
        progress.look()
        return found.run(job, progress)


def interrupted() -> str:
    return _("The program was stopped before this was finished. You can start it again.")
