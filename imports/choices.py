"""Closed lists of an import."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """How far a batch has come."""

    MAPPING = "mapping", _("Columns are being named")
    CHECKING = "checking", _("Being checked")
    QUESTIONS = "questions", _("Has questions")
    CHECKED = "checked", _("Checked")
    COMMITTING = "committing", _("Being written")
    DONE = "done", _("Written")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Taken back")


WORKING = [State.CHECKING, State.COMMITTING, State.UNDOING]
# A batch in one of these writes nothing any more.
OVER = [State.DONE, State.UNDONE]


class LineState(models.TextChoices):
    """What one line of the file is, looked at by itself."""

    READ = "read", _("Read")
    WRONG = "wrong", _("Can not come in")
    WAITS = "waits", _("Waits for an answer")
    LEFT_OUT = "left_out", _("Left out")
    AGGREGATE = "aggregate", _("Control total")


class Outcome(models.TextChoices):
    """What becomes of the record that a group of lines tells of."""

    CREATE = "create", _("New record")
    UPDATE = "update", _("Changes a record")
    UNCHANGED = "unchanged", _("On record already")
    LEFT_OUT = "left_out", _("Left out")
    WAITS = "waits", _("Waits for an answer")
    WRONG = "wrong", _("Can not come in")


class Severity(models.TextChoices):
    ERROR = "error", _("Can not come in")
    REVIEW = "review", _("Comes in, to be looked at")


class Action(models.TextChoices):
    CREATED = "created", _("Created")
    UPDATED = "updated", _("Changed")
