"""What every test may ask for: the five people, a signed-in browser, the fixtures, and the same number of queries."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings

from tests import make

settings.register_profile(
    "entente",
    deadline=None,  # two workers on two cores: a slow example says nothing
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("entente")


# The fixtures of the program: loaded once a worker, inside a transaction that no test outside sees ---


class _Seed:
    """All of fixtures/, inside a transaction that stays open while the tests that want it follow each other."""

    def __init__(self):
        self.stack = None

    def open(self, blocker):
        from catalog.seeding import load_catalog
        from engagements.seeding import load_engagements

        if self.stack is None:
            with blocker.unblock(), ExitStack() as stack:
                stack.enter_context(blocker.unblock())
                stack.enter_context(_rolled_back())
                load_catalog()
                load_engagements()
                self.stack = stack.pop_all()

    def close(self):
        if self.stack is not None:
            self.stack.close()
            self.stack = None


@contextmanager
def _rolled_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


_seed = _Seed()


@pytest.fixture(scope="module")
def _seeded(django_db_setup, django_db_blocker) -> None:
    _seed.open(django_db_blocker)


@pytest.fixture
def seeded(_seeded, db) -> None:
    """The database holds everything that fixtures/ says. Not for tests with transactions of their own."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    # What one database does alone is not a test of the other: left out there, not skipped.
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    left_out = [item for item in items if item.get_closest_marker(f"only_{other}")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=_turn)


def _turn(item) -> int:
    """The long ones first, so that no worker waits for the other at the end; and those that share the open seed together."""
    long, seeded = item.get_closest_marker("long") is not None, "seeded" in item.fixturenames
    return [(True, False), (True, True), (False, True), (False, False)].index((long, seeded))


def pytest_collection_finish(session):
    """What is there by now stays to the end: looking through it for garbage, again and again, costs a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if "seeded" not in item.fixturenames:
        _seed.close()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    _seed.close()


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """No test finds what another left in a cache, or remembered."""
    from engagements import sets

    sets.forget()
    yield
    cache.clear()


# The history is only added to; emptying a database between tests with transactions of their own has to go round that ---


@pytest.fixture(autouse=True, scope="session")
def _the_history_may_be_emptied_between_tests() -> Iterator[None]:
    from history.database import CHANGES, guard

    if connection.vendor != "sqlite":  # TRUNCATE asks no row
        yield
        return
    operations = type(connection.ops)
    flush = operations.sql_flush

    def sql_flush(self, style, tables, **options):
        keep = guard("sqlite") if CHANGES in tables else []
        drops = [f"DROP TRIGGER IF EXISTS {statement.split()[2]}" for statement in keep]
        # Emptying the other tables is written into the history too.
        again = [f"DELETE FROM {CHANGES}"] if keep else []
        return [*drops, *flush(self, style, tables, **options), *again, *keep]

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = flush


# People ------------------------------------------------------------------------------------------


@pytest.fixture
def people(db) -> SimpleNamespace:
    """One of each role. Analyst and manager work in ``team``; the others in none."""
    team = make.team("j5", name="J5, Plans and Policy")
    return SimpleNamespace(
        team=team,
        viewer=make.user("viewer", username="viewer"),
        analyst=make.user("analyst", username="analyst", clearance="official", teams=[team]),
        manager=make.user("manager", username="manager", clearance="restricted", teams=[team]),
        steward=make.user("steward", username="steward", clearance="official"),
        administrator=make.user("administrator", username="admin"),
    )


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """``signed_in(user)``: a browser in which this person is signed in."""

    def sign_in(user, **options) -> Client:
        client = Client(**options)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


# Queries -----------------------------------------------------------------------------------------


@pytest.fixture
def assert_same_queries(db) -> Callable[..., int]:
    """``assert_same_queries(add_row, ask)``: 1 row and 50 rows cost the same queries, and no more than ``at_most``."""

    def check(add_row: Callable[[], object], ask: Callable[[], object], *, at_most: int = 12) -> int:
        add_row()
        ask()  # fills what is kept for the life of the process
        few = _queries(ask)
        for _ in range(49):
            add_row()
        ask()  # what is kept until a list changes is read again
        many = _queries(ask)
        shown = "\n".join(many)
        assert len(few) == len(many), f"{len(few)} queries for one row, {len(many)} for fifty:\n{shown}"
        assert len(many) <= at_most, f"{len(many)} queries, more than {at_most}:\n{shown}"
        return len(many)

    return check


def _queries(ask: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return [query["sql"] for query in captured.captured_queries]
