"""A question as somebody asks it: the shared filter, the report's own parameters, and the rows they lead to."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from catalog.options import Options
from engagements.choices import NEEDS_REASON, Kind, Status
from engagements.facts import Facts
from engagements.filters import REGION_MODES, EngagementFilter
from engagements.models import Engagement
from engagements.querysets import today
from reports.addresses import Addresses
from reports.tables import Conditions

HELD = [status.value for status in Status if status not in NEEDS_REASON]
OF_THE_PAGE = {"format", "bom"}


@dataclass(frozen=True)
class Pick:
    """One filter as a box to choose from: (group, code, text) of each choice."""

    name: str
    label: str
    value: str
    choices: list[tuple[str, str, str]]


def _indented(option) -> str:
    return "\N{EM SPACE}" * option.depth + option.name


class Asked:
    """One report for one reader. ``chosen`` holds the parameters, ``rows`` the engagements, ``facts`` what is counted.

    ``held_only`` leaves out what was cancelled or postponed, unless the filter names a status; the lists behind the
    figures then name the statuses, so that they show the same rows.
    """

    def __init__(self, query: QueryDict, user, parameters: dict[str, forms.Field], *, held_only: bool, known=None):
        self.user, self.parameters = user, parameters
        for field in parameters.values():
            if isinstance(field, ReadersChoice):
                field.offer(user)
        self.today: dt.date = today()
        self.form = ParametersForm(query, fields=parameters)
        self.typed = QueryDict(mutable=True)
        for name, values in query.lists():
            if name not in parameters and name not in OF_THE_PAGE and any(values):
                self.typed.setlist(name, values)
        self.query = self.typed.copy()
        if held_only and "status" not in self.query:
            self.query.setlist("status", HELD)
        self.options = Options()
        self.filterset = EngagementFilter(
            self.query, queryset=Engagement.objects.visible_to(user), user=user, options=self.options, known=known
        )

    @property
    def is_right(self) -> bool:
        return self.form.is_valid() and self.filterset.form.is_valid()

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The parameters; what was not given, or is not right, has its usual value."""
        given = self.form.cleaned_data if self.form.is_valid() else {}
        return {name: given.get(name) or field.initial for name, field in self.parameters.items()}

    @cached_property
    def rows(self):
        return self.filterset.qs.order_by()

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.rows, self.filterset.ids, self.filterset.sets)

    def described(self) -> list[tuple[str, str, str]]:
        """The filter in words, without what the report itself set: (label, text, address without it)."""
        found = []
        for name, label, value, text in self.filterset.described():
            if name in self.typed:
                left = [(other, one) for other, values in self.typed.lists() for one in values if (other, one) != (name, value)]
                found.append((label, text, "?" + urlencode([*left, *self._parameters()])))
        return found

    def _parameters(self) -> list[tuple[str, str]]:
        return [(name, str(self.form[name].value())) for name in self.parameters if self.form[name].value()]

    @cached_property
    def picks(self) -> list[Pick]:
        """The filters that stand beside the parameters, where at most one value of each is asked for."""
        regions = [(option.group, option.code, _indented(option)) for option in self.options["region"] if option.in_use]
        strategies = [("", option.code, _indented(option)) for option in self.options["strategy"] if option.in_use]
        kinds = [("", kind.value, str(kind.label)) for kind in Kind]
        modes = [("", value, str(label)) for value, label in REGION_MODES]
        offered = {"region": regions, "region_mode": modes, "strategy": strategies, "kind": kinds}
        return [
            Pick(name, str(self.filterset.filters[name].label), self.typed.get(name, ""), choices)
            for name, choices in offered.items()
            if len(self.typed.getlist(name)) <= 1 and name not in self.parameters
        ]

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """What else the filter says: it stays as it is."""
        shown = {pick.name for pick in self.picks} | {"start", "end"}
        return [(name, value) for name, values in self.typed.lists() for value in values if name not in shown and value]

    def list_address(self, conditions: Conditions) -> str:
        """The list of exactly the engagements of this report that meet every clause of ``conditions`` too."""
        return self._addresses(conditions)

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self.query)

    def address(self, **more: str) -> str:
        """This question again, with ``more`` parameters."""
        pairs = [(name, value) for name, values in self.typed.lists() for value in values]
        text = urlencode([*pairs, *self._parameters(), *more.items()])
        return f"?{text}" if text else "?"


class ReadersChoice(forms.ChoiceField):
    """A parameter that offers only what the reader's own records have."""

    def offer(self, reader) -> None:
        """Sets the choices, and the usual value where one is needed."""
        raise NotImplementedError


class ParametersForm(forms.Form):
    """The report's own parameters, read from the address; those that are not there have their usual value."""

    def __init__(self, query: QueryDict, *, fields: dict[str, forms.Field]):
        data = {name: query.get(name, field.initial) for name, field in fields.items()}
        super().__init__(data, auto_id="p_%s")
        self.fields.update(fields)
