"""What changed in a record since it was last verified or returned, in words, for who has to look at it again."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import F, OuterRef, Subquery
from django.utils.text import capfirst

from engagements.choices import ReviewState
from engagements.domain.review import record_columns, record_tables
from engagements.models import Engagement
from history.models import Change


def changed_since_review(engagements: Iterable[int]) -> dict[int, list[str]]:
    """For each record (by id) that was verified or returned before: the names of the fields and rows changed since; one query.

    A record that nobody judged yet is not in the answer.
    """
    own, others = record_tables()
    judged = Change.objects.order_by("-pk").filter(
        engagement=OuterRef("engagement"), table=own, after__review_state__in=[ReviewState.VERIFIED, ReviewState.RETURNED]
    )
    changes = (
        Change.objects.filter(engagement__in=list(engagements), table__in=[own, *others])
        .alias(judged=Subquery(judged.values("pk")[:1]))
        .filter(pk__gte=F("judged"))
        .order_by("pk")
        .values_list("engagement", "table", "before", "after")
    )
    names = _names()
    found: dict[Any, dict[str, None]] = {}
    for engagement, table, before, after in changes:
        said = found.setdefault(engagement, {})
        for name in _fields(before, after) if table == own else [names[table]]:
            said.setdefault(name)
    return {engagement: list(said) for engagement, said in found.items()}


def _fields(before: dict | None, after: dict | None) -> list[str]:
    """The names of the record's columns that differ; a row that was added says nothing."""
    if before is None or after is None:
        return []
    fields = {field.column: field for field in Engagement._meta.local_concrete_fields}
    judged = set(record_columns())
    differ = [column for column in after if column in judged and before.get(column) != after[column]]
    # A date and how exactly it is known are one thing to a reader.
    return [capfirst(str(fields[column.replace("_precision", "_on")].verbose_name)) for column in differ]


def _names() -> dict[str, str]:
    """What the rows of each table are called."""
    found = {}
    for model in apps.get_app_config("engagements").get_models(include_auto_created=True):
        owner = model._meta.auto_created
        if owner:
            field = next(item for item in owner._meta.local_many_to_many if item.remote_field.through is model)
            found[model._meta.db_table] = capfirst(str(field.verbose_name))
        else:
            found[model._meta.db_table] = capfirst(str(model._meta.verbose_name_plural))
    return found
