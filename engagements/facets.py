"""How many results each value of the filter panel would leave: of what the reader may see, under the rest of the filter.

Values of one name mean any of them, so the numbers beside the values of a name are counted without that name's own choice.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Value
from django.http import QueryDict

from catalog.trees import spread
from engagements.choices import NOT_ASSESSED, NOT_TAKING_PART, Rating
from engagements.facts import Facts
from engagements.filters import CHOSEN_FROM, MISSING, OVERDUE, EngagementFilter
from engagements.models import Challenge, FundingLine, Outcome, Participation, PeacekeepingMission

Counts = dict[str, int]
# Lists of the engagement itself, and those of its child rows: where (entry, engagement) pairs are found.
LINKED = {"strategy": "strategies", "theme": "themes", "domain": "domains", "objective": "objectives"}
CHILD = {"challenge": (Challenge, "category"), "outcome_type": (Outcome, "type"), "funding": (FundingLine, "source")}
LIST_OF = {"funding": "funding_source"}  # where the list has another name than the filter
TREES = {"strategy", "objective", "region"}


class Facets:
    """The numbers beside the values of one reader's filter: ``of(name)`` is {code: engagements}, without the zeros."""

    def __init__(self, query: QueryDict, *, queryset: QuerySet, user):
        self.query, self.queryset, self.user = query, queryset, user
        self.whole = EngagementFilter(query, queryset=queryset, user=user)
        self.options = self.whole.options
        self._by_name: dict[str, Rows] = {}

    @property
    def is_right(self) -> bool:
        return self.whole.form.is_valid()

    def all(self) -> dict[str, Counts]:
        """Every name of the panel that has counts."""
        return {name: self.of(name) for name in NAMES}

    def of(self, name: str) -> Counts:
        return {code: count for code, count in NAMES[name](self._rows(name), name).items() if count}

    def _rows(self, name: str) -> "Rows":
        """The rows found without the choice of ``name``; the same object for all names that are not chosen."""
        key = name if self.query.getlist(name) else ""
        if key not in self._by_name:
            left = self.query.copy()
            left.pop(key, None)
            found = EngagementFilter(left, queryset=self.queryset, user=self.user, options=self.options) if key else self.whole
            self._by_name[key] = Rows(found.qs.order_by(), found)
        return self._by_name[key]


class Rows:
    """Found engagements, and what is read of them once for several names."""

    def __init__(self, rows: QuerySet, filterset: EngagementFilter):
        self.rows, self.filterset, self.options = rows, filterset, filterset.options
        self.facts = Facts(rows)

    @cached_property
    def columns(self) -> dict[str, Counts]:
        """Counts of the columns that hold one value each, in one query."""
        names = [*CHOSEN_FROM.values(), "type__code"]
        found: dict[str, Counter] = {name: Counter() for name in names}
        for *values, n in self.rows.values_list(*names).annotate(n=Count("pk", distinct=True)):
            for name, value in zip(names, values, strict=True):
                found[name][value] += n
        return {name: dict(counter) for name, counter in found.items()}


def _column(rows: Rows, name: str) -> Counts:
    return rows.columns["type__code" if name == "type" else CHOSEN_FROM[name]]


def _distinct(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for entry, engagement in pairs:
        found.setdefault(entry, set()).add(engagement)
    return found


def _of_list(rows: Rows, name: str, pairs: Iterable[tuple[int, int]]) -> Counts:
    """Pairs of entry and engagement as counts by code, with what is below an entry of a tree."""
    listed = rows.options[LIST_OF.get(name, name)]
    ids = _distinct(pairs)
    if name in TREES:
        spread(ids, {option.pk: option.parent for option in listed})
    return {option.code: len(ids[option.pk]) for option in listed if option.pk in ids}


def _linked(rows: Rows, name: str) -> Counts:
    return _of_list(rows, name, rows.facts.linked(LINKED[name]))


def _child(rows: Rows, name: str) -> Counts:
    model, column = CHILD[name]
    children = model.objects.order_by().filter(engagement__in=rows.facts.ids_query)
    if model is Challenge and (severity := rows.filterset.form.cleaned_data["severity"]):
        children = children.filter(severity__in=severity)  # read together with the category
    return _of_list(rows, name, children.values_list(column, "engagement").distinct())


def _task(rows: Rows, name: str) -> Counts:
    missions = PeacekeepingMission.tasks.through.objects.filter(peacekeepingmission__in=rows.facts.ids_query)
    return _of_list(rows, name, missions.values_list("missiontask", "peacekeepingmission"))


def _region(rows: Rows, name: str) -> Counts:
    parents = {option.pk: option.parent for option in rows.options["region"]}
    mode = rows.filterset.form.cleaned_data["region_mode"] or "either"
    return _of_list(rows, name, rows.facts.in_regions(None, mode, parents))


def _role(rows: Rows, name: str) -> Counts:
    """Of the chosen parties where there are some: a role is read together with them."""
    chosen = rows.filterset.form.cleaned_data
    parts = Participation.objects.order_by().filter(engagement__in=rows.facts.ids_query).exclude(status__in=NOT_TAKING_PART)
    if chosen["country"] or chosen["organization"]:
        parts = parts.filter(Q(acts_for__in=chosen["country"]) | Q(organization__in=chosen["organization"]))
    return dict(parts.values_list("role").annotate(n=Count("engagement", distinct=True)))


def _each(find: Callable[[QuerySet, str], QuerySet], codes: list[str]) -> Callable[[Rows, str], Counts]:
    """One query for all ``codes``, each with rows of its own."""

    def counts(rows: Rows, name: str) -> Counts:
        one_by_one = [
            find(rows.rows, code).annotate(code=Value(code)).values("code").annotate(n=Count("pk")).values_list("code", "n")
            for code in codes
        ]
        return dict(one_by_one[0].union(*one_by_one[1:], all=True))

    return counts


NAMES: dict[str, Callable[[Rows, str], Counts]] = {
    **dict.fromkeys([*CHOSEN_FROM, "type"], _column),
    **dict.fromkeys(LINKED, _linked),
    **dict.fromkeys(CHILD, _child),
    "task": _task,
    "region": _region,
    "role": _role,
    "rating": _each(lambda rows, code: rows.rated([code]), [*Rating.values, NOT_ASSESSED[0]]),
    "missing": _each(lambda rows, code: rows.missing(code), [code for code, _label in MISSING]),
    "overdue": _each(lambda rows, code: rows.overdue(code), [code for code, _label in OVERDUE]),
}
