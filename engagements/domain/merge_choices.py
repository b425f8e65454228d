"""What differs between two records that are one: which facts a person chooses between, and what stands where nobody chooses."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog.partial_dates import PartialDate, PartialDateField
from engagements.choices import ConflictContext, Kind, LocalPerception
from engagements.models import DETAIL_OF, AfterActionReview, Engagement

KEPT, OTHER = "kept", "other"
# What is chosen together, by the name of the choice.
TOGETHER = {
    "title": ["title", "is_title_generated"],
    "type": ["type"],
    "status": ["status", "status_reason"],
    "starts": ["starts"],
    "ends": ["ends"],
    "country": ["country"],
    "place": ["place"],
    "coordinates": ["latitude", "longitude"],
    "is_virtual": ["is_virtual"],
    "framework": ["framework"],
    "iteration": ["iteration"],
    "parent": ["parent"],
    "conflict_context": ["conflict_context"],
    "local_perception": ["local_perception"],
    "summary": ["summary"],
    "team": ["team"],
    "owner": ["owner"],
    "assessment_due_on": ["assessment_due_on"],
    "review_on": ["review_on"],
}
SETS = ["also_held_in", "strategies", "themes", "domains", "objectives", "legal_bases", "predecessors"]
SAYS_NOTHING = {"conflict_context": ConflictContext.NONE, "local_perception": LocalPerception.UNKNOWN, "is_virtual": False}


@dataclass(frozen=True)
class Choice:
    """A fact on which the two differ, in words; ``default`` is KEPT or OTHER: the one that says something."""

    name: str
    label: str
    kept: str
    other: str
    default: str


@dataclass(frozen=True)
class Set:
    """Links of both records: (id, name) of each that somebody may leave out."""

    name: str
    label: str
    members: list[tuple[int, str]]


def choices(kept: Engagement, other: Engagement, visible: QuerySet) -> list[Choice]:
    """The facts on which the two differ, those of their kind and of the look back included."""
    found = [
        Choice(name, _label(Engagement, name), _said(kept, name), _said(other, name), _default(kept, other, name))
        for name in TOGETHER
        if _value(kept, name) != _value(other, name) and (name != "parent" or _parents_shown(kept, other, visible))
    ]
    for prefix, pair in row_pairs(kept, other).items():
        model = type(pair[0] or pair[1])
        for name in facts_of(model):
            values = [getattr(row, name, None) for row in pair]
            if all(row is not None for row in pair) and values[0] != values[1]:
                default = OTHER if _is_empty(values[0]) and not _is_empty(values[1]) else KEPT
                said, said_too = (_words(row, name) for row in pair)
                found.append(Choice(f"{prefix}-{name}", capfirst(str(model._meta.get_field(name).verbose_name)), said, said_too, default))
    return found


def sets(kept: Engagement, other: Engagement, visible: QuerySet) -> list[Set]:
    """The links of both; a record that the reader may not see is not named and always kept."""
    found = []
    for owner, other_owner, names in _owners(kept, other):
        for name in names:
            members = {row.pk: row for side in (owner, other_owner) if side is not None for row in getattr(side, name).all()}
            for pk in (kept.pk, other.pk) if name == "predecessors" else ():
                members.pop(pk, None)
            if name == "predecessors":
                shown = set(visible.filter(pk__in=members).values_list("pk", flat=True))
                members = {pk: row for pk, row in members.items() if pk in shown}
            if members:
                label = capfirst(str(type(owner or other_owner)._meta.get_field(name).verbose_name))
                found.append(Set(name, label, [(pk, str(row)) for pk, row in members.items()]))
    return found


def row_pairs(kept: Engagement, other: Engagement) -> dict[str, tuple[Any, Any]]:
    """The one-to-one rows of both, where at least one has it: {"detail": (row, row), "review": ...}."""
    models: dict[str, Any] = {"review": AfterActionReview}
    if kept.kind in DETAIL_OF:
        models = {"detail": DETAIL_OF[Kind(kept.kind)]} | models
    found = {}
    for prefix, model in models.items():
        pair = tuple(model.objects.filter(engagement=row).first() for row in (kept, other))
        if any(row is not None for row in pair):
            found[prefix] = pair
    return found


def facts_of(model: type[Model]) -> list[str]:
    """The columns of a one-to-one row that say something."""
    return [field.name for field in model._meta.concrete_fields if not field.primary_key]


def links_of_kind(kept: Engagement, other: Engagement) -> tuple[Any, Any]:
    """The rows of the kind, which have links of their own (the tasks of a mission)."""
    return row_pairs(kept, other).get("detail", (None, None))


def _owners(kept: Engagement, other: Engagement) -> list[tuple[Any, Any, list[str]]]:
    owners: list[tuple[Any, Any, list[str]]] = [(kept, other, SETS)]
    pair = links_of_kind(kept, other)
    if any(pair):
        owners.append((*pair, [field.name for field in type(pair[0] or pair[1])._meta.many_to_many]))
    return owners


def _parents_shown(kept: Engagement, other: Engagement, visible: QuerySet) -> bool:
    """Whether both parents may be named; where not, the kept record's stays, or else the other's."""
    parents = {row.parent_id for row in (kept, other)} - {None}
    return not parents & {kept.pk, other.pk} and visible.filter(pk__in=parents).count() == len(parents)


def _default(kept: Engagement, other: Engagement, name: str) -> str:
    if name == "title":
        return OTHER if kept.is_title_generated and not other.is_title_generated else KEPT
    silent = [_is_empty(row) or (name in SAYS_NOTHING and row == SAYS_NOTHING[name]) for row in (_first(kept, name), _first(other, name))]
    return OTHER if silent[0] and not silent[1] else KEPT


def _first(row: Any, name: str) -> Any:
    return getattr(row, TOGETHER[name][0])


def _value(row: Any, name: str) -> tuple:
    return tuple(getattr(row, part) for part in TOGETHER[name] if part != "is_title_generated")


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == PartialDate()


def _label(model: type[Model], name: str) -> str:
    if name == "coordinates":
        return _("Coordinates")
    names = {field.name: field for field in model._meta.fields}
    return capfirst(str((names.get(name) or names[f"{name}_on"]).verbose_name))


def _said(row: Engagement, name: str) -> str:
    if name == "coordinates":
        return "" if row.latitude is None else f"{row.latitude}, {row.longitude}"
    if name == "status" and row.status_reason:
        return f"{row.get_status_display()}: {row.get_status_reason_display()}"
    return _words(row, name)


def _words(row: Any, name: str) -> str:
    """A value as a page shows it; nothing where there is none."""
    value = getattr(row, name)
    if _is_empty(value):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = next((item for item in row._meta.fields if item.name == name and not isinstance(item, PartialDateField)), None)
    return str(getattr(row, f"get_{name}_display")()) if field is not None and field.choices else str(value)
