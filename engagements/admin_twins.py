"""Pairs of records in the admin, to look at: those that became one, and those that are two. A pair is seen by who sees both."""

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from engagements.models import Engagement, Merger, NotTwins


class PairAdmin(ReadOnlyAdmin):
    """Rows that name two records."""

    pair: tuple[str, str]
    follow: tuple[str, ...]

    def get_queryset(self, request):
        visible = Engagement.objects.visible_to(request.user)
        rows = super().get_queryset(request).filter(**{f"{name}__in": visible for name in self.pair})
        return rows.select_related(*self.follow)


@admin.register(Merger)
class MergerAdmin(PairAdmin):
    pair = ("kept", "absorbed")
    fields = ["kept", "absorbed", "merged_by", "merged_at", "undone_by", "undone_at"]
    list_display = ["kept", "absorbed", "merged_by", "merged_at", "undone_by", "undone_at"]
    follow = ("kept", "absorbed", "merged_by", "undone_by")
    search_fields = ["kept__reference", "absorbed__reference"]


@admin.register(NotTwins)
class NotTwinsAdmin(PairAdmin):
    pair = ("first", "second")
    fields = ["first", "second", "said_by", "said_at"]
    list_display = ["first", "second", "said_by", "said_at"]
    follow = ("first", "second", "said_by")
    search_fields = ["first__reference", "second__reference"]
