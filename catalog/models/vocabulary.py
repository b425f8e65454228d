"""The words an engagement is described with: strategies, types, themes, outcomes, challenges, objectives."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.choices import Kind, ObjectiveKind, ObjectiveLevel, ObjectiveTier, OutcomeLevel, Reach, ThemeGroup
from catalog.models.base import Alias, CatalogEntry
from catalog.partial_dates import PartialDateField, partial_date_constraint


class Strategy(CatalogEntry):
    """An approach that an engagement serves; a filter for a strategy includes its children."""

    list_slug = "strategies"

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    number = models.CharField(_("number"), max_length=10, blank=True)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(
                name="strategy_not_in_itself",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message=_("A strategy can not be part of itself."),
            ),
        ]

    def get_absolute_url(self):
        return reverse("catalog:strategy", args=[self.code])


class EngagementType(CatalogEntry):
    """A type of one kind: staff talks, command post exercise, resident course."""

    list_slug = "engagement-types"

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("type of engagement")
        verbose_name_plural = _("types of engagement")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(name="engagementtype_kind_known", condition=Q(kind__in=Kind.values)),
        ]


class Theme(CatalogEntry):
    """A subject matter, or a trend that runs through many."""

    list_slug = "themes"

    group = models.CharField(_("group"), max_length=10, choices=ThemeGroup, default=ThemeGroup.SUBJECT)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(name="theme_group_known", condition=Q(group__in=ThemeGroup.values)),
        ]


class Domain(CatalogEntry):
    """Where the forces act."""

    list_slug = "domains"

    class Meta(CatalogEntry.Meta):
        verbose_name = _("domain")
        verbose_name_plural = _("domains")


class OutcomeType(CatalogEntry):
    """What an engagement may bring about."""

    list_slug = "outcome-types"

    usual_level = models.CharField(_("usual level"), max_length=10, choices=OutcomeLevel, default=OutcomeLevel.OUTCOME)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("outcome type")
        verbose_name_plural = _("outcome types")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(name="outcometype_level_known", condition=Q(usual_level__in=OutcomeLevel.values)),
        ]


class ChallengeCategory(CatalogEntry):
    """What stands in an engagement's way."""

    list_slug = "challenge-categories"

    class Meta(CatalogEntry.Meta):
        verbose_name = _("challenge category")
        verbose_name_plural = _("challenge categories")


class MissionTask(CatalogEntry):
    """What a mission is told to do."""

    list_slug = "mission-tasks"

    class Meta(CatalogEntry.Meta):
        verbose_name = _("mission task")
        verbose_name_plural = _("mission tasks")


class FundingSource(CatalogEntry):
    """The account or fund that pays."""

    list_slug = "funding-sources"

    owner = models.CharField(_("held by"), max_length=200, blank=True)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("funding source")
        verbose_name_plural = _("funding sources")


class Objective(CatalogEntry):
    """A stated change someone wants: policy goal, line of effort or objective, in a tree."""

    list_slug = "objectives"

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    tier = models.CharField(_("tier"), max_length=20, choices=ObjectiveTier, default=ObjectiveTier.OBJECTIVE)
    kind = models.CharField(_("kind"), max_length=20, choices=ObjectiveKind)
    level = models.CharField(_("level"), max_length=20, choices=ObjectiveLevel)
    reach = models.CharField(_("reach"), max_length=20, choices=Reach)
    owner = models.CharField(_("owner"), max_length=200, blank=True)
    target_on = PartialDateField(_("to be reached by"), latest=True)
    measure = models.CharField(_("measure"), max_length=400, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), null=True, blank=True, help_text=_("1 is the highest."))
    is_shared = models.BooleanField(_("shared with partners"), default=False)

    class Meta(CatalogEntry.Meta):
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        constraints = [
            *CatalogEntry.Meta.constraints,
            models.CheckConstraint(
                name="objective_not_in_itself",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                violation_error_message=_("An objective can not be part of itself."),
            ),
            models.CheckConstraint(name="objective_tier_known", condition=Q(tier__in=ObjectiveTier.values)),
            models.CheckConstraint(name="objective_kind_known", condition=Q(kind__in=ObjectiveKind.values)),
            models.CheckConstraint(name="objective_level_known", condition=Q(level__in=ObjectiveLevel.values)),
            models.CheckConstraint(name="objective_reach_known", condition=Q(reach__in=Reach.values)),
            models.CheckConstraint(
                name="objective_priority_one_to_five",
                condition=Q(priority=None) | Q(priority__range=(1, 5)),
                violation_error_message=_("A priority is 1 to 5."),
            ),
            partial_date_constraint("objective", "target"),
        ]


def _alias_of(entry: type[CatalogEntry]) -> type[Alias]:
    """The table of other spellings of one list."""
    name = f"{entry.__name__}Alias"
    meta = type(
        "Meta",
        (Alias.Meta,),
        {
            "verbose_name": format_lazy(_("other word for: {entry}"), entry=entry._meta.verbose_name),
            "verbose_name_plural": format_lazy(_("other words for: {entries}"), entries=entry._meta.verbose_name_plural),
        },
    )
    fields = {
        "__module__": __name__,
        "__doc__": f"Another word for an entry of the list of {entry._meta.verbose_name_plural}.",
        "Meta": meta,
        "entry": models.ForeignKey(entry, models.CASCADE, related_name="aliases"),
    }
    return type(name, (Alias,), fields)


StrategyAlias = _alias_of(Strategy)
EngagementTypeAlias = _alias_of(EngagementType)
ThemeAlias = _alias_of(Theme)
DomainAlias = _alias_of(Domain)
OutcomeTypeAlias = _alias_of(OutcomeType)
ChallengeCategoryAlias = _alias_of(ChallengeCategory)
MissionTaskAlias = _alias_of(MissionTask)
FundingSourceAlias = _alias_of(FundingSource)
