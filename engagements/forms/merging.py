"""The form of a merger: whose fact is right where two records differ, and which links stay."""

from django import forms
from django.utils.translation import gettext_lazy as _

from engagements.domain.merge_choices import KEPT, OTHER, choices, sets
from engagements.models import Engagement


class MergeForm(forms.Form):
    """A pair of radio buttons for each fact that differs, checkboxes for each set; what is filled is chosen already."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    other_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, data=None, *, kept: Engagement, other: Engagement, user):
        super().__init__(data, initial={"version": kept.version, "other_version": other.version})
        visible = Engagement.objects.visible_to(user)
        self.choices, self.sets = choices(kept, other, visible), sets(kept, other, visible)
        for choice in self.choices:
            self.fields[choice.name] = forms.ChoiceField(
                label=choice.label,
                choices=[(KEPT, choice.kept), (OTHER, choice.other)],
                widget=forms.RadioSelect,
                initial=choice.default,
            )
        for item in self.sets:
            self.fields[f"set-{item.name}"] = forms.TypedMultipleChoiceField(
                label=item.label,
                choices=item.members,
                coerce=int,
                widget=forms.CheckboxSelectMultiple,
                initial=[pk for pk, _name in item.members],
                required=item.name == "strategies",
                error_messages={"required": _("Choose at least one strategy.")},
            )

    def facts(self):
        """The fields between which one chooses, each with its two buttons."""
        return [self[choice.name] for choice in self.choices]

    def links(self):
        return [self[f"set-{item.name}"] for item in self.sets]

    @property
    def chosen(self) -> dict[str, str]:
        return {choice.name: self.cleaned_data[choice.name] for choice in self.choices}

    @property
    def linked(self) -> dict[str, list[int]]:
        return {item.name: self.cleaned_data[f"set-{item.name}"] for item in self.sets}
