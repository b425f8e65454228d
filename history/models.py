"""What was changed, when, by whom, by which door and why. Written by the database itself; never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Door(models.TextChoices):
    PAGE = "page", _("by page")
    ADMIN = "admin", _("by admin")
    IMPORT = "import", _("by import")
    COMMAND = "command", _("by command")
    API = "api", _("by the interface for programs")
    DATABASE = "database", _("in the database")


class Operation(models.TextChoices):
    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")


class Change(models.Model):
    """One row of one table, added, changed or removed. It points to nothing, so that it survives everything."""

    action = models.CharField(max_length=32, db_index=True, help_text=_("What one person did in one step has one action."))
    at = models.DateTimeField()
    actor = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)
    door = models.CharField(max_length=10, choices=Door)
    reason = models.CharField(max_length=500, blank=True)
    table = models.CharField(max_length=80)
    row = models.BigIntegerField()
    engagement = models.BigIntegerField(null=True)
    operation = models.CharField(max_length=10, choices=Operation)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["engagement", "id"], name="change_of_engagement"),
            models.Index(fields=["table", "row", "id"], name="change_of_row"),
        ]

    def __str__(self):
        return f"{self.table} {self.row} {self.operation}"
