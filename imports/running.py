"""The steps of a batch as work behind the pages: asked for, done, failed, done again."""

import gc
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from imports import checking, committing, undoing
from imports.choices import WORKING, State
from imports.models import Batch
from imports.uploads import remove_expired
from jobs import work
from jobs.models import Job
from jobs.sweeping import end_dead

CHECK, COMMIT, UNDO = "check", "commit", "undo"
SELDOM = (50_000, 20, 100)  # how many objects more before the garbage is looked for, and how many times before among older ones
CHECKABLE = [State.MAPPING, State.QUESTIONS, State.CHECKED, State.FAILED, State.CANCELLED]


# Asking ------------------------------------------------------------------------------------------


def ask_check(batch: Batch, user: User) -> Job:
    """Raises ``ValidationError`` where that can not be done now."""
    with transaction.atomic():
        take_check(batch)
        return _start(batch, user, CHECK)


def ask_commit(batch: Batch, user: User) -> Job:
    if user.pk != batch.owner_id:
        raise PermissionDenied(_("Who brought the file in writes it."))
    with transaction.atomic():
        committing.take(batch)
        return _start(batch, user, COMMIT)


def ask_undo(batch: Batch, user: User) -> Job:
    with transaction.atomic():
        undoing.take(batch, user)
        return _start(batch, user, UNDO)


def take_check(batch: Batch) -> None:
    """Say that the batch is being checked, and forget what an earlier check found."""
    if not Batch.objects.filter(pk=batch.pk, state__in=CHECKABLE).update(state=State.CHECKING, plan="", said=""):
        raise ValidationError(_("It is written already, or being worked on just now."), code="not_now")
    batch.state, batch.plan, batch.said = State.CHECKING, "", ""


def _start(batch: Batch, user: User, step: str) -> Job:
    with transaction.atomic():
        title = _("Import of %(file)s") % {"file": batch.name}
        job = work.start("import", owner=user, title=title, payload={"batch": batch.pk, "step": step})
        batch.job_key = job.key
        batch.save(update_fields=["job_key"])
    return job


# Doing -------------------------------------------------------------------------------------------


def link(job: Job) -> str:
    """Where the job's page leads."""
    key = Batch.objects.filter(pk=job.payload.get("batch")).values_list("key", flat=True).first()
    return reverse("imports:batch", args=[key]) if key else ""


def _taken(batch: Batch, step: str, user: User) -> None:
    """A step that is repeated has to be taken again."""
    if step == CHECK and batch.state != State.CHECKING:
        take_check(batch)
    elif step == COMMIT and batch.state != State.COMMITTING:
        committing.take(batch)
    elif step == UNDO and batch.state != State.UNDOING:
        undoing.take(batch, user)


def run(job: Job, progress: work.Progress) -> str | None:
    """What the worker does for a job of the kind "import"."""
    remove_expired()
    batch = Batch.objects.select_related("owner", "upload", "team").filter(pk=job.payload.get("batch")).first()
    if batch is None:
        raise ValidationError(_("The import is gone."))
    step = str(job.payload.get("step"))
    if batch.state in WORKING and batch.job_key != job.key:
        settle(batch)
    _taken(batch, step, job.owner)
    Batch.objects.filter(pk=batch.pk).update(job_key=job.key)
    return carry_out(batch, step, job.owner, progress)


def carry_out(batch: Batch, step: str, user: User, progress: Callable[..., Any] = checking.silent) -> str:
    """One step of a batch that was taken for it; how it ended is in the batch, and a refusal is raised on."""
    # The program itself, and the lines that are kept, are not looked through for garbage again with every few thousand more.
    often = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        if step == CHECK:
            checking.check(batch, progress)
        elif step == COMMIT:
            committing.commit(batch, progress)
        else:
            undoing.undo(batch, user, progress)
    except work.Cancelled:
        _ended(batch, _("Cancelled. Nothing of it was kept."), State.CANCELLED)
        raise
    except (ValidationError, PermissionDenied) as refusal:
        _ended(batch, " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal))
        raise
    except Exception:
        _ended(batch, _("Something went wrong inside the program. Nothing was written. You can start it again."))
        raise
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()
    return said_of(batch)


def _ended(batch: Batch, said: str, state: str = State.FAILED) -> None:
    """The batch did not come to its end: what it is now. One that could not be taken back is written still."""
    working = Batch.objects.filter(pk=batch.pk, state__in=WORKING)
    working.filter(state=State.UNDOING).update(state=State.DONE, said=said)
    working.update(state=state, said=said, ended_at=timezone.now())
    batch.refresh_from_db(fields=["state", "said", "ended_at", "plan", "counts"])


def settle(batch: Batch) -> None:
    """Notice that the process which worked on the batch has died, been stopped, or never begun."""
    if batch.state not in WORKING:
        return
    jobs = Job.objects.filter(key=batch.job_key)
    end_dead(jobs)
    job = jobs.first()
    if job is None or not job.is_unfinished:
        said = job.said if job is not None and job.said else work.interrupted()
        cancelled = job is not None and job.state == "cancelled"
        batch.refresh_from_db()
        _ended(batch, said, State.CANCELLED if cancelled else State.FAILED)


def said_of(batch: Batch) -> str:
    """What came of the last step, in a sentence."""
    counts = batch.counts
    if batch.state == State.UNDONE:
        kept = counts.get("kept", 0)
        return _("Taken back; %(kept)s records stay, as they were edited since.") % {"kept": kept} if kept else _("Taken back.")
    given = {"create": counts.get("create", 0), "update": counts.get("update", 0), "unchanged": counts.get("unchanged", 0)}
    if batch.state == State.DONE:
        return _("%(create)s new records, %(update)s changed, %(unchanged)s on record already.") % given
    return _("Checked: %(create)s new records, %(update)s to change, %(unchanged)s on record already.") % given


def register() -> None:
    """Make the worker know imports."""
    work.kind("import", title=gettext_lazy("Import"), link=link, door="import")(run)
