"""The lines of a batch, the records it wrote, and its control totals: as pages and as files."""

import csv
import io
import tempfile

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from engagements.export.making import CONTENT_TYPES
from engagements.models import Engagement
from imports import error_file, twins
from imports import totals as control
from imports.choices import LineState, Outcome, Severity, State
from imports.flagged import with_flags
from imports.heads import head_of
from imports.models import Batch, Line, Planned
from imports.views.access import get_batch, importers_only

A_PAGE = 50
IN_MEMORY = 2000
# What is shown besides the states of a line.
PROBLEMS, REVIEW, DOUBLED = "problems", "review", "doubled"
EXTRA = [(PROBLEMS, gettext_lazy("With problems")), (REVIEW, gettext_lazy("To be looked at"))]
SAME = gettext_lazy("Same as another line")
SMALL = 1024 * 1024


def lines_of(batch: Batch, user):
    """The lines, but none of a record that ``user`` may not see any more."""
    seen = Engagement.objects.visible_to(user).values("pk")
    hidden = [rows.exclude(engagement__in=seen).exclude(engagement=None).values("group") for rows in (batch.imported, batch.planned)]
    rows = Line.objects.filter(batch=batch)
    return rows.exclude(group__in=hidden[0]).exclude(group__in=hidden[1])


def _asked(rows, show: str):
    """The rows of one state or with problems; ``None`` for what is neither."""
    if show in LineState.values:
        return rows.filter(state=show)
    if show == REVIEW:
        return with_flags(rows)
    if show == PROBLEMS:
        return rows.filter(has_problems=True)
    if show == DOUBLED:
        alike = Window(RowNumber(), partition_by=[F("batch"), F("group"), F("cells")], order_by="number")
        again = rows.filter(state=LineState.READ).annotate(place=alike).filter(place__gt=1)
        return rows.filter(pk__in=again.values("pk"))
    return rows if not show else None


@importers_only
@require_safe
def lines(request, batch_key):
    batch = get_batch(request.user, batch_key)
    show, line, group = (request.GET.get(name, "").strip() for name in ("show", "line", "group"))
    rows = _asked(lines_of(batch, request.user), show)
    if rows is None:
        raise Http404
    if line:
        rows = rows.filter(number=int(line)) if line.isascii() and line.isdecimal() and len(line) < 10 else rows.none()
    if group:
        rows = rows.filter(group=group[:32])
    page = Paginator(rows.order_by("number"), A_PAGE).get_page(request.GET.get("page"))
    headings = headings_of(batch)
    shown = list(page.object_list)
    records = {
        row.group: row.engagement for row in written(batch, request.user).filter(group__in={one.group for one in shown if one.group})
    }
    alike = by_line(batch, request.user, [one.number for one in shown])
    context = {
        "batch": batch,
        "page": page,
        "rows": [(one, named(headings, one.cells), records.get(one.group), alike.get(one.number)) for one in shown],
        "page_records": list(records.values()),
        "show": show,
        "line": line,
        "choices": [("", _("All")), *LineState.choices, *EXTRA, *([(DOUBLED, SAME)] if batch.counts.get("doubled_lines") else [])],
        "kept": "".join(f"{name}={value}&" for name, value in (("show", show), ("group", group[:32])) if value and value.isalnum()),
    }
    return render(request, "imports/lines.html", context)


@importers_only
@require_safe
def plan(request, batch_key):
    """The records of one outcome, as the check found them: what would be written, field by field."""
    batch = get_batch(request.user, batch_key)
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in Outcome.values:
        raise Http404
    seen = Engagement.objects.visible_to(request.user).values("pk")
    hidden = batch.imported.exclude(engagement__in=seen).values("group")
    rows = batch.planned.filter(Q(engagement=None) | Q(engagement__in=seen)).exclude(group__in=hidden).select_related("engagement")
    if outcome:
        rows = rows.filter(outcome=outcome)
    page = Paginator(rows.order_by("first_line"), A_PAGE).get_page(request.GET.get("page"))
    alike = by_line(batch, request.user, [row.first_line for row in page.object_list])
    context = {
        "batch": batch,
        "page": page,
        "rows": [(row, alike.get(row.first_line)) for row in page.object_list],
        "page_records": [row.engagement for row in page.object_list],
        "outcome": outcome,
        "choices": [("", _("All")), *Outcome.choices],
        "kept": f"outcome={outcome}&" if outcome else "",
    }
    return render(request, "imports/plan.html", context)


def by_line(batch: Batch, user, numbers: list[int] | None = None) -> dict:
    """The likely twins on file that ``user`` sees, by the first line of the new record; none once it is written."""
    if batch.state in {State.DONE, State.UNDONE}:
        return {}
    rows = twins.shown(batch, user).select_related("engagement")
    return {row.line: row for row in (rows if numbers is None else rows.filter(line__in=numbers))}


def headings_of(batch: Batch) -> list[str]:
    """The headings of the file, as the check read them."""
    return batch.headings or head_of(batch).headings


def named(headings: list[str], cells: list[str]) -> list[tuple[str, str]]:
    """(heading, cell) of the cells that hold something."""
    return [(headings[place] if place < len(headings) else str(place + 1), cell) for place, cell in enumerate(cells) if cell.strip()]


def wrong_lines(batch: Batch, user, most: int | None = None) -> list[dict]:
    """Each problem of the batch as the page shows it: line, column, value, sentence; errors before hints."""
    rows = lines_of(batch, user).filter(has_problems=True).order_by("number")
    found: list[dict] = []
    for only_wrong in (True, False):
        part = rows.filter(state=LineState.WRONG) if only_wrong else rows.exclude(state=LineState.WRONG)
        for number, problems in part.values_list("number", "problems")[: most or None]:
            found += [{"line": number, "is_wrong": problem.get("severity") == Severity.ERROR} | problem for problem in problems]
            if most and len(found) >= most:
                return found[:most]
    return found


def to_correct(batch: Batch, user):
    """The lines with problems, and those that lie beside one in a record which can not come in. Once the batch is written, all that
    it left behind and nothing else: what came in would come in twice."""
    out = Planned.objects.filter(batch=batch, group=OuterRef("group"), outcome__in=[Outcome.WRONG, Outcome.WAITS])
    rows = lines_of(batch, user).annotate(stays_out=Exists(out))
    beside = Q(state=LineState.READ, stays_out=True)
    if batch.state == State.DONE:
        return rows.filter(Q(state__in=[LineState.WRONG, LineState.WAITS]) | beside)
    return rows.filter(Q(has_problems=True) | Q(number__in=batch.likely_twins.values("line")) | beside)


def _said(line: Line, alike: dict[int, dict[str, str]]) -> list[dict[str, str]]:
    """What is wrong with a line of the file to correct; nothing where only another reader is told of something."""
    found = [*line.problems, *([alike[line.number]] if line.number in alike else [])]
    if not found and (line.stays_out or line.state == LineState.WAITS):
        waits = line.state == LineState.WAITS
        sentence = _("A name in it waited for an answer.") if waits else _("Another line of the same record can not come in.")
        return [{"column": "", "value": "", "sentence": sentence}]
    return found


@importers_only
@require_safe
def download(request, batch_key):
    """The lines with problems as they were, with what is wrong with each: to correct and upload again."""
    batch = get_batch(request.user, batch_key)
    rows = to_correct(batch, request.user).order_by("number")
    alike = {}
    if request.GET.get("show") == LineState.WRONG:
        rows = rows.filter(has_problems=True, state=LineState.WRONG)
    else:
        alike = {line: twins.problem(row) for line, row in by_line(batch, request.user).items()}
    told = ((line, _said(line, alike)) for line in rows.only("number", "cells", "problems", "state").iterator(IN_MEMORY))
    wrong = ((line.number, line.cells, said) for line, said in told if said)
    name = f"entente-import-{batch.key}-lines-{batch.handling}"
    if request.GET.get("format") == "xlsx":
        return _lines_as_workbook(batch, wrong, f"{name}.xlsx")
    return _sent(StreamingHttpResponse(error_file.csv_blocks(headings_of(batch), wrong), content_type=CONTENT_TYPES["csv"]), f"{name}.csv")


def _lines_as_workbook(batch: Batch, wrong, name: str) -> FileResponse:
    file = tempfile.SpooledTemporaryFile(SMALL, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - the response closes it
    error_file.write_xlsx(file, headings_of(batch), wrong, name=batch.name, folder=settings.FILE_UPLOAD_TEMP_DIR)
    file.seek(0)
    return _sent(FileResponse(file, content_type=CONTENT_TYPES["xlsx"]), name)


def _csv(table, name: str) -> StreamingHttpResponse:
    def blocks():
        out = io.StringIO()
        writer = csv.writer(out)
        for row in table:
            writer.writerow(row)
            if out.tell() > 64 * 1024:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()

    return _sent(StreamingHttpResponse(blocks(), content_type=CONTENT_TYPES["csv"]), name)


def _sent(response, name: str):
    """The file of a response, never shown by a browser and never kept by one."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@importers_only
@require_safe
def records(request, batch_key):
    """The records that the batch wrote, as far as the reader sees them."""
    batch = get_batch(request.user, batch_key)
    page = Paginator(written(batch, request.user), A_PAGE).get_page(request.GET.get("page"))
    shown = [row.engagement for row in page.object_list]
    return render(request, "imports/records.html", {"batch": batch, "page": page, "page_records": shown})


def written(batch: Batch, user):
    return (
        batch.imported.filter(engagement__in=Engagement.objects.visible_to(user).values("pk"))
        .select_related("engagement__country", "engagement__type")
        .order_by("pk")
    )


@importers_only
@require_safe
def totals(request, batch_key):
    """Printed sums beside counted ones, those that differ first; ``?format=csv`` gives the file."""
    batch = get_batch(request.user, batch_key)
    found = list(control.totals(batch))
    if request.GET.get("format") == "csv":
        return _csv(_totals_table(found), f"entente-import-{batch.key}-totals-{batch.handling}.csv")
    found.sort(key=lambda row: row.agrees)
    page = Paginator(found, 200).get_page(request.GET.get("page"))
    differ = sum(not row.agrees for row in found)
    context = {"batch": batch, "page": page, "all": len(found), "differ": differ, "same": len(found) - differ}
    return render(request, "imports/totals.html", context)


TOTALS = ("report_year", "country", "program", "printed_people", "sum_people", "printed_cost", "sum_cost")


def _totals_table(found):
    yield TOTALS
    for row in found:
        yield [error_file.cell("" if (value := getattr(row, name)) is None else str(value)) for name in TOTALS]
