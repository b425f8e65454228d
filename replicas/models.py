"""What a copy of the database must have before somebody reads from it. Used where there are copies; see docs/scale.md."""

from django.db import models


class Barrier(models.Model):
    """One row: how many transactions took something out of somebody's sight (barrier_in_database.py counts them)."""

    number = models.BigIntegerField(default=0)
    raised_in = models.BigIntegerField(null=True, editable=False)  # the transaction, so that each counts once

    class Meta:
        default_permissions = ()


class Written(models.Model):
    """Up to which byte of the log of the database a person has written; no copy that is behind it shows this person anything."""

    person = models.BigIntegerField(primary_key=True)
    position = models.BigIntegerField()

    class Meta:
        default_permissions = ()
