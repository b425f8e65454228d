"""The form of an entry of any list, made from the registry, and the dated rows below it."""

from functools import cache

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import URLField
from django.forms import BaseInlineFormSet, inlineformset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.canonical import canonical
from catalog.forms.names import EntryNameField, EntryNamesField
from catalog.forms.records import PartialDateFormField, RecordForm
from catalog.forms.seen import conflict, digest
from catalog.forms.spellings import SpellingsField, check_spellings, save_spellings, spellings_of
from catalog.models import Country, CountryRegion, Framework, Membership, Organization, Region
from catalog.models.base import CatalogEntry
from catalog.partial_dates import PartialDate, PartialDateField
from catalog.registry import BY_MODEL, CatalogList, Column
from catalog.resolution import label
from catalog.trees import descendants

MOST_ROWS = 600


class HistoricDateField(PartialDateFormField):
    """A partial date that may lie centuries back: bodies are older than engagements."""

    def to_python(self, value):
        text = forms.CharField.to_python(self, value)
        date = PartialDate.parse(text or "", first_year=1500)
        if date.open and not self.may_be_open:
            raise ValidationError(_("Only an end can be open-ended. Write a date, or leave it empty."), code="open")
        return date


class EntryForm(RecordForm):
    """What every list asks; ``form_of`` adds what one list asks besides."""

    catalog_list: CatalogList
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.stored = self.initial["seen"] = digest(self.instance, lock=self.is_bound)
            for name in ("code", *self.catalog_list.fixed):
                self.fields.pop(name, None)
        for name, field in self.fields.items():
            if isinstance(field, EntryNameField):
                self.initial[name] = getattr(self.instance, name, None) if self.instance.pk else self.initial.get(name)
            elif isinstance(field, EntryNamesField) and self.instance.pk:
                self.initial[name] = list(getattr(self.instance, name).all())
        if "spellings" in self.fields and self.instance.pk:
            self.initial["spellings"] = spellings_of(self.instance)

    def clean_code(self):
        code = self.cleaned_data["code"]
        if code.casefold() in {"new", "duplicates", "mergers"}:  # addresses of pages of the list
            raise ValidationError(_("“%(code)s” can not be a code.") % {"code": code})
        return code

    def clean_seen(self):
        """Refuse to overwrite what another saved meanwhile; the next try is made in the knowledge of it."""
        seen = self.cleaned_data["seen"]
        if self.instance.pk and seen != self.stored:
            self.data = self.data.copy()
            self.data[self.add_prefix("seen")] = self.stored
            self.add_error(None, conflict())
        return seen

    def clean_iso2(self):
        return self.cleaned_data["iso2"] or None

    def clean_parent(self):
        parent, entry = self.cleaned_data["parent"], self.instance
        if parent is None:
            return None
        if parent.pk == entry.pk:
            raise ValidationError(_("An entry can not be part of itself."))
        if entry.pk and parent.pk in descendants(type(entry), [entry.pk]):
            raise ValidationError(_("%(name)s lies below this entry: it can not be above it too.") % {"name": parent})
        return parent

    def clean(self):
        cleaned = super().clean()
        if isinstance(self.instance, Region):
            scheme = cleaned.get("scheme") or (self.instance.scheme if self.instance.pk else None)
            if scheme and cleaned.get("parent") and cleaned["parent"].scheme_id != scheme.pk:
                self.add_error("parent", _("This region is of another scheme."))
            if scheme and "code" in cleaned and not cleaned["code"].startswith(f"{scheme.code}:"):
                self.add_error("code", _("Write %(scheme)s: and then the region's own code.") % {"scheme": scheme.code})
        if "spellings" in self.fields and cleaned.get("name"):
            key = canonical(cleaned["name"])
            other = type(self.instance).aliases.rel.related_model.objects.filter(key=key).exclude(entry=self.instance.pk).first()
            if other is not None:
                self.add_error("name", _("“%(text)s” already leads to %(name)s.") % {"text": other.text, "name": label(other.entry)})
        if cleaned.get("spellings"):
            try:
                check_spellings(self.instance, cleaned["spellings"])
            except ValidationError as fault:
                self.add_error("spellings", fault)
        return cleaned

    def _save_m2m(self):
        super()._save_m2m()
        if "spellings" in self.cleaned_data:
            save_spellings(self.instance, self.cleaned_data["spellings"])


@cache
def form_of(model: type[CatalogEntry], *, by_name: bool = True) -> type[EntryForm]:
    """The form of one list; other entries are chosen by name, or as the admin has it."""
    catalog_list = BY_MODEL[model]
    names = ["code", "name", *catalog_list.fixed, *catalog_list.fields, "definition", "sort"]
    attrs: dict = {"catalog_list": catalog_list, "__module__": __name__}
    for name in names:
        column = Column(model, name)
        options = {"label": column.label, "help_text": column.field.help_text}
        if isinstance(column.field, PartialDateField):
            attrs[name] = HistoricDateField(label=column.label, may_be_open=name == "ends")
        elif isinstance(column.field, URLField):
            attrs[name] = forms.URLField(required=False, max_length=column.field.max_length, assume_scheme="https", **options)
        elif column.field.many_to_many and by_name:
            attrs[name] = EntryNamesField(column.field.related_model, label=column.label)
        elif column.field.is_relation and by_name:
            related = column.field.related_model
            attrs[name] = EntryNameField(related, kind=BY_MODEL[related].kind, required=not column.field.blank, **options)
    if catalog_list.has_spellings:
        attrs["spellings"] = SpellingsField(dated=model is Country)
    widgets = {"definition": forms.Textarea({"rows": 3})}
    attrs["Meta"] = type("Meta", (), {"model": model, "fields": names, "widgets": widgets})
    return type(EntryForm)(f"{model.__name__}Form", (EntryForm,), attrs)


class DatedRowForm(RecordForm):
    """A membership: who, from when, until when. The name is resolved by the formset's one resolver."""

    named: str
    above: str

    def __init__(self, *args, resolvers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[self.named].resolvers = resolvers
        if self.instance.pk:
            self.initial[self.named] = getattr(self.instance, self.named)

    def unchecked_fields(self):
        """The entry above the row, which may not be saved yet."""
        return {self.above} if getattr(self.instance, f"{self.above}_id") is None else set()


class MembershipForm(DatedRowForm):
    named = "country"
    country = EntryNameField(Country, kind="country", label=gettext_lazy("Country"), required=True)
    starts = HistoricDateField(label=gettext_lazy("From"), help_text="")
    ends = HistoricDateField(label=gettext_lazy("Until"), may_be_open=True, help_text="")

    class Meta:
        model = Membership
        fields = ["country", "status", "starts", "ends", "note"]


class CountryRegionForm(DatedRowForm):
    named = "region"
    region = EntryNameField(Region, kind="region", label=gettext_lazy("Region"), required=True)
    starts = HistoricDateField(label=gettext_lazy("From"), help_text="")
    ends = HistoricDateField(label=gettext_lazy("Until"), may_be_open=True, help_text="")

    class Meta:
        model = CountryRegion
        fields = ["region", "starts", "ends", "note"]


class DatedRows(BaseInlineFormSet):
    """Dated rows of an entry; the same one twice is refused before the database has to."""

    title = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.form_kwargs["resolvers"] = {}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    def get_queryset(self):
        if not hasattr(self, "_queryset"):
            self._queryset = super().get_queryset().select_related(self.form.named)
        return self._queryset

    def clean(self):
        super().clean()
        seen: dict[tuple, int] = {}
        for number, form in enumerate(self.forms, start=1):
            values = getattr(form, "cleaned_data", None) or {}
            if not values.get(self.form.named) or self._should_delete_form(form):
                continue
            key = (values[self.form.named], values.get("status"), values.get("starts"))
            if key in seen:
                form.add_error(self.form.named, _("This stands in row %(number)s already.") % {"number": seen[key]})
            seen.setdefault(key, number)


def _rows(parent, model, form, fk, title):
    formset = inlineformset_factory(
        parent, model, form=form, formset=DatedRows, fk_name=fk, extra=3, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    )
    formset.form = type(form.__name__, (formset.form,), {"above": fk})
    formset.title = title
    return formset


ROWS = {
    Organization: _rows(Organization, Membership, MembershipForm, "organization", gettext_lazy("Memberships")),
    Framework: _rows(Framework, Membership, MembershipForm, "framework", gettext_lazy("Memberships")),
    Country: _rows(Country, CountryRegion, CountryRegionForm, "country", gettext_lazy("Regions")),
}
