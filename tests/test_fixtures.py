"""What ships with the program is complete, has its sources, and loads again without changing anything."""

import pytest
from django.apps import apps
from django.db.models import Count

import accounts.choices
import catalog.choices
import engagements.choices
import engagements.seeding
from catalog.fixture_files import FixtureError, tables
from catalog.models import ChallengeCategory, Country, Domain, EngagementType, Organization, OutcomeType, Strategy, Theme
from catalog.seeding import load_catalog
from catalog.words import definition, value_words
from engagements.choices import NOT_ASSESSED, NOT_COUNTED_ROLES, Kind
from engagements.models import CaseStudy, Engagement, ExternalId
from engagements.references import fixture_reference
from engagements.seeding import load_engagements

OURS = ["accounts", "catalog", "engagements"]

# Facts that a reader of the article looks for, by the key that the fixtures give them.
NAMED_IN_THE_ARTICLE = {
    "dayton-negotiation-1995", "nato-ifor", "nato-sfor", "nato-kfor", "nato-isaf", "nato-resolute-support", "eufor-althea",
    "amisom", "atmis", "aussom", "apf-ghana-2012", "apf-senegal-2014", "apf-djibouti-2015", "apf-ramstein-2018",
    "eucap-sahel-mali", "eucap-sahel-niger", "pesco-crrt", "edf-famous2", "coalition-communications-working-group",
}  # fmt: skip

# Closed lists of the program and the list of value_words.toml that defines them.
WORDS = {
    accounts.choices.Handling: "handling",
    accounts.choices.Role: "account_role",
    catalog.choices.FrameworkKind: "framework_kind",
    catalog.choices.Kind: "kind",
    catalog.choices.LegalBasisKind: "legal_basis_kind",
    catalog.choices.LegalBasisStatus: "legal_basis_status",
    catalog.choices.MembershipStatus: "membership_status",
    catalog.choices.ObjectiveKind: "objective_kind",
    catalog.choices.ObjectiveLevel: "objective_level",
    catalog.choices.ObjectiveTier: "objective_tier",
    catalog.choices.OrganizationKind: "organization_kind",
    catalog.choices.OutcomeLevel: "outcome_level",
    catalog.choices.Precision: "precision",
    catalog.choices.Reach: "objective_reach",
    catalog.choices.ThemeGroup: "theme_group",
    engagements.choices.Certainty: "certainty",
    engagements.choices.ChallengeStatus: "challenge_status",
    engagements.choices.ConflictContext: "conflict_context",
    engagements.choices.Decision: "handling_decision",
    engagements.choices.DelegationLevel: "delegation_level",
    engagements.choices.Evidence: "evidence",
    engagements.choices.ExerciseFocus: "exercise_focus",
    engagements.choices.FollowUpStatus: "follow_up_status",
    engagements.choices.LessonStatus: "lesson_status",
    engagements.choices.LocalPerception: "local_perception",
    engagements.choices.MissionComponent: "mission_component",
    engagements.choices.ParticipationStatus: "participation_status",
    engagements.choices.PersonnelType: "personnel_type",
    engagements.choices.Rating: "rating",
    engagements.choices.ReturnReason: "return_reason",
    engagements.choices.ReviewState: "review_state",
    engagements.choices.ReviewStepKind: "review_step",
    engagements.choices.Role: "role",
    engagements.choices.Scope: "scope",
    engagements.choices.Severity: "severity",
    engagements.choices.SourceKind: "source_kind",
    engagements.choices.Status: "status",
    engagements.choices.StatusReason: "status_reason",
    engagements.choices.TrainingLevel: "training_level",
    engagements.choices.TrainingMode: "training_mode",
}
NOT_IN_THE_RECORD = {accounts.choices.Theme, accounts.choices.Density}  # how a page looks needs no definition
NOT_STORED = {"rating": {NOT_ASSESSED[0]}}  # the absence of an assessment

# No sourced instance yet: what is left out here, and why.
WITHOUT_INSTANCE = {
    OutcomeType: {"influence"},  # asserted by many, shown by no source that we would cite
}


def lists(module):
    from django.db.models import TextChoices

    return {item for item in vars(module).values() if isinstance(item, type) and issubclass(item, TextChoices) and item is not TextChoices}


def test_every_closed_list_is_defined():
    found = set().union(*(lists(module) for module in (accounts.choices, catalog.choices, engagements.choices)))
    assert found == set(WORDS) | NOT_IN_THE_RECORD
    assert set(value_words()) == set(WORDS.values())


@pytest.mark.parametrize("choices", WORDS, ids=lambda choices: WORDS[choices])
def test_every_value_has_a_definition_and_every_definition_a_value(choices):
    name = WORDS[choices]
    assert set(value_words()[name]) == set(choices.values) | NOT_STORED.get(name, set())
    for value in choices.values:
        said = definition(name, value)
        assert said.endswith("."), (name, value)
        assert len(said) >= 10, (name, value)


def test_what_the_definition_of_a_role_says_of_counting_is_what_is_counted():
    said = {code for code, entry in value_words()["role"].items() if not entry["counts"]}
    assert said == set(NOT_COUNTED_ROLES)


# What is loaded ------------------------------------------------------------------------------------


def test_there_are_enough_engagements_of_every_kind(seeded):
    assert Engagement.objects.count() >= 180
    assert set(Engagement.objects.order_by().values_list("kind", flat=True).distinct()) == set(Kind.values)


@pytest.mark.parametrize("part", ["sources", "strategies", "participations"])
def test_every_engagement_has_its(seeded, part):
    assert list(Engagement.objects.filter(**{part: None}).values_list("title", flat=True)) == []


def test_every_source_can_be_looked_up(seeded):
    for source in apps.get_model("engagements", "Source").objects.all():
        assert source.title
        assert source.publisher or source.url, source.title
        assert not source.url or source.url.startswith("https://") or source.url.startswith("http://")


@pytest.mark.parametrize(
    ("model", "used_by"),
    [
        (EngagementType, "engagements"),
        (OutcomeType, "outcomes"),
        (ChallengeCategory, "challenges"),
        (Strategy, "engagements"),
        (Domain, "engagements"),
    ],
    ids=["engagement type", "outcome type", "challenge category", "strategy", "domain"],
)
def test_every_entry_has_an_instance(seeded, model, used_by):
    unused = set(model.objects.filter(**{used_by: None}).values_list("code", flat=True))
    assert unused <= WITHOUT_INSTANCE.get(model, set())


def test_most_themes_have_an_instance(seeded):
    assert Theme.objects.filter(engagements=None).count() <= 2


def test_what_the_article_names_is_there(seeded):
    keys = set(ExternalId.objects.filter(system="entente").values_list("value", flat=True))
    assert keys >= NAMED_IN_THE_ARTICLE


def test_the_two_case_studies_are_told_from_engagements(seeded):
    stories = CaseStudy.objects.annotate(told_from=Count("engagements"))
    assert stories.filter(is_featured=True).count() >= 2
    assert all(story.told_from >= 3 and story.narrative for story in stories)


def test_facts_of_the_article_are_as_it_says(seeded):
    def one(key):
        return Engagement.objects.get(external_ids__system="entente", external_ids__value=key)

    assert one("nato-ifor").scope == "multilateral"
    assert one("nato-ifor").conflict_context == "post_conflict"
    assert one("nato-isaf").period == "20 Dec 2001 – 28 Dec 2014"  # noqa: RUF001
    assert one("amisom").ends.iso == "2022-03-31"
    flight = one("apf-ghana-2012")
    assert flight.kind == "training"
    assert flight.country.code == "GHA"
    assert {item.party.code for item in flight.participations.all()} >= {"GHA", "TGO", "BEN", "NGA", "SEN", "USA"}
    assert one("nato-sfor") in one("nato-ifor").successors.all()


def rows_of(part, name):
    """The rows of one part of the engagements that say something under that name, each with its engagement's table."""
    return [(table, row) for _, table in tables("engagement", "engagements") for row in table.get(part, []) if name in row]


def test_a_step_that_is_done_has_its_day(seeded):
    wanted = sorted((fixture_reference(table["key"]), row["text"], row["done"]) for table, row in rows_of("follow_ups", "done"))
    done = apps.get_model("engagements", "FollowUp").objects.exclude(done_on=None)
    assert wanted
    assert sorted((item.engagement.reference, item.text, item.done_on.isoformat()) for item in done) == wanted


def test_a_source_names_the_outcome_that_it_supports(seeded):
    wanted = sorted(
        (fixture_reference(table["key"]), row["title"], table["outcomes"][row["outcome"] - 1]["statement"])
        for table, row in rows_of("sources", "outcome")
    )
    sources = apps.get_model("engagements", "Source").objects.exclude(outcome=None)
    assert wanted
    assert sorted((item.engagement.reference, item.title, item.outcome.statement) for item in sources) == wanted


@pytest.mark.parametrize("number", [0, -1, 2])
def test_a_source_can_not_support_an_outcome_that_is_not_there(seeded, monkeypatch, number):
    place, table = next(item for item in tables("engagement", "engagements") if len(item[1].get("outcomes", [])) == 1)
    wrong = table | {"key": "a-new-one", "sources": [table["sources"][0] | {"outcome": number}]}
    monkeypatch.setattr(engagements.seeding, "tables", lambda name, folder: [(place, wrong)] if name == "engagement" else [])
    with pytest.raises(FixtureError, match=r"a-new-one: .* supports outcome"):
        load_engagements()


def test_what_ships_is_public_and_verified(seeded):
    assert not Engagement.objects.exclude(handling="public", review_state="verified").exists()


@pytest.mark.parametrize(
    "model", [EngagementType, OutcomeType, ChallengeCategory, Strategy, Theme, Domain, Organization], ids=lambda model: model.__name__
)
def test_every_entry_of_a_list_is_defined_in_our_words(seeded, model):
    assert list(model.objects.filter(definition="").values_list("code", flat=True)) == []


def test_namibia_is_a_country_and_codes_keep_their_zeros(seeded):
    namibia = Country.objects.get(code="NAM")
    assert (namibia.iso2, namibia.m49) == ("NA", "516")
    assert Country.objects.get(code="AFG").m49 == "004"
    assert Country.objects.filter(ends_on=None).exclude(iso2=None).count() >= 249
    for dissolved in ["SUN", "YUG", "SCG", "CSK", "DDR", "YMD"]:
        assert Country.objects.get(code=dissolved).successors.exists(), dissolved


# Loading again -------------------------------------------------------------------------------------


def everything():
    """Each row of each table of ours, with every column."""
    return {
        model: list(model._base_manager.order_by("pk").values())
        for app in OURS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }


def test_loading_again_changes_nothing(seeded):
    before = everything()
    assert load_catalog() == 0
    assert load_engagements() == 0
    after = everything()
    for model, rows in before.items():
        assert rows == after[model], model.__name__


def test_what_a_steward_changed_stays(seeded):
    Country.objects.filter(code="TUR").update(name="Turkey")
    Engagement.objects.filter(reference=fixture_reference("nato-ifor")).update(title="Implementation Force")
    load_catalog()
    load_engagements()
    assert Country.objects.get(code="TUR").name == "Turkey"
    assert Engagement.objects.get(reference=fixture_reference("nato-ifor")).title == "Implementation Force"


def test_the_references_are_the_same_on_every_machine(seeded):
    for key, reference in ExternalId.objects.filter(system="entente").values_list("value", "engagement__reference"):
        assert reference == fixture_reference(key)


def test_no_key_is_given_twice():
    keys = [table["key"] for _, table in tables("engagement", "engagements")]
    assert len(keys) == len(set(keys))
