"""What only one kind has: facts of exercises, training programs and peacekeeping missions."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import MissionTask, Organization
from engagements.choices import ExerciseFocus, Kind, MissionComponent, TrainingLevel, TrainingMode
from engagements.models.engagement import Engagement

MOST_PEOPLE = 100_000_000


def people(label, **options):
    """A number of people; empty is not known, and is not zero."""
    return models.PositiveIntegerField(label, null=True, blank=True, validators=[MaxValueValidator(MOST_PEOPLE)], **options)


def choices_known(model: str, **fields):
    """Each named field holds a value of its list, or nothing."""
    return [
        models.CheckConstraint(name=f"{model}_{name}_known", condition=Q(**{f"{name}__in": ["", *choices.values]}))
        for name, choices in fields.items()
    ]


class Exercise(models.Model):
    """A rehearsal of military tasks."""

    KIND = Kind.EXERCISE
    engagement = models.OneToOneField(Engagement, models.CASCADE, primary_key=True, related_name="exercise")
    focus = models.CharField(_("focus"), max_length=20, choices=ExerciseFocus, blank=True)
    second_focus = models.CharField(_("second focus"), max_length=20, choices=ExerciseFocus, blank=True)
    forces = models.TextField(_("forces"), blank=True, help_text=_("Main units and equipment."))
    is_notifiable = models.BooleanField(
        _("notifiable"), null=True, blank=True, help_text=_("Whether confidence-building rules ask for its notification.")
    )
    personnel_total = people(_("personnel, all together"))
    ships = people(_("ships"))
    aircraft = people(_("aircraft"))

    class Meta:
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        constraints = choices_known("exercise", focus=ExerciseFocus, second_focus=ExerciseFocus)

    def __str__(self):
        return str(self.engagement)


class TrainingProgram(models.Model):
    """Training given by one party to others."""

    KIND = Kind.TRAINING
    engagement = models.OneToOneField(Engagement, models.CASCADE, primary_key=True, related_name="training")
    mode = models.CharField(_("mode"), max_length=20, choices=TrainingMode, blank=True)
    level = models.CharField(_("level"), max_length=20, choices=TrainingLevel, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    course = models.CharField(_("course"), max_length=300, blank=True)
    places_offered = people(_("places offered"))
    enrolled = people(_("enrolled"))
    completed = people(_("completed"))
    women = people(_("women among them"))
    certification = models.CharField(_("certification"), max_length=300, blank=True)
    baseline = models.TextField(_("baseline"), blank=True, help_text=_("What the partner could do before."))
    absorptive_capacity = models.TextField(
        _("absorptive capacity"), blank=True, help_text=_("Whether the partner can take the training up.")
    )
    sustainment = models.TextField(_("sustainment"), blank=True, help_text=_("Who keeps it going afterwards, and with what."))

    class Meta:
        verbose_name = _("training program")
        verbose_name_plural = _("training programs")
        constraints = [
            *choices_known("trainingprogram", mode=TrainingMode, level=TrainingLevel),
            models.CheckConstraint(
                name="trainingprogram_completed_within_enrolled",
                condition=Q(completed=None) | Q(enrolled=None) | Q(completed__lte=F("enrolled")),
                violation_error_message=_("More people completed the training than enrolled."),
            ),
            models.CheckConstraint(
                name="trainingprogram_women_within_enrolled",
                condition=Q(women=None) | Q(enrolled=None) | Q(women__lte=F("enrolled")),
                violation_error_message=_("More women than people enrolled."),
            ),
        ]

    def __str__(self):
        return str(self.engagement)


class PeacekeepingMission(models.Model):
    """A mission with a mandate."""

    KIND = Kind.PEACEKEEPING
    engagement = models.OneToOneField(Engagement, models.CASCADE, primary_key=True, related_name="mission")
    acronym = models.CharField(_("acronym"), max_length=40, blank=True)
    mandating_body = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="missions_mandated", verbose_name=_("mandating body")
    )
    mandate = models.TextField(_("mandate"), blank=True)
    mandate_expires_on = models.DateField(_("mandate expires"), null=True, blank=True)
    authorized_strength = people(_("authorized strength"), help_text=_("The ceiling that the mandate sets."))
    component = models.CharField(_("component"), max_length=20, choices=MissionComponent, blank=True)
    is_executive = models.BooleanField(
        _("executive mandate"), null=True, blank=True, help_text=_("Whether it may itself use force or act in place of the host.")
    )
    tasks = models.ManyToManyField(MissionTask, blank=True, related_name="missions", verbose_name=_("tasks"))
    headquarters = models.CharField(_("headquarters"), max_length=200, blank=True)
    end_state = models.TextField(_("end state"), blank=True)
    fatalities = people(_("fatalities"))

    class Meta:
        verbose_name = _("peacekeeping mission")
        verbose_name_plural = _("peacekeeping missions")
        constraints = choices_known("peacekeepingmission", component=MissionComponent)

    def __str__(self):
        return str(self.engagement)


DETAIL_OF = {Kind.EXERCISE: Exercise, Kind.TRAINING: TrainingProgram, Kind.PEACEKEEPING: PeacekeepingMission}
