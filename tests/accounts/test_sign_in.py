"""Signing in: one page, no sign-up, guessing is slowed down for the account and address that are guessed at."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests import make

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client, username, password=make.PASSWORD, **headers):
    return client.post(LOGIN, {"login": username, "password": password}, **headers)


def test_the_page_asks_for_name_and_password():
    response = Client().get(LOGIN)
    assert response.status_code == 200
    assert 'name="login"' in response.text
    assert 'name="password"' in response.text


def test_a_person_signs_in_and_out():
    user, client = make.user(username="ana"), Client()
    before = client.session.session_key
    response = sign_in(client, "ana")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.session.session_key != before
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_reading_the_sign_out_page_signs_nobody_out(signed_in):
    client = signed_in(make.user())
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "https:evil"])
def test_signing_in_never_leads_to_another_site(next_page):
    make.user(username="ana")
    response = Client().post(LOGIN, {"login": "ana", "password": make.PASSWORD, "next": next_page})
    assert response["Location"] == "/"


def test_an_inactive_person_does_not_get_in():
    make.user(username="gone", is_active=False)
    client = Client()
    sign_in(client, "gone")
    assert "_auth_user_id" not in client.session


def test_a_person_made_inactive_is_out_at_the_next_page(signed_in):
    user = make.user()
    client = signed_in(user)
    assert client.get("/preferences/").status_code == 200
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/preferences/")["Location"].startswith(LOGIN)


def test_the_answer_is_the_same_for_a_name_that_is_not_there():
    make.user(username="ana")
    known, unknown = sign_in(Client(), "ana", "wrong"), sign_in(Client(), "bob", "wrong")
    assert known.status_code == unknown.status_code == 200
    errors = [list(response.context["form"].non_field_errors()) for response in (known, unknown)]
    assert errors[0] == errors[1] != []


def test_nobody_signs_up():
    response = Client().post("/accounts/signup/", {"username": "eve", "password1": make.PASSWORD, "password2": make.PASSWORD})
    assert response.status_code in {200, 403, 404}
    from accounts.models import User

    assert not User.objects.exists()


def test_ten_wrong_passwords_lock_this_account_from_this_address_and_no_other():
    make.user(username="ana"), make.user(username="bob")
    attacker = Client()
    answers = [sign_in(attacker, "ana", f"wrong {number}").status_code for number in range(10)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert sign_in(Client(), "ana").status_code == 429, "the right password does not help from that address"
    assert sign_in(Client(), "bob").status_code == 302, "another account goes on"
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), "ana").status_code == 302, "the person gets in from the own network"


def test_a_page_that_needs_signing_in_comes_back_after_it():
    make.user(username="ana")
    client = Client()
    response = client.get("/preferences/?a=1")
    assert response["Location"] == "/accounts/login/?next=/preferences/%3Fa%3D1"
    response = client.post(response["Location"], {"login": "ana", "password": make.PASSWORD, "next": "/preferences/?a=1"})
    assert response["Location"] == "/preferences/?a=1"


STEP = "/engagements/ENG-2026-7K3FQ/verify/"


@pytest.mark.parametrize(
    ("came_from", "back_to"),
    [
        ("http://testserver/engagements/?kind=exercise", "/engagements/%3Fkind%3Dexercise"),
        ("https://elsewhere.example/engagements/", STEP),
        ("http://[::1", STEP),
    ],
)
def test_after_a_button_pressed_too_late_the_page_on_which_it_stands_comes_back(came_from, back_to):
    response = Client().post(STEP, headers={"Referer": came_from})
    assert response["Location"] == f"/accounts/login/?next={back_to}"


def test_signed_in_pages_are_kept_nowhere_and_carry_the_policy(signed_in):
    response = signed_in(make.user()).get("/preferences/")
    assert "no-store" in response["Cache-Control"]
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/preferences/?a=%00", "/preferences/%01", "/preferences/?a=%1b", "/engagements/?q=%ed%a0%80\x85"])
def test_a_control_character_in_an_address_is_refused_with_a_sentence(path, signed_in):
    response = signed_in(make.user()).get(path)
    assert response.status_code in {400, 404}


def test_an_address_nobody_typed_is_refused(signed_in):
    client = signed_in(make.user())
    assert client.get("/preferences/?a=" + "x" * 9000).status_code == 414
    assert client.get("/preferences/?" + "a=1&" * 400).status_code == 400


# What was typed when the session ran out -----------------------------------------------------------


def post_after_the_session_ran_out(client, user, path="/preferences/", **typed):
    from accounts.middleware import OWNER_FIELD, owner_token

    return send(client, path, {OWNER_FIELD: owner_token(user), **typed})


def send(client, path, typed):
    """As a browser sends a form without files."""
    return client.post(path, urlencode(typed), content_type="application/x-www-form-urlencoded")


def typed_by(client, user, path="/preferences/"):
    """What the page at ``path`` finds for this person."""
    from django.test import RequestFactory

    from accounts.middleware import take_typed

    request = RequestFactory().get(path)
    request.session, request.user = client.session, user
    return take_typed(request)


def test_what_was_typed_waits_for_the_person_who_typed_it():
    ana, client = make.user(username="ana"), Client()
    response = post_after_the_session_ran_out(client, ana, title="Staff talks")
    assert response["Location"].startswith(LOGIN)
    sign_in(client, "ana")
    assert typed_by(client, ana)["title"] == "Staff talks"


def test_what_was_typed_is_not_shown_to_another_person_at_the_same_screen():
    ana, bob, client = make.user(username="ana"), make.user(username="bob"), Client()
    post_after_the_session_ran_out(client, ana, title="Staff talks")
    sign_in(client, "bob")
    assert typed_by(client, bob) is None


def test_what_was_typed_comes_back_on_its_own_page_only():
    ana, client = make.user(username="ana"), Client()
    post_after_the_session_ran_out(client, ana, title="Staff talks")
    sign_in(client, "ana")
    assert typed_by(client, ana, "/elsewhere/") is None


def test_a_form_that_names_nobody_is_not_kept():
    ana, client = make.user(username="ana"), Client()
    send(client, "/preferences/", {"title": "Staff talks"})
    send(client, "/preferences/", {"title": "Staff talks", "typed_by": "forged"})
    sign_in(client, "ana")
    assert typed_by(client, ana) is None
