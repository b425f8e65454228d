"""What holds for every request before any view sees it."""

import secrets
import unicodedata
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils.deprecation import MiddlewareMixin

MAX_QUERY = 8 * 1024
MAX_VALUES = 100
# Pages are read and forms are sent; what else HTTP knows is for programs, under /api/.
OF_PAGES = ("GET", "HEAD", "POST")
OF_PROGRAMS = (*OF_PAGES, "OPTIONS", "PUT", "PATCH", "DELETE")
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def number_the_request(get_response):
    """Give the request an id that its error page and its lines in the log both have."""

    def middleware(request):
        request.id = secrets.token_hex(4)
        _request_id.set(request.id)
        return get_response(request)

    return middleware


def add_request_id(record) -> bool:
    """A filter of the log: ``request_id`` on every line; "-" outside of a request."""
    record.request_id = _request_id.get()
    return True


def refuse_unreadable_input(get_response):
    """400 for control characters and broken text in path or query, 405, 414 and 415 for what nobody sends by a page."""

    def middleware(request):
        for_programs = request.path.startswith("/api/")
        if request.method not in OF_PROGRAMS:
            return HttpResponseNotAllowed(OF_PROGRAMS if for_programs else OF_PAGES)
        if request.method == "POST" and not for_programs and request.content_type not in FORMS and _has_body(request):
            return HttpResponse("Send a form.", status=415, content_type="text/plain")
        if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY:
            return HttpResponse("The address is too long.", status=414, content_type="text/plain")
        for value in _texts(request):
            if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\t\n\r" for letter in value):
                return HttpResponse(
                    "The address holds a control character. Remove it and try again.",
                    status=400,
                    content_type="text/plain",
                )
        if any(len(values) > MAX_VALUES for _, values in request.GET.lists()):
            return HttpResponse(f"More than {MAX_VALUES} values for one filter.", status=400, content_type="text/plain")
        return get_response(request)

    return middleware


def _has_body(request) -> bool:
    return request.META.get("CONTENT_LENGTH") not in {None, "", "0"} or "HTTP_TRANSFER_ENCODING" in request.META


class OnlyMethodsOfPages(MiddlewareMixin):
    """405 for the methods of programs on a page; whoever is not signed in was sent to do that first."""

    def process_view(self, request, view, args, kwargs):
        if request.method not in OF_PAGES and not request.path.startswith("/api/"):
            return HttpResponseNotAllowed(OF_PAGES)
        return None


def _texts(request):
    yield request.path
    for name, values in request.GET.lists():
        yield name
        yield from values


def refuse_huge_bodies(get_response):
    """413 for a body that no form of ours sends, before anything of it is read: neither memory nor disk takes it in.

    411 for one that comes in pieces and does not say how long it is: nobody could tell in time.
    """

    def middleware(request):
        if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
            return HttpResponse("Say how long this is before you send it.", status=411, content_type="text/plain")
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length[:20]) > most_of_a_body(request.path):
            return HttpResponse("This is larger than the program takes. Send less at once.", status=413, content_type="text/plain")
        return get_response(request)

    return middleware


def most_of_a_body(path: str) -> int:
    """Bytes that a request to ``path`` may bring: a spreadsheet with its form where one is sent, an attachment elsewhere."""
    most = settings.UPLOAD_ADDRESSES.get(path)
    return settings.UPLOAD_MAX_BODY_BYTES if most is None else most + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def no_store(get_response):
    """Keep signed-in pages out of shared and disk caches."""

    def middleware(request):
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware
