"""The form base of every record: database rules answer with their sentence, partial dates are one text field."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import URLValidator
from django.forms.models import ModelFormMetaclass
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from catalog.partial_dates import FIRST_YEAR, LAST_YEAR, PartialDate, PartialDateField
from catalog.readable import compose, one_line


class PartialDateInput(forms.TextInput):
    """A text box that takes a day, a month or a year."""

    def __init__(self, attrs=None):
        super().__init__({"autocomplete": "off", "spellcheck": "false", "data-partial-date": "", **(attrs or {})})


class PartialDateFormField(forms.CharField):
    """One text field for a partial date: 14 Mar 2026, Mar 2026, 2026, unknown, and “open” where that makes sense."""

    widget = PartialDateInput

    def __init__(self, *, may_be_open=False, **kwargs):
        self.may_be_open = may_be_open
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("help_text", _("As far as it is known: 14 Mar 2026, Mar 2026, 2026."))
        super().__init__(**kwargs)

    def prepare_value(self, value):
        return value.typed if isinstance(value, PartialDate) else value

    def to_python(self, value):
        text = super().to_python(value)
        date = PartialDate.parse(text or "")
        if date.open and not self.may_be_open:
            raise ValidationError(_("Only an end can be open-ended. Write a date, or leave it empty."), code="open")
        return date

    def run_validators(self, value):
        """Nothing: the validators of a text do not fit a date, and reading it was the check."""

    def has_changed(self, initial, data):
        initial = initial.typed if isinstance(initial, PartialDate) else (initial or "")
        return initial != (data or "").strip()


def _within_reach(day):
    """A day between 1900 and 2200; anything else is a slip of the finger."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("The year %(year)s is outside %(first)s to %(last)s."),
            params={"year": day.year, "first": FIRST_YEAR, "last": LAST_YEAR},
        )


_of_the_web = URLValidator(schemes=["http", "https"], message=_("Write an address that starts with https:// or http://."))


class _PartialDates(ModelFormMetaclass):
    """Declares a text field ``starts`` for each partial date ``starts_on`` of the form's model."""

    def __new__(mcs, name, bases, attrs):
        meta = attrs.get("Meta")
        model = getattr(meta, "model", None)
        if model is not None:
            wanted = getattr(meta, "fields", None)
            excluded = getattr(meta, "exclude", None) or ()
            for field in model._meta.fields:
                stem = field.name.removesuffix("_on")
                if not isinstance(field, PartialDateField) or stem in attrs or stem in excluded:
                    continue
                if any(stem in getattr(base, "declared_fields", ()) for base in bases):
                    continue  # a form made from another keeps what that one declared
                if wanted in (None, forms.ALL_FIELDS) or stem in wanted:
                    attrs[stem] = PartialDateFormField(
                        label=capfirst(field.verbose_name),
                        may_be_open=stem == "ends",
                    )
        return super().__new__(mcs, name, bases, attrs)


class RecordForm(forms.ModelForm, metaclass=_PartialDates):
    """A ModelForm that also checks constraints on columns it does not show, and knows partial dates."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for stem in self._partial_stems():
            self.initial.setdefault(stem, getattr(self.instance, stem))
        for field in self.fields.values():
            if type(field) is forms.DateField:
                field.validators.append(_within_reach)
            elif isinstance(field, forms.CharField) and not isinstance(field.widget, forms.Textarea):
                field.validators.append(one_line)
            if isinstance(field, forms.URLField):
                field.validators.append(_of_the_web)

    def _partial_stems(self):
        return [name for name, field in self.fields.items() if isinstance(field, PartialDateFormField)]

    def _post_clean(self):
        self.cleaned_data |= {name: compose(value) for name, value in self.cleaned_data.items() if isinstance(value, str)}
        for stem in self._partial_stems():
            if stem in self.cleaned_data:
                setattr(self.instance, stem, self.cleaned_data[stem])
        super()._post_clean()
        if self.errors:
            return
        try:
            self.instance.validate_constraints(exclude=self.unchecked_fields())
        except ValidationError as error:
            sentences = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
            for found in sentences:
                self.add_error(NON_FIELD_ERRORS, found)

    def unchecked_fields(self) -> set[str]:
        """Fields that get their value only after the form was checked, such as the parent of a new row."""
        return set()
