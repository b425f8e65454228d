"""The database's own limit: the same questions as bare SQL on the same tables, by hand, without the program. PostgreSQL only."""

from collections.abc import Callable

from django.db import connection

from bench.figures import EVERYTHING
from bench.pages import Values

TAKES_PART = "status NOT IN ('declined', 'withdrew')"
NEWEST = "e.starts_on DESC NULLS LAST, e.reference"


def visible(who: str) -> str:
    if who == EVERYTHING:
        return "e.archived_at IS NULL"
    return "e.handling IN ('public', 'official') AND e.review_state = 'verified' AND e.archived_at IS NULL"


def conditions(known: Values) -> dict[str, str]:
    """The filters of ``pages.filters`` that one condition says."""

    def party(code: str) -> str:
        state = f"(SELECT id FROM catalog_country WHERE code = '{code}')"
        return f"EXISTS (SELECT 1 FROM engagements_participation p WHERE p.engagement_id = e.id AND p.acts_for_id = {state})"

    def few_of(code: str) -> str:
        """The same of a country with few records: found first, by hand, because the planner would walk the whole list for them."""
        state = f"(SELECT id FROM catalog_country WHERE code = '{code}')"
        return f"e.id = ANY(ARRAY(SELECT p.engagement_id FROM engagements_participation p WHERE p.acts_for_id = {state}))"

    def strategy(code: str) -> str:
        entry = f"(SELECT id FROM catalog_strategy WHERE code = '{code}')"
        return f"EXISTS (SELECT 1 FROM engagements_engagement_strategies s WHERE s.engagement_id = e.id AND s.strategy_id = {entry})"

    return {
        "none": "true",
        "kind often": "e.kind = 'engagement'",
        "kind rarely": "e.kind = 'peacekeeping'",
        "country often": party(known.often),
        "country rarely": few_of(known.rarely),
        "strategy often": strategy(known.strategy_often),
        "strategy rarely": strategy(known.strategy_rarely),
        "status and scope": "e.status = 'completed' AND e.scope = 'bilateral'",
    }


def of_list(condition: str, who: str) -> str:
    """50 rows with all that the list shows of each, its parties and strategies put together by the database."""
    return f"""
        SELECT e.reference, e.kind, e.title, e.status, e.starts_on, e.starts_precision, e.ends_on, e.ends_precision, e.place, e.scope,
               e.handling, c.code, c.name, t.name, p.parties, s.strategies, a.rating
        FROM (SELECT * FROM engagements_engagement e WHERE {visible(who)} AND {condition} ORDER BY {NEWEST} LIMIT 50) e
        JOIN catalog_engagementtype t ON t.id = e.type_id LEFT JOIN catalog_country c ON c.id = e.country_id
        LEFT JOIN LATERAL (
            SELECT string_agg(COALESCE(w.code, o.code), ',' ORDER BY x.id) AS parties FROM engagements_participation x
            LEFT JOIN catalog_country w ON w.id = x.country_id LEFT JOIN catalog_organization o ON o.id = x.organization_id
            WHERE x.engagement_id = e.id) p ON true
        LEFT JOIN LATERAL (
            SELECT string_agg(g.name, ', ' ORDER BY g.sort, g.name) AS strategies FROM engagements_engagement_strategies x
            JOIN catalog_strategy g ON g.id = x.strategy_id WHERE x.engagement_id = e.id) s ON true
        LEFT JOIN LATERAL (
            SELECT x.rating FROM engagements_assessment x WHERE x.engagement_id = e.id
            ORDER BY x.assessed_on DESC NULLS LAST, x.id DESC LIMIT 1) a ON true
        ORDER BY {NEWEST}"""


def of_facets(condition: str, who: str) -> list[str]:
    """How many there are of each value: of four columns at once, of the countries and of the strategies."""
    chosen = f"engagements_engagement e WHERE {visible(who)} AND {condition}"
    return [
        f"""SELECT e.kind, e.status, e.scope, e.handling, COUNT(*) FROM {chosen}
            GROUP BY GROUPING SETS ((e.kind), (e.status), (e.scope), (e.handling))""",
        f"""SELECT p.acts_for_id, COUNT(DISTINCT p.engagement_id) FROM engagements_participation p
            WHERE p.{TAKES_PART} AND p.engagement_id IN (SELECT e.id FROM {chosen}) GROUP BY 1""",
        f"""SELECT s.strategy_id, COUNT(*) FROM engagements_engagement_strategies s
            WHERE s.engagement_id IN (SELECT e.id FROM {chosen}) GROUP BY 1""",
    ]


def of_report(who: str) -> str:
    """Year by kind by region in which it was held, counted live; membership of the day is left out."""
    return f"""
        SELECT EXTRACT(year FROM e.starts_on), e.kind, r.region_id, COUNT(DISTINCT e.id)
        FROM engagements_engagement e LEFT JOIN catalog_countryregion r ON r.country_id = e.country_id AND r.ends_on IS NULL
        WHERE {visible(who)} GROUP BY 1, 2, 3"""


def of_map(who: str) -> str:
    return f"SELECT e.country_id, COUNT(*) FROM engagements_engagement e WHERE {visible(who)} GROUP BY 1"


def of_count(who: str) -> str:
    return f"SELECT COUNT(*) FROM engagements_engagement e WHERE {visible(who)}"


def of_search(word: str, who: str) -> str:
    """The newest 50 in whose texts the word stands."""
    return f"""
        SELECT e.reference, e.title FROM engagements_engagement e WHERE {visible(who)} AND e.id IN (
            SELECT target FROM engagements_searchtext WHERE kind = 'engagement' AND words @@ to_tsquery('simple', '{word}'))
        ORDER BY {NEWEST} LIMIT 50"""


def of_file(who: str) -> str:
    """A flat file of the record with its participants, strategies and outcomes in lists, each list grouped once and joined."""
    return f"""
        SELECT e.reference, e.kind, t.name, e.title, e.status, e.starts_on, e.ends_on, c.code, e.place, e.scope, e.handling,
               p.parties, p.personnel, s.strategies, o.outcomes
        FROM engagements_engagement e JOIN catalog_engagementtype t ON t.id = e.type_id LEFT JOIN catalog_country c ON c.id = e.country_id
        LEFT JOIN (SELECT x.engagement_id, string_agg(COALESCE(w.name, o.name), '; ' ORDER BY x.id) AS parties,
                          SUM(x.personnel) AS personnel
                   FROM engagements_participation x LEFT JOIN catalog_country w ON w.id = x.country_id
                   LEFT JOIN catalog_organization o ON o.id = x.organization_id GROUP BY 1) p ON p.engagement_id = e.id
        LEFT JOIN (SELECT x.engagement_id, string_agg(g.name, '; ' ORDER BY g.sort) AS strategies FROM engagements_engagement_strategies x
                   JOIN catalog_strategy g ON g.id = x.strategy_id GROUP BY 1) s ON s.engagement_id = e.id
        LEFT JOIN (SELECT x.engagement_id, string_agg(x.statement, '; ' ORDER BY x.id) AS outcomes FROM engagements_outcome x
                   GROUP BY 1) o ON o.engagement_id = e.id
        WHERE {visible(who)} ORDER BY {NEWEST}"""


def asked(*statements: str) -> Callable[[], list]:
    """Runs them and reads every row."""

    def run() -> list:
        with connection.cursor() as cursor:
            found = []
            for statement in statements:
                cursor.execute(statement)
                found.append(cursor.fetchall())
            return found

    return run
