"""A checked batch comes into the record: all of it or nothing, in one transaction, and only as the check said."""

import hashlib
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from history.context import acting, present
from imports import changing
from imports.checking import Progress, Source, mark_of, planned, silent
from imports.choices import WORKING, Outcome, State
from imports.identity import find
from imports.keeping import basis, changes_nothing, kept
from imports.models import Batch
from imports.names import Names
from imports.planning import Plan
from imports.writing import Refused, Writer, lock

# States from which a batch may be written: a failed or cancelled writing can be repeated.
READY = [State.CHECKED, State.QUESTIONS, State.FAILED, State.CANCELLED]


def why_not(batch: Batch) -> str:
    """Why the batch can not be written now; empty where it can."""
    if batch.state in {State.DONE, State.UNDONE}:
        return _("It is written already.") if batch.state == State.DONE else _("It was taken back: bring the file in again.")
    if batch.state in WORKING:
        return _("It is being worked on just now.")
    if batch.state not in READY or not batch.plan:
        return _("Check the file first.")
    if not batch.owner.has_perm("imports.add_batch"):
        return _("The role of %(owner)s brings in no files.") % {"owner": batch.owner}
    counts = batch.counts
    if counts.get("questions") and not batch.valid_only:
        return _("Answer the questions first, or leave out the lines that wait for an answer.")
    if (counts.get("wrong_lines") or counts.get("wrong")) and not batch.valid_only:
        return _("Some lines can not come in. Correct them, or write the others only.")
    return ""


def take(batch: Batch) -> None:
    """Say that the batch is being written: of two who ask at once, one is told that it is under way."""
    if refused := why_not(batch):
        raise ValidationError(refused, code="not_now")
    taken = Batch.objects.filter(pk=batch.pk, state=batch.state, plan=batch.plan).update(state=State.COMMITTING, said="")
    if not taken:
        raise ValidationError(_("It is being written just now."), code="not_now")
    batch.state, batch.said = State.COMMITTING, ""


def commit(batch: Batch, progress: Progress = silent) -> None:
    """Write a batch that was taken. Raises ``ValidationError`` with a sentence; then nothing was written."""
    reason = _("import %(batch)s") % {"batch": batch.key}
    with acting(actor=batch.owner, door="import", reason=reason), transaction.atomic():
        lock(progress)
        _write(batch, progress)
        batch.action = present()["id"]  # type: ignore[index]
        batch.state, batch.ended_at, batch.said = State.DONE, timezone.now(), ""
        batch.save(update_fields=["action", "state", "ended_at", "said", "counts"])


def _write(batch: Batch, progress: Progress) -> None:
    """What the check found, where all it was made from is as it was; else everything is planned anew, and has to be the same."""
    writer, done = Writer(batch), 0
    total = sum(batch.counts.get(outcome.value, 0) for outcome in Outcome)
    for plans in _as_checked(batch) if basis(batch) == batch.basis and changes_nothing(batch) else _planned_anew(batch):
        try:
            writer.create([plan for plan in plans if plan.outcome == Outcome.CREATE])
        except Refused as refused:
            raise _told(refused.plan, refused.sentence) from refused
        for plan in plans:
            if plan.outcome == Outcome.UPDATE:
                try:
                    changing.write(plan, batch)
                except ValidationError as error:
                    raise _told(plan, " ".join(error.messages)) from error
        done += len(plans)
        progress(done, total, _("Writing the records"))


def _as_checked(batch: Batch) -> Iterator[list[Plan]]:
    """The kept plans, as long as the new records are new still, and those on file are there still."""
    for plans in kept(batch):
        found = find(plans, batch)
        for number, plan in enumerate(plans):
            match = found.get(number)
            content = match.imported.content if match is not None and match.imported is not None else ""
            if (plan.outcome == Outcome.CREATE and match is not None) or (plan.outcome == Outcome.UNCHANGED and content != plan.content):
                raise _changed()
        yield plans


def _planned_anew(batch: Batch) -> Iterator[list[Plan]]:
    mark = hashlib.sha256()
    for plans in planned(batch, Source(batch, batch.headings), Names(batch)):
        for plan in plans:
            mark.update(mark_of(plan))
        yield plans
    if mark.hexdigest() != batch.plan:
        raise _changed()


def _changed() -> ValidationError:
    sentence = _("Since the check, records or lists have changed, and the result would be another one. Check the file again.")
    return ValidationError(sentence, code="changed")


def _told(plan: Plan, sentence: str) -> ValidationError:
    lines = plan.gathered.lines
    return ValidationError(_("Line %(line)s: %(sentence)s") % {"line": lines[0], "sentence": sentence}, code="refused")
