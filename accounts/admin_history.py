"""The history button of the admin: our own history, written by the database, instead of the admin's log."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.text import capfirst

from history.row_past import link_tables, raw_entries
from history.telling import Subject

PAGE = 50


class TellsHistory:
    """For a ModelAdmin. Nothing is written to the admin's own log: it keeps names of rows that may be hidden later."""

    def history_address(self, request, obj) -> str:
        """The page that tells it better; empty where this one does."""
        return ""

    def history_visible(self, request) -> dict:
        """Models of which not every row may be named, with those that may."""
        return {}

    def history_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if address := self.history_address(request, obj):
            return HttpResponseRedirect(address)
        label = capfirst(str(self.opts.verbose_name))
        named_by = {self.model: "title"} if any(field.name == "title" for field in self.opts.fields) else {}
        subject = Subject(main=self.model, label=label, named_by=named_by | self.history_names)
        teller, raw = raw_entries(subject, obj.pk, link_tables(self.model), self.history_visible(request))
        page = Paginator(raw, PAGE).get_page(request.GET.get("page"))
        context = self.admin_site.each_context(request) | {
            "title": str(obj), "opts": self.opts, "object": obj, "page": page, "entries": teller.say(page.object_list),
        }  # fmt: skip
        return render(request, "admin/changes.html", context | (extra_context or {}))

    history_names: dict = {}

    def log_addition(self, request, obj, message):
        """Written by the database already."""

    def log_change(self, request, obj, message):
        """Written by the database already."""

    def log_deletions(self, request, queryset):
        """Written by the database already."""
