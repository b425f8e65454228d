"""Records as they stand, in the shape of a plan, so that the two can be compared; a chunk of them in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engagements.models import (
    DETAIL_OF,
    Engagement,
    ExternalId,
    FundingLine,
    Outcome,
    Participation,
    PeacekeepingMission,
    Source,
    StrengthReport,
)
from imports.gathering import Row
from imports.planning import MANY, PartyKey


@dataclass(slots=True)
class Standing:
    """One record. Rows hold their ``id``."""

    instance: Engagement
    engagement: Row
    many: dict[str, tuple[int, ...]] = field(default_factory=lambda: dict.fromkeys(MANY, ()))
    detail: Row = field(default_factory=dict)
    tasks: tuple[int, ...] = ()
    parties: dict[PartyKey, Row] = field(default_factory=dict)
    strengths: dict[tuple, Row] = field(default_factory=dict)
    funding: dict[tuple, Row] = field(default_factory=dict)
    outcomes: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)


def standing(pks: Iterable[int]) -> dict[int, Standing]:
    """The records of ``pks``, which whoever asks found through ``visible_to``."""
    pks = list(pks)
    instances = Engagement.objects.filter(pk__in=pks)
    found = {item.pk: Standing(item, _row(item)) for item in instances}
    for name in MANY:
        through = getattr(Engagement, name).through
        column = Engagement._meta.get_field(name).m2m_reverse_field_name() + "_id"
        links: dict[int, set[int]] = {}
        for pk, other in through.objects.filter(engagement__in=pks).values_list("engagement_id", column):
            links.setdefault(pk, set()).add(other)
        for pk, others in links.items():
            found[pk].many[name] = tuple(sorted(others))
    for model in DETAIL_OF.values():
        for detail in model.objects.filter(engagement__in=pks):
            found[detail.engagement_id].detail = _row(detail)
    tasks: dict[int, set[int]] = {}
    linked = PeacekeepingMission.tasks.through.objects.filter(peacekeepingmission__engagement__in=pks)
    for pk, task in linked.values_list("peacekeepingmission_id", "missiontask_id"):
        tasks.setdefault(pk, set()).add(task)
    for pk, of_record in tasks.items():
        found[pk].tasks = tuple(sorted(of_record))
    _rows(found, pks)
    return found


def _rows(found: dict[int, Standing], pks: list[int]) -> None:
    keys: dict[int, tuple[int, PartyKey]] = {}
    for party in Participation.objects.filter(engagement__in=pks).order_by("pk"):
        column, other = ("country_id", party.country_id) if party.country_id else ("organization_id", party.organization_id)
        key: PartyKey = (column, int(other or 0), party.role)
        keys[party.pk] = (party.engagement_id, key)
        found[party.engagement_id].parties[key] = _row(party)
    for report in StrengthReport.objects.filter(participation__engagement__in=pks).order_by("pk"):
        pk, key = keys[report.participation_id]
        found[pk].strengths[key, report.as_of_on, report.as_of_precision, report.personnel_type] = _row(report)
    for money in FundingLine.objects.filter(engagement__in=pks).order_by("pk"):
        of = (money.source_id, money.fiscal_year, money.currency, money.note)
        found[money.engagement_id].funding.setdefault(of, _row(money))
    for outcome in Outcome.objects.filter(engagement__in=pks).order_by("pk"):
        found[outcome.engagement_id].outcomes.append(_row(outcome))
    for source in Source.objects.filter(engagement__in=pks).order_by("pk"):
        found[source.engagement_id].sources.append(_row(source))
    for pk, system, value in ExternalId.objects.filter(engagement__in=pks).values_list("engagement_id", "system", "value"):
        found[pk].names.append((system, value))


def _row(instance: Any) -> Row:
    return {item.attname: getattr(instance, item.attname) for item in instance._meta.concrete_fields}
