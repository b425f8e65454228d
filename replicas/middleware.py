"""Pages that only show are read from a copy of the database where it is good enough; everything else is done on the primary."""

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError

from replicas import standing
from replicas.router import reading_from

SAFE = {"GET", "HEAD"}
# Modules with the views that read much and write nothing. Forms, files, work and the admin site stay with the primary: a form
# is compared with what is stored when it comes back, and a long file would be broken off where a copy has to catch up.
READERS = {
    "catalog.views.entries",
    "catalog.views.glossary",
    "catalog.views.lists",
    "catalog.views.suggest",
    "engagements.views.attention",
    "engagements.views.brief",
    "engagements.views.detail",
    "engagements.views.listing",
    "engagements.views.pages",
    "engagements.views.search",
    "reports.views",
    "reports.views_calendar",
    "reports.views_printed",
}


class ReadFromReplicas:
    """The innermost middleware: session, person and rights come from the primary before it decides."""

    def __init__(self, get_response):
        if not settings.REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        token = reading_from.set(None)
        try:
            response = self.get_response(request)
        finally:
            reading_from.reset(token)
        if request.method not in SAFE and request.user.is_authenticated:
            standing.write_down(request.user.pk)
        return response

    def process_view(self, request, view, args, kwargs):
        if request.method in SAFE and view.__module__ in READERS and request.user.is_authenticated:
            reading_from.set(standing.choose(request.user.pk))

    def process_exception(self, request, exception):
        """A page that a copy could not read to the end is read from the primary."""
        alias = reading_from.get()
        if alias is None or not isinstance(exception, DatabaseError):
            return None
        reading_from.set(None)
        standing.failed(alias, exception)
        match = request.resolver_match
        return match.func(request, *match.args, **match.kwargs)
