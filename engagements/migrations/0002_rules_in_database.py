"""Triggers: scope, acts-for, and facts that fit their kind."""

from django.db import migrations

from engagements.rules_in_database import install


def forwards(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("engagements", "0001_initial"), ("catalog", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
