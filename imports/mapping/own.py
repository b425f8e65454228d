"""Mappings for the files that the program itself writes, made from their layouts, so that what goes out comes in again."""

from dataclasses import replace
from functools import cache

from django.utils.translation import gettext as _

from engagements.choices import Role
from engagements.export.columns import Column, Layout, Type
from engagements.export.layouts import LAYOUTS
from imports.mapping.headings import Columns, heading_key
from imports.mapping.spec import Mapping, Rule, When
from imports.reading.options import FileOptions

CODE = "entente-"  # and the name of the layout
COMPUTED = "computed"
_EVERYWHERE = {
    "id": "reference", "engagement_id": "reference", "title": "title", "mission_title": "title", "kind": "kind", "type_code": "type",
    "start_date": "starts", "end_date": "ends", "status": "status", "status_reason": "status_reason", "framework_code": "framework",
    "iteration": "iteration", "location_country_iso3": "country", "also_held_in_iso3": "also_held_in", "location": "place",
    "latitude": "latitude", "longitude": "longitude", "is_virtual": "is_virtual", "strategy_codes": "strategies", "theme_codes": "themes",
    "domain_codes": "domains", "objective_codes": "objectives", "legal_basis_codes": "legal_bases", "conflict_context": "conflict_context",
    "local_perception": "local_perception", "summary": "summary", "sources": "source", "assessment_due": "assessment_due_on",
    "review_on": "review_on", "team_code": "team", "handling": "handling",
}  # fmt: skip
_OF_PARTICIPANT = {
    "role": "role", "status": "status", "from_date": "starts", "until_date": "ends", "delegation_level": "delegation_level",
    "personnel_planned": "personnel_planned", "personnel_actual": "personnel", "women": "women", "figures_as_of": "as_of", "unit": "unit",
    "contribution": "contribution", "cost_share": "cost_share", "certainty": "certainty", "note": "note",
}  # fmt: skip
_OF_OUTCOME = ("level", "statement", "indicator", "unit", "baseline", "target", "actual")
_OF_TRAINING = ("mode", "level", "subject", "course", "places_offered", "enrolled", "completed", "women", "certification")
_OF_RECIPIENT = {
    "participation_status": "status", "recipient_unit": "unit", "recipient_planned": "personnel_planned",
    "recipient_personnel": "personnel", "recipient_women": "women",
}  # fmt: skip
# What a column means in one layout and not in the others.
_IN: dict[str, dict[str, str]] = {
    "engagements": {},
    "participations": {name: f"participant.{field}" for name, field in _OF_PARTICIPANT.items()},
    "outcomes": {"outcome_id": "outcome.number", "type_code": "outcome.type"} | {name: f"outcome.{name}" for name in _OF_OUTCOME},
    "training": {name: f"training.{name}" for name in _OF_TRAINING}
    | {name: f"participant.{field}" for name, field in _OF_RECIPIENT.items()},
    "contributions": {
        "as_of": "strength.as_of", "mission": "mission.acronym", "role": "participant.role", "personnel_type": "strength.personnel_type",
        "female": "strength.female", "male": "strength.male", "total": "strength.total",
    },
}  # fmt: skip
_UNLIKE_OTHERS = {"type_code", "start_precision", "strategy_codes", "location_country_iso3", "participant_iso3", "team_code"}
_PRECISIONS = {"start_date": "start_precision", "end_date": "end_precision", "from_date": "from_precision", "until_date": "until_precision"}


@cache
def own_mapping(name: str) -> Mapping:
    """The mapping of one of our layouts."""
    layout = LAYOUTS[name]
    reference = layout.columns[0].name
    return Mapping(
        name=_("Our own file: %(layout)s") % {"layout": layout.label},
        file={"decimal": "."},
        columns=tuple(rule for column in layout.columns for rule in _rules(layout, column)),
        group_by=(reference,),
        identity=(reference,),
    )


def own_layout(headings: list[str]) -> str:
    """The layout that a file has, though perhaps not all its columns; empty where it is none of ours."""
    keys = [heading_key(heading) for heading in headings]
    for name, layout in LAYOUTS.items():
        header = [heading_key(column) for column in layout.header]
        if keys == header:
            return name
    # A file from which columns were taken out still begins with our reference and has nothing of its own.
    near = [
        (len(set(layout.header) & set(keys)), name)
        for name, layout in LAYOUTS.items()
        if len(keys) > 1 and heading_key(layout.header[0]) in keys and set(keys) <= {heading_key(column) for column in layout.header}
    ]
    # "id" and "title" alone are anybody's; our own codes are not.
    if (
        near
        and (layout := LAYOUTS[max(near)[1]])
        and (layout.header[0] != "id" or {"type_code", "kind", "scope", "start_precision"} & set(keys))
    ):
        return layout.name
    return ""


def as_in(mapping: Mapping, options: FileOptions) -> Mapping:
    """``mapping`` for a file read by ``options``: texts in the workbooks that we write carry no apostrophe of ``guard.py``.

    A text file of ours that a spreadsheet program saved as a workbook has them still; its sheet is named after the file.
    """
    if options.format != "xlsx" or options.sheet.partition(" ")[0] not in {"", *LAYOUTS}:
        return mapping
    return replace(mapping, columns=tuple(replace(rule, guarded=False) for rule in mapping.columns))


def own_mapping_for(headings: list[str]) -> Mapping | None:
    name = own_layout(headings)
    return Columns(headings).only_what_is_there(own_mapping(name)) if name else None


def _rules(layout: Layout, column: Column) -> list[Rule]:
    if column.name in _precision_columns(layout):
        return []  # read together with the date before it
    special = _parties(layout, column)
    if special is not None:
        return special
    to = _IN[layout.name].get(column.name) or _EVERYWHERE.get(column.name, COMPUTED)
    role = Role.RECIPIENT.value if layout.name == "training" and to.startswith("participant.") else ""
    return [_rule(layout, column, to, role=role)]


def _rule(layout: Layout, column: Column, to: str, **more) -> Rule:
    precision = _PRECISIONS.get(column.name, f"{column.name}_precision")
    return Rule(
        column=column.name,
        to=to,
        guarded=column.type.is_guarded and to != COMPUTED,
        escaped=column.type in {Type.TEXTS, Type.CODES} and to not in {COMPUTED, "source"},
        order="ymd" if column.type in {Type.DATE, Type.PARTIAL_DATE} else "",
        precision=precision if column.type is Type.PARTIAL_DATE and precision in layout.header else "",
        **more,
    )


def _precision_columns(layout: Layout) -> set[str]:
    dates = [column.name for column in layout.columns if column.type is Type.PARTIAL_DATE]
    return {_PRECISIONS.get(name, f"{name}_precision") for name in dates}


def _parties(layout: Layout, column: Column) -> list[Rule] | None:
    """The rules of a column that names a party; None where it names none. A name counts where the code beside it is blank."""
    name, role = column.name, Role.RECIPIENT.value if layout.name == "training" else ""

    def blank(*others: str) -> When:
        return When(others[0], ("",))

    if layout.name == "engagements":
        of_engagements = {"lead": Role.LEAD.value, "participants": ""}
        return [_rule(layout, column, "participant", role=of_engagements[name])] if name in of_engagements else None
    if name == "country_iso3":
        return [_rule(layout, column, "participant", role=role, resolve="country")]
    if name == "iso3":  # of a ministry or force it is the state behind it
        return [_rule(layout, column, "participant", role=role, resolve="country", only=blank("organization_code"))]
    if name == "organization_code":
        return [_rule(layout, column, "participant", role=role, resolve="organization")]
    if name == "country" and layout.name != "contributions":
        return [_rule(layout, column, "participant", role=role, resolve="country", only=blank("country_iso3"))]
    if name == "organization" and layout.name != "contributions":
        return [_rule(layout, column, "participant", role=role, resolve="organization", only=blank("organization_code"))]
    if name == "provider_codes":
        return [_rule(layout, column, "participant", role=Role.TRAINER.value)]
    return None
