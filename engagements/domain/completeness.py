"""How complete a record is: which of the facts that belong to its kind and status it has, and what is missing.

The list below is the whole definition. It is asked of the database, for one record or for many, so that the page,
the list, the queue and an average say the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, ExpressionWrapper, IntegerField, Model, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagements.choices import NOT_TAKING_PART, Kind, ParticipationStatus, Scope, Status
from engagements.having import EVERY, Having
from engagements.models import Assessment, Engagement, Outcome, Participation, Source

BEGUN = ~Q(status__in=[Status.PROPOSED, Status.CANCELLED, Status.POSTPONED])
COMPLETED = Q(status=Status.COMPLETED)
EXERCISE, TRAINING, PEACEKEEPING = Q(kind=Kind.EXERCISE), Q(kind=Kind.TRAINING), Q(kind=Kind.PEACEKEEPING)


def _has(model: type[Model], *conditions: Q, **values) -> Q:
    return Q(Having(model, Q(*conditions, **values)))


def _linked(name: str) -> Q:
    return Q(Having(getattr(Engagement, name).through))


def _coming(*conditions: Q, **values) -> Q:
    """Somebody who takes part, and of whom this is known."""
    return _has(Participation, ~Q(status__in=NOT_TAKING_PART), *conditions, **values)


@dataclass(frozen=True)
class Check:
    """One fact. ``applies`` looks at the record's own columns only; ``part`` is the id of its field on the edit form."""

    code: str
    sentence: str | Promise
    part: str
    applies: Q
    met: Q

    @property
    def missing(self) -> Q:
        return self.applies & ~self.met


CHECKS = [
    Check("start", _("When it began, or begins, is not known."), "id_starts", EVERY, ~Q(starts_precision="unknown")),
    Check("end", _("When it ended, or ends, is not known."), "id_ends", BEGUN, ~Q(ends_precision="unknown")),
    Check("place", _("Where it is held is not recorded."), "id_country", EVERY, ~Q(country=None, place="", is_virtual=False)),
    Check("participants", _("Fewer than two countries take part."), "participants-rows", EVERY, ~Q(scope=Scope.INCOMPLETE)),
    Check("strategy", _("No strategy is named."), "id_strategies", EVERY, _linked("strategies")),
    Check("objective", _("No objective is linked."), "id_objectives", EVERY, _linked("objectives")),
    Check("summary", _("There is no summary."), "id_summary", EVERY, ~Q(summary="")),
    Check("source", _("No source is named."), "sources-rows", EVERY, _has(Source)),
    Check("outcome", _("No outcome is recorded."), "outcomes-rows", COMPLETED, _has(Outcome)),
    Check("assessment", _("It is not assessed."), "assessments-rows", COMPLETED, _has(Assessment)),
    Check(
        "attendance", _("Somebody still stands as invited: say who came."), "participants-rows", COMPLETED,
        ~_has(Participation, status=ParticipationStatus.INVITED),
    ),
    Check(
        "personnel", _("How many people took part is not known."), "participants-rows", COMPLETED & ~EXERCISE & ~TRAINING,
        _coming(personnel__isnull=False),
    ),
    Check("focus", _("The focus of the exercise is not named."), "id_detail-focus", EXERCISE, ~Q(exercise=None) & ~Q(exercise__focus="")),
    Check(
        "forces", _("How many people took part in the exercise is not known."), "id_detail-personnel_total", EXERCISE & COMPLETED,
        Q(exercise__personnel_total__isnull=False) | _coming(personnel__isnull=False),
    ),
    Check(
        "subject", _("What is taught is not said."), "id_detail-subject", TRAINING,
        Q(training__isnull=False) & (~Q(training__subject="") | ~Q(training__course="")),
    ),
    Check(
        "trained", _("How many people completed the training is not known."), "id_detail-completed", TRAINING & COMPLETED,
        Q(training__completed__isnull=False),
    ),
    Check(
        "mandate", _("The mandate is not recorded, nor a legal basis."), "id_detail-mandate", PEACEKEEPING,
        Q(mission__isnull=False) & ~Q(mission__mandate="") | _linked("legal_bases"),
    ),
    Check(
        "mandating_body", _("Who gave the mandate is not recorded."), "id_detail-mandating_body", PEACEKEEPING,
        Q(mission__mandating_body__isnull=False) | _has(Participation, role="mandating_body"),
    ),
    Check(
        "expiry", _("When the mandate expires is not recorded."), "id_detail-mandate_expires_on", PEACEKEEPING & Q(status=Status.ONGOING),
        Q(mission__mandate_expires_on__isnull=False),
    ),
]  # fmt: skip
# Below this score a record counts as thin.
ENOUGH = 60


@dataclass(frozen=True)
class Completeness:
    """``score`` in percent of the checks that apply, rounded down; ``missing`` in the order of CHECKS."""

    score: int
    missing: list[Check]


def score():
    """The percentage of the applying checks that a row meets, rounded down to a whole number; an expression."""
    applying = _count(*(check.applies for check in CHECKS))
    missing = _count(*(check.missing for check in CHECKS))
    return ExpressionWrapper((applying - missing) * 100 / applying, IntegerField())


def with_completeness(rows: QuerySet) -> QuerySet:
    """``rows`` with their ``completeness``, 0 to 100."""
    return rows.annotate(completeness=score())


def with_missing(rows: QuerySet) -> QuerySet:
    """``rows`` with what ``completeness_of`` reads: how many checks apply, and one bit for each that is not met."""
    return rows.annotate(
        checks_applying=_count(*(check.applies for check in CHECKS)), checks_missing=bits(check.missing for check in CHECKS)
    )


def completeness_of(row: Engagement) -> Completeness:
    """The completeness of a row that came ``with_missing``."""
    missing = [check for place, check in enumerate(CHECKS) if row.checks_missing >> place & 1]
    return Completeness(percent(row.checks_applying, len(missing)), missing)


def percent(applying: int, missing: int) -> int:
    """The score of a record to which so many checks apply and that misses so many: as ``score`` says it of a row."""
    return (applying - missing) * 100 // applying


def bits(conditions: Iterable[Q]):
    """A number in which the first condition is worth 1, the next 2, the next 4, where they are true; an expression."""
    return _total(
        Case(When(condition, Value(1 << place)), default=Value(0)) if condition else Value(1 << place)
        for place, condition in enumerate(conditions)
    )


def _count(*conditions: Q):
    return _total(Case(When(condition, Value(1)), default=Value(0)) if condition else Value(1) for condition in conditions)


def _total(terms):
    terms = iter(terms)
    total = next(terms)
    for term in terms:
        total = total + term
    total.output_field = IntegerField()
    return total
