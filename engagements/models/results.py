"""What came of it: outcomes and how they were judged, challenges, follow-ups, reviews and lessons."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import ChallengeCategory, OutcomeType
from catalog.partial_dates import PartialDateField, partial_date_constraint
from engagements.choices import ChallengeStatus, Evidence, FollowUpStatus, LessonStatus, OutcomeLevel, Rating, Severity
from engagements.models.engagement import Engagement


def figure(label):
    return models.DecimalField(label, max_digits=16, decimal_places=2, null=True, blank=True)


class Outcome(models.Model):
    """What was delivered, what changed, or what lasts; with a figure where there is one."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="outcomes")
    level = models.CharField(_("level"), max_length=10, choices=OutcomeLevel, default=OutcomeLevel.OUTCOME)
    type = models.ForeignKey(OutcomeType, models.PROTECT, related_name="outcomes", verbose_name=_("type"))
    statement = models.TextField(_("statement"))
    indicator = models.CharField(_("indicator"), max_length=300, blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    baseline = figure(_("baseline"))
    target = figure(_("target"))
    actual = figure(_("actual"))
    linked_engagement = models.ForeignKey(
        Engagement, models.PROTECT, null=True, blank=True, related_name="outcomes_leading_here", verbose_name=_("led to"),
        help_text=_("A later engagement that this outcome made possible."),
    )  # fmt: skip

    class Meta:
        ordering = ["engagement", "pk"]
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [
            models.CheckConstraint(name="outcome_level_known", condition=Q(level__in=OutcomeLevel.values)),
            models.CheckConstraint(
                name="outcome_statement_given", condition=~Q(statement=""), violation_error_message=_("Say what the outcome is.")
            ),
        ]

    def __str__(self):
        return self.statement[:80]


class Assessment(models.Model):
    """How an engagement, or one of its outcomes, was judged at one time; older judgments stay."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="assessments")
    outcome = models.ForeignKey(
        Outcome, models.CASCADE, null=True, blank=True, related_name="assessments", verbose_name=_("outcome"),
        help_text=_("Empty: the engagement as a whole."),
    )  # fmt: skip
    rating = models.CharField(_("rating"), max_length=20, choices=Rating)
    rationale = models.TextField(_("rationale"), help_text=_("Why this rating and not the next one."))
    evidence = models.CharField(_("evidence"), max_length=30, choices=Evidence, default=Evidence.NONE)
    assessor = models.CharField(_("assessed by"), max_length=200, help_text=_("An office or body."))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    assessed_on = PartialDateField(_("assessed on"))
    next_review_on = models.DateField(_("look again on"), null=True, blank=True)

    class Meta:
        ordering = ["engagement", "outcome", "-assessed_on", "-pk"]
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.CheckConstraint(name="assessment_rating_known", condition=Q(rating__in=Rating.values)),
            models.CheckConstraint(name="assessment_evidence_known", condition=Q(evidence__in=Evidence.values)),
            models.CheckConstraint(
                name="assessment_rationale_given", condition=~Q(rationale=""), violation_error_message=_("A rating needs its reason.")
            ),
            models.CheckConstraint(
                name="assessment_too_early_is_looked_at_again",
                condition=~Q(rating=Rating.TOO_EARLY) | Q(next_review_on__isnull=False),
                violation_error_message=_("“Too early” needs a date to look again."),
            ),
            partial_date_constraint("assessment", "assessed"),
        ]

    def __str__(self):
        return f"{self.get_rating_display()}, {self.assessor}"


class Challenge(models.Model):
    """What stood in the way, how badly, and what was done about it."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="challenges")
    category = models.ForeignKey(ChallengeCategory, models.PROTECT, related_name="challenges", verbose_name=_("category"))
    description = models.TextField(_("description"))
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.MEDIUM)
    status = models.CharField(_("state"), max_length=10, choices=ChallengeStatus, default=ChallengeStatus.OPEN)
    mitigation = models.TextField(_("mitigation"), blank=True)
    noted_on = models.DateField(_("noted on"), null=True, blank=True)
    affects = models.ForeignKey(
        Outcome, models.SET_NULL, null=True, blank=True, related_name="challenges", verbose_name=_("outcome it affected")
    )

    class Meta:
        ordering = ["engagement", "pk"]
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        constraints = [
            models.CheckConstraint(name="challenge_severity_known", condition=Q(severity__in=Severity.values)),
            models.CheckConstraint(name="challenge_status_known", condition=Q(status__in=ChallengeStatus.values)),
            models.CheckConstraint(
                name="challenge_description_given",
                condition=~Q(description=""),
                violation_error_message=_("Say what the challenge is."),
            ),
        ]

    def __str__(self):
        return self.description[:80]


class FollowUp(models.Model):
    """An agreed next step with an owner and a day."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="follow_ups")
    text = models.CharField(_("next step"), max_length=500)
    owner = models.CharField(_("owner"), max_length=200, help_text=_("An office, not a person's name."))
    due_on = models.DateField(_("due"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=FollowUpStatus, default=FollowUpStatus.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        ordering = ["engagement", "due_on", "pk"]
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.CheckConstraint(name="followup_status_known", condition=Q(status__in=FollowUpStatus.values)),
            models.CheckConstraint(name="followup_text_given", condition=~Q(text=""), violation_error_message=_("Say what is to be done.")),
            models.CheckConstraint(
                name="followup_done_on_only_when_done",
                condition=Q(done_on=None) | Q(status=FollowUpStatus.DONE),
                violation_error_message=_("Only a step that is done has a day on which it was done."),
            ),
        ]

    def __str__(self):
        return self.text[:80]


class AfterActionReview(models.Model):
    """The structured look back: what was meant, what happened, why, what to keep, what to improve."""

    engagement = models.OneToOneField(Engagement, models.CASCADE, primary_key=True, related_name="after_action_review")
    planned = models.TextField(_("what was planned"), blank=True)
    happened = models.TextField(_("what happened"), blank=True)
    why = models.TextField(_("why"), blank=True)
    sustain = models.TextField(_("keep"), blank=True)
    improve = models.TextField(_("improve"), blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    submitted_on = models.DateField(_("submitted on"), null=True, blank=True)

    class Meta:
        verbose_name = _("after-action review")
        verbose_name_plural = _("after-action reviews")

    def __str__(self):
        return str(self.engagement)


class Lesson(models.Model):
    """Something noticed, what it teaches, and what to do about it."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="lessons")
    observation = models.TextField(_("observation"))
    lesson = models.TextField(_("lesson"), blank=True)
    recommendation = models.TextField(_("recommendation"), blank=True)
    status = models.CharField(_("state"), max_length=10, choices=LessonStatus, default=LessonStatus.CAPTURED)

    class Meta:
        ordering = ["engagement", "pk"]
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        constraints = [
            models.CheckConstraint(name="lesson_status_known", condition=Q(status__in=LessonStatus.values)),
            models.CheckConstraint(
                name="lesson_observation_given", condition=~Q(observation=""), violation_error_message=_("Say what was observed.")
            ),
        ]

    def __str__(self):
        return self.observation[:80]
