"""What the form templates need: a control with its class, and every error of a page with its place."""

from django import forms, template
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()
NOT_TEXTUAL = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect, forms.FileInput, forms.HiddenInput)


@register.simple_tag
def control(field: forms.BoundField, css_class: str = "inp") -> SafeString:
    """The control of ``field``; class "inp" where it is a box to type or choose in."""
    widget = field.field.widget
    if isinstance(widget, NOT_TEXTUAL):
        return field.as_widget()
    return field.as_widget(attrs={"class": f"{widget.attrs.get('class', '')} {css_class}".strip()})


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: forms.BoundField) -> bool:
    """Several controls under one label."""
    return field.use_fieldset


@register.filter
def half_width(field: forms.BoundField) -> str:
    """The width of a control in a long form: texts take the line, the rest half of it."""
    return "" if isinstance(field.field.widget, forms.Textarea) else "half"


@register.simple_tag
def form_errors(form: forms.BaseForm | None = None, formsets=()) -> list[dict[str, str]]:
    """Every error of a form and its formsets: {"to": id of the control, "where": label, "text": sentence}."""
    found = list(_errors_of(form)) if form is not None else []
    for formset in formsets or ():
        title = str(getattr(formset, "title", "") or capfirst(formset.model._meta.verbose_name_plural))
        found += [{"to": "", "where": title, "text": text} for text in formset.non_form_errors()]
        for number, row in enumerate(formset.forms, start=1):
            found += _errors_of(row, prefix=_("%(title)s, row %(number)s") % {"title": title, "number": number})
    return found


def _errors_of(form: forms.BaseForm, prefix: str = ""):
    places = {name: place for place, name in enumerate(form.fields)}
    for name, errors in sorted(form.errors.items(), key=lambda item: places.get(item[0], -1)):
        field = form[name] if name in form.fields else None
        label = "" if field is None or field.is_hidden else str(field.label)
        where = ": ".join(part for part in (prefix, label) if part)
        to = "" if field is None or field.is_hidden else field.id_for_label or field.auto_id
        if not to and (first := next((bound for bound in form.visible_fields()), None)) is not None and prefix:
            to = first.id_for_label
        for text in errors:
            yield {"to": to, "where": where, "text": text}
