"""A record becomes verified only by a step of somebody whose work it is not: kept by the database, whatever code writes.

The step is written first (``ReviewStep``), then the state. Who changed the record since its last verification is
asked by ``domain/review.py``; here stands what holds even where nobody asks.
"""

RULE = "verified_by_another"
STEPS, RECORD = "engagements_reviewstep", "engagements_engagement"
# True of the row NEW whose last step was a verification by another than who entered, owns, submitted or reopened it.
# A step of nobody compares with nothing, so it does not do.
BY_ANOTHER = f"""EXISTS (
    SELECT 1 FROM {STEPS} s
    WHERE s.engagement_id = NEW.id AND s.id = (SELECT MAX(l.id) FROM {STEPS} l WHERE l.engagement_id = NEW.id)
      AND s.kind = 'verified'
      AND s.taken_by_id <> COALESCE(NEW.created_by_id, 0) AND s.taken_by_id <> COALESCE(NEW.owner_id, 0)
      AND NOT EXISTS (
        SELECT 1 FROM {STEPS} o
        WHERE o.engagement_id = NEW.id AND o.kind IN ('submitted', 'reopened') AND o.taken_by_id = s.taken_by_id
          AND o.id > COALESCE((SELECT MAX(v.id) FROM {STEPS} v WHERE v.engagement_id = NEW.id AND v.kind = 'verified' AND v.id < s.id), 0)
      )
)"""
BECOMES = "NEW.review_state = 'verified' AND OLD.review_state <> 'verified'"


NAME = "engagement_verified_by_another"
WRITTEN = f"CREATE TRIGGER {NAME} BEFORE UPDATE OF review_state ON {RECORD} FOR EACH ROW"


def sqlite() -> list[str]:
    refuse = f"SELECT RAISE(ABORT, 'CHECK constraint failed: {RULE}') WHERE NOT {BY_ANOTHER};"
    return [f"{WRITTEN} WHEN {BECOMES} BEGIN {refuse} END"]


def postgresql() -> list[str]:
    refuse = f"RAISE EXCEPTION '{RULE}' USING ERRCODE = 'check_violation', CONSTRAINT = '{RULE}';"
    body = f"BEGIN IF {BECOMES} AND NOT {BY_ANOTHER} THEN {refuse} END IF; RETURN NEW; END"
    return [
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"{WRITTEN} EXECUTE FUNCTION {NAME}()",
    ]
