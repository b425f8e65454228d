"""A migration of a big table holds nobody up for more than two seconds: every later one is looked at, statement by statement."""

import json

import pytest

from tests.elsewhere import Place
from tests.scale.locks import Said, problems

pytestmark = [pytest.mark.only_postgresql, pytest.mark.django_db]

# What was released before this rule. A release moves nothing here: what is later is looked at for ever.
BASELINE = {
    "accounts": "0001_initial",
    "catalog": "0002_lookalike",
    "engagements": "0010_list_order",
    "history": "0002_access",
    "imports": "0001_initial",
    "jobs": "0001_initial",
    "reports": "0001_saved_views",
    "replicas": None,
}
LISTEN = """
import json
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
BASELINE = json.loads('''{baseline}''')
executor = MigrationExecutor(connection)
leaves = [(app, name) for app, name in executor.loader.graph.leaf_nodes() if app not in BASELINE]
executor.migrate(leaves + [(app, name) for app, name in BASELINE.items() if name])
log, now = [], ["after"]

def tell(action, migration=None, fake=False):
    if action == "apply_start":
        now[0] = f"{{migration.app_label}}.{{migration.name}}"
    elif action == "apply_success":
        now[0] = "after"

def listen(execute, sql, params, many, context):
    log.append((now[0], str(sql), context["connection"].in_atomic_block))
    return execute(sql, params, many, context)

executor = MigrationExecutor(connection, tell)
plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
with connection.execute_wrapper(listen):
    executor.migrate(executor.loader.graph.leaf_nodes(), plan)
print(json.dumps([[f"{{one.app_label}}.{{one.name}}" for one, _backwards in plan], log]))
"""


def test_no_later_migration_holds_a_big_table(tmp_path):
    with Place(tmp_path / "elsewhere") as place:
        applied, log = json.loads(place.python(LISTEN.format(baseline=json.dumps(BASELINE))))
    assert "replicas.0001_initial" in applied
    assert problems([Said(*said) for said in log]) == []


# What is refused, and what takes its place ----------------------------------------------------------

REFUSED = [
    'CREATE INDEX "title_idx" ON "engagements_engagement" ("title")',
    'CREATE UNIQUE INDEX "title_idx" ON "engagements_engagement" ("title") WHERE "title" <> %s',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "cost" integer NULL CHECK ("cost" >= 0)',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "team2_id" bigint NULL CONSTRAINT "fk" REFERENCES "accounts_team"("id")',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "code" varchar(9) DEFAULT %s NOT NULL UNIQUE',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "year" integer GENERATED ALWAYS AS (1) STORED',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "key" uuid DEFAULT gen_random_uuid() NOT NULL',
    'ALTER TABLE "engagements_participation" ADD CONSTRAINT "women_fit" CHECK ("women" <= "planned")',
    'ALTER TABLE "engagements_participation" ADD CONSTRAINT "one" UNIQUE ("engagement_id", "role")',
    'ALTER TABLE "engagements_participation" ADD CONSTRAINT "fk" FOREIGN KEY ("team_id") REFERENCES "accounts_team" ("id")',
    'ALTER TABLE "engagements_engagement" ALTER COLUMN "version" TYPE bigint USING "version"::bigint',
    'ALTER TABLE "engagements_engagement" ALTER COLUMN "summary" SET NOT NULL',
    'UPDATE "engagements_engagement" SET "cost" = 0 WHERE "cost" IS NULL',
    "LOCK TABLE engagements_engagement IN EXCLUSIVE MODE",
]
LET_PASS = [
    'CREATE INDEX CONCURRENTLY "title_idx" ON "engagements_engagement" ("title")',
    'CREATE INDEX "name_idx" ON "catalog_theme" ("name")',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "cost" integer NULL',
    'ALTER TABLE "engagements_engagement" ADD COLUMN "cost" integer DEFAULT 0 NOT NULL',
    'ALTER TABLE "engagements_participation" ADD CONSTRAINT "women_fit" CHECK ("women" <= "planned") NOT VALID',
    'ALTER TABLE "engagements_participation" VALIDATE CONSTRAINT "women_fit"',
    'ALTER TABLE "engagements_participation" ADD CONSTRAINT "one" UNIQUE USING INDEX "one_idx"',
    'ALTER TABLE "engagements_engagement" ALTER COLUMN "title" TYPE text',
    'ALTER TABLE "engagements_engagement" DROP COLUMN "cost" CASCADE',
    'UPDATE "engagements_engagement" SET "cost" = 0 WHERE "id" BETWEEN %s AND %s',
    'SELECT count(*) FROM "engagements_engagement"',
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_holds_a_big_table_is_refused_and_the_migration_named(sql):
    (problem,) = problems([Said("engagements.0099_later", sql, False)])
    assert problem.startswith("engagements.0099_later, engagements_")


@pytest.mark.parametrize("sql", LET_PASS)
def test_what_takes_its_place_passes(sql):
    assert problems([Said("engagements.0099_later", sql, False)]) == []


def test_rows_are_written_in_batches_of_their_own():
    batch = Said("engagements.0099_later", 'UPDATE "engagements_engagement" SET "cost" = 0 WHERE "id" BETWEEN 1 AND 9', True)
    assert len(problems([batch])) == 1


def test_a_constraint_is_validated_after_the_table_was_let_go():
    add, validate = (
        f'ALTER TABLE "engagements_outcome" {what}' for what in ('ADD CONSTRAINT "c" CHECK (1=1) NOT VALID', 'VALIDATE CONSTRAINT "c"')
    )
    assert len(problems([Said("e.0099", add, True), Said("e.0099", validate, True)])) == 1
    assert problems([Said("e.0099", add, True), Said("e.0100", validate, True)]) == []


def test_a_table_that_is_new_may_be_asked_anything():
    sql = ['CREATE TABLE "engagements_visit" ("id" bigint)', 'CREATE INDEX "visit_idx" ON "engagements_visit" ("id")']
    assert problems([Said("engagements.0099_later", statement, True) for statement in sql]) == []
