"""The figures of the home page and of what needs attention, counted from remembered sets where they are kept."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from pyroaring import FrozenBitMap

from accounts.models import User
from engagements import countable
from engagements.choices import OVERDUE, ReviewState
from engagements.domain import attention
from engagements.domain.attention import Group, Whose, prepared
from engagements.sets import NOTHING, Sets, union
from engagements.work_filters import in_band

MOST_NAMED = 5_000  # ids in one query


@dataclass(frozen=True)
class Figures:
    """How many records a person may see, of each kind, and how many drafts of their own or their teams' there are."""

    total: int
    by_kind: dict[str, int]
    drafts: int


def figures(rows: QuerySet, user: User) -> Figures:
    """The figures of ``rows``, which ``user`` may see."""
    own = Q(team__in=user.team_ids) | Q(owner=user.pk)
    open_ = Q(review_state__in=[ReviewState.DRAFT, ReviewState.RETURNED])
    sets = Sets(rows.db)
    if not sets.are_kept:
        told = rows.order_by().values_list("kind").annotate(n=Count("pk"), drafts=Count("pk", filter=own & open_))
        return Figures(sum(n for _, n, _ in told), {kind: n for kind, n, _ in told}, sum(drafts for *_, drafts in told))
    seen = sets.of(rows)
    kinds = {kind: n for kind, ids in countable.column(sets, "kind").items() if (n := len(ids & seen))}
    return Figures(len(seen), kinds, len(seen & sets.of(sets.records.filter(own & open_))))


def totals(rows: QuerySet, user: User, whose: list[Whose]) -> list[tuple[Group, list[int]]]:
    """Each group of ``rows``, which ``user`` may see, and how many records it has for each of ``whose``."""
    sets = Sets(rows.db)
    if not sets.are_kept:
        return attention.totals(rows, user, whose)
    seen = sets.of(rows.current())
    own = [seen & sets.of(sets.records.filter(one.condition)) if one.condition else seen for one in whose]
    counted = []
    for group in attention.groups(prepared(rows), user):
        ids = _ids(sets, group, user)
        counts = [len(ids & (seen if group.is_of(one) else theirs)) for one, theirs in zip(whose, own, strict=True)]
        counted.append((group, counts))
    return counted


def near(rows: QuerySet, user: User, groups: list[Group], whose: Whose, most: int) -> dict[str, list[int]]:
    """The ids of a group, by its code, where they are few enough to be named; of the least complete only the first ``most``."""
    sets = Sets(rows.db)
    if not sets.are_kept:
        return {}
    seen = sets.of(rows.current())
    own = seen & sets.of(sets.records.filter(whose.condition)) if whose.condition else seen
    found = {}
    for group in groups:
        here = seen if group.is_of(whose) else own
        name, code = group.query
        ids = _least_complete(sets, code, here, most) if name == "completeness" else _ids(sets, group, user) & here
        if len(ids) <= MOST_NAMED:
            found[group.code] = list(ids)
    return found


def _least_complete(sets: Sets, band: str, here: FrozenBitMap, most: int) -> FrozenBitMap:
    """Those of the lowest scores of the band, with all that have the same as the last."""
    found = NOTHING
    for score, ids in sorted(countable.completeness(sets).items()):
        if len(found) >= most or not in_band(score, band):
            break
        found |= ids & here
    return found


def _ids(sets: Sets, group: Group, user: User) -> FrozenBitMap:
    """The records of the group among all, by the filter that shows them."""
    name, code = group.query
    if name == "waiting":
        return countable.waiting(sets, user, code)
    if name == "completeness":
        return union(ids for score, ids in countable.completeness(sets).items() if in_band(score, code))
    ids = {
        "overdue": lambda: countable.late(sets, [what for what, _label in OVERDUE]),
        "due": lambda: countable.due(sets),
        "review": lambda: countable.column(sets, "review_state"),
    }[name]()
    return ids.get(code, NOTHING)
