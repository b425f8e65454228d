"""The history of one row with what hangs on it: an entry of a list, a person, a team."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Model, Q, QuerySet

from history.models import Change
from history.telling import RawEntry, Subject, Teller
from history.values import by_action, exactly, while_here

Child = tuple[type[Model], str]  # a model whose rows hang on the one asked for, and the column that says so


def raw_entries(
    subject: Subject, row: int, children: Iterable[Child], visible: dict[type[Model], QuerySet]
) -> tuple[Teller, list[RawEntry]]:
    """What there is to tell of ``row``, newest first, and who puts it in words (``Teller.say``)."""
    changes = exactly(Change.objects.filter(table=subject.main._meta.db_table, row=row).order_by("pk"))
    for child, column in children:
        changes += _of_children(child, column, row)
    teller = Teller(subject, visible)
    return teller, teller.read(by_action(sorted(changes, key=lambda change: change.pk)))[::-1]


def _of_children(child: type[Model], column: str, owner: int) -> Iterator[Change]:
    of_table = Change.objects.filter(table=child._meta.db_table)
    ids = of_table.filter(Q(**{f"before__{column}": owner}) | Q(**{f"after__{column}": owner})).values("row")
    lives: dict[int, list[Change]] = {}
    for change in exactly(of_table.filter(row__in=ids).order_by("pk")):
        lives.setdefault(change.row, []).append(change)
    for life in lives.values():
        yield from while_here(life, column, owner)


def link_tables(model: type[Model]) -> list[Child]:
    """The tables of the many-to-many links of ``model``, and of those that lead to it from its own app."""
    own: list[Any] = [(field.remote_field.through, field.m2m_column_name()) for field in model._meta.local_many_to_many]
    leading_here: list[Any] = [relation.field for relation in model._meta.related_objects if relation.many_to_many]
    own += [
        (field.remote_field.through, field.m2m_reverse_name())
        for field in leading_here
        if field.model._meta.app_label == model._meta.app_label and field.model is not model
    ]
    return [(through, column) for through, column in own if through._meta.auto_created]
