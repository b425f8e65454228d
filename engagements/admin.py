"""Records in the admin. Every queryset starts from what the person may see; a change follows the rules of the page."""

from functools import reduce
from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as __

from accounts.admin_base import GuardedAdmin, ReadOnlyAdmin
from catalog.forms.records import RecordForm
from catalog.options import Options
from catalog.partial_dates import PartialDateField
from engagements import admin_twins  # noqa: F401 - registers
from engagements.admin_inlines import DETAILS, REVIEW, ROWS, outcomes_of
from engagements.admin_logs import AccessAdmin, ChangeAdmin
from engagements.domain.lifecycle import may_edit, reopen_if_verified
from engagements.domain.saving import Conflict, as_sentences, claim, keep_names_apart, last_change
from engagements.domain.titles import generated_title
from engagements.forms.engagement import EngagementForm
from engagements.models import (
    AfterActionReview,
    Assessment,
    Attachment,
    CaseStudy,
    Challenge,
    Comment,
    Engagement,
    Exercise,
    ExternalId,
    FollowUp,
    FundingLine,
    HandlingRequest,
    Lesson,
    Mention,
    Outcome,
    Participation,
    PeacekeepingMission,
    ReviewStep,
    Source,
    StrengthReport,
    TrainingProgram,
)
from engagements.views.access import log_reading
from history.models import Access, Change


@admin.register(Engagement)
class EngagementAdmin(GuardedAdmin):
    """The record with all its rows. New ones are entered on the page, which knows what each kind asks."""

    form = EngagementForm
    list_display = ["reference", "title", "kind", "period", "country", "status", "review_state", "handling"]
    list_display_links = ["reference", "title"]
    list_select_related = ["country"]
    list_filter = ["kind", "status", "scope", "review_state", "handling"]
    search_fields = ["reference", "title", "place", "framework__name"]
    readonly_fields = ["reference", "scope", "review_state", "created_at", "created_by", "updated_at", "updated_by"]
    mark_name = "version"

    def mark(self, obj, *, lock=False):
        return str(obj.version)  # the save itself compares and sets

    def last_change(self, obj, since):
        return last_change(obj)

    def get_queryset(self, request):
        return Engagement.objects.visible_to(request.user)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            log_reading(request.user, found)
        return found

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or may_edit(obj, request.user))

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return [*self.readonly_fields, *EngagementForm._meta.fields, "version"]
        # To someone who only reads: without what leads to other records, which may be hidden.
        hidden = {"parent", "predecessors", "starts", "ends"}
        return [*self.readonly_fields, "period", *(name for name in EngagementForm._meta.fields if name not in hidden)]

    @admin.display(description=__("dates"), ordering="starts_on")
    def period(self, engagement):
        return engagement.period

    def get_form(self, request, obj=None, change=False, **kwargs):
        if not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change=change, **kwargs | {"form": forms.ModelForm})
        # The version is declared by the form: as a field of the model it may not be named.
        form = super().get_form(request, obj, change=change, **kwargs | {"fields": EngagementForm._meta.fields})
        options = self._options(request)

        class AdminForm(form):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, user=request.user, options=options, **kwargs)

            def clean(self):
                cleaned = super().clean()
                current = Engagement.objects.select_related("updated_by").get(pk=self.instance.pk)
                if cleaned.get("version") != current.version:
                    raise Conflict(current)
                return cleaned

        return AdminForm

    def _options(self, request):
        """The short lists, read once a request."""
        if not hasattr(request, "_catalog_options"):
            request._catalog_options = Options()
        return request._catalog_options

    def get_inlines(self, request, obj):
        if obj is None:
            return []
        detail = [DETAILS[obj.kind]] if obj.kind in DETAILS else []
        return [*detail, *ROWS, REVIEW]

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if inline.row_name == "detail":
            kwargs["form_kwargs"] = {"options": self._options(request)}
        elif inline.row_name and inline.row_name != "review":
            kwargs["form_kwargs"] = {"options": self._options(request), "user": request.user}
            if inline.row_name == "assessments":
                kwargs["form_kwargs"] |= outcomes_of(obj)
        return kwargs

    def add_view(self, request, form_url="", extra_context=None):
        return HttpResponseRedirect(reverse("engagements:new"))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            with as_sentences():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(request.path)

    def save_model(self, request, obj, form, change):
        claim(obj, seen=form.cleaned_data["version"], actor=request.user)
        reopen_if_verified(obj)
        form.release()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        engagement = form.instance
        keep_names_apart(_names_given(formsets), of=engagement, reader=request.user)
        super().save_related(request, form, formsets, change)
        if engagement.is_title_generated:
            parties = [row.party for row in engagement.participations.select_related("country", "organization")]
            engagement.title = generated_title(str(engagement.type), parties, engagement.starts)
            engagement.save(update_fields=["title"])

    def history_address(self, request, obj):
        return reverse("engagements:history", args=[obj.reference])


def _names_given(formsets) -> set[tuple[str, str]]:
    """The names in other systems that a page adds or changes."""
    rows = [row for formset in formsets if formset.model is ExternalId for row in formset.forms if row.has_changed()]
    return {(row.cleaned_data["system"], row.cleaned_data["value"]) for row in rows if not row.cleaned_data.get("DELETE")}


class RowAdmin(ReadOnlyAdmin):
    """Rows of records, to search and look at; changed on their record."""

    record = "engagement"
    standing: dict[str, None] = {}  # what holds for rows that nobody removed

    def history_address(self, request, obj):
        return reverse("engagements:history", args=[reduce(getattr, self.record.split("__"), obj).reference])

    def get_queryset(self, request):
        visible = Engagement.objects.visible_to(request.user)
        rows = super().get_queryset(request).filter(**{f"{self.record}__in": visible}, **self.standing)
        return rows.select_related(*self.list_select_related)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            log_reading(request.user, reduce(getattr, self.record.split("__"), found))
        return found

    def get_fields(self, request, obj=None):
        """Its facts; a link to another record is left out, for that may be hidden from this person."""
        shown = [field for field in self.model._meta.get_fields() if field.concrete and field.name not in {"id", "linked_engagement"}]
        return [field.name.removesuffix("_on") if isinstance(field, PartialDateField) else field.name for field in shown if _is_fact(field)]


def _is_fact(field):
    return field.editable or isinstance(field, PartialDateField)


def _register(model, shown, *, filters=(), search=(), follow=(), record="engagement", standing=()):
    attrs = {
        "record": record,
        "standing": dict.fromkeys(standing),
        "list_display": [record.partition("__")[0], *shown],
        "list_filter": list(filters),
        "search_fields": [f"{record}__reference", f"{record}__title", *search],
        "list_select_related": [record, *follow],
    }
    admin.site.register(model, type(f"{model.__name__}Admin", (RowAdmin,), attrs))


_register(Exercise, ["focus", "personnel_total"], filters=["focus"])
_register(TrainingProgram, ["mode", "level", "enrolled", "completed"], filters=["mode", "level"], search=["subject", "course"])
_register(PeacekeepingMission, ["acronym", "mandating_body"], filters=["component"], search=["acronym"], follow=["mandating_body"])
_register(
    Participation, ["party", "role", "status", "personnel", "certainty"], filters=["role", "status", "certainty"],
    search=["country__name", "organization__name", "unit"], follow=["country", "organization", "acts_for"],
)  # fmt: skip
_register(
    StrengthReport, ["as_of", "personnel_type", "total"], filters=["personnel_type"], record="participation__engagement",
    follow=["participation__country", "participation__organization"],
)  # fmt: skip
_register(Outcome, ["level", "type", "statement"], filters=["level", "type"], search=["statement"], follow=["type"])
_register(Assessment, ["rating", "assessor", "assessed"], filters=["rating", "evidence"], search=["rationale"], follow=["outcome"])
_register(Challenge, ["category", "severity", "status"], filters=["severity", "status"], search=["description"], follow=["category"])
_register(FollowUp, ["text", "owner", "due_on", "status"], filters=["status"], search=["text", "owner"])
_register(AfterActionReview, ["due_on", "submitted_on"])
_register(Lesson, ["observation", "status"], filters=["status"], search=["observation", "lesson"])
_register(FundingLine, ["source", "fiscal_year", "planned", "actual", "currency"], filters=["source", "currency"], follow=["source"])
_register(Source, ["title", "publisher", "published"], filters=["kind", "certainty"], search=["title", "publisher"], follow=["outcome"])
_register(
    Attachment, ["name", "size", "uploaded_at", "uploaded_by"], search=["name", "title"], follow=["uploaded_by"], standing=["removed_at"]
)
_register(Comment, ["text", "written_at", "written_by"], search=["text"], follow=["written_by"], standing=["removed_at"])
_register(Mention, ["person", "seen_at"], record="comment__engagement", follow=["person"], standing=["comment__removed_at"])
_register(ReviewStep, ["kind", "reason", "taken_by", "taken_at"], filters=["kind", "reason"], search=["note"], follow=["taken_by"])
_register(ExternalId, ["system", "value"], filters=["system"], search=["value"])
_register(
    HandlingRequest, ["handling", "decision", "asked_by", "asked_at", "decided_by"], filters=["decision"], search=["reason"],
    follow=["asked_by", "decided_by"],
)  # fmt: skip

admin.site.register(Change, ChangeAdmin)
admin.site.register(Access, AccessAdmin)


class CaseStudyForm(RecordForm):
    class Meta:
        model = CaseStudy
        fields = ["code", "title", "narrative", "sources", "engagements", "is_featured"]


@admin.register(CaseStudy)
class CaseStudyAdmin(GuardedAdmin):
    form = CaseStudyForm
    list_display = ["title", "code", "is_featured"]
    list_filter = ["is_featured"]
    search_fields = ["code", "title", "narrative"]
    autocomplete_fields = ["engagements"]

    def get_fields(self, request, obj=None):
        names = CaseStudyForm._meta.fields
        return names if self.has_change_permission(request, obj) else [name for name in names if name != "engagements"]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

    history_names: ClassVar = {Engagement: "title"}

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.reader = request.user
        return found

    def linked(self, obj, field):
        """A mark that changed with a hidden record would tell of it."""
        return super().linked(obj, field).filter(pk__in=Engagement.objects.visible_to(obj.reader))

    def history_visible(self, request):
        return {Engagement: Engagement.objects.visible_to(request.user)}

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["queryset"] = Engagement.objects.visible_to(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request, form, formsets, change):
        """A record this person may not see is neither shown nor lost."""
        study = form.instance
        kept = list(study.engagements.exclude(pk__in=Engagement.objects.visible_to(request.user)))
        super().save_related(request, form, formsets, change)
        study.engagements.add(*kept)
