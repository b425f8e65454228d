"""A small register to walk through: two regions, four countries, two strategies, a handful of engagements."""

from types import SimpleNamespace

from tests import make


def small_register() -> SimpleNamespace:
    team = make.team("j5", name="J5, Plans and Policy")
    people = {
        "analyst": make.user("analyst", username="analyst", clearance="official", teams=[team]),
        "manager": make.user("manager", username="manager", clearance="restricted", teams=[team]),
        "steward": make.user("steward", username="steward", clearance="official"),
        "viewer": make.user("viewer", username="viewer"),
    }
    ghana, kenya, poland, usa = (
        make.country(code, name) for code, name in [("GHA", "Ghana"), ("KEN", "Kenya"), ("POL", "Poland"), ("USA", "United States")]
    )
    m49 = make.scheme("m49", "UN M49")
    make.region("m49:002", name="Africa", scheme=m49, countries=[ghana, kenya])
    make.region("m49:150", name="Europe", scheme=m49, countries=[poland])
    talks = make.strategy("talks", name="Bilateral and multilateral engagement")
    capacity = make.strategy("capacity", name="Training and capacity building")
    staff_talks = make.type("staff_talks", name="Staff talks", definition="Staffs meet to plan what their forces do together.")
    make.type("key_leader_visit", name="Key-leader visit", definition="One senior leader visits another.")
    field = make.type("field_exercise", name="Field exercise", kind="exercise", definition="Forces train in the field.")
    course = make.type("course", name="Course", kind="training", definition="People are taught.")
    make.outcome_type("agreement", name="Agreement signed")
    series = make.framework("flintlock", name="Flintlock")
    old = make.engagement(
        title="Staff talks with Ghana", type=staff_talks, country=ghana, countries=[ghana, usa], strategies=[talks],
        starts="Mar 2023", ends="Mar 2023", status="completed", team=team,
    )  # fmt: skip
    make.engagement(
        title="Flintlock 2024", kind="exercise", type=field, country=ghana, countries=[ghana, kenya, usa], strategies=[talks],
        starts="13 May 2024", ends="24 May 2024", status="completed", framework=series, iteration="2024", team=team,
    )  # fmt: skip
    make.engagement(
        title="Logistics course in Nairobi", kind="training", type=course, country=kenya, countries=[kenya, usa],
        strategies=[capacity], starts="2025", status="completed", team=team,
    )  # fmt: skip
    make.engagement(
        title="Staff talks with Poland", type=staff_talks, country=poland, countries=[poland, usa], strategies=[talks],
        starts="4 Nov 2025", status="completed", team=team,
    )  # fmt: skip
    return SimpleNamespace(**people, team=team, old=old, staff_talks=staff_talks, ghana=ghana, poland=poland, usa=usa, talks=talks)
