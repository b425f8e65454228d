"""Asking for a lower marking or a wider release: a second person decides."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from engagements.choices import Decision, Handling
from engagements.models.engagement import Engagement


class HandlingRequest(models.Model):
    """One person's wish to open a record to more readers, and what another person decided."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="handling_requests")
    handling = models.CharField(_("handling"), max_length=20, choices=Handling)
    release_to = models.ManyToManyField(Team, blank=True, related_name="+", verbose_name=_("release to"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decision = models.CharField(_("decision"), max_length=20, choices=Decision, default=Decision.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_note = models.TextField(_("note"), blank=True)
    is_carried_out = models.BooleanField(_("carried out"), default=False, help_text=_("An agreed request opens its record once."))

    class Meta:
        ordering = ["engagement", "asked_at", "pk"]
        verbose_name = _("request for a lower marking")
        verbose_name_plural = _("requests for a lower marking")
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(name="handlingrequest_handling_known", condition=Q(handling__in=Handling.values)),
            models.CheckConstraint(
                name="handlingrequest_reason_given",
                condition=~Q(reason=""),
                violation_error_message=_("Say why more people should read this record."),
            ),
            models.CheckConstraint(
                name="handlingrequest_second_person",
                condition=Q(decided_by=None) | ~Q(decision__in=[Decision.AGREED, Decision.REFUSED]) | ~Q(decided_by=F("asked_by")),
                violation_error_message=_("Somebody else decides about this request."),
            ),
            models.CheckConstraint(
                name="handlingrequest_decided_by_somebody",
                condition=Q(decision=Decision.OPEN, decided_by=None, decided_at=None)
                | ~Q(decision=Decision.OPEN) & Q(decided_by__isnull=False, decided_at__isnull=False),
                violation_error_message=_("A decision has somebody who took it, and a day."),
            ),
            models.CheckConstraint(
                name="handlingrequest_carried_out_when_agreed",
                condition=Q(is_carried_out=False) | Q(decision=Decision.AGREED),
                violation_error_message=_("Only what was agreed is carried out."),
            ),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(decision=Decision.OPEN),
                name="handlingrequest_one_open",
                violation_error_message=_("A request for this record is open already."),
            ),
        ]

    def __str__(self):
        return f"{self.get_handling_display()} ({self.get_decision_display()})"
