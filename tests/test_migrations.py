"""Migrations run forward over data of an earlier state, and back again as far as that state."""

import pytest

from tests.elsewhere import Place

# The first release: what is in its tables must survive every later migration.
FIRST = """
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

FIRST = [("engagements", "0003_history"), ("history", "0001_initial")]
executor = MigrationExecutor(connection)
executor.migrate(FIRST)
"""
DATA = """
apps = MigrationExecutor(connection).loader.project_state(FIRST).apps
def model(label): return apps.get_model(label)
team = model("accounts.Team").objects.create(code="j5", name="J5")
kind = model("catalog.EngagementType").objects.create(code="talks", name="Talks", key="talks", kind="engagement")
countries = [model("catalog.Country").objects.create(code=code, name=code, key=code.lower()) for code in ("QAA", "QAB")]
for number in range(50):
    made = model("engagements.Engagement").objects.create(
        reference=f"ENG-2026-{number:05d}", kind="engagement", type=kind, title=f"Talks {number}", team=team, summary="What was said.",
        handling=["public", "official", "restricted"][number % 3], review_state=["draft", "submitted", "verified"][number % 3],
    )
    for country in countries:
        model("engagements.Participation").objects.create(engagement=made, country=country)
"""
FORWARD = """
call_command("migrate", verbosity=0)
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
"""
LOOK = """
from engagements.models import Engagement, Participation
from history.models import Change
rows = list(Engagement.objects.order_by("reference"))
assert [row.title for row in rows] == [f"Talks {number}" for number in range(50)], len(rows)
assert {row.summary for row in rows} == {"What was said."}
assert {row.scope for row in rows} == {"bilateral"}
assert Engagement.objects.search("talks qab said").count() == 50, "what was there before can be searched"
assert [row.handling for row in rows[:3]] == ["public", "official", "restricted"]
assert [row.review_state for row in rows[:3]] == ["draft", "submitted", "verified"]
before = Change.objects.count()
Engagement.objects.filter(pk=rows[0].pk).update(title="Changed")
assert Change.objects.count() == before + 1, "the history goes on"
Engagement.objects.filter(pk=rows[0].pk).update(title="Talks 0")
print("well")
"""
BACK = "MigrationExecutor(connection).migrate(FIRST)\n"


@pytest.fixture
def elsewhere(tmp_path, db):
    with Place(tmp_path / "elsewhere") as place:
        yield place


@pytest.mark.long
def test_data_of_the_first_release_goes_through_every_later_migration_forward_back_and_forward(elsewhere):
    assert elsewhere.python(FIRST + DATA + FORWARD + LOOK) == "well"
    assert elsewhere.python(FIRST + BACK + FORWARD + LOOK) == "well"
