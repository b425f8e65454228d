"""Addresses of the record; special ones first, the record itself last."""

from django.urls import include, path, register_converter

from engagements.references import PATTERN
from engagements.views import (
    attachments,
    attention,
    brief,
    comments,
    detail,
    editing,
    export,
    handling,
    listing,
    merging,
    pages,
    past,
    review,
    search,
    steps,
    twins,
)


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
    path("history/<str:key>/restore/", past.restore, name="restore_version"),
    path("return/", review.give_back, name="give_back"),
    path("handling/", handling.handling, name="handling"),
    path("brief/", brief.brief, name="brief"),
    path("attachments/", attachments.files, name="attachments"),
    path("attachments/<str:attachment>/", attachments.download, name="attachment"),
    path("attachments/<str:attachment>/remove/", attachments.remove, name="attachment_remove"),
    path("attachments/<str:attachment>/bring-back/", attachments.bring_back, name="attachment_bring_back"),
    path("comments/", comments.talk, name="comments"),
    path("comments/<str:comment>/edit/", comments.edit, name="comment_edit"),
    path("comments/<str:comment>/remove/", comments.remove, name="comment_remove"),
    path("colleagues/", comments.colleagues, name="colleagues"),
    path("merge/undo/", merging.undo, name="merge_undo"),
    path("merge/<reference:other>/", merging.merge, name="merge"),
    path("<str:name>/", steps.step, name="step"),
]
urlpatterns = [
    path("engagements/", listing.engagement_list, name="list"),
    path("engagements/log/", editing.quick_log, name="quick_log"),
    path("engagements/new/", editing.new, name="new"),
    path("engagements/facets/", listing.facets, name="facets"),
    path("engagements/export/", export.export, name="export"),
    path("engagements/read-date/", pages.read_date, name="read_date"),
    path("engagements/suggest/", pages.suggest_engagements, name="suggest"),
    path("engagements/twins/", twins.twins, name="twins"),
    path("engagements/<reference:reference>/", include(of_one)),
    path("duplicates/", twins.duplicates, name="duplicates"),
    path("duplicates/two/", twins.not_twins, name="not_twins"),
    path("review/", review.queue, name="review"),
    path("attention/", attention.attention, name="attention"),
    path("search/", search.search, name="search"),
    path("case-studies/", pages.case_studies, name="case_studies"),
    path("case-studies/<str:code>/", pages.case_study, name="case_study"),
    path("data-dictionary/", export.data_dictionary, name="data_dictionary"),
]
