"""The way back: an action is undone whole, or not at all and it is said why."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.core import serializers

from catalog.domain.merging import merge
from catalog.models import Country, Organization
from engagements.models import Engagement, FundingLine, Outcome, Participation, Source, StrengthReport
from history.context import acting, present
from history.models import Change
from history.reversal import reverse
from tests import make

SILENT = {"version", "updated_at", "updated_by"}
ROWS = [
    Engagement,
    Engagement.strategies.through,
    Engagement.predecessors.through,
    Participation,
    StrengthReport,
    Outcome,
    FundingLine,
    Source,
]


def everything(*models) -> dict:
    """All rows of ``models`` by table and id, without what only says that something was written."""
    found = {}
    for model in models or ROWS:
        for row in serializers.serialize("python", model._base_manager.all()):
            found[model._meta.db_table, row["pk"]] = {name: value for name, value in row["fields"].items() if name not in SILENT}
    return found


@pytest.fixture
def action(people):
    """``with action() as name:`` an action of the analyst; ``name()`` gives its id."""

    @contextmanager
    def one():
        names = []
        with acting(actor=people.analyst, door="page"):
            names.append(present()["id"])
            yield lambda: names[0]

    return one


@pytest.fixture
def visit(people):
    """A record with a row of every sort, in its second version."""
    made = make.engagement(
        title="Old", team=people.team, strategies=[make.strategy(), make.strategy()], starts="2012-03", ends="2012", country=make.country()
    )
    force = make.organization(kind="armed_force", country=make.country())
    participation = make.participation(made, organization=force, starts="Mar 2012", cost_share="12.50", personnel=0)
    make.strength_report(participation)
    make.outcome(made, target="9999999999999.99", baseline="0.10")
    make.funding_line(made, planned="123456789012345.67", currency="EUR", is_pooled=True)
    make.source(made, published="1948", accessed_on=date(2020, 2, 29))
    make.participation(made, country=make.country())
    made.predecessors.add(make.engagement(title="Earlier"))
    made.refresh_from_db()
    return made


def test_changed_rows_have_their_old_values_back(visit, action):
    before = everything()
    with action() as name:
        visit.title, visit.country, visit.latitude, visit.longitude = "New", None, Decimal("1.5"), Decimal("-2.25")
        visit.starts, visit.ends = make.PartialDate.parse("2013-04-01"), make.PartialDate.parse("open")
        visit.save()
        visit.strategies.set([make.strategy()])
        FundingLine.objects.update(planned="1.10", is_pooled=False, fiscal_year=2012)
        Source.objects.update(accessed_on=None, published_on=date(2000, 1, 1), published_precision="day")
    assert everything() != before
    made = {key for key in everything() if key not in before}
    assert reverse(name(), skip_tables=["catalog_strategy"]) == []
    assert everything() == before
    assert made, "links that were added are gone again"


def test_a_removed_record_is_back_with_all_its_rows_under_their_old_ids(visit, action):
    before = everything()
    assert visit.scope == "bilateral"
    acted_for = Participation.objects.get(organization__isnull=False).acts_for
    with action() as name:
        visit.predecessors.clear()
        Engagement.objects.get(pk=visit.pk).delete()
    assert not Engagement.objects.filter(pk=visit.pk).exists()
    assert reverse(name()) == []
    assert everything() == before
    back = Engagement.objects.get(pk=visit.pk)
    assert (back.scope, back.created_at, back.reference) == ("bilateral", visit.created_at, visit.reference)
    assert Participation.objects.get(organization__isnull=False).acts_for == acted_for


def test_added_rows_are_gone_again(people, action):
    before = everything()
    country, other, strategy = make.country(), make.country(), make.strategy()
    with action() as name:
        made = make.engagement(title="Mistake", team=people.team, strategies=[strategy], countries=[country, other])
        make.outcome(made)
    types = {table for table in Change.objects.filter(action=name()).values_list("table", flat=True) if table.startswith("catalog_")}
    assert reverse(name(), skip_tables=types) == []
    assert everything() == before


def test_a_merger_of_two_organizations_is_undone(action):
    models = [Organization, Organization.aliases.rel.related_model, Participation]
    loser, winner = make.organization(name="Loser"), make.organization(name="Winner")
    both = make.engagement(kind="engagement")
    make.participation(both, organization=loser)
    make.participation(both, organization=winner, personnel=5)
    make.participation(make.engagement(), organization=loser)
    before = everything(*models)
    with action() as name:
        merge(loser, winner, actor=None)
    assert everything(*models) != before
    assert reverse(name()) == []
    assert everything(*models) == before


def test_the_key_of_a_name_follows_its_name(action):
    country = make.country(name="Östland")
    key = country.key
    with action() as name:
        country.name = "Westland"
        country.save()
    assert reverse(name()) == []
    country.refresh_from_db()
    assert (country.name, country.key) == ("Östland", key)


def test_undoing_is_an_action_of_its_own_and_can_be_undone(visit, action, people):
    with action() as name:
        Engagement.objects.filter(pk=visit.pk).update(title="New", place="Here")
        Participation.objects.update(note="x")
    after = everything()
    with acting(actor=people.manager, door="admin", reason="was wrong"):
        undoing = present()["id"]
        assert reverse(name()) == []
    rows = Change.objects.filter(action=undoing)
    assert {(row.actor, row.door, row.reason) for row in rows} == {(people.manager.pk, "admin", "was wrong")}
    assert rows.count() == Change.objects.filter(action=name()).count()
    assert reverse(undoing) == []
    assert everything() == after
    last = Change.objects.latest("pk")
    assert (last.door, Change.objects.filter(action=last.action).count()) == ("database", rows.count()), (
        "one action, though nobody named it"
    )


def test_a_page_opened_before_notices(visit, action, people):
    with action() as name:
        Engagement.objects.filter(pk=visit.pk).update(title="New")
    version = Engagement.objects.get(pk=visit.pk).version
    with acting(actor=people.manager, door="page"):
        reverse(name())
    back = Engagement.objects.get(pk=visit.pk)
    assert (back.version, back.updated_by) == (version + 1, people.manager)
    with action() as name:
        back.predecessors.clear()
        Engagement.objects.get(pk=visit.pk).delete()
    reverse(name())
    assert Engagement.objects.get(pk=visit.pk).version > version + 1


# What stands in the way ---------------------------------------------------------------------------------


def told(clashes):
    return {(clash.table, clash.row, clash.column, clash.stands) for clash in clashes}


def refused(name, expected):
    """The action can not be undone, for exactly these reasons, and nothing was written."""
    before, changes = everything(), Change.objects.count()
    clashes = reverse(name)
    assert told(clashes) == expected
    assert everything() == before
    assert Change.objects.count() == changes
    return clashes


def test_what_was_changed_since_is_not_overwritten(visit, action):
    participation = visit.participations.first()
    with action() as name:
        Engagement.objects.filter(pk=visit.pk).update(title="New", place="Here")
        Participation.objects.filter(pk=participation.pk).update(note="x")
    with action() as later:
        Engagement.objects.filter(pk=visit.pk).update(title="Newer", summary="Not touched by the first.")
    (clash,) = refused(name(), {("engagements_engagement", visit.pk, "title", "Newer")})
    assert (clash.action, clash.since.actor_name) == (later(), "Analyst")


def test_what_was_changed_on_other_columns_does_not_stand_in_the_way(visit, action):
    with action() as name:
        Engagement.objects.filter(pk=visit.pk).update(title="New")
    Engagement.objects.filter(pk=visit.pk).update(summary="Written since.")
    assert reverse(name()) == []
    visit.refresh_from_db()
    assert (visit.title, visit.summary) == ("Old", "Written since.")


def test_a_row_that_was_added_and_then_edited_stays(visit, action):
    with action() as name:
        added = make.outcome(visit, statement="Mistake")
    Outcome.objects.filter(pk=added.pk).update(statement="Put right")
    refused(name(), {("engagements_outcome", added.pk, "statement", "Put right")})


def test_a_row_on_which_something_hangs_by_now_stays(visit, action):
    with action() as name:
        added = make.outcome(visit)
    with action() as later:
        source = make.source(visit, outcome=added)
    (clash,) = refused(name(), {("engagements_source", source.pk, "outcome_id", added.pk)})
    assert clash.action == later()


def test_a_link_to_what_is_gone_by_now_is_not_put_back(visit, action):
    place = visit.country
    with action() as name:
        Engagement.objects.filter(pk=visit.pk).update(country=None)
    gone = place.pk
    with action() as later:
        place.delete()
    (clash,) = refused(name(), {("engagements_engagement", visit.pk, "country_id", gone)})
    assert (clash.action, clash.since.table) == (later(), "catalog_country")


def test_a_row_that_is_gone_by_now_can_not_be_put_right(visit, action):
    source = visit.sources.get()
    with action() as name:
        Source.objects.update(title="New")
    with action() as later:
        source_id = source.pk
        source.delete()
    (clash,) = refused(name(), {("engagements_source", source_id, "", None)})
    assert clash.action == later()


def test_a_row_that_is_there_again_is_not_added_twice(visit, action):
    source = visit.sources.get()
    with action() as name:
        Source.objects.all().delete()
    source.save(force_insert=True)
    refused(name(), {("engagements_source", source.pk, "", None)})


def test_what_may_be_there_only_once_and_is_by_now_stands_in_the_way(visit, action):
    country = make.country()
    row = make.participation(visit, country=country)
    with action() as name:
        Participation.objects.filter(pk=row.pk).delete()
    make.participation(visit, country=country)
    clashes = reverse(name())
    assert [(clash.table, clash.row, clash.column) for clash in clashes] == [("engagements_participation", row.pk, "")]
    assert visit.participations.filter(country=country).count() == 1


def test_an_action_nobody_knows_can_not_be_undone(db):
    with pytest.raises(LookupError):
        reverse("0" * 32)


# The action itself ----------------------------------------------------------------------------------------


def test_an_action_inside_another_ends_with_itself(people):
    with acting(actor=people.analyst, door="page"):
        outer = present()["id"]
        with acting(actor=None, door="command"):
            make.country("XZZ")
        Country.objects.filter(code="XZZ").update(name="Renamed")
    last = Change.objects.latest("pk")
    assert (last.action, last.door, last.actor) == (outer, "page", people.analyst.pk)
    assert present() is None
    Country.objects.filter(code="XZZ").update(name="Again")
    assert Change.objects.latest("pk").door == "database"
