"""The queue as who runs the program sees it: whose, of which kind, how long. Titles and files are their owners' alone."""

import django_tasks_db.admin  # noqa: F401 - registers its table, which is taken out below: it names keys and shows tracebacks
from django.contrib import admin
from django_tasks_db.models import DBTaskResult

from accounts.admin_base import GuardedAdmin
from jobs.models import Job

admin.site.unregister(DBTaskResult)


@admin.register(Job)
class JobAdmin(GuardedAdmin):
    list_display = ["created_at", "kind", "owner", "state", "started_at", "ended_at"]
    list_display_links = None
    list_filter = ["state", "kind"]
    list_select_related = ["owner"]
    fields = ["kind", "owner", "state", "created_at", "started_at", "ended_at"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
