"""The table of the search index; its triggers are written, and it is filled, after the migrations (engagements/tracking.py)."""

from django.db import migrations

from engagements import search_in_database


def forwards(apps, schema_editor):
    search_in_database.create(schema_editor.connection)


def backwards(apps, schema_editor):
    search_in_database.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("engagements", "0008_external_id_of_its_record"), ("catalog", "0002_lookalike")]
    operations = [migrations.RunPython(forwards, backwards)]
