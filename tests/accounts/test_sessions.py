"""Session, person and teams are read together, and what was read once is never believed a second time."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import sessions
from accounts.models import User
from tests import make

pytestmark = pytest.mark.django_db
PAGE = "/keyboard/"


def asked(client, path=PAGE):
    """The statements of one request."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def is_let_in(client) -> bool:
    return client.get(PAGE).status_code == 200


@pytest.fixture
def person():
    return make.user("analyst", clearance="restricted", teams=[make.team("j5", name="B"), make.team("j3", name="A")])


@pytest.fixture
def client(person, signed_in):
    return signed_in(person)


def test_a_page_begins_with_one_question(client):
    assert len(asked(client)) == 1


def test_a_page_for_everybody_asks_nothing_of_who_is_signed_in(client):
    assert asked(client, "/healthz") == []


def test_the_person_is_as_the_database_has_them(client, person):
    read = client.get(PAGE).context["reader"]
    assert {field.name: getattr(read, field.name) for field in User._meta.concrete_fields} == {
        field.name: getattr(User.objects.get(pk=person.pk), field.name) for field in User._meta.concrete_fields
    }
    assert [(team.pk, team.code, team.name) for team in read.own_teams] == list(read.teams.values_list("pk", "code", "name"))
    assert [team.name for team in read.own_teams] == ["A", "B"]


def test_who_is_in_no_team_is_in_none(signed_in):
    assert signed_in(make.user()).get(PAGE).context["reader"].own_teams == []


def test_a_process_that_has_not_seen_the_session_asks_who_it_is(client, person, monkeypatch):
    monkeypatch.setattr(sessions, "OWNERS", sessions.Owners())
    assert client.get(PAGE).context["reader"] == person
    assert len(asked(client)) == 1


def test_the_session_says_whose_it_is_whatever_is_remembered(client, person):
    other = make.user("manager", clearance="restricted")
    sessions.OWNERS.put(client.session.session_key, other.pk)
    assert client.get(PAGE).context["reader"] == person
    sessions.OWNERS.put(client.session.session_key, 10**9)
    assert client.get(PAGE).context["reader"] == person


def test_only_so_many_sessions_are_remembered(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_REMEMBERED", 2)
    owners = sessions.Owners()
    for number, key in enumerate("abc"):
        owners.put(key, number)
    assert [owners.get(key) for key in "abc"] == [None, 1, 2]


def test_a_session_that_was_ended_lets_nobody_in(client):
    assert is_let_in(client)
    Session.objects.all().delete()
    assert not is_let_in(client)


def test_a_session_that_ran_out_lets_nobody_in(client):
    assert is_let_in(client)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    assert not is_let_in(client)


def test_a_session_that_was_written_by_somebody_else_lets_nobody_in(client):
    assert is_let_in(client)
    Session.objects.update(session_data="made up")
    assert not is_let_in(client)


def test_a_person_who_was_switched_off_is_out_at_once(client, person):
    assert is_let_in(client)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_let_in(client)


def test_a_new_password_ends_the_other_sessions(client, person):
    assert is_let_in(client)
    person.set_password("another horse battery")
    person.save()
    assert not is_let_in(client)
    assert not Session.objects.exists()


def test_a_way_of_signing_in_that_is_no_more_lets_nobody_in(client, settings):
    assert is_let_in(client)
    settings.AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend"]
    assert not is_let_in(client)


def test_a_new_role_team_and_clearance_count_at_once(client, person):
    secret = make.engagement(handling="restricted", team=person.own_teams[0])
    assert client.get(f"/engagements/{secret.reference}/").status_code == 200
    assert client.get("/engagements/new/").status_code == 200
    person.teams.clear()
    assert client.get(f"/engagements/{secret.reference}/").status_code == 404
    person.teams.set([secret.team])
    assert client.get(f"/engagements/{secret.reference}/").status_code == 200
    User.objects.filter(pk=person.pk).update(clearance="official", role="viewer")
    assert client.get(f"/engagements/{secret.reference}/").status_code == 404
    assert client.get("/engagements/new/").status_code == 403


def test_two_people_at_one_browser_are_told_apart(person):
    client = Client()
    for user in (person, make.user("manager"), person):
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(PAGE).context["reader"] == user
        assert client.get(PAGE).context["reader"] == user
