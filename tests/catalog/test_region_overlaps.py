"""Countries that are in several region schemes at once, and in others at another time: the table of the domain notes."""

import datetime as dt

import pytest

from catalog.models import Country, CountryRegion, Region

TODAY = dt.date(2026, 1, 1)
# Country: UN M49 (its smallest region), US command, NATO group, African communities, World Bank.
TABLE = {
    "EGY": ("015", "CENTCOM", "md", "COMESA CEN-SAD", "MENAAP"),
    "ISR": ("145", "CENTCOM", "md", "", "MENAAP"),
    "TUR": ("145", "EUCOM", "members", "", "ECA"),
    "PAK": ("034", "CENTCOM", "partners_globe", "", "MENAAP"),
    "KEN": ("014", "AFRICOM", "", "EAC IGAD COMESA CEN-SAD", "SSA"),
    "COD": ("017", "AFRICOM", "", "ECCAS COMESA SADC EAC", "SSA"),
    "SOM": ("014", "AFRICOM", "", "IGAD COMESA CEN-SAD EAC", "SSA"),
    "SDN": ("015", "AFRICOM", "", "COMESA IGAD CEN-SAD", "SSA"),
    "MRT": ("011", "AFRICOM", "md", "AMU CEN-SAD", "SSA"),
    "MEX": ("013", "NORTHCOM", "", "", "LAC"),
    "KAZ": ("143", "CENTCOM", "pfp", "", "ECA"),
    "NER": ("011", "AFRICOM", "", "CEN-SAD", "SSA"),
    "MLI": ("011", "AFRICOM", "", "CEN-SAD", "SSA"),
    "BFA": ("011", "AFRICOM", "", "CEN-SAD", "SSA"),
    "BIH": ("039", "EUCOM", "pfp", "", "ECA"),
    "XKX": ("", "EUCOM", "", "", "ECA"),
}


def regions_of(code: str, scheme: str, day: dt.date) -> set[str]:
    rows = CountryRegion.objects.on(day).filter(country__code=code, region__scheme__code=scheme)
    return {region.partition(":")[2] for region in rows.values_list("region__code", flat=True)}


@pytest.mark.parametrize("code", TABLE)
def test_a_country_is_in_the_regions_of_each_scheme_today(seeded, code):
    m49, command, nato, communities, bank = TABLE[code]
    assert regions_of(code, "cocom", TODAY) == {command}
    assert regions_of(code, "nato", TODAY) == set(nato.split())
    assert regions_of(code, "au_rec", TODAY) == set(communities.split())
    assert regions_of(code, "wb", TODAY) == {bank}
    found = regions_of(code, "m49", TODAY)
    assert (m49 in found) if m49 else not found


@pytest.mark.parametrize(
    ("code", "scheme", "before", "until", "after"),
    [
        ("ISR", "cocom", "EUCOM", dt.date(2021, 1, 15), "CENTCOM"),
        ("NER", "au_rec", "CEN-SAD ECOWAS", dt.date(2025, 1, 29), "CEN-SAD"),
        ("MLI", "au_rec", "CEN-SAD ECOWAS", dt.date(2025, 1, 29), "CEN-SAD"),
        ("BFA", "au_rec", "CEN-SAD ECOWAS", dt.date(2025, 1, 29), "CEN-SAD"),
        ("SOM", "au_rec", "CEN-SAD COMESA IGAD", dt.date(2024, 3, 4), "CEN-SAD COMESA IGAD EAC"),
    ],
)
def test_a_country_moved_on_a_day(seeded, code, scheme, before, until, after):
    assert regions_of(code, scheme, until - dt.timedelta(days=60)) == set(before.split())
    assert regions_of(code, scheme, until + dt.timedelta(days=60)) == set(after.split())


def test_afghanistan_and_pakistan_moved_at_the_world_bank_in_2025(seeded):
    for code in ["AFG", "PAK"]:
        assert regions_of(code, "wb", dt.date(2024, 12, 31)) == {"SA"}
        assert regions_of(code, "wb", dt.date(2025, 12, 31)) == {"MENAAP"}


def test_the_united_kingdom_was_in_the_european_union_until_2020(seeded):
    assert "members" in regions_of("GBR", "eu", dt.date(2020, 1, 31))
    assert "members" not in regions_of("GBR", "eu", dt.date(2020, 2, 1))


@pytest.mark.parametrize(("day", "members"), [(dt.date(1949, 12, 31), 12), (dt.date(2003, 1, 1), 19), (dt.date(2024, 4, 1), 32)])
def test_nato_grew(seeded, day, members):
    nato = Region.objects.get(code="nato:members")
    assert nato.memberships.on(day).values("country").distinct().count() == members


def test_every_iso_country_but_those_that_m49_leaves_out_has_its_place_in_m49(seeded):
    placed = set(CountryRegion.objects.on(TODAY).filter(region__scheme__code="m49").values_list("country__code", flat=True))
    current = set(Country.objects.filter(ends_on=None).values_list("code", flat=True))
    assert current - placed <= {"TWN", "XKX", "ATA"}


def test_the_three_levels_of_m49_are_there(seeded):
    rows = Region.objects.filter(scheme__code="m49")
    assert rows.filter(parent=None).count() >= 5
    assert rows.filter(parent__parent=None, parent__isnull=False).count() >= 17
    assert rows.filter(parent__parent__isnull=False).exists()
