"""Where an entry of the catalog is used: what its page says of engagements. Registered in EngagementsConfig.ready.

All figures are of the rows the reader may see, found by the same filter as the list they lead to.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import (
    ChallengeCategory,
    Country,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    LegalBasis,
    MissionTask,
    Objective,
    Organization,
    OutcomeType,
    Region,
    Strategy,
    Theme,
)
from catalog.models.base import CatalogEntry
from catalog.registry import Panel
from engagements.choices import NEEDS_REASON, NOT_TAKING_PART, Kind
from engagements.filters import EngagementFilter
from engagements.models import Engagement, Participation

LATEST = 10
# The filter that finds the records of an entry of this list.
FILTERS = {
    Country: "country",
    Organization: "organization",
    Region: "region",
    Strategy: "strategy",
    Framework: "framework",
    Objective: "objective",
    EngagementType: "type",
    Theme: "theme",
    Domain: "domain",
    OutcomeType: "outcome_type",
    ChallengeCategory: "challenge",
}
# Lists that are no filter.
OTHERS: dict[type[CatalogEntry], Callable] = {
    LegalBasis: lambda rows, entry: rows.filter(legal_bases=entry),
    MissionTask: lambda rows, entry: rows.filter(mission__tasks=entry),
    FundingSource: lambda rows, entry: rows.filter(funding_lines__source=entry).distinct(),
}


def panels(entry: CatalogEntry, reader) -> list[Panel]:
    """How often, when last and with whom an entry is used, as far as ``reader`` may see."""
    rows = _rows(entry, reader)
    if rows is None:
        return []
    found = [_engagements(entry, rows)]
    if isinstance(entry, Country):
        found.append(_partners(entry, rows))
    if isinstance(entry, Framework):
        found.insert(0, _iterations(entry, reader))
    return [panel for panel in found if panel is not None]


def _rows(entry: CatalogEntry, reader) -> QuerySet | None:
    visible = Engagement.objects.visible_to(reader)
    if name := FILTERS.get(type(entry)):
        return EngagementFilter({name: [entry.code]}, queryset=visible, user=reader, known={entry.code: entry}).qs
    if find := OTHERS.get(type(entry)):
        return find(visible.current(), entry)
    return None


def _address(entry: CatalogEntry, **more: str) -> str:
    name = FILTERS.get(type(entry))
    return f"{reverse('engagements:list')}?{urlencode({name: entry.code} | more)}" if name else ""


def _engagements(entry: CatalogEntry, rows: QuerySet) -> Panel:
    counts = dict(rows.order_by().values_list("kind").annotate(n=Count("pk", distinct=True)))
    by_kind = [(kind, counts.get(kind, 0), _address(entry, kind=kind.value)) for kind in Kind]
    total = sum(counts.values())
    latest, last, first = _latest(rows)
    context = {"total": total, "by_kind": by_kind, "latest": latest, "address": _address(entry)}
    if isinstance(entry, Country):
        context |= {"last": last, "next": first}
    markings = tuple(row.handling for row in (*latest, last, first) if row is not None)
    return Panel("engagements", _("Engagements"), "catalog/uses/engagements.html", context, total, markings)


def _latest(rows: QuerySet) -> tuple[list[Engagement], Engagement | None, Engagement | None]:
    """The latest ten; of those that were not called off, the latest that has begun and the first that is to come."""
    today = timezone.now().date()
    newest = [F("starts_on").desc(nulls_last=True), "reference"]
    held = rows.exclude(status__in=NEEDS_REASON)
    last = held.filter(starts_on__lte=today).order_by(*newest).values("pk")[:1]
    first = held.filter(starts_on__gt=today).order_by("starts_on", "reference").values("pk")[:1]
    top = rows.order_by(*newest).values("pk")[:LATEST]
    found = list(rows.filter(Q(pk__in=top) | Q(pk=Subquery(last)) | Q(pk=Subquery(first))).select_related("country").order_by(*newest))
    still = [row for row in found if row.status not in NEEDS_REASON and row.starts_on is not None]
    return (
        found[:LATEST],
        next((row for row in still if row.starts_on <= today), None),
        next((row for row in reversed(still) if row.starts_on > today), None),
    )


def _partners(country: Country, rows: QuerySet) -> Panel | None:
    """The ten countries met in most engagements, each engagement counted once."""
    met = (
        Participation.objects.order_by()
        .filter(engagement__in=rows.order_by().values("pk"), acts_for__isnull=False)
        .exclude(acts_for=country)
        .exclude(status__in=NOT_TAKING_PART)
        .values("acts_for", "acts_for__code", "acts_for__name")
        .annotate(n=Count("engagement", distinct=True))
        .order_by("-n", "acts_for__name")[:LATEST]
    )
    partners = [(Country(pk=row["acts_for"], code=row["acts_for__code"], name=row["acts_for__name"]), row["n"]) for row in met]
    if not partners:
        return None
    context = {"partners": partners, "most": partners[0][1]}
    return Panel("partners", _("Frequent partners"), "catalog/uses/partners.html", context)


def _iterations(series: Framework, reader) -> Panel | None:
    """The engagements of a series in their order; partners are counted as parties, each once."""
    parties = (
        Participation.objects.order_by()
        .filter(engagement=OuterRef("pk"))
        .exclude(status__in=NOT_TAKING_PART)
        .values("engagement")
        .annotate(n=Count("country", distinct=True) + Count("organization", distinct=True))
        .values("n")
    )
    rows = Engagement.objects.visible_to(reader).current().filter(framework=series).select_related("country")
    rows = rows.annotate(parties=Coalesce(Subquery(parties), 0)).order_by(F("starts_on").asc(nulls_last=True), "reference")
    found = list(rows[:300])
    if not found:
        return None
    markings = tuple(row.handling for row in found)
    return Panel("iterations", _("Iterations in order"), "catalog/uses/iterations.html", {"rows": found}, len(found), markings)
