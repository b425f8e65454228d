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
            # Whether a person has a hand in a record that waits for verification.
            models.Index(fields=["actor", "engagement"], name="change_by_actor", condition=models.Q(actor__isnull=False)),
        ]

    def __str__(self):
        return f"{self.table} {self.row} {self.operation}"


class Reading(models.TextChoices):
    RECORD = "record", _("read a restricted record")
    EXPORT = "export", _("took an export")
    BRIEF = "brief", _("took a brief")
    ATTACHMENT = "attachment", _("took an attachment")


class Access(models.Model):
    """Somebody read a restricted record or took a file out. No content; it points to nothing, and is only added to."""

    at = models.DateTimeField()
    actor = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)
    what = models.CharField(max_length=20, choices=Reading)
    engagement = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=20, blank=True)
    handling = models.CharField(max_length=20, blank=True, help_text=_("The highest marking in what was taken."))
    filter = models.TextField(blank=True, help_text=_("The filter of an export, as in its address."))
    layout = models.CharField(max_length=40, blank=True)
    rows = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["actor", "id"], name="access_of_person"),
            models.Index(fields=["engagement", "id"], name="access_of_engagement"),
        ]

    def __str__(self):
        return f"{self.actor_name} {self.what} {self.reference}"
