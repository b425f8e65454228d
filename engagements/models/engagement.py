"""The spine: one dated engagement, whatever its kind."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from catalog.models import Country, Domain, EngagementType, Framework, LegalBasis, Objective, Strategy, Theme
from catalog.models.base import NameField
from catalog.partial_dates import PartialDateField, partial_date_constraint, period, period_constraint
from engagements.choices import (
    NEEDS_REASON,
    ConflictContext,
    Handling,
    Kind,
    LocalPerception,
    ReviewState,
    Scope,
    Status,
    StatusReason,
)
from engagements.indexes import ListIndex
from engagements.querysets import EngagementQuerySet
from engagements.references import new_reference


class Engagement(models.Model):
    """A planned contact between the defense establishments of two or more parties: a visit, an exercise, a course, a mission."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=new_reference, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # A foreign key without an index of its own is the first column of one below.
    type = models.ForeignKey(EngagementType, models.PROTECT, db_index=False, related_name="engagements", verbose_name=_("type"))
    title = NameField(_("title"), max_length=300)
    is_title_generated = models.BooleanField(_("title made by the program"), default=False, editable=False)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PLANNED)
    status_reason = models.CharField(
        _("reason"), max_length=20, choices=StatusReason, blank=True, help_text=_("Why it was cancelled or postponed.")
    )
    starts_on = PartialDateField(_("start"))
    ends_on = PartialDateField(_("end"), latest=True)

    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, db_index=False, related_name="engagements_held", verbose_name=_("held in")
    )
    also_held_in = models.ManyToManyField(Country, blank=True, related_name="engagements_also_held", verbose_name=_("also held in"))
    place = NameField(_("place"), max_length=200, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=7, decimal_places=4, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=7, decimal_places=4, null=True, blank=True)
    is_virtual = models.BooleanField(_("held online"), default=False)

    framework = models.ForeignKey(
        Framework, models.PROTECT, null=True, blank=True, db_index=False, related_name="engagements", verbose_name=_("framework or series")
    )
    iteration = models.CharField(_("iteration"), max_length=40, blank=True, help_text=_("Its number or year in the series."))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of"), help_text=_("A larger engagement.")
    )
    predecessors = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="successors", verbose_name=_("follows on from")
    )
    strategies = models.ManyToManyField(Strategy, related_name="engagements", verbose_name=_("strategies"))
    themes = models.ManyToManyField(Theme, blank=True, related_name="engagements", verbose_name=_("themes"))
    domains = models.ManyToManyField(Domain, blank=True, related_name="engagements", verbose_name=_("domains"))
    objectives = models.ManyToManyField(Objective, blank=True, related_name="engagements", verbose_name=_("objectives"))
    legal_bases = models.ManyToManyField(LegalBasis, blank=True, related_name="engagements", verbose_name=_("legal bases"))
    conflict_context = models.CharField(_("conflict context"), max_length=20, choices=ConflictContext, default=ConflictContext.NONE)
    local_perception = models.CharField(
        _("local perception"), max_length=20, choices=LocalPerception, default=LocalPerception.UNKNOWN,
        help_text=_("How the local population sees it."),
    )  # fmt: skip
    summary = models.TextField(_("summary"), blank=True, help_text=_("A few sentences: what happened, for what."))

    scope = models.CharField(
        _("scope"), max_length=20, choices=Scope, default=Scope.INCOMPLETE, editable=False,
        help_text=_("Counted from the participants by the database."),
    )  # fmt: skip
    handling = models.CharField(_("handling"), max_length=20, choices=Handling, default=Handling.OFFICIAL)
    released_to = models.ManyToManyField(
        Team,
        blank=True,
        related_name="engagements_released",
        verbose_name=_("released to"),
        help_text=_("Teams that may read it while it is restricted."),
    )
    team = models.ForeignKey(Team, models.PROTECT, db_index=False, related_name="engagements", verbose_name=_("team"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, related_name="engagements_owned",
        verbose_name=_("owner"),
    )  # fmt: skip
    review_state = models.CharField(_("review"), max_length=20, choices=ReviewState, default=ReviewState.DRAFT, editable=False)
    assessment_due_on = models.DateField(_("assessment due"), null=True, blank=True)
    review_on = models.DateField(_("sustainability review"), null=True, blank=True, help_text=_("When to look whether the results last."))

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, db_index=False, related_name="+")
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = [F("starts_on").desc(nulls_last=True), "reference"]
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        permissions = [("verify_engagement", "Can verify an engagement")]
        indexes = [
            # Each order of the list, and each column that it is filtered by (ordering.py).
            ListIndex(fields=["-starts_on", "reference"], name="engagement_list_order"),
            ListIndex(fields=["-ends_on", "reference"], name="engagement_end_order"),
            ListIndex(fields=["title", "reference"], name="engagement_title_order"),
            ListIndex(fields=["updated_at", "reference"], name="engagement_updated_order"),
            ListIndex(fields=["created_at", "reference"], name="engagement_entered_order"),
            ListIndex(fields=["kind", "-starts_on", "reference"], name="engagement_kind_list_order"),
            ListIndex(fields=["status", "-starts_on", "reference"], name="engagement_status_list_order"),
            ListIndex(fields=["scope", "-starts_on", "reference"], name="engagement_scope_list_order"),
            ListIndex(fields=["review_state", "-starts_on", "reference"], name="engagement_review_list_order"),
            ListIndex(fields=["handling", "-starts_on", "reference"], name="engagement_marking_list_order"),
            ListIndex(fields=["type", "-starts_on", "reference"], name="engagement_type_list_order"),
            ListIndex(fields=["country", "-starts_on", "reference"], name="engagement_place_list_order"),
            ListIndex(fields=["framework", "-starts_on", "reference"], name="engagement_series_list_order"),
            ListIndex(fields=["team", "-starts_on", "reference"], name="engagement_team_list_order"),
            ListIndex(fields=["owner", "-starts_on", "reference"], name="engagement_owner_list_order"),
            models.Index(fields=["status", "ends_on"], name="engagement_status_end"),
        ]
        constraints = [
            models.CheckConstraint(name="engagement_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="engagement_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(name="engagement_scope_known", condition=Q(scope__in=Scope.values)),
            models.CheckConstraint(name="engagement_handling_known", condition=Q(handling__in=Handling.values)),
            models.CheckConstraint(name="engagement_review_known", condition=Q(review_state__in=ReviewState.values)),
            models.CheckConstraint(name="engagement_context_known", condition=Q(conflict_context__in=ConflictContext.values)),
            models.CheckConstraint(name="engagement_perception_known", condition=Q(local_perception__in=LocalPerception.values)),
            models.CheckConstraint(name="engagement_reason_known", condition=Q(status_reason__in=["", *StatusReason.values])),
            models.CheckConstraint(name="engagement_title_given", condition=~Q(title=""), violation_error_message=_("Give a title.")),
            models.CheckConstraint(
                name="engagement_called_off_with_reason",
                condition=~Q(status__in=NEEDS_REASON) | ~Q(status_reason=""),
                violation_error_message=_("Say why it was cancelled or postponed."),
            ),
            models.CheckConstraint(
                name="engagement_reason_only_when_called_off",
                condition=Q(status__in=NEEDS_REASON) | Q(status_reason=""),
                violation_error_message=_("Only a cancelled or postponed engagement has a reason."),
            ),
            partial_date_constraint("engagement", "starts"),
            partial_date_constraint("engagement", "ends"),
            period_constraint("engagement", "starts", "ends"),
            models.CheckConstraint(
                name="engagement_start_not_open",
                condition=~Q(starts_precision="open"),
                violation_error_message=_("A start can not be open-ended."),
            ),
            models.CheckConstraint(
                name="engagement_completed_has_ended",
                condition=~Q(status=Status.COMPLETED) | ~Q(ends_precision="open"),
                violation_error_message=_("A completed engagement is not open-ended: give its end, or “unknown”."),
            ),
            models.CheckConstraint(
                name="engagement_latitude_on_earth",
                condition=Q(latitude=None) | Q(latitude__range=(-90, 90)),
                violation_error_message=_("A latitude is between -90 and 90."),
            ),
            models.CheckConstraint(
                name="engagement_longitude_on_earth",
                condition=Q(longitude=None) | Q(longitude__range=(-180, 180)),
                violation_error_message=_("A longitude is between -180 and 180."),
            ),
            models.CheckConstraint(
                name="engagement_coordinates_in_pairs",
                condition=Q(latitude=None, longitude=None) | Q(latitude__isnull=False, longitude__isnull=False),
                violation_error_message=_("Give both latitude and longitude, or neither."),
            ),
            models.CheckConstraint(
                name="engagement_not_part_of_itself",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message=_("An engagement can not be part of itself."),
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if self._state.adding:
            type(self).objects.draw_again([self])
        super().save(*args, **kwargs)

    def natural_key(self):
        return (self.reference,)

    def get_absolute_url(self):
        return reverse("engagements:detail", args=[self.reference])

    @property
    def period(self) -> str:
        """Its dates as far as they are known: "10 – 24 Mar 2012", "since 2003"."""
        return period(self.starts, self.ends)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def review_steps(self) -> list[tuple[str, str]]:
        """The steps of its review in order; a returned one stands where it was submitted."""
        middle = ReviewState.RETURNED if self.review_state == ReviewState.RETURNED else ReviewState.SUBMITTED
        return [(state.value, str(state.label)) for state in (ReviewState.DRAFT, middle, ReviewState.VERIFIED)]
