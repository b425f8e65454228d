"""Error answers: a sentence and a way on, never what went wrong inside."""

from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request, status, title, text):
    return render(request, "error.html", {"title": title, "text": text}, status=status)


def bad_request(request, exception=None):
    return _page(request, 400, _("This address can not be read"), _("Something in it is not what it should be."))


def forbidden(request, exception=None):
    return _page(request, 403, _("Your role does not allow this"), str(exception or _("Ask a manager or an administrator.")))


def not_found(request, exception=None):
    return _page(request, 404, _("Nothing here"), _("There is no such page, or no such record that you may see."))


def server_error(request):
    return render(request, "500.html", status=500)


def csrf_failure(request, reason=""):
    return _page(
        request,
        403,
        _("This page was open too long"),
        _("Go back, reload the page and send it again. What you typed is still in the form when you go back."),
    )
