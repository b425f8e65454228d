"""The history of what is no record: entries of lists, people, teams and case studies."""

import pytest
from django.contrib.admin.models import LogEntry

from accounts.models import Team, User
from catalog.domain.merging import merge
from catalog.models import Organization
from engagements.models import CaseStudy, Engagement
from history.context import acting
from tests import make
from tests.history.test_past import lines, rows


def admin_history(client, row):
    response = client.get(f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/history/")
    assert response.status_code == 200
    return response


def entry_history(client, entry):
    response = client.get(f"/lists/{entry.list_slug}/{entry.code}/history/")
    assert response.status_code == 200
    return response


# Lists ----------------------------------------------------------------------------------------------------


def test_an_entry_tells_its_fields_spellings_and_memberships(people, signed_in):
    alliance, norway = make.organization(name="Alliance"), make.country(name="Norway")
    with acting(actor=people.steward, door="page", reason="its new name"):
        Organization.objects.filter(pk=alliance.pk).update(name="Pact", starts_on="1949-01-01", starts_precision="year")
        alliance.aliases.create(text="The Alliance")
        alliance.memberships.create(country=norway)
    page = entry_history(signed_in(people.viewer), alliance)
    assert lines(page)[:6] == [
        ("Name", "Alliance", "Pact"),
        ("Exists since", "", "1949"),
        ("Other spelling", "", "The Alliance"),
        ("Organization", "", "Pact"),
        ("Country", "", "Norway"),
        ("Status", "", "Member"),
    ]
    assert rows(page) == [
        "Organization",
        "Other name of an organization: The Alliance added",
        "Membership: Norway, Pact added",
        "Organization added",
    ]
    assert "its new name" in page.content.decode()


def test_what_a_merger_moved_is_told_at_both_entries(people, signed_in):
    loser, winner = make.organization(name="Loser"), make.organization(name="Winner")
    loser.aliases.create(text="Lost one")
    with acting(actor=people.steward, door="page"):
        merge(loser, winner, actor=people.steward)
    client = signed_in(people.viewer)
    assert ("Other spelling", "", "Lost one") in lines(entry_history(client, winner))
    told = lines(entry_history(client, loser))
    assert ("Merged into", "", "Winner") in told
    assert ("Other spelling", "Lost one", "") in told


def test_an_entry_with_a_long_history_costs_the_same(people, signed_in, assert_same_queries):
    country = make.country()
    client = signed_in(people.viewer)

    def add():
        country.aliases.create(text=f"Spelling {country.aliases.count()}")
        make.region(countries=[country])
        country.successors.add(make.country())

    assert_same_queries(add, lambda: entry_history(client, country), at_most=12)


def test_a_missing_entry_or_list_has_no_history(people, signed_in):
    client = signed_in(people.viewer)
    assert [client.get(f"/lists/{path}/history/").status_code for path in ("countries/NON", "nothing/NON")] == [404, 404]


# The admin ------------------------------------------------------------------------------------------------


def test_the_history_of_a_person_tells_role_and_teams_to_an_administrator(people, signed_in):
    team = make.team("navy", name="Navy staff")
    with acting(actor=people.administrator, door="admin"):
        User.objects.filter(pk=people.viewer.pk).update(role="analyst", clearance="official")
        people.viewer.teams.add(team)
    client = signed_in(people.administrator)
    assert lines(admin_history(client, people.viewer))[:3] == [
        ("Role", "Viewer", "Analyst"),
        ("Clearance", "Public", "Official"),
        ("Teams", "", "Navy staff"),
    ]
    assert ("Person", "", "Viewer") in lines(admin_history(client, team))
    assert "password" not in admin_history(client, people.viewer).content.decode().lower().partition('id="content-main"')[2]
    for role in ("manager", "steward"):
        address = f"/admin/accounts/user/{people.viewer.pk}/history/"
        assert signed_in(getattr(people, role)).get(address).status_code == 403


def test_the_history_of_a_case_study_does_not_name_a_hidden_record(people, signed_in):
    hidden, seen = make.engagement(title="Secret thing", handling="restricted", team=make.team("x")), make.engagement(title="Open talks")
    study = CaseStudy.objects.create(code="story", title="Story", narrative="It began.")
    with acting(actor=people.steward, door="admin"):
        study.engagements.add(hidden, seen)
    with acting(actor=people.steward, door="admin"):
        study.engagements.remove(hidden)
    page = admin_history(signed_in(people.manager), study)
    assert [line for line in lines(page) if line[0] == "Engagements"] == [("Engagements", "", "Open talks")]
    assert "Secret" not in page.content.decode()


@pytest.mark.parametrize("build", [make.engagement, make.source, make.strength_report, make.country], ids=lambda build: build.__name__)
def test_what_has_a_page_of_its_own_leads_there(build, people, signed_in):
    row = build()
    response = signed_in(people.manager).get(f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/history/", follow=True)
    assert response.redirect_chain[-1][0].endswith("/history/")
    assert not response.redirect_chain[-1][0].startswith("/admin/")
    assert response.status_code == 200


def test_the_log_of_the_admin_keeps_nothing(people, signed_in):
    client = signed_in(people.administrator)
    client.post("/admin/accounts/team/add/", {"code": "navy", "name": "Navy staff"})
    assert Team.objects.filter(code="navy").exists()
    assert not LogEntry.objects.exists()
    made = make.engagement(title="Secret thing")
    LogEntry.objects.create(user=people.administrator, object_repr="Secret thing", action_flag=2, object_id=str(made.pk))
    assert "Secret thing" not in client.get("/admin/").content.decode()
    assert Engagement.objects.filter(pk=made.pk).exists()
