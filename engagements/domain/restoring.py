"""An earlier version of a record brought back: its facts, rows and links as they stood then.

What says who may read it, whose it is and how far its review came is not brought back; nor are files, comments and
requests. A link to a record that the person may not see stays as it is, as if there were none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.choices import Handling
from accounts.models import User
from catalog.domain.merging import replaced_by
from catalog.models.base import CatalogEntry
from engagements.domain.lifecycle import may_edit, reopen_if_verified
from engagements.domain.past import RECORD, ROWS, SUBJECT, Past, Version
from engagements.domain.saving import as_sentences, claim
from engagements.models import Attachment, Engagement, HandlingRequest, PeacekeepingMission, ReviewStep
from history import rows
from history.context import acting, present
from history.models import Change
from history.telling import Part, RawEntry, RawPart, Teller
from history.values import Net, State, as_column, as_columns, column_of, models_by_table, net

LINKS: list[Any] = [field.remote_field.through for field in Engagement._meta.many_to_many if field.name != "released_to"]
# In the order in which rows are added; they are removed in the opposite one.
RESTORED: list[type[Model]] = [
    Engagement,
    *(model for model in ROWS if model not in {Attachment, ReviewStep, HandlingRequest}),
    *LINKS,
    PeacekeepingMission.tasks.through,
]
ORDER = {model._meta.db_table: number for number, model in enumerate(RESTORED)}
STAYS = {"review_state", "archived_at", "team_id", "owner_id", "created_at", "created_by_id", "reference"}
OF_THE_ROW = {"engagement_id", "from_engagement_id"}
NO_VERSION = STAYS | {"handling"}  # columns of the record whose change alone makes nothing that could be brought back


@dataclass
class Plan:
    """What bringing a version back comes to: per row what stands and what will; what stays; what stands in the way."""

    steps: dict[tuple[str, int], Net]
    parts: list[Part]
    stays: list[str]
    refusals: list[str]


def plan(past: Past, engagement: Engagement, version: Version) -> Plan:
    """How to bring ``version`` of ``engagement`` back, as the reader of ``past`` may know it."""
    since = past.since(version)
    touched = {key: told for key, told in net(since).items() if key[0] in ORDER}
    moved = {(change.table, change.row) for change in since if getattr(change, "moved", False)}
    refusals = []
    if any(touched[key].operation in {"added", "removed"} for key in moved & touched.keys()):
        refusals.append(_("Rows came from another record since, or went there. Undo that merger first."))
    seen = _seen(touched, past.visible)
    steps = {}
    for key, told in touched.items():
        step = _step(key, told, engagement, seen)
        if step is not None:
            steps[key] = step
    refusals += _gone_since(steps)
    return Plan(steps, _told(past, steps), list(_staying(engagement, version, touched)), refusals)


def restore_version(engagement: Engagement, key: str, *, visible: QuerySet, seen: int | None, actor: User, reason: str) -> None:
    """Let the record stand again as it did after the action ``key``; one action, with its reason.

    Raises ``PermissionDenied``, ``LookupError`` for a version that ``actor`` does not know, or ``ValidationError``
    with a sentence for each thing in the way.
    """
    if not may_edit(engagement, actor):
        raise PermissionDenied(_("Only its own team or a manager changes this record."))
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why the earlier version is brought back."))
    past = Past(engagement, actor, visible)
    version = past.version(key)
    door = (present() or {}).get("door", "command")
    why = _("Version of %(when)s brought back: %(reason)s") % {"when": version.when, "reason": reason}
    with acting(actor=actor, door=door, reason=why[:500]), as_sentences():
        claim(engagement, seen=seen, actor=actor)
        found = plan(Past(engagement, actor, visible), engagement, version)
        if found.refusals:
            raise ValidationError(found.refusals)
        if not found.steps:
            raise ValidationError(_("The record stands as it did then already."))
        _write(found.steps)
        engagement.refresh_from_db()
        reopen_if_verified(engagement)


def offered(told: list[RawEntry]) -> set[str]:
    """The keys of those entries, newest first, that left a version to bring back: all but the one that stands.

    A step of the review, a request, a file or a release leaves none.
    """
    return {item.entry.key for item in [item for item in told if any(_makes_version(part) for part in item.parts)][1:]}


def _makes_version(part: RawPart) -> bool:
    if part.model is not Engagement:
        return part.model in RESTORED
    values = [value for line in part.lines if (value := line.after or line.before) is not None]
    return any(value.model in LINKS or (value.model is Engagement and value.column not in NO_VERSION) for value in values)


# What will be written -----------------------------------------------------------------------------------


def _step(key: tuple[str, int], told: Net, engagement: Engagement, seen: set[int]) -> Net | None:
    """What stands and what will stand in one row: the way of ``told`` back, without what stays; None where nothing is to do."""
    model = models_by_table()[key[0]]
    stands, wanted = told.after, told.before
    if told.operation == "nothing" or stands == wanted:
        return None
    if wanted is None or stands is None:
        state = wanted or stands or {}
        link = next((column for column in state if _leads_to_record(model, column)), None)
        if model._meta.auto_created and link is not None and state[link] not in seen:
            return None
        return Net(stands, None if wanted is None else {column: _known(model, column, value, seen) for column, value in wanted.items()})
    before: State = {}
    after: State = {}
    for column, value in wanted.items():
        now, then = (_known(model, column, said, seen) for said in (stands.get(column), value))
        if now == then or (key[0] == RECORD and column in STAYS):
            continue
        if key[0] == RECORD and column == "handling" and _rank(then) < _rank(engagement.handling):
            continue
        before[column], after[column] = stands.get(column), then
    together = {half for column in after for half in _halves(model, column)}
    for column in together - after.keys():
        before[column], after[column] = stands.get(column), wanted.get(column)
    return Net(before, after) if after else None


def _halves(model: type[Model], column: str) -> set[str]:
    """A partial date's day and its precision are written together."""
    stem = column.removesuffix("_precision").removesuffix("_on")
    pair = {f"{stem}_on", f"{stem}_precision"}
    return pair if all(column_of(model, half) is not None for half in pair) else set()


def _rank(handling: str) -> int:
    return Handling.values.index(handling)


def _leads_to_record(model: type[Model], column: str) -> bool:
    field = column_of(model, column)
    return field is not None and field.is_relation and field.related_model is Engagement and column not in OF_THE_ROW


def _known(model: type[Model], column: str, value: Any, seen: set[int]) -> Any:
    """A value as the reader knows it: a link to a hidden record is none."""
    return None if value is not None and _leads_to_record(model, column) and value not in seen else value


def _seen(touched: dict[tuple[str, int], Net], visible: QuerySet) -> set[int]:
    models = models_by_table()
    wanted = {
        value
        for (table, _row), told in touched.items()
        for state in (told.before, told.after)
        for column, value in (state or {}).items()
        if value is not None and _leads_to_record(models[table], column)
    }
    return set(visible.filter(pk__in=wanted).order_by().values_list("pk", flat=True)) if wanted else set()


def _write(steps: dict[tuple[str, int], Net]) -> None:
    """Remove, change, add; in this order nothing is there twice in between."""
    models = models_by_table()
    ordered = sorted(steps.items(), key=lambda item: ORDER[item[0][0]])
    _check_standing(steps)
    for (table, row), step in reversed(ordered):
        if step.operation == "removed":
            rows.remove(models[table], row)
    for (table, row), step in ordered:
        if step.operation == "changed" and step.after is not None:
            rows.change(models[table], row, as_columns(models[table], step.after), claimed=True)
    for (table, row), step in ordered:
        if step.operation == "added" and step.after is not None:
            rows.insert(models[table], row, as_columns(models[table], step.after))
    for table in ORDER:
        removed = [row for (name, row), step in steps.items() if name == table and step.operation == "removed"]
        if removed and rows.hanging_on(models[table], removed):
            raise ValidationError(_("Something was attached since to a row that would go. Look at the record again."))


def _check_standing(steps: dict[tuple[str, int], Net]) -> None:
    """The rows must stand as the history says, or the way back would overwrite what nobody has seen."""
    models = models_by_table()
    for table in {table for table, _row in steps}:
        standing = rows.standing(models[table], [row for name, row in steps if name == table])
        for (name, row), step in steps.items():
            if name != table:
                continue
            now = standing.get(row)
            expected = None if step.before is None else as_columns(models[table], step.before)
            if (now is None) != (expected is None) or any((now or {})[column] != value for column, value in (expected or {}).items()):
                raise ValidationError(_("The record is no longer as its history says. Look at it again; nothing was changed."))


# What is said about it ----------------------------------------------------------------------------------


def _told(past: Past, steps: dict[tuple[str, int], Net]) -> list[Part]:
    teller = Teller(SUBJECT, {Engagement: past.visible})
    teller.follow(change for version in past.versions for change in version.changes)
    ahead = [
        Change(table=table, row=row, operation=step.operation, before=step.before, after=step.after, door="page")
        for (table, row), step in sorted(steps.items(), key=lambda item: ORDER[item[0][0]])
    ]
    told = teller.say(teller.read([ahead]))
    return told[0].parts if told else []


def _staying(engagement: Engagement, version: Version, touched: dict[tuple[str, int], Net]) -> Iterator[str]:
    record = touched.get((RECORD, engagement.pk))
    before = (record.before if record is not None else None) or {}
    if "handling" in before and _rank(before["handling"]) < _rank(engagement.handling):
        yield _("The marking stays “%(now)s”. It was “%(then)s”; a lower one is asked for on the page “Handling”.") % {
            "now": engagement.get_handling_display(),
            "then": Handling(before["handling"]).label,
        }
    if (
        before.get("team_id", engagement.team_id) != engagement.team_id
        or before.get("owner_id", engagement.owner_id) != engagement.owner_id
    ):
        yield _("Team and owner stay as they are now.")


def _gone_since(steps: dict[tuple[str, int], Net]) -> list[str]:
    """A sentence for each entry or record that the version names and that is no longer to be named."""
    wanted: dict[type[Model], dict[int, str]] = {}
    for (table, _row), step in steps.items():
        model = models_by_table()[table]
        for column, value in (step.after or {}).items():
            field = column_of(model, column)
            if field is None or not field.is_relation or value is None or column in OF_THE_ROW:
                continue
            if issubclass(field.related_model, CatalogEntry) or field.related_model is Engagement:
                wanted.setdefault(field.related_model, {})[as_column(field, value)] = capfirst(str(field.verbose_name))
    found = []
    for model, ids in wanted.items():
        for target in model._base_manager.filter(pk__in=ids):
            if sentence := _why_not(target):
                found.append(f"{ids[target.pk]}: {sentence}")
    return sorted(found)


def _why_not(target: Any) -> str:
    if isinstance(target, Engagement):
        return _("“%(name)s” is archived by now.") % {"name": target} if target.is_archived else ""
    if target.merged_into_id is not None:
        return _("“%(name)s” was merged into “%(other)s” by now.") % {"name": target, "other": replaced_by(target)}
    if target.retired_on is not None:
        return _("“%(name)s” is retired by now.") % {"name": target}
    return ""
