"""A batch is taken back as one action: what it created goes, what it changed is as it was before.

What anybody touched since stays, and stays listed (``Imported.is_undone`` is false). The history keeps all of it.
"""

from collections.abc import Iterable, Iterator

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.domain.lifecycle import may_archive, may_edit
from engagements.domain.saving import as_sentences, claim
from engagements.models import DETAIL_OF, Engagement, Outcome, Participation, PeacekeepingMission, ReviewStep, StrengthReport
from history import rows
from history.context import acting, present
from history.models import Change
from history.values import as_columns, exactly, models_by_table
from imports.checking import Progress, silent
from imports.choices import Action, State
from imports.models import Batch, Imported, LikelyTwin, Planned
from imports.writing import Writer, lock

CHUNK = 500


def why_not(batch: Batch, user: User) -> str:
    """Why ``user`` can not take the batch back; empty where that can be done."""
    if batch.state != State.DONE:
        return _("Only a batch that is written can be taken back.")
    if user.pk != batch.owner_id and not (user.has_perm("engagements.verify_engagement") and batch.team_id in user.team_ids):
        return _("Who brought it in takes it back, or a manager of the team.")
    if not user.has_perm("engagements.delete_engagement"):
        return _("Your role takes no records away.")
    return ""


def take(batch: Batch, user: User) -> None:
    """Say that the batch is being taken back: of two who ask at once, one is told that it is under way."""
    if refused := why_not(batch, user):
        raise ValidationError(refused, code="not_now")
    if not Batch.objects.filter(pk=batch.pk, state=State.DONE).update(state=State.UNDOING, said=""):
        raise ValidationError(_("It is being worked on just now."), code="not_now")
    batch.state, batch.said = State.UNDOING, ""


def undo(batch: Batch, user: User, progress: Progress = silent) -> None:
    """Take back a batch that was taken for it."""
    if not user.has_perm("engagements.delete_engagement"):
        raise PermissionDenied(_("Your role takes no records away."))
    reason = _("import %(batch)s taken back") % {"batch": batch.key}
    with acting(actor=user, door="import", reason=reason), transaction.atomic(), as_sentences():
        lock(progress)
        total, done = batch.imported.filter(is_undone=False).count(), 0
        for chunk in _chunks(batch):
            _undo(batch, chunk, user)
            done += len(chunk)
            progress(done, total, _("Taking the records back"))
        batch.counts = batch.counts | {"kept": batch.imported.filter(is_undone=False).count()}
        batch.undo_action = present()["id"]  # type: ignore[index]
        batch.state = State.UNDONE
        batch.ended_at = timezone.now()
        batch.save(update_fields=["counts", "undo_action", "state", "ended_at"])


def _chunks(batch: Batch) -> Iterator[list[Imported]]:
    """The records of the batch, the last first."""
    before = None
    while True:
        found = batch.imported.filter(is_undone=False, **({"pk__lt": before} if before else {})).order_by("-pk")[:CHUNK]
        chunk = list(found)
        if not chunk:
            return
        yield chunk
        before = chunk[-1].pk


def _undo(batch: Batch, chunk: list[Imported], user: User) -> None:
    records = {item.pk: item for item in Engagement.objects.visible_to(user).filter(pk__in=[row.engagement_id for row in chunk])}
    touched = set(edited(batch).filter(engagement__in=records).values_list("engagement", flat=True))
    created, changed = [], []
    for row in chunk:
        record = records.get(row.engagement_id)
        if record is None or row.engagement_id in touched:
            continue
        if row.action == Action.CREATED and (record.created_by_id == user.pk or may_archive(record, user)):
            created.append(row.engagement_id)
        elif row.action == Action.UPDATED and may_edit(record, user):
            changed.append((row, record))
    _remove(created)
    for row, record in changed:
        _restore(batch, record, user)
        Imported.objects.filter(pk=row.pk).update(is_undone=True)


def edited(batch: Batch) -> models.QuerySet:
    """The records of the batch that stay when it is taken back: somebody changed them since, said something of them, or
    made another record lead to them."""
    last = Change.objects.filter(action=batch.action).order_by("-pk").values("pk")[:1]
    of_row = models.OuterRef("engagement")
    touched = models.Q(models.Exists(Change.objects.filter(engagement=of_row, pk__gt=models.Subquery(last)).exclude(action=batch.action)))
    touched |= models.Q(models.Exists(Engagement.objects.filter(parent=of_row)))
    touched |= models.Q(models.Exists(Engagement.predecessors.through.objects.filter(to_engagement=of_row)))
    touched |= models.Q(models.Exists(Outcome.objects.filter(linked_engagement=of_row)))
    return batch.imported.filter(is_undone=False).filter(touched | ~models.Q(engagement__version=models.F("version_after")))


def _remove(records: list[int]) -> None:
    """Records that a batch created, with everything that it wrote of them, and nothing else."""
    if not records:
        return
    _delete(StrengthReport.objects.filter(participation__engagement__in=records))
    _delete(PeacekeepingMission.tasks.through.objects.filter(peacekeepingmission__in=records))
    for through in _links():
        _delete(through.objects.filter(engagement__in=records))
    for model in (*DETAIL_OF.values(), *_children(), Imported, LikelyTwin):
        _delete(model._base_manager.filter(engagement__in=records))
    Planned.objects.filter(engagement__in=records).update(engagement=None)
    # Before the participants, with whom the database would count its scope anew.
    _delete(Engagement._base_manager.filter(pk__in=records))
    _delete(Participation.objects.filter(engagement__in=records))


def _links() -> Iterable[type[models.Model]]:
    return Writer.links().values()


def _children() -> list[type[models.Model]]:
    return [model for model in Writer.CHILDREN if model is not StrengthReport]


def _delete(found: models.QuerySet) -> None:
    """One statement, without asking for each row what hangs on it: whatever is forgotten here, the database refuses."""
    found._raw_delete(found.db)


def _restore(batch: Batch, record: Engagement, user: User) -> None:
    """The record as it was before the batch; if that had been verified, it waits for its verification again."""
    claim(record, seen=record.version, actor=user)
    tables = models_by_table()
    for change in reversed(exactly(Change.objects.filter(action=batch.action, engagement=record.pk).order_by("pk"))):
        model = tables[change.table]
        if model is ReviewStep:
            continue
        before = as_columns(model, change.before or {})
        if change.operation == "added":
            rows.remove(model, change.row)
        elif change.operation == "removed":
            rows.insert(model, change.row, before)
        else:
            before.pop("review_state", None)
            if before:
                rows.change(model, change.row, before, claimed=model is Engagement)
