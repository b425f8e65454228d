"""Countries and organizations as rows of a report, with the engagements they took part in and their people."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from catalog.models import Country, Organization
from engagements.choices import NOT_TAKING_PART
from engagements.models import Participation, StrengthReport


@dataclass(frozen=True, slots=True)
class Party:
    """A country or an organization, as it is named in a row."""

    name: str
    code: str
    href: str
    filter_name: str  # the filter that finds it


def names(countries: Iterable[int], organizations: Iterable[int] = ()) -> dict[tuple[str, int], Party]:
    """("country" or "organization", id) to the party; two queries."""
    found = {}
    for name, model, ids in (("country", Country, set(countries)), ("organization", Organization, set(organizations))):
        if ids:
            for row in model.objects.filter(pk__in=ids).only("pk", "code", "name"):
                found[(name, row.pk)] = Party(row.name, row.code, row.get_absolute_url(), name)
    return found


@dataclass(slots=True)
class People:
    """People of one party in one engagement: the latest known figure of each of its rows; None where none is known."""

    personnel: int | None = None
    women: int | None = None
    known_women_of: int = 0  # people of the rows whose women are known
    as_of: dt.date | None = None
    cost_shares: list = field(default_factory=list)

    def add(self, personnel: int | None, women: int | None, as_of: dt.date | None) -> None:
        if personnel is not None:
            self.personnel = (self.personnel or 0) + personnel
            if women is not None:
                self.women = (self.women or 0) + women
                self.known_women_of += personnel
            if as_of is not None:
                self.as_of = max(self.as_of or as_of, as_of)


def people(engagements, *, roles=(), until: dt.date | None = None) -> dict[tuple[tuple[str, int], int], People]:
    """(party, engagement) to its people. ``engagements`` is a query of ids; two queries.

    A row's own figure counts, unless it is of a day after ``until``; where it has none, its strength reports of the
    latest date up to ``until``, all types together. A row in a role that is not in ``roles`` (where roles are named),
    or that declined, is left out.
    """
    rows = Participation.objects.order_by("pk").filter(engagement__in=engagements).exclude(status__in=NOT_TAKING_PART)
    if roles:
        rows = rows.filter(role__in=roles)
    reports: dict[int, dict[dt.date, list[tuple[int, int | None]]]] = defaultdict(lambda: defaultdict(list))
    dated = StrengthReport.objects.order_by().filter(participation__in=rows.order_by().values("pk"))
    for row, day, total, female in dated.values_list("participation", "as_of_on", "total", "female"):
        if until is None or day is None or day <= until:
            reports[row][day or dt.date.min].append((total, female))
    found: dict[tuple[tuple[str, int], int], People] = {}
    columns = ("pk", "engagement", "country", "organization", "acts_for", "personnel", "women", "as_of_on", "cost_share")
    for pk, engagement, country, organization, acts_for, personnel, women, as_of, share in rows.values_list(*columns):
        party = ("country", country or acts_for) if country or acts_for else ("organization", organization)
        if (entry := found.get((party, engagement))) is None:
            entry = found[(party, engagement)] = People()
        if share is not None:
            entry.cost_shares.append(share)
        if personnel is not None and (until is None or as_of is None or as_of <= until):
            entry.add(personnel, women, as_of)
        elif of_row := reports.get(pk):
            day = max(of_row)
            of_day = of_row[day]
            female = [part for _total, part in of_day]
            entry.add(
                sum(total for total, _part in of_day), sum(female) if None not in female else None, None if day == dt.date.min else day
            )
    return found
