"""What an engagement has many of, as one row an engagement, each counted once and joined by its id.

Each function gives a derived table for the engagements in ``chosen``. Nothing here is a correlated subquery.
"""

from engagements.choices import COUNTED_ROLES, LEADING_ROLES, NOT_TAKING_PART, RATING_STEPS, Role
from engagements.export.dialects import Dialect


def quoted(values) -> str:
    """Values of our own closed lists as SQL."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


TAKES_PART = f"p.status NOT IN {quoted(NOT_TAKING_PART)}"
_STEPS = " ".join(f"WHEN '{rating}' THEN {step}" for rating, step in RATING_STEPS.items())
# "Too early" stands below the scale: it shows only where nothing else was said.
RATING_OF_STEP = " ".join(f"WHEN {step} THEN '{rating}'" for rating, step in RATING_STEPS.items()) + " WHEN 0 THEN 'too_early'"
_LATEST = "a.assessed_on DESC NULLS LAST, a.id DESC"


def parties(dialect: Dialect) -> str:
    """Each party that takes part, once, in the order of its first row; and each country among them, itself or by a ministry or force.

    A party acts for one country (``rules_in_database``), so that the first row of a country is the first row of one of its parties.
    """
    once = (
        "SELECT p.engagement_id, p.acts_for_id, p.country_id, p.organization_id, MIN(p.id) AS first_id,"
        f" MAX(CASE WHEN p.role IN {quoted(LEADING_ROLES)} THEN 1 ELSE 0 END) AS leads,"
        f" MAX(CASE WHEN p.role IN {quoted(COUNTED_ROLES)} THEN 1 ELSE 0 END) AS counts, SUM(p.personnel) AS people"
        " FROM engagements_participation p JOIN chosen ON chosen.id = p.engagement_id"
        f" WHERE {TAKES_PART} GROUP BY p.engagement_id, p.acts_for_id, p.country_id, p.organization_id"
    )
    with_states = f"(SELECT q.*, MIN(q.first_id) OVER (PARTITION BY q.engagement_id, q.acts_for_id) AS first_of_state FROM ({once}) q) t"
    escaped = f"(SELECT id, {dialect.escaped('name')} AS name FROM {{}})"  # once a name, not once a row
    source = (
        f"{with_states} LEFT JOIN {escaped.format('catalog_country')} w ON w.id = t.country_id"
        f" LEFT JOIN {escaped.format('catalog_organization')} o ON o.id = t.organization_id"
        " LEFT JOIN catalog_country s ON s.id = t.acts_for_id AND t.first_id = t.first_of_state"
    )
    return dialect.grouped(
        source,
        lists={
            "names": "COALESCE(w.name, o.name)",
            "leaders": "CASE WHEN t.leads = 1 THEN COALESCE(w.name, o.name) END",
            "states": "s.code",
        },
        order="t.first_id",
        totals={"counted": ("SUM", "t.counts"), "personnel": ("SUM", "t.people")},
    )


def providers(dialect: Dialect) -> str:
    """The trainers that take part; a party has one row in one role."""
    source = (
        "engagements_participation t JOIN chosen ON chosen.id = t.engagement_id"
        " LEFT JOIN catalog_country w ON w.id = t.country_id LEFT JOIN catalog_organization o ON o.id = t.organization_id"
    )
    return dialect.grouped(
        source,
        lists={
            "codes": "COALESCE(w.code, o.code)",
            "names": dialect.escaped("COALESCE(w.name, o.name)"),
            "units": dialect.escaped("NULLIF(t.unit, '')"),
        },
        order="t.id",
        where=f"WHERE t.role = '{Role.TRAINER}' AND {TAKES_PART.replace('p.', 't.')}",
    )


def _entries(through: str, column: str, table: str):
    """Entries of one list, in the list's own order."""

    def build(dialect: Dialect) -> str:
        entries, order = dialect.entries(table, *(("code",) if table == "accounts_team" else ("sort", "code")))
        source = f"{through} t JOIN chosen ON chosen.id = t.engagement_id JOIN {entries} w ON w.id = t.{column}"
        return dialect.grouped(source, lists={"codes": "w.code", "names": "w.escaped"}, order=order)

    return build


def predecessors(dialect: Dialect) -> str:
    """What it follows on from, as far as the reader may see it."""
    source = (
        "(SELECT l.from_engagement_id AS engagement_id, v.reference FROM engagements_engagement_predecessors l"
        " JOIN chosen ON chosen.id = l.from_engagement_id JOIN visible v ON v.id = l.to_engagement_id) t"
    )
    return dialect.grouped(source, lists={"codes": "t.reference"}, order=dialect.binary("t.reference"))


def outcomes(dialect: Dialect) -> str:
    return (
        "SELECT o.engagement_id, COUNT(*) AS counted FROM engagements_outcome o JOIN chosen ON chosen.id = o.engagement_id"
        " GROUP BY o.engagement_id"
    )


def judgments(dialect: Dialect) -> str:
    """The best and the worst of the latest assessments: of the whole, and of each outcome."""
    latest = (
        f"SELECT a.engagement_id, CASE a.rating {_STEPS} ELSE 0 END AS step,"
        f" ROW_NUMBER() OVER (PARTITION BY a.engagement_id, a.outcome_id ORDER BY {_LATEST}) AS place"
        " FROM engagements_assessment a JOIN chosen ON chosen.id = a.engagement_id"
    )
    return (
        "SELECT j.engagement_id, MAX(j.step) AS best, COALESCE(MIN(NULLIF(j.step, 0)), 0) AS worst"
        f" FROM ({latest}) j WHERE j.place = 1 GROUP BY j.engagement_id"
    )


def current_assessments(dialect: Dialect) -> str:
    """The latest assessment of each outcome, whole; joined by the outcome."""
    latest = (
        f"SELECT a.*, ROW_NUMBER() OVER (PARTITION BY a.outcome_id ORDER BY {_LATEST}) AS place"
        " FROM engagements_assessment a JOIN engagements_outcome o ON o.id = a.outcome_id JOIN chosen ON chosen.id = o.engagement_id"
    )
    return f"SELECT * FROM ({latest}) a WHERE a.place = 1"


def challenges(dialect: Dialect) -> str:
    """The categories of its challenges, each once."""
    entries, order = dialect.entries("catalog_challengecategory", "sort", "code")
    source = (
        "(SELECT DISTINCT c.engagement_id, c.category_id FROM engagements_challenge c JOIN chosen ON chosen.id = c.engagement_id) t"
        f" JOIN {entries} w ON w.id = t.category_id"
    )
    return dialect.grouped(source, lists={"codes": "w.code", "names": "w.escaped"}, order=order)


def sources(dialect: Dialect) -> str:
    """Title, publisher and address of each source, as ``lists.join_parts`` writes them."""
    title, publisher, url = (dialect.escaped(f"t.{name}", in_parts=True) for name in ("title", "publisher", "url"))
    value = (
        f"{title} || CASE WHEN t.publisher <> '' OR t.url <> '' THEN ' | ' || {publisher} ELSE '' END"
        f" || CASE WHEN t.url <> '' THEN ' | ' || {url} ELSE '' END"
    )
    source = "engagements_source t JOIN chosen ON chosen.id = t.engagement_id"
    return dialect.grouped(source, lists={"lines": value}, order="t.id")


def funding(dialect: Dialect) -> str:
    """Money by currency; amounts are added up within one currency only."""
    once = (
        "(SELECT f.engagement_id, f.currency, SUM(f.planned) AS planned, SUM(f.actual) AS actual FROM engagements_fundingline f"
        " JOIN chosen ON chosen.id = f.engagement_id WHERE f.planned IS NOT NULL OR f.actual IS NOT NULL"
        " GROUP BY f.engagement_id, f.currency) t"
    )
    return dialect.grouped(
        once,
        lists={"currencies": "t.currency"},
        order=dialect.binary("t.currency"),
        totals={"planned": ("MAX", "t.planned"), "actual": ("MAX", "t.actual"), "kinds": ("COUNT", "t.currency")},
    )


_M2M = "engagements_engagement_"
AGGREGATES = {
    "parties": parties,
    "providers": providers,
    "predecessors": predecessors,
    "outcomes": outcomes,
    "judgments": judgments,
    "challenges": challenges,
    "sources": sources,
    "funding": funding,
    "also_held": _entries(f"{_M2M}also_held_in", "country_id", "catalog_country"),
    "strategies": _entries(f"{_M2M}strategies", "strategy_id", "catalog_strategy"),
    "themes": _entries(f"{_M2M}themes", "theme_id", "catalog_theme"),
    "domains": _entries(f"{_M2M}domains", "domain_id", "catalog_domain"),
    "objectives": _entries(f"{_M2M}objectives", "objective_id", "catalog_objective"),
    "legal_bases": _entries(f"{_M2M}legal_bases", "legalbasis_id", "catalog_legalbasis"),
    "released": _entries(f"{_M2M}released_to", "team_id", "accounts_team"),
}
