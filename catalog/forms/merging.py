"""Which entry stays when two are one."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.domain.merging import check_merge
from catalog.forms.names import EntryNameField
from catalog.registry import BY_MODEL


class MergeForm(forms.Form):
    def __init__(self, *args, entry, **kwargs):
        super().__init__(*args, **kwargs)
        self.entry = entry
        model = type(entry)
        self.fields["into"] = EntryNameField(
            model, kind=BY_MODEL[model].kind, required=True, label=_("The entry that stays"), help_text=_("Its name or code.")
        )

    def clean_into(self):
        winner = self.cleaned_data["into"]
        try:
            check_merge(self.entry, winner)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return winner
