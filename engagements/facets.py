"""How many results each value of the filter panel would leave: of what the reader may see, under the rest of the filter.

Values of one name mean any of them, so the numbers beside the values of a name are counted without that name's own choice.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Value
from django.http import QueryDict

from catalog.models import Country, Framework, LegalBasis, Organization
from catalog.trees import spread
from engagements.choices import NOT_ASSESSED, NOT_TAKING_PART, Rating, ReturnReason
from engagements.domain.attention import due_soon, returned_for, waiting_for
from engagements.domain.completeness import score
from engagements.facts import Facts
from engagements.filters import CHOSEN_FROM, MISSING, OVERDUE, EngagementFilter
from engagements.models import Challenge, Engagement, FundingLine, Outcome, Participation, PeacekeepingMission
from engagements.work_filters import BANDS, DUE, WAITING

Counts = dict[str, int]
# Lists of the engagement itself, and those of its child rows: where (entry, engagement) pairs are found.
LINKED = {"strategy": "strategies", "theme": "themes", "domain": "domains", "objective": "objectives"}
CHILD = {"challenge": (Challenge, "category"), "outcome_type": (Outcome, "type"), "funding": (FundingLine, "source")}
LIST_OF = {"funding": "funding_source"}  # where the list has another name than the filter
TREES = {"strategy", "objective", "region"}
# Lists too long to stand in the panel: their values are named beside their numbers.
LONG = {"country": Country, "organization": Organization, "framework": Framework, "legal_basis": LegalBasis}
# A party counts in the chosen role, and any of the chosen parties will do: their numbers are counted without all three.
OF_PARTIES = ("country", "organization", "role")


@dataclass(frozen=True)
class Listed:
    """One value of a long list: its code, its name, and how many results it would leave."""

    code: str
    label: str
    count: int


class Facets:
    """The numbers beside the values of one reader's filter: ``of(name)`` is {code: engagements}, without the zeros."""

    def __init__(self, query: QueryDict, *, queryset: QuerySet, user):
        self.query, self.queryset, self.user = query, queryset, user
        self.whole = EngagementFilter(query, queryset=queryset, user=user)
        self.options = self.whole.options
        self._by_name: dict[tuple[str, ...], Rows] = {}
        self._counts: dict[str, Counts] = {}

    @property
    def is_right(self) -> bool:
        return self.whole.form.is_valid()

    @cached_property
    def asked(self) -> dict:
        """The whole choice, as the filter read it."""
        return self.whole.form.cleaned_data if self.is_right else {}

    def all(self) -> dict[str, Counts]:
        """Every name of the panel that has counts."""
        return {name: self.of(name) for name in NAMES}

    def of(self, name: str) -> Counts:
        if name not in self._counts:
            self._counts[name] = {code: count for code, count in NAMES[name](self._rows(name), name).items() if count}
        return self._counts[name]

    def listed(self, name: str) -> list[Listed]:
        """The values of a long list that leave results, those that leave most first."""
        counts = self.of(name)
        entries = [Listed(code, label, counts[code]) for code, label in _names(name, counts)]
        return sorted(entries, key=lambda entry: (-entry.count, entry.label))

    def chosen(self, name: str) -> list[Listed]:
        """The values of a long list that the filter names, in its order, also where they leave nothing."""
        counts = self.of(name)
        return [Listed(entry.code, entry.name, counts.get(entry.code, 0)) for entry in self.asked[name]]

    def _rows(self, name: str) -> "Rows":
        """The rows found without the choice of ``name``; the same object for all names that are not chosen."""
        without = OF_PARTIES if name in {"country", "organization"} else (name,)
        left_out = tuple(one for one in without if self.query.getlist(one))
        if left_out not in self._by_name:
            left = self.query.copy()
            for one in left_out:
                left.pop(one)
            found = EngagementFilter(left, queryset=self.queryset, user=self.user, options=self.options) if left_out else self.whole
            self._by_name[left_out] = Rows(found.qs.order_by(), found, self.asked)
        return self._by_name[left_out]


class Rows:
    """Found engagements, and what is read of them once for several names. ``asked`` is the whole choice."""

    def __init__(self, rows: QuerySet, filterset: EngagementFilter, asked: dict):
        self.rows, self.filterset, self.options, self.asked = rows, filterset, filterset.options, asked
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


def _parties(rows: Rows, name: str) -> Counts:
    """Of each country or organization; where parties of the other list are chosen, their engagements come on top."""
    column, other, theirs = {
        "country": ("acts_for__code", "organization", "organization__in"),
        "organization": ("organization__code", "country", "acts_for__in"),
    }[name]
    parts = Participation.objects.order_by().filter(engagement__in=rows.facts.ids_query).exclude(status__in=NOT_TAKING_PART)
    if rows.asked["role"]:
        parts = parts.filter(role__in=rows.asked["role"])
    counts: Counts = {}
    anyway = 0
    if rows.asked[other]:
        met = parts.filter(**{theirs: [entry.pk for entry in rows.asked[other]]})
        anyway = met.aggregate(n=Count("engagement", distinct=True))["n"]
        parts = parts.exclude(engagement__in=met.values("engagement"))
        counts = dict.fromkeys(LONG[name].objects.order_by().values_list("code", flat=True), anyway)
    for code, n in parts.exclude(**{column: None}).values_list(column).annotate(n=Count("engagement", distinct=True)):
        counts[code] = n + anyway
    return counts


def _framework(rows: Rows, _name: str) -> Counts:
    """An engagement is in one framework, and counts for what that is part of."""
    frameworks = {pk: (code, parent) for pk, code, parent in Framework.objects.order_by().values_list("pk", "code", "parent")}
    counts: Counter[str] = Counter()
    for framework, n in rows.rows.exclude(framework=None).values_list("framework").annotate(n=Count("pk", distinct=True)):
        above: dict[int, None] = {}
        while framework is not None and framework not in above:
            above[framework] = None
            counts[frameworks[framework][0]] += n
            framework = frameworks[framework][1]
    return dict(counts)


def _legal_basis(rows: Rows, _name: str) -> Counts:
    links = Engagement.legal_bases.through.objects.order_by().filter(engagement__in=rows.facts.ids_query)
    return dict(links.values_list("legalbasis__code").annotate(n=Count("engagement", distinct=True)))


def _waiting(rows: Rows, name: str) -> Counts:
    user = rows.filterset.user
    return _each(lambda found, code: found.filter(waiting_for(user, code)), [code for code, _label in WAITING])(rows, name)


def _completeness(rows: Rows, _name: str) -> Counts:
    scores = dict(rows.rows.annotate(percent=score()).values_list("percent").annotate(n=Count("pk", distinct=True)))
    return {band: sum(n for percent, n in scores.items() if first <= percent <= last) for band, (first, last) in BANDS.items()}


def _mine(rows: Rows, _name: str) -> Counts:
    return {"me": rows.rows.filter(owner=rows.filterset.user).count()}


def _archived(rows: Rows, _name: str) -> Counts:
    query = rows.filterset.data.copy()
    query["archived"] = "yes"
    there = rows.filterset
    return {"yes": EngagementFilter(query, queryset=there.queryset, user=there.user, options=there.options).qs.count()}


def _names(name: str, codes: Iterable[str]) -> Iterable[tuple[str, str]]:
    wanted = set(codes)
    rows = LONG[name].objects.order_by().values_list("code", "name") if wanted else []
    return [(code, label) for code, label in rows if code in wanted]


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
    **dict.fromkeys(("country", "organization"), _parties),
    "framework": _framework,
    "legal_basis": _legal_basis,
    "due": _each(lambda rows, code: rows.filter(due_soon(code)), [code for code, _label in DUE]),
    "waiting": _waiting,
    "returned": _each(lambda rows, code: rows.filter(returned_for([code])), ReturnReason.values),
    "completeness": _completeness,
    "owner": _mine,
    "archived": _archived,
    "rating": _each(lambda rows, code: rows.rated([code]), [*Rating.values, NOT_ASSESSED[0]]),
    "missing": _each(lambda rows, code: rows.missing(code), [code for code, _label in MISSING]),
    "overdue": _each(lambda rows, code: rows.overdue(code), [code for code, _label in OVERDUE]),
}
