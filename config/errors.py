"""Error answers: a sentence and a way on, never what went wrong inside."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponseBadRequest, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def _page(request, status, title, text, **more):
    return render(request, "error.html", {"title": title, "text": text, **more}, status=status)


def bad_request(request, exception=None):
    text = _("Something in the address, or in what was sent, is not what it should be.")
    try:
        return _page(request, 400, _("This can not be read"), text, request_id=_id_of(request))
    except SuspiciousOperation:
        # What can not be read may be what the page needs: the host, the form.
        page = render_to_string("400.html", {"request_id": _id_of(request)})
        return HttpResponseBadRequest(page)


def _id_of(request) -> str:
    """What to quote: the log has it too."""
    return getattr(request, "id", "")


def forbidden(request, exception=None):
    return _page(request, 403, _("Your role does not allow this"), str(exception or _("Ask a manager or an administrator.")))


def not_found(request, exception=None):
    return _page(request, 404, _("Nothing here"), _("There is no such page, or no such record that you may see."))


def busy(request, text):
    return _page(request, 503, _("Too busy to save"), text, request_id=_id_of(request))


def server_error(request):
    """Without the request's own words: what failed may be what they are read from."""
    return HttpResponseServerError(render_to_string("500.html", {"request_id": _id_of(request)}))


def csrf_failure(request, reason=""):
    return _page(
        request,
        403,
        _("This page was open too long"),
        _("Go back, reload the page and send it again. What you typed is still in the form when you go back."),
    )
