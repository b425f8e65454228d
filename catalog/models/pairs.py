"""Entries of one list that look alike and are two: Niger and Nigeria."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Lookalike(models.Model):
    """Two entries of a list, by their codes, of which somebody said that they are two: the pair is not shown again."""

    list_slug = models.SlugField(_("list"), max_length=60)
    first = models.CharField(_("code of the one"), max_length=60)
    second = models.CharField(_("code of the other"), max_length=60)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    said_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["list_slug", "first", "second"]
        verbose_name = _("pair of entries that is two")
        verbose_name_plural = _("pairs of entries that are two")
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["list_slug", "first", "second"],
                name="lookalike_once",
                violation_error_message=_("Somebody said already that they are two."),
            ),
            models.CheckConstraint(
                name="lookalike_of_two", condition=~Q(first=F("second")), violation_error_message=_("Name two entries.")
            ),
        ]

    def __str__(self):
        return f"{self.first}, {self.second}"
