"""What a record rests on: money, sources, its names in other systems, and the case studies told from it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import FundingSource
from catalog.models.base import CODE, NameField
from catalog.partial_dates import PartialDateField, partial_date_constraint
from engagements.choices import Certainty, SourceKind
from engagements.models.engagement import Engagement
from engagements.models.results import Outcome


def money(label):
    return models.DecimalField(label, max_digits=18, decimal_places=2, null=True, blank=True)


class FundingLine(models.Model):
    """Money from one source in one fiscal year; empty is not known, 0 is none."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="funding_lines")
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="funding_lines", verbose_name=_("source of money"))
    fiscal_year = models.PositiveSmallIntegerField(
        _("fiscal year"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2200)]
    )
    planned = money(_("planned"))
    actual = money(_("actual"))
    currency = models.CharField(_("currency"), max_length=3, blank=True, help_text=_("ISO 4217: EUR, USD."))
    is_pooled = models.BooleanField(_("pooled with others"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["engagement", "fiscal_year", "pk"]
        verbose_name = _("funding line")
        verbose_name_plural = _("funding")
        constraints = [
            models.CheckConstraint(
                name="fundingline_amount_has_currency",
                condition=Q(planned=None, actual=None) | Q(currency__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("An amount needs its currency, in three capital letters."),
            ),
            models.CheckConstraint(
                name="fundingline_amounts_not_negative",
                condition=(Q(planned=None) | Q(planned__gte=0)) & (Q(actual=None) | Q(actual__gte=0)),
                violation_error_message=_("An amount can not be less than 0."),
            ),
        ]

    def __str__(self):
        return f"{self.source}, {self.fiscal_year or '–'}"  # noqa: RUF001


class Source(models.Model):
    """Where a fact comes from: something a reader can look up."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="sources")
    title = models.CharField(_("title"), max_length=400)
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind, default=SourceKind.OTHER)
    url = models.URLField(_("address"), max_length=500, blank=True)
    published_on = PartialDateField(_("published"))
    accessed_on = models.DateField(_("looked up on"), null=True, blank=True)
    supports = models.CharField(_("supports"), max_length=300, blank=True, help_text=_("Which facts: dates, participants, figures."))
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty, default=Certainty.CONFIRMED)
    outcome = models.ForeignKey(
        Outcome, models.SET_NULL, null=True, blank=True, related_name="evidence_sources", verbose_name=_("evidence for")
    )

    class Meta:
        ordering = ["engagement", "pk"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.CheckConstraint(name="source_kind_known", condition=Q(kind__in=SourceKind.values)),
            models.CheckConstraint(name="source_certainty_known", condition=Q(certainty__in=Certainty.values)),
            models.CheckConstraint(name="source_title_given", condition=~Q(title=""), violation_error_message=_("Name the source.")),
            partial_date_constraint("source", "published"),
        ]

    def __str__(self):
        return self.title


class ExternalId(models.Model):
    """The record's name in another system.

    Of the records that one person sees, a name leads to one: the forms ask for that. The database does not refuse it, for
    the refusal would tell that a record stands behind the name which that person may not see.
    """

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="external_ids")
    system = models.SlugField(_("system"), max_length=60)
    value = models.CharField(_("identifier"), max_length=200)

    class Meta:
        ordering = ["system", "value"]
        verbose_name = _("external identifier")
        verbose_name_plural = _("external identifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "system", "value"],
                name="externalid_once_a_record",
                violation_error_message=_("This identifier is there already."),
            )
        ]

    def __str__(self):
        return f"{self.system}: {self.value}"


class CaseStudy(models.Model):
    """A story told from several engagements."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[CODE])
    title = NameField(_("title"), max_length=200)
    narrative = models.TextField(_("narrative"))
    sources = models.TextField(_("sources"), blank=True, help_text=_("One a line: title, publisher, date, address."))
    engagements = models.ManyToManyField(Engagement, related_name="case_studies", blank=True, verbose_name=_("engagements"))
    is_featured = models.BooleanField(_("featured"), default=False)

    class Meta:
        ordering = ["-is_featured", "title"]
        verbose_name = _("case study")
        verbose_name_plural = _("case studies")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("engagements:case_study", args=[self.code])
