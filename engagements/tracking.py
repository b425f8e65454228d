"""Which tables the history follows, and to which engagement a row of each belongs."""

from django.apps import apps
from django.db import connections

from engagements import rules_in_database, search_in_database
from history import database
from history.database import Tracked, tracked

OF_ENGAGEMENT = "ROW.engagement_id"
# Tables whose engagement is not in a column of that name.
ELSEWHERE = {
    "engagements_engagement": "ROW.id",
    "engagements_engagement_predecessors": "ROW.from_engagement_id",
    "engagements_peacekeepingmission_tasks": "ROW.peacekeepingmission_id",
    "engagements_strengthreport": "(SELECT p.engagement_id FROM engagements_participation p WHERE p.id = ROW.participation_id)",
    "engagements_handlingrequest_release_to": (
        "(SELECT r.engagement_id FROM engagements_handlingrequest r WHERE r.id = ROW.handlingrequest_id)"
    ),
    "engagements_casestudy": "NULL",
}


def tables() -> list[Tracked]:
    """Every table of ours, with those of many-to-many links."""
    found = []
    for label in ("accounts", "catalog", "engagements"):
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            table = model._meta.db_table
            has_engagement = any(field.column == "engagement_id" for field in model._meta.local_concrete_fields)
            default = OF_ENGAGEMENT if has_engagement else "NULL"
            found.append(tracked(model, ELSEWHERE.get(table, default)))
    return found


def after_migrations(*, using: str, plan=None, **_signal) -> None:
    """Write the triggers of rules, history and search into the database again: a migration may have rebuilt or added a table."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
    if plan and all(item.table in present for item in tables()):
        rules_in_database.install(connection)
        database.install(connection, tables())
        if search_in_database.TABLE in present:
            search_in_database.install(connection)
