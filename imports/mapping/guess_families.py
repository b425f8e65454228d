"""Families of columns in a first proposal: neighbors whose headings name parties or days, or whose headings count."""

import re
from collections.abc import Sequence
from dataclasses import replace

from imports.mapping import targets
from imports.mapping.numbers import read_number
from imports.mapping.parsed import Named
from imports.mapping.sample import MOSTLY, Sample, is_date, is_date_part, is_number
from imports.mapping.spec import Rule
from imports.mapping.values import choice
from imports.mapping.words import YEARS, meaning_of, words

SHORTEST_FAMILY = 3
MOST_LOOKED_AT = 60  # different values of a column
COUNTED_PARTIES = {"state", "country", "nation", "participant", "party", "partner", "member", "participating country", "contributor"}


class Families(Sample):
    """The columns of a sample with the rules that were found so far, by place."""

    def __init__(self, headings: Sequence[str], sample: Sequence[Sequence[str]], decimal: str):
        super().__init__(headings, sample, decimal)
        self.rules: dict[int, Rule] = {}

    def families(self) -> None:
        """Neighbors whose headings are parties or days, or whose headings count (StateA, StateB) and whose cells name parties."""
        places = self._bridged([self._party_in(heading) for heading in self.headings])
        for place in sorted({place for place in places if place}):
            for first, last in _runs([found == place for found in places]):
                if last - first + 1 >= SHORTEST_FAMILY:
                    self._family(first, last, self._of_parties(first, last, place))
        above = [heading.rpartition(" / ")[0] for heading in self.headings]
        days = [heading.rpartition(" / ")[2] for heading in self.headings]
        for group in dict.fromkeys(above):
            for first, last in _runs([not places[at] and above[at] == group and self.is_day(day) for at, day in enumerate(days)]):
                self._of_days(first, last, group)
        stems = [_stem(heading) for heading in self.headings]
        first = 0
        while first < len(stems):
            last = first
            while last + 1 < len(stems) and stems[first] and stems[last + 1] == stems[first]:
                last += 1
            if last - first + 1 >= SHORTEST_FAMILY and first not in self.rules and self._name_parties(first, last):
                self._family(first, last, Rule(to="participant"))
            first = last + 1

    def _bridged(self, places: list[int]) -> list[int]:
        """A heading that no list knows, between two that are parties and above cells like theirs, is one to be asked about."""
        found = list(places)
        for at in range(1, len(places) - 1):
            before, after = places[at - 1], places[at + 1]
            means = meaning_of(self.headings[at])[0]
            is_other = means not in {"", "participant"} or not self.share(self.cells[at], self._is_figure) > MOSTLY
            if not places[at] and before and before == after and not is_other:
                found[at] = before
        return found

    def _is_figure(self, cell: str) -> bool:
        return is_number(cell, self.decimal, None)

    def _of_days(self, first: int, last: int, above: str) -> None:
        """Figures below years or days are of people, or of money where the row above the days says so."""
        cells = [cell for at in range(first, last + 1) for cell in self.cells[at]]
        if last - first + 1 < SHORTEST_FAMILY or not cells or self.share(cells, self._is_figure) <= MOSTLY:
            return
        said = [meaning_of(part)[0] for part in reversed(above.split(" / "))] if above else ["strength.total"]
        to = next((to for to in said if to), "")
        if to in {"funding.planned", "funding.actual"}:
            rule = Rule(to=to, gather="heading", heading=("funding.fiscal_year",), currency=self.currency(first), times=self.times(first))
            self._family(first, last, rule)
        elif to in {"participant.personnel", "strength.total"}:
            self._family(first, last, Rule(to="strength.total", gather="heading", heading=("strength.as_of",)))

    def _family(self, first: int, last: int, rule: Rule) -> None:
        since, until = self.headings[first], self.headings[last]
        self.rules[first] = replace(rule, since=since, until=until)
        for at in range(first + 1, last + 1):
            self.rules.setdefault(at, self.rules[first])

    def _party_in(self, heading: str) -> int:
        """Which row of a heading names a party, counted from the last; 0 where none does."""
        parts = [part.strip() for part in heading.split(" / ")]
        return next((place for place, part in enumerate(reversed(parts), 1) if self.is_party(part)), 0)

    def _below_party(self, first: int, last: int, place: int) -> str:
        """What the row below the parties says: a type of personnel, or a day."""
        said = [self.headings[at].split(" / ")[-place + 1].strip() for at in range(first, last + 1)]
        kind = targets.by_name()["strength.personnel_type"]
        if any(not isinstance(choice(text, kind)[0], Named) for text in said):
            return kind.name
        return "strength.as_of" if all(map(self.is_day, said)) else ""

    def _of_parties(self, first: int, last: int, place: int) -> Rule:
        cells = [cell for at in range(first, last + 1) for cell in self.cells[at]]
        above = [
            self.headings[at].split(" / ")[-place - 1].strip() if self.headings[at].count(" / ") >= place else ""
            for at in range(first, last + 1)
        ]
        numbers = [cell for cell in cells if read_number(cell, self.decimal)[0] is not None]
        is_counted = len(numbers) > MOSTLY * len(cells) and any(cell not in {"0", "1"} for cell in numbers)
        to = "participant"
        if is_counted:
            dated = self.year_of_figures() is not None or any(meaning_of(heading)[0] == "strength.as_of" for heading in self.headings)
            to = "strength.total" if dated else "participant.personnel"
        if place == 1 and to != "participant" and all(map(self.is_day, above)):
            return Rule(to="strength.total", gather="heading", heading=("strength.as_of", "participant"))
        if place == 1:
            return Rule(to=to, gather="heading")
        below = self._below_party(first, last, place)
        return Rule(to="strength.total" if below else to, gather="heading", heading=("participant", below, *[""] * (place - 2)))

    def year_of_figures(self) -> int | None:
        """The column of years where others say when it began: the figures of the line are of that year."""
        found = [at for at, heading in enumerate(self.headings) if words(heading.rpartition(" / ")[2]) in YEARS]
        began = any(meaning_of(heading)[0] == "starts" for at, heading in enumerate(self.headings) if at not in found)
        return found[0] if len(found) == 1 and began and self.share(self.cells[found[0]], is_date_part) > MOSTLY else None

    def _name_parties(self, first: int, last: int) -> bool:
        cells = [cell for at in range(first, last + 1) for cell in self.cells[at]][:MOST_LOOKED_AT]
        if _stem(self.headings[first]) in COUNTED_PARTIES:  # by codes of another list, perhaps: those are asked about
            return bool(set(cells) - {"0", "1"}) and not all(is_date(cell, "") for cell in cells)
        return bool(cells) and sum(map(self.is_party, cells)) > MOSTLY * len(cells)


def _stem(heading: str) -> str:
    """What counting headings share: "StateAM" and "Country 12" without the letters or digits at their end."""
    match = re.fullmatch(r"(.*?[a-z])[\s_]*(?:[A-Z]{1,2}|[0-9]{1,3})", heading.strip())
    return words(match[1]) if match else ""


def _runs(named: list[bool]) -> list[tuple[int, int]]:
    """First and last place of each run of neighbors that hold."""
    found, first = [], None
    for at, holds in enumerate([*named, False]):
        if holds and first is None:
            first = at
        elif not holds and first is not None:
            found.append((first, at - 1))
            first = None
    return found
