"""Columns by their headings: compared as a person reads them, whatever the case and the blanks."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imports.mapping.spec import Mapping, Rule


def heading_key(heading: str) -> str:
    """The same for headings that read alike."""
    return " ".join(unicodedata.normalize("NFKC", heading).casefold().split())


class Columns:
    """The columns of one file."""

    def __init__(self, headings: Sequence[str]):
        self.headings = list(headings)
        self.by_key: dict[str, int] = {}
        for number, heading in enumerate(self.headings):
            self.by_key.setdefault(heading_key(heading), number)

    def __contains__(self, heading: str) -> bool:
        return heading_key(heading) in self.by_key

    def at(self, heading: str) -> int:
        """The place of a column; KeyError where there is none."""
        return self.by_key[heading_key(heading)]

    def of_rule(self, rule: "Rule") -> list[int]:
        """The columns of a rule, those of a family from its first to its last."""
        if not rule.is_family:
            return [self.at(rule.column)]
        first, last = sorted((self.at(rule.since), self.at(rule.until)))
        return list(range(first, last + 1))

    def needed(self, rule: "Rule") -> list[str]:
        """The headings that a rule speaks of."""
        own = [rule.since, rule.until] if rule.is_family else [rule.column]
        others = [rule.month, rule.day, rule.precision, *(when.column for when in (rule.open_when, rule.only) if when)]
        return [*own, *(name for name in others if name)]

    def only_what_is_there(self, mapping: "Mapping") -> "Mapping":
        """The mapping without what it says about columns that this file does not have."""
        aggregates = mapping.aggregates
        if aggregates and not all(
            name in self for name in (aggregates.column, *aggregates.keys, *filter(None, (aggregates.people, aggregates.cost)))
        ):
            aggregates = None
        return replace(
            mapping,
            columns=tuple(rule for rule in mapping.columns if all(name in self for name in self.needed(rule))),
            group_by=tuple(name for name in mapping.group_by if name in self),
            identity=tuple(name for name in mapping.identity if name in self),
            aggregates=aggregates,
            flags=tuple(flag for flag in mapping.flags if flag.column in self),
        )
