"""What each filter asks, one condition a name, from rows to rows: the list chains them, figures meet what each finds.

Values of one name mean any of them; what is read together (a country in a role) is one condition with several names.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from pyroaring import FrozenBitMap

from catalog.options import Options
from engagements import countable
from engagements.apart import every
from engagements.countable import Ids
from engagements.models import CaseStudy
from engagements.search_hits import ids_having
from engagements.sets import Sets, found, union
from engagements.work_filters import by_work, in_band

# Parameters that hold values of a closed list, and the column each looks at.
CHOSEN_FROM = {
    "kind": "kind",
    "status": "status",
    "scope": "scope",
    "handling": "handling",
    "review": "review_state",
    "reason": "status_reason",
    "context": "conflict_context",
    "perception": "local_perception",
}
COLUMNS = {"type": "type", "owner": "owner", "team": "team"}
LINKED = {"theme": "themes", "domain": "domains", "legal_basis": "legal_bases"}
LINKED_TREES = {"strategy": "strategies", "objective": "objectives"}
CHILDREN = {"outcome_type": ("outcomes", "type"), "funding": ("funding_lines", "source")}


@dataclass(frozen=True)
class Condition:
    """``find`` narrows rows to those that meet what was chosen under ``names``.

    ``counted`` puts the same together from sets that are there for the figures, where they are. What is found can be
    remembered where ``is_kept``: not what is asked once and seldom again, nor what the log of changes does not name the
    record of. ``by_time``: it depends on when a record was changed last.
    """

    names: tuple[str, ...]
    find: Callable[[Any], Any]
    counted: Callable[[Sets], FrozenBitMap] | None = None
    is_kept: bool = True
    by_time: bool = False

    def ids(self, sets: Sets) -> FrozenBitMap:
        """The ids of all records that meet it."""
        if self.counted is not None and sets.are_kept:
            return self.counted(sets)
        rows = self.find(sets.records)
        return sets.of(rows, by_time=self.by_time) if self.is_kept else found(rows)


def current(chosen: dict[str, Any]) -> Condition:
    """The archived records, where they are asked for, or else the others."""
    if chosen["archived"]:
        rows = Condition(("archived",), lambda rows: rows.exclude(archived_at=None))
        return replace(rows, counted=lambda sets: every(sets) - sets.of(sets.records.filter(archived_at=None)))
    return Condition(("archived",), lambda rows: rows.filter(archived_at=None))


def _any(ids: Ids, values: Iterable[Any]) -> FrozenBitMap:
    return union(ids[value] for value in values if value in ids)


def _pks(entries) -> list[int]:
    return [entry.pk for entry in entries]


def conditions(chosen: dict[str, Any], *, options: Options, user) -> Iterator[Condition]:
    """The conditions of the checked values that were ``chosen``, without those of clauses; all of them must hold."""
    if chosen["q"]:
        yield Condition(("q",), lambda rows: rows.search(chosen["q"]), lambda sets: ids_having(sets, chosen["q"]))
    if chosen["region"]:
        mode = chosen["region_mode"] or "either"
        regions = options.with_descendants("region", _pks(chosen["region"]))
        yield Condition(
            ("region", "region_mode"),
            lambda rows: rows.in_regions(regions, mode),
            lambda sets: _any(countable.regions(sets, None, mode), regions),
        )
    start, end = chosen["start"], chosen["end"]
    if start or end:
        yield Condition(("start", "end"), lambda rows: rows.between(start.earliest if start else None, end.latest if end else None))
    if chosen["held_in"]:
        countries = _pks(chosen["held_in"])
        yield Condition(("held_in",), lambda rows: rows.held_in(countries), lambda sets: _any(countable.held(sets), countries))
    if chosen["area"]:
        yield Condition(("area",), lambda rows: rows.within([sides for _text, sides in chosen["area"]]))
    if chosen["country"] or chosen["organization"] or chosen["role"]:
        yield _of_parties(chosen)
    yield from _of_columns_and_lists(chosen, options)
    if chosen["challenge"] or chosen["severity"]:
        asked = {"category__in": _pks(chosen["challenge"]), "severity__in": chosen["severity"]}
        asked = {name: values for name, values in asked.items() if values}
        yield Condition(("challenge", "severity"), lambda rows: rows.having("challenges", **asked))
    if chosen["rating"]:
        yield Condition(
            ("rating",), lambda rows: rows.rated(chosen["rating"]), lambda sets: _any(countable.ratings(sets), chosen["rating"])
        )
    for what in chosen["missing"]:
        yield Condition(
            ("missing",), lambda rows, what=what: rows.missing(what), lambda sets, what=what: _any(countable.missing(sets), [what])
        )
    if chosen["overdue"]:
        late = chosen["overdue"]
        by_time = any(code.startswith(countable.UNTOUCHED) for code in late)
        yield Condition(("overdue",), lambda rows: rows.overdue_in_any(late), by_time=by_time)
    by_sets = {
        "waiting": lambda sets: union(countable.waiting(sets, user, code) for code in chosen["waiting"]),
        "completeness": lambda sets: union(
            ids for score, ids in countable.completeness(sets).items() if any(in_band(score, band) for band in chosen["completeness"])
        ),
    }
    for name, find in by_work(chosen, user):
        yield Condition((name,), find, by_sets.get(name))
    for name, first_month in {"year": 1, "fiscal_year": settings.FISCAL_YEAR_FIRST_MONTH}.items():
        if chosen[name]:
            yield _of_years(name, [years for _text, years in chosen[name]], first_month)


def _of_parties(chosen: dict[str, Any]) -> Condition:
    countries, organizations, roles = _pks(chosen["country"]), _pks(chosen["organization"]), chosen["role"]

    def counted(sets):
        return _any(countable.parties(sets, "acts_for"), countries) | _any(countable.parties(sets, "organization"), organizations)

    return Condition(
        ("country", "organization", "role"),
        lambda rows: rows.with_parties(countries=countries, organizations=organizations, roles=roles),
        None if roles else counted,
    )


def _of_columns_and_lists(chosen: dict[str, Any], options: Options) -> Iterator[Condition]:
    for name, column in (CHOSEN_FROM | COLUMNS).items():
        if chosen[name]:
            yield _of_column(name, column, chosen[name] if name in CHOSEN_FROM else _pks(chosen[name]))
    if chosen["framework"]:
        yield _narrowing("framework", "under_frameworks", _pks(chosen["framework"]))
    for name, relation in LINKED.items():
        if chosen[name]:
            yield _of_list(name, relation, _pks(chosen[name]))
    for name, relation in LINKED_TREES.items():
        if chosen[name]:
            yield _of_list(name, relation, options.with_descendants(name, _pks(chosen[name])))
    if chosen["case_study"]:
        told = CaseStudy.engagements.through.objects.filter(casestudy__in=_pks(chosen["case_study"]))
        yield _narrowing("case_study", "filter", pk__in=told.values("engagement"))
    if chosen["task"]:
        yield _narrowing("task", "with_tasks", _pks(chosen["task"]))
    for name, (relation, column) in CHILDREN.items():
        if chosen[name]:
            yield _narrowing(name, "having", relation, **{f"{column}__in": _pks(chosen[name])})


def _of_years(name: str, spans: list[tuple[int, int] | None], first_month: int) -> Condition:
    def counted(sets):
        years = countable.year(sets, first_month)
        return union(
            ids
            for year, ids in years.items()
            if any((year is None) if span is None else year is not None and span[0] <= year <= span[1] for span in spans)
        )

    return Condition((name,), lambda rows: rows.started_in(spans, first_month=first_month), counted)


def _of_column(name: str, column: str, values: list[Any]) -> Condition:
    return Condition(
        (name,), lambda rows: rows.filter(**{f"{column}__in": values}), lambda sets: _any(countable.column(sets, column), values)
    )


def _of_list(name: str, relation: str, pks: list[int]) -> Condition:
    return Condition((name,), lambda rows: rows.linked(relation, pks), lambda sets: _any(countable.linked(sets, relation), pks))


def _narrowing(name: str, method: str, *values: Any, **conditions: Any) -> Condition:
    return Condition((name,), lambda rows: getattr(rows, method)(*values, **conditions))
