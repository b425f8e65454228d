"""Which lines come in with a flag that says what looks odd."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from imports.choices import LineState, Outcome
from imports.models import Line, Planned


def with_flags(lines: "QuerySet[Line]") -> "QuerySet[Line]":
    """Those of ``lines``; none of a record that can not come in, or that somebody left out."""
    out = Planned.objects.filter(batch=OuterRef("batch"), group=OuterRef("group"), outcome__in=[Outcome.WRONG, Outcome.LEFT_OUT])
    return lines.filter(Q(has_problems=True, state__in=[LineState.READ, LineState.WAITS]) & ~Exists(out))
