"""The rules of a model, asked of plain values instead of the database: by the hundred thousand, and without a query.

Nothing is said twice: fields check their values as in a form, and the conditions are those of the model's own
constraints, read term by term. Like the database, a condition whose answer is not known (NULL) is no refusal.
"""

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, DateField, DateTimeField, F, Field, Model, Q, TextField
from django.db.models.expressions import CombinedExpression
from django.db.models.lookups import Lookup
from django.utils.translation import gettext as _

from catalog.models.base import NameField

Values = dict[str, Any]
Ask = Callable[[Values], Any]
KEPT = 2_000  # answers of one rule that are kept: most columns have few different values
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, those: value in those,
    "range": lambda value, ends: ends[0] <= value <= ends[1],
    "regex": lambda value, pattern: re.search(pattern, value) is not None,
}


class Rules:
    """What the model refuses. ``values`` are by attribute name (``country_id``), dates as ``starts_on`` and ``starts_precision``."""

    def __init__(self, model: type[Model], *, without: tuple[str, ...] = ()):
        fields = {field.attname: field for field in model._meta.concrete_fields}
        self.fields = {
            name: _FieldRule(field)
            for name, field in fields.items()
            if not field.is_relation and not field.primary_key and name not in without and not name.endswith("_precision")
        }
        self.conditions = [
            _Condition(model, constraint)
            for constraint in model._meta.constraints
            if isinstance(constraint, CheckConstraint) and "pk" not in _names_in(constraint.condition)
        ]

        self.defaults: Values = {name: field.get_default() for name, field in fields.items()}
        self.asked: dict[tuple[str, ...], _Asked] = {}

    def broken(self, values: Values) -> Iterator[tuple[str, str]]:
        """(column or nothing, sentence) of each rule that ``values`` break. A column that is not among them is as in a new row."""
        said = tuple(values)
        asked = self.asked.get(said)
        if asked is None:
            asked = self.asked[said] = self._to_ask(said)
        for name, good, rule in asked.fields:
            if (value := values[name]) not in good:
                for sentence in rule.refusals(value):
                    yield name, sentence
        for of_row, known, condition in asked.conditions:
            key = of_row(values)
            holds = known.get(key)
            if holds is None:
                holds = condition.holds({name: values.get(name, default) for name, default in condition.defaults})
                if len(known) < KEPT:
                    known[key] = holds
            if not holds:
                yield "", condition.sentence
        yield from asked.always

    def _to_ask(self, said: tuple[str, ...]) -> "_Asked":
        """What there is to ask where just these columns are said. What is about others has the same answer every time."""
        fields = [(name, self.fields[name].good, self.fields[name]) for name in said if name in self.fields]
        columns = set(said)
        conditions: list[tuple[Callable, dict[Any, bool], _Condition]] = []
        always = []
        for condition in self.conditions:
            if names := [name for name in condition.names if name in columns]:
                conditions.append((operator.itemgetter(*names), {}, condition))  # one value, or a tuple of several
            elif not condition.holds(self.defaults):
                always.append(("", condition.sentence))
        return _Asked(fields, conditions, always)


class _Asked(NamedTuple):
    """The rules to ask where certain columns are said, each with what is known of it; and those that are broken whatever these say."""

    fields: list[tuple[str, set[Any], "_FieldRule"]]
    conditions: list[tuple[Callable[[Values], Any], dict[Any, bool], "_Condition"]]
    always: list[tuple[str, str]]


@cache
def rules_of(model: type[Model]) -> Rules:
    return Rules(model)


class _FieldRule:
    def __init__(self, field: Field):
        self.field = field
        self.good: set[Any] = {None} if field.null else set()
        if field.blank and field.empty_strings_allowed:
            self.good.add("")
        # Text without a list or a pattern to keep to: its length is all there is to ask.
        plain = isinstance(field, TextField | NameField) or (type(field).__name__ == "CharField" and not field.choices)
        self.is_text = plain and len(field._validators) == 0
        self.longest = getattr(field, "max_length", None)
        self.is_day = isinstance(field, DateField) and not isinstance(field, DateTimeField) and not (field.choices or field._validators)

    def refusals(self, value: Any) -> list[str]:
        """``value`` is none of ``good``."""
        if isinstance(value, str) and "\0" in value:
            return [_("Null characters are not allowed.")]
        if self.is_text and type(value) is str and value and (self.longest is None or len(value) <= self.longest):
            return []
        if self.is_day and type(value) is dt.date:
            return []
        try:
            self.field.clean(value, None)
        except ValidationError as error:
            return [*error.messages]
        if len(self.good) < KEPT:
            self.good.add(value)
        return []


class _Condition:
    def __init__(self, model: type[Model], constraint: CheckConstraint):
        self.sentence = str(constraint.get_violation_error_message())
        if constraint.violation_error_message in (None, constraint.default_violation_error_message):
            self.sentence = _("A value that is not in its list (%(rule)s).") % {"rule": constraint.name}
        columns = {field.name: field.attname for field in model._meta.concrete_fields}
        self.names = sorted(columns.get(name, name) for name in _names_in(constraint.condition))
        defaults = {field.attname: field.get_default() for field in model._meta.concrete_fields}
        self.defaults = [(name, defaults[name]) for name in self.names]
        self.ask = _condition(constraint.condition, columns)

    def holds(self, row: Values) -> bool:
        """``row`` has every column that the condition names."""
        return self.ask(row) is not False


def _condition(condition: Any, columns: dict[str, str]) -> Ask:
    """A function from values to true, false or None (not known), as the database has it."""
    if not isinstance(condition, Q):
        name, wanted = condition
        return _term(name, wanted, columns)
    parts = [_condition(child, columns) for child in condition.children]
    joined = {"AND": _all, "OR": _any, "XOR": _one}[condition.connector](parts)
    return _not(joined) if condition.negated else joined


def _all(parts: list[Ask]) -> Ask:
    def ask(values: Values) -> Any:
        answers = [part(values) for part in parts]
        return False if False in answers else None if None in answers else True

    return ask


def _any(parts: list[Ask]) -> Ask:
    def ask(values: Values) -> Any:
        answers = [part(values) for part in parts]
        return True if True in answers else None if None in answers else False

    return ask


def _one(parts: list[Ask]) -> Ask:
    def ask(values: Values) -> Any:
        answers = [part(values) for part in parts]
        return None if None in answers else sum(answers) % 2 == 1

    return ask


def _not(part: Ask) -> Ask:
    def ask(values: Values) -> Any:
        answer = part(values)
        return None if answer is None else not answer

    return ask


def _term(name: str, wanted: Any, columns: dict[str, str]) -> Ask:
    """``starts_on__gte=F("ends_on")``."""
    stem, _separator, lookup = name.partition("__")
    column = columns.get(stem, stem)
    lookup = lookup or "exact"
    if lookup == "isnull" or (lookup == "exact" and wanted is None):
        empty = wanted if lookup == "isnull" else True
        return lambda values: (values[column] is None) == empty
    compare, other = COMPARE[lookup], _value(wanted, columns)

    def ask(values: Values) -> Any:
        value, against = values[column], other(values)
        return None if value is None or against is None else compare(value, against)

    return ask


def _value(wanted: Any, columns: dict[str, str]) -> Ask:
    if isinstance(wanted, F):
        referred = str(columns.get(wanted.name, wanted.name))
        return lambda values: values[referred]
    if isinstance(wanted, CombinedExpression):
        left, right = (_value(part, columns) for part in (wanted.lhs, wanted.rhs))
        join = {"+": operator.add, "-": operator.sub}[wanted.connector]

        def ask(values: Values) -> Any:
            one, other = left(values), right(values)
            return None if one is None or other is None else join(one, other)

        return ask
    if isinstance(wanted, Lookup):
        raise TypeError(f"A condition with {wanted!r} is not read here yet.")
    return lambda _values: wanted


def _names_in(condition: Any) -> set[str]:
    """The columns that a condition asks for."""
    if isinstance(condition, Q):
        return set().union(*(_names_in(child) for child in condition.children))
    if isinstance(condition, F):
        return {condition.name}
    if isinstance(condition, CombinedExpression):
        return _names_in(condition.lhs) | _names_in(condition.rhs)
    if isinstance(condition, tuple) and isinstance(condition[0], str) and len(condition) == 2:
        wanted = condition[1]
        return {condition[0].partition("__")[0]} | (_names_in(wanted) if isinstance(wanted, F | CombinedExpression) else set())
    return set()
