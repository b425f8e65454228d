"""Where an entry of the catalog is used: what its page says of engagements. Registered in EngagementsConfig.ready.

All figures are of the rows the reader may see, found by the same filter as the list they lead to.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Subquery
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
from engagements.facts import Facts
from engagements.filters import EngagementFilter
from engagements.models import CaseStudy, Engagement, Participation
from engagements.ordering import DEFAULT, ordered
from engagements.set_walk import SetWalk
from engagements.sets import Sets, found

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
    facts = _facts(entry, reader)
    if facts is None:
        return []
    several = [_engagements(entry, facts, reader)]
    if type(entry) in FILTERS:
        several.append(_partners(entry, facts))
    if isinstance(entry, Framework):
        several.insert(0, _iterations(entry, reader))
    return [panel for panel in several if panel is not None]


def _facts(entry: CatalogEntry, reader) -> Facts | None:
    visible = Engagement.objects.visible_to(reader)
    if name := FILTERS.get(type(entry)):
        asked = EngagementFilter({name: [entry.code]}, queryset=visible, user=reader, known={entry.code: entry})
        return Facts(asked.qs, asked.ids, asked.sets)
    if find := OTHERS.get(type(entry)):
        rows = find(visible.current(), entry)
        return Facts(rows, found(rows), Sets(visible.db))
    return None


def _address(entry: CatalogEntry, **more: str) -> str:
    name = FILTERS.get(type(entry))
    return f"{reverse('engagements:list')}?{urlencode({name: entry.code} | more)}" if name else ""


def _engagements(entry: CatalogEntry, facts: Facts, reader) -> Panel:
    by_kind = [(kind, len(facts.kinds.get(kind.value, ())), _address(entry, kind=kind.value)) for kind in Kind]
    total = len(facts.all)
    visible = Engagement.objects.visible_to(reader, one_by_one=True)
    pks = [pk for pk, *_keys in SetWalk(visible, DEFAULT, facts.sets, facts.all, of=total).take(LATEST)]
    latest = ordered(visible.filter(pk__in=pks).select_related("country"))
    context = {"total": total, "by_kind": by_kind, "latest": latest, "address": _address(entry)}
    markings = tuple(row.handling for row in latest)
    return Panel("engagements", _("Engagements"), "catalog/uses/engagements.html", context, total, markings)


def _partners(entry: CatalogEntry, facts: Facts) -> Panel | None:
    """The ten countries in most engagements, each engagement counted once; of a country those it met."""
    is_country = isinstance(entry, Country)
    met = {country: len(ids) for country, ids in facts.took_part.items() if not (is_country and country == entry.pk)}
    least = min(sorted(met.values(), reverse=True)[:LATEST], default=0)
    countries = (
        Country.objects.filter(pk__in=[country for country, n in met.items() if n >= least]).only("pk", "code", "name").order_by("name")
    )
    partners = [
        # A second country beside the entry's own would mean any of the two.
        (country, met[country.pk], _address(entry, **({"also": f"country:{country.code}"} if is_country else {"country": country.code})))
        for country in sorted(countries, key=lambda country: -met[country.pk])[:LATEST]
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
    shown = list(rows[:300])
    if not shown:
        return None
    markings = tuple(row.handling for row in shown)
    return Panel("iterations", _("Iterations in order"), "catalog/uses/iterations.html", {"rows": shown}, len(shown), markings)
