"""What a person fills in to add a file, or to say something."""

import unicodedata

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.canonical import tidy
from engagements.domain.attachments import check_file, too_large
from engagements.domain.comments import MOST_LETTERS
from engagements.domain.file_types import taken


class AttachmentForm(forms.Form):
    """A title that stays when the file is refused, and the file, which a browser always wants chosen again."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False, help_text=_("What is in it. Left empty, its name is shown."))
    file = forms.FileField(
        label=_("File"),
        max_length=255,
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty."), "missing": _("Choose a file.")},
    )

    def __init__(self, *args, was_too_large=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.was_too_large = was_too_large  # it was dropped before it reached this form
        file = self.fields["file"]
        file.help_text = gettext("At most %(most)s. Types: %(types)s; no macros. If you are signed out meanwhile, choose it again.") % {
            "most": filesizeformat(settings.ATTACHMENT_MAX_BYTES),
            "types": taken(),
        }
        file.widget.attrs |= {"data-most-bytes": settings.ATTACHMENT_MAX_BYTES, "data-too-large": " ".join(too_large().messages)}

    def clean_title(self):
        return one_line(self.cleaned_data["title"])

    def clean_file(self):
        check_file(self.cleaned_data["file"])
        return self.cleaned_data["file"]

    def clean(self):
        if self.was_too_large:
            self.errors.pop("file", None)
            self.add_error("file", too_large())
        return self.cleaned_data


class CommentForm(forms.Form):
    """Plain text of several lines."""

    text = forms.CharField(
        label=_("Your comment"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Everyone who sees this record reads it. Write @ and a user name to tell a colleague."),
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, *args, suggestions="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs |= {"data-combobox": "colleague", "data-mention": suggestions}

    def clean_text(self):
        text = tidy(self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n"))
        if not text:
            raise ValidationError(gettext("Write something first."))
        return text


def one_line(text):
    """``text`` composed, without controls and doubled blanks."""
    return " ".join("".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in tidy(text)).split())
