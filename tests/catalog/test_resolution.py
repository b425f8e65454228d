"""Names to entries: matched whole, never guessed, refused with the nearest."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from catalog.domain.merging import merge
from catalog.domain.retiring import retire
from catalog.models import Country, Theme
from catalog.resolution import PartyResolver, label, resolve_country, resolve_entry, resolve_organization, resolve_party
from tests import make


def refused(find, *args):
    with pytest.raises(ValidationError) as caught:
        find(*args)
    return " ".join(caught.value.messages)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NER", "NER"),
        ("ner", "NER"),
        ("NE", "NER"),
        ("Niger", "NER"),
        ("  niger ", "NER"),
        ("Niger (NER)", "NER"),
        ("Republic of the Niger", "NER"),
        ("NA", "NAM"),
        ("na", "NAM"),
        ("Namibia", "NAM"),
        ("cote d\N{RIGHT SINGLE QUOTATION MARK}ivoire", "CIV"),
        ("CÔTE D'IVOIRE", "CIV"),
        ("Turkey", "TUR"),
        ("Turkiye", "TUR"),
        ("UK", "GBR"),
        ("United States of America", "USA"),
        ("Burma", "MMR"),
        ("Congo-Kinshasa", "COD"),
        ("Kosovo", "XKX"),
        ("Bolivia (Plurinational State of)", "BOL"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("Venezuela (Bolivarian Republic of)", "VEN"),
        ("Micronesia (Federated States of)", "FSM"),
        ("Netherlands (Kingdom of the)", "NLD"),
        ("Congo (Brazzaville)", "COG"),
        ("Congo (Kinshasa)", "COD"),
        ("Gambia, The", "GMB"),
        ("Bahamas, The", "BHS"),
    ],
)
def test_a_country_is_found_by_code_name_and_spelling(text, code, seeded):
    assert resolve_country(text).code == code
    assert resolve_party(label(resolve_country(text))).code == code


@pytest.mark.parametrize(("text", "code"), [("NATO", "nato"), ("nato", "nato"), ("European Union", "eu"), ("African Union (au)", "au")])
def test_an_organization_is_found_by_code_name_and_abbreviation(text, code, seeded):
    assert resolve_organization(text).code == resolve_party(text).code == code


def test_an_unknown_name_is_refused_with_the_nearest(seeded):
    assert refused(resolve_country, "Nigr") == "“Nigr” is not known. Niger (NER) or Nigeria (NGA)?"
    assert refused(resolve_country, "zzzzqq") == "“zzzzqq” is not known."
    assert refused(resolve_country, "   ") == "Write a name or a code."


def test_what_can_mean_two_is_refused_with_both(seeded):
    assert refused(resolve_party, "AU") == ("“AU” can mean Australia (AUS) or African Union (au). Write the one you mean with its code.")


def test_name_and_code_have_to_fit(seeded):
    assert "Georgia (GEO)" in refused(resolve_country, "Georgia (USA)")


def test_a_very_long_text_is_refused_in_short(seeded):
    assert len(refused(resolve_party, "x" * 100_000)) < 200


@pytest.mark.parametrize(
    ("text", "on", "code"),
    [
        ("Soviet Union", "1980-01-01", "SUN"),
        ("Soviet Union", None, "SUN"),
        ("West Germany", "1980-01-01", "DEU"),
        ("West Germany", "2000-01-01", "DEU"),
        ("Macedonia", "2001-01-01", "MKD"),
        ("Swaziland", "2020-01-01", "SWZ"),
    ],
)
def test_a_name_of_another_time_still_leads_to_its_entry(text, on, code, seeded):
    assert resolve_country(text, on and dt.date.fromisoformat(on)).code == code


def test_a_state_that_has_ended_is_not_meant_afterwards(seeded):
    assert refused(resolve_country, "Soviet Union", dt.date(1995, 1, 1)).startswith("Soviet Union (SUN) existed until 26 Dec 1991")
    # Its code says plainly which one is meant.
    assert resolve_country("SUN", dt.date(1995, 1, 1)).code == "SUN"


def test_of_two_entries_of_one_name_the_day_decides(db):
    old = make.country("XQA", "Old Freedonia", official_name="Freedonia", ends="1990")
    new = make.country("XQB", "New Freedonia", official_name="Freedonia")
    assert resolve_country("Freedonia", dt.date(2001, 5, 1)) == new
    assert "can mean" in refused(resolve_country, "Freedonia")
    assert old.code in refused(resolve_country, "Freedonia")


def test_a_retired_entry_is_found_by_its_code_only(db):
    theme = make.theme("old-word", name="Old word")
    retire(theme)
    assert resolve_entry(Theme, "old-word") == theme
    assert refused(resolve_entry, Theme, "Old word") == "Old word (old-word) is retired and no longer offered."


def test_a_merged_entry_leads_to_the_one_that_stayed(db):
    winner, loser = make.country("XQA", "Ruritania"), make.country("XQB", "Rurutania")
    merge(loser, winner, actor=None)
    for text in ("XQB", "xqb", "Rurutania", "Rurutania (XQB)"):
        assert resolve_country(text) == winner
        assert PartyResolver()(text) == winner


def test_many_names_cost_as_many_queries_as_one(seeded, django_assert_num_queries):
    with django_assert_num_queries(4):
        find = PartyResolver()
        for text in ["Niger", "NGA", "nato", "Turkey", "Ghana (GHA)"] * 200:
            find(text)


def test_an_exact_code_costs_one_query(seeded, django_assert_num_queries):
    with django_assert_num_queries(1):
        resolve_country("GHA")


def test_every_name_of_the_fixtures_leads_to_its_own_entry(seeded):
    find = PartyResolver()
    for country in Country.objects.all():
        assert find(country.name) == country
        assert find(country.code.lower()) == country
        assert find(label(country)) == country
