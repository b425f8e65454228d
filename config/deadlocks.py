"""Of two requests that wait for each other the database gives one up: it is tried again, where nothing of it was kept."""

import logging
import random
import time

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from config.errors import busy
from history.context import present
from history.models import Change

log = logging.getLogger("entente.database")
TRIES = 3
GIVEN_UP = {"40001", "40P01"}  # serialization failure, deadlock detected
WAITED_TOO_LONG = {"55P03"}  # lock not available


class TryAgain:
    """The innermost middleware: what it can not mend goes on as it was."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        state = _state(exception)
        for again in range(1, TRIES + 1):
            if state not in GIVEN_UP or not _nothing_was_kept(request):
                break
            log.warning("gave way to another request (%s), try %s", state, again)
            time.sleep(random.uniform(0.02, 0.1) * again)  # noqa: S311 - only so that the two do not meet again
            match = request.resolver_match
            try:
                return match.func(request, *match.args, **match.kwargs)
            except DatabaseError as error:
                exception, state = error, _state(error)
        if state in GIVEN_UP | WAITED_TOO_LONG or "database is locked" in str(exception):
            return busy(request, _("Many people are saving at this moment. Go back and send it again: nothing of it was saved."))
        return None


def _state(exception: BaseException) -> str:
    """The database's own code for what went wrong; empty for anything else."""
    return getattr(exception.__cause__, "sqlstate", None) or "" if isinstance(exception, DatabaseError) else ""


def _nothing_was_kept(request) -> bool:
    """Whether the view can simply run again: no transaction around it, no file read, no row of ours written."""
    if connection.in_atomic_block or request.FILES:
        return False
    action = present()
    return action is None or not Change.objects.filter(action=action["id"]).exists()
