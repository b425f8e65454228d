"""The form of an engagement and of the facts of its kind."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from accounts.models import Team
from catalog.forms.records import RecordForm
from catalog.models import Country, Domain, EngagementType, Framework, LegalBasis, MissionTask, Objective, Organization, Strategy, Theme
from engagements.domain.handling import opens
from engagements.forms.fields import EngagementField, EntryField, OptionField, OptionsField
from engagements.models import AfterActionReview, Engagement, Exercise, PeacekeepingMission, TrainingProgram


class VersionField(forms.IntegerField):
    """The version that the person saw when the form was opened."""

    def __init__(self):
        super().__init__(widget=forms.HiddenInput, required=False, min_value=0)


class EngagementForm(RecordForm):
    """What every kind has. The kind is given when the form is opened and does not change."""

    type = OptionField(EngagementType, "type", label=_("Type"), empty_label=_("Choose a type"))
    title = forms.CharField(
        label=_("Title"), max_length=300, required=False, help_text=_("Left empty, one is made from type, participants and date.")
    )
    country = EntryField(Country, kind="country", label=_("Held in"))
    also_held_in = EntryField(Country, kind="country", many=True, label=_("Also held in"))
    framework = EntryField(Framework, kind="framework", label=_("Framework or series"))
    parent = EngagementField(Engagement, kind="engagement", label=_("Part of"), help_text=_("A larger engagement."))
    predecessors = EngagementField(Engagement, kind="engagement", many=True, label=_("Follows on from"))
    legal_bases = EntryField(LegalBasis, kind="legal_basis", many=True, label=_("Legal bases"))
    strategies = OptionsField(Strategy, "strategy", label=_("Strategies"), error_messages={"required": _("Choose at least one strategy.")})
    themes = OptionsField(Theme, "theme", label=_("Themes"), required=False)
    domains = OptionsField(Domain, "domain", label=_("Domains"), required=False)
    objectives = OptionsField(Objective, "objective", label=_("Objectives"), required=False)
    version = VersionField()

    class Meta:
        model = Engagement
        fields = [
            "type", "title", "starts", "ends", "status", "status_reason", "country", "place", "also_held_in", "is_virtual",
            "latitude", "longitude", "framework", "iteration", "parent", "predecessors", "strategies", "themes", "domains",
            "objectives", "legal_bases", "conflict_context", "local_perception", "summary", "handling", "team", "released_to",
            "assessment_due_on", "review_on",
        ]  # fmt: skip
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 5}),
            "released_to": forms.CheckboxSelectMultiple,
            "assessment_due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args, user, options, **kwargs):
        self.user, self.options = user, options
        super().__init__(*args, **kwargs)
        engagement = self.instance
        visible = Engagement.objects.visible_to(user)
        self.fields["parent"].visible = self.fields["predecessors"].visible = visible
        self.fields["type"].offer(options, group=engagement.kind, keep=engagement.type_id)
        for name in ("strategies", "themes", "domains", "objectives"):
            held = set(getattr(engagement, name).values_list("pk", flat=True)) if engagement.pk else set()
            self.fields[name].offer(options, keep=held)
        self.fields["ends"].help_text = _("The same, or “open” while it goes on without an end.")
        reachable = Handling.up_to(user.clearance)
        self.fields["handling"].choices = [choice for choice in Handling.choices if choice[0] in reachable]
        own = {engagement.team_id} if engagement.pk else set()
        self.fields["team"].queryset = Team.objects.filter(pk__in={*user.team_ids, *own})
        self.fields["team"].empty_label = None
        if not engagement.pk and user.team_ids:
            self.initial.setdefault("team", user.team_ids[0])
        if engagement.pk:
            self.initial["version"] = engagement.version
            # A link to a record this person may not see is neither shown nor lost.
            self.kept_predecessors = list(engagement.predecessors.exclude(pk__in=visible.values("pk")))
            self.kept_parent = engagement.parent if engagement.parent and not visible.filter(pk=engagement.parent_id).exists() else None
        else:
            self.kept_predecessors, self.kept_parent = [], None

    def clean(self):
        cleaned = super().clean()
        if self.kept_parent is not None and not cleaned.get("parent"):
            cleaned["parent"] = self.kept_parent
        parent = cleaned.get("parent")
        if parent is not None and self.instance.pk:
            seen = parent
            while seen is not None:
                if seen.pk == self.instance.pk:
                    raise ValidationError({"parent": _("An engagement can not be part of itself.")})
                seen = seen.parent
        if self.instance.pk and {"handling", "released_to", "team"} <= set(cleaned):
            released_to = {team.pk for team in cleaned["released_to"]}
            wider = opens(self.instance, handling=cleaned["handling"], released_to=released_to, team=cleaned["team"].pk)
            sentence = _("Then more people would read it. Ask for that on the record's page “Handling”: a second person decides.")
            for name in sorted(wider):
                self.add_error(name, sentence)
        return cleaned

    def _post_clean(self):
        # An empty title is made by the program once the participants are known.
        if not self.cleaned_data.get("title"):
            self.cleaned_data["title"] = self.instance.title if self.instance.is_title_generated else "…"
            self.instance.is_title_generated = True
        elif "title" in self.changed_data:
            self.instance.is_title_generated = False
        super()._post_clean()

    def unchecked_fields(self):
        return {"type"} if not self.cleaned_data.get("type") else set()

    def save(self, commit=True):
        if commit and self.instance.pk:
            self.release()
        return super().save(commit)

    def release(self):
        """Written before the record itself: who may read it while it is restricted stands before it becomes so."""
        self.instance.released_to.set(self.cleaned_data["released_to"])

    def _save_m2m(self):
        self.cleaned_data["predecessors"] = [*self.cleaned_data["predecessors"], *self.kept_predecessors]
        super()._save_m2m()


class DetailForm(RecordForm):
    """The facts of one kind."""

    def __init__(self, *args, options, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, OptionsField):
                field.offer(options)

    def unchecked_fields(self):
        return {"engagement"}


class ExerciseForm(DetailForm):
    class Meta:
        model = Exercise
        fields = ["focus", "second_focus", "personnel_total", "ships", "aircraft", "is_notifiable", "forces"]
        widgets = {"forces": forms.Textarea(attrs={"rows": 3})}


class TrainingForm(DetailForm):
    class Meta:
        model = TrainingProgram
        fields = [
            "mode", "level", "subject", "course", "places_offered", "enrolled", "completed", "women", "certification",
            "baseline", "absorptive_capacity", "sustainment",
        ]  # fmt: skip
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("baseline", "absorptive_capacity", "sustainment")}


class MissionForm(DetailForm):
    mandating_body = EntryField(Organization, kind="organization", label=_("Mandating body"))
    tasks = OptionsField(MissionTask, "task", label=_("Tasks"), required=False)

    class Meta:
        model = PeacekeepingMission
        fields = [
            "acronym", "mandating_body", "mandate", "mandate_expires_on", "authorized_strength", "component", "is_executive",
            "headquarters", "tasks", "end_state", "fatalities",
        ]  # fmt: skip
        widgets = {
            "mandate": forms.Textarea(attrs={"rows": 3}),
            "end_state": forms.Textarea(attrs={"rows": 2}),
            "mandate_expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }


class ReviewForm(RecordForm):
    """The look back after the event."""

    class Meta:
        model = AfterActionReview
        fields = ["planned", "happened", "why", "sustain", "improve", "due_on", "submitted_on"]
        widgets = {
            **{name: forms.Textarea(attrs={"rows": 2}) for name in ("planned", "happened", "why", "sustain", "improve")},
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "submitted_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def unchecked_fields(self):
        return {"engagement"}

    def is_blank(self) -> bool:
        return not any(self.cleaned_data.values())


DETAIL_FORMS = {"exercise": ExerciseForm, "training": TrainingForm, "peacekeeping": MissionForm}
DETAIL_NAMES = {"exercise": "exercise", "training": "training", "peacekeeping": "mission"}
