"""The short lists, for filter panels and forms: read together in one query, and kept until one of them changes."""

import json
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from django.db import connections, router
from django.db.models import BigIntegerField, CharField, F, Value

from catalog.models import (
    ChallengeCategory,
    Domain,
    EngagementType,
    FundingSource,
    MissionTask,
    Objective,
    OutcomeType,
    Region,
    RegionScheme,
    Strategy,
    Theme,
)
from catalog.resolution import PartyResolver
from history.models import Change

# name of the list: model, column of the parent, column of the group
LISTS = {
    "strategy": (Strategy, "parent_id", None),
    "region": (Region, "parent_id", "scheme__name"),
    "type": (EngagementType, None, "kind"),
    "theme": (Theme, None, "group"),
    "domain": (Domain, None, None),
    "objective": (Objective, "parent_id", "kind"),
    "challenge": (ChallengeCategory, None, None),
    "outcome_type": (OutcomeType, None, None),
    "task": (MissionTask, None, None),
    "funding_source": (FundingSource, None, None),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a short list, as a choice."""

    pk: int
    code: str
    name: str
    definition: str
    parent: int | None
    group: str
    in_use: bool
    depth: int = 0

    def __str__(self):
        return self.name


Edition = tuple[str, int, int, str]
Lists = dict[str, list[Option]]
MODELS = [*(model for model, _parent, _group in LISTS.values()), RegionScheme]
TABLES = [model._meta.db_table for model in MODELS]
# Plus nothing: or SQLite looks for the greatest of all numbers, from behind.
OF_LAST_CHANGE = (
    f"SELECT {{array}}(told.n, told.last, c.action) FROM (SELECT count(*) AS n, max(id + 0) AS last FROM {Change._meta.db_table}"
    f' WHERE "table" IN ({", ".join(repr(table) for table in TABLES)})) told'
    f" LEFT JOIN {Change._meta.db_table} c ON c.id = told.last"
)
_kept: dict[str, tuple[Edition, Lists]] = {}
_lock = Lock()


class Options:
    """The short lists by name, each in its order, children after their parent."""

    @cached_property
    def edition(self) -> Edition:
        """Which lists these are: another one after each change to any of them.

        Changes are counted too: one that had a lower number, and came to its end later, makes another edition as well.
        """
        using = router.db_for_read(Change)
        with connections[using].cursor() as cursor:
            cursor.execute(self.asking(using))
            return self._edition(using, *cursor.fetchone())

    @staticmethod
    def asking(using: str) -> str:
        """A query of one value that tells the edition: to be asked within another one, whose result goes to ``told``."""
        return OF_LAST_CHANGE.format(array="json_build_array" if connections[using].vendor == "postgresql" else "json_array")

    def told(self, using: str, answer: Any) -> None:
        """The answer of ``asking``, where it was not asked before."""
        self.__dict__.setdefault("edition", self._edition(using, answer))

    @staticmethod
    def _edition(using: str, answer: Any) -> Edition:
        count, last, action = json.loads(answer) if isinstance(answer, str) else answer
        return str(connections[using].settings_dict["NAME"]), count, last or 0, action or ""

    @cached_property
    def lists(self) -> Lists:
        """As they are now; asked for when the first is needed, and read again only where they changed."""
        with _lock:
            edition, lists = _kept.get(self.edition[0], (None, {}))
        if edition != self.edition:
            lists = self._read()
            with _lock:
                _kept[self.edition[0]] = self.edition, lists
        return lists

    def _read(self) -> Lists:
        lists: Lists = {name: [] for name in LISTS}
        queries = [
            model.objects.order_by().values_list(
                Value(name, output_field=CharField()),
                "pk",
                "code",
                "name",
                "definition",
                F(parent) if parent else Value(None, output_field=BigIntegerField()),
                F(group) if group else Value("", output_field=CharField()),
                "sort",
                "retired_on",
                "merged_into",
            )
            for name, (model, parent, group) in LISTS.items()
        ]
        first, *rest = queries
        found = sorted(first.union(*rest, all=True), key=lambda row: (row[7], row[3].casefold(), row[1]))
        for name, pk, code, label, definition, parent, group, _sort, retired, merged in found:
            lists[name].append(Option(pk, code, label, definition, parent, group, retired is None and merged is None))
        for name, (_model, parent, _group) in LISTS.items():
            if parent:
                lists[name] = _as_tree(lists[name])
        return lists

    @cached_property
    def parties(self) -> PartyResolver:
        """Names of countries and organizations, read when the first is asked for."""
        return PartyResolver()

    def __getitem__(self, name: str) -> list[Option]:
        return self.lists[name]

    def in_use(self, name: str) -> list[Option]:
        return [option for option in self.lists[name] if option.in_use]

    def by_code(self, name: str) -> dict[str, Option]:
        return {option.code: option for option in self.lists[name]}

    def with_descendants(self, name: str, pks) -> list[int]:
        """``pks`` and everything below them."""
        wanted = set(pks)
        for option in self.lists[name]:  # parents come before their children
            if option.parent in wanted:
                wanted.add(option.pk)
        return sorted(wanted)


def _as_tree(options: list[Option]) -> list[Option]:
    children: dict[int | None, list[Option]] = {}
    for option in options:
        children.setdefault(option.parent, []).append(option)

    def below(parent: int | None, depth: int):
        for option in children.get(parent, []):
            yield Option(option.pk, option.code, option.name, option.definition, option.parent, option.group, option.in_use, depth)
            yield from below(option.pk, depth + 1)

    return list(below(None, 0))
