"""Who takes part, in which role, with how many people."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Country, Organization
from catalog.partial_dates import PartialDateField, partial_date_constraint, period_constraint
from engagements.choices import (
    NOT_COUNTED_ROLES,
    NOT_TAKING_PART,
    Certainty,
    DelegationLevel,
    ParticipationStatus,
    PersonnelType,
    Role,
)
from engagements.models.details import people
from engagements.models.engagement import Engagement


class Participation(models.Model):
    """A country or an organization takes part in one role; a second role is a second row."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="participations")
    country = models.ForeignKey(Country, models.PROTECT, null=True, blank=True, related_name="participations", verbose_name=_("country"))
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, db_index=False, related_name="participations", verbose_name=_("organization")
    )
    acts_for = models.ForeignKey(
        Country, models.PROTECT, null=True, editable=False, db_index=False, related_name="acting_participations",
        verbose_name=_("acts for"),
        help_text=_("The country itself, or the state a ministry or force belongs to; kept by the database."),
    )  # fmt: skip
    role = models.CharField(_("role"), max_length=30, choices=Role, default=Role.PARTICIPANT)
    status = models.CharField(_("attendance"), max_length=20, choices=ParticipationStatus, default=ParticipationStatus.CONFIRMED)
    starts_on = PartialDateField(_("from"))
    ends_on = PartialDateField(_("until"), latest=True)
    delegation_level = models.CharField(_("level of the delegation"), max_length=30, choices=DelegationLevel, blank=True)
    personnel_planned = people(_("personnel planned"))
    personnel = people(_("personnel"), help_text=_("Empty where it is not known; empty is not zero."))
    women = people(_("women among them"))
    as_of_on = PartialDateField(_("as of"))
    unit = models.CharField(_("unit"), max_length=300, blank=True)
    contribution = models.CharField(_("contribution"), max_length=500, blank=True, help_text=_("Equipment, facilities, money, in kind."))
    cost_share = models.DecimalField(_("cost share, percent"), max_digits=5, decimal_places=2, null=True, blank=True)
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty, default=Certainty.CONFIRMED)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        ordering = ["engagement", "pk"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        indexes = [
            models.Index(fields=["acts_for", "engagement"], name="participation_acts_for"),
            models.Index(fields=["organization", "engagement"], name="participation_organization"),
        ]
        constraints = [
            models.CheckConstraint(
                name="participation_one_party",
                condition=Q(country__isnull=True) ^ Q(organization__isnull=True),
                violation_error_message=_("Name a country or an organization, not both."),
            ),
            models.UniqueConstraint(
                fields=["engagement", "country", "role"],
                condition=Q(country__isnull=False),
                name="participation_country_once_a_role",
                violation_error_message=_("This country is already there in this role."),
            ),
            models.UniqueConstraint(
                fields=["engagement", "organization", "role"],
                condition=Q(organization__isnull=False),
                name="participation_organization_once_a_role",
                violation_error_message=_("This organization is already there in this role."),
            ),
            models.CheckConstraint(name="participation_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="participation_status_known", condition=Q(status__in=ParticipationStatus.values)),
            models.CheckConstraint(name="participation_certainty_known", condition=Q(certainty__in=Certainty.values)),
            models.CheckConstraint(name="participation_level_known", condition=Q(delegation_level__in=["", *DelegationLevel.values])),
            models.CheckConstraint(
                name="participation_women_within_personnel",
                condition=Q(women=None) | Q(personnel=None) | Q(women__lte=F("personnel")),
                violation_error_message=_("More women than people."),
            ),
            models.CheckConstraint(
                name="participation_cost_share_percent",
                condition=Q(cost_share=None) | Q(cost_share__range=(0, 100)),
                violation_error_message=_("A cost share is between 0 and 100 percent."),
            ),
            partial_date_constraint("participation", "starts"),
            partial_date_constraint("participation", "ends"),
            partial_date_constraint("participation", "as_of"),
            period_constraint("participation", "starts", "ends"),
        ]

    def __str__(self):
        return f"{self.party}, {self.get_role_display()}"

    @property
    def party(self) -> Country | Organization:
        return self.country or self.organization

    @property
    def is_counted(self) -> bool:
        """Whether it counts for the scope: it takes part, in a role that counts."""
        return self.role not in NOT_COUNTED_ROLES and self.status not in NOT_TAKING_PART


class StrengthReport(models.Model):
    """How many people of one type a participant had on a date."""

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="strength_reports")
    as_of_on = PartialDateField(_("as of"))
    personnel_type = models.CharField(_("personnel type"), max_length=30, choices=PersonnelType, default=PersonnelType.TROOPS)
    female = people(_("women"))
    male = people(_("men"))
    total = models.PositiveIntegerField(_("total"), validators=[MaxValueValidator(100_000_000)])

    class Meta:
        ordering = ["participation", "as_of_on", "personnel_type", "pk"]
        verbose_name = _("strength report")
        verbose_name_plural = _("strength reports")
        constraints = [
            models.CheckConstraint(name="strengthreport_type_known", condition=Q(personnel_type__in=PersonnelType.values)),
            models.UniqueConstraint(
                fields=["participation", "as_of_on", "personnel_type"],
                condition=Q(as_of_on__isnull=False),
                name="strengthreport_once_a_date",
                violation_error_message=_("There is already a figure of this type for this date."),
            ),
            models.CheckConstraint(
                name="strengthreport_parts_within_total",
                condition=(Q(female=None) | Q(female__lte=F("total")))
                & (Q(male=None) | Q(male__lte=F("total")))
                & (Q(female=None) | Q(male=None) | Q(total=F("female") + F("male"))),
                violation_error_message=_("Women and men do not add up to the total."),
            ),
            partial_date_constraint("strengthreport", "as_of"),
        ]

    def __str__(self):
        return f"{self.participation}: {self.total}"
