"""A first mapping for a file, from its headings and first rows: a proposal to look at, which decides nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone

from catalog import country_codes
from catalog.canonical import canonical
from catalog.partial_dates import PartialDate
from engagements.choices import Status
from imports.mapping import targets
from imports.mapping.dates import read_date
from imports.mapping.guess_families import MOST_LOOKED_AT, SHORTEST_FAMILY, Families
from imports.mapping.headings import Columns
from imports.mapping.numbers import read_number
from imports.mapping.own import own_mapping_for
from imports.mapping.parsed import Named
from imports.mapping.sample import MOSTLY, are_serials, is_date, is_date_part
from imports.mapping.spans import is_span
from imports.mapping.spec import Aggregates, Mapping, Rule, When
from imports.mapping.targets import Reads
from imports.mapping.values import choice
from imports.mapping.words import FIGURES, figure_of, meaning_of, personnel_of, sex_of, system_of, words

_BASES = dict.fromkeys(("", "start", "begin", "from", "starting", "event", "s"), "starts") | dict.fromkeys(
    ("end", "finish", "to", "ending", "e"), "ends"
)
PLAIN_DATES = {"date", "month", "day", "period"}
WHOLE = {"exercise.personnel_total": r"\b(?:exercise|drill|ex)\b", "training.enrolled": r"\b(?:course|training|students|trainees)\b"}
TOTAL = re.compile(r"(?:grand |over-?all |sub[- ]?)?totals?(?:[ :,]*[0-9]{4})?:?", re.IGNORECASE)
PEOPLE = ("strength.total", "participant.personnel", "training.enrolled", "exercise.personnel_total")
MONEY = ("funding.actual", "funding.planned")
NEARLY_ALL = 0.9
HOST = re.compile(r"\b(?:host|visited|receiving|to country)\b")


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


class _Guess(Families):
    def __init__(self, headings: Sequence[str], sample: Sequence[Sequence[str]], decimal: str, system: str):
        super().__init__(headings, sample, decimal)
        self.system = system
        self.besides: list[Rule] = []  # second meanings

    def mapping(self) -> Mapping:
        self.families()
        self._figures()
        self._sexes()
        self._date_columns()
        self._by_words()
        self._numbers_of_lines()
        self._by_values()
        self._same_order()
        rules = self._of_all([*{id(self.rules[at]): self.rules[at] for at in sorted(self.rules)}.values(), *self.besides])
        # Who is host to a visit or an exercise takes part in it.
        hosts = [rule for rule in rules if rule.to == "country" and HOST.search(words(rule.column))]
        rules += [Rule(to="participant", column=rule.column, role="host", split=rule.split) for rule in hosts]
        rules = self._dates_of_figures(rules)
        if not any(rule.to.startswith("ends") for rule in rules):  # a column of spans says when it ends too
            rules += [replace(rule, to="ends") for rule in rules if rule.to == "starts" and any(map(is_span, self.cells_of(rule.column)))]
        taken = {rule.to for rule in rules}
        if "country" not in taken:
            rules = [replace(rule, to="country") if rule.to == "place" and self._names_parties(rule.column) else rule for rule in rules]
        if "title" not in taken and "mission.acronym" in taken:
            acronym = next(rule for rule in rules if rule.to == "mission.acronym")
            rules.append(Rule(to="title", column=acronym.column))
        rules = [self._of_other_codes(rule) for rule in rules]
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
            aggregates=self._printed_totals(rules, groups),
        )

    def _printed_totals(self, rules: list[Rule], groups: tuple[str, ...]) -> Aggregates | None:
        """Lines called “Total” or “Subtotal 2019” where others have a title or a party: no records, and no participants."""
        for rule in rules:
            if rule.to not in {"title", "participant", "mission.acronym"} or rule.is_family:
                continue
            cells = self.cells[self.headings.index(rule.column)]
            printed = [cell for cell in cells if TOTAL.fullmatch(cell.strip())]
            # “Total Defense 21” is the name of an exercise.
            if not printed or any("total" in cell.casefold() for cell in cells if cell not in printed):
                continue
            says = {"equals": printed[0]} if len(printed) == 1 else {"contains": "total"}
            people, cost = (next((one.column for one in rules if one.to in figures and one.column), "") for figures in (PEOPLE, MONEY))
            dated = [one.column for one in rules if one.to == "strength.as_of" and one.column]
            keys = tuple(name for name in dict.fromkeys([*dated, *groups]) if name != rule.column) if dated else ()
            return Aggregates(rule.column, **says, keys=keys[:3], people=people, cost=cost)
        return None

    def cells_of(self, column: str) -> list[str]:
        return self.cells[self.headings.index(column)][:MOST_LOOKED_AT]

    def _of_other_codes(self, rule: Rule) -> Rule:
        """Codes of which some are no country's here, and nearly all are in another list, are those of that list."""
        if rule.to not in {"participant", "country"} or rule.gather:
            return rule
        first, last = (self.headings.index(name) for name in ((rule.since, rule.until) if rule.is_family else (rule.column, rule.column)))
        return replace(rule, codes=self._other_list([cell for at in range(first, last + 1) for cell in self.cells[at]]))

    def _other_list(self, cells: list[str]) -> str:
        names = {part.strip() for cell in cells for part in re.split(r"[;,/|]", cell)}
        codes = {name for name in names if country_codes.is_code(name)}
        if len(codes) <= MOSTLY * len(names) or all(map(self.is_party, codes)):
            return ""
        for system in country_codes.SYSTEMS:
            known = sum(canonical(country_codes.as_name(system, code)) in country_codes.uses() for code in codes)
            if known > NEARLY_ALL * len(codes):
                return system
        return ""

    def _names_parties(self, column: str) -> bool:
        cells = self.cells_of(column)
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

    def _figures(self) -> None:
        """Columns of women and men by type of personnel: "Troops M", "UNPOL female"."""
        found = {at: said for at, heading in enumerate(self.headings) if (said := figure_of(heading)) and at not in self.rules}
        if len({field for field, _kind in found.values()}) > 1:
            for at, (field, kind) in found.items():
                self.rules[at] = Rule(to=f"strength.{field}", column=self.headings[at], personnel_type=kind)

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
        year = self.year_of_figures()
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
        """A figure beside several parties in a line is of all of them together: an exercise and a course can say so, others not."""
        if not any(rule.to.startswith("participant") and (rule.is_family or rule.split) for rule in rules):
            return rules
        said = " ".join(map(words, self.headings))
        whole = next((to for to, named in WHOLE.items() if re.search(named, said)), "")
        whole = "" if any(rule.to == whole for rule in rules) else whole
        figures = [rule for rule in rules if rule.to == "participant.personnel" and not rule.is_family and not rule.split]
        return [replace(rule, to=whole) if rule in figures else rule for rule in rules if whole or rule not in figures]

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
        found = {meaning_of(heading)[0] for heading in self.headings} | {rule.to for rule in self.rules.values()}
        return bool(found & {"strength.female", "strength.male", "strength.personnel_type"})

    # Single columns ---

    def _by_words(self) -> None:
        found = []
        for at, heading in enumerate(self.headings):
            if at not in self.rules:
                to, role, score = meaning_of(heading)
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

    def _fits(self, at: int, to: str) -> bool:
        """Whether the values of the column can be read as what its heading promises."""
        cells = self.cells[at][:MOST_LOOKED_AT]
        if not cells:
            return True
        reads = targets.by_name()[to].reads
        if reads in {Reads.PARTIAL_DATE, Reads.DAY}:
            return (
                are_serials(cells) or self.share(cells, lambda cell: is_date(cell, "dmy") or is_date(cell, "mdy") or is_span(cell)) > MOSTLY
            )
        if reads in {Reads.INTEGER, Reads.DECIMAL, Reads.YEAR}:
            money = "" if to.startswith("funding.") else None
            return (
                self.share(cells, lambda cell: read_number(cell.removeprefix("FY"), self.decimal, currency=money)[0] is not None) > MOSTLY
            )
        if to == "participant" or to == "country":
            named = self.share(cells, lambda cell: any(self.is_party(part) for part in re.split(r"[;,/|]", cell)))
            return named > 0.3 or bool(self._other_list(cells))
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
            split=self.separator(cells) if reads is Reads.ENTRIES or to == "country" else "",
            currency=self.currency(at) if to in {"funding.actual", "funding.planned"} else "",
            times=self.times(at) if to in {"funding.actual", "funding.planned"} else "",
            system=self.system if to == "external_id" else "",
            values={cell: kind for cell in cells if (kind := personnel_of(cell)) and isinstance(choice(cell, kinds)[0], Named)}
            if to == kinds.name
            else {},
        )

    def _dates_of_figures(self, rules: list[Rule]) -> list[Rule]:
        """Where a mission stands in several lines with figures, a plain “Date” or “Month” is the day of the figures, not its start."""
        names = [rule for rule in rules if rule.to in {"mission.acronym", "title"}]
        missions = [rule.column for rule in names if rule.to == "mission.acronym" or "mission" in words(rule.column)]
        starts = [rule for rule in rules if rule.to == "starts" and words(rule.column) in PLAIN_DATES]
        is_figures = any(rule.to.startswith("strength.") or (rule.gather and rule.to == "participant.personnel") for rule in rules)
        if not missions or not starts or not is_figures or self.is_unique(missions[0]) or any(rule.to == "ends" for rule in rules):
            return rules
        dated = [replace(rule, to="strength.as_of") if rule in starts else rule for rule in rules]
        return [replace(rule, to="strength.total") if rule.gather and rule.to == "participant.personnel" else rule for rule in dated]

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
