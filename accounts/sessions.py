"""The session of a request, and with it the person and their teams: one question to the database instead of three.

Whose a session is stands inside of it, in what it holds. So each process remembers whose those are that it has seen, and asks for the
session and for that person at once. What is remembered decides nothing: the session is read for each request, and says who it is.
"""

import json
from collections import OrderedDict
from functools import cache
from threading import Lock

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connections, router
from django.utils import timezone

from accounts.models import Team, User

MOST_REMEMBERED = 10_000


class Owners:
    """{session key: whose it was}, the latest ones. Threads share it."""

    def __init__(self):
        self.lock = Lock()
        self.kept: OrderedDict[str, int] = OrderedDict()

    def get(self, key: str) -> int | None:
        with self.lock:
            return self.kept.get(key)

    def put(self, key: str, person: int) -> None:
        with self.lock:
            self.kept[key] = person
            self.kept.move_to_end(key)
            while len(self.kept) > MOST_REMEMBERED:
                self.kept.popitem(last=False)


OWNERS = Owners()


class SessionStore(db.SessionStore):
    """Django's own, stored where it stores it. ``person`` is who was read with it, as the database has them; to be checked."""

    person: User | None = None

    def load(self):
        found = _read(self.session_key)
        if found is None:
            told = super().load()
        else:
            self.person, told = found[0], self.decode(found[1])
        _remember(self.session_key, told)
        return told

    def save(self, must_create=False):
        super().save(must_create)
        _remember(self.session_key, self._session_cache)


def _remember(key: str | None, told: dict) -> None:
    whose = str(told.get(SESSION_KEY, ""))
    if key and whose.isdecimal():
        OWNERS.put(key, int(whose))


def _read(key: str | None) -> tuple[User, str] | None:
    """The person whose session it was, with their teams, and what it holds now; None where that is to be asked one by one."""
    owner = OWNERS.get(key) if key else None
    if owner is None:
        return None
    using = router.db_for_write(Session)
    connection = connections[using]
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    found = list(User.objects.using(using).raw(_statement(connection.vendor), [key, now, owner]))
    if not found:
        return None
    held, teams = found[0].__dict__.pop("held"), found[0].__dict__.pop("teams_told")
    if held is None:
        return None
    several = json.loads(teams) if isinstance(teams, str) else teams or []
    found[0].own_teams = [Team.from_db(using, ["id", "code", "name"], team) for team in several]
    return found[0], held


@cache
def _statement(vendor: str) -> str:
    person, team, session = User._meta.db_table, Team._meta.db_table, Session._meta.db_table
    columns = ", ".join(f"person.{field.column}" for field in User._meta.concrete_fields)
    teams = (
        f"SELECT team.id, team.code, team.name FROM {team} team JOIN {User.teams.through._meta.db_table} works ON works.team_id = team.id"
        " WHERE works.user_id = person.id"
    )
    if vendor == "postgresql":
        told = f"SELECT json_agg(json_build_array(found.id, found.code, found.name) ORDER BY found.name) FROM ({teams}) found"
    else:
        told = f"SELECT json_group_array(json_array(found.id, found.code, found.name)) FROM ({teams} ORDER BY team.name) found"
    return (
        f"SELECT {columns}, ({told}) AS teams_told,"
        f" (SELECT session.session_data FROM {session} session WHERE session.session_key = %s AND session.expire_date > %s) AS held"
        f" FROM {person} person WHERE person.id = %s"
    )
