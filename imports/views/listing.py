"""The batches that a person may see, and the way in for a new file."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from engagements.export.layouts import LAYOUTS
from engagements.export.making import CONTENT_TYPES
from imports.blank_files import blank_csv, write_blank_xlsx
from imports.choices import State
from imports.drafts import begin
from imports.forms.upload import UploadForm
from imports.heads import Head
from imports.models import Batch
from imports.reading import detect
from imports.uploads import keep, path_of, remove_expired
from imports.views.access import importers_only, must_bring_in, readable

A_PAGE = 50


@importers_only
@require_safe
def batch_list(request):
    open_questions = Count("questions", filter=Q(questions__answer__isnull=True, state=State.QUESTIONS))
    rows = readable(request.user).select_related("team", "owner").annotate(open_questions=open_questions).order_by("-created_at", "-pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "imports/list.html", {"page": page})


@importers_only
@require_safe
def template(request, layout):
    """An empty file with the columns of one of our own layouts."""
    if layout not in LAYOUTS:
        raise Http404
    is_workbook = request.GET.get("format") == "xlsx"
    response = HttpResponse(content_type=CONTENT_TYPES["xlsx" if is_workbook else "csv"])
    if is_workbook:
        write_blank_xlsx(LAYOUTS[layout], response, folder=settings.FILE_UPLOAD_TEMP_DIR)
    else:
        response.write(blank_csv(LAYOUTS[layout]))
    response["Content-Disposition"] = f'attachment; filename="entente-{layout}-template.{"xlsx" if is_workbook else "csv"}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Take the file, look at its head, and go on to what was found in it."""
    must_bring_in(request.user)
    form, status = UploadForm(user=request.user), 200
    if request.method == "POST":
        was_too_large = getattr(request, "file_was_too_large", False)
        form = UploadForm(request.POST, request.FILES, user=request.user, was_too_large=was_too_large)
        remove_expired()  # a new file finds the room of those whose time is over
        if form.is_valid() and (batch := _begin(form, request.user)):
            messages.success(request, _("“%(name)s” is here. Look whether it is read correctly.") % {"name": batch})
            return redirect("imports:file", batch.key)
        status = 413 if was_too_large else 400  # a program that sends files sees that this one was not taken
    return render(request, "imports/new.html", {"form": form, "layouts": LAYOUTS.values()}, status=status)


def _begin(form, user) -> Batch | None:
    answers = form.cleaned_data
    try:
        with transaction.atomic():
            upload = keep(answers["file"], owner=user)
            path = path_of(upload)
            try:
                found = detect(path)
                saved = answers["mapping"]
                head = Head(found.headings, list(zip(found.lines, found.sample, strict=False)), is_part=found.is_part)
                options, document = begin(head, found.options, saved.document if saved else None, upload.name)
                return Batch.objects.create(
                    upload=upload, name=upload.name, sha256=upload.sha256, options=options.to_dict(), mapping=document,
                    mapping_code=saved.code if saved else "", team=answers["team"], handling=answers["handling"],
                    review_state=answers["review_state"], owner=user,
                )  # fmt: skip
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except ValidationError as error:
        form.add_error("file", error)
    except OSError:
        form.add_error("file", _("The file could not be stored. Try again later, or ask who runs this site."))
    return None
