"""Actions are looked up whole: the second index for LIKE, which Django adds on PostgreSQL, costs each write for nothing."""

from django.db import migrations


def drop(_apps, editor):
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'history_change'"
            " AND indexdef LIKE %s",
            ["%(action varchar_pattern_ops)"],
        )
        for (name,) in cursor.fetchall():
            editor.execute(f"DROP INDEX {editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("history", "0002_access")]

    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
