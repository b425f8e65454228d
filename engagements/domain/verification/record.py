"""What every record must have, and figures and counts that must agree."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from catalog.choices import BODIES_OF_SEVERAL_STATES, STATE_BODIES
from engagements.choices import NOT_COUNTED_ROLES, NOT_TAKING_PART, ReviewState, Scope
from engagements.domain.verification.findings import Found, fault
from engagements.domain.verification.spans import each
from engagements.models import DETAIL_OF, Engagement, Participation, StrengthReport, TrainingProgram


def _each(rows: Any, sentence: str) -> Found:
    for reference in each(rows.order_by().values_list("reference", flat=True)):
        yield reference, sentence


@fault("a record without a source")
def without_source() -> Found:
    yield from _each(Engagement.objects.current().missing("source"), _("It names no source."))


@fault("a record that was verified although it names no source")
def verified_without_source() -> Found:
    rows = Engagement.objects.current().missing("source").filter(review_state=ReviewState.VERIFIED)
    yield from _each(rows, _("It was verified, but it names no source."))


@fault("a record that serves no strategy")
def without_strategy() -> Found:
    yield from _each(Engagement.objects.current().missing("strategy"), _("It serves no strategy."))


@fault("a type, or facts, of another kind of engagement")
def wrong_kind() -> Found:
    for engagement in each(Engagement.objects.current().exclude(kind=F("type__kind")).select_related("type")):
        yield (
            engagement.reference,
            _("It is of the kind “%(kind)s”, its type “%(type)s” is of the kind “%(other)s”.")
            % {
                "kind": engagement.get_kind_display(),
                "type": engagement.type,
                "other": engagement.type.get_kind_display(),
            },
        )
    for kind, model in DETAIL_OF.items():
        of_another = Exists(model._default_manager.filter(engagement=OuterRef("pk")))
        for engagement in each(Engagement.objects.current().filter(of_another).exclude(kind=kind)):
            yield (
                engagement.reference,
                _("It is of the kind “%(kind)s”, but has facts of the kind “%(other)s”.")
                % {
                    "kind": engagement.get_kind_display(),
                    "other": kind.label,
                },
            )


def _scope(parties: Iterable[tuple]) -> str:
    """The scope of participations (role, status, country, kind and country of the organization), counted one by one."""
    countries = set()
    for role, status, country, kind, country_of_organization in parties:
        if not role or role in NOT_COUNTED_ROLES or status in NOT_TAKING_PART:
            continue
        if kind in BODIES_OF_SEVERAL_STATES:
            return Scope.MULTILATERAL
        countries.add(country or (country_of_organization if kind in STATE_BODIES else None))
    number = len(countries - {None})
    return Scope.MULTILATERAL if number > 2 else Scope.BILATERAL if number == 2 else Scope.INCOMPLETE


@fault("a scope that a plain recount of the participants does not give")
def scope_recount() -> Found:
    rows = Engagement.objects.current().order_by("pk")
    parties = rows.values_list(
        "pk",
        "reference",
        "scope",
        "participations__role",
        "participations__status",
        "participations__country",
        "participations__organization__kind",
        "participations__organization__country",
    )
    for (_pk, reference, scope), items in groupby(parties.iterator(), key=lambda row: row[:3]):
        counted = _scope(row[3:] for row in items)
        if counted != scope:
            yield (
                reference,
                _("It says “%(scope)s”, its participants make it “%(counted)s”.")
                % {
                    "scope": Scope(scope).label,
                    "counted": Scope(counted).label,
                },
            )


@fault("figures that are more than the whole they are part of")
def sums() -> Found:
    more_women = Participation.objects.filter(engagement__archived_at=None, women__gt=F("personnel"))
    for row in each(more_women.select_related("engagement", "country", "organization")):
        yield (
            row.engagement.reference,
            _("%(party)s: %(women)s women of %(all)s people.")
            % {
                "party": row.party,
                "women": row.women,
                "all": row.personnel,
            },
        )
    parts = Q(female__gt=F("total")) | Q(male__gt=F("total"))
    parts |= Q(female__isnull=False, male__isnull=False) & ~Q(total=F("female") + F("male"))
    reports = StrengthReport.objects.filter(parts, participation__engagement__archived_at=None)
    related = ("participation__engagement", "participation__country", "participation__organization")
    for report in each(reports.select_related(*related)):
        yield (
            report.participation.engagement.reference,
            _("%(party)s, %(date)s: %(women)s women and %(men)s men are not %(total)s.")
            % {
                "party": report.participation.party,
                "date": report.as_of,
                "women": "?" if report.female is None else report.female,
                "men": "?" if report.male is None else report.male,
                "total": report.total,
            },
        )
    too_many = Q(completed__gt=F("enrolled")) | Q(women__gt=F("enrolled"))
    for training in each(TrainingProgram.objects.filter(too_many, engagement__archived_at=None).select_related("engagement")):
        yield (
            training.engagement.reference,
            _("%(enrolled)s people enrolled, but %(completed)s completed, %(women)s of them women.")
            % {
                "enrolled": training.enrolled,
                "completed": "?" if training.completed is None else training.completed,
                "women": "?" if training.women is None else training.women,
            },
        )


def _shares() -> Iterator[tuple[str, Decimal]]:
    """The sum of the cost shares of each engagement; a party in two roles pays once."""
    rows = Participation.objects.filter(engagement__archived_at=None, cost_share__isnull=False)
    paid = (
        rows.annotate(payer=Coalesce("country", -F("organization")))
        .order_by("engagement__reference", "payer")
        .values_list("engagement__reference", "payer")
        .annotate(share=Max("cost_share"))
    )
    for reference, items in groupby(paid.iterator(), key=lambda row: row[0]):
        yield reference, sum((share for _reference, _payer, share in items), Decimal(0))


@fault("cost shares of more than 100 percent")
def cost_shares() -> Found:
    for reference, total in _shares():
        if total > 100:
            yield reference, _("The cost shares add up to %(total)s percent.") % {"total": f"{total.normalize():f}"}
