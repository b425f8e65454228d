"""Filters whose values are written in a way of their own: years and spans of them, areas of the map; and the form of them all."""

import re
from copy import copy
from decimal import Decimal
from functools import cache
from typing import Any

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

UNKNOWN_YEAR = "unknown"
FIRST_YEAR, LAST_YEAR = 1000, 2999
YEARS = re.compile(r"(?P<year>[12][0-9]{3})|(?P<first>[12][0-9]{3})?\.\.(?P<last>[12][0-9]{3})?", re.ASCII)
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,4})?"
AREA = re.compile(rf"{_DEGREES}(?:,{_DEGREES}){{3}}", re.ASCII)


class YearsField(forms.Field):
    """Years as four digits, spans of them ("2001..2005", "..1999"), or "unknown": [(first, last)], None where unknown."""

    widget = forms.SelectMultiple

    def clean(self, value):
        found = []
        for text in dict.fromkeys(text.strip() for text in value or [] if text.strip()):
            span = YEARS.fullmatch(text)
            if span is None and text != UNKNOWN_YEAR:
                sentence = _("A year has four digits, a span two dots (2001..2005), or it is “unknown”; this is “%(text)s”.")
                raise ValidationError(sentence, params={"text": text[:20]})
            found.append(
                (text, span and (int(span["first"] or span["year"] or FIRST_YEAR), int(span["last"] or span["year"] or LAST_YEAR)))
            )
        return found


class YearsFilter(df.Filter):
    field_class = YearsField


class AreasField(forms.Field):
    """Rectangles of the map: "south,west,north,east" in degrees, all four sides included: [(text, four numbers)]."""

    widget = forms.SelectMultiple

    def clean(self, value):
        found = []
        for text in dict.fromkeys(text.strip() for text in value or [] if text.strip()):
            sides = [Decimal(side) for side in text.split(",")] if AREA.fullmatch(text) else []
            if not sides or sides[0] > sides[2] or sides[1] > sides[3]:
                sentence = _("An area is written as south,west,north,east in degrees (36,-10,44,4); this is “%(text)s”.")
                raise ValidationError(sentence, params={"text": text[:60]})
            found.append((text, tuple(sides)))
        return found


class AreasFilter(df.Filter):
    field_class = AreasField


class Lent(dict):
    """The fields of a form that is made for every page: lent to it, and not copied."""

    def __deepcopy__(self, memo):
        return dict(self)


class AskedForm(forms.Form):
    """A form of dozens of fields of which an address asks a few: those have fields of their own and are cleaned.

    The others are as if nothing had been typed, which is found out once. None of them is required.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = [name for name in self.fields if name in self.data]
        for name in self.asked:
            self.fields[name] = copy(self.fields[name])

    def _clean_fields(self):
        asked, everything = {name: self.fields[name] for name in self.asked}, self.fields
        self.cleaned_data = {name: value[:] if isinstance(value, list) else value for name, value in _of_nothing(type(self)).items()}
        self.fields = asked
        super()._clean_fields()  # type: ignore[misc]  # the stubs do not know it
        self.fields = everything


@cache
def _of_nothing(form: type[forms.Form]) -> dict[str, Any]:
    """What each field of an empty form comes to."""
    fields = form.base_fields.items()
    return {name: field.clean(field.widget.value_from_datadict({}, {}, name)) for name, field in fields}
