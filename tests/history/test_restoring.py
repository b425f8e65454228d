"""An earlier version of a record brought back: facts, rows and links as they stood; what says who may read it stays."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from engagements.domain import lifecycle
from engagements.domain.handling import ask_to_lower
from engagements.domain.past import Past
from engagements.domain.restoring import restore_version
from engagements.domain.saving import Conflict
from engagements.models import Engagement, ExternalId, Outcome, Participation, Source
from history.context import acting
from history.models import Change
from tests import make
from tests.engagements.forms import posted, send
from tests.history.test_past import last_action, lines
from tests.history.test_reversal import everything


@pytest.fixture
def visit(people):
    """A record of the analyst's team with a row of every sort, entered in one action."""
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(
            kind="training", title="Old", team=people.team, review_state="draft", starts="2012-03", ends="2012", country=make.country(),
            strategies=[make.strategy(name="Kept"), make.strategy(name="Dropped")], detail={"enrolled": 20, "subject": "Mines"},
        )  # fmt: skip
        make.participation(made, country=make.country(), unit="A unit", cost_share="12.50")
        make.strength_report(make.participation(made, country=make.country(), role="observer"))
        make.source(made, outcome=make.outcome(made, target="9999999999999.99"))
        make.funding_line(made, planned="1234567890123.45", currency="EUR")
        make.external_id(made, value="A-1")
        made.predecessors.add(make.engagement(title="Earlier"))
    return made


@pytest.fixture
def first(visit):
    """The key of its first version."""
    return last_action()


def now(engagement) -> Engagement:
    return Engagement.objects.get(pk=engagement.pk)


def bring_back(engagement, key, person, **said):
    said = {"seen": now(engagement).version, "reason": "The old one was right."} | said
    restore_version(now(engagement), key, visible=Engagement.objects.visible_to(person), actor=person, **said)


def overhaul(visit, people):
    """Everything about the record is different afterwards."""
    with acting(actor=people.analyst, door="page"):
        record = now(visit)
        record.title, record.country, record.summary = "New", None, "Now with words."
        record.starts, record.ends = make.PartialDate.parse("2013-04-01"), make.PartialDate.parse("open")
        record.save()
        record.strategies.set([record.strategies.get(name="Kept"), make.strategy(name="Fresh")])
        record.predecessors.clear()
        type(record.training).objects.update(enrolled=None, subject="Medicine", certification="Yes")
        Participation.objects.filter(role="observer").delete()
        Participation.objects.update(unit="B unit", cost_share=None)
        make.participation(record, country=make.country())
        Source.objects.all().delete()
        Outcome.objects.all().delete()
        make.lesson(record)
        record.funding_lines.update(planned="1.00")
        ExternalId.objects.update(value="B-2")


def test_everything_is_as_it_was(visit, first, people):
    before = everything()
    overhaul(visit, people)
    assert everything() != before
    bring_back(visit, first, people.analyst)
    assert {key: row for key, row in everything().items() if key[0] != "engagements_reviewstep"} == before
    record = now(visit)
    assert (record.scope, record.training.subject, record.external_ids.get().value) == ("incomplete", "Mines", "A-1")
    assert set(record.strategies.values_list("name", flat=True)) == {"Kept", "Dropped"}


def test_it_is_one_action_that_says_what_was_done_and_why(visit, first, people):
    overhaul(visit, people)
    version = now(visit).version
    start = Change.objects.latest("pk").pk
    with acting(actor=people.analyst, door="page"):
        bring_back(visit, first, people.analyst)
    rows = Change.objects.filter(pk__gt=start)
    assert {(row.actor, row.door) for row in rows} == {(people.analyst.pk, "page")}
    (reason,) = {row.reason for row in rows}
    assert reason.startswith("Version of ")
    assert reason.endswith("brought back: The old one was right.")
    assert len({row.action for row in rows}) == 1
    assert (now(visit).version, now(visit).updated_by) == (version + 1, people.analyst)


def test_it_can_be_taken_back_like_any_other_version(visit, first, people):
    overhaul(visit, people)
    new, after = last_action(), everything()
    bring_back(visit, first, people.analyst)
    bring_back(visit, new, people.analyst)
    assert everything() == after


def test_only_what_differs_is_written(visit, first, people):
    Engagement.objects.filter(pk=visit.pk).update(title="New", place="Here")
    Engagement.objects.filter(pk=visit.pk).update(place="")
    start = Change.objects.latest("pk").pk
    bring_back(visit, first, people.analyst)
    assert [(row.table, row.after) for row in Change.objects.filter(pk__gt=start)] == [
        ("engagements_engagement", Change.objects.latest("pk").after)
    ]
    assert Change.objects.latest("pk").after["title"] == "Old"
    assert "place" not in Change.objects.latest("pk").after


def test_a_verified_record_goes_back_to_review(people):
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(title="Old", team=people.team)
    key = last_action()
    Engagement.objects.filter(pk=made.pk).update(title="New")
    bring_back(made, key, people.analyst)
    assert (now(made).title, now(made).review_state) == ("Old", "submitted")


def test_team_owner_and_archive_stay(visit, first, people):
    other = make.user("analyst", teams=[people.team])
    Engagement.objects.filter(pk=visit.pk).update(owner=other, title="New")
    with acting(actor=people.manager, door="page"):
        lifecycle.archive(now(visit), seen=now(visit).version, actor=people.manager)
    lifecycle.restore(now(visit), seen=now(visit).version, actor=people.manager)
    bring_back(visit, first, people.analyst)
    record = now(visit)
    assert (record.title, record.owner, record.archived_at, record.created_at) == ("Old", other, None, visit.created_at)
    with pytest.raises(ValidationError, match="stands as it did then already"):
        bring_back(visit, first, people.analyst)


def test_the_marking_is_never_lowered_and_it_is_said_so(visit, first, people, signed_in):
    Engagement.objects.filter(pk=visit.pk).update(title="New", handling="official")
    client = signed_in(people.analyst)
    page = client.get(f"{visit.get_absolute_url()}history/{first}/restore/")
    assert "The marking stays “Official”. It was “Public”" in page.content.decode()
    assert lines(page) == [("Title", "New", "Old")]
    bring_back(visit, first, people.analyst)
    assert (now(visit).title, now(visit).handling) == ("Old", "official")


def test_a_release_is_not_widened(people):
    ally = make.team("ally")
    with acting(actor=people.manager, door="page"):
        made = make.engagement(title="Old", team=people.team, handling="restricted", released_to=[ally])
    key = last_action()
    with acting(actor=people.manager, door="page"):
        made.released_to.clear()
        Engagement.objects.filter(pk=made.pk).update(title="New")
    bring_back(made, key, people.manager)
    assert now(made).title == "Old"
    assert list(made.released_to.all()) == []


# What stands in the way ---------------------------------------------------------------------------------


def refused(visit, key, person, sentence, **said):
    before = everything()
    with pytest.raises(ValidationError, match=sentence):
        bring_back(visit, key, person, **said)
    assert everything() == before


def test_an_entry_that_is_retired_or_merged_by_now_is_named(visit, first, people):
    overhaul(visit, people)
    dropped = type(visit).strategies.rel.model.objects.get(name="Dropped")
    type(dropped).objects.filter(pk=dropped.pk).update(retired_on="2026-01-01")
    refused(visit, first, people.analyst, "Strategy: “Dropped” is retired by now.")
    other = make.strategy(name="Wider")
    type(dropped).objects.filter(pk=dropped.pk).update(merged_into=other)
    refused(visit, first, people.analyst, "“Dropped” was merged into “Wider” by now.")


def test_an_entry_that_is_retired_but_still_there_does_not_stand_in_the_way(visit, first, people):
    Engagement.objects.filter(pk=visit.pk).update(title="New")
    type(visit.country).objects.filter(pk=visit.country_id).update(retired_on="2026-01-01")
    bring_back(visit, first, people.analyst)
    assert now(visit).title == "Old"


def test_a_record_that_is_archived_by_now_is_named(people):
    parent = make.engagement(title="The whole", team=people.team)
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(team=people.team, parent=parent)
    key = last_action()
    Engagement.objects.filter(pk=made.pk).update(parent=None)
    Engagement.objects.filter(pk=parent.pk).update(archived_at="2026-01-01T00:00Z")
    refused(made, key, people.analyst, "Part of: “The whole” is archived by now.")


def test_a_link_to_a_hidden_record_stays_as_it_is_and_is_not_told(people, signed_in):
    hidden = make.engagement(title="Secret thing", handling="restricted", team=make.team("other"))
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(title="Old", team=people.team, parent=hidden)
        make.outcome(made, linked_engagement=hidden)
    key = last_action()
    with acting(actor=people.analyst, door="page"):
        Engagement.objects.filter(pk=made.pk).update(title="New", parent=None)
        made.predecessors.add(hidden)
        made.outcomes.all().delete()
    page = signed_in(people.analyst).get(f"{made.get_absolute_url()}history/{key}/restore/")
    assert "Secret" not in page.content.decode()
    assert ("Part of", "", "") not in lines(page)
    assert ("Led to", "", "") not in lines(page)
    bring_back(made, key, people.analyst)
    record = now(made)
    assert (record.title, record.parent, list(record.predecessors.all())) == ("Old", None, [hidden])
    assert record.outcomes.get().linked_engagement is None


def test_rows_that_came_from_another_record_are_not_lost(visit, first, people):
    other = make.engagement(team=people.team)
    row = make.source(other, title="Came over")
    Source.objects.filter(pk=row.pk).update(engagement=visit)
    refused(visit, first, people.analyst, "Undo that merger first")
    Source.objects.filter(pk=row.pk).update(engagement=other)
    Engagement.objects.filter(pk=visit.pk).update(title="New")
    bring_back(visit, first, people.analyst)
    row.refresh_from_db()
    assert (now(visit).title, row.engagement) == ("Old", other)


def test_who_comes_late_or_gives_no_reason_or_may_not_changes_nothing(visit, first, people):
    overhaul(visit, people)
    refused(visit, first, people.analyst, "Say why", reason="  ")
    for seen in (now(visit).version - 1, None):
        with pytest.raises(Conflict):
            bring_back(visit, first, people.analyst, seen=seen)
    stranger = make.user("analyst", clearance="restricted", teams=[make.team("elsewhere")])
    with pytest.raises(PermissionDenied):
        bring_back(visit, first, stranger)
    Engagement.objects.filter(pk=visit.pk).update(archived_at="2026-01-01T00:00Z")
    with pytest.raises(PermissionDenied):
        bring_back(visit, first, people.analyst)
    assert now(visit).title == "New"


def test_a_version_of_another_record_is_none_of_this_one(visit, people):
    other = make.engagement(team=people.team)
    with pytest.raises(LookupError):
        bring_back(visit, Past(other, people.analyst, Engagement.objects.all()).versions[-1].key, people.analyst)


# The page -----------------------------------------------------------------------------------------------


def test_the_page_asks_first_and_then_does_it(visit, first, people, signed_in):
    overhaul(visit, people)
    client = signed_in(people.analyst)
    history = client.get(f"{visit.get_absolute_url()}history/").content.decode()
    address = f"{visit.get_absolute_url()}history/{first}/restore/"
    assert history.count("Restore this version") == 1
    assert address in history
    page = client.get(address)
    told = lines(page)
    assert told[:4] == [("Title", "New", "Old"), ("Start", "1 Apr 2013", "Mar 2012"), ("End", "open-ended", "2012"), told[3]]
    assert ("Strategies", "Fresh", "Dropped") in told
    assert ("Planned", "1.00", "1234567890123.45") in told
    assert now(visit).title == "New"
    seen = {"version": now(visit).version}
    assert "Say why" in client.post(address, seen | {"reason": ""}).content.decode()
    late = client.post(address, {"version": 99, "reason": "x"}, follow=True)
    assert "Someone changed this record" in late.content.decode()
    assert now(visit).title == "New"
    done = client.post(address, seen | {"reason": "The old one was right."}, follow=True)
    assert "The record stands again as it did on" in done.content.decode()
    assert now(visit).title == "Old"


def test_what_left_no_version_is_offered_as_none(people, signed_in):
    """Steps of the review, requests, files and releases: the record says the same before and after."""
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(title="Old", team=people.team, review_state="draft", handling="official", created_by=people.analyst)
    make.source(made)
    with acting(actor=people.analyst, door="page"):
        ask_to_lower(made, handling="public", released_to=[], reason="A partner asks.", actor=people.analyst)
    with acting(actor=people.analyst, door="page"):
        lifecycle.submit(made, seen=made.version, actor=people.analyst)
    client = signed_in(people.analyst)
    page = client.get(f"{made.get_absolute_url()}history/").content.decode()
    assert (page.count('<section class="entry">'), page.count("Restore this version")) == (4, 1)
    with acting(actor=people.analyst, door="page"):
        make.attachment(made)
    assert client.get(f"{made.get_absolute_url()}history/").content.decode().count("Restore this version") == 1
    Engagement.objects.filter(pk=made.pk).update(title="New")
    assert client.get(f"{made.get_absolute_url()}history/").content.decode().count("Restore this version") == 2


def test_a_reason_typed_before_the_session_ran_out_is_there_after_signing_in(visit, first, people, signed_in):
    overhaul(visit, people)
    client = signed_in(people.analyst)
    address = f"{visit.get_absolute_url()}history/{first}/restore/"
    fields = posted(client.get(address), reason="The old one was right.")
    client.logout()
    send(client, address, fields)
    client.force_login(people.analyst, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(address).content.decode()
    assert ('value="The old one was right."' in page, "signed out" in page) == (True, True)
    assert now(visit).title == "New"


def test_who_may_not_change_the_record_is_not_offered_it(people, signed_in):
    with acting(actor=people.analyst, door="page"):
        made = make.engagement(title="Old", team=people.team)
    key = last_action()
    Engagement.objects.filter(pk=made.pk).update(title="New")
    address = f"{made.get_absolute_url()}history/{key}/restore/"
    assert "Restore this version" not in signed_in(people.viewer).get(f"{made.get_absolute_url()}history/").content.decode()
    assert signed_in(people.viewer).get(address).status_code == 403
    assert signed_in(people.viewer).post(address, {"reason": "x", "version": 1}).status_code == 403
    assert signed_in(people.manager).get(address.replace(key, "0" * 32)).status_code == 404
    Engagement.objects.filter(pk=made.pk).update(handling="restricted")
    assert signed_in(people.viewer).get(address).status_code == 404


def test_a_long_history_and_many_rows_cost_the_same(visit, first, people, signed_in, assert_same_queries):
    client = signed_in(people.analyst)

    def add():
        with acting(actor=people.analyst, door="page"):
            make.participation(visit, country=make.country())
            make.source(visit, outcome=make.outcome(visit))
            visit.strategies.add(make.strategy())

    assert_same_queries(add, lambda: client.get(f"{visit.get_absolute_url()}history/{first}/restore/"), at_most=10)
    assert_same_queries(add, lambda: client.get(f"{visit.get_absolute_url()}history/?from={first}"), at_most=8)
