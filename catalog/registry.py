"""Every list of the catalog in one table: what it is for, what its page shows, what its form asks.

Views, addresses, admin and templates read this table. A new list is one line here, its model and its migration.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from catalog.models import (
    ChallengeCategory,
    Country,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    LegalBasis,
    MissionTask,
    Objective,
    Organization,
    OutcomeType,
    Region,
    RegionScheme,
    Strategy,
    Theme,
)
from catalog.models.base import CatalogEntry
from catalog.partial_dates import PartialDateField


@dataclass(frozen=True)
class Column:
    """One fact of an entry, in its list and on its page. ``name`` is a field; of a partial date, its stem."""

    model: type[models.Model]
    name: str

    @cached_property
    def field(self) -> models.Field:
        try:
            return self.model._meta.get_field(self.name)
        except FieldDoesNotExist:
            return self.model._meta.get_field(f"{self.name}_on")

    @property
    def label(self) -> str:
        return capfirst(self.field.verbose_name)

    @property
    def sort(self) -> str:
        """What the database sorts by."""
        return f"{self.field.name}__name" if self.field.is_relation else self.field.name

    def value(self, entry: CatalogEntry) -> Any:
        """What a page shows: a text, another entry, or nothing where it is not known."""
        if isinstance(self.field, PartialDateField):
            date = getattr(entry, self.name)
            return str(date) if date else ""
        if isinstance(self.field, models.BooleanField):
            return _("yes") if getattr(entry, self.name) else _("no")
        if self.field.choices:
            return getattr(entry, f"get_{self.name}_display")()
        return getattr(entry, self.name)


@dataclass(frozen=True)
class CatalogList:
    """One list. ``fields`` are asked besides code, name, definition and place; ``fixed`` ones only when it is new."""

    model: type[CatalogEntry]
    sentence: str
    shown: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return self.model.list_slug

    @property
    def title(self) -> str:
        return capfirst(self.model._meta.verbose_name_plural)

    @property
    def one(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def kind(self) -> str:
        """Its name in ``/suggest/?kind=``: country, legal_basis."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.model.__name__).lower()

    @property
    def is_tree(self) -> bool:
        return hasattr(self.model, "parent")

    @property
    def has_spellings(self) -> bool:
        return hasattr(self.model, "aliases")

    @property
    def columns(self) -> list[Column]:
        return [Column(self.model, name) for name in self.shown]

    @property
    def facts(self) -> list[Column]:
        """What its page says besides name and definition."""
        names = dict.fromkeys(["code", *self.shown, *self.fixed, *self.fields])
        return [Column(self.model, name) for name in names if not Column(self.model, name).field.many_to_many]

    @property
    def links(self) -> list[str]:
        """Relations to follow in the same query."""
        return [column.name for column in self.facts if column.field.is_relation]

    def permission(self, action: str) -> str:
        return f"catalog.{action}_{self.model._meta.model_name}"

    @property
    def address(self) -> str:
        return reverse("catalog:list", args=[self.slug])

    def rows(self) -> models.QuerySet:
        return self.model._default_manager.select_related(*self.links)


LISTS = [
    CatalogList(
        Country,
        __("States and territories, present and dissolved, with the names they had and the regions they belong to."),
        ("iso2", "m49", "is_sovereign", "starts", "ends"),
        ("official_name", "iso2", "m49", "is_sovereign", "starts", "ends", "successors"),
    ),
    CatalogList(
        Region,
        __("Regions of several schemes; a country belongs to a region from one day until another."),
        ("scheme", "parent"),
        ("parent",),
        fixed=("scheme",),
    ),
    CatalogList(RegionScheme, __("The ways of dividing the world: UN M49, commands, alliances, economic communities.")),
    CatalogList(
        Organization,
        __("Alliances, international bodies, armed forces, ministries, academies, companies that take part."),
        ("abbreviation", "kind", "country", "starts"),
        ("abbreviation", "kind", "country", "parent", "starts", "ends"),
    ),
    CatalogList(
        Framework,
        __("Standing arrangements under which engagements take place; an exercise series is one too."),
        ("abbreviation", "kind", "organization", "starts"),
        ("abbreviation", "kind", "parent", "organization", "legal_basis", "starts", "ends"),
    ),
    CatalogList(
        LegalBasis,
        __("Resolutions, treaties, agreements and laws on which engagements rest."),
        ("kind", "status", "signed"),
        ("kind", "status", "signed", "in_force", "ended", "parties", "url"),
    ),
    CatalogList(
        Strategy,
        __("The approaches that engagements serve; a filter includes what lies below."),
        ("number",),
        ("number", "parent"),
    ),
    CatalogList(
        Objective,
        __("Stated changes that someone wants: policy goals, lines of effort and objectives."),
        ("tier", "kind", "level", "target"),
        ("parent", "tier", "kind", "level", "reach", "owner", "target", "measure", "priority", "is_shared"),
    ),
    CatalogList(EngagementType, __("What an engagement is, within its kind."), ("kind",), fixed=("kind",)),
    CatalogList(Theme, __("Subject matters, and trends that run through many of them."), ("group",), ("group",)),
    CatalogList(Domain, __("Where the forces act.")),
    CatalogList(OutcomeType, __("What an engagement may bring about."), ("usual_level",), ("usual_level",)),
    CatalogList(ChallengeCategory, __("What stands in an engagement's way.")),
    CatalogList(MissionTask, __("What a mission is told to do.")),
    CatalogList(FundingSource, __("The accounts and funds that pay."), ("owner",), ("owner",)),
]
BY_SLUG = {catalog_list.slug: catalog_list for catalog_list in LISTS}
BY_MODEL = {catalog_list.model: catalog_list for catalog_list in LISTS}
BY_KIND = {catalog_list.kind: catalog_list for catalog_list in LISTS}


# Where an entry is used is known by the apps above. Each registers a function in its AppConfig.ready:
#     register_use(panels)   with   panels(entry, reader) -> list[Panel]
# It counts only what the reader may see.


@dataclass(frozen=True)
class Panel:
    """A part of an entry's page that another app fills; ``template`` is shown with ``context``, the ``first`` ones first."""

    anchor: str
    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    count: int | None = None
    markings: tuple[str, ...] = ()  # the handlings of the records it shows
    first: bool = False


_uses: list[Callable[[CatalogEntry, Any], list[Panel]]] = []


def register_use(panels: Callable[[CatalogEntry, Any], list[Panel]]) -> None:
    """Let another app say where an entry is used."""
    if panels not in _uses:
        _uses.append(panels)


def uses_of(entry: CatalogEntry, reader) -> list[Panel]:
    """Where ``entry`` is used, as far as ``reader`` may see."""
    return sorted((panel for panels in _uses for panel in panels(entry, reader)), key=lambda panel: not panel.first)


# A merger moves rows of the apps above too. Each may register a function that is told which, before they move:
#     register_move(notice)   with   notice(rows: QuerySet) -> None
_moves: list[Callable[[models.QuerySet], None]] = []


def register_move(notice: Callable[[models.QuerySet], None]) -> None:
    """Let another app know of its rows before a merger changes them."""
    if notice not in _moves:
        _moves.append(notice)


def tell_of_move(rows: models.QuerySet) -> None:
    """``rows`` are about to point to another entry, or to go."""
    for notice in _moves:
        notice(rows)


# A page can be had as a file by the apps above. Each may register how, for entries of one list and one ``?format=``:
#     register_format(Country, "pdf", answer)   with   answer(request, entry, page: the context of the page) -> HttpResponse
_formats: dict[tuple[type[CatalogEntry], str], Callable] = {}


def register_format(model: type[CatalogEntry], name: str, answer: Callable) -> None:
    """Let another app hand out the pages of ``model`` in the format ``name``."""
    _formats[model, name] = answer


def formats_of(model: type[CatalogEntry]) -> dict[str, Callable]:
    return {name: answer for (of, name), answer in _formats.items() if of is model}
