"""Countries with the time they existed, and regions of several schemes with the time a country belonged to them."""

import datetime as dt

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.base import Alias, CatalogEntry, NameField
from catalog.partial_dates import PartialDateField, partial_date_constraint, period_constraint
from catalog.querysets import DatedQuerySet

# Two rows without a known start would not meet a unique constraint: NULL is never equal.
BEGINNING = dt.date(1000, 1, 1)


class Country(CatalogEntry):
    """A state or territory, present or dissolved; its code is ISO 3166-1 alpha-3."""

    list_slug = "countries"

    iso2 = models.CharField(_("ISO alpha-2"), max_length=2, null=True, blank=True, unique=True)
    m49 = models.CharField(_("UN M49"), max_length=3, blank=True, help_text=_("Three digits as text: 004, not 4."))
    official_name = NameField(_("official name"), max_length=200, blank=True)
    is_sovereign = models.BooleanField(_("sovereign state"), default=True)
    starts_on = PartialDateField(_("exists since"))
    ends_on = PartialDateField(_("existed until"), help_text=_("Its last day."))
    successors = models.ManyToManyField(
        "self", symmetrical=False, related_name="predecessors", blank=True, verbose_name=_("successor states")
    )

    class Meta(CatalogEntry.Meta):
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(
                name="country_m49_three_digits",
                condition=Q(m49="") | Q(m49__regex=r"^[0-9]{3}$"),
                violation_error_message=_("An M49 code has three digits."),
            ),
            models.CheckConstraint(
                name="country_code_iso3",
                condition=Q(code__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A country's code has three capital letters."),
            ),
            partial_date_constraint("country", "starts"),
            partial_date_constraint("country", "ends"),
            period_constraint("country", "starts", "ends"),
        ]

    def get_absolute_url(self):
        return reverse("catalog:country", args=[self.code])


class CountryAlias(Alias):
    """Another name of a country, perhaps only of a period."""

    entry = models.ForeignKey(Country, models.CASCADE, related_name="aliases")
    starts_on = PartialDateField(_("used since"))
    ends_on = PartialDateField(_("used until"))

    class Meta(Alias.Meta):
        verbose_name = _("other name of a country")
        verbose_name_plural = _("other names of countries")
        constraints = [
            *Alias.Meta.constraints,
            partial_date_constraint("countryalias", "starts"),
            partial_date_constraint("countryalias", "ends"),
            period_constraint("countryalias", "starts", "ends"),
        ]


class RegionScheme(CatalogEntry):
    """One way of dividing the world; each has its own regions."""

    list_slug = "region-schemes"

    class Meta(CatalogEntry.Meta):
        verbose_name = _("region scheme")
        verbose_name_plural = _("region schemes")


class Region(CatalogEntry):
    """A region of one scheme, perhaps inside a larger one; its code is ``<scheme>:<code>``."""

    list_slug = "regions"

    scheme = models.ForeignKey(RegionScheme, models.PROTECT, related_name="regions", verbose_name=_("scheme"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    countries = models.ManyToManyField(Country, through="CountryRegion", related_name="regions")

    class Meta(CatalogEntry.Meta):
        ordering = ["scheme__sort", "sort", "name", "pk"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = [
            models.UniqueConstraint(
                F("scheme"),
                F("key"),
                name="region_name_unique_in_scheme",
                violation_error_message=_("The scheme already has a region of this name."),
            ),
            models.CheckConstraint(name="region_merged_not_into_itself", condition=Q(merged_into=None) | ~Q(merged_into=F("pk"))),
            models.CheckConstraint(
                name="region_not_in_itself",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message=_("A region can not be part of itself."),
            ),
            models.CheckConstraint(
                name="region_code_names_scheme",
                condition=Q(code__contains=":"),
                violation_error_message=_("Write the code as scheme:code, for example m49:002."),
            ),
        ]

    @property
    def short_code(self) -> str:
        return self.code.partition(":")[2]

    def get_absolute_url(self):
        return reverse("catalog:region", args=self.code.split(":", 1))


class CountryRegion(models.Model):
    """A country belongs to a region from one day until another; the end is the first day it no longer does."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="memberships", verbose_name=_("region"))
    country = models.ForeignKey(Country, models.PROTECT, related_name="region_memberships", verbose_name=_("country"))
    starts_on = PartialDateField(_("from"))
    ends_on = PartialDateField(_("until"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ["region", "country", "starts_on", "pk"]
        verbose_name = _("country in a region")
        verbose_name_plural = _("countries in regions")
        constraints = [
            models.UniqueConstraint(
                F("country"),
                F("region"),
                Coalesce("starts_on", Value(BEGINNING, output_field=models.DateField())),
                name="countryregion_once",
                violation_error_message=_("This country is already in the region from this day."),
            ),
            partial_date_constraint("countryregion", "starts"),
            partial_date_constraint("countryregion", "ends"),
            period_constraint("countryregion", "starts", "ends"),
        ]

    def __str__(self):
        return f"{self.country} · {self.region}"
