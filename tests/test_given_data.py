"""The record against public lists that nobody of this program made: ../shared/data, where a checkout has it."""

import csv

import pytest
from django.conf import settings

from engagements.models import PeacekeepingMission

pytestmark = pytest.mark.given_data
LIST = settings.BASE_DIR.parent / "shared" / "data" / "un_peacekeeping_operations.csv"
# Rows of the list that are no operation of their own, each with its reason.
NO_OPERATION = {
    "UNOSOM": "both parts are on record",
    "UNEF": "both parts are on record",
    "UNAVEM": "its parts are on record",
    "UNCPSG": "UNPSG under another spelling",
    "UNPF": "the headquarters above UNPROFOR, UNCRO and UNPREDEP",
    "IPTF": "a part of UNMIBH",
    "UNSMA": "a political mission; its dates differ from source to source",
    "UNFOR": "no dates",
    "UNOHCI": "no dates, and no mission",
}
# Where the list gives the day of a decision and the record the beginning.
OTHER_START = {"UNPSG": "1998", "MICAH": "2000", "UNSCOB": "1947"}


@pytest.fixture
def listed():
    with LIST.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 81
    return rows


def test_every_operation_of_the_list_is_on_record(seeded, listed):
    ours = set(PeacekeepingMission.objects.values_list("acronym", flat=True))
    assert {row["mission_acronym"].strip() for row in listed} - ours == set(NO_OPERATION)


def test_the_years_of_each_operation_agree_with_the_list(seeded, listed):
    ours = {
        mission.acronym: mission.engagement
        for mission in PeacekeepingMission.objects.select_related("engagement").filter(mandating_body__code__startswith="un-")
    }
    for row in listed:
        acronym = row["mission_acronym"].strip()
        if acronym in NO_OPERATION:
            continue
        engagement = ours[acronym]
        assert engagement.starts.iso[:4] == OTHER_START.get(acronym, row["start_date"][:4]), acronym
        if row["end_date"]:
            assert engagement.ends.iso[:4] == row["end_date"][:4], acronym


def test_no_operation_has_the_coordinates_that_the_list_has_swapped(seeded, listed):
    for row in listed:
        if row["mission_acronym"] in {"MINUSMA", "UNAVEM I", "UNAVEM II", "UNOSOM I", "UNOSOM II"} and row["mission_longitude"]:
            wrong = float(row["mission_longitude"].replace(",", "."))
            for mission in PeacekeepingMission.objects.filter(acronym=row["mission_acronym"]).select_related("engagement"):
                found = mission.engagement.longitude
                assert found is None or abs(float(found) - wrong) > 0.5, row["mission_acronym"]
