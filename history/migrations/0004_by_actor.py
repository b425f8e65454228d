"""Which records a person changed: asked of each record that waits for verification. Built without holding up who writes."""

from django.db import migrations, models

from engagements.indexes import AddIndexInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("history", "0003_one_index_of_actions")]

    operations = [
        AddIndexInUse(
            "change", models.Index(fields=["actor", "engagement"], name="change_by_actor", condition=models.Q(actor__isnull=False))
        ),
    ]
