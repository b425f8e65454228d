"""Entries of the lists and people: the later of two editors compares both versions there too."""

from tests import make
from tests.engagements.forms import posted


def test_a_steward_compares_two_versions_of_an_entry(people, signed_in):
    theme = make.theme("logistics", name="Logistics", definition="As it began.")
    address = f"/lists/themes/{theme.code}/edit/"
    first, second = signed_in(people.steward), signed_in(make.user("steward", name="Other"))
    page = second.get(address)
    assert first.post(address, posted(first.get(address), definition="Theirs.", spellings="Supply\nTransport")).status_code == 302
    response = second.post(address, posted(page, definition="Mine.", spellings="Stores"))
    assert response.status_code == 409
    table = {choice.label: (choice.by, choice.theirs, choice.yours) for choice in response.context["conflict"].choices}
    assert table == {
        "Definition": ("both", "Theirs.", "Mine."),
        "Other spellings: Supply": ("theirs", "chosen", "not chosen"),
        "Other spellings: Transport": ("theirs", "chosen", "not chosen"),
        "Other spellings: Stores": ("yours", "not chosen", "chosen"),
    }
    assert "Steward changed this on" in response.content.decode()
    (name,) = [choice.name for choice in response.context["conflict"].to_choose]
    assert second.post(address, posted(response, **{name: "theirs"})).status_code == 302
    theme.refresh_from_db()
    assert theme.definition == "Theirs."
    assert {alias.text for alias in theme.aliases.all()} == {"Supply", "Transport", "Stores"}


def test_rows_of_an_entry_are_compared_too(people, signed_in):
    alliance, poland, kenya = make.organization("alliance"), make.country(name="Poland"), make.country(name="Kenya")
    alliance.memberships.create(country=poland)
    address = f"/lists/organizations/{alliance.code}/edit/"
    first, second = signed_in(people.steward), signed_in(make.user("steward"))
    page = second.get(address)
    assert first.post(address, posted(first.get(address), **{"rows-0-note": "Theirs", "rows-1-country": kenya.name})).status_code == 302
    response = second.post(address, posted(page, **{"rows-0-note": "Mine"}))
    assert [(choice.by, choice.theirs) for choice in response.context["conflict"].to_choose] == [("both", "Theirs")]
    assert second.post(address, posted(response)).status_code == 302
    assert {(row.country, row.note) for row in alliance.memberships.all()} == {(poland, "Mine"), (kenya, "")}


def test_an_administrator_compares_two_versions_of_a_person(people, signed_in):
    address = f"/admin/accounts/user/{people.viewer.pk}/change/"
    first, second = signed_in(people.administrator), signed_in(make.user("administrator", name="Second"))

    def typed(page, **changes):
        return posted(page, form_id="user_form", **changes)

    page = second.get(address)
    saved = first.post(address, typed(first.get(address), name="Theirs", role="analyst"))
    assert saved.status_code == 302, saved.context["errors"]
    response = second.post(address, typed(page, name="Mine", email="viewer@example.org"))
    assert response.status_code == 409
    table = {choice.label: (choice.by, choice.theirs, choice.yours) for choice in response.context["conflict"].choices}
    assert table["Name"] == ("both", "Theirs", "Mine")
    assert table["Role"] == ("theirs", "Analyst", "Viewer")
    people.viewer.refresh_from_db()
    assert (people.viewer.name, people.viewer.role, people.viewer.email) == ("Theirs", "analyst", "")
    assert second.post(address, typed(response)).status_code == 302
    people.viewer.refresh_from_db()
    assert (people.viewer.name, people.viewer.role, people.viewer.email) == ("Mine", "analyst", "viewer@example.org")


def test_somebody_who_only_signed_in_meanwhile_is_no_conflict(people, signed_in):
    address = f"/admin/accounts/user/{people.viewer.pk}/change/"
    administrator = signed_in(people.administrator)
    page = administrator.get(address)
    signed_in(people.viewer)
    assert administrator.post(address, posted(page, form_id="user_form", name="Newer")).status_code == 302
