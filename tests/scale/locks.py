"""Which statements of a migration would hold a big table for as long as it is big, and what to write instead."""

import re
from dataclasses import dataclass

# Tables that stay small whatever happens; every other one is big.
SMALL = ("catalog_", "accounts_", "account_", "auth_", "django_content_type", "django_migrations", "reports_savedview", "replicas_")
TABLE = r'(?:ONLY\s+)?"?(?P<table>\w+)"?'


@dataclass(frozen=True)
class Said:
    """A statement that a migration ("engagements.0011_name") sent, and whether inside the transaction of the migration."""

    migration: str
    sql: str
    in_transaction: bool


INDEX = "AddIndexConcurrently or CREATE INDEX CONCURRENTLY, in a migration with atomic = False"
CONSTRAINT = (
    "AddConstraintNotValid, and ValidateConstraint in the next migration (unique ones: a concurrent index, then ADD ... USING INDEX)"
)
# What a statement looks like, and the way that holds nobody up. {T} is the name of a table.
RULES = [
    (r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON {T}", f"builds an index while nobody can write: {INDEX}"),
    (r"REINDEX (?!.*CONCURRENTLY).* {T}", "REINDEX ... CONCURRENTLY"),
    (r"ALTER TABLE {T} .*\bADD COLUMN .*\b(?:CHECK|UNIQUE|REFERENCES|PRIMARY KEY)\b",
     f"a new column whose rule is checked row by row: add it plain and null=True, its index and rule after it. {INDEX}; {CONSTRAINT}"),
    (r"ALTER TABLE {T} .*\bADD COLUMN .*\bGENERATED\b(?!.*\bIDENTITY\b)", "writes the table anew: a plain column, a trigger, then a fill"),
    (r"ALTER TABLE {T} .*\bADD COLUMN .*\bDEFAULT\b.*\b(?:random|gen_random_uuid|clock_timestamp|nextval)\b",
     "writes the table anew: a column without default, a fill in batches, then the default"),
    (r"ALTER TABLE {T} .*\bADD CONSTRAINT (?!.*(?:NOT VALID|USING INDEX))", f"checks each row while nobody can write: {CONSTRAINT}"),
    (r"ALTER TABLE {T} .*\bALTER COLUMN \S+ TYPE\b", "writes the table anew: a new column, a trigger that keeps both, a fill in batches"),
    (r"ALTER TABLE {T} .*\bSET NOT NULL\b",
     "looks at each row while nobody can read: a constraint IS NOT NULL added not valid, validated in the next migration, keeps the same"),
    (r"ALTER TABLE {T} .*\bSET (?:TABLESPACE|LOGGED|UNLOGGED)\b", "writes the table anew: not while people work"),
    (r"(?:LOCK TABLE|CLUSTER|VACUUM FULL|REFRESH MATERIALIZED VIEW(?! CONCURRENTLY)) {T}", "holds the table for as long as it takes"),
]  # fmt: skip
WRITES = r"(?:UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?) {T}"
BATCH = r"\bWHERE\b.*\b(?:id|pk|ctid|\w+_id)\"? (?:=|IN|BETWEEN|>|>=|<|<=) "


def problems(log: list[Said]) -> list[str]:
    """One sentence for each statement that a big table should not be asked for. Tables made in ``log`` are new, so empty."""
    fresh, checked, found = set(), {}, []
    for said in log:
        sql = " ".join(said.sql.split())
        if made := re.match(rf"CREATE (?:\w+ )?TABLE (?:IF NOT EXISTS )?{TABLE}", sql, re.I):
            fresh.add(made["table"].lower())
        for pattern, way in RULES:
            table = _table(pattern, sql)
            if _is_big(table, fresh) and not _only_grows(pattern, sql):
                found.append(f"{said.migration}, {table}: {way}.")
        table = _table(WRITES, sql)
        if _is_big(table, fresh):
            if said.in_transaction:
                found.append(
                    f"{said.migration}, {table}: holds all rows it writes until the end: atomic = False, and batches with a commit each."
                )
            elif not re.search(BATCH, sql, re.I):
                found.append(f"{said.migration}, {table}: writes all rows at once: batches by id, with a commit each.")
        if (table := _table(r"ALTER TABLE {T} .*\bNOT VALID\b", sql)) and said.in_transaction:
            checked.setdefault(said.migration, set()).add(table)
        if (table := _table(r"ALTER TABLE {T} .*\bVALIDATE CONSTRAINT\b", sql)) in checked.get(said.migration, ()) and said.in_transaction:
            found.append(
                f"{said.migration}, {table}: looks at each row while it holds the table: ValidateConstraint goes into the next one."
            )
    return found


def _table(pattern: str, sql: str) -> str | None:
    found = re.match(pattern.replace("{T}", TABLE), sql, re.I)
    return found["table"].lower() if found else None


def _is_big(table: str | None, fresh: set[str]) -> bool:
    return bool(table) and table not in fresh and not table.startswith(SMALL)


def _only_grows(pattern: str, sql: str) -> bool:
    """Longer text and text without a limit write nothing anew; what it was before is not in the statement: see docs/scale.md."""
    return "ALTER COLUMN" in pattern and "TYPE" in pattern and bool(re.search(r"\bTYPE text\b", sql, re.I)) and "USING" not in sql
