"""Organizations, standing frameworks and series, who belongs to them and since when, and legal bases."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    ALWAYS_OF_ONE_STATE,
    FrameworkKind,
    LegalBasisKind,
    LegalBasisStatus,
    MembershipStatus,
    OrganizationKind,
)
from catalog.models.base import Alias, CatalogEntry, NameField
from catalog.models.geography import BEGINNING, Country
from catalog.partial_dates import PartialDateField, partial_date_constraint, period_constraint
from catalog.querysets import DatedQuerySet


class Organization(CatalogEntry):
    """A body that takes part: an alliance, an armed force, a ministry, an NGO, a company."""

    list_slug = "organizations"

    abbreviation = NameField(_("abbreviation"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=OrganizationKind)
    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="organizations", verbose_name=_("country"),
        help_text=_("The state it belongs to. A ministry or an armed force counts as its country."),
    )  # fmt: skip
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    starts_on = PartialDateField(_("exists since"))
    ends_on = PartialDateField(_("existed until"))

    class Meta(CatalogEntry.Meta):
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(name="organization_kind_known", condition=Q(kind__in=OrganizationKind.values)),
            models.CheckConstraint(
                name="organization_state_body_has_country",
                condition=~Q(kind__in=ALWAYS_OF_ONE_STATE) | Q(country__isnull=False),
                violation_error_message=_("A ministry, force or service belongs to a country: name it."),
            ),
            models.CheckConstraint(
                name="organization_not_in_itself",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message=_("An organization can not be part of itself."),
            ),
            partial_date_constraint("organization", "starts"),
            partial_date_constraint("organization", "ends"),
            period_constraint("organization", "starts", "ends"),
        ]

    def get_absolute_url(self):
        return reverse("catalog:organization", args=[self.code])


class OrganizationAlias(Alias):
    """Another name of an organization."""

    entry = models.ForeignKey(Organization, models.CASCADE, related_name="aliases")

    class Meta(Alias.Meta):
        verbose_name = _("other name of an organization")
        verbose_name_plural = _("other names of organizations")


class LegalBasis(CatalogEntry):
    """A resolution, treaty, agreement or law on which an engagement rests."""

    list_slug = "legal-bases"

    kind = models.CharField(_("kind"), max_length=40, choices=LegalBasisKind)
    status = models.CharField(_("status"), max_length=20, choices=LegalBasisStatus, default=LegalBasisStatus.IN_FORCE)
    signed_on = PartialDateField(_("adopted or signed"))
    in_force_on = PartialDateField(_("in force since"))
    ended_on = PartialDateField(_("ended"))
    parties = models.ManyToManyField(Country, related_name="legal_bases", blank=True, verbose_name=_("parties"))
    url = models.URLField(_("address"), max_length=400, blank=True)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")
        ordering = ["sort", "signed_on", "name", "pk"]
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(name="legalbasis_kind_known", condition=Q(kind__in=LegalBasisKind.values)),
            models.CheckConstraint(name="legalbasis_status_known", condition=Q(status__in=LegalBasisStatus.values)),
            partial_date_constraint("legalbasis", "signed"),
            partial_date_constraint("legalbasis", "in_force"),
            partial_date_constraint("legalbasis", "ended"),
        ]


class Framework(CatalogEntry):
    """A standing arrangement under which engagements take place; an exercise series is one too."""

    list_slug = "frameworks"

    abbreviation = NameField(_("abbreviation"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=FrameworkKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="frameworks", verbose_name=_("run by")
    )
    legal_basis = models.ForeignKey(
        LegalBasis, models.PROTECT, null=True, blank=True, related_name="frameworks", verbose_name=_("legal basis")
    )
    starts_on = PartialDateField(_("exists since"))
    ends_on = PartialDateField(_("existed until"))

    class Meta(CatalogEntry.Meta):
        verbose_name = _("framework or series")
        verbose_name_plural = _("frameworks and series")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(name="framework_kind_known", condition=Q(kind__in=FrameworkKind.values)),
            models.CheckConstraint(
                name="framework_not_in_itself",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message=_("A framework can not be part of itself."),
            ),
            partial_date_constraint("framework", "starts"),
            partial_date_constraint("framework", "ends"),
            period_constraint("framework", "starts", "ends"),
        ]

    def get_absolute_url(self):
        return reverse("catalog:framework", args=[self.code])


class FrameworkAlias(Alias):
    """Another name of a framework or series."""

    entry = models.ForeignKey(Framework, models.CASCADE, related_name="aliases")

    class Meta(Alias.Meta):
        verbose_name = _("other name of a framework")
        verbose_name_plural = _("other names of frameworks")


class Membership(models.Model):
    """A country belongs to an organization or framework from one day until another (the first day it no longer does)."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("organization")
    )
    framework = models.ForeignKey(Framework, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("framework"))
    country = models.ForeignKey(Country, models.PROTECT, related_name="memberships", verbose_name=_("country"))
    status = models.CharField(_("status"), max_length=20, choices=MembershipStatus, default=MembershipStatus.MEMBER)
    starts_on = PartialDateField(_("from"))
    ends_on = PartialDateField(_("until"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "framework", "country", "starts_on", "pk"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                name="membership_of_one_body",
                condition=Q(organization__isnull=True) ^ Q(framework__isnull=True),
                violation_error_message=_("Name an organization or a framework, not both."),
            ),
            models.CheckConstraint(name="membership_status_known", condition=Q(status__in=MembershipStatus.values)),
            models.UniqueConstraint(
                Coalesce("organization", Value(0)),
                Coalesce("framework", Value(0)),
                F("country"),
                F("status"),
                Coalesce("starts_on", Value(BEGINNING, output_field=models.DateField())),
                name="membership_once",
                violation_error_message=_("This membership is already recorded."),
            ),
            partial_date_constraint("membership", "starts"),
            partial_date_constraint("membership", "ends"),
            period_constraint("membership", "starts", "ends"),
        ]

    def __str__(self):
        return f"{self.country} · {self.organization or self.framework}"
