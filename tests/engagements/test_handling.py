"""Who may read a record: narrowed at once by one person, opened by two, by whichever door."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from engagements.domain import handling
from engagements.domain.saving import Conflict
from engagements.models import Engagement, HandlingRequest
from history.models import Change
from tests import make
from tests.engagements.forms import posted, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(people):
    """Official, of the analyst's and the manager's team."""
    return make.engagement(title="Quiet talks", handling="official", team=people.team, strategies=[make.strategy()])


@pytest.fixture
def second(people):
    """Another manager of the team."""
    return make.user("manager", username="second", clearance="restricted", teams=[people.team])


def stored(record):
    found = Engagement.objects.get(pk=record.pk)
    return found.handling, set(found.released_to.all())


# One person -----------------------------------------------------------------------------------------


def test_raising_acts_at_once_and_is_in_the_history(record, people):
    handling.raise_to(record, handling="restricted", released_to=[], seen=1, actor=people.analyst)
    assert stored(record) == ("restricted", set())
    record.refresh_from_db()
    assert (record.version, record.updated_by, record.review_state) == (2, people.analyst, "verified")
    assert Change.objects.filter(engagement=record.pk, after__handling="restricted").exists()


def test_a_release_is_withdrawn_at_once(people):
    partner = make.team("partner")
    record = make.engagement(handling="restricted", team=people.team, released_to=[partner])
    handling.raise_to(record, handling="restricted", released_to=[], seen=1, actor=people.analyst)
    assert stored(record) == ("restricted", set())


def test_a_record_may_be_released_in_the_same_step_that_restricts_it(record, people):
    partner = make.team("partner")
    handling.raise_to(record, handling="restricted", released_to=[partner], seen=1, actor=people.manager)
    assert stored(record) == ("restricted", {partner})


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "verified"])
@pytest.mark.parametrize("who", ["analyst", "manager"])
def test_nobody_lowers_alone_in_any_state(state, who, people):
    record = make.engagement(handling="official", team=people.team, review_state=state, owner=people.analyst)
    with pytest.raises((ValidationError, PermissionDenied)):
        handling.raise_to(record, handling="public", released_to=[], seen=1, actor=getattr(people, who))
    assert stored(record) == ("official", set())


def test_nobody_releases_a_restricted_record_further_alone(people):
    record, partner = make.engagement(handling="restricted", team=people.team), make.team("partner")
    with pytest.raises(ValidationError, match="second person"):
        handling.raise_to(record, handling="restricted", released_to=[partner], seen=1, actor=people.manager)


def test_only_its_own_people_and_managers_change_who_reads_it(people):
    other = make.engagement(handling="official", team=make.team())
    for step in (handling.raise_to, handling.ask_to_lower):
        more = {"seen": 1} if step is handling.raise_to else {"reason": "Why not."}
        with pytest.raises(PermissionDenied):
            step(other, handling="restricted", released_to=[], actor=people.analyst, **more)


def test_a_step_without_effect_says_so(record, people):
    with pytest.raises(ValidationError, match="already"):
        handling.raise_to(record, handling="official", released_to=[], seen=1, actor=people.analyst)
    with pytest.raises(ValidationError, match="needs no second person"):
        handling.ask_to_lower(record, handling="restricted", released_to=[], reason="So.", actor=people.analyst)


def test_a_raise_of_something_older_than_what_stands_is_refused(record, people):
    Engagement.objects.filter(pk=record.pk).update(version=2)
    with pytest.raises(Conflict):
        handling.raise_to(record, handling="restricted", released_to=[], seen=1, actor=people.analyst)
    assert stored(record) == ("official", set())


# Two people -----------------------------------------------------------------------------------------


def test_lowering_is_asked_by_one_and_agreed_by_another(record, people):
    request = handling.ask_to_lower(record, handling="public", released_to=[], reason="It was published.", actor=people.analyst)
    assert stored(record) == ("official", set()), "asking changes nothing"
    handling.decide(request, agreed=True, note="", seen=1, actor=people.manager)
    assert stored(record) == ("public", set())
    request.refresh_from_db()
    assert (request.decision, request.decided_by, request.is_carried_out) == ("agreed", people.manager, True)


def test_a_wider_release_is_agreed_by_another(people, second):
    partner = make.team("partner")
    record = make.engagement(handling="restricted", team=people.team)
    request = handling.ask_to_lower(record, handling="restricted", released_to=[partner], reason="They take part.", actor=people.manager)
    handling.decide(request, agreed=True, note="", seen=1, actor=second)
    assert stored(record) == ("restricted", {partner})


def test_nobody_decides_what_they_asked(record, people):
    request = handling.ask_to_lower(record, handling="public", released_to=[], reason="So.", actor=people.manager)
    with pytest.raises(PermissionDenied):
        handling.decide(request, agreed=True, note="", seen=1, actor=people.manager)
    assert stored(record) == ("official", set())


@pytest.mark.parametrize("who", ["viewer", "analyst", "steward", "administrator"])
def test_only_a_manager_decides(who, people):
    record = make.engagement(handling="official", team=people.team)
    request = make.handling_request(record, asked_by=people.manager)
    person = getattr(people, who)
    person.clearance = "restricted"
    person.save()
    with pytest.raises(PermissionDenied):
        handling.decide(request, agreed=True, note="", seen=1, actor=person)
    assert stored(record) == ("official", set())


def test_a_manager_who_does_not_see_the_record_decides_nothing(people):
    hidden = make.engagement(handling="restricted", team=make.team())
    request = make.handling_request(hidden)
    with pytest.raises(PermissionDenied):
        handling.decide(request, agreed=True, note="", seen=1, actor=people.manager)
    assert list(handling.open_requests(people.manager)) == []


def test_the_open_requests_are_those_that_one_may_decide(record, people, second):
    request = make.handling_request(record, asked_by=people.manager)
    make.handling_request(make.engagement(handling="restricted", team=make.team()))
    make.handling_request(decision="refused", decided_by=people.manager, decided_at=record.created_at)
    assert list(handling.open_requests(second)) == [request]
    assert list(handling.open_requests(people.manager)) == []
    assert list(handling.open_requests(people.analyst)) == []


def test_a_refusal_has_its_note_and_changes_nothing(record, people):
    request = make.handling_request(record, asked_by=people.analyst)
    with pytest.raises(ValidationError, match="Say why"):
        handling.decide(request, agreed=False, note=" ", seen=1, actor=people.manager)
    handling.decide(request, agreed=False, note="Not yet.", seen=1, actor=people.manager)
    request.refresh_from_db()
    assert (request.decision, request.decision_note, stored(record)) == ("refused", "Not yet.", ("official", set()))


def test_who_asked_withdraws_and_nobody_else(record, people, second):
    request = make.handling_request(record, asked_by=people.manager)
    with pytest.raises(PermissionDenied):
        handling.withdraw(request, actor=second)
    handling.withdraw(request, actor=people.manager)
    request.refresh_from_db()
    assert request.decision == "withdrawn"
    with pytest.raises(ValidationError, match="already"):
        handling.decide(request, agreed=True, note="", seen=1, actor=second)


def test_a_decision_is_taken_once(record, people, second):
    request = make.handling_request(record, asked_by=people.analyst)
    stale = HandlingRequest.objects.get(pk=request.pk)
    handling.decide(request, agreed=False, note="No.", seen=1, actor=people.manager)
    with pytest.raises((ValidationError, PermissionDenied)):
        handling.decide(stale, agreed=True, note="", seen=1, actor=second)
    assert stored(record) == ("official", set())


def test_who_agrees_has_seen_the_record_as_it_stands(record, people):
    request = make.handling_request(record, asked_by=people.analyst)
    Engagement.objects.filter(pk=record.pk).update(handling="restricted", version=2)
    with pytest.raises(Conflict):
        handling.decide(request, agreed=True, note="", seen=1, actor=people.manager)
    request.refresh_from_db()
    assert (request.decision, stored(record)) == ("open", ("restricted", set()))


def test_one_request_at_a_time(record, people):
    make.handling_request(record, asked_by=people.analyst)
    with pytest.raises(ValidationError, match="open already"):
        handling.ask_to_lower(record, handling="public", released_to=[], reason="So.", actor=people.manager)


# By no other door -------------------------------------------------------------------------------------


def refused(rule):
    return pytest.raises(IntegrityError, match=rule)


def test_the_database_refuses_a_lower_marking_whoever_writes_it(record):
    with refused("handling_lowered_by_two"), transaction.atomic():
        Engagement.objects.filter(pk=record.pk).update(handling="public")
    with refused("handling_lowered_by_two"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE engagements_engagement SET handling = 'public' WHERE id = %s", [record.pk])
    assert stored(record) == ("official", set())


def test_the_database_refuses_a_further_release_once_the_record_is_entered(people):
    record, partner = make.engagement(handling="restricted", team=people.team, released_to=[make.team()]), make.team("partner")
    Engagement.objects.filter(pk=record.pk).update(version=2)
    with refused("release_widened_by_two"), transaction.atomic():
        record.released_to.add(partner)
    with refused("release_widened_by_two"), transaction.atomic():
        Engagement.released_to.through.objects.filter(engagement=record).update(team=partner)


def test_the_database_refuses_to_move_a_restricted_record_to_a_team_that_may_not_read_it(people):
    reader = make.team("reader")
    record = make.engagement(handling="restricted", team=people.team, released_to=[reader])
    with refused("restricted_moves_to_reader"), transaction.atomic():
        Engagement.objects.filter(pk=record.pk).update(team=make.team())
    Engagement.objects.filter(pk=record.pk).update(team=reader)


def test_what_was_agreed_opens_the_record_once(record, people):
    request = make.handling_request(record, asked_by=people.analyst)
    handling.decide(request, agreed=True, note="", seen=1, actor=people.manager)
    record.refresh_from_db()
    handling.raise_to(record, handling="official", released_to=[], seen=2, actor=people.analyst)
    with refused("handling_lowered_by_two"), transaction.atomic():
        Engagement.objects.filter(pk=record.pk).update(handling="public")


def test_a_request_that_only_waits_opens_nothing(record):
    make.handling_request(record)
    with refused("handling_lowered_by_two"), transaction.atomic():
        Engagement.objects.filter(pk=record.pk).update(handling="public")


# The edit form and the admin --------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["form", "admin"])
def test_a_form_raises_and_does_not_lower(door, record, people, signed_in):
    client = signed_in(people.manager)

    def save(**changes):
        if door == "form":
            address = f"{record.get_absolute_url()}edit/"
            return send(client, address, posted(client.get(address), **changes))
        from tests.test_admin import form_data

        address = f"/admin/engagements/engagement/{record.pk}/change/"
        return client.post(address, form_data(client.get(address)) | changes)

    response = save(handling="public")
    assert "a second person decides" in response.content.decode()
    assert stored(record) == ("official", set())
    partner, other = make.team("partner"), make.team("other")
    assert save(handling="restricted", released_to=[str(partner.pk)]).status_code == 302
    assert stored(record) == ("restricted", {partner})
    response = save(released_to=[str(partner.pk), str(other.pk)])
    assert "a second person decides" in response.content.decode()
    assert save(released_to=[]).status_code == 302
    assert stored(record) == ("restricted", set())


def test_a_form_does_not_move_a_restricted_record_to_another_team(people, signed_in):
    other = make.team("other")
    people.analyst.clearance = "restricted"
    people.analyst.save()
    people.analyst.teams.add(other)
    record = make.engagement(handling="restricted", team=people.team, strategies=[make.strategy()])
    client = signed_in(people.analyst)
    address = f"{record.get_absolute_url()}edit/"
    response = send(client, address, posted(client.get(address), team=other.pk))
    assert "a second person decides" in response.content.decode()
    assert Engagement.objects.get().team == people.team


# The page -----------------------------------------------------------------------------------------------


def page_of(record):
    return f"{record.get_absolute_url()}handling/"


def test_the_page_asks_and_another_agrees(record, people, signed_in):
    asks, decides = signed_in(people.analyst), signed_in(people.manager)
    asks.post(page_of(record), {"do": "ask", "version": 1, "handling": "public", "reason": "The communiqué is out."})
    request = HandlingRequest.objects.get()
    assert (request.asked_by, request.reason, stored(record)[0]) == (people.analyst, "The communiqué is out.", "official")
    own = asks.get(page_of(record)).content.decode()
    assert 'value="withdraw"' in own
    assert 'value="agree"' not in own
    shown = decides.get(page_of(record)).content.decode()
    assert "The communiqué is out." in shown
    decides.post(page_of(record), {"do": "agree", "version": 1, "request": request.pk})
    assert stored(record)[0] == "public"
    assert "Agreed" in asks.get(page_of(record)).content.decode()


def test_the_page_restricts_at_once(record, people, signed_in):
    response = signed_in(people.manager).post(page_of(record), {"do": "raise", "version": 1, "handling": "restricted"})
    assert response["Location"] == page_of(record)
    assert stored(record)[0] == "restricted"


def test_who_restricts_a_record_out_of_the_own_sight_is_led_to_the_list(people, signed_in):
    other = make.engagement(handling="official", team=make.team())
    response = signed_in(people.manager).post(page_of(other), {"do": "raise", "version": 1, "handling": "restricted"})
    assert response["Location"] == "/engagements/"
    assert stored(other)[0] == "restricted"


@pytest.mark.parametrize(
    ("posted_fields", "sentence"),
    [
        ({"do": "raise", "handling": "public"}, "a second person decides"),
        ({"do": "ask", "handling": "public"}, "Say why more people"),
        ({"do": "ask", "handling": "restricted", "reason": "x"}, "Select a valid choice"),
        ({"do": "ask", "handling": "official", "reason": "x"}, "needs no second person"),
        ({"do": "agree", "request": "999"}, "decided already"),
    ],
)
def test_the_page_says_what_can_not_be_done(posted_fields, sentence, record, people, signed_in):
    response = signed_in(people.analyst).post(page_of(record), {"version": 1} | posted_fields)
    assert sentence in response.content.decode()
    assert (stored(record), HandlingRequest.objects.count()) == (("official", set()), 0)


def test_a_record_that_changed_meanwhile_is_looked_at_again(record, people, signed_in):
    response = signed_in(people.analyst).post(page_of(record), {"do": "raise", "version": 7, "handling": "public"}, follow=True)
    assert stored(record)[0] == "official"
    response = signed_in(people.manager).post(page_of(record), {"do": "raise", "version": 7, "handling": "restricted"}, follow=True)
    assert "Someone changed this record" in response.content.decode()
    assert stored(record)[0] == "official"


def test_the_page_of_a_hidden_record_is_missing_and_that_of_a_readable_one_is_refused(record, people, signed_in):
    hidden = make.engagement(handling="restricted", team=make.team())
    for client in (signed_in(people.analyst), signed_in(people.manager)):
        for reference in (hidden.reference, "ENG-2026-00000"):
            for ask in (client.get, client.post):
                assert ask(f"/engagements/{reference}/handling/").status_code == 404
    assert signed_in(people.steward).get(page_of(record)).status_code == 403


def test_the_page_costs_the_same_for_one_request_and_fifty(record, people, signed_in, assert_same_queries):
    client = signed_in(people.manager)
    when = record.created_at

    def add():
        made = make.handling_request(record, decision="refused", decided_by=people.manager, decided_at=when)
        made.release_to.set([people.team])

    assert_same_queries(add, lambda: client.get(page_of(record)))
