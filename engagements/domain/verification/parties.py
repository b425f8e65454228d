"""Parties that were not yet, or no longer, there."""

from collections import defaultdict
from collections.abc import Container
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from catalog.choices import MembershipStatus
from catalog.models import Country, Framework, Membership, Organization
from engagements.choices import Role
from engagements.domain.verification.findings import Found, fault, remark
from engagements.domain.verification.spans import NoDates, certainly_before, each, why_outside, why_outside_all
from engagements.models import Engagement, Participation, PeacekeepingMission

# Who is there in another role too, as observer or donor, need not be a member.
ROLES_OF_MEMBERS = [Role.PARTICIPANT, Role.LEAD, Role.CO_LEAD]


def _may_be_outside(life: str, *, engagement: str = "", own: str = "") -> Q:
    """Rows with a date outside the lifetime ``life``, as far as the stored bounds say; Python looks closer."""
    first, last = F(f"{life}__starts_on"), F(f"{life}__ends_on")
    bounds = [f"{prefix}{bound}_on" for prefix in {engagement, own} for bound in ("starts", "ends")]
    tests = Q()
    for bound in bounds:
        tests |= Q(**{f"{bound}__lt": first}) | Q(**{f"{bound}__gt": last})
    return tests


def _codes(names: list[str]) -> str:
    return ", ".join(names) or _("none")


def _countries_without_dates() -> str:
    took_part = Participation.objects.filter(acts_for=OuterRef("pk"))
    codes = Country.objects.filter(Exists(took_part), starts_on=None, ends_on=None).order_by("code").values_list("code", flat=True)
    return _("not looked at, because no dates are on record: %(codes)s") % {"codes": _codes(list(codes))}


@fault("a party outside the lifetime of its country", passes=_countries_without_dates)
def country_lifetime() -> Found:
    rows = Participation.objects.filter(_may_be_outside("acts_for", engagement="engagement__"), engagement__archived_at=None)
    for row in each(rows.select_related("engagement", "acts_for")):
        if reason := why_outside(row, row.engagement, row.acts_for):
            yield (
                row.engagement.reference,
                _("%(country)s takes part outside its lifetime: %(reason)s.")
                % {
                    "country": row.acts_for.code,
                    "reason": reason,
                },
            )


def _why_not_there(engagement: Any, country: Any, *, older: set[int]) -> str:
    """Land is there before its state is, so a place is too early only where another state on record had the land."""
    if certainly_before(engagement.ends, country.starts) and country.pk not in older:
        return ""
    return why_outside(NoDates, engagement, country)


@fault("held in a country that was no more, or in the successor of the country that was there")
def place_lifetime() -> Found:
    older = set(Country.successors.through.objects.values_list("to_country", flat=True))
    for engagement in each(Engagement.objects.current().filter(_may_be_outside("country")).select_related("country")):
        if reason := _why_not_there(engagement, engagement.country, older=older):
            yield (
                engagement.reference,
                _("It is held in %(country)s outside its lifetime: %(reason)s.")
                % {
                    "country": engagement.country.code,
                    "reason": reason,
                },
            )
    links = Engagement.also_held_in.through.objects.filter(
        _may_be_outside("country", engagement="engagement__", own="engagement__"), engagement__archived_at=None
    )
    for link in each(links.select_related("engagement", "country")):
        if reason := _why_not_there(link.engagement, link.country, older=older):
            yield (
                link.engagement.reference,
                _("It is also held in %(country)s outside its lifetime: %(reason)s.")
                % {
                    "country": link.country.code,
                    "reason": reason,
                },
            )


def _organizations_without_dates() -> str:
    took_part = Participation.objects.filter(organization=OuterRef("pk"))
    number = Organization.objects.filter(Exists(took_part), starts_on=None, ends_on=None).count()
    return _("not looked at, because no dates are on record: %(number)s organizations") % {"number": number}


@fault("a party or mandating body outside the lifetime of the organization", passes=_organizations_without_dates)
def organization_lifetime() -> Found:
    rows = Participation.objects.filter(_may_be_outside("organization", engagement="engagement__"), engagement__archived_at=None)
    for row in each(rows.select_related("engagement", "organization")):
        if reason := why_outside(row, row.engagement, row.organization):
            yield (
                row.engagement.reference,
                _("%(organization)s takes part outside its lifetime: %(reason)s.")
                % {
                    "organization": row.organization,
                    "reason": reason,
                },
            )
    missions = PeacekeepingMission.objects.filter(
        _may_be_outside("mandating_body", engagement="engagement__", own="engagement__"), engagement__archived_at=None
    )
    for mission in each(missions.select_related("engagement", "mandating_body")):
        if reason := why_outside(mission.engagement, mission.engagement, mission.mandating_body):
            yield (
                mission.engagement.reference,
                _("%(organization)s mandates it outside its lifetime: %(reason)s.")
                % {
                    "organization": mission.mandating_body,
                    "reason": reason,
                },
            )


def _framework_above(members: Container[int]) -> dict[int, int]:
    """Each framework that has members, or is part of one that has, with the one whose members count."""
    parents = dict(Framework.objects.values_list("pk", "parent"))
    above = {}
    for framework in parents:
        node: int | None = framework
        seen: set[int] = set()
        while node and node not in seen and node not in members:
            seen.add(node)
            node = parents.get(node)
        if node and node in members:
            above[framework] = node
    return above


@remark("a country in a framework's engagement before it joined, or after it left")
def not_yet_member() -> Found:
    """Who was never a member is a guest; a framework without dated members is not looked at."""
    members: dict[int, dict[int, list[Membership]]] = defaultdict(lambda: defaultdict(list))
    of_body: dict[int, dict[int, list[Membership]]] = defaultdict(lambda: defaultdict(list))
    for membership in each(Membership.objects.exclude(status=MembershipStatus.OBSERVER).order_by("starts_on", "pk")):
        body = members[membership.framework_id] if membership.framework_id else of_body[membership.organization_id]
        body[membership.country_id].append(membership)
    run_by = dict(Framework.objects.filter(pk__in=members).values_list("pk", "organization"))
    above = _framework_above(members)
    other_role = Participation.objects.filter(engagement=OuterRef("engagement"), acts_for=OuterRef("acts_for"))
    rows = (
        Participation.objects.filter(engagement__archived_at=None, engagement__framework__in=above, role__in=ROLES_OF_MEMBERS)
        .exclude(acts_for=None)
        .filter(~Exists(other_role.exclude(role__in=ROLES_OF_MEMBERS)))
        .select_related("engagement__framework", "acts_for")
        .order_by(Coalesce("starts_on", "engagement__starts_on"), "pk")
    )
    for row in each(rows):
        framework = above[row.engagement.framework_id]
        lives = members[framework].get(row.acts_for_id)
        if not lives:
            continue
        # A member of the body that runs the framework belongs to it anyway: of NATO, of its partnerships.
        lives = [*of_body[run_by[framework] or 0][row.acts_for_id], *lives]
        if reason := why_outside_all(row, row.engagement, lives):
            yield (
                row.engagement.reference,
                _("%(country)s takes part in %(framework)s when it was no member: %(reason)s.")
                % {
                    "country": row.acts_for.code,
                    "framework": row.engagement.framework,
                    "reason": reason,
                },
            )
