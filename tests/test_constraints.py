"""Every rule that a table holds is met here by a statement that asks no form: the database itself refuses."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from catalog.models import Country, Membership
from engagements.models import ExternalId, Participation, StrengthReport
from tests import make

pytestmark = pytest.mark.django_db
DAY = dt.date(2020, 5, 17)
OURS = ["accounts", "jobs", "catalog", "engagements"]
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]
CONSTRAINTS = {constraint.name: (model, constraint) for model in MODELS for constraint in model._meta.constraints}


def _detail(kind):
    return lambda: getattr(make.engagement(kind=kind), {"exercise": "exercise", "training": "training", "peacekeeping": "mission"}[kind])


def _alias(entry, model):
    return lambda: model.objects.create(entry=entry(), text=f"Other {entry().name}")


def _membership():
    return Membership.objects.create(organization=make.organization(), country=make.country())


def _country_region():
    return make.member_of(make.region(), make.country())


# A row that is right, and what makes it wrong. What is the same for many models follows below.
WRONG = {
    "user_role_known": (make.user, {"role": "king"}),
    "user_clearance_known": (make.user, {"clearance": "secret"}),
    "user_theme_known": (make.user, {"theme": "pink"}),
    "user_density_known": (make.user, {"density": "none"}),
    "job_state_known": (lambda: make.job(state="done", ended_at=timezone.now()), {"state": "lost"}),
    "job_marking_known": (make.job, {"file_handling": "secret"}),
    "job_ended_in_the_end": (make.job, {"state": "done"}),
    "country_m49_three_digits": (make.country, {"m49": "4"}),
    "country_code_iso3": (make.country, {"code": "Xa1"}),
    "region_code_names_scheme": (make.region, {"code": "africa"}),
    "organization_kind_known": (make.organization, {"kind": "club"}),
    "organization_state_body_has_country": (make.organization, {"kind": "armed_force", "country": None}),
    "legalbasis_kind_known": (make.legal_basis, {"kind": "promise"}),
    "legalbasis_status_known": (make.legal_basis, {"status": "lost"}),
    "framework_kind_known": (make.framework, {"kind": "club"}),
    "membership_of_one_body": (_membership, {"organization": None}),
    "membership_status_known": (_membership, {"status": "friend"}),
    "engagementtype_kind_known": (make.type, {"kind": "party"}),
    "theme_group_known": (make.theme, {"group": "fashion"}),
    "outcometype_level_known": (make.outcome_type, {"usual_level": "miracle"}),
    "objective_tier_known": (make.objective, {"tier": "top"}),
    "objective_kind_known": (make.objective, {"kind": "secret"}),
    "objective_level_known": (make.objective, {"level": "galactic"}),
    "objective_reach_known": (make.objective, {"reach": "far"}),
    "objective_priority_one_to_five": (make.objective, {"priority": 6}),
    "engagement_status_known": (make.engagement, {"status": "maybe"}),
    "engagement_handling_known": (make.engagement, {"handling": "secret"}),
    "engagement_review_known": (make.engagement, {"review_state": "liked"}),
    "engagement_context_known": (make.engagement, {"conflict_context": "cold"}),
    "engagement_perception_known": (make.engagement, {"local_perception": "amused"}),
    "engagement_reason_known": (make.engagement, {"status": "cancelled", "status_reason": "boredom"}),
    "engagement_title_given": (make.engagement, {"title": ""}),
    "engagement_called_off_with_reason": (make.engagement, {"status": "cancelled"}),
    "engagement_reason_only_when_called_off": (make.engagement, {"status_reason": "funding"}),
    "engagement_start_not_open": (make.engagement, {"starts_precision": "open"}),
    "engagement_completed_has_ended": (make.engagement, {"status": "completed", "ends_precision": "open"}),
    "engagement_latitude_on_earth": (make.engagement, {"latitude": 90.5, "longitude": 0}),
    "engagement_longitude_on_earth": (make.engagement, {"latitude": 0, "longitude": -180.5}),
    "engagement_coordinates_in_pairs": (make.engagement, {"latitude": 1}),
    "exercise_focus_known": (_detail("exercise"), {"focus": "parade"}),
    "exercise_second_focus_known": (_detail("exercise"), {"second_focus": "parade"}),
    "trainingprogram_mode_known": (_detail("training"), {"mode": "osmosis"}),
    "trainingprogram_level_known": (_detail("training"), {"level": "boss"}),
    "trainingprogram_completed_within_enrolled": (_detail("training"), {"enrolled": 10, "completed": 11}),
    "trainingprogram_women_within_enrolled": (_detail("training"), {"enrolled": 10, "women": 11}),
    "peacekeepingmission_component_known": (_detail("peacekeeping"), {"component": "choir"}),
    "participation_one_party": (make.participation, {"country": None}),
    "participation_role_known": (make.participation, {"role": "king"}),
    "participation_status_known": (make.participation, {"status": "late"}),
    "participation_certainty_known": (make.participation, {"certainty": "sworn"}),
    "participation_level_known": (make.participation, {"delegation_level": "cook"}),
    "participation_women_within_personnel": (make.participation, {"personnel": 3, "women": 4}),
    "participation_cost_share_percent": (make.participation, {"cost_share": 101}),
    "strengthreport_type_known": (make.strength_report, {"personnel_type": "ghosts"}),
    "strengthreport_parts_within_total": (make.strength_report, {"total": 10, "female": 4, "male": 5}),
    "outcome_level_known": (make.outcome, {"level": "miracle"}),
    "outcome_statement_given": (make.outcome, {"statement": ""}),
    "assessment_rating_known": (make.assessment, {"rating": "great"}),
    "assessment_evidence_known": (make.assessment, {"evidence": "rumor"}),
    "assessment_rationale_given": (make.assessment, {"rationale": ""}),
    "assessment_too_early_is_looked_at_again": (make.assessment, {"rating": "too_early", "next_review_on": None}),
    "challenge_severity_known": (make.challenge, {"severity": "fatal"}),
    "challenge_status_known": (make.challenge, {"status": "ignored"}),
    "challenge_description_given": (make.challenge, {"description": ""}),
    "followup_status_known": (make.follow_up, {"status": "later"}),
    "followup_text_given": (make.follow_up, {"text": ""}),
    "followup_done_on_only_when_done": (make.follow_up, {"status": "open", "done_on": DAY}),
    "lesson_status_known": (make.lesson, {"status": "forgotten"}),
    "lesson_observation_given": (make.lesson, {"observation": ""}),
    "fundingline_amount_has_currency": (make.funding_line, {"planned": 5, "currency": "eur"}),
    "fundingline_amounts_not_negative": (make.funding_line, {"actual": -1, "currency": "EUR"}),
    "source_kind_known": (make.source, {"kind": "gossip"}),
    "source_certainty_known": (make.source, {"certainty": "sworn"}),
    "source_title_given": (make.source, {"title": ""}),
    "reviewstep_kind_known": (make.review_step, {"kind": "liked"}),
    "reviewstep_return_has_reason": (make.review_step, {"kind": "returned"}),
    "nottwins_in_order": (make.not_twins, {"first": models.F("second")}),
    "lookalike_of_two": (make.lookalike, {"first": models.F("second")}),
    "merger_of_two": (make.merger, {"absorbed": models.F("kept")}),
    "attachment_name_given": (make.attachment, {"name": ""}),
    "comment_text_given": (make.comment, {"text": ""}),
    "handlingrequest_handling_known": (make.handling_request, {"handling": "secret"}),
    "handlingrequest_reason_given": (make.handling_request, {"reason": ""}),
    "handlingrequest_second_person": (
        make.handling_request,
        {"decision": "agreed", "decided_by": models.F("asked_by"), "decided_at": models.F("asked_at")},
    ),
    "handlingrequest_decided_by_somebody": (make.handling_request, {"decision": "refused"}),
    "handlingrequest_carried_out_when_agreed": (make.handling_request, {"is_carried_out": True}),
}
BUILDER = {
    "country": make.country, "countryalias": _alias(make.country, Country.aliases.rel.related_model), "countryregion": _country_region,
    "organization": make.organization, "legalbasis": make.legal_basis, "framework": make.framework, "membership": _membership,
    "objective": make.objective, "engagement": make.engagement, "participation": make.participation,
    "strengthreport": make.strength_report, "assessment": make.assessment, "source": make.source, "strategy": make.strategy,
    "region": make.region, "regionscheme": make.scheme, "engagementtype": make.type, "theme": make.theme, "domain": make.domain,
    "outcometype": make.outcome_type, "challengecategory": make.challenge_category, "missiontask": make.mission_task,
    "fundingsource": make.funding_source,
}  # fmt: skip
# Rules that say the same of several models: how the row is made wrong follows from the name.
for name, (model, _) in CONSTRAINTS.items():
    model_name = model._meta.model_name
    build = BUILDER.get(model_name)
    if name.endswith("_as_known"):
        stem = name.removeprefix(f"{model_name}_").removesuffix("_as_known")
        WRONG[name] = (build, {f"{stem}_on": DAY, f"{stem}_precision": "unknown"})
    elif name.endswith("_ends_after_start"):
        WRONG[name] = (
            build,
            {"starts_on": DAY, "starts_precision": "day", "ends_on": DAY - dt.timedelta(days=1), "ends_precision": "day"},
        )
    elif name.endswith("_merged_not_into_itself"):
        WRONG[name] = (build, {"merged_into": models.F("pk")})
    elif name.endswith(("_not_in_itself", "_not_part_of_itself")):
        WRONG[name] = (build, {"parent": models.F("pk")})


def _same_name(build):
    def twice():
        first = build()
        second = build()
        type(first).objects.filter(pk=second.pk).update(key=first.key)

    return twice


def _twice(build):
    """The same row again, with a new id."""

    def twice():
        row = build()
        row.pk = None
        type(row).objects.bulk_create([row])

    return twice


def _party_twice(**party):
    def twice():
        engagement = make.engagement()
        whom = {name: build() for name, build in party.items()}
        Participation.objects.bulk_create([Participation(engagement=engagement, role="host", **whom) for _ in range(2)])

    return twice


def _strength_twice():
    report = make.strength_report()
    StrengthReport.objects.bulk_create(
        [StrengthReport(participation=report.participation, as_of_on=report.as_of_on, as_of_precision="month", total=1)]
    )


def _request_twice():
    first = make.handling_request()
    make.handling_request(first.engagement)


def _external_id_twice():
    record = make.engagement()
    ExternalId.objects.bulk_create([ExternalId(engagement=record, system="partner", value="A-1") for _ in range(2)])


def _region_name_twice():
    first = make.region()
    second = make.region(scheme=first.scheme)
    type(first).objects.filter(pk=second.pk).update(key=first.key)


TWICE = {
    "lookalike_once": _twice(make.lookalike),
    "nottwins_once": _twice(make.not_twins),
    "merger_absorbed_once": _twice(make.merger),
    "participation_country_once_a_role": _party_twice(country=make.country),
    "participation_organization_once_a_role": _party_twice(organization=make.organization),
    "strengthreport_once_a_date": _strength_twice,
    "externalid_once_a_record": _external_id_twice,
    "handlingrequest_one_open": _request_twice,
    "membership_once": _twice(_membership),
    "countryregion_once": _twice(_country_region),
    "region_name_unique_in_scheme": _region_name_twice,
    "mention_once": _twice(lambda: make.comment(mentions=[make.user()]).mentioned.get()),
}
for name, (model, _) in CONSTRAINTS.items():
    if name.endswith("_name_unique"):
        TWICE[name] = _same_name(BUILDER[model._meta.model_name])
    elif name.endswith("_leads_to_one") and name not in TWICE:
        entry = BUILDER[model._meta.get_field("entry").related_model._meta.model_name]
        TWICE[name] = _twice(lambda entry=entry, model=model: model.objects.create(entry=entry(), text="Another word"))

# A trigger answers before these; test_models_triggers.py holds what it does.
BEHIND_A_TRIGGER = {
    "engagement_kind_known": "the type's kind is known, and the engagement's must be the same",
    "engagement_scope_known": "on PostgreSQL whatever is written is counted again before the check",
}
# A person never meets these: no form offers another value, or an entry as its own double.
WITHOUT_SENTENCE = {"region_merged_not_into_itself", "job_ended_in_the_end"}  # no form writes these


def test_every_constraint_is_tried_here():
    assert set(CONSTRAINTS) == set(WRONG) | set(TWICE) | set(BEHIND_A_TRIGGER)


@pytest.mark.parametrize("name", sorted(WRONG))
def test_the_database_refuses_a_row_that_breaks_a_rule(name):
    build, wrong = WRONG[name]
    row = build()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**wrong)


@pytest.mark.parametrize("name", sorted(TWICE))
def test_the_database_refuses_the_same_thing_twice(name):
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        TWICE[name]()


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
def test_a_constraint_is_named_after_its_model_and_what_it_says(name):
    model, _ = CONSTRAINTS[name]
    assert name.startswith(f"{model._meta.model_name}_")


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
def test_a_constraint_that_a_person_can_meet_answers_with_a_sentence(name):
    _, constraint = CONSTRAINTS[name]
    if name.endswith("_known") and not name.endswith("_as_known"):
        return  # a form offers only the values of the list
    if name in WITHOUT_SENTENCE:
        return
    sentence = gettext(str(constraint.violation_error_message))
    assert sentence != str(constraint.default_violation_error_message)
    assert sentence.endswith(".")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_foreign_key_keeps_what_it_points_to_unless_the_row_is_part_of_it(model):
    """Deleting something never takes a record with it that somebody else works with."""
    part_of = {"engagement", "participation", "outcome", "entry", "comment", "first", "second"}
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE:
            assert field.name in part_of, f"{model.__name__}.{field.name} goes when the other goes"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_says_what_it_is_and_has_an_order(model):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")
    assert model._meta.ordering or model._meta.pk.is_relation
    assert type(model()).__str__ is not models.Model.__str__
