"""How a file is read, as a person corrects it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from imports.reading.options import ENCODINGS, MOST_HEADER_ROWS, MOST_LINES, MOST_SKIPPED, FileOptions

DELIMITERS = [(",", _("Comma ,")), (";", _("Semicolon ;")), ("\t", _("Tab")), ("|", _("Bar |"))]
ENCODING_WORDS = {
    "utf-8": _("UTF-8"), "utf-16": _("UTF-16"), "cp1252": _("Western European (Windows)"), "cp1250": _("Central European (Windows)"),
    "cp1251": _("Cyrillic (Windows)"), "cp1254": _("Turkish (Windows)"), "iso-8859-1": _("Western European (ISO)"),
    "iso-8859-2": _("Central European (ISO)"), "iso-8859-15": _("Western European with euro (ISO)"),
}  # fmt: skip


class FileForm(forms.Form):
    """The options of text or of a workbook, whichever the file is."""

    format = forms.ChoiceField(label=_("Format"), choices=[("csv", _("Text, values separated (CSV)")), ("tsv", _("Text, tabs (TSV)"))])
    encoding = forms.ChoiceField(label=_("Letters"), choices=[(name, ENCODING_WORDS.get(name, name)) for name in ENCODINGS])
    delimiter = forms.ChoiceField(label=_("Between two cells"), choices=DELIMITERS)
    quote = forms.ChoiceField(
        label=_("Quotation marks"), required=False, choices=[('"', _("hold a cell together")), ("", _("are letters like others"))]
    )
    sheet = forms.ChoiceField(label=_("Sheet"))
    skip_rows = forms.IntegerField(label=_("Lines above the headings"), min_value=0, max_value=MOST_SKIPPED)
    last_row = forms.IntegerField(
        label=_("Last line that is read"), required=False, min_value=0, max_value=MOST_LINES,
        help_text=_("Where notes or sums stand below the table. Empty: to the end."),
    )  # fmt: skip
    header_rows = forms.TypedChoiceField(
        label=_("Rows of headings"),
        coerce=int,
        choices=[(number, str(number)) for number in range(MOST_HEADER_ROWS + 1)],
        help_text=_("Several are joined: “Contributions / 2024 / France”."),
    )
    decimal = forms.ChoiceField(label=_("Decimals"), choices=[(".", _("1,234.5")), (",", _("1.234,5"))])
    allow_duplicate_headings = forms.BooleanField(
        label=_("Two columns may have the same heading; the second is called “… (2)”"), required=False
    )

    OF_TEXT = ("format", "encoding", "delimiter", "quote")

    def __init__(self, *args, options: FileOptions, sheets=(), **kwargs):
        kwargs["initial"] = options.to_dict() | {"last_row": options.last_row or None}
        super().__init__(*args, **kwargs)
        self.options = options
        if options.format == "xlsx":
            for name in self.OF_TEXT:
                del self.fields[name]
            self.fields["sheet"].choices = [(name, name) for name in sheets]
            self.initial["sheet"] = options.sheet or (sheets[0] if sheets else "")
        else:
            del self.fields["sheet"]

    def chosen(self) -> FileOptions:
        """The options as the person has them."""
        return FileOptions.from_dict(self.options.to_dict() | self.cleaned_data | {"last_row": self.cleaned_data["last_row"] or 0})
