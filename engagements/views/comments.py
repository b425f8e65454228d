"""What people say about a record: on its page, and on pages of their own where something has to be put right."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import owner_token, take_typed
from catalog.canonical import tidy
from engagements.address_keys import with_key
from engagements.domain import comments
from engagements.forms.attached import CommentForm
from engagements.models import Comment
from engagements.views.access import get_visible

OFFERED = 8


def section(request, engagement, form=None):
    """What the section on the page of a record shows; whoever is named in a comment has seen it now."""
    user = request.user
    rows = list(comments.comments_of(engagement))
    new = comments.see(rows, user) if request.method == "GET" else set()
    for row in rows:
        row.engagement = engagement
        row.pieces = comments.parts_of(row)
        row.is_new = row.pk in new
        row.may_change, row.may_remove = comments.may_change(row, user), comments.may_remove(row, user)
    return {
        "comments": rows,
        "may_comment": comments.may_comment(engagement, user),
        "comment_form": form or _form(engagement),
        "typed_by": owner_token(user),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def talk(request, reference):
    """The comments on a page of their own: where one that was refused, or typed before the session ran out, is shown again."""
    engagement = get_visible(request.user, reference)
    form = None
    if request.method == "POST":
        form = _form(engagement, request.POST)
        if form.is_valid():
            try:
                comment, unknown = comments.say(engagement, text=form.cleaned_data["text"], actor=request.user)
            except ValidationError as error:
                form.add_error("text", error)
            else:
                _tell(request, unknown)
                return redirect(_place(engagement, comment))
    elif (typed := take_typed(request)) is not None:
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
        form = _form(engagement, initial={"text": typed.get("text", "")})
    context = {"engagement": engagement} | section(request, engagement, form)
    return render(request, "engagements/comments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, reference, comment):
    """Other words for one's own comment. When the time is up, what was typed stays to be copied."""
    engagement, found = _of_record(request, reference, comment)
    if not request.user.has_perm("engagements.add_comment"):
        raise PermissionDenied
    form = _form(engagement, initial={"text": found.text})
    if request.method != "POST" and not comments.may_change(found, request.user):
        messages.error(request, comments.too_late())
        return redirect(_place(engagement, found))
    if request.method == "POST":
        form = _form(engagement, request.POST)
        if found.written_by_id == request.user.pk and not comments.may_change(found, request.user):
            form.add_error("text", comments.too_late())
        if form.is_valid():
            try:
                unknown = comments.change(found, text=form.cleaned_data["text"], actor=request.user)
            except ValidationError as error:
                form.add_error("text", error)
            else:
                _tell(request, unknown)
                return redirect(_place(engagement, found))
    return render(request, "engagements/comment.html", {"engagement": engagement, "comment": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, reference, comment):
    """Ask, then take the comment away: there is no way back."""
    engagement, found = _of_record(request, reference, comment)
    if request.method == "POST":
        comments.remove(found, actor=request.user)
        messages.success(request, _("The comment is removed."))
        return redirect(f"{engagement.get_absolute_url()}#comments")
    if not comments.may_remove(found, request.user):
        raise PermissionDenied(comments.who_removes())
    return render(request, "engagements/comment_remove.html", {"engagement": engagement, "comment": found})


@require_safe
def colleagues(request, reference):
    """For the text box, while a name is typed: ``?q=an`` → [{value, label, code}], of those who see this record too."""
    engagement = get_visible(request.user, reference, is_logged=False)  # nothing of the record is told
    if not comments.may_comment(engagement, request.user):
        raise PermissionDenied
    text = tidy(request.GET.get("q", ""))[:100]
    people = comments.colleagues(engagement, request.user, text)[:OFFERED] if text else []
    found = [{"value": f"@{person.username}", "label": str(person), "code": f"@{person.username}"} for person in people]
    return JsonResponse(found, safe=False)


def _form(engagement, data=None, **kwargs):
    return CommentForm(data, auto_id="comment_%s", suggestions=reverse("engagements:colleagues", args=[engagement.reference]), **kwargs)


def _of_record(request, reference, comment):
    engagement = get_visible(request.user, reference)
    found = with_key(Comment.objects.filter(engagement=engagement, removed_at=None).select_related("written_by"), comment)
    if found is None:
        raise Http404
    found.engagement = engagement
    return engagement, found


def _place(engagement, comment):
    return f"{engagement.get_absolute_url()}#comment-{comment.key}"


def _tell(request, unknown):
    """One sentence for names of nobody and of people who do not see the record: which of the two it is, is not said."""
    if unknown:
        names = ", ".join(f"@{name}" for name in unknown)
        messages.warning(request, _("The comment is there, but nobody who sees this record is called %(names)s.") % {"names": names})
