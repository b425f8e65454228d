"""Triggers that write the history of every table of ours."""

from django.db import migrations


def forwards(apps, schema_editor):
    from engagements.tracking import tables
    from history.database import install

    install(schema_editor.connection, tables())


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0002_rules_in_database"),
        ("catalog", "0001_initial"),
        ("accounts", "0001_initial"),
        ("history", "0001_initial"),
    ]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
