"""Tables and triggers that say what a copy of the database must have before somebody reads from it."""

from django.db import migrations, models

from replicas import barrier_in_database


def install(apps, schema_editor):
    barrier_in_database.install(schema_editor.connection)


def remove(apps, schema_editor):
    barrier_in_database.remove(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False  # each trigger takes its table for a moment, not all of them until the last is written
    initial = True
    dependencies = [("accounts", "0001_initial"), ("engagements", "0010_list_order"), ("jobs", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Barrier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
                ("raised_in", models.BigIntegerField(editable=False, null=True)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Written",
            fields=[
                ("person", models.BigIntegerField(primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(install, remove),
    ]
