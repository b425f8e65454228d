"""Each request that may change something is one action of the person who sends it."""

import unicodedata

from history.context import acting

SAFE = {"GET", "HEAD", "OPTIONS"}


def name_the_action(get_response):
    """Stands after the sign-in middleware, so that the person is known."""

    def middleware(request):
        if request.method in SAFE:
            return get_response(request)
        person = request.user if request.user.is_authenticated else None
        door = "admin" if request.path.startswith("/admin/") else "page"
        with acting(actor=person, door=door, reason=_readable(request.POST.get("reason", ""))[:500]):
            return get_response(request)

    return middleware


def _readable(text: str) -> str:
    """``text`` without control characters and half letters, which no database keeps; a form says so to the person."""
    return "".join(letter if unicodedata.category(letter) not in {"Cc", "Cs"} else " " for letter in text)
