"""The steps of review: who handed a record in, who verified it, who gave it back and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.choices import ReturnReason, ReviewStepKind
from engagements.models.engagement import Engagement


class ReviewStep(models.Model):
    """One step of one record's review; the record's ``review_state`` is what the last of them led to."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="review_steps_taken")
    kind = models.CharField(_("step"), max_length=20, choices=ReviewStepKind)
    reason = models.CharField(_("reason of return"), max_length=30, choices=ReturnReason, blank=True)
    note = models.TextField(_("note"), blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    taken_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["engagement", "taken_at", "pk"]
        verbose_name = _("review step")
        verbose_name_plural = _("review steps")
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(name="reviewstep_kind_known", condition=Q(kind__in=ReviewStepKind.values)),
            models.CheckConstraint(
                name="reviewstep_return_has_reason",
                condition=Q(kind=ReviewStepKind.RETURNED, reason__in=ReturnReason.values) | ~Q(kind=ReviewStepKind.RETURNED) & Q(reason=""),
                violation_error_message=_("Say why the record goes back."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.taken_at:%Y-%m-%d}"
