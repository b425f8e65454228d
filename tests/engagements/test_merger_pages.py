"""The pages of a merger: where an absorbed record leads, what is asked, what stands in the way, and the way back."""

import pytest

from engagements.models import (
    Engagement,
    Merger,
)
from history.context import acting
from tests import make
from tests.engagements.forms import posted, send
from tests.engagements.test_mergers import fresh, merge, two_drafts
from tests.walk import quiet


@pytest.fixture
def pair(people):
    return two_drafts(people)


def test_the_address_of_an_absorbed_record_leads_to_the_kept_one(pair, people, signed_in):
    kept, other = pair
    merge(kept, other, people.analyst)
    Engagement.objects.filter(pk=kept.pk).update(team=make.team(), owner=people.steward)  # a draft of others: hidden
    Engagement.objects.filter(pk=other.pk).update(team=make.team())
    never = "/engagements/ENG-2026-ZZZZZ/"
    hidden = signed_in(people.manager)
    answer, missing = hidden.get(other.get_absolute_url()), hidden.get(never)
    assert (answer.status_code, quiet(answer.content)) == (404, quiet(missing.content))
    reader = signed_in(people.steward)
    assert reader.get(other.get_absolute_url()).headers["Location"] == kept.get_absolute_url()


def test_an_absorbed_record_leads_on_over_several_mergers(people, signed_in):
    first, second, third = (make.engagement(team=make.team(), strategies=[make.strategy()]) for _ in range(3))
    merge(second, first, people.manager)
    Engagement.objects.filter(pk=second.pk).update(team=first.team)
    make.user("manager", clearance="restricted")
    Engagement.objects.filter(pk=second.pk).update(owner=people.manager)
    merge(third, second, people.manager)
    Engagement.objects.filter(pk=third.pk).update(owner=people.manager)
    assert signed_in(people.manager).get(first.get_absolute_url()).headers["Location"] == third.get_absolute_url()


def test_its_own_people_see_where_an_absorbed_record_went_and_undo_it_there(pair, people, signed_in):
    kept, other = pair
    merge(kept, other, people.analyst)
    client = signed_in(people.analyst)
    page = client.get(other.get_absolute_url()).content.decode()
    assert "This record was merged into another" in page
    assert kept.get_absolute_url() in page
    assert "Restore record" not in page
    beside = client.get(kept.get_absolute_url()).content.decode().partition('id="merged"')[2]
    assert other.reference in beside
    assert "Undo the merger" in beside
    assert other.reference not in client.get("/engagements/").content.decode()
    assert client.post(f"{other.get_absolute_url()}merge/undo/").headers["Location"] == other.get_absolute_url()
    assert not fresh(other).is_archived
    assert "erged into" not in client.get(kept.get_absolute_url()).content.decode()


def test_the_history_of_the_kept_record_leads_to_that_of_the_absorbed_one(pair, people, signed_in):
    kept, other = pair
    merge(kept, other, people.analyst)
    link = f'<a href="{other.get_absolute_url()}history/">'
    client = signed_in(people.analyst)
    assert link in client.get(f"{kept.get_absolute_url()}history/").content.decode()
    assert client.get(f"{other.get_absolute_url()}history/").status_code == 200
    Engagement.objects.filter(pk=other.pk).update(team=make.team())
    assert link not in client.get(f"{kept.get_absolute_url()}history/").content.decode()


def test_the_page_names_what_stands_in_the_way_of_undo(pair, people, signed_in):
    kept, other = pair
    merge(kept, other, people.analyst)
    with acting(actor=people.manager, door="page"):
        Engagement.objects.filter(pk=kept.pk).update(summary="Three staffs.")
    page = signed_in(people.analyst).post(f"{other.get_absolute_url()}merge/undo/").content.decode()
    assert "The merger can not be undone" in page
    assert "Summary" in page
    assert "Manager, <time" in page
    assert fresh(other).is_archived


def test_what_stands_in_the_way_is_not_named_where_the_reader_may_not_see_it(people, signed_in):
    kept, other = (make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()]) for _ in range(2))
    part = make.engagement(title="Hush", parent=other, handling="restricted", team=make.team())
    merge(kept, other, people.analyst)
    with acting(actor=people.manager, door="page"):
        Engagement.objects.filter(pk=part.pk).update(parent=None)
    page = signed_in(people.analyst).post(f"{other.get_absolute_url()}merge/undo/").content.decode()
    assert "Another record" in page
    assert "Manager, <time" not in page
    assert part.reference not in page


def test_the_page_of_a_merger_takes_what_is_chosen(pair, people, signed_in):
    kept, other = pair
    client = signed_in(people.analyst)
    address = f"{kept.get_absolute_url()}merge/{other.reference}/"
    fields = posted(client.get(address), title="other", reason="One exercise.")
    assert send(client, address, fields).headers["Location"] == kept.get_absolute_url()
    assert fresh(kept).title == "Northern Shield 2019"
    assert fresh(kept).summary == "Two staffs."


def test_what_was_chosen_before_the_session_ran_out_is_there_after_signing_in(pair, people, signed_in):
    kept, other = pair
    client = signed_in(people.analyst)
    address = f"/engagements/{kept.reference}/merge/{other.reference}/"
    fields = posted(client.get(address), title="other", reason="The same exercise.")
    client.logout()
    send(client, address, fields)
    client.force_login(people.analyst, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(address)
    again = posted(page)
    assert (again["title"], again["reason"], again["version"]) == (["other"], ["The same exercise."], fields["version"])
    assert "signed out" in page.content.decode()
    assert not Merger.objects.exists()


def test_a_form_that_is_old_by_now_merges_nothing(pair, people, signed_in):
    kept, other = pair
    client = signed_in(people.analyst)
    address = f"{kept.get_absolute_url()}merge/{other.reference}/"
    fields = posted(client.get(address))
    Engagement.objects.filter(pk=other.pk).update(version=9)
    assert send(client, address, fields).headers["Location"] == address
    assert not Merger.objects.exists()


def test_the_page_says_why_two_records_can_not_be_merged(pair, people, signed_in):
    kept, other = pair
    client = signed_in(people.manager)
    training = make.engagement(kind="training", team=people.team)
    assert "different kinds" in client.get(f"{kept.get_absolute_url()}merge/{training.reference}/").content.decode()
    assert "into itself" in client.get(f"{kept.get_absolute_url()}merge/{kept.reference}/").content.decode()
    hidden = make.engagement(kind="exercise", handling="restricted", team=make.team())
    for address in (f"{kept.get_absolute_url()}merge/{hidden.reference}/", f"{hidden.get_absolute_url()}merge/{kept.reference}/"):
        assert client.get(address).status_code == client.post(address).status_code == 404
    assert signed_in(people.viewer).get(f"{kept.get_absolute_url()}merge/{other.reference}/").status_code == 404


def test_an_analyst_who_may_only_keep_one_of_the_two_is_led_there(people, signed_in):
    verified = make.engagement(team=people.team, strategies=[make.strategy()])
    draft = make.engagement(team=people.team, review_state="draft")
    client = signed_in(people.analyst)
    turned = f"{verified.get_absolute_url()}merge/{draft.reference}/"
    assert client.get(f"{draft.get_absolute_url()}merge/{verified.reference}/").headers["Location"] == turned
    assert client.post(f"{draft.get_absolute_url()}merge/{verified.reference}/").status_code == 403
    assert "Keep this one instead" not in client.get(turned).content.decode()


def test_a_parent_that_the_person_may_not_see_is_neither_shown_nor_lost(people, signed_in):
    hidden = make.engagement(title="Hush", handling="restricted", team=make.team())
    before = make.engagement(title="Quiet", handling="restricted", team=make.team())
    kept = make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()])
    other = make.engagement(team=people.team, review_state="draft", parent=hidden)
    other.predecessors.add(before)
    client = signed_in(people.analyst)
    address = f"{kept.get_absolute_url()}merge/{other.reference}/"
    page = client.get(address)
    assert "Hush" not in page.content.decode()
    assert "Quiet" not in page.content.decode()
    send(client, address, posted(page))
    assert (fresh(kept).parent, set(kept.predecessors.all())) == (hidden, {before})
