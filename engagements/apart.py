"""Conditions of a record taken apart: what each part finds is asked once for all records, and the parts are met here.

A row that is asked by itself for twenty children costs twenty lookups; the same of a million rows is quicker asked of each table
as a whole. The rule is the condition that rows are filtered by: nothing of it is said here. What looks at the columns of the record
is one question, and so is what looks at the rows of one table (``Having``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Model, Q, QuerySet
from pyroaring import FrozenBitMap

from engagements.having import Having
from engagements.models import Engagement
from engagements.sets import NOTHING, Sets, union

Ids = dict[Any, FrozenBitMap]
OF_RECORD = Engagement
# Columns with few values that are read together: of the combinations there are not many.
TOGETHER = [("kind", "status", "scope", "handling", "review_state"), ("status_reason", "conflict_context", "local_perception", "type")]
# The lists of the record, by the model that links it with an entry.
LISTS = {field.remote_field.through: field.name for field in Engagement._meta.local_many_to_many}


def only(rows: QuerySet, within: list[int] | None, column: str = "engagement") -> QuerySet:
    """``rows`` of the records ``within``; of all records where that is None."""
    return rows.order_by() if within is None else rows.order_by().filter(**{f"{column}__in": within})


def column(sets: Sets, name: str) -> Ids:
    """By one of the columns with few values."""
    names = next((names for names in TOGETHER if name in names), None)
    if names is None:
        return sets.by(("column", name), lambda within: only(sets.records, within, "pk").values_list(name, "pk"))
    return sets.apart(names, ("columns", names), lambda within: only(sets.records, within, "pk").values_list(*names, "pk"))[name]


def every(sets: Sets) -> FrozenBitMap:
    """All records: each has a kind."""
    return union(column(sets, "kind").values())


def linked(sets: Sets, name: str) -> Ids:
    """By the entries of a many-to-many list of the record: strategies, themes, objectives ..."""
    through = getattr(Engagement, name).through.objects.using(sets.using)
    entry = Engagement._meta.get_field(name).m2m_reverse_field_name()
    return sets.by(("linked", name), lambda within: only(through.all(), within).values_list(entry, "engagement"))


@dataclass(frozen=True)
class Part:
    """A condition on the rows of one table: of the record itself, or of its children."""

    model: type[Model]
    condition: Q


@dataclass(frozen=True)
class Valued:
    """A column of those that are read together has one of ``values``."""

    column: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Joined:
    """What is true where all of ``parts`` are, or any of them; or where that is not so."""

    is_all: bool
    is_negated: bool
    parts: tuple["Part | Valued | Joined", ...]


class Apart:
    """Several conditions, which share their parts. ``name`` stands for all of them, and for the day where they depend on it."""

    def __init__(self, name: Any, conditions: Mapping[Any, Q]):
        self.name = name
        self.questions: dict[type[Model], dict[str, Q]] = {}
        self.conditions = {code: self._take(condition) for code, condition in conditions.items()}

    def _take(self, condition: Any) -> Part | Valued | Joined:
        if isinstance(condition, Having):
            return self._part(Part(condition.model, condition.condition))
        if isinstance(condition, tuple):
            return _valued(condition) or self._part(Part(OF_RECORD, Q(condition)))
        if condition.connector == Q.XOR:
            raise ValueError("Parts that exclude each other are not met here.")
        plain = [child for child in condition.children if not _goes_apart(child)]
        parts = [self._take(child) for child in condition.children if _goes_apart(child)]
        if len(plain) == 1 and isinstance(plain[0], Q) and (parts or plain[0].negated):
            parts.append(self._take(plain[0]))
        elif plain or not parts:
            parts.append(self._part(Part(OF_RECORD, Q(*plain, _connector=condition.connector))))
        # What is not so is read off what is so, which others ask too, and which is often little.
        return Joined(condition.connector == Q.AND, condition.negated, tuple(parts))

    def _part(self, part: Part) -> Part:
        if part.model is not OF_RECORD or part.condition:
            self.questions.setdefault(part.model, {})[repr(part.condition)] = part.condition
        return part

    def asked(self, sets: Sets, within: FrozenBitMap | None) -> Callable[[Any], FrozenBitMap]:
        """What finds the ids that meet the condition of a code; only those ``within``, where that is not None."""
        whole = every(sets) if within is None else every(sets) & within
        found: dict[tuple[type[Model], str], FrozenBitMap] = {}

        def ids_of(part: Part | Valued | Joined) -> FrozenBitMap:
            if isinstance(part, Joined):
                several = [ids_of(one) for one in part.parts]
                ids = reduce(and_, several) if part.is_all else union(several)
                return whole - ids if part.is_negated else ids
            if isinstance(part, Valued):
                those = column(sets, part.column)
                return union(those[value] for value in part.values if value in those) & whole
            if part.model is OF_RECORD and not part.condition:
                return whole
            key = (part.model, repr(part.condition))
            if key not in found:
                found[key] = self._ids(sets, part) & whole
            return found[key]

        return lambda code: ids_of(self.conditions[code])

    def _ids(self, sets: Sets, part: Part) -> FrozenBitMap:
        conditions = self.questions[part.model]
        column = "pk" if part.model is OF_RECORD else "engagement"

        def rows(within: list[int] | None) -> QuerySet:
            return only(part.model._default_manager.using(sets.using), within, column)

        if any(conditions.values()):
            met = sets.meeting(("apart", self.name, part.model), rows, conditions, column)
        elif part.model in LISTS:  # the figures ask for its entries anyway
            return union(linked(sets, LISTS[part.model]).values())
        else:
            met = sets.meeting(("having", part.model), rows, conditions, column)
        return met.get(repr(part.condition), NOTHING)


def _goes_apart(condition: Any) -> bool:
    if isinstance(condition, tuple):
        return _valued(condition) is not None
    return isinstance(condition, Having) or (isinstance(condition, Q) and any(map(_goes_apart, condition.children)))


def _valued(condition: tuple[str, Any]) -> Valued | None:
    name, values = condition
    found = name.removesuffix("__in")
    return Valued(found, tuple(values) if name.endswith("__in") else (values,)) if found in TOGETHER[0] else None
