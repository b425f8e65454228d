"""The order of the list itself, those without a start last: without it PostgreSQL sorts every row for each page.

SQLite puts those without a start last anyway, so there the indexes that are there do. Built without holding up who writes.
"""

from django.db import migrations

INDEXES = {
    "engagement_list_order": "(starts_on DESC NULLS LAST, reference)",
    "engagement_kind_list_order": "(kind, starts_on DESC NULLS LAST, reference)",
}


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, columns in INDEXES.items():
            # One that was cut off half way is there but not valid.
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.execute(f"CREATE INDEX CONCURRENTLY {name} ON engagements_engagement {columns}")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("engagements", "0009_search")]
    operations = [migrations.RunPython(add, remove)]
