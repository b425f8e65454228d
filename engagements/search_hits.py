"""Which records have the words, asked a piece at a time: the first ones found, those among some that are named, or all of them.

A word that nearly every record has is not asked of all of them: it costs what is looked at, and not how many have it.
``search_index`` says the same as one condition; a test holds the two together.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from django.db import connections
from pyroaring import FrozenBitMap

from engagements.search_in_database import SEARCHED, TABLE
from engagements.search_index import WAYS, matching
from engagements.search_words import Term, terms_of
from engagements.sets import NOTHING, PACKED, Sets, ids_of, union

OWN = "engagements_engagement"
# Rows whose key is the record's own, and those that hang on it under keys of their own.
DIRECT = [OWN, *(item.table for item in SEARCHED if item.kind == "engagement" and item.key == "engagement_id")]
BELOW = [item.table for item in SEARCHED if item.kind == "engagement" and item.key == "id" and item.table != OWN]
OF_LISTS = ", ".join(f"'{item.table}'" for item in SEARCHED if item.kind != "engagement")
Piece = tuple[str, list]
# Of one term, that are asked for at first: rows have to be read one by one, what hangs on an entry stands in an index.
MOST_ROWS, MOST_IN_INDEX = 3_000, 10_000


@dataclass(frozen=True)
class Entry:
    """A row of a list or case study that has a term: ``target`` is the entry, ``of_row`` the row of ``source`` that says so."""

    kind: str
    target: int
    source: str
    of_row: int


@dataclass(frozen=True)
class First:
    """The first records found by a term, all of them where ``is_whole``; and those of them that have it in the title, where that
    was asked."""

    ids: FrozenBitMap
    titled: FrozenBitMap | None
    is_whole: bool


class Words:
    """What the terms of one question are found in. Lists are small: what of them has each term is asked once."""

    def __init__(self, terms: Sequence[Term], using: str):
        self.terms, self.using = terms, using
        self.wanted = [term for term in terms if not term.is_unwanted]
        # All that is wanted, side by side as it was typed.
        self.together = Term(tuple(word for term in self.wanted for word in term.words), self.wanted[-1].is_open) if self.wanted else None
        self.entries = self._entries([*dict.fromkeys([*terms, *([self.together] if self.together else [])])])

    def _entries(self, terms: list[Term]) -> dict[Term, list[Entry]]:
        found: dict[Term, list[Entry]] = {term: [] for term in terms}
        if not terms:
            return found
        flags = [self._flag(term) for term in terms]
        sql = f"SELECT s.kind, s.target, s.source, s.of_row, {_named(flags)} FROM {TABLE} s WHERE s.source IN ({OF_LISTS})"
        with connections[self.using].cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({sql}) found WHERE {_any(len(flags))}", _params(flags))
            for kind, target, source, of_row, *has in cursor.fetchall():
                for term, is_had in zip(terms, has, strict=True):
                    if is_had:
                        found[term].append(Entry(kind, target, source, of_row))
        return found

    @property
    def vendor(self) -> str:
        return connections[self.using].vendor

    def entries_of_all(self) -> list[tuple[str, int]]:
        """(kind, id) of the entries and case studies that have all terms that are wanted, and none that is not."""
        wanted = [{(one.kind, one.target) for one in self.entries[term]} for term in self.wanted]
        unwanted = {(one.kind, one.target) for term in self.terms if term.is_unwanted for one in self.entries[term]}
        return sorted(set.intersection(*wanted) - unwanted) if wanted else []

    # Records -----------------------------------------------------------------------------------------

    def first(self, terms: Sequence[Term], times: int = 1) -> dict[Term, First]:
        """Of each term some thousand records, or ``times`` as many, whichever the database comes to first."""
        if not terms:
            return {}
        pieces: list[Piece] = []
        belongs: list[tuple[Term, int]] = []
        for term in terms:
            match, params = matching(term, self.vendor)
            in_title = f"CASE WHEN s.source = '{OWN}' AND s.title LIKE %s THEN 1 ELSE 0 END"
            found_in = f"FROM {TABLE} s WHERE s.kind = 'engagement' AND {match}"
            pieces.append((f"SELECT {len(pieces)}, {in_title}, s.target {found_in}", [term.pattern, *params]))
            belongs.append((term, MOST_ROWS * times))
            for way, ids in self._ways(term):
                column, rest = way.removeprefix("SELECT ").split(" ", 1)
                pieces.append((f"SELECT {len(pieces)}, 0, {column} {rest} ({ids})", []))
                belongs.append((term, (MOST_ROWS if f" {OWN} " in way else MOST_IN_INDEX) * times))
        limited = (f"SELECT * FROM ({piece} LIMIT {most + 1}) p" for (piece, _given), (_term, most) in zip(pieces, belongs, strict=True))
        sql = " UNION ALL ".join(limited)
        counts = [0] * len(pieces)
        found: dict[Term, tuple[list, list]] = {term: ([], []) for term in terms}
        for place, titled, count, ids in self._packed(sql, _params(pieces), 3):
            counts[place] += count
            found[belongs[place][0]][titled].append(ids_of(ids))
        cut = {term for (term, most), count in zip(belongs, counts, strict=True) if count > most}
        return {term: First(union([*plain, *titled]), union(titled), term not in cut) for term, (plain, titled) in found.items()}

    def _packed(self, sql: str, params: list, width: int) -> list[tuple]:
        """Rows of (value, ..., id) as (value, ..., how many rows, ids)."""
        values = [f"c{place}" for place in range(width - 1)]
        columns = ", ".join([*values, "id"])
        if self.vendor == "postgresql":
            prefix, source = "", f"({sql}) AS found ({columns})"
        else:
            prefix, source = f"WITH found ({columns}) AS ({sql}) ", "found"
        told = ", ".join([*values, "count(*)", PACKED[self.vendor].format("id")])
        grouping = f"GROUP BY {', '.join(values)}" if values else "HAVING count(*) > 0"
        with connections[self.using].cursor() as cursor:
            cursor.execute(f"{prefix}SELECT {told} FROM {source} {grouping}", params)
            return cursor.fetchall()

    def among(self, terms: Sequence[Term], ids: Iterable[int]) -> dict[Term, FrozenBitMap]:
        """Those of the records ``ids`` that have each term."""
        flags = [self._flag(term) for term in terms]
        pieces = self._texts(flags, ids)
        for place, term in enumerate(terms):
            has = ", ".join("1" if other == place else "0" for other in range(len(terms)))
            for way, entries in self._ways(term):
                column, rest = way.removeprefix("SELECT ").split(" ", 1)
                within, params = self._within(column, ids)
                pieces.append((f"SELECT {has}, {column} {rest} ({entries}) AND {within}", params))
        return self._by_term(terms, pieces)

    def titled(self, terms: Sequence[Term], ids: Iterable[int]) -> dict[Term, FrozenBitMap]:
        """Those of the records ``ids`` that have each term in the title."""
        flags = [("s.title LIKE %s", [term.pattern]) for term in terms]
        return self._by_term(terms, [self._own(flags, ids, [OWN])])

    def in_one_text(self, terms: Sequence[Term]) -> FrozenBitMap:
        """Some thousand records that have all of ``terms`` in one of their texts."""
        matches = [matching(term, self.vendor) for term in terms]
        match = " AND ".join(match for match, _params in matches)
        return self._ids(f"SELECT s.target FROM {TABLE} s WHERE s.kind = 'engagement' AND {match} LIMIT {MOST_ROWS}", _params(matches))

    def titled_all(self, terms: Sequence[Term]) -> FrozenBitMap:
        """All records that have all of ``terms`` in the title."""
        matches = [matching(term, self.vendor) for term in terms]
        matches += [("s.title LIKE %s", [term.pattern]) for term in terms]
        sql = f"SELECT s.target FROM {TABLE} s WHERE s.source = '{OWN}' AND {' AND '.join(match for match, _params in matches)}"
        return self._ids(sql, _params(matches))

    def all_of(self, term: Term) -> FrozenBitMap:
        """All records that have the term: a million of them where it is a common one."""
        match, params = matching(term, self.vendor)
        pieces = [f"SELECT s.target FROM {TABLE} s WHERE s.kind = 'engagement' AND {match}"]
        pieces += [f"{way} ({entries})" for way, entries in self._ways(term)]
        return self._ids(" UNION ALL ".join(pieces), params)

    def _ids(self, sql: str, params: list) -> FrozenBitMap:
        return union(ids_of(ids) for _count, ids in self._packed(sql, params, 1))

    def _by_term(self, terms: Sequence[Term], pieces: list[Piece]) -> dict[Term, FrozenBitMap]:
        sql = " UNION ALL ".join(piece for piece, _params in pieces)
        found = [(has, ids_of(ids)) for *has, _count, ids in self._packed(sql, _params(pieces), len(terms) + 1)]
        return {term: union(ids for has, ids in found if has[place]) for place, term in enumerate(terms)}

    def _texts(self, flags: list[Piece], ids: Iterable[int]) -> list[Piece]:
        pieces = [self._own(flags, ids, DIRECT)]
        for table in BELOW:
            within, params = self._within("c.engagement_id", ids)
            inner = (
                f"SELECT {_named(flags)}, s.target FROM {table} c JOIN {TABLE} s ON s.source = '{table}' AND s.of_row = c.id WHERE {within}"
            )
            pieces.append((f"SELECT * FROM ({inner}) t WHERE {_any(len(flags))}", [*_params(flags), *params]))
        return pieces

    def _own(self, flags: list[Piece], ids: Iterable[int], tables: list[str]) -> Piece:
        within, params = self._within("s.of_row", ids)
        sources = ", ".join(f"'{table}'" for table in tables)
        inner = f"SELECT {_named(flags)}, s.target FROM {TABLE} s WHERE s.source IN ({sources}) AND {within}"
        return f"SELECT * FROM ({inner}) t WHERE {_any(len(flags))}", [*_params(flags), *params]

    def _within(self, column: str, ids: Iterable[int]) -> Piece:
        if self.vendor == "postgresql":
            return f"{column} = ANY (%s::bigint[])", [f"{{{','.join(map(str, ids))}}}"]
        return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(ids))]

    def _ways(self, term: Term) -> Iterable[tuple[str, str]]:
        """(the way from an entry to its records, the ids of the entries that have the term) where there are some."""
        by_kind: dict[str, set[int]] = {}
        for one in self.entries[term]:
            by_kind.setdefault(one.kind, set()).add(one.target)
        for kind, ids in sorted(by_kind.items()):
            for way in WAYS.get(kind, []):
                yield way, ", ".join(map(str, sorted(ids)))

    def _flag(self, term: Term) -> Piece:
        return matching(term, self.vendor, is_one_by_one=True)


def _named(flags: list[Piece]) -> str:
    return ", ".join(f"CASE WHEN {sql} THEN 1 ELSE 0 END AS has{place}" for place, (sql, _params) in enumerate(flags))


def _any(number: int) -> str:
    return " OR ".join(f"has{place} = 1" for place in range(number))


def _params(pieces: Iterable[Piece]) -> list:
    return [param for _sql, params in pieces for param in params]


# All records that have the words, remembered ---------------------------------------------------------


def ids_having(sets: Sets, text: str) -> FrozenBitMap:
    """The ids of all records that have all the words of ``text``, each word remembered by itself."""
    terms = terms_of(text)
    if not terms:
        return sets.of(sets.records.search(text))
    words = Words(terms, sets.using)
    wanted = [having(sets, words, term) for term in words.wanted]
    ids = reduce(FrozenBitMap.intersection, wanted) if wanted else sets.of(sets.records)
    return ids - union(having(sets, words, term) for term in terms if term.is_unwanted)


def having(sets: Sets, words: Words, term: Term) -> FrozenBitMap:
    """The ids of all records that have the term, remembered."""

    def ask(within):
        return {True: words.all_of(term) if within is None else words.among([term], within)[term]}

    return sets.worked_out(key_of(term), ask).get(True, NOTHING)


def key_of(term: Term) -> tuple:
    """The name under which the records that have the term are remembered."""
    return "words", term.words, term.is_open
