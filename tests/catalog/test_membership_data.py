"""The fixtures against the table of countries in several schemes, and against well-known numbers of members."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Country, CountryRegion, Membership, Region

TODAY = "today"
# country, scheme, day, regions of that scheme (of M49 the innermost)
OVERLAPS = [
    ("EGY", "m49", TODAY, {"015"}),
    ("EGY", "cocom", TODAY, {"CENTCOM"}),
    ("EGY", "nato", TODAY, {"md"}),
    ("EGY", "au_rec", TODAY, {"COMESA", "CEN-SAD"}),
    ("EGY", "wb", TODAY, {"MENAAP"}),
    ("ISR", "m49", TODAY, {"145"}),
    ("ISR", "cocom", "2020-12-31", {"EUCOM"}),
    ("ISR", "cocom", TODAY, {"CENTCOM"}),
    ("ISR", "nato", TODAY, {"md"}),
    ("ISR", "au_rec", TODAY, set()),
    ("ISR", "wb", TODAY, {"MENAAP"}),
    ("TUR", "m49", TODAY, {"145"}),
    ("TUR", "cocom", TODAY, {"EUCOM"}),
    ("TUR", "nato", TODAY, {"members"}),
    ("TUR", "wb", TODAY, {"ECA"}),
    ("PAK", "m49", TODAY, {"034"}),
    ("PAK", "cocom", TODAY, {"CENTCOM"}),
    ("PAK", "nato", TODAY, {"partners_globe"}),
    ("PAK", "wb", "2025-06-30", {"SA"}),
    ("PAK", "wb", TODAY, {"MENAAP"}),
    ("AFG", "wb", "2025-06-30", {"SA"}),
    ("AFG", "wb", TODAY, {"MENAAP"}),
    ("KEN", "m49", TODAY, {"014"}),
    ("KEN", "cocom", TODAY, {"AFRICOM"}),
    ("KEN", "au_rec", TODAY, {"EAC", "IGAD", "COMESA", "CEN-SAD"}),
    ("KEN", "wb", TODAY, {"SSA"}),
    ("COD", "m49", TODAY, {"017"}),
    ("COD", "au_rec", TODAY, {"ECCAS", "COMESA", "SADC", "EAC"}),
    ("SOM", "m49", TODAY, {"014"}),
    ("SOM", "au_rec", TODAY, {"IGAD", "COMESA", "CEN-SAD", "EAC"}),
    ("SOM", "au_rec", "2023-06-30", {"IGAD", "COMESA", "CEN-SAD"}),
    ("SDN", "m49", TODAY, {"015"}),
    ("SDN", "cocom", TODAY, {"AFRICOM"}),
    ("SDN", "au_rec", TODAY, {"COMESA", "IGAD", "CEN-SAD"}),
    ("SDN", "wb", TODAY, {"SSA"}),
    ("MRT", "m49", TODAY, {"011"}),
    ("MRT", "nato", TODAY, {"md"}),
    ("MRT", "au_rec", TODAY, {"AMU", "CEN-SAD"}),
    ("MRT", "wb", TODAY, {"SSA"}),
    ("MEX", "m49", TODAY, {"013"}),
    ("MEX", "cocom", TODAY, {"NORTHCOM"}),
    ("MEX", "wb", TODAY, {"LAC"}),
    ("KAZ", "m49", TODAY, {"143"}),
    ("KAZ", "cocom", TODAY, {"CENTCOM"}),
    ("KAZ", "nato", TODAY, {"pfp"}),
    ("KAZ", "wb", TODAY, {"ECA"}),
    *[(code, "au_rec", "2025-01-28", {"CEN-SAD", "ECOWAS"}) for code in ("NER", "MLI", "BFA")],
    *[(code, "au_rec", TODAY, {"CEN-SAD"}) for code in ("NER", "MLI", "BFA")],
    *[(code, "m49", TODAY, {"011"}) for code in ("NER", "MLI", "BFA")],
    ("BIH", "m49", TODAY, {"039"}),
    ("BIH", "cocom", TODAY, {"EUCOM"}),
    ("BIH", "nato", TODAY, {"pfp"}),
    ("XKX", "m49", TODAY, set()),
    ("XKX", "cocom", TODAY, {"EUCOM"}),
    ("XKX", "wb", TODAY, {"ECA"}),
]


def on(day):
    return timezone.now().date() if day == TODAY else dt.date.fromisoformat(day)


@pytest.mark.parametrize(("country", "scheme", "day", "regions"), OVERLAPS)
def test_a_country_is_in_the_regions_of_its_day(country, scheme, day, regions, seeded):
    rows = CountryRegion.objects.on(on(day)).filter(country__code=country, region__scheme__code=scheme)
    assert {row.region.short_code for row in rows.select_related("region")} == regions


@pytest.mark.parametrize(
    ("body", "day", "number"),
    [
        ("un", TODAY, 193),
        ("nato", TODAY, 32),
        ("nato", "1950-01-01", 12),
        ("nato", "2023-01-01", 30),
        ("eu", TODAY, 27),
        ("eu", "2019-06-01", 28),
        ("asean", TODAY, 11),
        ("asean", "2024-01-01", 10),
    ],
)
def test_an_organization_has_as_many_members_as_on_that_day(body, day, number, seeded):
    rows = Membership.objects.on(on(day)).filter(organization__code=body, status="member")
    assert rows.values("country").distinct().count() == rows.count() == number


@pytest.mark.parametrize(("region", "number"), [("eu:pesco", 26), ("nato:members", 32), ("eu:members", 27), ("asean:members", 11)])
def test_a_region_that_is_a_membership_has_its_members(region, number, seeded):
    assert CountryRegion.objects.on(timezone.now().date()).filter(region__code=region).count() == number


def test_namibia_stays_na(seeded):
    assert Country.objects.get(code="NAM").iso2 == "NA"
    assert Region.objects.get(code="wb:NA").short_code == "NA"


def test_m49_is_complete_in_three_levels(seeded):
    regions = {region.short_code: region for region in Region.objects.filter(scheme__code="m49").select_related("parent")}
    tops = {code for code, region in regions.items() if region.parent is None}
    assert tops == {"002", "019", "142", "150", "009"}
    depth = {code: 1 + (region.parent is not None) + bool(region.parent and region.parent.parent_id) for code, region in regions.items()}
    assert max(depth.values()) == 3
    assert sorted(depth.values()).count(1) == 5
    # Every present state with a code of its own is in one M49 region, and only in one that has no parts.
    innermost = {code for code in regions if not any(region.parent and region.parent.short_code == code for region in regions.values())}
    members = {}
    for row in CountryRegion.objects.on(timezone.now().date()).filter(region__scheme__code="m49").select_related("region", "country"):
        members.setdefault(row.country.code, []).append(row.region.short_code)
    assert all(len(codes) == 1 and set(codes) <= innermost for codes in members.values())
    united_nations = Membership.objects.on(timezone.now().date()).filter(organization__code="un", status="member")
    assert set(united_nations.values_list("country__code", flat=True)) <= set(members)


def test_every_date_of_a_membership_is_in_order(seeded):
    for model in (Membership, CountryRegion):
        for row in model.objects.exclude(starts_on=None).exclude(ends_on=None):
            assert row.starts_on <= row.ends_on, row
