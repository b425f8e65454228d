"""An index for each order of the list and each value it is filtered by; indexes go that others cover, or that nothing asks.

Within one value the newest come first, as in the list. Built without holding up who writes.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from engagements.indexes import AddIndexInUse, ListIndex, RemoveIndexInUse

NEWEST = ["-starts_on", "reference"]
ORDERS = {
    "engagement_list_order": NEWEST,
    "engagement_end_order": ["-ends_on", "reference"],
    "engagement_title_order": ["title", "reference"],
    "engagement_updated_order": ["updated_at", "reference"],
    "engagement_entered_order": ["created_at", "reference"],
    "engagement_kind_list_order": ["kind", *NEWEST],
    "engagement_status_list_order": ["status", *NEWEST],
    "engagement_scope_list_order": ["scope", *NEWEST],
    "engagement_review_list_order": ["review_state", *NEWEST],
    "engagement_marking_list_order": ["handling", *NEWEST],
    "engagement_type_list_order": ["type", *NEWEST],
    "engagement_place_list_order": ["country", *NEWEST],
    "engagement_series_list_order": ["framework", *NEWEST],
    "engagement_team_list_order": ["team", *NEWEST],
    "engagement_owner_list_order": ["owner", *NEWEST],
}
COVERED = ["engagement_newest_first", "engagement_kind_start", "engagement_last_changed"]
# Indexes of one column that one with more columns begins with, or that nothing asks.
SINGLE = [
    ("engagement", "type"), ("engagement", "country"), ("engagement", "framework"), ("engagement", "team"), ("engagement", "owner"),
    ("engagement", "updated_by"), ("participation", "acts_for"), ("participation", "organization"),
]  # fmt: skip
LINKS = ["strategies", "themes", "domains", "objectives", "legal_bases", "also_held_in", "released_to"]


def drop_single(apps, schema_editor):
    how = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
    for model, field in _single(apps):
        for name in _of_one_column(schema_editor, model._meta.db_table, field.column):
            schema_editor.execute(f'DROP INDEX {how}IF EXISTS "{name}"')


def add_single(apps, schema_editor):
    for model, field in _single(apps):
        if not _of_one_column(schema_editor, model._meta.db_table, field.column):
            schema_editor.execute(schema_editor._create_index_sql(model, fields=[field]))


def _single(apps):
    for name, field in SINGLE:
        model = apps.get_model("engagements", name)
        yield model, model._meta.get_field(field)
    engagement = apps.get_model("engagements", "engagement")
    for name in LINKS:
        through = engagement._meta.get_field(name).remote_field.through
        yield through, through._meta.get_field("engagement")


def _of_one_column(schema_editor, table, column):
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, table)
    return [name for name, told in found.items() if told["index"] and not told["unique"] and told["columns"] == [column]]


def without_index(model, name, to, **options):
    field = models.ForeignKey(to=to, on_delete=django.db.models.deletion.PROTECT, db_index=False, **options)
    return migrations.AlterField(model, name, field)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("engagements", "0010_list_order"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        *(AddIndexInUse("engagement", ListIndex(fields=fields, name=name)) for name, fields in ORDERS.items()),
        *(RemoveIndexInUse("engagement", name) for name in COVERED),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_single, add_single)],
            state_operations=[
                without_index("engagement", "type", "catalog.engagementtype", related_name="engagements", verbose_name="type"),
                without_index("engagement", "country", "catalog.country", blank=True, null=True, related_name="engagements_held", verbose_name="held in"),
                without_index("engagement", "framework", "catalog.framework", blank=True, null=True, related_name="engagements", verbose_name="framework or series"),
                without_index("engagement", "team", "accounts.team", related_name="engagements", verbose_name="team"),
                without_index("engagement", "owner", settings.AUTH_USER_MODEL, blank=True, null=True, related_name="engagements_owned", verbose_name="owner"),
                without_index("engagement", "updated_by", settings.AUTH_USER_MODEL, null=True, editable=False, related_name="+"),
                without_index("participation", "acts_for", "catalog.country", null=True, editable=False, related_name="acting_participations", verbose_name="acts for", help_text="The country itself, or the state a ministry or force belongs to; kept by the database."),
                without_index("participation", "organization", "catalog.organization", blank=True, null=True, related_name="participations", verbose_name="organization"),
            ],
        ),
    ]  # fmt: skip
