"""Two people to ask as: one who may see every record, and one who may not."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import Client

from accounts.choices import Handling, Role
from accounts.models import Team, User
from bench.figures import EVERYTHING
from history.context import acting

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def person(who: str) -> Any:
    """The account, made where it is not there yet."""
    role, clearance = (Role.MANAGER, Handling.RESTRICTED) if who == EVERYTHING else (Role.VIEWER, Handling.OFFICIAL)
    with transaction.atomic(), acting(door="command", reason="bench"):
        found, _fresh = User.objects.get_or_create(
            username=f"bench-{who}", defaults={"name": f"Measuring, {who}", "role": role, "clearance": clearance, "password": "!"}
        )
        if who == EVERYTHING and found.teams.count() < Team.objects.count():
            found.teams.set(Team.objects.all())
    return found


def browser(who: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(person(who), backend=BACKEND)
    return client


def cookie(who: str) -> dict[str, str]:
    """The cookies of a browser in which this person is signed in, on the site of the same data folder."""
    asked = person(who)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY], session[HASH_SESSION_KEY] = str(asked.pk), BACKEND, asked.get_session_auth_hash()
    session.save()
    return {settings.SESSION_COOKIE_NAME: str(session.session_key)}
