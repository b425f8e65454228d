"""What a person says when a file is brought in: the file, whose records it makes, what its columns mean."""

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from accounts.models import Team
from engagements.choices import ReviewState
from imports.offered import offered
from imports.uploads import too_large

GUESS = ""


class UploadForm(forms.Form):
    """The answers stay when the file is refused; a browser wants the file chosen again."""

    file = forms.FileField(
        label=_("File"),
        max_length=255,
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty."), "missing": _("Choose a file.")},
    )
    mapping = forms.ChoiceField(
        label=_("What its columns mean"),
        required=False,
        help_text=_("You see and correct it before anything is checked."),
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=None, help_text=_("Its people see the drafts."))
    handling = forms.ChoiceField(
        label=_("Handling"), help_text=_("Of the file, and of every record that the file itself does not mark higher.")
    )
    review_state = forms.ChoiceField(
        label=_("They come in as"),
        required=False,
        choices=[(ReviewState.DRAFT.value, _("Drafts")), (ReviewState.SUBMITTED.value, _("Submitted, for somebody else to verify"))],
    )

    def __init__(self, *args, user, was_too_large=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.was_too_large = was_too_large  # it was dropped before it reached this form
        self.saved = {mapping.code: mapping for mapping in offered(user)}
        own = [(code, mapping.name) for code, mapping in self.saved.items() if not mapping.is_ready]
        ready = [(code, mapping.name) for code, mapping in self.saved.items() if mapping.is_ready]
        groups = [(_("Saved"), own), (_("Ready-made"), ready)]
        self.fields["mapping"].choices = [(GUESS, _("Guess from names and values")), *(group for group in groups if group[1])]
        self.fields["team"].queryset = Team.objects.filter(pk__in=user.team_ids)
        if user.team_ids:
            self.initial.setdefault("team", user.team_ids[0])
        self.fields["handling"].choices = [(value, Handling(value).label) for value in Handling.up_to(user.clearance)]
        self.initial.setdefault("handling", _usual(user))
        file = self.fields["file"]
        file.help_text = gettext("CSV, TSV or XLSX; the first two also packed (.gz). At most %(most)s.") % {
            "most": filesizeformat(settings.IMPORT_MAX_BYTES)
        }
        file.widget.attrs |= {"data-most-bytes": settings.IMPORT_MAX_BYTES, "data-too-large": " ".join(too_large().messages)}

    def clean_mapping(self):
        """The saved mapping; None where it is to be guessed."""
        return self.saved.get(self.cleaned_data["mapping"])

    def clean_review_state(self):
        return self.cleaned_data["review_state"] or ReviewState.DRAFT.value

    def clean(self):
        if self.was_too_large:
            self.errors.pop("file", None)
            self.add_error("file", too_large())
        return self.cleaned_data


def _usual(user) -> str:
    """The highest of official and below that the person is cleared for."""
    return [value for value in Handling.up_to(user.clearance) if value != Handling.RESTRICTED][-1]
