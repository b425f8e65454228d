"""Addresses of the record; special ones first, the record itself last."""

from django.urls import include, path, register_converter

from engagements.references import PATTERN
from engagements.views import detail, editing, export, listing, pages, past, steps


class Reference:
    """A well-formed reference; anything else is no address."""

    regex = PATTERN.pattern

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(Reference, "reference")

app_name = "engagements"
of_one = [
    path("", detail.engagement_detail, name="detail"),
    path("edit/", editing.edit, name="edit"),
    path("close-out/", editing.close_out, name="close_out"),
    path("archive/", steps.archive, name="archive"),
    path("history/", past.history, name="history"),
    path("<str:name>/", steps.step, name="step"),
]
urlpatterns = [
    path("engagements/", listing.engagement_list, name="list"),
    path("engagements/log/", editing.quick_log, name="quick_log"),
    path("engagements/new/", editing.new, name="new"),
    path("engagements/export/", export.export, name="export"),
    path("engagements/read-date/", pages.read_date, name="read_date"),
    path("engagements/suggest/", pages.suggest_engagements, name="suggest"),
    path("engagements/<reference:reference>/", include(of_one)),
    path("case-studies/", pages.case_studies, name="case_studies"),
    path("case-studies/<str:code>/", pages.case_study, name="case_study"),
    path("data-dictionary/", export.data_dictionary, name="data_dictionary"),
]
