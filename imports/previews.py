"""What the first lines would come to, shown beside the mapping while a person works at it; nothing is looked up and nothing kept."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from catalog.partial_dates import PartialDate
from engagements.choices import Role
from imports.heads import Head
from imports.mapping import targets
from imports.mapping.lines import preview
from imports.mapping.own import as_in
from imports.mapping.parsed import ERROR, Named, ParsedLine, ParsedParticipant, Problem
from imports.mapping.spec import Mapping
from imports.reading.options import FileOptions
from imports.resolving import Answers

LINES = 8
MOST_PARTS = 6
AS_ONE = {"strength.total", "funding.actual", "outcome.statement"}  # shown with all that is said of a figure, an amount, an outcome


@dataclass
class Shown:
    """One line: its cells by column of the preview, and its problems (column, sentence, whether it keeps the line out)."""

    line: int
    cells: list[list[str]]
    problems: list[tuple[str, str, bool]]
    is_total: bool = False


@dataclass
class Preview:
    """Columns and lines, or the sentences that say why there are none."""

    columns: list[str] = field(default_factory=list)
    lines: list[Shown] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    groups: int = 0  # engagements that the looked-at lines come to
    looked_at: int = 0
    wrong: int = 0


def preview_of(document: dict, head: Head, options: FileOptions) -> Preview:
    """The first lines under the mapping ``document``."""
    if head.fault and not head.rows:
        return Preview(faults=[head.fault])
    try:
        mapping = as_in(Mapping.from_dict(document), options)
        checked = mapping.check(head.headings)
        parsed = preview(mapping, head.headings, head.rows, options.decimal, Answers().knows)
    except ValidationError as error:
        return Preview(faults=error.messages)
    faults = [_said(problem) for problem in checked if problem.severity == ERROR]
    return _shown(parsed, faults, [_said(problem) for problem in checked if problem.severity != ERROR])


def faults_of(mapping: Mapping, head: Head) -> list[str]:
    """Why a file with these headings can not be checked by the mapping."""
    return [_said(problem) for problem in mapping.check(head.headings) if problem.severity == ERROR]


def _said(problem: Problem) -> str:
    return f"{problem.column}: {problem.sentence}" if problem.column else problem.sentence


def _shown(parsed: list[ParsedLine], faults: list[str], hints: list[str]) -> Preview:
    first = parsed[:LINES]
    cells = [_cells(line) for line in first]
    columns = list(dict.fromkeys(name for line in cells for name in line))
    ordered = [name for name in targets.by_name() if name in columns]
    records = [line for line in parsed if not line.is_aggregate]
    groups = {line.group or (str(line.line),) for line in records if not line.is_wrong}
    return Preview(
        [_label(name) for name in ordered],
        [
            Shown(
                line.line,
                [own.get(name, []) for name in ordered],
                [(problem.column, problem.sentence, problem.severity == ERROR) for problem in line.problems],
                line.is_aggregate,
            )
            for line, own in zip(first, cells, strict=True)
        ],
        faults=faults,
        hints=hints,
        groups=len(groups),
        looked_at=len(parsed),
        wrong=sum(line.is_wrong for line in records),
    )


def _label(name: str) -> str:
    target = targets.by_name()[name]
    if name in AS_ONE:
        return str(targets.GROUPS[target.group])
    plain = target.group in {"engagement", "other"} or name in {"participant", "source"}
    return str(target.label) if plain else str(format_lazy("{}: {}", targets.GROUPS[target.group], target.label))


def _cells(line: ParsedLine) -> dict[str, list[str]]:
    """What stands under each target, in pieces."""
    found = {name: _pieces(value, name) for name, value in line.values.items()}
    found["participant"] = [_party(one) for one in line.participants]
    found["strength.total"] = [_figure(one, row) for one in line.participants for row in one.strengths]
    found["funding.actual"] = [_money(row) for row in line.funding]
    found["outcome.statement"] = [", ".join(_text(value) for value in row.values() if value not in (None, "")) for row in line.outcomes]
    found["source"] = [", ".join(_text(value) for value in row.values() if value not in (None, "")) for row in line.sources]
    found["external_id"] = [f"{system} {number}" for system, number in line.external_ids]
    if line.is_aggregate:
        found = {"title": [_("printed total: people %(people)s, cost %(cost)s") % {"people": _text(line.people), "cost": _text(line.cost)}]}
    return {name: _short(pieces) for name, pieces in found.items() if pieces}


def _short(pieces: list[str]) -> list[str]:
    if len(pieces) <= MOST_PARTS:
        return pieces
    return [*pieces[: MOST_PARTS - 1], _("and %(count)s more") % {"count": len(pieces) - MOST_PARTS + 1}]


def _party(one: ParsedParticipant) -> str:
    said = [one.named.text]
    if not one.is_plain:
        said.append(str(Role(one.role).label) if one.role in Role.values else _text(one.role))
    said += [
        f"{targets.by_name()[f'participant.{name}'].label} {_text(value)}" for name, value in one.fields.items() if value not in (None, "")
    ]
    return ", ".join(said)


def _figure(one: ParsedParticipant, row: dict[str, Any]) -> str:
    """A figure as a person says it: "Nepal, Troops, 31 Jan 2024: Women 5, Men 37"."""
    of = [one.named.text, *_pieces(row.get("personnel_type"), "strength.personnel_type"), *_pieces(row.get("as_of"), "strength.as_of")]
    figures = [
        f"{targets.by_name()[f'strength.{name}'].label} {_text(row[name])}"
        for name in ("female", "male", "total")
        if row.get(name) is not None
    ]
    return f"{', '.join(of)}: {', '.join(figures)}"


def _money(row: dict[str, Any]) -> str:
    return " ".join(_text(value) for value in row.values() if value not in (None, ""))


def _pieces(value: Any, name: str) -> list[str]:
    if type(value) is tuple:
        return [_text(item) for item in value]
    if value in (None, ""):
        return []
    target = targets.by_name().get(name)
    if target and target.choices and value in target.choices.values:
        return [str(target.choices(value).label)]
    return [_text(value)]


def _text(value: Any) -> str:
    if isinstance(value, Named):
        return value.text
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, PartialDate):
        return str(value)
    if isinstance(value, (int, Decimal)):
        return formats.number_format(value, force_grouping=True)
    return "" if value is None else str(value)
