"""What a column may mean: one registry for guesses, the screen, the check of a mapping and the reading of lines."""

import enum
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.utils.functional import Promise, lazystr
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from catalog import choices as of_catalog
from engagements import choices as of_engagements
from engagements.models import (
    Engagement,
    Exercise,
    FundingLine,
    Outcome,
    Participation,
    PeacekeepingMission,
    Source,
    StrengthReport,
    TrainingProgram,
)


class Reads(enum.Enum):
    """How the cells of a target are read."""

    TEXT = _("text")
    LONG = _("longer text")
    PARTIAL_DATE = _("date, as far as it is known")
    DAY = _("full date")
    YEAR = _("year")
    INTEGER = _("whole number")
    DECIMAL = _("number")
    BOOLEAN = _("yes or no")
    CHOICE = _("value of a closed list")
    ENTRY = _("entry of a list")
    ENTRIES = _("one or several entries of a list")
    URL = _("web address")
    CURRENCY = _("currency, three letters")
    SOURCES = _("sources, as title | publisher | address")
    DATE_PART = _("year, month or day in a column of its own")
    NOTHING = _("not read")


@dataclass(frozen=True)
class Target:
    """One meaning. ``entries`` names the list of an entry (imports.resolving.LISTS); ``field`` is the model's."""

    name: str  # "title", "participant.personnel", "mission.acronym"
    group: str
    label: str | Promise
    help: str | Promise
    reads: Reads
    field: str = ""
    entries: str = ""
    choices: type[models.TextChoices] | None = None
    max_length: int | None = None
    places: int = 0
    digits: int = 0

    @property
    def joins(self) -> bool:
        """Whether several columns, or several lines, may each add to it."""
        return self.reads in {Reads.LONG, Reads.ENTRIES, Reads.SOURCES} or self.field in {"note", "contribution", "unit", "supports"}

    @property
    def options(self) -> list[tuple[str, str]]:
        """Code and label of each value of a closed list."""
        return [(value, str(label)) for value, label in self.choices.choices] if self.choices else []


GROUPS = {
    "engagement": _("Engagement"),
    "participant": _("Participant"),
    "strength": _("Strength report"),
    "funding": _("Funding"),
    "outcome": _("Outcome"),
    "source": _("Source"),
    "exercise": _("Exercise"),
    "training": _("Training"),
    "mission": _("Mission"),
    "other": _("Other"),
}
LIST_OF = {
    "type": "type", "country": "country", "also_held_in": "country", "framework": "framework", "strategies": "strategy", "themes": "theme",
    "domains": "domain", "objectives": "objective", "legal_bases": "legal_basis", "team": "team", "funding.source": "funding_source",
    "outcome.type": "outcome_type", "mission.mandating_body": "organization", "mission.tasks": "mission_task",
}  # fmt: skip
# Written by the program alone; said apart from what merely is no target, so that nobody looks for a typing mistake.
PROTECTED = {
    "id", "pk", "version", "scope", "review_state", "owner", "released_to", "parent", "predecessors", "is_title_generated", "created_at",
    "created_by", "updated_at", "updated_by", "archived_at", "participant.acts_for", "participant.id", "strength.id", "funding.id",
}  # fmt: skip
# Dates that files like to spread over three columns.
SPREAD = ("starts", "ends", "strength.as_of")
PARTS = {"year": _("year"), "month": _("month"), "day": _("day")}
_FIELDS: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "engagement": (
        Engagement,
        (
            "title", "reference", "kind", "type", "status", "status_reason", "starts", "ends", "country", "also_held_in", "place",
            "latitude", "longitude", "is_virtual", "framework", "iteration", "strategies", "themes", "domains", "objectives", "legal_bases",
            "conflict_context", "local_perception", "summary", "handling", "team", "assessment_due_on", "review_on",
        ),
    ),
    "participant": (
        Participation,
        (
            "role", "status", "personnel", "personnel_planned", "women", "as_of", "unit", "contribution", "delegation_level", "cost_share",
            "certainty", "starts", "ends", "note",
        ),
    ),
    "strength": (StrengthReport, ("total", "female", "male", "as_of", "personnel_type")),
    "funding": (FundingLine, ("source", "fiscal_year", "planned", "actual", "currency", "note")),
    "outcome": (Outcome, ("statement", "level", "type", "indicator", "unit", "baseline", "target", "actual")),
    "source": (Source, ("title", "publisher", "kind", "url", "published", "supports", "certainty")),
    "exercise": (Exercise, ("focus", "second_focus", "forces", "is_notifiable", "personnel_total", "ships", "aircraft")),
    "training": (
        TrainingProgram,
        (
            "mode", "level", "subject", "course", "places_offered", "enrolled", "completed", "women", "certification", "baseline",
            "absorptive_capacity", "sustainment",
        ),
    ),
    "mission": (
        PeacekeepingMission,
        (
            "acronym", "mandating_body", "mandate", "mandate_expires_on", "authorized_strength", "component", "is_executive", "tasks",
            "headquarters", "end_state", "fatalities",
        ),
    ),
}  # fmt: skip


@cache
def by_name() -> dict[str, Target]:
    """All targets, in the order of the screen."""
    found = [_of_field(group, model, name) for group, (model, names) in _FIELDS.items() for name in names]
    party = Target(
        "participant", "participant", _("Participant"), _("A country or organization that takes part."), Reads.ENTRIES, entries="party"
    )
    found = [part for target in found for part in (target, *(_date_parts(target) if target.name in SPREAD else ()))]
    at = next(number for number, target in enumerate(found) if target.group == "participant")
    found.insert(at, party)
    found += [
        Target("outcome.number", "outcome", _("number of the outcome"), _("Its number in this register, from an export."), Reads.INTEGER),
        Target("source", "source", _("Sources, all in one cell"), _("title | publisher | address; the next"), Reads.SOURCES),
        Target(
            "external_id", "other", _("Number in another system"), _("What the source calls the record."), Reads.TEXT,
            field="value", max_length=200,
        ),
        Target("computed", "other", _("Counted by the program"), _("A column of our own files that no file changes."), Reads.NOTHING),
        Target("ignore", "other", _("Leave out"), _("The column is kept with the line, and not used."), Reads.NOTHING),
    ]  # fmt: skip
    return {target.name: target for target in found}


def _date_parts(target: Target) -> list[Target]:
    return [
        Target(f"{target.name}.{part}", target.group, format_lazy("{}: {}", target.label, label), "", Reads.DATE_PART)
        for part, label in PARTS.items()
    ]


def all() -> list[tuple[str, list[Target]]]:
    """The targets by group, for a select: (label of the group, its targets)."""
    return [(str(label), [target for target in by_name().values() if target.group == group]) for group, label in GROUPS.items()]


def _of_field(group: str, model: type[models.Model], stem: str) -> Target:
    name = stem if group == "engagement" else f"{group}.{stem}"
    names = {field.name for field in model._meta.get_fields()}
    field: Any = model._meta.get_field(stem if stem in names else f"{stem}_on")
    choices = _choices(field)
    return Target(
        name,
        group,
        _capital(field.verbose_name),
        field.help_text,
        _reads(name, stem, field, choices),
        field=stem,
        entries=LIST_OF.get(name, ""),
        choices=choices,
        max_length=getattr(field, "max_length", None),
        places=getattr(field, "decimal_places", None) or 0,
        digits=getattr(field, "max_digits", None) or 0,
    )


def _capital(label: Any) -> Any:
    return lazystr(capfirst(label))


def _choices(field: Any) -> type[models.TextChoices] | None:
    """The class behind ``choices=Role``: Django keeps its pairs only."""
    pairs = [value for value, _label in field.choices or ()] if not field.is_relation else []
    for module in (of_engagements, of_catalog):
        for found in vars(module).values():
            if pairs and isinstance(found, type) and issubclass(found, models.TextChoices) and found.values == pairs:
                return found
    return None


def _reads(name: str, stem: str, field: Any, choices: Any) -> Reads:
    if field.many_to_many:
        return Reads.ENTRIES
    if field.is_relation:
        return Reads.ENTRY
    if choices:
        return Reads.CHOICE
    by_field: list[tuple[type[models.Field], Reads]] = [
        (models.URLField, Reads.URL),
        (models.DateField, Reads.DAY if stem.endswith("_on") else Reads.PARTIAL_DATE),
        (models.TextField, Reads.LONG),
        (models.BooleanField, Reads.BOOLEAN),
        (models.DecimalField, Reads.DECIMAL),
        (models.IntegerField, Reads.YEAR if stem == "fiscal_year" else Reads.INTEGER),
        (models.CharField, Reads.CURRENCY if stem == "currency" else Reads.TEXT),
    ]
    return next(reads for kind, reads in by_field if isinstance(field, kind))
