"""Pages that only show are read from a copy of the database where it is good enough; everything else is done on the primary."""

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError

from engagements.filters import PAGE_PARAMETERS
from replicas import standing
from replicas.router import reading_from

SAFE = {"GET", "HEAD"}
# Modules with the views that read much and write nothing. Forms, files, work and the admin site stay with the primary: a form
# is compared with what is stored when it comes back, and a long file would be broken off where a copy has to catch up. So does
# what counts: sets of records are remembered of the primary only, and cost a copy many times what they save the primary.
READERS = {
    "catalog.views.entries",
    "catalog.views.glossary",
    "catalog.views.lists",
    "catalog.views.suggest",
    "engagements.views.brief",
    "engagements.views.detail",
    "engagements.views.search",
    "reports.views_calendar",
}
LIST = "engagements:list"
OF_THE_LIST = PAGE_PARAMETERS | {"sort"}


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
        if request.method in SAFE and request.user.is_authenticated and _is_read(request, view):
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


def _is_read(request, view) -> bool:
    """Whether a copy may answer; the list only as it is without a filter, when an index leads through it."""
    if request.resolver_match.view_name == LIST:
        return not any(any(values) for name, values in request.GET.lists() if name not in OF_THE_LIST)
    return view.__module__ in READERS
