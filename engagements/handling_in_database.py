"""More readers need two people: kept by the database itself, so that no form, command, undo or bulk write goes round it.

- A marking goes down only where a request for just that was agreed and not carried out yet (``HandlingRequest``).
- A restricted record is released to a further team on the same terms; while it is being entered (version 1) freely.
- A restricted record moves only to a team that may read it already.

Whatever takes readers away is free: it acts at once. Used by rules_in_database.py, which writes the triggers.
"""

from accounts.choices import Handling

TABLE = "engagements_handlingrequest"
ENGAGEMENT, RELEASED = "engagements_engagement", "engagements_engagement_released_to"
SENTENCES = {
    "handling_lowered_by_two": "A lower marking is asked for on the page “Handling” of the record, and agreed by a second person.",
    "release_widened_by_two": "A release to one more team is asked for on the page “Handling” of the record and agreed by a second person.",
    "restricted_moves_to_reader": "A restricted record moves only to a team that may read it already: ask for the release first.",
}


def _rank(column: str) -> str:
    return f"CASE {column} " + " ".join(f"WHEN '{value}' THEN {step}" for step, value in enumerate(Handling.values)) + " ELSE 9 END"


def _agreed(engagement: str, further: str) -> str:
    waits = f"r.engagement_id = {engagement} AND r.decision = 'agreed' AND NOT r.is_carried_out"
    return f"EXISTS (SELECT 1 FROM {TABLE} r WHERE {waits}{further})"


_NAMES_TEAM = f" AND EXISTS (SELECT 1 FROM {TABLE}_release_to t WHERE t.handlingrequest_id = r.id AND t.team_id = NEW.team_id)"
_IS_FREE = f"e.handling <> '{Handling.RESTRICTED}' OR e.version = 1 OR e.team_id = NEW.team_id"
# Event, table, condition, and each rule with what must hold.
TRIGGERS = {
    "engagement_handling_kept": (
        "BEFORE UPDATE OF handling, team_id",
        ENGAGEMENT,
        "NEW.handling <> OLD.handling OR NEW.team_id <> OLD.team_id",
        {
            "handling_lowered_by_two": f"{_rank('NEW.handling')} >= {_rank('OLD.handling')} OR "
            + _agreed("NEW.id", " AND r.handling = NEW.handling"),
            "restricted_moves_to_reader": f"NEW.team_id = OLD.team_id OR OLD.handling <> '{Handling.RESTRICTED}'"
            f" OR EXISTS (SELECT 1 FROM {RELEASED} l WHERE l.engagement_id = NEW.id AND l.team_id = NEW.team_id)",
        },
    ),
    "engagement_release_kept": (
        "BEFORE INSERT",
        RELEASED,
        "",
        {
            "release_widened_by_two": f"EXISTS (SELECT 1 FROM {ENGAGEMENT} e WHERE e.id = NEW.engagement_id AND ({_IS_FREE})) OR "
            + _agreed("NEW.engagement_id", _NAMES_TEAM)
        },
    ),
    "engagement_release_not_moved": (
        "BEFORE UPDATE",
        RELEASED,
        "NEW.engagement_id <> OLD.engagement_id OR NEW.team_id <> OLD.team_id",
        {"release_widened_by_two": "1 = 0"},
    ),
}


def statements(vendor: str) -> list[str]:
    """What writes the triggers of this kind of database."""
    found = []
    for name, (event, table, condition, rules) in TRIGGERS.items():
        when = f" WHEN ({condition})" if condition else ""
        if vendor == "postgresql":
            body = " ".join(
                f"IF NOT ({holds}) THEN RAISE EXCEPTION '{rule}' USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}'; END IF;"
                for rule, holds in rules.items()
            )
            found += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$",
                f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION {name}()",
            ]
        else:
            body = " ".join(f"SELECT RAISE(ABORT, 'CHECK constraint failed: {rule}') WHERE NOT ({holds});" for rule, holds in rules.items())
            found.append(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW{when} BEGIN {body} END")
    return found
