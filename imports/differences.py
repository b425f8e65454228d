"""What a file changes in a record: only what it says differently from before.

Before is what an earlier import of the same lines said, where there was one, so that what people wrote since stays;
otherwise it is the record itself.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst

from catalog.partial_dates import PartialDate
from engagements.models import DETAIL_OF, Engagement, FundingLine, Outcome, Participation, Source, StrengthReport
from imports.gathering import Row
from imports.planning import Plan
from imports.standing import Standing

NOT_SAID = object()
FUNDING = ("source_id", "fiscal_year", "currency", "note")
NEVER_EMPTIED = {"kind", "type_id", "title", "handling", "team_id"}  # a record always has them
STRENGTH = ("as_of_on", "as_of_precision", "personnel_type")


@dataclass(slots=True)
class RowChange:
    """One row that is added (``row`` is None), changed, or removed (``values`` is None)."""

    model: type[Model]
    row: Row | None
    values: Row | None
    party: Any = None  # of a strength report: the participant it is of


@dataclass(slots=True)
class Changes:
    engagement: Row = field(default_factory=dict)
    many: dict[str, tuple[int, ...]] = field(default_factory=dict)
    detail: Row = field(default_factory=dict)
    tasks: tuple[int, ...] | None = None
    rows: list[RowChange] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    names_gone: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.engagement or self.many or self.detail or self.tasks is not None or self.rows or self.names or self.names_gone)


def changes(new: Plan, record: Standing, before: Plan | None = None, *, is_whole: bool = True) -> Changes:
    """What ``new`` says differently from ``before``. What the file no longer says goes only where ``is_whole``: all its lines came in."""
    base: Any = before or record
    found = Changes()
    gone = before is not None and is_whole
    found.engagement = _columns(_emptied(Engagement, new.engagement, base.engagement, gone), base.engagement, record.engagement)
    found.detail = _columns(new.detail, base.detail, record.detail)
    for name, ids in new.many.items():
        if ids != base.many.get(name, record.many[name]) and ids != record.many[name]:
            found.many[name] = ids
    if new.tasks is not None and new.tasks != (base.tasks if base.tasks is not None else record.tasks) and new.tasks != record.tasks:
        found.tasks = new.tasks
    _keyed(found, Participation, new.parties, base.parties, record.parties, lambda key: {key[0]: key[1], "role": key[2]}, gone)
    _keyed(
        found, StrengthReport, {key: _figures(row) for key, row in new.strengths.items()},
        {key: _figures(row) for key, row in base.strengths.items()}, record.strengths,
        lambda key: dict(zip(STRENGTH, key[1:], strict=True)), gone,
    )  # fmt: skip
    _keyed(found, FundingLine, new.funding, base.funding, record.funding, lambda key: dict(zip(FUNDING, key, strict=True)), gone)
    _listed(found, Outcome, new.outcomes, base.outcomes, record.outcomes, gone)
    _listed(found, Source, new.sources, base.sources, record.sources, gone)
    found.names = [name for name in new.names if name not in record.names]
    found.names_gone = [name for name in base.names if name not in new.names and name in record.names] if gone else []
    return found


def _figures(row: Row) -> Row:
    return {name: row[name] for name in ("female", "male", "total")}


def _emptied(model: type[Model], new: Row, base: Row, gone: bool) -> Row:
    """``new``, and empty what the file said before and says no more."""
    if not gone:
        return new
    return {name: empty_of(model, name) for name in base if name not in new and name not in NEVER_EMPTIED} | new


def empty_of(model: type[Model], column: str) -> Any:
    item = next(item for item in model._meta.concrete_fields if item.attname == column)
    return item.get_default()


def _columns(new: Row, base: Row, record: Row) -> Row:
    """The columns that differ from ``base`` and are not so already."""
    found = {}
    for name, value in new.items():
        was = base.get(name, record.get(name, NOT_SAID))
        if value != was and value != record.get(name, NOT_SAID):
            found[name] = value
    # A day and how exactly it is known are one value.
    for name in [*found]:
        stem = name.removesuffix("_on").removesuffix("_precision")
        for other in (f"{stem}_on", f"{stem}_precision"):
            if stem != name and other in new:
                found[other] = new[other]
    return found


def _keyed(found: Changes, model: type[Model], new: dict, base: dict, record: dict, columns: Any, gone: bool) -> None:
    party = (lambda key: key[0]) if model is StrengthReport else lambda _key: None
    for key, values in new.items():
        row = record.get(key)
        if row is None:
            # Removed by a person since: it comes back only if the file says something new of it.
            if key not in base or _columns(values, base[key], {}):
                found.rows.append(RowChange(model, None, columns(key) | values, party(key)))
        elif differing := _columns(_emptied(model, values, base.get(key, {}), gone), base.get(key, {}), row):
            found.rows.append(RowChange(model, row, differing, party(key)))
    if gone:
        found.rows += [RowChange(model, record[key], None, party(key)) for key in base if key not in new and key in record]


def _listed(found: Changes, model: type[Model], new: list[Row], base: list[Row], record: list[Row], gone: bool) -> None:
    """Rows without a key: outcomes by their number or statement, sources by title and address."""
    for values in new:
        row = _same(values, record)
        plain = {name: value for name, value in values.items() if name != "number"}
        if row is None:
            if _same(values, base) is None:
                found.rows.append(RowChange(model, None, plain))
        elif differing := _columns(plain, _same(values, base) or {}, row):
            found.rows.append(RowChange(model, row, differing))
    if gone:
        for values in base:
            row = _same(values, record)
            if row is not None and _same(values, new) is None:
                found.rows.append(RowChange(model, row, None))


def _same(values: Row, rows: list[Row]) -> Row | None:
    number = values.get("number")
    if number is not None:
        return next((row for row in rows if number in (row.get("id"), row.get("number"))), None)
    if "statement" in values:
        return next((row for row in rows if row.get("statement") == values["statement"]), None)
    wanted = (values.get("title"), values.get("url") or "")
    return next((row for row in rows if (row.get("title"), row.get("url") or "") == wanted), None)


# In words ----------------------------------------------------------------------------------------


def told(found: Changes, record: Standing) -> list[list[str]]:
    """Each change as [field, before, after]."""
    kind = DETAIL_OF.get(found.engagement.get("kind", record.instance.kind))
    words = _told(Engagement, record.engagement, found.engagement)
    for name, ids in found.many.items():
        item = Engagement._meta.get_field(name)
        words.append([capfirst(str(item.verbose_name)), _names(item.related_model, record.many[name]), _names(item.related_model, ids)])
    if kind is not None:
        words += _told(kind, record.detail, found.detail)
        if found.tasks is not None:
            item = kind._meta.get_field("tasks")
            words.append(
                [capfirst(str(item.verbose_name)), _names(item.related_model, record.tasks), _names(item.related_model, found.tasks)]
            )
    for change in found.rows:
        name = capfirst(str(change.model._meta.verbose_name))
        if change.row is None:
            words.append([name, "", _row_told(change.model, change.values or {})])
        elif change.values is None:
            words.append([name, _row_told(change.model, change.row), ""])
        else:
            whose = _row_told(change.model, change.row)
            words += [[f"{name} ({whose}): {label}", was, now] for label, was, now in _told(change.model, change.row, change.values)]
    words += [[system, "", value] for system, value in found.names] + [[system, value, ""] for system, value in found.names_gone]
    return [[str(part)[:300] for part in item] for item in words]


def _told(model: type[Model], before: Row, after: Row) -> list[list[str]]:
    columns = {item.attname: item for item in model._meta.concrete_fields}
    told_already, words = set(), []
    for name in after:
        stem = name.removesuffix("_on").removesuffix("_precision")
        if stem != name and hasattr(model, stem):
            if stem not in told_already:
                told_already.add(stem)
                item = columns[f"{stem}_on"]
                words.append([capfirst(str(item.verbose_name)), *(str(_date(row, before, stem)) for row in (before, after))])
            continue
        item = columns[name]
        words.append([capfirst(str(item.verbose_name)), *(_value(item, row.get(name)) for row in (before, after))])
    return words


def _date(row: Row, before: Row, stem: str) -> PartialDate:
    precision = row.get(f"{stem}_precision", before.get(f"{stem}_precision", "unknown"))
    return PartialDate.of(row.get(f"{stem}_on", before.get(f"{stem}_on")), str(precision))


def _value(item: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if item.is_relation:
        return _names(item.related_model, (value,))
    return str(dict(item.flatchoices).get(value, value)) if item.choices else str(value)


def _names(model: Any, ids: Any) -> str:
    return "; ".join(str(entry) for entry in model._base_manager.filter(pk__in=ids))


def _row_told(model: type[Model], row: Row) -> str:
    columns = {item.attname: item for item in model._meta.concrete_fields}
    shown = (
        "country_id",
        "organization_id",
        "role",
        "as_of_on",
        "personnel_type",
        "total",
        "source_id",
        "fiscal_year",
        "title",
        "statement",
    )
    return ", ".join(text for name in shown if name in columns and name in row and (text := _value(columns[name], row[name])))
