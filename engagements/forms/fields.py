"""Form fields that take what a person writes: a name, a code, "Name (CODE)"; a combobox helps where scripts run."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.options import Options
from catalog.resolution import resolve_country, resolve_entry, resolve_party


class Combobox(forms.TextInput):
    """A text box with suggestions; without scripts it is a plain text box and means the same."""

    def __init__(self, kind: str, *, many=False, attrs=None):
        super().__init__({"data-combobox": kind, "autocomplete": "off", **({"data-many": ""} if many else {}), **(attrs or {})})


def written(entry) -> str:
    """How an entry stands in a text box; it is found again by its code."""
    return f"{entry} ({getattr(entry, 'code', None) or entry.reference})"


class EntryField(forms.CharField):
    """One entry of a long list, or with ``many`` several, separated by semicolons."""

    def __init__(self, model, *, kind, many=False, **kwargs):
        self.model, self.many = model, many
        self.separator = ";" if many else None
        self.read: dict = {}  # what was asked for already, by key
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", Combobox(kind, many=many))
        kwargs.setdefault("max_length", 2000 if many else 300)
        super().__init__(**kwargs)

    def __deepcopy__(self, memo):
        copy = super().__deepcopy__(memo)
        copy.read = {}  # what one form has read is not kept for the next
        return copy

    def find(self, text):
        if self.model.__name__ == "Country":
            return resolve_country(text)
        return resolve_entry(self.model, text)

    def prepare_value(self, value):
        if value in (None, ""):
            return ""
        if isinstance(value, str):
            return value
        if self.many:
            return "; ".join(written(entry) for entry in value)
        if isinstance(value, self.model):
            return written(value)
        if value not in self.read:
            entry = self.model.objects.filter(pk=value).first()
            self.read[value] = written(entry) if entry else ""
        return self.read[value]

    def clean(self, value):
        text = super().clean(value)
        if self.many:
            found, faults = [], []
            for part in dict.fromkeys(part.strip() for part in text.split(";") if part.strip()):
                try:
                    found.append(self.find(part))
                except ValidationError as fault:
                    faults.extend(fault.messages)
            if faults:
                raise ValidationError(faults)
            return found
        return self.find(text) if text else None

    def has_changed(self, initial, data):
        return (self.prepare_value(initial) or "") != (data or "").strip()


class PartyField(EntryField):
    """A country or an organization; the rows of one form share a resolver, which reads its lists once."""

    resolver = None  # set by the form for all its rows

    def __init__(self, **kwargs):
        super().__init__(object, kind="party", **kwargs)

    def prepare_value(self, value):
        return written(value) if value and not isinstance(value, str) else value or ""

    def find(self, text):
        return self.resolver(text) if self.resolver else resolve_party(text)


class EngagementField(EntryField):
    """Another engagement the person may see, by reference or "Title (reference)"."""

    visible = None  # set by the form: the rows its person may see

    def find(self, text):
        reference = text.rsplit("(", 1)[-1].rstrip(") ").strip().upper()
        found = self.visible.filter(reference=reference).first()
        if found is None:
            raise ValidationError(_("There is no engagement “%(text)s” that you may see. Write its reference."), params={"text": text[:60]})
        return found

    def prepare_value(self, value):
        if value in (None, "") or isinstance(value, str):
            return value or ""
        keys = tuple(getattr(entry, "pk", entry) for entry in (value if self.many else [value]))
        if keys not in self.read:
            self.read[keys] = "; ".join(written(entry) for entry in self.visible.filter(pk__in=keys)) if keys else ""
        return self.read[keys]


class OptionField(forms.ModelChoiceField):
    """One entry of a short list that the form has read already (``Options``): no query of its own."""

    def __init__(self, model, list_name, **kwargs):
        super().__init__(model.objects.none(), **kwargs)
        self.model, self.list_name = model, list_name
        self.known: dict[str, object] = {}

    def offer(self, options: Options, *, group: str | None = None, keep: int | None = None):
        """Take the choices from ``options``: what is in use, of one group where asked, and what the record holds."""
        offered = [
            option
            for option in options[self.list_name]
            if (option.in_use or option.pk == keep) and (group is None or option.group == group)
        ]
        self.known = {str(option.pk): option for option in offered}
        self.choices = [("", self.empty_label)] + [(option.pk, option.name) for option in offered]

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if str(value) not in self.known:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        option = self.known[str(value)]
        return self.model(pk=option.pk, code=option.code, name=option.name)

    def has_changed(self, initial, data):
        return str(initial or "") != str(data or "")


class OptionsField(forms.MultipleChoiceField):
    """Several entries of a short list, as checkboxes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, model, list_name, **kwargs):
        super().__init__(**kwargs)
        self.model, self.list_name = model, list_name

    def offer(self, options: Options, *, keep=()):
        self.offered = [option for option in options[self.list_name] if option.in_use or option.pk in keep]
        self.choices = [(str(option.pk), option.name) for option in self.offered]

    def prepare_value(self, value):
        return [str(getattr(item, "pk", item)) for item in value or []]

    def clean(self, value):
        chosen = set(super().clean(value))
        return [option.pk for option in self.offered if str(option.pk) in chosen]

    def has_changed(self, initial, data):
        return set(self.prepare_value(initial)) != set(data or [])
