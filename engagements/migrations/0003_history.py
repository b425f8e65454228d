"""The history's triggers are written after every migration (engagements/tracking.py), so that none is lost when SQLite rebuilds a table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0002_rules_in_database"),
        ("catalog", "0001_initial"),
        ("accounts", "0001_initial"),
        ("history", "0001_initial"),
    ]
    operations = []
