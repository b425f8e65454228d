"""The value of one field of a form: as a browser would post it, as a person typed it, and in words."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.forms.widgets import CheckboxInput, ChoiceWidget
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from history.conflicts import Part, Value

Name = Callable[[str], str]  # from the name of a field to its name in the page


def plain_widget(widget: Any) -> Any:
    """A widget without what the admin wraps around it."""
    return plain_widget(widget.widget) if isinstance(getattr(widget, "widget", None), forms.Widget) else widget


def said_by(bound: forms.BoundField) -> Value:
    """What a browser would post of a field as it stands."""
    item, widget, value = bound.field, plain_widget(bound.field.widget), bound.value()
    if isinstance(widget, CheckboxInput):
        return "on" if widget.check_test(value) else ""
    shown = widget.format_value(value)
    if isinstance(widget, ChoiceWidget):
        found = [str(entry) for entry in shown or [] if str(entry)] if isinstance(shown, list | tuple | set) else [str(shown or "")]
        if isinstance(item, forms.ModelMultipleChoiceField) and found:
            # Of what is linked, what this person may choose: the rest is neither shown nor compared.
            found = [str(pk) for pk in item.queryset.filter(pk__in=found).values_list("pk", flat=True)]
        return sorted(found) if widget.allow_multiple_selected else (found or [""])[0]
    return read_text(item, "" if shown is None else str(shown))


def typed_into(form: Any, data: QueryDict, prefixed: Name, names: Iterable[str]) -> Part:
    """What ``data`` holds for the fields ``names``; ``prefixed`` says how each is called there."""
    found: Part = {}
    for name in names:
        item = form.fields[name]
        widget = plain_widget(item.widget)
        if isinstance(widget, CheckboxInput):
            found[name] = "on" if widget.value_from_datadict(data, MultiValueDict(), prefixed(name)) else ""
        elif isinstance(widget, ChoiceWidget) and widget.allow_multiple_selected:
            found[name] = sorted(filter(None, data.getlist(prefixed(name))))
        else:
            found[name] = read_text(item, data.get(prefixed(name), ""))
    return found


def read_text(item: forms.Field, text: str) -> Value:
    """A text without what a browser makes of its line ends; of a field with several entries, those."""
    text = text.replace("\r\n", "\n").strip()
    separator = getattr(item, "separator", None)
    return [entry.strip() for entry in text.split(separator) if entry.strip()] if separator else text


def write(data: QueryDict, form: Any, prefixed: Name, fields: Part) -> None:
    """``fields`` into ``data``, as a browser would post them."""
    for name, value in fields.items():
        item = form.fields.get(name)
        if item is None:
            continue
        if isinstance(value, list):
            separator = getattr(item, "separator", None)
            data.setlist(prefixed(name), [("; " if separator == ";" else separator).join(value)] if separator else value)
        elif isinstance(plain_widget(item.widget), CheckboxInput) and not value:
            data.pop(prefixed(name), None)
        else:
            data[prefixed(name)] = value


def in_words(item: Any, value: Value) -> str:
    """What a person reads for a value."""
    widget = plain_widget(item.widget)
    if isinstance(widget, CheckboxInput):
        return _("yes") if value else _("no")
    values = value if isinstance(value, list) else [value]
    if isinstance(widget, ChoiceWidget):
        names = {str(key): str(label) for key, label in choices_of(item, values)}
        return ", ".join(names.get(entry, entry) for entry in values if entry) or _("empty")
    return "; ".join(values) or _("empty")


def choices_of(item: Any, values: list[str]) -> Iterator[tuple[Any, Any]]:
    """The choices of a field with their labels, at least those of ``values``."""
    if isinstance(item, forms.ModelChoiceField) and not item.queryset.query.is_empty():
        wanted = [entry for entry in values if entry.isascii() and entry.isdecimal() and len(entry) < 19]
        yield from ((row.pk, item.label_from_instance(row)) for row in item.queryset.filter(pk__in=wanted))
        return
    offered = item.choices if hasattr(item, "choices") else plain_widget(item.widget).choices  # yes, no, unknown
    for key, label in offered:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
