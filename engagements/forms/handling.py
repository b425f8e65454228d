"""Who may read a record: the marking wanted, the teams, and the reason where more people would read it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from accounts.models import Team
from engagements.models import Engagement


class HandlingForm(forms.Form):
    """Starts with how the record is marked now; offers no marking above the person's own clearance."""

    handling = forms.ChoiceField(label=_("Handling"), choices=Handling.choices)
    released_to = forms.ModelMultipleChoiceField(
        Team.objects.all(), label=_("Released to"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Besides its own team. It counts while the record is restricted."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where more people would read it. It stands in the record's history."),
    )  # fmt: skip

    def __init__(self, data=None, *, user, engagement: Engagement):
        initial = {"handling": engagement.handling, "released_to": list(engagement.released_to.values_list("pk", flat=True))}
        super().__init__(data, initial=initial)
        reachable = Handling.up_to(user.clearance)
        self.fields["handling"].choices = [choice for choice in Handling.choices if choice[0] in reachable]
        self.fields["released_to"].queryset = Team.objects.exclude(pk=engagement.team_id)
