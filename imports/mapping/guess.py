"""A first mapping for a file, from its headings and first rows: a proposal to look at, which decides nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils import timezone

from catalog.partial_dates import PartialDate
from engagements.choices import Status
from imports.mapping import targets
from imports.mapping.dates import read_date
from imports.mapping.headings import Columns
from imports.mapping.numbers import read_number
from imports.mapping.own import own_mapping_for
from imports.mapping.parsed import Named
from imports.mapping.sample import MOSTLY, Sample, are_serials, is_date, is_date_part, is_number
from imports.mapping.spec import Mapping, Rule, When
from imports.mapping.targets import Reads
from imports.mapping.values import choice
from imports.mapping.words import FIGURES, NAMES, OF_A_PERSON, YEARS, figure_of, personnel_of, sex_of, system_of, words

SHORTEST_FAMILY = 3
MOST_LOOKED_AT = 60  # different values of a column
_BASES = dict.fromkeys(("", "start", "begin", "from", "starting", "event", "s"), "starts") | dict.fromkeys(
    ("end", "finish", "to", "ending", "e"), "ends"
)
HOST = re.compile(r"\b(?:host|visited|receiving|to country)\b")
ONLY_WHOLE = {"external_id", "kind", "latitude", "longitude", "mission.acronym"}  # their words are part of too many headings


def guess(headings: Sequence[str], sample: Sequence[Sequence[str]], options: Any = None, name: str = "") -> dict[str, Any]:
    """The document of a mapping for a file with these headings and first rows. ``options`` are its FileOptions, ``name`` its name."""
    return guess_mapping(headings, sample, getattr(options, "decimal", "."), name).to_dict()


def guess_mapping(headings: Sequence[str], sample: Sequence[Sequence[str]], decimal: str = ".", name: str = "") -> Mapping:
    """Our own files and those of a ready mapping exactly; others by the words of their headings and by their values."""
    own = own_mapping_for(list(headings))
    return own or _ready_for(headings) or _Guess(headings, sample, decimal, system_of(name)).mapping()


def _ready_for(headings: Sequence[str]) -> Mapping | None:
    from imports.mapping.checks import absent
    from imports.mapping.ready import shipped

    columns = Columns(headings)
    for mapping in shipped().values():
        named = {name for rule in mapping.columns for name in columns.needed(rule)}
        if len(named) >= SHORTEST_FAMILY and not absent(mapping, headings):
            return mapping
    return None


class _Guess(Sample):
    def __init__(self, headings: Sequence[str], sample: Sequence[Sequence[str]], decimal: str, system: str):
        super().__init__(headings, sample, decimal)
        self.system = system
        self.rules: dict[int, Rule] = {}
        self.besides: list[Rule] = []  # second meanings

    def mapping(self) -> Mapping:
        self._families()
        self._figures()
        self._sexes()
        self._date_columns()
        self._by_words()
        self._numbers_of_lines()
        self._by_values()
        self._same_order()
        rules = self._of_all([*{id(self.rules[at]): self.rules[at] for at in sorted(self.rules)}.values(), *self.besides])
        # Who is host to a visit or an exercise takes part in it.
        hosts = [rule.column for rule in rules if rule.to == "country" and HOST.search(words(rule.column))]
        rules += [Rule(to="participant", column=column, role="host") for column in hosts]
        taken = {rule.to for rule in rules}
        if "country" not in taken:
            rules = [replace(rule, to="country") if rule.to == "place" and self._names_parties(rule.column) else rule for rule in rules]
        if "title" not in taken and "mission.acronym" in taken:
            acronym = next(rule for rule in rules if rule.to == "mission.acronym")
            rules.append(Rule(to="title", column=acronym.column))
        groups = self._groups(rules)
        if groups:  # what is different in every line names no engagement of several
            rules = [rule for rule in rules if rule.to != "external_id" or not self.is_unique(rule.column)]
        return Mapping(
            constants={"status": Status.COMPLETED.value} if self._is_past(rules) else {},
            file={"decimal": self.decimal} if self.decimal != "." else {},
            missing=self.missing,
            columns=tuple(rules),
            group_by=groups,
            identity=tuple(rule.column for rule in rules if rule.to == "external_id" and self.is_unique(rule.column))[:1],
        )

    def _names_parties(self, column: str) -> bool:
        cells = self.cells[self.headings.index(column)][:MOST_LOOKED_AT]
        return bool(cells) and self.share(cells, self.is_party) > MOSTLY

    def _is_past(self, rules: list[Rule]) -> bool:
        """Whether all that the first rows tell of is over, by dates that can be read, and no column says how it stands."""
        if any(rule.to == "status" for rule in rules):
            return False
        last: dict[str, list[PartialDate | None]] = {
            rule.to: [read_date(cell, rule.order)[0] for cell in self.cells[self.headings.index(rule.column)]]
            for rule in rules
            if rule.to in {"starts", "ends", "starts.year", "ends.year"}
        }
        dates = [date for found in last.values() for date in found if date]
        today = timezone.localdate()
        return bool(dates) and all(not date.open and date.latest is not None and date.latest < today for date in dates)

    def _same_order(self) -> None:
        """Dates that may be read in two ways are as those of the other columns, where those tell."""
        dated = {at: rule for at, rule in self.rules.items() if targets.by_name()[rule.to].reads in {Reads.PARTIAL_DATE, Reads.DAY}}
        orders = {rule.order for rule in dated.values()} & {"dmy", "mdy"}
        if len(orders) == 1:
            self.rules |= {at: replace(rule, order=min(orders)) for at, rule in dated.items() if not rule.order}

    # Families of columns ---

    def _families(self) -> None:
        """Neighbors whose headings are parties or days, or whose headings count (StateA, StateB) and whose cells name parties."""
        places = [self._party_in(heading) for heading in self.headings]
        for place in sorted({place for place in places if place}):
            for first, last in _runs([found == place for found in places]):
                if last - first + 1 >= SHORTEST_FAMILY:
                    self._family(first, last, self._of_parties(first, last, place))
        for first, last in _runs([not places[at] and self.is_day(heading) for at, heading in enumerate(self.headings)]):
            cells = [cell for at in range(first, last + 1) for cell in self.cells[at]]
            if (
                last - first + 1 >= SHORTEST_FAMILY
                and cells
                and self.share(cells, partial(is_number, decimal=self.decimal, currency=None)) > MOSTLY
            ):
                self._family(first, last, Rule(to="strength.total", gather="heading", heading=("strength.as_of",)))
        stems = [_stem(heading) for heading in self.headings]
        first = 0
        while first < len(stems):
            last = first
            while last + 1 < len(stems) and stems[first] and stems[last + 1] == stems[first]:
                last += 1
            if last - first + 1 >= SHORTEST_FAMILY and first not in self.rules and self._name_parties(first, last):
                self._family(first, last, Rule(to="participant"))
            first = last + 1

    def _figures(self) -> None:
        """Columns of women and men by type of personnel: "Troops M", "UNPOL female"."""
        found = {at: said for at, heading in enumerate(self.headings) if (said := figure_of(heading)) and at not in self.rules}
        if len({field for field, _kind in found.values()}) > 1:
            for at, (field, kind) in found.items():
                self.rules[at] = Rule(to=f"strength.{field}", column=self.headings[at], personnel_type=kind)

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
            dated = self._year_of_figures() is not None or any(
                self._target_by_words(heading)[0] == "strength.as_of" for heading in self.headings
            )
            to = "strength.total" if dated else "participant.personnel"
        if place == 1 and to != "participant" and all(map(self.is_day, above)):
            return Rule(to="strength.total", gather="heading", heading=("strength.as_of", "participant"))
        if place == 1:
            return Rule(to=to, gather="heading")
        below = self._below_party(first, last, place)
        return Rule(to="strength.total" if below else to, gather="heading", heading=("participant", below, *[""] * (place - 2)))

    def _year_of_figures(self) -> int | None:
        """The column of years where others say when it began: the figures of the line are of that year."""
        found = [at for at, heading in enumerate(self.headings) if words(heading.rpartition(" / ")[2]) in YEARS]
        began = any(self._target_by_words(heading)[0] == "starts" for at, heading in enumerate(self.headings) if at not in found)
        return found[0] if len(found) == 1 and began and self.share(self.cells[found[0]], is_date_part) > MOSTLY else None

    def _sexes(self) -> None:
        """Lines for women and lines for men: a column that says the sex, and one of figures. So does a column of years date figures."""
        said = [{sex_of(cell) for cell in cells} for cells in self.cells]
        sex = next((at for at, found in enumerate(said) if found == {"female", "male"}), None)
        figure = next(
            (at for at, heading in enumerate(self.headings) if words(heading) in FIGURES and self._fits(at, "strength.total")), None
        )
        if sex is not None and figure is not None and not {sex, figure} & set(self.rules):
            rules = [
                Rule(
                    to=f"strength.{kind}",
                    column=self.headings[figure],
                    only=When(self.headings[sex], tuple(cell for cell in self.cells[sex] if sex_of(cell) == kind)),
                )
                for kind in ("female", "male")
            ]
            self.rules[figure] = rules[0]
            self.besides.append(rules[1])
        year = self._year_of_figures()
        if year is not None and year not in self.rules and any(rule.to == "strength.total" for rule in self.rules.values()):
            self.rules[year] = Rule(to="strength.as_of", column=self.headings[year])
        for at, cells in enumerate(self.cells):
            is_known = bool(cells) and self.share(cells, personnel_of) > MOSTLY
            if at not in self.rules and is_known and self._has_strengths():
                self.rules[at] = self._rule(at, "strength.personnel_type", "")
                return

    def _numbers_of_lines(self) -> None:
        """A column of IDs, each of them once."""
        if any(rule.to == "external_id" for rule in self.rules.values()):
            return
        for at, heading in enumerate(self.headings):
            said = words(heading).split()
            is_id = bool(said) and (said[-1] in {"id", "nr"} or (len(said) == 1 and said[0].endswith("id") and len(said[0]) <= 6))
            if is_id and at not in self.rules and self.is_unique(heading) and len(self.cells[at]) >= SHORTEST_FAMILY:
                self.rules[at] = self._rule(at, "external_id", "")
                return

    def _of_all(self, rules: list[Rule]) -> list[Rule]:
        """A figure beside several parties in a line is of all of them together: an exercise can say so, others not."""
        if not any(rule.to.startswith("participant") and (rule.is_family or rule.split) for rule in rules):
            return rules
        is_exercise = any(re.search(r"\b(?:exercise|drill|ex)\b", words(heading)) for heading in self.headings)
        whole = "exercise.personnel_total" if is_exercise and all(rule.to != "exercise.personnel_total" for rule in rules) else ""
        figures = [rule for rule in rules if rule.to == "participant.personnel" and not rule.is_family and not rule.split]
        return [replace(rule, to=whole) if rule in figures else rule for rule in rules if whole or rule not in figures]

    def _name_parties(self, first: int, last: int) -> bool:
        cells = [cell for at in range(first, last + 1) for cell in self.cells[at]][:MOST_LOOKED_AT]
        return bool(cells) and sum(map(self.is_party, cells)) > MOSTLY * len(cells)

    def _date_columns(self) -> None:
        """Year, month and day of a date in columns of their own."""
        said: dict[str, dict[str, int]] = {}
        for at, heading in enumerate(self.headings):
            tokens = words(heading).split()
            part = next((token for token in tokens if token in targets.PARTS), "")
            others = [token for token in tokens if token not in {part, "of", "date"}]
            if part and len(others) <= 1 and self.share(self.cells[at], is_date_part) >= MOSTLY:
                base = _BASES.get(others[0] if others else "")
                if base:
                    said.setdefault(base, {}).setdefault(part, at)
        for base, columns in said.items():
            if {"year", "month"} <= set(columns):
                to = "strength.as_of" if base == "starts" and self._has_strengths() else base
                for part, at in columns.items():
                    self.rules.setdefault(at, Rule(to=f"{to}.{part}", column=self.headings[at]))

    def _has_strengths(self) -> bool:
        found = {self._target_by_words(heading)[0] for heading in self.headings} | {rule.to for rule in self.rules.values()}
        return bool(found & {"strength.female", "strength.male", "strength.personnel_type"})

    # Single columns ---

    def _by_words(self) -> None:
        found = []
        for at, heading in enumerate(self.headings):
            if at not in self.rules:
                to, role, score = self._target_by_words(heading)
                if to and self._fits(at, to):
                    found.append((-score, at, to, role))
        names = [(at, role) for _score, at, to, role in found if to == "participant" and not self.codes(at)]
        taken: set[str] = {rule.to for rule in self.rules.values()}
        has_parts = any(rule.personnel_type or rule.only or (rule.gather and rule.to != "participant") for rule in self.rules.values())
        for _score, at, to, role in sorted(found):
            if to in taken and not (targets.by_name()[to].joins or to == "participant"):
                continue
            # A code beside a name is the same party again, a total beside its parts the same people.
            if to == "strength.total" and has_parts:
                continue
            if to == "participant" and self.codes(at) and any(not other or _is_code(self.headings[at]) for _at, other in names):
                continue
            self.rules[at] = self._rule(at, to, role)
            taken.add(to)

    def _target_by_words(self, heading: str) -> tuple[str, str, int]:
        """Target, role and how sure: 3 for the very words, 1 where they are only part of the heading."""
        said = words(heading.rpartition(" / ")[2]) or words(heading)
        for to, role, phrases in NAMES:
            if said in phrases:
                return to, role, 3
        best = ("", "", 0)
        longest = 0
        for to, role, phrases in NAMES:
            for phrase in phrases if to not in ONLY_WHOLE else ():
                if to == "title" and (not phrase.endswith(("name", "title")) or OF_A_PERSON.search(said)):
                    continue
                if len(phrase) > max(longest, 3) and re.search(rf"\b{re.escape(phrase)}\b", said):
                    best, longest = (to, role, 1), len(phrase)
        return best

    def _fits(self, at: int, to: str) -> bool:
        """Whether the values of the column can be read as what its heading promises."""
        cells = self.cells[at][:MOST_LOOKED_AT]
        if not cells:
            return True
        reads = targets.by_name()[to].reads
        if reads in {Reads.PARTIAL_DATE, Reads.DAY}:
            return are_serials(cells) or self.share(cells, lambda cell: is_date(cell, "dmy") or is_date(cell, "mdy")) > MOSTLY
        if reads in {Reads.INTEGER, Reads.DECIMAL, Reads.YEAR}:
            money = "" if to.startswith("funding.") else None
            return (
                self.share(cells, lambda cell: read_number(cell.removeprefix("FY"), self.decimal, currency=money)[0] is not None) > MOSTLY
            )
        if to == "participant" or to == "country":
            return self.share(cells, lambda cell: any(self.is_party(part) for part in re.split(r"[;,/|]", cell))) > 0.3
        if reads is Reads.URL:
            return self.share(cells, lambda cell: cell.startswith("http")) > MOSTLY
        if to == "external_id":  # what most lines have alike names none of them
            return self.filled[at] < SHORTEST_FAMILY or len(self.cells[at]) * 2 > self.filled[at]
        if to == "title":
            return self.share(cells, lambda cell: read_number(cell, self.decimal)[0] is None) > MOSTLY
        return True

    def _by_values(self) -> None:
        """A column whose heading says nothing, and whose cells are names of parties."""
        if any(rule.to == "participant" or rule.gather for rule in self.rules.values()):
            return
        for at, cells in enumerate(self.cells):
            looked_at = cells[:MOST_LOOKED_AT]
            if at not in self.rules and looked_at and self.share(looked_at, self.is_party) > MOSTLY:
                self.rules[at] = self._rule(at, "participant", "")
                return

    def _rule(self, at: int, to: str, role: str) -> Rule:
        reads, cells = targets.by_name()[to].reads, self.cells[at]
        kinds = targets.by_name()["strength.personnel_type"]
        return Rule(
            to=to,
            column=self.headings[at],
            role=role,
            order=self.order(cells) if reads in {Reads.PARTIAL_DATE, Reads.DAY} else "",
            split=self.separator(cells) if reads is Reads.ENTRIES else "",
            currency=self.currency(at) if to in {"funding.actual", "funding.planned"} else "",
            system=self.system if to == "external_id" else "",
            values={cell: kind for cell in cells if (kind := personnel_of(cell)) and isinstance(choice(cell, kinds)[0], Named)}
            if to == kinds.name
            else {},
        )

    def _groups(self, rules: list[Rule]) -> tuple[str, ...]:
        """Several lines of one engagement: the same title and dates, a party in each."""
        one_party = [rule for rule in rules if rule.to == "participant" and not rule.split and not rule.is_family and rule.role != "host"]
        title = next((rule.column for rule in rules if rule.to in {"title", "mission.acronym"} and not rule.is_family), "")
        if not title or self.is_unique(title):
            return ()
        if any(rule.to.startswith("strength.as_of") for rule in rules):  # figures of several days of one mission
            return (title,)
        if len(one_party) != 1:
            return ()
        wanted = [rule.column for rule in rules if rule.to in {"title", "starts", "ends", "place"} and not rule.is_family]
        return tuple(dict.fromkeys(wanted)) or (title,)


def _is_code(heading: str) -> bool:
    return bool(re.search(r"iso|code|abbr", words(heading)))


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
