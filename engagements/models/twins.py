"""Records that may be the same: those somebody said are two, and those that became one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.models.engagement import Engagement


class NotTwins(models.Model):
    """Two records that look alike and are two: the pair is not shown again."""

    first = models.ForeignKey(Engagement, models.CASCADE, related_name="+")
    second = models.ForeignKey(Engagement, models.CASCADE, related_name="+")
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    said_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["first", "second"]
        verbose_name = _("pair that is two")
        verbose_name_plural = _("pairs that are two")
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], name="nottwins_once", violation_error_message=_("Somebody said already that they are two.")
            ),
            models.CheckConstraint(
                name="nottwins_in_order",
                condition=Q(first__lt=F("second")),
                violation_error_message=_("A pair is named once, the older record first."),
            ),
        ]

    def __str__(self):
        return f"{self.first_id}, {self.second_id}"


class Merger(models.Model):
    """One record that was absorbed by another; its address leads there, and it can be undone."""

    kept = models.ForeignKey(Engagement, models.PROTECT, related_name="mergers")
    absorbed = models.ForeignKey(Engagement, models.PROTECT, related_name="absorbed_by")
    action = models.CharField(max_length=32, help_text=_("The action in the history that did it."))
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    merged_at = models.DateTimeField(_("merged"), default=timezone.now)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by"))
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ["-merged_at", "-pk"]
        verbose_name = _("merger of records")
        verbose_name_plural = _("mergers of records")
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                name="merger_of_two",
                condition=~Q(kept=F("absorbed")),
                violation_error_message=_("A record can not be merged into itself."),
            ),
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=Q(undone_at=None),
                name="merger_absorbed_once",
                violation_error_message=_("This record was merged already."),
            ),
        ]

    def __str__(self):
        return f"{self.absorbed} → {self.kept}"
