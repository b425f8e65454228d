"""One batch: how far it has come, what the check found, the button that writes it, and the way back."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Sum
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imports import running, twins, undoing
from imports.choices import WORKING, Action, LineState, Outcome, State
from imports.models import Batch
from imports.views.access import get_batch, importers_only, why_not_changed, why_not_checked
from imports.views.lines import lines_of, to_correct, written, wrong_lines
from jobs.models import Job
from jobs.work import cancel

MOST_PROBLEMS = 100
MOST_RECORDS = 15
MOST_EDITED = 200
MOST_TWINS = 20
MANY = 2000  # records, which SQLite writes in some seconds; meanwhile it takes nothing else
CHECKED = {State.QUESTIONS, State.CHECKED, State.DONE, State.FAILED, State.CANCELLED}


@dataclass(frozen=True)
class Counted:
    """One row of the result: how many records and how many lines, each with the page that lists them."""

    label: str
    note: str
    records: int | None
    records_at: str
    lines: int | None
    lines_at: str


@importers_only
@require_safe
def batch(request, batch_key):
    found = get_batch(request.user, batch_key)
    running.settle(found)  # a worker that died while it worked on it is noticed here at the latest
    return render(request, "imports/batch.html", _context(request, found))


def _context(request, found: Batch) -> dict:
    context = {
        "batch": found,
        "job": job_of(found),
        "is_working": found.state in WORKING,
        "why_not_checked": why_not_checked(found),
        "why_not_changed": why_not_changed(found, request.user),
        "is_own": found.owner_id == request.user.pk,
        "why_not_undone": undoing.why_not(found, request.user),
        "open_questions": found.questions.filter(answer__isnull=True).count(),
        "problems": [],
        "may_write": request.user.has_perm("engagements.add_engagement"),
    }
    if found.state in CHECKED:
        context["counted"] = _counted(found)
        context["problems"] = wrong_lines(found, request.user, MOST_PROBLEMS)
        context["problem_lines"] = lines_of(found, request.user).filter(has_problems=True).count()
        # All lines are looked through only where the check found some that stay out.
        left_some = any(found.counts.get(name) for name in ("wrong_lines", "wrong", "waiting_lines", "waits"))
        context["left_behind"] = to_correct(found, request.user).count() if found.state == State.DONE and left_some else 0
    if found.state in {State.CHECKED, State.QUESTIONS}:
        alike = twins.shown(found, request.user)
        shown = list(alike.select_related("engagement")[:MOST_TWINS])
        titles = dict(found.planned.filter(first_line__in=[row.line for row in shown]).values_list("first_line", "title"))
        context |= {"twins": [(row, titles.get(row.line, "")) for row in shown], "twin_count": alike.count()}
    if found.state == State.DONE:
        records = written(found, request.user)
        shown = list(records[:MOST_RECORDS])
        context |= {"records": shown, "record_count": records.count(), "page_records": [row.engagement for row in shown]}
    if found.state == State.CHECKED:
        context |= _promise(found)
    return context


def _counted(found: Batch) -> list[Counted]:
    """Records by what becomes of them, then the lines that are none."""
    counts, plan, lines = found.counts, reverse("imports:plan", args=[found.key]), reverse("imports:lines", args=[found.key])
    of_plan = dict(found.planned.order_by().values_list("outcome").annotate(Sum("lines")))
    notes = {
        Outcome.CREATE: _("as drafts") if found.review_state == "draft" else _("submitted for review"),
        Outcome.UPDATE: _("only the fields that differ"),
        Outcome.UNCHANGED: _("nothing is written"),
    }
    by_line = {Outcome.LEFT_OUT: "left_out_lines", Outcome.WAITS: "waiting_lines", Outcome.WRONG: "wrong_lines"}
    states = {Outcome.LEFT_OUT: LineState.LEFT_OUT, Outcome.WAITS: LineState.WAITS, Outcome.WRONG: LineState.WRONG}
    rows = []
    for outcome in Outcome:
        records, own = counts.get(outcome.value, 0), counts.get(by_line.get(outcome, ""), 0)
        at = f"{lines}?show={states[outcome].value}" if outcome in states else f"{plan}?outcome={outcome.value}"
        if records or own or outcome == Outcome.CREATE:
            address = f"{plan}?outcome={outcome.value}"
            rows.append(Counted(str(outcome.label), str(notes.get(outcome, "")), records, address, of_plan.get(outcome.value, 0) + own, at))
    if counts.get("doubled_lines"):
        note = _("counted once, with that one")
        rows.append(Counted(_("Same as another line"), note, None, "", counts["doubled_lines"], f"{lines}?show=doubled"))
    if counts.get("review_lines"):
        note = _("come in with a flag that says what looks odd")
        rows.append(Counted(_("To be looked at"), note, None, "", counts["review_lines"], f"{lines}?show=review"))
    if counts.get("aggregates"):
        note = _("never records; compared with the sums of the other lines")
        rows.append(Counted(_("Control totals"), note, None, "", counts["aggregates"], f"{lines}?show=aggregate"))
    return rows


def _promise(found: Batch) -> dict:
    """What the button does, in words; nothing where there is nothing to write."""
    new, changed = found.counts.get("create", 0), found.counts.get("update", 0)
    wrong = found.counts.get("wrong_lines", 0) + found.counts.get("wrong", 0)
    if not new and not changed:
        return {"will": "", "wrong": wrong}
    records = ngettext("%(n)s new record", "%(n)s new records", new) % {"n": number_format(new, force_grouping=True)}
    changes = ngettext("change %(n)s record", "change %(n)s records", changed) % {"n": number_format(changed, force_grouping=True)}
    if new and changed:
        button = _("Write %(records)s and %(changes)s") % {"records": records, "changes": changes}
    elif new:
        button = _("Write %(records)s") % {"records": records}
    else:
        button = changes[:1].upper() + changes[1:]
    stays = _("Everything else stays as it is. If the register changed in the meantime so that this is no longer true, nothing is written.")
    others_wait = connection.vendor == "sqlite" and new + changed > MANY
    return {"will": f"{button}. {stays}", "button": button, "wrong": wrong, "others_wait": others_wait}


@importers_only
@require_safe
def progress(request, batch_key):
    """The bar alone, asked for again and again while the batch is at work; the whole page when it is done."""
    found = get_batch(request.user, batch_key)
    running.settle(found)
    if found.state not in WORKING and request.htmx:
        response = render(request, "imports/_progress.html", {"batch": found})
        response["HX-Refresh"] = "true"
        return response
    return render(request, "imports/_progress.html", {"batch": found, "job": job_of(found)})


def _check(request, found):
    running.ask_check(found, request.user)
    return _("It is being checked. Nothing is written yet.")


def _commit(request, found):
    if not request.user.has_perm("engagements.add_engagement"):
        raise PermissionDenied(_("An analyst or a manager writes records."))
    if request.POST.get("plan") != found.plan:
        raise ValidationError(_("It was checked again since you opened the page. Look at what it would write now."))
    found.valid_only = request.POST.get("valid_only") == "on"
    with transaction.atomic():
        found.save(update_fields=["valid_only"])
        running.ask_commit(found, request.user)
    return _("It is being written: all of it or nothing.")


def _cancel(request, found):
    job = job_of(found)
    if found.state not in WORKING or job is None:
        raise ValidationError(_("It is not at work."))
    if request.user.pk not in {found.owner_id, job.owner_id}:
        raise PermissionDenied(_("Only %(owner)s cancels it.") % {"owner": job.owner})
    cancel(job)
    running.settle(found)
    return _("It stops as soon as it can. Nothing of it stays.")


def job_of(found: Batch) -> Job | None:
    """The job that works on the batch, or did last."""
    return Job.objects.filter(key=found.job_key).select_related("owner").first() if found.job_key else None


STEPS = {"check": _check, "commit": _commit, "cancel": _cancel}


@importers_only
@require_POST
def act(request, batch_key, name):
    found = get_batch(request.user, batch_key)
    if name not in STEPS:
        raise Http404
    try:
        said = STEPS[name](request, found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect("imports:batch", batch_key)


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request, batch_key):
    """What taking it back would remove and what it would leave; then the taking back."""
    found = get_batch(request.user, batch_key)
    if refused := undoing.why_not(found, request.user):
        messages.error(request, refused)
        return redirect("imports:batch", batch_key)
    if request.method == "POST":
        try:
            running.ask_undo(found, request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The import is being taken back."))
        return redirect("imports:batch", batch_key)
    rows = written(found, request.user).filter(is_undone=False)
    edited = rows.filter(pk__in=undoing.edited(found).values("pk"))
    kept = list(edited[:MOST_EDITED])
    goes = rows.exclude(pk__in=edited.values("pk"))
    context = {
        "batch": found,
        "removed": goes.filter(action=Action.CREATED).count(),
        "restored": goes.filter(action=Action.UPDATED).count(),
        "kept": kept,
        "page_records": [row.engagement for row in kept],
        "kept_count": edited.count(),
    }
    return render(request, "imports/undo.html", context)
