"""Asks the search index: which engagements have a word, in their own text or by the name of what they point to."""

from functools import lru_cache

from django.db import connections
from django.db.models import BigIntegerField, Case, Expression, IntegerField, Value, When
from django.db.models.expressions import OrderBy

from engagements.search_in_database import INDEX, TABLE
from engagements.search_words import Term

# From an entry that was found to the engagements that use it: a column of ids, and where the entry stands.
_LINKED = "SELECT engagement_id FROM engagements_{} WHERE {}_id IN"
WAYS = {
    "country": [
        "SELECT id FROM engagements_engagement WHERE country_id IN",
        _LINKED.format("engagement_also_held_in", "country"),
        _LINKED.format("participation", "acts_for"),
    ],
    "organization": [_LINKED.format("participation", "organization"), _LINKED.format("peacekeepingmission", "mandating_body")],
    "framework": ["SELECT id FROM engagements_engagement WHERE framework_id IN"],
    "engagementtype": ["SELECT id FROM engagements_engagement WHERE type_id IN"],
    "strategy": [_LINKED.format("engagement_strategies", "strategy")],
    "theme": [_LINKED.format("engagement_themes", "theme")],
    "domain": [_LINKED.format("engagement_domains", "domain")],
    "objective": [_LINKED.format("engagement_objectives", "objective")],
    "legalbasis": [_LINKED.format("engagement_legal_bases", "legalbasis")],
    "outcometype": [_LINKED.format("outcome", "type")],
    "challengecategory": [_LINKED.format("challenge", "category")],
}


class Ids(Expression):
    """The ids that a SELECT over the index gives. The index has no model: both databases ask it in words of their own."""

    def __init__(self, select: str, params: list[str]):
        super().__init__(output_field=BigIntegerField())
        self.select, self.params = select, params

    def as_sql(self, compiler, connection):
        return f"({self.select})", self.params


def matching(term: Term, vendor: str, *, is_one_by_one: bool = False) -> tuple[str, list[str]]:
    """The condition on a row ``s`` of the index that it has the words of ``term``; said so that only the rows at hand are
    looked at, and not the index of words, where it ``is_one_by_one``."""
    closed, last = term.words[:-1], term.words[-1]
    if vendor == "postgresql":
        lexemes = [*(f"'{word}'" for word in closed), f"'{last}'{':*' if term.is_open else ''}"]
        sql = "ts_match_vq(s.words, %s::tsquery)" if is_one_by_one else "s.words @@ %s::tsquery"
        params = [" & ".join(lexemes)]
    elif is_one_by_one:
        return "s.text LIKE %s", [term.pattern]
    else:
        tokens = [*(f'"{word}"' for word in closed), f'"{last}"{"*" if term.is_open else ""}']
        sql, params = f"s.id IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s)", [" AND ".join(tokens)]
    if closed:
        sql, params = f"{sql} AND s.text LIKE %s", [*params, term.pattern]
    return sql, params


def _alike(term: Term, _vendor: str) -> tuple[str, list[str]]:
    """The condition that a title or name has words spelled like those of ``term``; PostgreSQL with pg_trgm only."""
    return "s.title <> '' AND %s <%% s.title", [" ".join(term.words)]


def having(term: Term, using: str, *, is_forgiving: bool = False) -> Ids:
    """The ids of the engagements that have ``term``."""
    match, params = (_alike if is_forgiving else matching)(term, connections[using].vendor)
    ways = [f"{way} (SELECT target FROM hit WHERE kind = '{kind}')" for kind, found in WAYS.items() for way in found]
    sql = (
        f"WITH hit AS (SELECT s.kind, s.target FROM {TABLE} s WHERE {match})"
        f" SELECT target FROM hit WHERE kind = 'engagement' UNION {' UNION '.join(ways)}"
    )
    return Ids(sql, params)


def best_first(terms: list[Term], using: str) -> list[OrderBy]:
    """Sorts by how many of the wanted words the title has, then those first in which all of them stand together as they were typed."""
    wanted = [term for term in terms if not term.is_unwanted]
    if not wanted:
        return []
    order = [sum((_once(_titled(term, using)) for term in wanted), Value(0)).desc()]
    if len(wanted) > 1:
        together = Term(tuple(word for term in wanted for word in term.words), wanted[-1].is_open)
        order.append(_once(having(together, using)).desc())
    return order


def _titled(term: Term, using: str) -> Ids:
    match, params = matching(term, connections[using].vendor)
    return Ids(f"SELECT s.target FROM {TABLE} s WHERE s.kind = 'engagement' AND {match} AND s.title LIKE %s", [*params, term.pattern])


def _once(ids: Ids) -> Case:
    return Case(When(pk__in=ids, then=Value(1)), default=Value(0), output_field=IntegerField())


def entries_having(terms: list[Term], using: str = "default", *, is_forgiving: bool = False) -> list[tuple[str, int]]:
    """(kind, id) of the entries of lists and the case studies that have all of ``terms`` in their names and texts."""
    connection = connections[using]
    asked: list[tuple[str, list[str]]] = []
    unwanted: list[tuple[str, list[str]]] = []
    for term in terms:
        match, given = (_alike if is_forgiving and not term.is_unwanted else matching)(term, connection.vendor)
        sql = f"SELECT s.kind, s.target FROM {TABLE} s WHERE s.kind <> 'engagement' AND {match}"
        (unwanted if term.is_unwanted else asked).append((sql, given))
    if not asked:
        return []
    params = [param for _sql, given in [*asked, *unwanted] for param in given]
    sql = " INTERSECT ".join(sql for sql, _given in asked)
    with connection.cursor() as cursor:
        cursor.execute(" EXCEPT ".join([f"SELECT * FROM ({sql}) wanted", *(sql for sql, _given in unwanted)]), params)
        return cursor.fetchall()


@lru_cache
def forgives(using: str) -> bool:
    """Whether this database finds words that are spelled a little wrong."""
    if connections[using].vendor != "postgresql":
        return False
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('word_similarity(text, text)') IS NOT NULL")
        return cursor.fetchone()[0]
