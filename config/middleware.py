"""What holds for every request before any view sees it."""

import unicodedata

from django.http import HttpResponse

MAX_QUERY = 8 * 1024
MAX_VALUES = 100


def refuse_unreadable_input(get_response):
    """400 for control characters and broken text in path or query, 414 for a query nobody typed."""

    def middleware(request):
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


def _texts(request):
    yield request.path
    for name, values in request.GET.lists():
        yield name
        yield from values


def no_store(get_response):
    """Keep signed-in pages out of shared and disk caches."""

    def middleware(request):
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware
