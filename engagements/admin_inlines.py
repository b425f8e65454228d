"""The rows of an engagement in the admin: the forms of the record's own page, so the same rules hold."""

from django.contrib import admin

from accounts.admin_base import RowInline
from engagements.forms.engagement import DETAIL_FORMS, ReviewForm
from engagements.forms.rows import ROW_SETS, AssessmentForm
from engagements.models import AfterActionReview, Engagement


class EngagementRows(RowInline):
    """Rows of one kind; the reader sees them because the record is theirs to see."""

    fk_name = "engagement"
    follow: tuple[str, ...] = ()

    def get_queryset(self, request):
        rows = super().get_queryset(request).filter(engagement__in=Engagement.objects.visible_to(request.user))
        return rows.select_related(*self.follow) if self.follow else rows

    def get_fields(self, request, obj=None):
        """To someone who only reads: without the link to another record, which may be hidden."""
        names = super().get_fields(request, obj)
        return names if self._may(request, obj) else [name for name in names if name != "linked_engagement"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("engagements.view_engagement")

    def _may(self, request, obj):
        return obj is None or self.admin_site._registry[Engagement].has_change_permission(request, obj)

    def has_add_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._may(request, obj)


class RatingForm(AssessmentForm):
    """A rating; the outcomes to choose from are read once for all rows."""

    def __init__(self, *args, outcome_choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [("", self.fields["outcome"].empty_label), *outcome_choices]


def outcomes_of(engagement):
    """What the rating rows of ``engagement`` need to know."""
    outcomes = engagement.outcomes.all()
    return {"outcomes": outcomes, "outcome_choices": [(outcome.pk, str(outcome)) for outcome in outcomes]}


FORMS = {"assessments": RatingForm}
FOLLOW = {
    "participants": ("country", "organization", "acts_for"),
    "outcomes": ("type", "linked_engagement"),
    "assessments": ("outcome",),
    "challenges": ("category",),
    "funding": ("source",),
}


def _rows(name):
    row_set = ROW_SETS[name]
    attrs = {"model": row_set.model, "form": FORMS.get(name, row_set.form.__base__), "formset": row_set.__base__, "row_name": name}
    return type(f"{row_set.model.__name__}Rows", (EngagementRows,), attrs | {"follow": FOLLOW.get(name, ())})


class OneRow(EngagementRows, admin.StackedInline):
    """Facts that an engagement has once."""

    template = "admin/edit_inline/stacked.html"
    max_num = 1
    row_name = ""


def _detail(kind):
    form = DETAIL_FORMS[kind]
    return type(f"{form._meta.model.__name__}Facts", (OneRow,), {"model": form._meta.model, "form": form, "row_name": "detail"})


ROWS = [_rows(name) for name in ROW_SETS]
DETAILS = {kind: _detail(kind) for kind in DETAIL_FORMS}
REVIEW = type("LookBack", (OneRow,), {"model": AfterActionReview, "form": ReviewForm, "row_name": "review"})
