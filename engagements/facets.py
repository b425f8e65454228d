"""How many results each value of the filter panel would leave: of what the reader may see, under the rest of the filter.

Values of one name mean any of them, so the numbers beside the values of a name are counted without that name's own choice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import CharField, Q, Value
from django.http import QueryDict
from pyroaring import FrozenBitMap

from catalog.models import Country, Framework, LegalBasis, Organization
from catalog.trees import spread
from engagements import countable
from engagements.choices import OVERDUE
from engagements.conditions import CHOSEN_FROM
from engagements.countable import Ids, only, taking_part
from engagements.filters import EngagementFilter
from engagements.models import Challenge, FundingLine, Outcome, PeacekeepingMission
from engagements.sets import NOTHING, Sets, union
from engagements.work_filters import BANDS, WAITING, in_band
from engagements.worked_out import of_these

Counts = dict[str, int]
# Lists of the engagement itself, and those of its child rows: where (entry, engagement) pairs are found.
LINKED = {"strategy": "strategies", "theme": "themes", "domain": "domains", "objective": "objectives"}
CHILD = {"challenge": (Challenge, "category"), "outcome_type": (Outcome, "type"), "funding": (FundingLine, "source")}
LIST_OF = {"funding": "funding_source"}  # where the list has another name than the filter
TREES = {"strategy", "objective"}
# Lists too long to stand in the panel: their values are named beside their numbers.
LONG = {"country": Country, "organization": Organization, "framework": Framework, "legal_basis": LegalBasis}
# A party counts in the chosen role, and any of the chosen parties will do: their numbers are counted without all three.
OF_PARTIES = ("country", "organization", "role")
# Long, and the same for all who see the same records, today and tomorrow: the numbers of these are remembered together.
PLAIN = ("country", "organization", "framework", "legal_basis", "type", "task", "outcome_type", "funding", *LINKED)


@dataclass(frozen=True)
class Listed:
    """One value of a long list: its code, its name, and how many results it would leave."""

    code: str
    label: str
    count: int


class Facets:
    """The numbers beside the values of one reader's filter: ``of(name)`` is {code: engagements}, without the zeros."""

    def __init__(self, query: QueryDict, *, queryset, user):
        self.query, self.user = query, user
        self.whole = EngagementFilter(query, queryset=queryset, user=user)
        self.options = self.whole.options
        self._without: dict[tuple[str, ...], FrozenBitMap] = {}
        self._counts: dict[str, Counts] = {}

    @property
    def is_right(self) -> bool:
        return self.whole.form.is_valid()

    @cached_property
    def asked(self) -> dict:
        """The whole choice, as the filter read it."""
        return self.whole.form.cleaned_data if self.is_right else {}

    @property
    def sets(self) -> Sets:
        return self.whole.sets

    @property
    def total(self) -> int:
        """How many results the whole filter has."""
        return self.whole.total

    def all(self) -> dict[str, Counts]:
        """Every name of the panel that has counts."""
        return {name: self.of(name) for name in NAMES}

    def of(self, name: str) -> Counts:
        if name not in self._counts:
            plain = tuple(one for one in PLAIN if not self._left_out(one))
            if name in plain:
                self._counts |= of_these(
                    self.sets, ("facets", plain), self.whole.ids, lambda: {one: self._counted(one) for one in plain}, _size
                )
            else:
                self._counts[name] = self._counted(name)
        return self._counts[name]

    def _counted(self, name: str) -> Counts:
        ids, rows = NAMES[name](self, name), self._rows(name)
        return {code: count for code, those in ids.items() if (count := those.intersection_cardinality(rows))}

    def listed(self, name: str) -> list[Listed]:
        """The values of a long list that leave results, those that leave most first."""
        counts = self.of(name)
        entries = [Listed(code, label, counts[code]) for code, label in self._names(name) if code in counts]
        return sorted(entries, key=lambda entry: (-entry.count, entry.label))

    def chosen(self, name: str) -> list[Listed]:
        """The values of a long list that the filter names, in its order, also where they leave nothing."""
        counts = self.of(name)
        return [Listed(entry.code, entry.name, counts.get(entry.code, 0)) for entry in self.asked[name]]

    def _rows(self, name: str) -> FrozenBitMap:
        """The rows found without the choice of ``name``."""
        if name == "archived":
            return self.whole.ids_without(archived="yes")
        left_out = self._left_out(name)
        if left_out not in self._without:
            self._without[left_out] = self.whole.ids_without(*left_out) if left_out else self.whole.ids
        return self._without[left_out]

    def _left_out(self, name: str) -> tuple[str, ...]:
        """What was chosen and does not narrow the records that are counted for ``name``."""
        return tuple(one for one in (OF_PARTIES if name in {"country", "organization"} else (name,)) if self.asked.get(one))

    @cached_property
    def _entries(self) -> dict[str, list[tuple[int, str, str]]]:
        """(pk, code, name) of the entries of the long lists, in one query."""
        first, *rest = (
            model.objects.order_by().values_list(Value(name, output_field=CharField()), "pk", "code", "name")
            for name, model in LONG.items()
        )
        found: dict[str, list[tuple[int, str, str]]] = {name: [] for name in LONG}
        for name, *entry in first.union(*rest, all=True):
            found[name].append(tuple(entry))
        return found

    def _names(self, name: str) -> Iterable[tuple[str, str]]:
        return [(code, label) for _pk, code, label in self._entries[name]]

    def by_code(self, name: str, ids: Ids) -> Ids:
        """{entry: ids} of a long list as {code: ids}."""
        return {code: ids[pk] for pk, code, _label in self._entries[name] if pk in ids}


def _size(counted: dict[str, Counts]) -> int:
    """In bytes, about."""
    return 1_000 + 150 * sum(len(counts) for counts in counted.values())


# Where the records of each value are: {code: ids} of all records ------------------------------------------


def _column(facets: Facets, name: str) -> Ids:
    return countable.column(facets.sets, CHOSEN_FROM[name])


def _of_list(facets: Facets, name: str, ids: Ids) -> Ids:
    """Those of each entry of a short list by its code, with what is below an entry of a tree."""
    listed = facets.options[LIST_OF.get(name, name)]
    if name in TREES:
        ids = spread(ids, {option.pk: option.parent for option in listed})
    return {option.code: ids[option.pk] for option in listed if option.pk in ids}


def _type(facets: Facets, name: str) -> Ids:
    return _of_list(facets, name, countable.column(facets.sets, "type"))


def _linked(facets: Facets, name: str) -> Ids:
    return _of_list(facets, name, countable.linked(facets.sets, LINKED[name]))


def _child(facets: Facets, name: str) -> Ids:
    model, column = CHILD[name]
    severity = sorted(facets.asked["severity"]) if model is Challenge else []  # read together with the category

    def find(within):
        children = only(model.objects.using(facets.sets.using), within)
        return (children.filter(severity__in=severity) if severity else children).values_list(column, "engagement")

    return _of_list(facets, name, facets.sets.by((name, *severity), find))


def _task(facets: Facets, name: str) -> Ids:
    links = PeacekeepingMission.tasks.through.objects.using(facets.sets.using)

    def find(within):
        return only(links.all(), within, "peacekeepingmission").values_list("missiontask", "peacekeepingmission")

    return _of_list(facets, name, facets.sets.by("task", find))


def _region(facets: Facets, name: str) -> Ids:
    return _of_list(facets, name, countable.regions(facets.sets, None, facets.asked["region_mode"] or "either"))


def _role(facets: Facets, _name: str) -> Ids:
    """Of the chosen parties where there are some: a role is read together with them."""
    countries, organizations = ([entry.pk for entry in facets.asked[name]] for name in ("country", "organization"))

    def find(within):
        parts = taking_part(facets.sets, within)
        if countries or organizations:
            parts = parts.filter(Q(acts_for__in=countries) | Q(organization__in=organizations))
        return parts.values_list("role", "engagement")

    return facets.sets.by(("role", *sorted(countries), "of", *sorted(organizations)), find)


def _parties(facets: Facets, name: str) -> Ids:
    """Of each country or organization; where parties of the other list are chosen, their engagements come on top."""
    column, other, others = {
        "country": ("acts_for", "organization", "organization"),
        "organization": ("organization", "country", "acts_for"),
    }[name]
    roles = facets.asked["role"]
    ids = facets.by_code(name, countable.parties(facets.sets, column, roles))
    if facets.asked[other]:
        theirs = countable.parties(facets.sets, others, roles)
        anyway = union(theirs.get(entry.pk, NOTHING) for entry in facets.asked[other])
        ids = {code: ids.get(code, NOTHING) | anyway for code, _label in facets._names(name)}
    return ids


def _framework(facets: Facets, name: str) -> Ids:
    """An engagement is in one framework, and counts for what that is part of."""
    ids = countable.column(facets.sets, "framework")
    ids.pop(None, None)
    parents = dict(Framework.objects.order_by().values_list("pk", "parent"))
    return facets.by_code(name, spread(ids, parents))


def _legal_basis(facets: Facets, name: str) -> Ids:
    return facets.by_code(name, countable.linked(facets.sets, "legal_bases"))


def _waiting(facets: Facets, _name: str) -> Ids:
    return {code: countable.waiting(facets.sets, facets.user, code) for code, _label in WAITING}


def _completeness(facets: Facets, _name: str) -> Ids:
    scores = countable.completeness(facets.sets)
    return {band: union(ids for score, ids in scores.items() if in_band(score, band)) for band in BANDS}


def _mine(facets: Facets, _name: str) -> Ids:
    return {"me": countable.column(facets.sets, "owner").get(facets.user.pk, NOTHING)}


def _archived(facets: Facets, _name: str) -> Ids:
    return {"yes": facets._rows("archived")}


def _due(facets: Facets, _name: str) -> Ids:
    return countable.due(facets.sets)


def _returned(facets: Facets, _name: str) -> Ids:
    return countable.returned(facets.sets)


def _rating(facets: Facets, _name: str) -> Ids:
    return countable.ratings(facets.sets)


def _missing(facets: Facets, _name: str) -> Ids:
    return countable.missing(facets.sets)


def _overdue(facets: Facets, _name: str) -> Ids:
    return countable.late(facets.sets, [code for code, _label in OVERDUE])


NAMES: dict[str, Callable[[Facets, str], Ids]] = {
    **dict.fromkeys(CHOSEN_FROM, _column),
    "type": _type,
    **dict.fromkeys(LINKED, _linked),
    **dict.fromkeys(CHILD, _child),
    "task": _task,
    "region": _region,
    "role": _role,
    **dict.fromkeys(("country", "organization"), _parties),
    "framework": _framework,
    "legal_basis": _legal_basis,
    "due": _due,
    "waiting": _waiting,
    "returned": _returned,
    "completeness": _completeness,
    "owner": _mine,
    "archived": _archived,
    "rating": _rating,
    "missing": _missing,
    "overdue": _overdue,
}
