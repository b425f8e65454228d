"""Asks for the sets behind the figures when a server starts, so that the first reader does not wait for them."""

import logging
import time
from threading import Thread

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.http import QueryDict

from engagements import countable, stretches
from engagements.facets import Facets
from engagements.models import Engagement
from engagements.ordering import keys_of
from engagements.set_walk import by_week
from engagements.sets import MEMORY, Sets

logger = logging.getLogger(__name__)


def warm() -> int:
    """Ask for every set that no choice and no person narrows; returns how many are remembered now."""
    nobody = AnonymousUser()
    Facets(QueryDict(), queryset=Engagement.objects.visible_to(nobody), user=nobody).all()
    sets = Sets(DEFAULT_DB_ALIAS)
    for ask in (countable.year, countable.fiscal_year, countable.held, countable.due):
        ask(sets)
    by_week(sets, "starts_on")
    title, *_others = keys_of("title")
    if stretches.are_there(sets, title):
        stretches.members(sets, title)
    return len(MEMORY.kept)


def start() -> Thread | None:
    """``warm`` beside the server, which answers meanwhile; None in tests, whose databases come and go."""
    if settings.ENVIRONMENT == "test":
        return None
    thread = Thread(target=_run, name="warming", daemon=True)
    thread.start()
    return thread


def _run() -> None:
    began = time.monotonic()
    try:
        number = warm()
    except DatabaseError as error:  # the readers will ask, and be told what is wrong
        logger.warning("The sets behind the figures were not asked for: %s", error)
    else:
        logger.info("%d sets behind the figures are ready after %.1f s.", number, time.monotonic() - began)
    finally:
        connections.close_all()
