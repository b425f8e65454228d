"""The sorts a reader may ask for; each is total, so that no two pages share a row.

The last key of each sort runs in the direction in which an index is read for it (migrations/0011): forward or backward.
"""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from engagements.choices import Handling, Kind, ReviewState, Scope, Status
from engagements.domain.completeness import with_completeness

DEFAULT = "-start"


@dataclass(frozen=True)
class Key:
    """One term of a sort: a column, its direction, what its values are, and whether some rows have none (they come last)."""

    path: str
    is_descending: bool = False
    type: str = "text"
    may_lack: bool = False

    def order(self, *, is_back: bool = False):
        """The term for ``order_by``; backward, everything is the other way round."""
        column = F(self.path)
        is_down = self.is_descending != is_back
        if not self.may_lack:
            return column.desc() if is_down else column.asc()
        where = {"nulls_first": True} if is_back else {"nulls_last": True}
        return column.desc(**where) if is_down else column.asc(**where)

    def order_indexed(self, *, is_back: bool = False):
        """The term as the indexes have it: descending with what is missing last; read backward, what is missing comes first."""
        column = F(self.path)
        is_down = self.is_descending != is_back
        if not self.may_lack:
            return column.desc() if is_down else column.asc()
        return column.desc(nulls_last=True) if is_down else column.asc(nulls_first=True)


@dataclass(frozen=True)
class Group:
    """A column that many rows share: sorted by ``name``, its values ``key``; within one value the newest come first."""

    name: str
    key: str
    values: tuple[str, ...] = ()  # of a closed list; an entry of a catalog is found by its name

    @property
    def is_entry(self) -> bool:
        return not self.values


NEWEST = (Key("starts_on", True, "date", True), Key("reference"))
GROUPS = {
    "kind": Group("kind", "kind", tuple(Kind.values)),
    "type": Group("type__name", "type"),
    "status": Group("status", "status", tuple(Status.values)),
    "scope": Group("scope", "scope", tuple(Scope.values)),
    "place": Group("country__name", "country"),
    "framework": Group("framework__name", "framework"),
    "review": Group("review_state", "review_state", tuple(ReviewState.values)),
    "handling": Group("handling", "handling", tuple(Handling.values)),
}
DATES = {"start": "starts_on", "end": "ends_on"}
COLUMNS = {"title": ("title", "text"), "updated": ("updated_at", "time"), "entered": ("created_at", "time")}
NAMES = [
    "start", "end", "title", "kind", "type", "status", "scope", "place", "framework", "review", "handling", "updated", "entered",
    "reference", "completeness",
]  # fmt: skip
SORTS = [*NAMES, *(f"-{name}" for name in NAMES)]


def keys_of(sort: str) -> tuple[Key, ...]:
    """The terms of one of SORTS."""
    name, is_down = sort.removeprefix("-"), sort.startswith("-")
    if name in DATES:
        return Key(DATES[name], is_down, "date", True), Key("reference", not is_down)
    if name in COLUMNS:
        column, type_ = COLUMNS[name]
        return Key(column, is_down, type_), Key("reference", is_down)
    if name in GROUPS:
        group = GROUPS[name]
        entry = (Key(group.key, False, "number", True),) if group.is_entry else ()
        return Key(group.name, is_down, "text", group.is_entry), *entry, *NEWEST
    if name == "completeness":
        return Key("completeness", is_down, "number"), *NEWEST
    return (Key("reference", is_down),)


def ordered(rows: QuerySet, sort: str = "", *, is_back: bool = False) -> QuerySet:
    """``rows`` by one of SORTS, what is not known last; the other way round with ``is_back``."""
    sort = sort or DEFAULT
    if sort.removeprefix("-") == "completeness" and "completeness" not in rows.query.annotations:
        rows = with_completeness(rows)
    return rows.order_by(*(key.order(is_back=is_back) for key in keys_of(sort)))
