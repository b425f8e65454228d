"""Loads the reference lists. What is there already is left as it is: a steward may have changed it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

from catalog.canonical import canonical
from catalog.fixture_files import FixtureError, partial, rows, tables
from catalog.models import (
    ChallengeCategory,
    Country,
    CountryRegion,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    LegalBasis,
    Membership,
    MissionTask,
    Objective,
    Organization,
    OutcomeType,
    Region,
    RegionScheme,
    Strategy,
    Theme,
)
from catalog.models.base import CatalogEntry

PLAIN = {
    "engagement_type": (EngagementType, ["kind"]),
    "theme": (Theme, ["group"]),
    "domain": (Domain, []),
    "outcome_type": (OutcomeType, ["usual_level"]),
    "challenge_category": (ChallengeCategory, []),
    "mission_task": (MissionTask, []),
    "funding_source": (FundingSource, ["owner"]),
    "strategy": (Strategy, ["number"]),
}


def load_catalog() -> int:
    """Create every entry of the fixtures that is not there yet; returns how many entries are new."""
    new = _load_geography()
    for name, (model, fields) in PLAIN.items():
        entries = list(tables(name, "catalog"))
        new += _create(model, entries, lambda table, fields=fields: {field: table.get(field, "") for field in fields})
    _set_parents(Strategy, tables("strategy", "catalog"))
    new += _create(Organization, list(tables("organization")), _organization)
    _set_parents(Organization, tables("organization"))
    new += _create(LegalBasis, list(tables("legal_basis")), _legal_basis)
    _set_parties()
    new += _create(Framework, list(tables("framework")), _framework)
    _set_parents(Framework, tables("framework"))
    new += _create(Objective, list(tables("objective", "catalog")), _objective)
    _set_parents(Objective, tables("objective", "catalog"))
    _load_memberships()
    _load_region_members()
    return new


def by_code(model: type[CatalogEntry]) -> dict[str, int]:
    """The ids of a list by code."""
    return dict(model.objects.values_list("code", "pk"))


def _create(model: type[Any], entries: list[tuple[str, dict]], fields: Callable[[dict], dict]) -> int:
    """Entries of one list with their other spellings; the first of two tables with one code counts."""
    known = set(model.objects.values_list("code", flat=True))
    fresh: dict[str, tuple[dict, Any]] = {}
    for place, table in entries:
        if table["code"] in known or table["code"] in fresh:
            continue
        try:
            common = {"code": table["code"], "name": table["name"], "definition": table.get("definition", "").strip()}
            entry = model(**common, sort=table.get("sort") or 0, **fields(table))
            for stem in ("starts", "ends"):
                if hasattr(model, stem):
                    setattr(entry, stem, partial(table.get({"starts": "from", "ends": "to"}[stem])))
        except Exception as error:
            raise FixtureError(f"{place}: {table.get('code')}: {error}") from error
        fresh[table["code"]] = (table, entry)
    _refuse_same_names(model, [entry for _, entry in fresh.values()])
    model.objects.bulk_create([entry for _, entry in fresh.values()])
    if hasattr(model, "aliases"):
        alias = model.aliases.rel.related_model
        spellings = [
            alias(entry=entry, text=text, **extra)
            for table, entry in fresh.values()
            for text, extra in ((text, {}) for text in table.get("aliases", []))
        ]
        alias.objects.bulk_create(spellings, ignore_conflicts=True)
    return len(fresh)


def _refuse_same_names(model: type[Any], entries: list[Any]) -> None:
    """Two entries of one list under one name: said with both codes, before the database refuses them without."""
    if model is Region:  # unique in its scheme only
        return
    names = dict(model.objects.values_list("key", "code"))
    for entry in entries:
        other = names.setdefault(canonical(entry.name), entry.code)
        if other != entry.code:
            raise FixtureError(f"{model._meta.verbose_name_plural}: {entry.code} and {other} have the same name, “{entry.name}”")


def _set_parents(model: type[Any], entries: Iterable[tuple[str, dict]]) -> None:
    ids = by_code(model)
    changed = []
    wanted = {table["code"]: (place, table["parent"]) for place, table in entries if table.get("parent")}
    for entry in model.objects.filter(code__in=wanted, parent=None):
        place, parent = wanted[entry.code]
        entry.parent_id = _id(ids, parent, place)
        changed.append(entry)
    model.objects.bulk_update(changed, ["parent"])


def _id(ids: dict[str, int], code: str, place: str) -> int:
    try:
        return ids[code]
    except KeyError:
        raise FixtureError(f"{place}: there is no entry “{code}”") from None


def _organization(table: dict) -> dict:
    country = Country.objects.get(code=table["country"]) if table.get("country") else None
    return {"kind": table["kind"], "abbreviation": table.get("abbreviation", ""), "country": country}


def _legal_basis(table: dict) -> dict:
    fields: dict[str, Any] = {"kind": table["kind"], "status": table.get("status", "in_force"), "url": table.get("url", "")}
    for stem, key in {"signed": "signed", "in_force": "in_force", "ended": "ended"}.items():
        when = partial(table.get(key))
        fields |= {f"{stem}_on": when.earliest, f"{stem}_precision": when.precision}
    return fields


def _framework(table: dict) -> dict:
    return {
        "kind": table["kind"],
        "abbreviation": table.get("abbreviation", ""),
        "organization": Organization.objects.get(code=table["organization"]) if table.get("organization") else None,
        "legal_basis": LegalBasis.objects.get(code=table["legal_basis"]) if table.get("legal_basis") else None,
    }


def _objective(table: dict) -> dict:
    target = partial(table.get("target_date"))
    return {
        "kind": table["kind"],
        "level": table["level"],
        "reach": table["scope_of_effect"],
        "tier": table["tier"],
        "owner": table.get("owner", ""),
        "measure": table.get("measure", ""),
        "priority": table.get("priority"),
        "is_shared": table.get("is_shared", False),
        "target_on": target.latest,
        "target_precision": target.precision,
    }


def _set_parties() -> None:
    bases, countries = by_code(LegalBasis), by_code(Country)
    through = LegalBasis.parties.through
    done = set(through.objects.values_list("legalbasis_id", flat=True))
    links = {}
    for place, table in tables("legal_basis"):
        if bases[table["code"]] not in done:
            for code in table.get("parties", []):
                link = (bases[table["code"]], _id(countries, code, place))
                links[link] = through(legalbasis_id=link[0], country_id=link[1])
    through.objects.bulk_create(links.values(), ignore_conflicts=True)


def _load_geography() -> int:
    def country(table: dict) -> dict:
        return {
            "iso2": table["iso2"] or None,
            "m49": table["m49"],
            "official_name": table["official_name"],
            "is_sovereign": table["is_sovereign"] == "true",
        }

    lines = [(place, row | {"code": row["iso3"], "from": row["valid_from"], "to": row["valid_to"]}) for place, row in rows("countries")]
    new = _create(Country, lines, country)
    ids = by_code(Country)
    if new:
        through = Country.successors.through
        through.objects.bulk_create(
            [
                through(from_country_id=ids[row["code"]], to_country_id=_id(ids, code, place))
                for place, row in lines
                for code in row["successors"].split()
            ],
            ignore_conflicts=True,
        )
        alias = Country.aliases.rel.related_model
        spellings = []
        for place, row in rows("country_aliases"):
            spelling = alias(entry_id=_id(ids, row["iso3"], place), text=row["alias"])
            spelling.starts, spelling.ends = partial(row["from"]), partial(row["to"])
            spellings.append(spelling)
        alias.objects.bulk_create(spellings, ignore_conflicts=True)
    new += _create(RegionScheme, [(place, row | {"sort": int(row["sort"])}) for place, row in rows("region_schemes")], lambda row: {})
    schemes = by_code(RegionScheme)
    regions = [
        (
            place,
            row
            | {
                "code": f"{row['scheme']}:{row['code']}",
                "sort": int(row["sort"] or 0),
                "parent": row["parent"] and f"{row['scheme']}:{row['parent']}",
            },
        )
        for place, row in rows("regions")
    ]
    new += _create(Region, regions, lambda row: {"scheme_id": schemes[row["scheme"]]})
    _set_parents(Region, regions)
    return new


def _dated(item: Any, row: dict) -> Any:
    item.starts, item.ends = partial(row["from"]), partial(row["to"])
    return item


def _load_memberships() -> None:
    countries = by_code(Country)
    for owner, model, files in [
        ("organization", Organization, ["memberships*"]),
        ("framework", Framework, ["framework_members*"]),
    ]:
        ids = by_code(model)
        found = [
            _dated(
                Membership(
                    **{f"{owner}_id": _id(ids, row[owner], place)},
                    country_id=_id(countries, row["iso3"], place),
                    status=row["status"],
                    note=row["note"],
                ),
                row,
            )
            for place, row in rows(*files)
        ]
        Membership.objects.bulk_create(found, ignore_conflicts=True)


def _load_region_members() -> None:
    """Written rows, and for a region that is an organization's membership, that membership."""
    countries, regions = by_code(Country), by_code(Region)
    found = [
        _dated(
            CountryRegion(
                region_id=_id(regions, f"{row['scheme']}:{row['region']}", place),
                country_id=_id(countries, row["iso3"], place),
                note=row["note"],
            ),
            row,
        )
        for place, row in rows("region_members")
    ]
    for place, row in rows("regions"):
        if row["members_of"]:
            members = Membership.objects.filter(
                models.Q(organization__code=row["members_of"]) | models.Q(framework__code=row["members_of"]), status="member"
            )
            if not members:
                raise FixtureError(f"{place}: {row['members_of']} has no members")
            for member in members:
                item = CountryRegion(region_id=regions[f"{row['scheme']}:{row['code']}"], country_id=member.country_id, note=member.note)
                item.starts, item.ends = member.starts, member.ends
                found.append(item)
    CountryRegion.objects.bulk_create(found, ignore_conflicts=True)
