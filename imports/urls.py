"""Addresses of the import."""

from django.urls import include, path, register_converter

from imports.models import LETTERS
from imports.views import batch, columns, file, lines, listing, mappings, questions


class Key:
    """The public name of a batch."""

    regex = f"[{LETTERS}]{{10}}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(Key, "batch")

app_name = "imports"
of_one = [
    path("", batch.batch, name="batch"),
    path("file/", file.file, name="file"),
    path("mapping/", columns.mapping, name="mapping"),
    path("mapping/preview/", columns.preview, name="preview"),
    path("mapping/options/", columns.options, name="options"),
    path("mapping/download/", columns.download, name="mapping_download"),
    path("questions/", questions.questions, name="questions"),
    path("lines/", lines.lines, name="lines"),
    path("lines/download/", lines.download, name="lines_download"),
    path("plan/", lines.plan, name="plan"),
    path("records/", lines.records, name="records"),
    path("totals/", lines.totals, name="totals"),
    path("progress/", batch.progress, name="progress"),
    path("undo/", batch.undo, name="undo"),
    path("do/<str:name>/", batch.act, name="act"),
]
urlpatterns = [
    path("imports/", listing.batch_list, name="list"),
    path("imports/new/", listing.new, name="new"),
    path("imports/templates/<str:layout>/", listing.template, name="template"),
    path("imports/mappings/", mappings.mapping_list, name="mappings"),
    path("imports/mappings/<slug:code>/", mappings.download, name="saved_mapping"),
    path("imports/mappings/<slug:code>/<str:name>/", mappings.act, name="mapping_act"),
    path("imports/<batch:batch_key>/", include(of_one)),
]
