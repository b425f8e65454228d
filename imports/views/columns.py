"""What the columns mean: the form, its live preview, and the mapping as a file."""

import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import owner_token, take_typed
from imports import running
from imports.drafts import Document, keep, mark_of, options_of, with_file
from imports.forms import columns as form
from imports.forms import whole
from imports.heads import Head, head_of
from imports.mapping import targets
from imports.mapping.spec import Mapping
from imports.models import Batch
from imports.offered import offered, offered_one
from imports.previews import Preview, faults_of, preview_of
from imports.reading.options import FileOptions
from imports.saving_mappings import save_as
from imports.views.access import get_batch, importers_only, why_not_changed

MOST_BYTES = 1024 * 1024  # of a mapping that is sent as a file


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request, batch_key):
    batch = get_batch(request.user, batch_key)
    head, refused = head_of(batch), why_not_changed(batch, request.user)
    typed = None if request.method == "POST" else take_typed(request)
    if request.method == "POST":
        if refused:
            messages.error(request, refused)
            return redirect("imports:mapping", batch_key)
        if (answer := _posted(request, batch, head)) is not None:
            return answer
    document = _typed(typed or request.POST, batch.mapping, head)
    if typed is not None:
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
    context = _page(request, batch, document, head)
    return render(request, "imports/mapping.html", context | {"refused": refused, "typed_by": owner_token(request.user)})


def _typed(data, document: Document, head: Head) -> Document:
    """The stored mapping with what a page of the form says."""
    if not data or "slot" not in data:
        return document
    return whole.read_whole(data, document | form.read_columns(data, document, head))


def _posted(request, batch: Batch, head: Head):
    """Keep what was typed, then do what the button says; None where the page is shown again."""
    data, do = request.POST, request.POST.get("do", "preview")
    if do in {"use", "send"}:
        return _replace(request, batch, head)
    document = _typed(data, batch.mapping, head)
    if data.get("seen") != mark_of(batch.mapping) and document != batch.mapping:
        messages.error(request, _("Someone changed this mapping since you opened it. What you typed is below: send it again to keep it."))
        return None
    try:
        if document != batch.mapping:
            keep(batch, mapping=document)
        if do == "check":
            mapping = Mapping.from_dict(document)
            if faults := faults_of(mapping, head):
                raise ValidationError(faults)
            running.ask_check(batch, request.user)
            messages.success(request, _("The file is being checked. Nothing is written yet."))
            return redirect("imports:batch", batch.key)
        if do == "keep":
            options = FileOptions.from_dict(batch.options)
            saved = save_as(data.get("name", ""), with_file(document, options), owner=request.user, is_shared=data.get("is_shared") == "on")
            batch.mapping_code = saved.code
            batch.save(update_fields=["mapping_code"])
            messages.success(request, _("The mapping “%(name)s” is saved.") % {"name": saved})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages[:5]))
        return None
    if do.startswith("page-") and do[5:].isdecimal():
        return redirect(f"{request.path}?page={int(do[5:][:4])}#columns")
    return None


def _replace(request, batch: Batch, head: Head):
    """Another mapping instead of this one: a saved one, or one that is sent as a file."""
    try:
        if request.POST.get("do") == "use":
            saved = offered_one(request.user, request.POST.get("saved", ""))
            if saved is None:
                raise ValidationError(_("Choose a mapping."))
            document, code = saved.document, saved.code
        else:
            file = request.FILES.get("file")
            if file is None or file.size > MOST_BYTES:
                raise ValidationError(_("Choose a mapping: a JSON file of at most one megabyte."))
            try:
                text = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise ValidationError(_("The mapping is not UTF-8 text.")) from error
            document, code = Mapping.from_json(text).to_dict(), ""
        options = options_of(document, FileOptions.from_dict(batch.options), head_of(batch))
        keep(batch, mapping=document, mapping_code=code, options=options.to_dict())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages[:5]))
        return redirect("imports:mapping", batch.key)
    name = document.get("name") or _("from the file")
    messages.success(request, _("The columns mean now what the mapping “%(name)s” says.") % {"name": name})
    return redirect("imports:mapping", batch.key)


def _page(request, batch: Batch, document: Document, head: Head) -> dict:
    slots = form.slots_of(document, head)
    last = max(1, -(-len(slots) // form.A_PAGE))
    asked = request.POST.get("page") or request.GET.get("page", "")
    number = min(int(asked[:4]), last) if asked.isascii() and asked.isdecimal() and int(asked[:4]) else 1
    return {
        "batch": batch,
        "head": head,
        "document": document,
        "seen": mark_of(batch.mapping),
        "slots": slots[(number - 1) * form.A_PAGE : number * form.A_PAGE],
        "number": number,
        "last": last,
        "all_slots": len(slots),
        "used_slots": sum(map(form.is_used, slots)),
        "lost": form.lost_columns(document, head),
        "target_groups": targets.all(),
        "usual": whole.usual_constants(document),
        "others": list(enumerate(whole.other_constants(document))),
        "other_targets": whole.other_targets(),
        "parties": list(enumerate(whole.parties(document))),
        "roles": whole.Role.choices,
        "missing": whole.missing(document),
        "doubled": document.get("doubled", "keep"),
        "doubled_choices": whole.DOUBLED,
        "sums": whole.aggregates(document),
        "flags": list(enumerate(whole.flags(document))),
        "saved": offered(request.user),
        "preview": _preview(batch, document, head),
    }


def _preview(batch: Batch, document: Document, head: Head) -> Preview:
    return preview_of(document, head, FileOptions.from_dict(batch.options))


@importers_only
@require_POST
def preview(request, batch_key):
    """The first lines under what stands in the form now; nothing is kept."""
    batch = get_batch(request.user, batch_key)
    head = head_of(batch)
    return render(request, "imports/_preview.html", {"preview": _preview(batch, _typed(request.POST, batch.mapping, head), head)})


@importers_only
@require_safe
def options(request, batch_key):
    """What else can be said of one meaning, after another target was chosen."""
    batch = get_batch(request.user, batch_key)
    head = head_of(batch)
    if not request.GET.get("of"):
        return HttpResponse()
    place, _dash, number = request.GET.get("of", "").removeprefix("c").partition("-")
    if not (place.isdecimal() and number.isdecimal() and int(place[:6]) < len(head.headings) and int(number[:6]) < form.MOST_MEANINGS):
        raise Http404
    prefix, heading = f"c{int(place)}-{int(number)}", head.headings[int(place)]
    rule = form.read_rule(request.GET, prefix, heading, {})
    parts = max(one.count(" / ") + 1 for one in head.headings)
    meaning = form.Meaning(prefix, rule, parts)
    return render(request, "imports/_options.html", {"meaning": meaning, "heading": heading})


@importers_only
@require_safe
def download(request, batch_key):
    """The mapping of the batch as a file that can be sent here again."""
    batch = get_batch(request.user, batch_key)
    document = with_file(batch.mapping, FileOptions.from_dict(batch.options))
    return as_file(document, f"entente-mapping-{batch.key}.json")


def as_file(document: Document, name: str) -> HttpResponse:
    response = HttpResponse(json.dumps(document, ensure_ascii=False, indent=2) + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
