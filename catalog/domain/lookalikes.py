"""Entries of a list whose names or other spellings are so alike that they may be one."""

import re
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from accounts.models import User
from catalog.canonical import canonical
from catalog.models import Lookalike
from catalog.models.base import CatalogEntry

ALIKE = 90  # of 100: whole names
SLIP = 85  # of 100: two words
MOST_NAMES = 5000
MOST_SHOWN = 5


@dataclass(frozen=True)
class LikePair:
    """Two entries, and the spellings by which they are alike."""

    first: CatalogEntry
    second: CatalogEntry
    spellings: tuple[str, str]


def similar_to(entry: CatalogEntry, names: list[str]) -> list[CatalogEntry]:
    """Other entries in use that one of ``names`` may mean, the most alike first."""
    known, entries = _names(type(entry))
    found: dict[int, float] = {}
    for name in names:
        for _spelling, score, key in process.extract(_sorted(name), known, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=20):
            pk = key[0]
            if pk != entry.pk and _alike(name, key[1]):
                found[pk] = max(score, found.get(pk, 0))
    best = sorted(found, key=lambda pk: (-found[pk], pk))[:MOST_SHOWN]
    return [entries[pk] for pk in best]


def like_pairs(model: type[Any]) -> list[LikePair]:
    """Pairs of entries in use of one list that nobody said are two, by name."""
    known, entries = _names(model)
    said = {frozenset(codes) for codes in Lookalike.objects.filter(list_slug=model.list_slug).values_list("first", "second")}
    found: dict[tuple[int, int], LikePair] = {}
    for (pk, name), spelling in known.items():
        for _like, _score, (other, other_name) in process.extract(spelling, known, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=20):
            if other <= pk or (pk, other) in found or not _alike(name, other_name):
                continue
            first, second = entries[pk], entries[other]
            if frozenset({first.code, second.code}) not in said and _may_be_one(first, second):
                found[pk, other] = LikePair(first, second, (name, other_name))
    return sorted(found.values(), key=lambda pair: (pair.first.name, pair.second.name))


def say_two(one: CatalogEntry, other: CatalogEntry, *, actor: User) -> None:
    """Remember that the two are two."""
    first, second = sorted([one.code, other.code])
    Lookalike.objects.get_or_create(list_slug=one.list_slug, first=first, second=second, defaults={"said_by": actor})


def _names(model: type[Any]) -> tuple[dict[tuple[int, str], str], dict[int, Any]]:
    """Every name and spelling of an entry in use as {(id, as written): its words in order}, and the entries; two queries."""
    entries = {entry.pk: entry for entry in model.objects.in_use().order_by("pk")[:MOST_NAMES]}
    names = [(pk, entry.name) for pk, entry in entries.items()]
    if hasattr(model, "aliases"):
        aliases = model.aliases.rel.related_model.objects.order_by("pk").values_list("entry", "text")[:MOST_NAMES]
        names += [(pk, text) for pk, text in aliases if pk in entries]
    return {key: _sorted(key[1]) for key in names}, entries


def _sorted(name: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", canonical(name))))


def _alike(one: str, other: str) -> bool:
    """Each word of the one is, but for a slip, a word of the other; other numbers are another entry: Task Force 150 and 151."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    words, others = (_sorted(name).split() for name in (one, other))
    if "".join(words) == "".join(others):
        return True
    fewer, more = sorted([set(words) - set(others), set(others) - set(words)], key=len)
    return len(fewer) == len(more) and all(any(fuzz.ratio(word, like) >= SLIP for like in more) for word in fewer)


def _may_be_one(one: Any, other: Any) -> bool:
    """What could be merged at all: of one kind, scheme or country, and not the one above the other."""
    if one.pk == getattr(other, "parent_id", None) or other.pk == getattr(one, "parent_id", None):
        return False
    for name in ("scheme_id", "country_id"):
        values = {getattr(one, name, None), getattr(other, name, None)} - {None}
        if len(values) > 1:
            return False
    return True
