"""The two public files of ../shared/data come in whole, with the mappings that ship with the program; and go again."""

from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Sum

from engagements.models import Engagement, FundingLine, Participation, PeacekeepingMission
from history.models import Change
from imports.models import Batch, Line
from imports.totals import totals
from tests import make
from tests.imports.batches import outcomes, undo

pytestmark = [pytest.mark.given_data, pytest.mark.long]
FOLDER = settings.BASE_DIR.parent / "shared" / "data"
TRAINING, OPERATIONS = "training_report_fy2018_2021.tsv.gz", "un_peacekeeping_operations.csv"


@pytest.fixture
def clerk(seeded):
    """Who brings files in, in a team of their own, so that nothing of the fixtures is matched by chance."""
    return make.user("analyst", username="clerk", clearance="official", teams=[make.team()])


def bring_in(file: str, mapping: str) -> Batch:
    call_command("import_records", str(FOLDER / file), mapping=mapping, user="clerk", stdout=StringIO(), stderr=StringIO())
    return Batch.objects.order_by("-pk").first()


def rows() -> dict[str, int]:
    return {model._meta.db_table: model._base_manager.count() for model in apps.get_app_config("engagements").get_models(True)}


def test_the_training_report_comes_in_whole_agrees_with_its_totals_comes_again_and_goes(clerk):
    before = rows()
    made = bring_in(TRAINING, "us-training-report")
    assert outcomes(made) == {"create": 13_557}
    assert (made.counts["lines"], made.counts["aggregates"], made.counts["wrong_lines"]) == (51_302, 2_846, 0)
    records = Engagement.objects.filter(owner=clerk)
    assert records.count() == 13_557
    # Every line is in the figures, and every record has its lines.
    lines = Line.objects.filter(batch=made, state="read")
    assert lines.count() == 48_456
    assert lines.values("group").distinct().count() == made.imported.count() == 13_557
    summed = lines.aggregate(people=Sum("people"), cost=Sum("cost"))
    assert Participation.objects.filter(engagement__owner=clerk).aggregate(all=Sum("personnel"))["all"] == summed["people"]
    assert round(FundingLine.objects.filter(engagement__owner=clerk).aggregate(all=Sum("actual"))["all"], 2) == round(summed["cost"], 2)
    found = list(totals(made))
    assert (len(found), sum(total.agrees for total in found)) == (2_845, 2_842)

    changes = Change.objects.count()
    assert outcomes(bring_in(TRAINING, "us-training-report")) == {"unchanged": 13_557}
    assert Change.objects.count() == changes

    assert undo(made).counts["kept"] == 0
    assert rows() == before
    told = Change.objects.filter(action__in=[made.action, made.undo_action]).values("operation").annotate(count=Count("pk"))
    assert {row["operation"]: row["count"] for row in told} == dict.fromkeys(("added", "removed"), changes_of(made.action))


def changes_of(action: str) -> int:
    return Change.objects.filter(action=action).count()


def test_the_list_of_operations_comes_in_whole_and_again_changes_nothing(clerk):
    before = rows()
    made = bring_in(OPERATIONS, "un-operations")
    assert outcomes(made) == {"create": 81}
    missions = PeacekeepingMission.objects.filter(engagement__owner=clerk)
    assert missions.count() == 81
    assert outcomes(bring_in(OPERATIONS, "un-operations")) == {"unchanged": 81}
    assert undo(made).counts["kept"] == 0
    assert rows() == before


def test_joined_rows_and_swapped_places_are_flagged_and_an_open_end_goes_on(clerk):
    made = bring_in(OPERATIONS, "un-operations")
    said = [(line.number, problem["sentence"]) for line in made.lines.filter(has_problems=True) for problem in line.problems]
    assert {number for number, sentence in said if "joins two missions" in sentence} == {9, 42, 50}, "UNOSOM, UNEF and UNAVEM (I & II)"
    # UNOSOM I and II, UNEF, UNAVEM I and II, MINUSMA; and UNSCOB, which is swapped in the list too.
    assert {number for number, sentence in said if "looks swapped" in sentence} == {7, 8, 42, 48, 49, 67, 82}
    assert len(said) == 10
    place = Engagement.objects.get(owner=clerk, mission__acronym="MINUSMA")
    assert (str(place.latitude), str(place.longitude)) == ("-8.0000", "12.6500"), "kept as given"
    ongoing = PeacekeepingMission.objects.filter(engagement__owner=clerk, engagement__ends_precision="open")
    assert set(ongoing.values_list("engagement__status", flat=True)) <= {"ongoing"}
