"""``manage.py db_worker``: does the jobs, one after the other; several of them may run beside each other.

The worker of django-tasks-db, which here also tells that it is there, ends the jobs of workers that died, and removes
files that expired.
"""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django_tasks_db.management.commands.db_worker import Command as Worker

from jobs import beside, sweeping

log = logging.getLogger("entente.jobs")
LOOK_EVERY, SWEEP_EVERY = 20, 3600  # seconds


class Command(Worker):
    help = "Does exports, imports and other long work in the background until it is stopped."

    def handle(self, *args, **options):
        _allow_long_work()
        stop = threading.Event()
        keeper = threading.Thread(target=_keep_house, args=[stop], name="sweeping", daemon=True)
        with beside.present_as_worker():
            _tidy(is_due=True)
            keeper.start()
            try:
                return super().handle(*args, **options)
            finally:
                stop.set()

    def configure_logging(self, verbosity):
        """As the settings say: the package would write a line for each task."""


def _allow_long_work() -> None:
    """Statements of a job may take longer than those of a page; one connection needs no pool."""
    if connection.vendor == "postgresql":
        options = connections.settings["default"]["OPTIONS"]
        options.pop("pool", None)
        most = settings.JOB_STATEMENT_TIMEOUT_MS
        longer = f" -c statement_timeout={most} -c idle_in_transaction_session_timeout={most}"
        options["options"] = options.get("options", "") + longer
        connection.close()


def _keep_house(stop: threading.Event) -> None:
    """Runs beside the work: what another worker left shows within a minute, also while a long job runs here."""
    passed = 0
    while not stop.wait(LOOK_EVERY):
        passed += LOOK_EVERY
        _tidy(is_due=passed >= SWEEP_EVERY)
        passed %= SWEEP_EVERY
        connections.close_all()


def _tidy(*, is_due: bool) -> None:
    try:
        sweeping.end_dead()
        if is_due:
            sweeping.sweep()
    except (DatabaseError, OSError) as error:  # a database that is busy or away: the next look comes soon
        log.warning("sweeping has to wait: %s", error)
