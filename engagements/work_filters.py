"""The filters behind the figures of review and of what needs attention."""

from functools import reduce
from operator import or_

import django_filters as df
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagements.choices import ReturnReason
from engagements.domain.attention import due_soon, returned_for, waiting_for
from engagements.domain.completeness import ENOUGH, score

DUE = [
    ("assessment", _("Assessment due within 30 days")),
    ("follow_up", _("Follow-up due within 30 days")),
    ("review", _("Sustainability review due within 30 days")),
]
WAITING = [
    ("verification", _("For me to verify or return")),
    ("handling", _("For me to decide on handling")),
    ("mention", _("Comments that name me, not seen yet")),
]
COMPLETENESS = [
    ("thin", _("Thin: less than 60 % of what belongs in it")),
    ("part", _("Something is missing: 60 to 99 %")),
    ("full", _("Complete")),
]
BANDS = {"thin": (0, ENOUGH - 1), "part": (ENOUGH, 99), "full": (100, 100)}


def in_band(score: int, band: str) -> bool:
    """Whether a completeness of ``score`` percent is of that band."""
    first, last = BANDS[band]
    return first <= score <= last


class WorkFilter(df.FilterSet):
    """What is due, what waits for the reader, why records came back, and how complete they are."""

    due = df.MultipleChoiceFilter(label=_("Due soon"), choices=DUE)
    waiting = df.MultipleChoiceFilter(label=_("Waits"), choices=WAITING)
    returned = df.MultipleChoiceFilter(label=_("Returned within a year"), choices=ReturnReason.choices)
    completeness = df.MultipleChoiceFilter(label=_("Completeness"), choices=COMPLETENESS)


def by_work(chosen, user):
    """(name, what narrows rows to those that meet its values) of each name that was chosen; values of one name mean any of them."""
    if chosen["due"]:
        yield "due", lambda rows: rows.filter(reduce(or_, (due_soon(what) for what in chosen["due"])))
    if chosen["waiting"]:
        yield "waiting", lambda rows: rows.filter(reduce(or_, (waiting_for(user, what) for what in chosen["waiting"])))
    if chosen["returned"]:
        yield "returned", lambda rows: rows.filter(returned_for(chosen["returned"]))
    if chosen["completeness"]:
        bands = reduce(or_, (Q(percent__range=BANDS[name]) for name in chosen["completeness"]))
        yield "completeness", lambda rows: rows.alias(percent=score()).filter(bands)
