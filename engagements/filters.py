"""The one filter: list, export, map, report and API read the same names and find the same rows."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import FrozenBitMap

from accounts.models import Team
from catalog.forms.records import PartialDateFormField
from catalog.models import Framework, LegalBasis
from catalog.options import Options
from catalog.resolution import resolve_country, resolve_entry, resolve_organization
from engagements.choices import (
    MISSING,
    NOT_ASSESSED,
    OVERDUE,
    ConflictContext,
    Handling,
    Kind,
    LocalPerception,
    Rating,
    ReviewState,
    Role,
    Scope,
    Severity,
    Status,
    StatusReason,
)
from engagements.conditions import Condition, conditions, current
from engagements.filter_fields import AreasFilter, AskedForm, Lent, YearsFilter
from engagements.models import CaseStudy, Engagement
from engagements.ordering import SORTS, ordered
from engagements.sets import NOTHING, Sets
from engagements.work_filters import WorkFilter

REGION_MODES = [
    ("held", gettext_lazy("Held in")),
    ("involving", gettext_lazy("Involving")),
    ("either", gettext_lazy("Either")),
]
# What one clause of "also" can not say: it is said once for the whole.
NOT_IN_CLAUSES = {"also", "sort", "archived", "region_mode"}
# Names of the address that are not filters.
PAGE_PARAMETERS = {"page", "after", "before", "count", "page_size", "columns", "layout", "format", "bom"}


class CodesField(forms.Field):
    """Several codes of one list; each must exist. ``find`` turns a text into something with pk, code and name."""

    widget = forms.SelectMultiple

    def __init__(self, *args, list_name="", **kwargs):
        self.list_name = list_name
        self.find = None
        super().__init__(*args, **kwargs)

    def clean(self, value):
        found, faults = [], []
        for text in dict.fromkeys(text.strip() for text in value or [] if text.strip()):
            try:
                found.append(self.find(text))
            except ValidationError as fault:
                faults.extend(fault.messages)
        if faults:
            raise ValidationError(faults)
        return list({entry.pk: entry for entry in found}.values())


class CodesFilter(df.Filter):
    field_class = CodesField


class ClausesField(forms.Field):
    """Further conditions, each a small filter of its own (``name:value``); all of them must hold."""

    widget = forms.SelectMultiple

    def __init__(self, *args, **kwargs):
        self.read = None
        super().__init__(*args, **kwargs)

    def clean(self, value):
        return [self.read(text.strip()) for text in dict.fromkeys(value or []) if text.strip()]


class ClausesFilter(df.Filter):
    field_class = ClausesField


class PeriodField(PartialDateFormField):
    """One end of a period: a day, a month or a year."""

    def to_python(self, value):
        date = super().to_python(value)
        if value and value.strip() and not date:
            raise ValidationError(_("Write a date: 2026-03-14, Mar 2026 or 2026."), code="unreadable")
        return date


class PeriodFilter(df.Filter):
    field_class = PeriodField


def _choices(label, choices):
    return df.MultipleChoiceFilter(label=label, choices=choices)


class EngagementFilter(WorkFilter):
    """Filters by the parameters of the address. An invalid value is named and finds nothing, never everything."""

    q = df.CharFilter(label=gettext_lazy("Words"), max_length=200)
    region = CodesFilter(label=gettext_lazy("Region"), list_name="region")
    region_mode = df.ChoiceFilter(label=gettext_lazy("How the region counts"), choices=REGION_MODES)
    strategy = CodesFilter(label=gettext_lazy("Strategy"), list_name="strategy")
    kind = _choices(gettext_lazy("Kind"), Kind.choices)
    type = CodesFilter(label=gettext_lazy("Type"), list_name="type")
    start = PeriodFilter(label=gettext_lazy("From"))
    end = PeriodFilter(label=gettext_lazy("To"))
    year = YearsFilter(label=gettext_lazy("Started in the year"))
    fiscal_year = YearsFilter(label=gettext_lazy("Started in the fiscal year"))
    country = CodesFilter(label=gettext_lazy("Country"), list_name="country")
    held_in = CodesFilter(label=gettext_lazy("Held in"), list_name="country")
    area = AreasFilter(label=gettext_lazy("Held within"))
    organization = CodesFilter(label=gettext_lazy("Organization"), list_name="organization")
    role = _choices(gettext_lazy("Role"), Role.choices)
    scope = _choices(gettext_lazy("Scope"), Scope.choices)
    status = _choices(gettext_lazy("Status"), Status.choices)
    reason = _choices(gettext_lazy("Why called off"), StatusReason.choices)
    rating = _choices(gettext_lazy("Outcome rating"), [*Rating.choices, NOT_ASSESSED])
    framework = CodesFilter(label=gettext_lazy("Framework or series"), list_name="framework")
    theme = CodesFilter(label=gettext_lazy("Theme"), list_name="theme")
    domain = CodesFilter(label=gettext_lazy("Domain"), list_name="domain")
    objective = CodesFilter(label=gettext_lazy("Objective"), list_name="objective")
    challenge = CodesFilter(label=gettext_lazy("Challenge"), list_name="challenge")
    severity = _choices(gettext_lazy("Severity of the challenge"), Severity.choices)
    outcome_type = CodesFilter(label=gettext_lazy("Outcome"), list_name="outcome_type")
    case_study = CodesFilter(label=gettext_lazy("Case study"), list_name="case_study")
    legal_basis = CodesFilter(label=gettext_lazy("Legal basis"), list_name="legal_basis")
    task = CodesFilter(label=gettext_lazy("Mission task"), list_name="task")
    funding = CodesFilter(label=gettext_lazy("Funding"), list_name="funding_source")
    context = _choices(gettext_lazy("Conflict context"), ConflictContext.choices)
    perception = _choices(gettext_lazy("Local perception"), LocalPerception.choices)
    overdue = _choices(gettext_lazy("Overdue"), OVERDUE)
    missing = _choices(gettext_lazy("Missing"), MISSING)
    handling = _choices(gettext_lazy("Handling"), Handling.choices)
    review = _choices(gettext_lazy("Review"), ReviewState.choices)
    owner = CodesFilter(label=gettext_lazy("Owner"), list_name="owner")
    team = CodesFilter(label=gettext_lazy("Team"), list_name="team")
    archived = df.ChoiceFilter(label=gettext_lazy("Archived"), choices=[("yes", gettext_lazy("Archived records"))])
    sort = df.ChoiceFilter(label=gettext_lazy("Sort"), choices=[(name, name) for name in SORTS])

    also = ClausesFilter(label=gettext_lazy("And"))

    class Meta:
        model = Engagement
        fields: list[str] = []  # every filter is declared above

    def __init__(self, data=None, *, queryset, user, options=None, known=None, sets=None):
        # As django-filter does, but without copying dozens of filters for each page: none of ours is changed after its start.
        self.is_bound, self.data, self.queryset = data is not None, data or QueryDict(), queryset
        self.request, self.form_prefix, self.filters = None, None, self.base_filters
        self.user = user
        self._sets = sets
        self.options = options or Options()
        self.known = known or {}  # entries that were read already, by code

    @classmethod
    def get_form_class(cls):
        if "_form_class" not in cls.__dict__:
            made = type(f"{cls.__name__}Form", (AskedForm,), {})
            made.base_fields = Lent({name: one.field for name, one in cls.base_filters.items()})
            cls._form_class = made
        return cls._form_class

    @property
    def form(self):
        built = not hasattr(self, "_form")
        form = super().form
        if built:
            for name in form.asked:
                field = form.fields[name]
                if isinstance(field, CodesField):
                    field.find = self._remembering(self._finder(name, field))
                elif isinstance(field, ClausesField):
                    field.read = self._clause
            for name in sorted(set(self.data) - set(form.fields) - PAGE_PARAMETERS):
                form.errors  # noqa: B018 - the form is checked before an error can be added to it
                form.add_error(None, _("“%(name)s” is not a filter.") % {"name": name[:40]})
        return form

    def _remembering(self, find):
        return lambda text: self.known[text] if text in self.known else find(text)

    def _finder(self, name, field):
        others = {
            "country": resolve_country,
            "held_in": resolve_country,
            "organization": resolve_organization,
            "framework": lambda text: resolve_entry(Framework, text),
            "legal_basis": lambda text: resolve_entry(LegalBasis, text),
            "case_study": self._case_study,
            "team": self._team,
            "owner": self._owner,
        }
        if name in others:
            return others[name]
        return lambda text: self.options.by_code(field.list_name).get(text) or _unknown(self.filters[name].label, text)

    def _clause(self, text):
        """The filter behind ``name:value`` or ``name:value,name:value``; it narrows what the others found."""
        data = QueryDict(mutable=True)
        for part in re.split(r",(?=[a-z_]+:)", text):
            name, _colon, value = part.partition(":")
            if name not in self.filters or name in NOT_IN_CLAUSES or not value:
                raise ValidationError(
                    _("“%(text)s” is no condition: write name:value, for example country:JPN."), params={"text": text[:60]}
                )
            data.appendlist(name, value)
        if mode := self.form.data.get("region_mode"):
            data["region_mode"] = mode
        clause = type(self)(data, queryset=self.queryset, user=self.user, options=self.options, known=self.known)
        if not clause.form.is_valid():
            raise ValidationError([sentence for sentences in clause.form.errors.values() for sentence in sentences])
        return text, clause

    def _case_study(self, code):
        return CaseStudy.objects.filter(code=code).first() or _unknown(_("Case study"), code)

    def _team(self, code):
        # One's own, and those whose records the reader may see; the administrator keeps the list of them all.
        known = (
            Q() if self.user.role == "administrator" else Q(pk__in=self.user.team_ids) | Q(pk__in=self.queryset.order_by().values("team"))
        )
        return Team.objects.filter(known, code=code).first() or _unknown(_("Team"), code)

    def _owner(self, username):
        if username == "me":
            return self.user
        # Only who owns something the reader may see: a filter must not tell who has an account.
        owned = self.queryset.filter(owner__username=username).select_related("owner").first()
        return owned.owner if owned else _unknown(_("Owner"), username)

    def filter_queryset(self, queryset, *, without=()):
        """The rows behind the checked values; values of one name mean any of them, names mean all of them."""
        chosen = self.form.cleaned_data | {name: [] for name in without}
        rows = queryset
        for condition in self._conditions(chosen):
            rows = condition.find(rows)
        return ordered(rows, chosen["sort"])

    @property
    def names_asked(self) -> set[str]:
        """The names under which something is asked, those of clauses too."""
        return {condition.names[0] for condition in self._conditions(self.form.cleaned_data)}

    def _conditions(self, chosen: dict[str, Any], *, of_clause: bool = False) -> Iterator[Condition]:
        """All that must hold, those of clauses too."""
        if not of_clause:
            yield current(chosen)
        yield from conditions(chosen, options=self.options, user=self.user)
        for _text, clause in chosen["also"]:
            yield from clause._conditions(clause.form.cleaned_data, of_clause=True)

    # The same as sets of ids: of what the reader may see, and of what each condition finds by itself ---------

    @cached_property
    def sets(self) -> Sets:
        """What is remembered, as of the moment at which it is first asked for."""
        return self._sets or Sets(self.queryset.db)

    @cached_property
    def seen(self) -> FrozenBitMap:
        """The ids of all that the reader may see."""
        return self.sets.of(self.queryset)

    @cached_property
    def ids(self) -> FrozenBitMap:
        """The ids of the rows found."""
        return self.ids_without() if self.form.is_valid() else NOTHING

    @property
    def total(self) -> int:
        """How many rows are found."""
        return len(self.ids) if self.sets.are_kept else self.qs.order_by().count()

    def ids_without(self, *names: str, **instead: Any) -> FrozenBitMap:
        """The ids of the rows that would be found without the choice of ``names``, or with other values ``instead``."""
        chosen = self.form.cleaned_data | {name: [] for name in names} | instead
        ids = self.seen
        for condition in self._conditions(chosen):
            ids &= condition.ids(self.sets)
        return ids

    @property
    def qs(self):
        """The rows found; none where a value is not right."""
        if not hasattr(self, "_qs"):
            rows = self.queryset.all()
            self._qs = self.filter_queryset(rows) if self.form.is_valid() else rows.none()
        return self._qs

    def described(self):
        """What is asked, for chips and files: [(name, label, value, text), ...] in the order of the panel."""
        found = []
        chosen = self.form.cleaned_data if self.is_bound and self.form.is_valid() else {}
        for name, filter_ in self.filters.items():
            if name in {"sort", "region_mode"}:
                continue
            if not (value := chosen.get(name)):
                continue
            choices = dict(getattr(self.form.fields[name], "choices", ()))
            for item in value if isinstance(value, list) else [value]:
                if name == "also":
                    text, clause = item
                    found += [(name, _("and %(label)s") % {"label": label}, text, said) for _name, label, _code, said in clause.described()]
                    continue
                if isinstance(item, tuple):
                    found.append((name, filter_.label, item[0], item[0]))
                    continue
                code = getattr(item, "username", None) or getattr(item, "code", None) or getattr(item, "iso", None) or str(item)
                text = choices.get(item, item) if isinstance(item, str) else item
                found.append((name, filter_.label, code, str(text)))
        return found


def _unknown(label, text):
    raise ValidationError(_("%(label)s: there is no “%(text)s”."), code="unknown", params={"label": label, "text": text[:60]})
