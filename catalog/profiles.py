"""What the page of an entry says besides its facts: what it belongs to, what belongs to it, then and now."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, DateField, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.choices import LegalBasisKind, LegalBasisStatus, OrganizationKind
from catalog.models import Country, CountryRegion, Framework, LegalBasis, Membership, Organization, Region, RegionScheme
from catalog.models.base import CatalogEntry
from catalog.partial_dates import PartialDate
from catalog.registry import BY_MODEL
from catalog.trees import with_descendants


@dataclass(frozen=True)
class Section:
    """A table of a page. A cell is a text or an entry, which is shown as a link; ``earlier`` rows are folded away."""

    anchor: str
    title: str
    headings: list[str]
    rows: list[list[Any]]
    earlier: list[list[Any]] = field(default_factory=list)
    count: int = 0


def span(dated: Any) -> str:
    """From when until when, as far as it is known; no end means that it goes on."""
    starts, ends = dated.starts, dated.ends
    if ends and not ends.open:
        if starts:
            return _("%(start)s to %(end)s") % {"start": starts, "end": ends}
        return _("until %(end)s") % {"end": ends}
    return _("since %(start)s") % {"start": starts} if starts else _("start not recorded")


def sections_of(entry: CatalogEntry) -> list[Section]:
    """The tables of the entry's page, without the empty ones."""
    found = [make(entry) for make in MAKERS.get(type(entry), []) + ([_children] if hasattr(entry, "children") else [])]
    if isinstance(entry, Country):
        found += _lists_around(entry)
    return [section for section in found if section.rows or section.earlier]


def _now_and_then(anchor: str, title: str, headings: list[str], items: Iterable[Any], row) -> Section:
    today = timezone.now().date()
    items = list(items)
    gone = [item for item in items if item.ends_on is not None and item.ends_on <= today]
    now = [item for item in items if item not in gone]
    return Section(anchor, title, headings, [row(item) for item in now], [row(item) for item in gone], len({row(item)[0] for item in now}))


def _children(entry) -> Section:
    children = list(type(entry).objects.in_use().filter(parent=entry))
    rows = [[child, child.code, child.definition] for child in children]
    return Section("parts", _("Parts"), [BY_MODEL[type(entry)].model._meta.verbose_name, _("Code"), _("Definition")], rows, count=len(rows))


def _belongs_to(country: Country) -> Section:
    items = Membership.objects.filter(country=country).select_related("organization", "framework")
    items = sorted(items, key=lambda item: (str(item.organization or item.framework), str(item.starts_on or "")))
    return _now_and_then(
        "memberships",
        _("Memberships"),
        [_("Organization or framework"), _("As"), _("Time"), _("Note")],
        items,
        lambda item: [item.organization or item.framework, item.get_status_display(), span(item), item.note],
    )


def _regions(country: Country) -> Section:
    items = CountryRegion.objects.filter(country=country).select_related("region__scheme")
    items = sorted(items, key=lambda item: (item.region.scheme.sort, item.region.sort, str(item.starts_on or "")))
    return _now_and_then(
        "regions",
        _("Regions"),
        [_("Region"), _("Scheme"), _("Time"), _("Note")],
        items,
        lambda item: [item.region, item.region.scheme, span(item), item.note],
    )


def _around(country: Country) -> dict[str, list[dict]]:
    """Its organizations and legal bases, and the states before and after it, read in one query."""
    nothing, no_day = Value("", CharField()), Cast(Value(None), DateField())
    columns = ("pk", "code", "name", "sort")
    queries = [
        Organization.objects.in_use()
        .filter(country=country)
        .values_list(Value("bodies", CharField()), *columns, "kind", "abbreviation", nothing, no_day),
        LegalBasis.objects.in_use()
        .filter(parties=country)
        .values_list(Value("treaties", CharField()), *columns, "kind", "status", "signed_precision", "signed_on"),
        Country.objects.filter(successors=country).values_list(Value("before", CharField()), *columns, nothing, nothing, nothing, no_day),
        Country.objects.filter(predecessors=country).values_list(Value("after", CharField()), *columns, nothing, nothing, nothing, no_day),
    ]
    first, *rest = (query.order_by() for query in queries)
    names = ("which", *columns, "kind", "text", "precision", "day")
    found: dict[str, list[dict]] = {"bodies": [], "treaties": [], "before": [], "after": []}
    rows = [dict(zip(names, row, strict=True)) for row in first.union(*rest, all=True)]
    for row in sorted(rows, key=lambda row: (row["sort"], row["name"])):
        found[row["which"]].append(row)
    return found


def _lists_around(country: Country) -> list[Section]:
    around = _around(country)
    bodies = [
        [Organization(pk=row["pk"], code=row["code"], name=row["name"]), row["text"], OrganizationKind(row["kind"]).label]
        for row in around["bodies"]
    ]
    treaties = [
        [
            LegalBasis(pk=row["pk"], code=row["code"], name=row["name"]),
            LegalBasisKind(row["kind"]).label,
            str(PartialDate.of(row["day"], row["precision"])),
            LegalBasisStatus(row["text"]).label,
        ]
        for row in sorted(around["treaties"], key=lambda row: (row["sort"], row["day"] or dt.date.max, row["name"]))
    ]
    states = [
        [Country(pk=row["pk"], code=row["code"], name=row["name"]), said]
        for which, said in (("before", _("before")), ("after", _("after")))
        for row in around[which]
    ]
    basis = [_("Legal basis"), _("Kind"), _("Adopted or signed"), _("Status")]
    return [
        Section("organizations", _("Its organizations"), [_("Organization"), _("Abbreviation"), _("Kind")], bodies, count=len(bodies)),
        Section("legal-bases", _("Party to"), basis, treaties, count=len(treaties)),
        Section("states", _("States before and after"), [_("State"), _("When")], states, count=len(states)),
    ]


def _members(body: Organization | Framework) -> Section:
    items = body.memberships.select_related("country").order_by("country__name", "starts_on", "pk")
    return _now_and_then(
        "members",
        _("Members and partners"),
        [_("Country"), _("As"), _("Time"), _("Note")],
        items,
        lambda item: [item.country, item.get_status_display(), span(item), item.note],
    )


def _runs(organization: Organization) -> Section:
    rows = [[framework, framework.get_kind_display()] for framework in organization.frameworks.in_use()]
    return Section("frameworks", _("Frameworks and series it runs"), [_("Framework"), _("Kind")], rows, count=len(rows))


def _countries(region: Region) -> Section:
    wanted = with_descendants(Region, [region.pk])
    items = CountryRegion.objects.filter(region__in=wanted).select_related("country", "region").order_by("country__name", "starts_on", "pk")
    return _now_and_then(
        "countries",
        _("Countries"),
        [_("Country"), _("Region"), _("Time"), _("Note")],
        items,
        lambda item: [item.country, item.region, span(item), item.note],
    )


def _regions_of_scheme(scheme: RegionScheme) -> Section:
    rows = [[region, region.code, region.definition] for region in scheme.regions.in_use()]
    return Section("regions", _("Regions"), [_("Region"), _("Code"), _("Definition")], rows, count=len(rows))


def _parties(basis: LegalBasis) -> Section:
    rows = [[country, country.code] for country in basis.parties.all()]
    return Section("parties", _("Parties"), [_("Country"), _("Code")], rows, count=len(rows))


def _founded_on(basis: LegalBasis) -> Section:
    rows = [[framework, framework.get_kind_display()] for framework in basis.frameworks.in_use()]
    return Section("frameworks", _("Frameworks that rest on it"), [_("Framework"), _("Kind")], rows, count=len(rows))


MAKERS = {
    Country: [_belongs_to, _regions],
    Organization: [_members, _runs],
    Framework: [_members],
    Region: [_countries],
    RegionScheme: [_regions_of_scheme],
    LegalBasis: [_parties, _founded_on],
}
