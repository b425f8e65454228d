"""Each request that may change something is one action of the person who sends it."""

from history.context import acting

SAFE = {"GET", "HEAD", "OPTIONS"}


def name_the_action(get_response):
    """Stands after the sign-in middleware, so that the person is known."""

    def middleware(request):
        if request.method in SAFE:
            return get_response(request)
        person = request.user if request.user.is_authenticated else None
        door = "admin" if request.path.startswith("/admin/") else "page"
        with acting(actor=person, door=door, reason=request.POST.get("reason", "")[:500]):
            return get_response(request)

    return middleware
