"""What a file changes in a record on file: by the same steps as a form, and nothing but what differs."""

from typing import Any

from engagements.domain.lifecycle import reopen_if_verified
from engagements.domain.saving import as_sentences, claim
from engagements.models import DETAIL_OF, ExternalId, Participation, StrengthReport
from imports.choices import Action
from imports.differences import Changes, RowChange
from imports.models import Batch, Imported
from imports.planning import Plan


def write(plan: Plan, batch: Batch) -> None:
    """Raises ``ValidationError`` with a sentence where the record changed meanwhile, or the database refuses."""
    record, found = plan.record.instance, plan.changes
    with as_sentences():
        claim(record, seen=plan.seen, actor=batch.owner)
        reopen_if_verified(record)
        _columns(record, found.engagement)
        for name, ids in found.many.items():
            getattr(record, name).set(ids)
        _detail(record, found)
        for change in sorted(found.rows, key=lambda change: (change.values is not None, change.model is StrengthReport)):
            _row(record, change)
        for system, value in found.names_gone:
            record.external_ids.filter(system=system, value=value).delete()
        ExternalId.objects.bulk_create([ExternalId(engagement=record, system=system, value=value) for system, value in found.names])
        group = plan.gathered
        Imported.objects.create(
            batch=batch, engagement=record, group=group.group, identity=group.identity, content=plan.content,
            action=Action.UPDATED, version_after=record.version,
        )  # fmt: skip


def _columns(instance: Any, values: dict[str, Any]) -> None:
    if not values:
        return
    if "title" in values and hasattr(instance, "is_title_generated"):
        values = values | {"is_title_generated": False}
    for name, value in values.items():
        setattr(instance, name, value)
    instance.save(update_fields=list(values))


def _detail(record: Any, found: Changes) -> None:
    model = DETAIL_OF.get(record.kind)
    if model is None or not (found.detail or found.tasks is not None):
        return
    detail, _created = model.objects.get_or_create(engagement=record)
    _columns(detail, found.detail)
    if found.tasks is not None:
        detail.tasks.set(found.tasks)


def _row(record: Any, change: RowChange) -> None:
    if change.row is not None:
        rows = change.model._base_manager.filter(pk=change.row["id"])
        if change.values is None:
            rows.delete()
        else:
            _columns(rows.get(), change.values)
        return
    owner: dict[str, Any] = {"engagement": record}
    if change.model is StrengthReport:
        column, pk, role = change.party
        owner = {"participation": Participation.objects.get(engagement=record, role=role, **{column: pk})}
    change.model._base_manager.create(**owner, **(change.values or {}))
