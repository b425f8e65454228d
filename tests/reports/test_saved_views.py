"""Saved views: private unless shared, found with the reader's own rights, on the home page in one's own order."""

import pytest
from django.urls import reverse

from reports import saved
from reports.models import Pin, SavedView
from tests import make

LIST = "/engagements/?kind=exercise&sort=title"


def save(client, name="Exercises", address=LIST, **data):
    return client.post(reverse("reports:save"), {"name": name, "address": address, **data})


def act(client, view, name):
    return client.post(reverse("reports:act", args=[view.pk, name]))


def names(client):
    return [view.name for view in client.get(reverse("reports:views")).context["views"]]


def test_a_view_leads_to_its_address_with_filter_order_and_columns(people, signed_in):
    client = signed_in(people.analyst)
    address = "/engagements/?kind=exercise&sort=title&columns=title&columns=dates"
    assert save(client, address=address)["Location"] == address
    view = SavedView.objects.get()
    assert client.get(view.get_absolute_url())["Location"] == address
    assert save(client, "Regions", "/reports/regions/?scheme=m49").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/engagements/",
        "//elsewhere.example/engagements/",
        "/accounts/logout/",
        "javascript:alert(1)",
        "/admin/",
        "",
    ],
)
def test_only_lists_and_reports_of_this_site_are_saved(address, people, signed_in):
    response = save(signed_in(people.analyst), address=address)
    assert response.status_code == 200
    assert SavedView.objects.count() == 0


def test_a_name_is_given_once_and_what_was_typed_stays(people, signed_in):
    client = signed_in(people.analyst)
    save(client)
    again = save(client, address="/engagements/?kind=training")
    assert "You have a view of this name already." in again.content.decode()
    assert again.context["form"]["address"].value() == "/engagements/?kind=training"
    assert "Give" in save(client, name=" ").content.decode() or "required" in save(client, name=" ").content.decode()
    assert SavedView.objects.count() == 1


def test_a_private_view_is_nobody_elses(people, signed_in):
    save(signed_in(people.analyst))
    view = SavedView.objects.get()
    other = signed_in(make.user("analyst", teams=[people.team]))
    assert names(other) == []
    missing = other.get(reverse("reports:view", args=[view.pk + 100]))
    assert (other.get(view.get_absolute_url()).status_code, missing.status_code) == (404, 404)
    assert [act(other, view, name).status_code for name in ("pin", "delete", "up", "news")] == [404] * 4
    assert SavedView.objects.filter(pk=view.pk).exists()


def test_a_shared_view_is_the_teams_to_read_and_the_owners_to_delete(people, signed_in):
    owner, reader = signed_in(people.analyst), signed_in(make.user("viewer", teams=[people.team]))
    save(owner, team=people.team.pk)
    view = SavedView.objects.get()
    assert names(reader) == ["Exercises"]
    assert act(reader, view, "delete").status_code == 404
    assert names(signed_in(make.user("viewer"))) == []
    act(owner, view, "delete")
    assert names(reader) == []


def test_one_shares_with_a_team_of_ones_own_only(people, signed_in):
    response = save(signed_in(people.analyst), team=make.team("other").pk)
    assert "Select a valid choice" in response.content.decode()
    assert SavedView.objects.count() == 0


def test_a_pinned_view_counts_what_its_reader_may_see(people, signed_in):
    save(signed_in(people.analyst), pin="on", team=people.team.pk)
    view = SavedView.objects.get()
    colleague = make.user("viewer", clearance="official", teams=[people.team])
    saved.pin(view, colleague)
    make.engagement(kind="exercise")
    make.engagement(kind="exercise", handling="restricted", team=make.team("other"))
    make.engagement(kind="training")
    assert [(shown.view.name, shown.count) for shown in saved.pinned(colleague)] == [("Exercises", 1)]
    colleague.teams.clear()
    del colleague.own_teams
    assert saved.pinned(colleague) == []


def test_a_subscription_counts_what_was_entered_since_one_looked(people, signed_in):
    client = signed_in(people.analyst)
    save(client, pin="on")
    view = SavedView.objects.get()
    act(client, view, "news")
    assert saved.pinned(people.analyst)[0].new == 0
    make.engagement(kind="exercise")
    make.engagement(kind="training")
    assert saved.pinned(people.analyst)[0].new == 1
    act(client, view, "seen")
    assert saved.pinned(people.analyst)[0].new == 0
    act(client, view, "quiet")
    assert saved.pinned(people.analyst)[0].new is None


def test_pins_stand_in_the_order_one_gave_them(people, signed_in):
    client = signed_in(people.analyst)
    for name in ("A", "B", "C"):
        save(client, name, pin="on")
    views = {view.name: view for view in SavedView.objects.all()}
    act(client, views["C"], "up")
    act(client, views["A"], "down")
    act(client, views["A"], "down")
    act(client, views["A"], "down")
    assert [shown.view.name for shown in saved.pinned(people.analyst)] == ["C", "B", "A"]
    act(client, views["B"], "unpin")
    assert [shown.view.name for shown in saved.pinned(people.analyst)] == ["C", "A"]


def test_the_home_page_has_room_for_twelve(people, signed_in):
    client = signed_in(people.analyst)
    for number in range(saved.MOST_PINS):
        save(client, f"V{number}", pin="on")
    refused = save(client, "One more", pin="on")
    assert "room for 12 views" in refused.content.decode()
    assert Pin.objects.count() == saved.MOST_PINS
    assert not SavedView.objects.filter(name="One more").exists()


def test_a_view_whose_filter_no_longer_reads_says_so(people):
    view = SavedView.objects.create(name="Old", owner=people.analyst, path="/engagements/", query="kind=nonsense")
    saved.pin(view, people.analyst)
    assert saved.pinned(people.analyst)[0].fault


def test_its_owner_names_a_view_anew_and_shares_it_and_nobody_else_does(people, signed_in):
    client = signed_in(people.analyst)
    save(client)
    view = SavedView.objects.get()
    page = reverse("reports:change", args=[view.pk])
    colleague = signed_in(make.user("analyst", teams=[people.team]))
    assert colleague.get(page).status_code == 404
    assert client.post(page, {"name": "All exercises", "team": people.team.pk})["Location"] == reverse("reports:views")
    assert names(colleague) == ["All exercises"]
    assert colleague.post(page, {"name": "Mine now", "team": ""})["Location"] == reverse("reports:views")
    assert client.post(page, {"name": " ", "team": ""}).status_code == 200
    assert client.post(page, {"name": "All exercises", "team": make.team("other").pk}).status_code == 200
    view.refresh_from_db()
    assert (view.name, view.team, view.address) == ("All exercises", people.team, LIST)


def test_a_subscription_tells_of_what_others_see_only_since_it_was_verified(people, signed_in):
    team = make.team("other")
    draft = make.engagement(title="Long in draft", kind="exercise", team=team, review_state="submitted")
    client = signed_in(people.analyst)
    save(client, pin="on")
    act(client, SavedView.objects.get(), "news")
    make.engagement(kind="exercise", title="Entered today")
    assert [(row.title) for row in saved.pinned(people.analyst)[0].latest] == ["Entered today"]
    make.verified(draft)
    shown = saved.pinned(people.analyst)[0]
    assert (shown.new, {row.title for row in shown.latest}) == (2, {"Entered today", "Long in draft"})
    page = client.get("/").content.decode()
    assert "2 new" in page
    assert "Long in draft" in page


def test_a_month_of_the_calendar_is_kept_too(people, signed_in):
    client = signed_in(people.analyst)
    assert save(client, "May", "/calendar/?month=2020-05&kind=exercise")["Location"] == "/calendar/?month=2020-05&kind=exercise"
