"""The rows of a record that is absorbed go to the one that is kept; what both have alike is there once.

Nothing of a row is lost: one that is the same in every column is dropped, a participant that is in both is joined,
and what can not be joined is said in its note.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from engagements.models import (
    Assessment,
    Attachment,
    CaseStudy,
    Challenge,
    Comment,
    Engagement,
    ExternalId,
    FollowUp,
    FundingLine,
    Lesson,
    Outcome,
    Participation,
    Source,
    StrengthReport,
)

# Outcomes first: others point to them.
ROWS: list[Any] = [Outcome, Assessment, Challenge, FollowUp, Lesson, FundingLine, Source, ExternalId, Comment, Attachment]
ON_OUTCOME = [(Assessment, "outcome"), (Challenge, "affects"), (Source, "outcome")]
NEVER_THE_SAME = {Comment, Attachment}  # two people may say the same, and each said it
# Columns of a participant that are understood together: the first says whether the rest is known.
FIGURES = [
    ["personnel", "women", "as_of"], ["personnel_planned"], ["starts", "ends"], ["delegation_level"], ["unit"], ["contribution"],
    ["cost_share"],
]  # fmt: skip
SAID_ANYWAY = ["status", "certainty"]
LONGEST_NOTE = 500


def move_rows(kept: Engagement, other: Engagement) -> None:
    """Everything that hangs on ``other``, or points to it, hangs on ``kept``."""
    _join_participants(kept, other)
    for model in ROWS:
        same = {} if model in NEVER_THE_SAME else _in_both(model, kept, other)
        for dropped, stays in same.items() if model is Outcome else ():
            for pointing, name in ON_OUTCOME:
                pointing.objects.filter(**{name: dropped}).update(**{name: stays})
        model.objects.filter(pk__in=same).delete()
        model.objects.filter(engagement=other).update(engagement=kept)
    _move_links(CaseStudy.engagements.through, "engagement", kept, other, beside="casestudy")
    followed = Engagement.predecessors.through
    followed.objects.filter(from_engagement=kept, to_engagement=other).delete()
    _move_links(followed, "to_engagement", kept, other, beside="from_engagement")
    other.parts.exclude(pk=kept.pk).update(parent=kept)
    Outcome.objects.filter(linked_engagement=other).exclude(engagement=kept).update(linked_engagement=kept)
    # What led from the one to the other would lead to itself.
    Outcome.objects.filter(Q(linked_engagement=other) | Q(linked_engagement=kept), engagement=kept).update(linked_engagement=None)


def _in_both(model: Any, kept: Engagement, other: Engagement) -> dict[int, int]:
    """Rows of ``other`` that ``kept`` has in every column: {id of the one: id of the other}."""
    columns = [field.attname for field in model._meta.concrete_fields if not field.primary_key and field.name != "engagement"]

    def by_content(engagement):
        rows = model.objects.filter(engagement=engagement).order_by("-pk").values_list("pk", *columns)
        return {tuple(row[1:]): row[0] for row in rows}

    theirs, ours = by_content(other), by_content(kept)
    return {pk: ours[content] for content, pk in theirs.items() if content in ours}


def _move_links(through: Any, name: str, kept: Engagement, other: Engagement, *, beside: str) -> None:
    """Links of a many-to-many table; one that ``kept`` has too is there once."""
    there = through.objects.filter(**{name: kept}).values_list(beside, flat=True)
    through.objects.filter(**{name: other, f"{beside}__in": list(there)}).delete()
    through.objects.filter(**{name: other}).update(**{name: kept})


# Participants -------------------------------------------------------------------------------------


def _join_participants(kept: Engagement, other: Engagement) -> None:
    ours = {_key(row): row for row in kept.participations.all()}
    for row in other.participations.all():
        same = ours.get(_key(row))
        if same is None:
            Participation.objects.filter(pk=row.pk).update(engagement=kept)
            continue
        unsaid = [*_fill(same, row), *_move_strength(same, row)]
        if unsaid:
            note = _("%(reference)s says: %(figures)s.") % {"reference": other.reference, "figures": "; ".join(unsaid)}
            same.note = " ".join(part for part in (same.note, note) if part)[:LONGEST_NOTE]
        same.save()
        row.delete()


def _key(row: Participation) -> tuple:
    return row.country_id, row.organization_id, row.role


def _fill(same: Participation, row: Participation) -> list[str]:
    """Take what ``same`` does not say from ``row``; the answer is what both say differently, in words."""
    unsaid = []
    for names in FIGURES:
        values, others = ([getattr(item, name) for name in names] for item in (same, row))
        if not any(_says(value) for value in others) or values == others:
            continue
        if values[0] == others[0] or not any(_says(value) for value in values):
            for name, value, there in zip(names, others, values, strict=True):
                if not _says(there):
                    setattr(same, name, value)
        unsaid += [_figure(row, name) for name, value in zip(names, others, strict=True) if _says(value) and value != getattr(same, name)]
    unsaid += [_figure(row, name) for name in SAID_ANYWAY if getattr(row, name) != getattr(same, name)]
    if row.note and row.note != same.note:
        if same.note:
            unsaid.append(row.note)
        else:
            same.note = row.note
    return unsaid


def _says(value: Any) -> bool:
    return value is not None and (value == 0 or bool(value))


def _figure(row: Any, name: str) -> str:
    field = next(item for item in row._meta.fields if item.name in {name, f"{name}_on"})
    said = getattr(row, f"get_{name}_display")() if field.choices else getattr(row, name)
    return f"{field.verbose_name} {said}"


def _move_strength(same: Participation, row: Participation) -> list[str]:
    """Strength reports of ``row`` go to ``same``; a second figure for one date and type is said in words."""
    there = {(report.as_of_on, report.personnel_type): report for report in same.strength_reports.all()}
    unsaid = []
    for report in row.strength_reports.all():
        met = there.get((report.as_of_on, report.personnel_type)) if report.as_of_on else None
        if met is None:
            StrengthReport.objects.filter(pk=report.pk).update(participation=same)
        elif (met.total, met.female, met.male, met.as_of) != (report.total, report.female, report.male, report.as_of):
            parts = [_figure(report, name) for name in ("female", "male", "total") if getattr(report, name) is not None]
            unsaid.append(f"{report.get_personnel_type_display()}, {report.as_of}: {', '.join(parts)}")
    return unsaid
