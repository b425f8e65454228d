"""Rules that look at more than one row, kept by the database itself, so that no door goes round them.

- ``participation.acts_for``: the country, or the country of a ministry, force, service, command or unit.
- ``engagement.scope``: counted from the participations (``scope_of``); whatever is written is put right.
- The facts of a kind hang only on an engagement of that kind, and a type belongs to its kind.
- A marking is lowered, and a restricted record released further, by two people (handling_in_database.py).
- A record is verified by somebody whose work it is not (``review_in_database``).

The same rules for PostgreSQL (set-based, one recount a statement) and SQLite (row by row). A migration that
rebuilds one of these tables on SQLite drops its triggers: it must call ``install`` again (a test notices).
"""

from catalog.choices import BODIES_OF_SEVERAL_STATES, STATE_BODIES, Kind
from engagements import handling_in_database, review_in_database
from engagements.choices import COUNTED_ROLES, NOT_TAKING_PART
from history import triggers

DETAIL_TABLES = {
    "engagements_exercise": Kind.EXERCISE,
    "engagements_trainingprogram": Kind.TRAINING,
    "engagements_peacekeepingmission": Kind.PEACEKEEPING,
}
# What each refusal says to a person; the database answers with the key.
SENTENCES = {
    "detail_of_its_kind": "These facts belong to another kind of engagement.",
    "type_of_its_kind": "This type belongs to another kind of engagement.",
    "type_kind_in_use": "The type is in use: its kind can not change.",
    **handling_in_database.SENTENCES,
    review_in_database.RULE: "A manager verifies what others entered and submitted, never the own record.",
}


def _in(values) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def _taking_part(engagement: str) -> str:
    return f"p.engagement_id = {engagement} AND p.role IN {_in(COUNTED_ROLES)} AND p.status NOT IN {_in(NOT_TAKING_PART)}"


def _of_several_states(engagement: str) -> str:
    return f"""EXISTS (
            SELECT 1 FROM engagements_participation p JOIN catalog_organization o ON o.id = p.organization_id
            WHERE {_taking_part(engagement)} AND o.kind IN {_in(BODIES_OF_SEVERAL_STATES)}
        )"""


_BY_STATES = "WHEN 0 THEN 'incomplete' WHEN 1 THEN 'incomplete' WHEN 2 THEN 'bilateral' ELSE 'multilateral' END"


def scope_of(engagement: str) -> str:
    """SQL for the scope of the engagement whose id is the SQL text ``engagement``."""
    return f"""CASE
        WHEN {_of_several_states(engagement)} THEN 'multilateral'
        ELSE CASE (SELECT COUNT(DISTINCT p.acts_for_id) FROM engagements_participation p WHERE {_taking_part(engagement)}) {_BY_STATES}
    END"""


def _scope_function() -> str:
    """The same for PostgreSQL; its cost keeps it from being asked of a whole table. Most records have two countries and nothing else."""
    return f"""CREATE OR REPLACE FUNCTION entente_scope(wanted bigint) RETURNS varchar LANGUAGE plpgsql STABLE COST 1000 AS $$
        DECLARE one bigint; other bigint; parties bigint; organizations bigint; BEGIN
        SELECT MIN(p.acts_for_id), MAX(p.acts_for_id), COUNT(p.acts_for_id), COUNT(p.organization_id)
        INTO one, other, parties, organizations FROM engagements_participation p WHERE {_taking_part("wanted")};
        IF organizations > 0 AND {_of_several_states("wanted")} THEN RETURN 'multilateral'; END IF;
        IF parties < 2 OR one = other THEN RETURN 'incomplete'; END IF;
        IF parties > 2 AND EXISTS (
            SELECT 1 FROM engagements_participation p WHERE {_taking_part("wanted")} AND p.acts_for_id NOT IN (one, other)
        ) THEN RETURN 'multilateral'; END IF;
        RETURN 'bilateral'; END $$"""


def _acts_for(row: str) -> str:
    return (
        f"COALESCE({row}.country_id, (SELECT o.country_id FROM catalog_organization o"
        f" WHERE o.id = {row}.organization_id AND o.kind IN {_in(STATE_BODIES)}))"
    )


def _sqlite() -> list[str]:
    participation, engagement = "engagements_participation", "engagements_engagement"

    def count_again(row):
        return (
            f"UPDATE {engagement} SET scope = {scope_of(f'{row}.engagement_id')}"
            f" WHERE id = {row}.engagement_id AND scope <> {scope_of(f'{row}.engagement_id')};"
        )

    def act(row):
        return f"UPDATE {participation} SET acts_for_id = {_acts_for(row)} WHERE id = {row}.id;"

    def refuse(rule, unless):
        return f"SELECT RAISE(ABORT, 'CHECK constraint failed: {rule}') WHERE NOT ({unless});"

    def trigger(name, event, table, *body):
        return f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW BEGIN {' '.join(body)} END"

    watched = "country_id, organization_id, acts_for_id, role, status, engagement_id"
    type_fits = "EXISTS (SELECT 1 FROM catalog_engagementtype t WHERE t.id = NEW.type_id AND t.kind = NEW.kind)"
    statements = [
        trigger("participation_added", "AFTER INSERT", participation, act("NEW"), count_again("NEW")),
        trigger("participation_changed", f"AFTER UPDATE OF {watched}", participation, act("NEW"), count_again("NEW"), count_again("OLD")),
        trigger("participation_removed", "AFTER DELETE", participation, count_again("OLD")),
        trigger(
            "organization_changed",
            "AFTER UPDATE OF kind, country_id",
            "catalog_organization",
            f"UPDATE {participation} SET organization_id = organization_id WHERE organization_id = NEW.id;",
        ),
        trigger(
            "engagement_scope_counted",
            "AFTER UPDATE OF scope",
            engagement,
            f"UPDATE {engagement} SET scope = {scope_of('NEW.id')} WHERE id = NEW.id AND scope <> {scope_of('NEW.id')};",
        ),
        # Empty, that is, but for participants that were written before it in the same transaction.
        trigger(
            "engagement_scope_starts_empty",
            "AFTER INSERT",
            engagement,
            f"UPDATE {engagement} SET scope = {scope_of('NEW.id')} WHERE id = NEW.id AND scope <> {scope_of('NEW.id')};",
        ),
        trigger("engagement_type_fits", "BEFORE INSERT", engagement, refuse("type_of_its_kind", type_fits)),
        trigger(
            "engagement_type_still_fits",
            "BEFORE UPDATE OF kind, type_id",
            engagement,
            refuse("type_of_its_kind", type_fits),
            *(
                refuse("detail_of_its_kind", f"NEW.kind = '{kind}' OR NOT EXISTS (SELECT 1 FROM {table} d WHERE d.engagement_id = NEW.id)")
                for table, kind in DETAIL_TABLES.items()
            ),
        ),
        trigger(
            "type_kind_kept",
            "BEFORE UPDATE OF kind",
            "catalog_engagementtype",
            refuse(
                "type_kind_in_use",
                f"NEW.kind = OLD.kind OR NOT EXISTS (SELECT 1 FROM {engagement} e WHERE e.type_id = NEW.id)",
            ),
        ),
    ]
    for table, kind in DETAIL_TABLES.items():
        fits = f"EXISTS (SELECT 1 FROM {engagement} e WHERE e.id = NEW.engagement_id AND e.kind = '{kind}')"
        statements += [
            trigger(f"{table}_fits", "BEFORE INSERT", table, refuse("detail_of_its_kind", fits)),
            trigger(f"{table}_still_fits", "BEFORE UPDATE OF engagement_id", table, refuse("detail_of_its_kind", fits)),
        ]
    return statements + review_in_database.sqlite() + handling_in_database.statements("sqlite")


def _postgresql() -> list[str]:
    participation, engagement = "engagements_participation", "engagements_engagement"

    def function(name, body, *, returns="trigger", arguments=""):
        return f"CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE plpgsql AS $$ BEGIN {body} END $$"

    def trigger(name, event, table, function_name, *, each="ROW", referencing=""):
        return f"CREATE TRIGGER {name} {event} ON {table} {referencing} FOR EACH {each} EXECUTE FUNCTION {function_name}()"

    def refuse(rule, unless):
        return f"IF NOT ({unless}) THEN RAISE EXCEPTION '{rule}' USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}'; END IF;"

    def count_again(*tables):
        touched = " UNION ".join(f"SELECT engagement_id FROM {table}" for table in tables)
        return (
            # Counted once, and for the touched records only, whatever the database believes of the sizes of its tables.
            f"WITH t AS MATERIALIZED (SELECT f.id, entente_scope(f.id) AS scope FROM {engagement} f WHERE f.id = ANY(ARRAY({touched})))"
            f" UPDATE {engagement} e SET scope = t.scope FROM t WHERE e.id = t.id AND e.scope <> t.scope; RETURN NULL;"
        )

    type_fits = "EXISTS (SELECT 1 FROM catalog_engagementtype t WHERE t.id = NEW.type_id AND t.kind = NEW.kind)"
    details = " ".join(
        refuse("detail_of_its_kind", f"NEW.kind = '{kind}' OR NOT EXISTS (SELECT 1 FROM {table} d WHERE d.engagement_id = NEW.id)")
        for table, kind in DETAIL_TABLES.items()
    )
    statements = [
        _scope_function(),
        # A country needs no query.
        function(
            "participation_acts_for",
            "IF NEW.country_id IS NOT NULL THEN NEW.acts_for_id := NEW.country_id;"
            f" ELSE NEW.acts_for_id := {_acts_for('NEW')}; END IF; RETURN NEW;",
        ),
        trigger("participation_acts_for", "BEFORE INSERT OR UPDATE", participation, "participation_acts_for"),
        function("participation_added", count_again("fresh")),
        function("participation_changed", count_again("fresh", "stale")),
        function("participation_removed", count_again("stale")),
        trigger(
            "participation_added", "AFTER INSERT", participation, "participation_added",
            each="STATEMENT", referencing="REFERENCING NEW TABLE AS fresh",
        ),
        trigger(
            "participation_changed", "AFTER UPDATE", participation, "participation_changed",
            each="STATEMENT", referencing="REFERENCING NEW TABLE AS fresh OLD TABLE AS stale",
        ),
        trigger(
            "participation_removed", "AFTER DELETE", participation, "participation_removed",
            each="STATEMENT", referencing="REFERENCING OLD TABLE AS stale",
        ),
        function(
            "organization_changed",
            f"UPDATE {participation} SET organization_id = organization_id WHERE organization_id = NEW.id; RETURN NULL;",
        ),
        trigger("organization_changed", "AFTER UPDATE OF kind, country_id", "catalog_organization", "organization_changed"),
        function("engagement_scope_counted", "NEW.scope := entente_scope(NEW.id); RETURN NEW;"),
        trigger("engagement_scope_counted", "BEFORE INSERT OR UPDATE OF scope", engagement, "engagement_scope_counted"),
        # A record that comes in has no facts yet: theirs ask for it.
        function("engagement_type_fits", f"{refuse('type_of_its_kind', type_fits)} IF TG_OP = 'UPDATE' THEN {details} END IF; RETURN NEW;"),
        trigger("engagement_type_fits", "BEFORE INSERT OR UPDATE OF kind, type_id", engagement, "engagement_type_fits"),
        function(
            "type_kind_kept",
            refuse(
                "type_kind_in_use",
                f"NEW.kind = OLD.kind OR NOT EXISTS (SELECT 1 FROM {engagement} e WHERE e.type_id = NEW.id)",
            )
            + " RETURN NEW;",
        ),
        trigger("type_kind_kept", "BEFORE UPDATE OF kind", "catalog_engagementtype", "type_kind_kept"),
    ]  # fmt: skip
    for table, kind in DETAIL_TABLES.items():
        fits = f"EXISTS (SELECT 1 FROM {engagement} e WHERE e.id = NEW.engagement_id AND e.kind = '{kind}')"
        statements += [
            function(f"{table}_fits", f"{refuse('detail_of_its_kind', fits)} RETURN NEW;"),
            trigger(f"{table}_fits", "BEFORE INSERT OR UPDATE OF engagement_id", table, f"{table}_fits"),
        ]
    return statements + review_in_database.postgresql() + handling_in_database.statements("postgresql")


def install(connection) -> None:
    """Write the triggers of this database into it; they replace older ones of the same name."""
    statements = _postgresql() if connection.vendor == "postgresql" else _sqlite()
    with connection.cursor() as cursor:
        # Their tables come with later migrations; SQLite can not rename a table while a trigger names one that is missing.
        missing = {review_in_database.STEPS, handling_in_database.TABLE} - set(connection.introspection.table_names(cursor))
    if connection.vendor == "sqlite":
        statements = [statement for statement in statements if not any(table in statement for table in missing)]
    triggers.write(connection, statements)


def trigger_names(connection) -> set[str]:
    """The triggers that ``install`` writes on this database."""
    statements = _postgresql() if connection.vendor == "postgresql" else _sqlite()
    return {statement.split()[2] for statement in statements if statement.startswith("CREATE TRIGGER")}
