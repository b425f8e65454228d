"""Names that lead to no entry for certain: a page of them at a time, each settled once for all its lines."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from catalog.country_codes import is_code
from imports import resolving, running
from imports.choices import State
from imports.forms.questions import Asked, answer_of, answers_before, asked, read
from imports.models import Batch
from imports.views.access import get_batch, importers_only, why_not_checked

A_PAGE = 25
MOST_AT_ONCE = 200
MANY_CODES = 5


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request, batch_key):
    batch = get_batch(request.user, batch_key)
    refused = why_not_checked(batch)
    faulty: dict[int, Asked] = {}
    if request.method == "POST":
        if refused:
            messages.error(request, refused)
            return redirect("imports:questions", batch_key)
        settled, faulty = _settle(request, batch)
        left = batch.questions.filter(answer__isnull=True).count()
        if (not faulty and request.POST.get("do") == "check") or (settled and not faulty and not left):
            return _check(request, batch, settled)
        if not faulty:
            if settled:
                messages.success(request, _said(settled))
            return redirect(request.get_full_path())
    shows_answered = request.GET.get("show") == "answered"
    rows = batch.questions.select_related("answered_by")
    rows = rows.exclude(answer__isnull=True) if shows_answered else rows.filter(answer__isnull=True)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    before = {} if shows_answered else answers_before(list(page.object_list), request.user)
    shown = [asked(question, request.user, before.get((question.kind, question.text))) for question in page.object_list]
    # What was refused stays in sight with its sentence.
    here = {item.question.pk for item in shown}
    shown = [faulty.get(item.question.pk, item) for item in shown] + [item for pk, item in faulty.items() if pk not in here]
    context = {
        "batch": batch,
        "page": page,
        "asked": shown,
        "faults": list(faulty.values()),
        "refused": refused,
        "shows_answered": shows_answered,
        "open_questions": batch.questions.filter(answer__isnull=True).count(),
        "answered": batch.questions.exclude(answer__isnull=True).count(),
        "was_checked": batch.state not in {State.MAPPING, State.CHECKING},
        "kept": "show=answered&" if shows_answered else "",
        "foreign_codes": 0 if shows_answered else _foreign_codes(batch),
    }
    return render(request, "imports/questions.html", context)


def _foreign_codes(batch: Batch) -> int:
    """How many codes of countries are in no list; 0 for a few, which are slips. Many are another system, in which AUS may be Austria."""
    texts = batch.questions.filter(kind__in=resolving.PARTIES).order_by().values_list("text", flat=True)
    found = {text for text in texts if is_code(text)}
    return len(found) if len(found) >= MANY_CODES else 0


def _check(request, batch: Batch, settled: int):
    try:
        running.ask_check(batch, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, " ".join([*([_said(settled)] if settled else []), _("The file is being checked again.")]))
    return redirect("imports:batch", batch.key)


def _said(settled: int) -> str:
    return ngettext("%(n)s name is settled.", "%(n)s names are settled.", settled) % {"n": settled}


def _settle(request, batch: Batch) -> tuple[int, dict[int, Asked]]:
    """How many questions have an answer now, and those whose answer names nothing."""
    posted = [int(value) for value in request.POST.getlist("question") if value.isdecimal() and len(value) < 18][:MOST_AT_ONCE]
    settled, faulty = 0, {}
    for question in batch.questions.select_related("batch__owner").filter(pk__in=posted):
        found = read(question, request.POST, request.user)
        try:
            given = answer_of(found)
            if given is None or given == question.answer:
                continue
            with transaction.atomic():
                question.answer, question.answered_by = given, request.user
                question.save(update_fields=["answer", "answered_by"])
                if found.remembers:
                    resolving.remember(question, request.user)
        except ValidationError as error:
            found.fault = " ".join(error.messages)
            question.answer = None
            faulty[question.pk] = found
        else:
            settled += 1
    return settled, faulty
