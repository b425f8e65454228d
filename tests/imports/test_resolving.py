"""Names to entries: by code, name and day, else by the answer of a person; nothing is guessed."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import CountryAlias
from imports import resolving
from imports.mapping import targets
from imports.mapping.parsed import Named
from imports.resolving import LISTS, Answers, Leave, Unsettled
from tests import make

pytestmark = pytest.mark.django_db


def answers(*given, teams=()):
    """Answers as a batch would bring them: (kind, text, answer)."""
    found = Answers()
    found.given = {(kind, resolving._key(text)): answer for kind, text, answer in given}
    if teams:
        found.batch = SimpleNamespace(owner=SimpleNamespace(own_teams=list(teams)))
    return found


def party(text, on=None, *given):
    return answers(*given).resolve(Named("party", text), on)


@pytest.fixture
def poland():
    return make.country("POL", "Poland", iso2="PL")


@pytest.fixture
def norway():
    return make.country("NOR", "Norway", iso2="NO")


def test_a_party_is_found_by_code_name_and_other_spelling(poland):
    CountryAlias.objects.create(entry=poland, text="Polska")
    nato = make.organization("nato", name="North Atlantic Treaty Organization", abbreviation="NATO")
    assert [party(text) for text in ("POL", "PL", "poland", "Polska", "Poland (POL)")] == [poland] * 5
    assert party("NATO") == nato


def test_a_country_is_not_found_in_a_word_of_small_letters(norway):
    assert party("NO") == norway
    found = party("no")
    assert isinstance(found, Unsettled)
    assert [one["entry"] for one in found.suggestions] == ["NOR"]


def test_a_historic_state_is_found_on_its_days_and_asked_about_on_others():
    russia = make.country("RUS", "Russia")
    union = make.country("SUN", "Soviet Union", ends="26 Dec 1991")
    union.successors.add(russia)
    found = answers()
    named = Named("party", "Soviet Union")
    assert found.resolve(named, dt.date(1980, 1, 1)) == union
    later = found.resolve(named, dt.date(1995, 1, 1))
    assert isinstance(later, Unsettled)
    assert [one["entry"] for one in later.suggestions] == ["RUS", "SUN"]
    assert found.resolve(named, dt.date(1980, 1, 1)) == union  # what was asked before changes nothing


def test_a_name_of_a_time_leads_to_the_state_of_that_day():
    """The same words for two states in turn, in either order of asking."""
    first = make.country("YUG", "Yugoslavia (SFR)", ends="27 Apr 1992")
    second = make.country("SCG", "Serbia and Montenegro")
    make._save(CountryAlias, entry=second, text="Yugoslavia", starts=make.PartialDate(1992, 4, 28))
    found = answers()
    named = Named("party", "Yugoslavia")
    assert found.resolve(named, dt.date(1995, 1, 1)) == second
    assert found.resolve(Named("party", "Yugoslavia (SFR)"), dt.date(1990, 1, 1)) == first
    assert found.resolve(named, dt.date(2000, 1, 1)) == second


def test_what_is_not_certain_is_asked_with_what_it_may_be(poland, norway):
    found = party("Polnad")
    assert isinstance(found, Unsettled)
    assert found.suggestions == [{"list": "country", "entry": "POL", "label": "Poland (POL)"}]
    assert "not known" in found.sentence


def test_turned_names_are_suggested_and_still_asked():
    gambia = make.country("GMB", "Gambia")
    make.country("ZAM", "Zambia")
    found = party("Gambia, The")
    assert isinstance(found, Unsettled)
    assert found.suggestions[0]["entry"] == gambia.code


def test_one_answer_settles_a_name_however_it_is_spelled(poland):
    given = ("party", "République de Pologne", {"list": "country", "entry": "POL"})
    assert party("  REPUBLIQUE de  Pologne ", None, given) == poland


def test_an_answer_settles_only_what_the_catalog_does_not(poland, norway):
    assert party("Poland", None, ("party", "Poland", {"list": "country", "entry": "NOR"})) == poland


def test_an_answer_tells_a_country_from_an_organization_of_the_same_code():
    country = make.country("AUS", "Australia", iso2="AU")
    union = make.organization("au", name="African Union")
    assert isinstance(party("AU"), Unsettled)
    assert party("AU", None, ("party", "AU", {"list": "country", "entry": "AUS"})) == country
    assert party("AU", None, ("party", "AU", {"list": "organization", "entry": "au"})) == union


@pytest.mark.parametrize("leave", list(Leave))
def test_a_name_or_its_lines_may_be_left_out(leave):
    assert party("Regional", None, ("party", "Regional", {"leave": leave.value})) is leave


def test_an_answer_whose_entry_is_gone_is_asked_again():
    assert isinstance(party("X", None, ("party", "X", {"list": "country", "entry": "QQQ"})), Unsettled)


def test_a_merged_entry_leads_to_the_one_that_stayed(poland):
    old = make.organization("old", name="Old name")
    stays = make.organization("new", name="New name")
    type(old).objects.filter(pk=old.pk).update(merged_into=stays)
    assert party("X", None, ("party", "X", {"list": "organization", "entry": "old"})) == stays


def test_closed_lists_are_settled_by_answers_alone():
    named = Named("choice:strength.personnel_type", "Staff Officer")
    found = answers().resolve(named)
    assert found.suggestions == [{"value": "staff_officers", "label": "Staff officers"}]
    assert answers((named.kind, named.text, {"value": "staff_officers"})).resolve(named) == "staff_officers"
    assert isinstance(answers((named.kind, named.text, {"value": "boss"})).resolve(named), Unsettled)


def test_only_ones_own_teams_are_found_and_suggested():
    mine, other = make.team("j5", name="Plans"), make.team("j9", name="Partners")
    found = answers(teams=[mine])
    assert found.resolve(Named("team", "plans")) == found.resolve(Named("team", "J5")) == mine
    unknown = found.resolve(Named("team", "Partners"))
    assert [one["entry"] for one in unknown.suggestions] == [mine.code]
    assert other.code not in str(unknown)


@pytest.mark.parametrize("kind", sorted({target.entries for target in targets.by_name().values()} - {"", "team"}))
def test_each_list_of_a_target_can_be_looked_up(kind):
    assert isinstance(answers().resolve(Named(kind, "no such thing")), Unsettled)
    assert resolving.list_label(kind)


def test_each_list_is_read_once(poland, norway, django_assert_num_queries):
    found = answers()
    with django_assert_num_queries(2):
        for text in ("Poland", "Norway", "POL", "Poland"):
            found.resolve(Named("country", text), dt.date(2020, 1, 1))


# What a person answers ---


def test_an_answer_is_an_entry_a_value_or_to_leave_out(poland):
    assert resolving.answer("party", "Poland (POL)") == {"list": "country", "entry": "POL"}
    assert resolving.answer("choice:participant.role", "Host") == {"value": "host"}
    assert resolving.answer("party", "leave:name") == {"leave": "name"}
    assert resolving.answer("choice:status", "leave:lines") == {"leave": "lines"}


@pytest.mark.parametrize(("kind", "said"), [("party", "Polnad"), ("choice:status", "gone"), ("party", "leave:all"), ("party", "")])
def test_an_answer_that_names_nothing_is_refused(kind, said, poland):
    with pytest.raises(ValidationError):
        resolving.answer(kind, said)


def question(text, answer, kind="party"):
    return SimpleNamespace(kind=kind, text=text, answer=answer)


def test_an_answer_becomes_another_spelling_by_who_may_change_the_catalog(poland, people):
    asked = question("Polen", {"list": "country", "entry": "POL"})
    assert resolving.remember(asked, people.analyst) is False
    assert resolving.remember(asked, people.steward) is True
    assert resolving.remember(asked, people.steward) is False  # it is one already
    assert [alias.text for alias in poland.aliases.all()] == ["Polen"]
    assert party("Polen") == poland


def test_a_spelling_of_another_entry_is_not_taken_away(poland, norway, people):
    CountryAlias.objects.create(entry=norway, text="Polen")
    with pytest.raises(ValidationError, match="already leads to Norway"):
        resolving.remember(question("Polen", {"list": "country", "entry": "POL"}), people.steward)


@pytest.mark.parametrize("answer", [{"leave": "name"}, {"value": "host"}, None])
def test_other_answers_are_no_spellings(answer, people):
    assert resolving.may_remember(question("Polen", answer), people.steward) is False


@given(st.text(max_size=40), st.sampled_from(["party", "country", "type", "choice:status", "team"]), st.none() | st.dates())
def test_any_name_is_an_entry_or_a_question(text, kind, on):
    assert answers().resolve(Named(kind, text), on) is not None


def test_every_list_has_its_model():
    assert all(len(models) >= 1 for models in LISTS.values())


def test_an_answer_about_a_participant_serves_the_country_of_the_same_name(poland):
    poland_is = answers(("party", "Polonia", {"list": "country", "entry": "POL"}))
    assert poland_is.resolve(Named("country", "polonia")) == poland
    left = answers(("party", "Polonia", {"leave": "name"}))
    assert left.resolve(Named("country", "Polonia")) is Leave.NAME


def test_an_organization_is_no_answer_where_a_country_is_asked_for():
    union = make.organization("POL", name="Polar Union")
    make.country("POL", "Poland")
    given = answers(("party", "Polonia", {"list": "organization", "entry": "POL"}))
    assert given.resolve(Named("organization", "Polonia")) == union
    assert isinstance(given.resolve(Named("country", "Polonia")), Unsettled)
    assert isinstance(given.resolve(Named("type", "Polonia")), Unsettled)
