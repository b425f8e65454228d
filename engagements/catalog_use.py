"""Where an entry of the catalog is used: what its page says of engagements. Registered in EngagementsConfig.ready.

All figures are of the rows the reader may see, found by the same filter as the list they lead to.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
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
from engagements.choices import NOT_TAKING_PART, Kind
from engagements.filters import EngagementFilter
from engagements.models import CaseStudy, Engagement, Participation

LATEST = 10
# The filter that finds the records of an entry of this list.
FILTERS: dict[type, str] = {
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
    CaseStudy: "case_study",
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
    if type(entry) in FILTERS:
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
    latest = list(rows.order_by(F("starts_on").desc(nulls_last=True), "reference").select_related("country")[:LATEST])
    context = {"total": total, "by_kind": by_kind, "latest": latest, "address": _address(entry)}
    markings = tuple(row.handling for row in latest)
    return Panel("engagements", _("Engagements"), "catalog/uses/engagements.html", context, total, markings)


def _partners(entry: CatalogEntry, rows: QuerySet) -> Panel | None:
    """The ten countries in most engagements, each engagement counted once; of a country those it met."""
    is_country = isinstance(entry, Country)
    taking_part = (
        Participation.objects.order_by()
        .filter(engagement__in=rows.order_by().values("pk"), acts_for__isnull=False)
        .exclude(status__in=NOT_TAKING_PART)
    )
    if is_country:
        taking_part = taking_part.exclude(acts_for=entry)
    met = (
        taking_part.values("acts_for", "acts_for__code", "acts_for__name")
        .annotate(n=Count("engagement", distinct=True))
        .order_by("-n", "acts_for__name")[:LATEST]
    )
    partners = [
        (
            Country(pk=row["acts_for"], code=row["acts_for__code"], name=row["acts_for__name"]),
            row["n"],
            # A second country beside the entry's own would mean any of the two.
            _address(entry, **({"also": f"country:{row['acts_for__code']}"} if is_country else {"country": row["acts_for__code"]})),
        )
        for row in met
    ]
    if not partners:
        return None
    context = {"partners": partners, "most": partners[0][1], "is_country": is_country}
    title = _("Frequent partners") if is_country else _("Countries in most of them")
    return Panel("partners", title, "catalog/uses/partners.html", context)


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
