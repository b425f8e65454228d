"""The check of a file: its lines come into the database with what is wrong with each, and each group of them is planned.

Nothing of the record is written. The file is never in memory as a whole: lines are put together by the database's order.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Handling
from catalog.canonical import canonical
from imports.choices import LineState, Outcome, State
from imports.copying import add
from imports.flagged import with_flags
from imports.gathering import Gathered
from imports.identity import Identities, group_of
from imports.keeping import basis, dumped
from imports.mapping.lines import compile_mapping
from imports.mapping.own import as_in
from imports.mapping.parsed import ERROR, Named, ParsedLine, Problem
from imports.mapping.spec import Mapping
from imports.mapping.targets import by_name
from imports.matching import Matcher
from imports.models import Batch, LikelyTwin, Line, Planned, Question
from imports.names import LEFT_OUT_LINES, OPEN, Names
from imports.planning import Plan, Planner
from imports.reading import open_table
from imports.reading.options import FileOptions
from imports.resolving import PARTIES, Answers
from imports.twins import Twins
from imports.uploads import path_of

CHUNK = 2_000  # lines written, or read again, in one go
GROUPS = 500  # plans that are compared with the record in one go
KEPT_CELLS = 100_000  # of lines that stay in memory from the reading to the planning, some 25 MB: most files are no longer
MOST_QUESTIONS = 5_000
LONGEST_NAME = 500
LINE = ("number", "cells", "group", "state", "problems", "has_problems", "report_year", "country", "program", "people", "cost")
STATE = LINE.index("state")
PLANNED = (
    "group", "first_line", "lines", "title", "outcome", "engagement_id", "changes", "identity", "content", "names",
    "reference", "compared", "facts",
)  # fmt: skip
Progress = Callable[..., None]
_as_text = json.JSONEncoder(ensure_ascii=False).encode


def silent(*_args: Any, **_more: Any) -> None:
    """A progress that nobody watches."""


def check(batch: Batch, progress: Progress = silent) -> None:
    """Fill ``batch`` with lines, questions, plans and counts. Raises ``ValidationError`` where the file can not be read."""
    if batch.upload is None:
        raise ValidationError(_("The file is no longer kept. Upload it again."))
    path = path_of(batch.upload)
    _keep_to_the_file(batch, path)
    _forget(batch)
    names = Names(batch)
    with open_table(path, FileOptions.from_dict(batch.options)) as table:
        source = Source(batch, list(table.headings))
        batch.counts, batch.headings = {"is_part": table.is_part}, source.headings
        said = Counts()
        kept = _read(batch, table, source, names, said, progress)
    _ask(batch, names, said)
    mark = hashlib.sha256()
    counts: Counter[str] = Counter()
    marks: set[str] = set()
    total = said.lines
    seen = alike = 0
    with closing(Twins(batch)) as twins:
        for plans in planned(batch, source, names, kept):
            twins.note(plans)
            seen += _write_plans(batch, source, plans, counts, marks, mark)
            progress(total + seen, total * 2, _("Looking what would be written"))
        for number in twins.keep():
            alike += number
            progress(total * 2, total * 2, _("Looking what would be written"))
    progress(total * 2, total * 2, _("Looking what would be written"))
    _count_once(batch, source.doubled_lines)
    batch.counts = {
        "lines": said.lines, "aggregates": said.aggregates, "wrong_lines": said.wrong, "waiting_lines": said.waiting,
        "left_out_lines": said.left_out, "doubled_lines": len(source.doubled_lines),
        "review_lines": with_flags(batch.lines.all()).count(), "questions": len(names.to_ask()),
        "alike": alike, "is_part": table.is_part, "highest": Handling.highest(marks & set(Handling.values)),
        **{outcome.value: counts[outcome.value] for outcome in Outcome},
    }  # fmt: skip
    batch.plan = mark.hexdigest()
    batch.headings = source.headings
    batch.basis = basis(batch)
    batch.state = State.QUESTIONS if names.questions else State.CHECKED
    batch.checked_at = timezone.now()
    batch.said = ""
    batch.save(update_fields=["counts", "plan", "basis", "headings", "state", "checked_at", "said"])


def _count_once(batch: Batch, doubled: list[int]) -> None:
    """A line that is the same as another adds nothing to the sums that printed totals are compared with."""
    for first in range(0, len(doubled), 500):
        Line.objects.filter(batch=batch, number__in=doubled[first : first + 500]).update(people=None, cost=None)


def _keep_to_the_file(batch: Batch, path: Path) -> None:
    """A batch is about one file: the one that was sent."""
    checksum = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                checksum.update(block)
    except OSError as error:
        raise ValidationError(_("The file is no longer kept. Upload it again.")) from error
    if checksum.hexdigest() != batch.sha256:
        raise ValidationError(_("The file is not the one that was sent. Upload it again."))


class Source:
    """How the lines of a batch are read."""

    def __init__(self, batch: Batch, headings: list[str]):
        options = FileOptions.from_dict(batch.options)
        self.headings = headings
        self.mapping = as_in(Mapping.from_dict(batch.mapping), options)
        self.compiled = compile_mapping(self.mapping, headings, options.decimal, Answers().knows)
        self.targets = {rule.to for rule in self.mapping.columns}
        self.is_merged = self.mapping.doubled == "merge"
        self.doubled_lines: list[int] = []  # so far

    def column_of(self, target: str) -> str:
        """The column that says ``target``, for a sentence about it; its own name where none or several do."""
        columns = {rule.named for rule in self.mapping.columns if rule.to == target}
        if len(columns) == 1:
            return columns.pop()
        known = by_name().get(target)
        return str(known.label) if known else target


@dataclass
class Counts:
    lines: int = 0
    aggregates: int = 0
    wrong: int = 0
    waiting: int = 0
    left_out: int = 0
    names: Counter[Named] = field(default_factory=Counter)
    parties: Counter[str] = field(default_factory=Counter)  # lines that each name of a party waits in, whatever it is there


def _forget(batch: Batch) -> None:
    """What an earlier check found."""
    with transaction.atomic():
        for model in (Line, Planned, LikelyTwin):
            model.objects.filter(batch=batch)._raw_delete(model.objects.db)


# Lines -------------------------------------------------------------------------------------------


def _read(batch: Batch, table: Any, source: Source, names: Names, said: Counts, progress: Progress) -> dict[int, ParsedLine]:
    """Keeps every line in the database; the first KEPT_CELLS of those that can come in are also {number: line}, as they were read."""
    rows: list[tuple] = []
    kept: dict[int, ParsedLine] = {}
    left = KEPT_CELLS
    read, of_batch = source.compiled.read, {"batch_id": batch.pk}
    for number, cells in table:
        parsed = read(number, cells)
        row = _line(parsed, names, said)
        rows.append(row)
        if left > 0 and row[STATE] == LineState.READ:
            kept[number] = parsed
            left -= len(parsed.cells)
        said.lines += 1
        if len(rows) >= CHUNK:
            add(Line, LINE, rows, of_batch)
            rows.clear()
            progress(said.lines, None, _("Reading the lines"))
    add(Line, LINE, rows, of_batch)
    return kept


def _line(parsed: ParsedLine, names: Names, said: Counts) -> tuple:
    """The row of a line, with what can be said of it alone."""
    keys = [*parsed.keys.values(), "", "", ""][:3]
    state = LineState.READ.value
    if parsed.is_aggregate:
        said.aggregates += 1
        state = LineState.AGGREGATE.value
    else:
        on = parsed.on
        waiting: set[str] = set()
        for named in parsed.asked:
            found = names(named, on)
            if found is OPEN and len(named.text) > LONGEST_NAME:
                parsed.problems.append(Problem(parsed.line, "", named.text[:100], _("This is too long to be a name."), ERROR))
            elif found is OPEN:
                state = LineState.WAITS.value if state == LineState.READ else state
                said.names[named] += 1
                if named.kind in PARTIES:
                    waiting.add(canonical(named.text))
                if len(said.names) > MOST_QUESTIONS:
                    raise ValidationError(
                        _("More than %(most)s names are not known. Is each column mapped to the right field?") % {"most": MOST_QUESTIONS}
                    )
            elif found is LEFT_OUT_LINES:
                state = LineState.LEFT_OUT.value
        if waiting:
            said.parties.update(waiting)
        if parsed.problems and parsed.is_wrong:
            state = LineState.WRONG.value
        said.waiting += state == LineState.WAITS
        said.left_out += state == LineState.LEFT_OUT
        said.wrong += state == LineState.WRONG
    problems = "[]"
    if parsed.problems:
        problems = as_json(parsed.problems)
    return (
        parsed.line, _as_text(parsed.cells), "" if parsed.is_aggregate else group_of(parsed),
        state, problems, bool(parsed.problems), keys[0][:100], keys[1][:200], keys[2][:300], parsed.people, parsed.cost,
    )  # fmt: skip


def as_json(problems: list[Problem]) -> str:
    """Problems as a line keeps them."""
    return json.dumps(
        [{"column": item.column, "value": item.value, "sentence": str(item.sentence), "severity": item.severity} for item in problems],
        ensure_ascii=False,
    )


def _ask(batch: Batch, names: Names, said: Counts) -> None:
    """A question for each name that leads nowhere for certain; those answered already keep their answer."""
    with transaction.atomic():
        Question.objects.filter(batch=batch, answer__isnull=True).delete()
        Question.objects.bulk_create(
            [
                Question(
                    batch=batch,
                    kind=named.kind,
                    text=named.text[:LONGEST_NAME],
                    lines=said.parties[canonical(named.text)] if named.kind == "party" else said.names[named],
                    why=open_.sentence,
                    suggestions=open_.suggestions,
                )
                for named, open_ in names.to_ask().items()
                if len(named.text) <= LONGEST_NAME
            ],
            batch_size=500,
        )


# Plans -------------------------------------------------------------------------------------------


def lines_of(batch: Batch) -> Iterator[tuple[int, str, str]]:
    """(number, cells as JSON, group) of the lines that can come in, group by group."""
    group, number = "", 0
    quoted = connection.ops.quote_name("group")
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT number, cells, {quoted} FROM imports_line WHERE batch_id = %s AND ({quoted}, number) > (%s, %s) AND state = %s"
                f" ORDER BY {quoted}, number LIMIT {CHUNK}",
                [batch.pk, group, number, LineState.READ.value],
            )
            rows = cursor.fetchall()
        yield from rows
        number, _cells, group = rows[-1] if rows else (0, "", "")
        if len(rows) < CHUNK:
            return


def gathered(batch: Batch, source: Source, kept: dict[int, ParsedLine]) -> Iterator[Gathered]:
    """The groups of the batch, in their order; lines are taken out of ``kept``, and read again where they are not there."""
    identities = Identities(source.headings)
    read = source.compiled.read
    doubled: set[int] = set()
    current: Gathered | None = None
    for number, cells, group in lines_of(batch):
        parsed = kept.pop(number, None) or read(number, json.loads(cells))
        if current is None or current.group != group:
            if current is not None:
                yield current
            current = Gathered(group, identities.of(group, parsed))
            doubled.clear()
        if source.is_merged:
            mark = hash(parsed.cells)
            if mark in doubled:
                source.doubled_lines.append(number)
                continue
            doubled.add(mark)
        current.add(parsed)
    if current is not None:
        yield current


def planned(batch: Batch, source: Source, names: Names, kept: dict[int, ParsedLine] | None = None) -> Iterator[list[Plan]]:
    """Plans with what becomes of each, some at a time; the same for the check and for the writing."""
    planner = Planner(batch, names, source.targets)
    matcher = Matcher(batch, planner)
    plans: list[Plan] = []
    for group in gathered(batch, source, kept if kept is not None else {}):
        plans.append(planner.plan(group))
        if len(plans) >= GROUPS:
            matcher.match(plans)
            yield plans
            plans = []
    if plans:
        matcher.match(plans)
        yield plans


def mark_of(plan: Plan) -> bytes:
    """What two checks compare."""
    return f"{plan.gathered.group}{plan.outcome}{plan.content}{plan.seen}".encode()


def _write_plans(batch: Batch, source: Source, plans: list[Plan], counts: Counter[str], marks: set[str], mark: Any) -> int:
    """Keep the plans for a person to look at; returns how many lines they are of."""
    rows: list[tuple] = []
    flagged: dict[int, list[Problem]] = {}
    lines = 0
    for plan in plans:
        group = plan.gathered
        counts[plan.outcome] += 1
        marks.add(plan.engagement.get("handling"))
        mark.update(mark_of(plan))
        lines += len(group.lines)
        changes = _as_text(plan.told) if plan.told else "[]"
        title = str(plan.engagement.get("title") or (plan.record.instance.title if plan.record else ""))[:300]
        names = _as_text(plan.names) if plan.names else "[]"
        facts = dumped(plan) if plan.outcome == Outcome.CREATE else ""
        rows.append(
            (
                group.group, group.lines[0], len(group.lines), title, plan.outcome, plan.engagement_id, changes,
                group.identity, plan.content, names, plan.reference[:20], plan.record is not None, facts,
            )
        )  # fmt: skip
        for problem in plan.problems:
            flagged.setdefault(problem.line, []).append(problem)
    add(Planned, PLANNED, rows, {"batch_id": batch.pk})
    if flagged:
        _note(batch, source, flagged)
    return lines


def _note(batch: Batch, source: Source, flagged: dict[int, list[Problem]]) -> None:
    """Add problems to lines that are in the database already."""
    held = list(Line.objects.filter(batch=batch, number__in=list(flagged)))
    for line in held:
        problems = [problem._replace(column=source.column_of(problem.column)) for problem in flagged[line.number]]
        line.problems = [*line.problems, *json.loads(as_json(problems))]
        line.has_problems = True
    Line.objects.bulk_update(held, ["problems", "has_problems"], batch_size=500)
