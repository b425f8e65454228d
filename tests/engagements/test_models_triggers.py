"""Rules that look at more than one row are in the database, on both kinds of it."""

import pytest
from django.db import IntegrityError, connection, transaction

from engagements import rules_in_database
from engagements.models import DETAIL_OF, Engagement, Exercise, PeacekeepingMission, TrainingProgram
from tests import make

pytestmark = pytest.mark.django_db


def test_every_trigger_is_there():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    assert rules_in_database.trigger_names(connection) <= found
    assert len(found) >= 11


def test_they_can_be_installed_again():
    rules_in_database.install(connection)
    test_every_trigger_is_there()
    engagement = make.engagement(countries=[make.country(), make.country()])
    assert engagement.scope == "bilateral"


@pytest.mark.parametrize("kind", ["engagement", "exercise", "training", "peacekeeping"])
@pytest.mark.parametrize("model", [Exercise, TrainingProgram, PeacekeepingMission])
def test_facts_of_a_kind_hang_on_that_kind_only(kind, model):
    engagement = make.engagement(kind=kind)
    if DETAIL_OF.get(kind) is model:
        assert model.objects.filter(engagement=engagement).exists()
        return
    with pytest.raises(IntegrityError, match="detail_of_its_kind"), transaction.atomic():
        model.objects.bulk_create([model(engagement=engagement)])


def test_facts_can_not_be_moved_to_another_kind():
    exercise, other = make.engagement(kind="exercise"), make.engagement(kind="training")
    with pytest.raises(IntegrityError, match="detail_of_its_kind"), transaction.atomic():
        Exercise.objects.filter(pk=exercise.pk).update(engagement=other)


def test_an_engagement_with_facts_keeps_its_kind():
    exercise, training = make.engagement(kind="exercise"), make.type(kind="training")
    with pytest.raises(IntegrityError, match="detail_of_its_kind"), transaction.atomic():
        Engagement.objects.filter(pk=exercise.pk).update(kind="training", type=training)
    Exercise.objects.filter(pk=exercise.pk).delete()
    Engagement.objects.filter(pk=exercise.pk).update(kind="training", type=training)


def test_a_type_belongs_to_the_kind_of_its_engagement():
    engagement, wrong = make.engagement(), make.type(kind="exercise")
    with pytest.raises(IntegrityError, match="type_of_its_kind"), transaction.atomic():
        Engagement.objects.filter(pk=engagement.pk).update(type=wrong)
    with pytest.raises(IntegrityError, match="type_of_its_kind"), transaction.atomic():
        Engagement.objects.bulk_create([Engagement(kind="training", type=wrong, team=engagement.team, title="Wrong")])


def test_an_unknown_kind_is_refused():
    engagement = make.engagement()
    with pytest.raises(IntegrityError), transaction.atomic():
        Engagement.objects.filter(pk=engagement.pk).update(kind="party")


def test_an_unknown_scope_never_stays():
    engagement = make.engagement()
    try:
        with transaction.atomic():
            Engagement.objects.filter(pk=engagement.pk).update(scope="galactic")
    except IntegrityError:
        assert connection.vendor == "sqlite"
    engagement.refresh_from_db()
    assert engagement.scope == "incomplete"


def test_a_type_in_use_keeps_its_kind():
    engagement = make.engagement()
    with pytest.raises(IntegrityError, match="type_kind_in_use"), transaction.atomic():
        type(engagement.type).objects.filter(pk=engagement.type.pk).update(kind="exercise")
    unused = make.type(kind="training")
    type(unused).objects.filter(pk=unused.pk).update(kind="exercise")


def test_each_refusal_has_a_sentence():
    said = "".join(rules_in_database._sqlite())
    for rule, sentence in rules_in_database.SENTENCES.items():
        assert rule in said
        assert sentence.endswith(".")
