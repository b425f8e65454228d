"""Who acts, by which door, and why: told to the database, whose triggers write the history.

``acting(actor=..., door="page")`` names the action; everything written inside belongs to it, whichever code
writes it. What is written outside of any action is recorded too, as done by nobody at the door "database".
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections

NAME = "entente.action"
_action: ContextVar[dict[str, Any] | None] = ContextVar("action", default=None)
DOORS = ("page", "admin", "import", "command", "api", "database")


def _named() -> str:
    """The present action as JSON; a new one of nobody where none was named."""
    return json.dumps(_action.get() or {"id": uuid.uuid4().hex, "door": "database", "reason": "", "name": "", "actor": None})


def introduce(connection, **_kwargs) -> None:
    """Give SQLite the function that its triggers ask, and PostgreSQL the action of this thread."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("entente_action", 0, _named)
    elif _action.get() is not None:
        _tell(connection)


def _tell(connection) -> None:
    """PostgreSQL keeps the action as a setting of the session."""
    named = _action.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [NAME, json.dumps(named) if named else ""])


def present() -> dict[str, Any] | None:
    """The action everything written now belongs to: id, door, reason, name, actor (an id); None outside of any."""
    return _action.get()


@contextmanager
def acting(*, actor: Any = None, door: str, reason: str = "") -> Iterator[None]:
    """Everything written inside is one action of ``actor`` (a user, or None for the program) at ``door``."""
    if door not in DOORS:
        raise ValueError(f"There is no door {door!r}.")
    named = {
        "id": uuid.uuid4().hex,
        "door": door,
        "reason": reason,
        "name": "" if actor is None else str(actor),
        "actor": None if actor is None else actor.pk,
    }
    token = _action.set(named)
    connection = connections["default"]
    tell = connection.vendor == "postgresql"
    if tell:
        _tell(connection)
    try:
        yield
    finally:
        _action.reset(token)
        if tell and connection.connection is not None and not connection.needs_rollback:
            _tell(connection)
