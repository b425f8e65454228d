"""Stretches of a column: its rows in pieces of about the same size, from the smallest value to the largest.

Where a stretch begins is asked once in a process. It need not be right any more when rows have come and gone: every row is in
just one stretch all the same, and the stretches in their order; only their sizes may differ.
"""

from typing import Any

from django.db import connections
from django.db.models import F, Func, IntegerField, Value

from engagements import countable
from engagements.models import Engagement
from engagements.ordering import Key
from engagements.sets import Sets

SAMPLE, EVERY = 5, 200  # a stretch begins with each 200th of 5 % of the rows: it has about 4,000
# Not by last change: that alone leaves no trace in the log by which sets are kept right.
TYPES = {"title": "text", "created_at": "timestamptz", "reference": "text"}

_beginnings: dict[tuple[str, str], list[Any]] = {}


def are_there(sets: Sets, key: Key) -> bool:
    """Only PostgreSQL finds the stretch of a value by itself."""
    return key.path in TYPES and sets.are_kept and connections[sets.using].vendor == "postgresql"


def members(sets: Sets, key: Key) -> countable.Ids:
    """{number of the stretch: ids}"""
    place = _number(F(key.path), sets, key)
    return sets.by(("stretch", key.path), lambda within: countable.records(sets, within).annotate(n=place).values_list("n", "pk"))


def of_value(sets: Sets, key: Key, value: Any) -> int:
    """The stretch in which the value is."""
    with connections[sets.using].cursor() as cursor:
        type_ = TYPES[key.path]
        cursor.execute(f"SELECT width_bucket(%s::{type_}, %s::{type_}[])", [value, _begin(sets, key)])
        return int(cursor.fetchone()[0])


def _number(column: F, sets: Sets, key: Key) -> Func:
    type_ = TYPES[key.path]
    return Func(
        column,
        Value(_begin(sets, key)),
        template=f"width_bucket(%(expressions)s::{type_}[])",
        arg_joiner=f"::{type_}, ",
        output_field=IntegerField(),
    )


def _begin(sets: Sets, key: Key) -> list[Any]:
    place = (sets.using, key.path)
    if place not in _beginnings:
        table = Engagement._meta.db_table
        with connections[sets.using].cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT value FROM (SELECT {key.path} AS value, row_number() OVER (ORDER BY {key.path}) AS number"
                f" FROM {table} TABLESAMPLE SYSTEM ({SAMPLE})) AS numbered WHERE number % {EVERY} = 0 ORDER BY value"
            )
            _beginnings[place] = [value for (value,) in cursor]
    return _beginnings[place]
