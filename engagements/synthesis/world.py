"""What made-up records are drawn from: the catalog that is there, teams and people, and words, each with its weight."""

import datetime as dt
import random
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.choices import Handling, Role
from accounts.models import Team, User
from catalog.models import (
    ChallengeCategory,
    Country,
    CountryRegion,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    Objective,
    Organization,
    OutcomeType,
    Strategy,
    Theme,
)
from engagements.domain.verification.places import boxes

TEAMS, PEOPLE_A_TEAM, WORDS = 8, 3, 20_000
BEGINNINGS = [one + other for one in "bdfghklmnprstvz" for other in "aeio"]
MIDDLES = [*"dlmnrstv", "lk", "nd", "rt", "st"]
ENDINGS = [one + other for one in "aeiou" for other in "lmnrs"]


class Skewed:
    """Draws from a list of which a few are met often and most are rare: the weight falls with the rank (Zipf)."""

    def __init__(self, entries: list[Any], slope: float):
        self.entries = entries
        self.cumulative = list(accumulate(1 / (rank**slope) for rank in range(1, len(entries) + 1)))

    def some(self, rng: random.Random, count: int) -> list[Any]:
        """Up to ``count`` different entries; fewer where the list is short."""
        if count >= len(self.entries):
            return list(self.entries)
        found: dict[Any, None] = {}
        for _turn in range(6):
            found.update(dict.fromkeys(rng.choices(self.entries, cum_weights=self.cumulative, k=count)))
            if len(found) >= count:
                break
        return list(found)[:count]

    def one(self, rng: random.Random) -> Any:
        return rng.choices(self.entries, cum_weights=self.cumulative)[0]


@dataclass
class World:
    """Primary keys and names to draw from.

    ``neighbors`` leads from a country to the others of its regions; ``boxes`` are south, west, north, east. Before ``since`` there
    was no such country; an organization is there from ``founded`` to ``ended``.
    """

    today: dt.date
    countries: Skewed
    country_names: dict[int, str]
    boxes: dict[int, tuple[float, float, float, float]]
    since: dict[int, dt.date]
    founded: dict[int, dt.date]
    ended: dict[int, dt.date]
    neighbors: dict[int, Skewed]
    organizations: Skewed
    types: dict[str, Skewed]
    type_names: dict[int, str]
    strategies: Skewed
    themes: Skewed
    domains: Skewed
    objectives: Skewed
    frameworks: Skewed
    outcome_types: Skewed
    categories: Skewed
    funding_sources: Skewed
    teams: Skewed
    people: dict[int, list[int]]
    words: Skewed = field(repr=False)

    def exists(self, country: int, on: dt.date) -> bool:
        return self.since.get(country, on) <= on

    def is_there(self, organization: int, first: dt.date, last: dt.date) -> bool:
        return self.founded.get(organization, first) <= first and last <= self.ended.get(organization, last)


def look_around(rng: random.Random, today: dt.date) -> World:
    """Read the catalog; makes up teams and accounts where there are too few to draw from."""
    countries = list(Country.objects.filter(ends_on=None, retired_on=None, merged_into=None).order_by("code"))
    if len(countries) < 50:
        raise ValidationError(_("The catalog is empty. Run manage.py seed first."), code="empty")
    rng.shuffle(countries)
    keys = [country.pk for country in countries]
    teams, people = _offices()
    types: dict[str, list[int]] = {}
    names = {}
    for entry in _usable(EngagementType):
        types.setdefault(entry.kind, []).append(entry.pk)
        names[entry.pk] = entry.name
    return World(
        today=today,
        countries=Skewed(keys, 0.7),
        country_names={country.pk: country.name for country in countries},
        boxes={country.pk: boxes()[country.code][0] for country in countries if country.code in boxes()},
        since={country.pk: country.starts_on for country in countries if country.starts_on},
        founded={entry.pk: entry.starts_on for entry in _usable(Organization) if entry.starts_on},
        ended={entry.pk: entry.ends_on for entry in _usable(Organization) if entry.ends_on},
        neighbors=_neighbors(keys),
        organizations=_skewed(rng, Organization, 0.9),
        types={kind: Skewed(found, 0.8) for kind, found in types.items()},
        type_names=names,
        strategies=_skewed(rng, Strategy, 0.8),
        themes=_skewed(rng, Theme, 0.8),
        domains=_skewed(rng, Domain, 0.6),
        objectives=_skewed(rng, Objective, 0.6),
        frameworks=_skewed(rng, Framework, 0.8),
        outcome_types=_skewed(rng, OutcomeType, 0.5),
        categories=_skewed(rng, ChallengeCategory, 0.5),
        funding_sources=_skewed(rng, FundingSource, 0.5),
        teams=Skewed(teams, 0.6),
        people=people,
        words=Skewed(_vocabulary(rng), 1.0),
    )


def _usable(model: type[Any]) -> Any:
    return model.objects.filter(retired_on=None, merged_into=None).order_by("code")


def _skewed(rng: random.Random, model: type[Any], slope: float) -> Skewed:
    keys = list(_usable(model).values_list("pk", flat=True))
    rng.shuffle(keys)
    return Skewed(keys, slope)


def _neighbors(keys: list[int]) -> dict[int, Skewed]:
    """For each country those it shares a present region of any scheme with, in the order of their weight."""
    members: dict[int, set[int]] = {}
    for region, country in CountryRegion.objects.filter(ends_on=None).order_by("pk").values_list("region", "country"):
        members.setdefault(region, set()).add(country)
    near: dict[int, set[int]] = {}
    for together in members.values():
        if len(together) <= 60:  # the whole of Africa is no neighborhood
            for country in together:
                near.setdefault(country, set()).update(together)
    rank = {key: number for number, key in enumerate(keys)}
    return {
        country: Skewed(sorted((other for other in others if other in rank and other != country), key=rank.__getitem__), 0.7)
        for country, others in near.items()
        if len(others & rank.keys()) > 2
    }


def _offices() -> tuple[list[int], dict[int, list[int]]]:
    """Teams, each with people; the last of each team is a manager, who verifies what the others enter."""
    teams = list(Team.objects.order_by("code"))
    for number in range(len(teams) + 1, TEAMS + 1):
        teams.append(Team.objects.create(code=f"synthetic-{number}", name=f"Synthetic team {number}"))
    people = {}
    for team in teams:
        people[team.pk] = []
        for number in range(1, PEOPLE_A_TEAM + 1):
            person, fresh = User.objects.get_or_create(
                username=f"{team.code}-{number}",
                defaults={
                    "name": f"{team.name}, desk {number}",
                    "role": Role.MANAGER if number == PEOPLE_A_TEAM else Role.ANALYST,
                    "clearance": Handling.RESTRICTED,
                    "password": "!",
                },
            )
            if fresh:
                person.teams.add(team)
            people[team.pk].append(person.pk)
    return [team.pk for team in teams], people


def _vocabulary(rng: random.Random) -> list[str]:
    """Words that mean nothing, so that a search finds common and rare ones as in a language."""
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found[
            rng.choice(BEGINNINGS)
            + rng.choice(MIDDLES)
            + rng.choice(BEGINNINGS)
            + rng.choice(["", rng.choice(MIDDLES)])
            + rng.choice(ENDINGS)
        ] = None
    return list(found)
