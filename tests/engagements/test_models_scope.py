"""Scope is counted, never typed: whatever is done to participants, it is what a plain recount says."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from engagements.models import Engagement, Participation
from tests import make

pytestmark = pytest.mark.django_db

# In the words of the definition, written again: not taken from the program's own lists.
NOT_COUNTED = {"observer", "mediator", "mandating_body", "implementing_partner"}
NOT_THERE = {"declined", "withdrew"}
OF_ONE_STATE = {"state_ministry", "armed_force", "service", "command", "unit", "local_security_force"}
OF_SEVERAL_STATES = {"international_organization", "military_alliance", "regional_organization", "coalition", "eu_body"}
ROLES = ["host", "lead", "participant", "trainer", "party", "observer", "mediator", "mandating_body", "implementing_partner"]
STATUSES = ["invited", "confirmed", "attended", "declined", "withdrew"]
KINDS = sorted(OF_ONE_STATE | OF_SEVERAL_STATES | {"academy", "ngo", "company", "other"})


def recount(engagement) -> str:
    countries, is_of_many = set(), False
    for row in Participation.objects.filter(engagement=engagement).select_related("country", "organization__country"):
        if row.role in NOT_COUNTED or row.status in NOT_THERE:
            continue
        if row.country is not None:
            countries.add(row.country.code)
        elif row.organization.kind in OF_SEVERAL_STATES:
            is_of_many = True
        elif row.organization.kind in OF_ONE_STATE and row.organization.country is not None:
            countries.add(row.organization.country.code)
    if is_of_many or len(countries) >= 3:
        return "multilateral"
    return "bilateral" if len(countries) == 2 else "incomplete"


def acting(row) -> int | None:
    """The country for which a participant acts."""
    if row.country_id:
        return row.country_id
    return row.organization.country_id if row.organization.kind in OF_ONE_STATE else None


@contextmanager
def rolled_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


party = st.integers(0, 8)  # 4 countries and 5 organizations
which = st.integers(0, 50)
step = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 1), party, st.sampled_from(ROLES), st.sampled_from(STATUSES)),
    st.tuples(st.just("add_many"), st.lists(st.tuples(st.integers(0, 1), party, st.sampled_from(ROLES)), min_size=2, max_size=5)),
    st.tuples(st.just("role"), which, st.sampled_from(ROLES)),
    st.tuples(st.just("status"), which, st.sampled_from(STATUSES)),
    st.tuples(st.just("party"), which, party),
    st.tuples(st.just("move"), which, st.integers(0, 1)),
    st.tuples(st.just("remove"), which),
    st.tuples(st.just("remove_all"), st.integers(0, 1)),
    st.tuples(st.just("organization"), st.integers(0, 4), st.sampled_from(KINDS), st.integers(0, 3)),
    st.tuples(st.just("write"), st.integers(0, 1), st.sampled_from(["incomplete", "bilateral", "multilateral"])),
    st.tuples(st.just("save"), st.integers(0, 1), st.sampled_from(["incomplete", "bilateral", "multilateral"])),
)


class World:
    """Two engagements, four countries, five organizations, and what can be done to them."""

    def __init__(self):
        self.engagements = [make.engagement(), make.engagement(kind="exercise")]
        self.countries = [make.country() for _ in range(4)]
        a, b = self.countries[:2]
        self.organizations = [
            make.organization(kind="armed_force", country=a),
            make.organization(kind="state_ministry", country=b),
            make.organization(kind="military_alliance"),
            make.organization(kind="ngo", country=a),
            make.organization(kind="command"),
        ]

    def whom(self, number):
        if number < 4:
            return {"country": self.countries[number], "organization": None}
        return {"country": None, "organization": self.organizations[number - 4]}

    def row(self, number):
        rows = list(Participation.objects.order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def is_there(self, engagement, role, whom):
        return Participation.objects.filter(engagement=engagement, role=role, **whom).exists()

    def do(self, what, *how):
        getattr(self, f"do_{what}")(*how)

    def do_add(self, place, number, role, status):
        engagement, whom = self.engagements[place], self.whom(number)
        if not self.is_there(engagement, role, whom):
            Participation.objects.create(engagement=engagement, role=role, status=status, **whom)

    def do_add_many(self, rows):
        fresh = {}
        for place, number, role in rows:
            if not self.is_there(self.engagements[place], role, self.whom(number)):
                fresh[place, number, role] = Participation(engagement=self.engagements[place], role=role, **self.whom(number))
        Participation.objects.bulk_create(fresh.values())

    def do_role(self, number, role):
        row = self.row(number)
        if row and not self.is_there(row.engagement, role, {"country": row.country, "organization": row.organization}):
            Participation.objects.filter(pk=row.pk).update(role=role)

    def do_status(self, number, status):
        row = self.row(number)
        if row:
            row.status = status
            row.save()

    def do_party(self, number, other):
        row = self.row(number)
        if row and not self.is_there(row.engagement, row.role, self.whom(other)):
            for name, value in self.whom(other).items():
                setattr(row, name, value)
            Participation.objects.bulk_update([row], ["country", "organization"])

    def do_move(self, number, place):
        row = self.row(number)
        if row and not self.is_there(self.engagements[place], row.role, {"country": row.country, "organization": row.organization}):
            Participation.objects.filter(pk=row.pk).update(engagement=self.engagements[place])

    def do_remove(self, number):
        row = self.row(number)
        if row:
            row.delete()

    def do_remove_all(self, place):
        Participation.objects.filter(engagement=self.engagements[place])._raw_delete("default")

    def do_organization(self, number, kind, country):
        self.organizations[number].kind = kind
        self.organizations[number].country = self.countries[country]
        self.organizations[number].save()

    def do_write(self, place, scope):
        Engagement.objects.filter(pk=self.engagements[place].pk).update(scope=scope)

    def do_save(self, place, scope):
        engagement = self.engagements[place]
        engagement.scope = scope
        engagement.save()


@settings(max_examples=60)
@given(st.lists(step, min_size=1, max_size=9))
def test_scope_is_what_a_plain_recount_says_after_whatever_was_done(steps):
    with rolled_back():
        world = World()
        for one in steps:
            world.do(*one)
            for engagement in Engagement.objects.all():
                assert engagement.scope == recount(engagement), one
            for row in Participation.objects.select_related("organization"):
                assert row.acts_for_id == acting(row), one


def test_two_countries_are_bilateral_and_three_multilateral():
    engagement = make.engagement(countries=[make.country(), make.country()])
    assert engagement.scope == "bilateral"
    make.participation(engagement, country=make.country())
    engagement.refresh_from_db()
    assert engagement.scope == "multilateral"


def test_a_country_in_two_roles_counts_once():
    host, guest = make.country(), make.country()
    engagement = make.engagement(countries=[host, guest])
    make.participation(engagement, country=host, role="host")
    engagement.refresh_from_db()
    assert engagement.scope == "bilateral"


def test_a_ministry_and_an_armed_force_count_as_their_country():
    country = make.country()
    engagement = make.engagement(countries=[country])
    make.participation(engagement, organization=make.organization(kind="state_ministry", country=country))
    make.participation(engagement, organization=make.organization(kind="armed_force", country=country))
    engagement.refresh_from_db()
    assert engagement.scope == "incomplete"


def test_an_observer_does_not_make_it_multilateral():
    engagement = make.engagement(countries=[make.country(), make.country()])
    make.participation(engagement, country=make.country(), role="observer")
    engagement.refresh_from_db()
    assert engagement.scope == "bilateral"


def test_a_new_engagement_is_incomplete_whatever_is_written():
    row = make.engagement()
    fresh = Engagement(kind=row.kind, type=row.type, team=row.team, title="New", scope="multilateral")
    Engagement.objects.bulk_create([fresh])
    assert Engagement.objects.get(title="New").scope == "incomplete"


def test_a_raw_statement_does_not_get_round_it():
    engagement = make.engagement(countries=[make.country(), make.country()])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE engagements_engagement SET scope = 'multilateral' WHERE id = %s", [engagement.pk])
    engagement.refresh_from_db()
    assert engagement.scope == "bilateral"


def test_for_whom_a_participant_acts_is_not_written_by_hand():
    engagement = make.engagement(countries=[make.country(), make.country()])
    engagement.participations.update(acts_for=make.country())
    engagement.refresh_from_db()
    assert engagement.scope == "bilateral"
    assert all(row.acts_for_id == row.country_id for row in engagement.participations.all())
