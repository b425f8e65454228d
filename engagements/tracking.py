"""Which tables the history follows, and to which engagement a row of each belongs."""

from django.apps import apps

from history.database import Tracked, tracked

OF_ENGAGEMENT = "ROW.engagement_id"
# Tables whose engagement is not in a column of that name.
ELSEWHERE = {
    "engagements_engagement": "ROW.id",
    "engagements_engagement_predecessors": "ROW.from_engagement_id",
    "engagements_peacekeepingmission_tasks": "ROW.peacekeepingmission_id",
    "engagements_strengthreport": "(SELECT p.engagement_id FROM engagements_participation p WHERE p.id = ROW.participation_id)",
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
