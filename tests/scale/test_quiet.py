"""What a release writes into a database in use lets the others pass: triggers, the search index, migrations."""

import threading

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import OperationalError, connection, connections, transaction

from engagements import search_in_database, tracking
from engagements.models import Engagement
from history import triggers
from tests import make

pytestmark = [pytest.mark.only_postgresql, pytest.mark.django_db(transaction=True)]
NAME, TABLE = "engagements_engagement_history_changed", "engagements_engagement"


def statements(ask) -> list[str]:
    """What ``ask`` sends that makes, drops or alters anything but functions."""
    sent = []

    def listen(execute, sql, params, many, context):
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        ask()
    return [sql for sql in sent if sql.split()[0] in {"CREATE", "DROP", "ALTER", "COMMENT"} and "FUNCTION" not in " ".join(sql.split()[:4])]


@pytest.fixture(autouse=True)
def _something_to_find():
    """An empty search index is filled anew each time."""
    make.engagement(title="Something")


@pytest.fixture
def taken():
    """Another connection holds the table of the records, until ``taken()`` is called."""
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN ROW EXCLUSIVE MODE")  # as somebody who saves
            held.set()
            let_go.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)

    def end():
        let_go.set()
        holder.join()

    yield end
    end()


def test_triggers_that_did_not_change_are_left_alone():
    tracking.after_migrations(using="default", plan=["something"])
    sent = statements(lambda: tracking.after_migrations(using="default", plan=["something"]))
    assert sent == ["CREATE EXTENSION IF NOT EXISTS pg_trgm"]


def test_a_trigger_that_is_gone_or_changed_or_switched_off_is_written_again():
    ours = [f"DROP TRIGGER IF EXISTS {NAME} ON {TABLE}", f"CREATE TRIGGER {NAME}", f"COMMENT ON TRIGGER {NAME} ON {TABLE}"]
    for harm in (
        f"DROP TRIGGER {NAME} ON {TABLE}",
        f"COMMENT ON TRIGGER {NAME} ON {TABLE} IS 'older'",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER {NAME}",
    ):
        with connection.cursor() as cursor:
            cursor.execute(harm)
        sent = statements(lambda: tracking.after_migrations(using="default", plan=["something"]))
        assert [sql[: len(start)] for sql, start in zip(sent, ours, strict=False)] == ours, harm
        assert len(sent) == len(ours) + 1


def test_a_table_in_use_is_waited_for_in_short_turns(taken, monkeypatch):
    waited = []

    def sleep(_seconds):
        waited.append(transaction.get_connection().in_atomic_block)
        taken()

    monkeypatch.setattr(triggers.time, "sleep", sleep)
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TRIGGER {NAME} ON {TABLE} IS NULL")
    tracking.after_migrations(using="default", plan=["something"])
    assert waited == [False], "it let the others pass, outside of any transaction, and got its turn"
    assert statements(lambda: tracking.after_migrations(using="default", plan=["something"])) == ["CREATE EXTENSION IF NOT EXISTS pg_trgm"]


def test_the_search_index_is_filled_some_rows_at_a_time_and_goes_on_where_it_was_broken_off(monkeypatch):
    records = [make.engagement(title=f"Talks {number}") for number in range(5)]
    with connection.cursor() as cursor:
        ask = f"SELECT source, of_row, target, title, text, words FROM {search_in_database.TABLE} ORDER BY source, of_row"
        cursor.execute(ask)
        before = cursor.fetchall()
        cursor.execute(f"DELETE FROM {search_in_database.TABLE} WHERE of_row <> {records[0].pk}")
        cursor.execute(f"COMMENT ON TABLE {search_in_database.TABLE} IS '{search_in_database.FILLING}'")
        monkeypatch.setattr(search_in_database, "AT_ONCE", 2)
        search_in_database.install(connection)
        cursor.execute(ask)
        assert cursor.fetchall() == before
        cursor.execute(f"SELECT obj_description('{search_in_database.TABLE}'::regclass, 'pg_class')")
        assert cursor.fetchone() == (None,)
    assert Engagement.objects.search("talks").count() == 5


def test_a_migration_whose_table_is_in_use_is_tried_again(monkeypatch, capsys):
    seen = []

    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            seen.append(cursor.fetchone()[0])
            if len(seen) == 1:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'lock_not_available'; END $$")

    monkeypatch.setattr(migrate.Command, "handle", handle)
    monkeypatch.setattr("history.management.commands.migrate.time.sleep", lambda seconds: None)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()[0]
    call_command("migrate")
    assert seen == ["1s", "1s"]
    assert "Trying again" in capsys.readouterr().err
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == before


def test_a_migration_that_fails_otherwise_is_not(monkeypatch):
    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'connection_failure'; END $$")

    monkeypatch.setattr(migrate.Command, "handle", handle)
    with pytest.raises(OperationalError):
        call_command("migrate")
    connections.close_all()
