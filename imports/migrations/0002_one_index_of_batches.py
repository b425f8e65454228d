"""Rows of an import are asked for by constraints that begin with the batch: an index of the batch alone costs each write for nothing.

Written out: Django would add the foreign keys anew, and look at each row while nobody can write.
"""

import django.db.models.deletion
from django.db import migrations, models

TABLES = {"imported": "imported", "line": "lines", "planned": "planned"}


def drop(apps, schema_editor):
    how = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
    for model in map(_model(apps), TABLES):
        for name in _of_batch(schema_editor, model):
            schema_editor.execute(f'DROP INDEX {how}IF EXISTS "{name}"')


def add(apps, schema_editor):
    for model in map(_model(apps), TABLES):
        if not _of_batch(schema_editor, model):
            schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field("batch")]))


def _model(apps):
    return lambda name: apps.get_model("imports", name)


def _of_batch(schema_editor, model):
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, model._meta.db_table)
    return [name for name, told in found.items() if told["index"] and not told["unique"] and told["columns"] == ["batch_id"]]


def without_index(model, related_name):
    field = models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to="imports.batch")
    return migrations.AlterField(model, "batch", field)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("imports", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, add)],
            state_operations=[without_index(model, related_name) for model, related_name in TABLES.items()],
        ),
    ]
