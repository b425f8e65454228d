"""The rows of an engagement, edited in place: participants, outcomes, challenges, follow-ups, money, sources, lessons."""

from django import forms
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.utils.translation import gettext_lazy as _

from catalog.forms.records import RecordForm
from catalog.models import ChallengeCategory, Country, FundingSource, OutcomeType
from engagements.forms.fields import EngagementField, OptionField, PartyField
from engagements.models import (
    Assessment,
    Challenge,
    Engagement,
    ExternalId,
    FollowUp,
    FundingLine,
    Lesson,
    Outcome,
    Participation,
    Source,
    StrengthReport,
)

MOST_ROWS = 300


def _area(rows=2):
    return forms.Textarea(attrs={"rows": rows})


def _day():
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RowForm(RecordForm):
    """A row of an engagement. Fields after ``first_line`` fold away behind "more"."""

    first_line: list[str] = []

    def __init__(self, *args, user, options, first_line=None, starting=None, **kwargs):
        """``first_line`` is another one where a page needs it; ``starting`` is what a new row stands at when it is offered."""
        super().__init__(*args, **kwargs)
        self.first_line = first_line or self.first_line
        if self.instance.pk is None:
            self.initial = (starting or {}) | self.initial
        for field in self.fields.values():
            if isinstance(field, OptionField):
                name = next(name for name, other in self.fields.items() if other is field)
                field.offer(options, keep=getattr(self.instance, f"{name}_id", None))
            elif isinstance(field, EngagementField):
                field.visible = Engagement.objects.visible_to(user)

    def unchecked_fields(self):
        return {"engagement"} if self.instance.engagement_id is None else set()

    def line(self):
        return [self[name] for name in self.first_line]

    def more(self):
        hidden = {"DELETE", self._meta.model._meta.pk.name, "engagement", *self.first_line}
        return [field for field in self.visible_fields() if field.name not in hidden]


class ParticipationForm(RowForm):
    first_line = ["party", "role", "personnel"]
    party = PartyField(
        label=_("Country or organization"), required=True, error_messages={"required": _("Name a country or an organization.")}
    )

    class Meta:
        model = Participation
        fields = [
            "role", "personnel", "status", "unit", "personnel_planned", "women", "as_of", "starts", "ends", "delegation_level",
            "contribution", "cost_share", "certainty", "note",
        ]  # fmt: skip

    field_order = ["party"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        options = kwargs["options"]
        self.fields["party"].resolver = lambda text: options.parties(text)
        if self.instance.pk:
            self.initial["party"] = self.instance.party

    def _post_clean(self):
        party = self.cleaned_data.get("party")
        if party is not None:
            is_country = isinstance(party, Country)
            self.instance.country = party if is_country else None
            self.instance.organization = None if is_country else party
        super()._post_clean()


class OutcomeForm(RowForm):
    first_line = ["level", "type", "statement"]
    type = OptionField(OutcomeType, "outcome_type", label=_("Type"), empty_label=_("Choose"))
    linked_engagement = EngagementField(
        Engagement, kind="engagement", label=_("Led to"), help_text=_("A later engagement that this outcome made possible.")
    )

    class Meta:
        model = Outcome
        fields = ["level", "type", "statement", "indicator", "unit", "baseline", "target", "actual", "linked_engagement"]
        widgets = {"statement": _area()}

    def clean(self):
        cleaned = super().clean()
        kept = self.instance.linked_engagement if self.instance.pk else None
        if kept and not cleaned.get("linked_engagement") and not self.fields["linked_engagement"].visible.filter(pk=kept.pk).exists():
            cleaned["linked_engagement"] = kept  # not shown to this person, and not lost
        return cleaned


class AssessmentForm(RowForm):
    first_line = ["rating", "rationale", "evidence"]

    class Meta:
        model = Assessment
        fields = ["rating", "rationale", "evidence", "outcome", "assessor", "assessed", "next_review_on"]
        widgets = {"rationale": _area(), "next_review_on": _day()}

    def __init__(self, *args, **kwargs):
        outcomes = kwargs.pop("outcomes", None)
        super().__init__(*args, **kwargs)
        outcomes = outcomes if outcomes is not None else Outcome.objects.none()
        self.fields["outcome"].queryset = outcomes
        # The rows share one list; left to itself each would ask for its own.
        self.fields["outcome"].choices = [("", _("The engagement as a whole")), *((row.pk, str(row)) for row in outcomes)]


class ChallengeForm(RowForm):
    first_line = ["category", "description", "severity"]
    category = OptionField(ChallengeCategory, "challenge", label=_("Category"), empty_label=_("Choose"))

    class Meta:
        model = Challenge
        fields = ["category", "description", "severity", "status", "mitigation", "noted_on"]
        widgets = {"description": _area(), "mitigation": _area(), "noted_on": _day()}


class FollowUpForm(RowForm):
    first_line = ["text", "owner", "due_on"]

    class Meta:
        model = FollowUp
        fields = ["text", "owner", "due_on", "status", "done_on"]
        widgets = {"due_on": _day(), "done_on": _day()}


class FundingForm(RowForm):
    first_line = ["source", "planned", "actual", "currency"]
    source = OptionField(FundingSource, "funding_source", label=_("Source of money"), empty_label=_("Choose"))

    class Meta:
        model = FundingLine
        fields = ["source", "planned", "actual", "currency", "fiscal_year", "is_pooled", "note"]


class SourceForm(RowForm):
    first_line = ["title", "publisher", "url"]
    url = forms.URLField(label=_("Address"), required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = Source
        fields = ["title", "publisher", "url", "published", "kind", "supports", "accessed_on", "certainty"]
        widgets = {"accessed_on": _day()}


class LessonForm(RowForm):
    first_line = ["observation", "lesson"]

    class Meta:
        model = Lesson
        fields = ["observation", "lesson", "recommendation", "status"]
        widgets = {name: _area() for name in ("observation", "lesson", "recommendation")}


class ExternalIdForm(RowForm):
    """Another record that the person sees may not have the name; of those hidden from the person nothing is said."""

    first_line = ["system", "value"]

    def __init__(self, *args, user, **kwargs):
        self.visible = Engagement.objects.visible_to(user)
        super().__init__(*args, user=user, **kwargs)

    def clean(self):
        cleaned = super().clean()
        system, value = cleaned.get("system"), cleaned.get("value")
        if system and value and self.has_changed():
            others = ExternalId.objects.filter(engagement__in=self.visible, system=system, value=value).exclude(pk=self.instance.pk)
            if others.exists():
                self.add_error("value", _("This identifier already leads to a record."))
        return cleaned

    class Meta:
        model = ExternalId
        fields = ["system", "value"]


class StrengthForm(RecordForm):
    """A figure of one participant on one date."""

    class Meta:
        model = StrengthReport
        fields = ["participation", "as_of", "personnel_type", "female", "male", "total"]

    first_line = ["participation", "as_of", "personnel_type", "total"]
    line, more = RowForm.line, RowForm.more

    def __init__(self, *args, user, options, participations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["participation"].queryset = participations
        self.fields["participation"].choices = [("", "---------"), *((row.pk, str(row)) for row in participations)]


class RowSet(BaseInlineFormSet):
    """Rows of one kind; ``blank`` more than there are are offered where no script adds them."""

    title = ""
    add_label = ""

    def clean(self):
        super().clean()
        if self.model is not Participation or any(self.errors):
            return
        seen = {}
        for form in self.forms:
            data = form.cleaned_data
            if not data or data.get("DELETE"):
                continue
            key = (type(data["party"]), data["party"].pk, data["role"])
            if key in seen:
                form.add_error("party", _("This party is already there in this role."))
            seen[key] = form

    def get_unique_error_message(self, unique_check):
        return _("This row is there twice.")


def _rows(model, form, title, add_label, extra=1):
    base = type(f"{model.__name__}RowSet", (RowSet,), {"title": title, "add_label": add_label})
    return inlineformset_factory(
        Engagement, model, fk_name="engagement", form=form, formset=base, extra=extra, max_num=MOST_ROWS,
        absolute_max=MOST_ROWS, validate_max=True,
        can_delete=True,
    )  # fmt: skip


ROW_SETS = {
    "participants": _rows(Participation, ParticipationForm, _("Participants"), _("Add a participant"), extra=2),
    "outcomes": _rows(Outcome, OutcomeForm, _("Outcomes"), _("Add an outcome")),
    "assessments": _rows(Assessment, AssessmentForm, _("Ratings"), _("Add a rating")),
    "challenges": _rows(Challenge, ChallengeForm, _("Challenges"), _("Add a challenge")),
    "follow_ups": _rows(FollowUp, FollowUpForm, _("Follow-ups"), _("Add a follow-up")),
    "lessons": _rows(Lesson, LessonForm, _("Lessons"), _("Add a lesson")),
    "funding": _rows(FundingLine, FundingForm, _("Funding"), _("Add a funding line")),
    "sources": _rows(Source, SourceForm, _("Sources"), _("Add a source")),
    "identifiers": _rows(ExternalId, ExternalIdForm, _("Names in other systems"), _("Add an identifier"), extra=0),
}


class StrengthRows(forms.BaseModelFormSet):
    """Strength on a date, of the participants of one engagement."""

    title = _("Strength on a date")
    add_label = _("Add a figure")


STRENGTH = forms.modelformset_factory(
    StrengthReport, form=StrengthForm, formset=StrengthRows, extra=1, max_num=2000, absolute_max=2000, can_delete=True
)
