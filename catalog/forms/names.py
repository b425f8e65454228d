"""Form fields that take names of entries: one, or one a line. A combobox helps where scripts run."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.resolution import Resolver, label


class EntryNameField(forms.CharField):
    """One entry, written as name, code or "Name (CODE)"."""

    def __init__(self, model, *, kind, **kwargs):
        self.model = model
        self.resolvers: dict[type, Resolver] = {}  # shared by the rows of a formset
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.TextInput({"data-combobox": kind, "autocomplete": "off"}))
        super().__init__(max_length=300, **kwargs)

    def __deepcopy__(self, memo):
        copy = super().__deepcopy__(memo)
        copy.resolvers = {}  # what one form has read is not kept for the next
        return copy

    def prepare_value(self, value):
        return label(value) if isinstance(value, self.model) else value

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        if self.model not in self.resolvers:
            self.resolvers[self.model] = Resolver(self.model)
        return self.resolvers[self.model](text)

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "") != (data or "").strip()


class EntryNamesField(forms.CharField):
    """Several entries, one a line."""

    separator = "\n"

    def __init__(self, model, **kwargs):
        self.model = model
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", gettext_lazy("One a line: name or code."))
        kwargs.setdefault("widget", forms.Textarea({"rows": 4}))
        super().__init__(max_length=20_000, **kwargs)

    def prepare_value(self, value):
        return "\n".join(label(entry) for entry in value) if isinstance(value, list) else value

    def clean(self, value):
        text = super().clean(value)
        resolver = Resolver(self.model) if text else None
        found, faults = [], []
        for number, line in lines(text):
            try:
                found.append(resolver(line))
            except ValidationError as fault:
                faults += [in_line(number, message) for message in fault.messages]
        if faults:
            raise ValidationError(faults)
        return list(dict.fromkeys(found))

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "").split() != (data or "").split()


def lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    return [(number, line.strip()) for number, line in enumerate((text or "").splitlines(), start=1) if line.strip()]


def in_line(number: int, message: str) -> str:
    return _("Line %(number)s: %(message)s") % {"number": number, "message": message}
