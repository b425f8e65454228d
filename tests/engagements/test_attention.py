"""What needs attention: the figure, the first rows and the list behind it are the same records."""

import datetime as dt
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.utils import timezone

from catalog.models import Strategy
from engagements.domain.attention import everyones, groups, mine, of_teams, prepared, totals
from engagements.filters import EngagementFilter
from engagements.models import Comment, Engagement, HandlingRequest, Mention
from engagements.querysets import today
from engagements.views.attention import address
from tests import make

EVERY = [
    "waits_verification", "waits_handling", "waits_mention", "returned", "late_close_out", "late_assessment", "late_follow_up",
    "late_review", "late_mandate", "soon_assessment", "soon_follow_up", "soon_review", "late_draft", "thin",
]  # fmt: skip


def day(days):
    return today() + dt.timedelta(days=days)


def filled(**fields):
    """A record that lacks little, so that it is not thin."""
    made = make.engagement(
        **{"starts": "2020", "ends": "2020", "place": "Accra", "summary": "They met.", "status": "cancelled", "status_reason": "funding"}
        | fields
    )
    make.source(made)
    made.strategies.add(Strategy.objects.first() or make.strategy())
    return made


@pytest.fixture
def all_of_it(people):
    """For each group one record of the manager and one that only looks like it; titles say which."""
    team, owner = people.team, people.manager

    def own(title, **fields):
        return filled(title=title, **{"team": team, "owner": owner} | fields)

    other = make.team("other")
    filled(title="waits_verification", team=team, review_state="submitted", created_by=people.analyst)
    asked = filled(title="waits_handling", team=team, handling="restricted")
    HandlingRequest.objects.create(engagement=asked, handling="official", reason="A partner asks.", asked_by=people.analyst)
    for title, seen in [("waits_mention", None), ("mention seen", timezone.now())]:
        comment = Comment.objects.create(engagement=filled(title=title, team=team), text="Look.", written_by=people.analyst)
        Mention.objects.create(comment=comment, person=owner, seen_at=seen)
    returned = own("returned", review_state="returned")
    make.review_step(returned, kind="returned", reason="dates", note="It was in May.", taken_by=people.analyst)
    own("late_close_out", status="planned", status_reason="", starts="2020", ends="2020")
    own("not over", status="planned", status_reason="", starts="2020", ends="2035")
    own("late_assessment", assessment_due_on=day(-1))
    own("soon_assessment", assessment_due_on=day(0))
    own("assessment in time", assessment_due_on=day(31))
    make.assessment(own("assessed", assessment_due_on=day(-1)))
    make.follow_up(own("late_follow_up"), due_on=day(-1), owner="Ghana Armed Forces", text="Send the draft.")
    make.follow_up(own("soon_follow_up"), due_on=day(30))
    make.follow_up(own("step done"), due_on=day(-1), status="done")
    make.follow_up(own("step in time"), due_on=day(31))
    own("late_review", review_on=day(-1))
    own("soon_review", review_on=day(30))
    mission = {"kind": "peacekeeping", "status": "ongoing", "status_reason": "", "ends": "open"}
    full = {"mandate": "Keep the peace."}
    own("late_mandate", **mission, detail=full | {"mandate_expires_on": day(89)})
    own("mandate in time", **mission, detail=full | {"mandate_expires_on": day(91)})
    old = own("late_draft", review_state="draft")
    Engagement.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    own("young draft", review_state="draft")
    make.engagement(title="thin", team=team, owner=owner)
    # The same of somebody else, of another team, archived or hidden: in no figure of mine.
    filled(title="another's", team=team, owner=people.analyst, assessment_due_on=day(-1))
    filled(title="another team's", team=other, assessment_due_on=day(-1))
    own("archived", assessment_due_on=day(-1), archived_at=timezone.now())
    filled(title="hidden", team=other, handling="restricted", assessment_due_on=day(-1))
    return SimpleNamespace(other=other)


def listed(user, link):
    """The titles in the list to which ``link`` leads."""
    filterset = EngagementFilter(QueryDict(urlsplit(link).query), queryset=Engagement.objects.visible_to(user), user=user)
    assert filterset.form.is_valid(), filterset.form.errors
    return [engagement.title for engagement in filterset.qs]


def test_of_each_kind_there_is_what_is_meant_and_nothing_that_only_looks_like_it(people, all_of_it, signed_in):
    page = signed_in(people.manager).get("/attention/").context
    found = {group.code: sorted(row.title for row in rows) for group, _count, rows, _address in page["groups"]}
    assert found == {code: [code] for code in EVERY}
    assert [group.code for group, *_rest in page["groups"]] == EVERY
    assert page["total"] == len(EVERY)


def test_it_opens_on_the_first_of_whom_there_is_something(people, signed_in):
    def opened(person):
        return signed_in(person).get("/attention/").context["whose"].code

    assert opened(people.manager) == "me"  # nothing anywhere
    elsewhere = filled(assessment_due_on=day(-1), team=make.team("other"))
    assert (opened(people.manager), opened(people.analyst)) == ("all", "me")
    filled(assessment_due_on=day(-1), team=people.team)
    assert (opened(people.manager), opened(people.analyst)) == ("team:j5", "team:j5")
    Engagement.objects.filter(pk=elsewhere.pk).update(owner=people.manager)
    assert opened(people.manager) == "me"


def test_figure_rows_and_list_agree_for_whomever_one_asks(people, all_of_it, signed_in):
    make.engagement(title="of no team of mine", team=all_of_it.other)
    for person, whose in [(people.manager, ["me", "team:j5", "all"]), (people.analyst, ["me", "team:j5"]), (people.viewer, ["me"])]:
        client = signed_in(person)
        for code in whose:
            context = client.get("/attention/", {"for": code}).context
            for group, count, rows, link in context["groups"]:
                titles = listed(person, link)
                assert (len(titles), {row.title for row in rows} <= set(titles)) == (count, True), (person, code, group.code)
                assert len(rows) == min(count, 5)
                assert client.get(link).context["page"].paginator.count == count


def test_what_is_not_shown_is_in_no_list_either(people, all_of_it):
    rows = Engagement.objects.visible_to(people.manager)
    for whose in (mine(people.manager), of_teams([people.team]), everyones()):
        for group, (count,) in totals(rows, people.manager, [whose]):
            assert len(listed(people.manager, address(group, whose))) == count, (whose.code, group.code)


def test_the_list_behind_a_figure_names_what_it_shows(people, all_of_it, signed_in):
    client = signed_in(people.manager)
    for group in groups(prepared(Engagement.objects.visible_to(people.manager)), people.manager):
        link = address(group, mine(people.manager))
        assert parse_qs(urlsplit(link).query).get("owner", ["me"]) == ["me"]
        assert client.get(link).context["chips"], group.code


def test_a_manager_sees_all_and_others_their_own_and_their_teams(people, all_of_it, signed_in):
    client = signed_in(people.manager)
    late = {
        code: {group.code: count for group, count, *_rest in client.get("/attention/", {"for": code}).context["groups"]}["late_assessment"]
        for code in ("me", "team:j5", "all")
    }
    assert late == {"me": 1, "team:j5": 2, "all": 3}
    for person, code in [(people.manager, "team:other"), (people.analyst, "all"), (people.viewer, "team:j5"), (people.manager, "x")]:
        assert signed_in(person).get("/attention/", {"for": code}).status_code == 404


def test_each_row_says_what_is_to_be_done_by_whom_and_when(people, all_of_it, signed_in):
    page = signed_in(people.manager).get("/attention/").content.decode()
    for sentence in [
        "Send the draft.: Ghana Armed Forces", "1 day late", "Dates are missing or wrong: “It was in May.”", "Entered",
        "Mandate until", "Where it is held is not recorded.",
    ]:  # fmt: skip
        assert sentence in page, sentence


def test_home_shows_the_figures_of_me_and_of_my_teams(people, all_of_it, signed_in):
    response = signed_in(people.manager).get("/")
    told = {group.code: [count for _one, count, _address in cells] for group, cells in response.context["attention"]}
    assert set(told) == set(EVERY)
    assert told["late_assessment"] == [1, 2]
    assert told["waits_verification"] == [1, 1]
    page = response.content.decode()
    assert 'href="/attention/"' in page
    assert 'href="/review/"' in page
    for _group, cells in response.context["attention"]:
        for _one, count, link in cells:
            assert len(listed(people.manager, link)) == count


def test_nothing_waits_for_who_has_nothing(people, signed_in):
    assert "Nothing of yours needs attention." in signed_in(people.viewer).get("/attention/").content.decode()
    assert "Nothing waits for you." in signed_in(people.analyst).get("/").content.decode()
    assert "Needs attention" not in signed_in(people.viewer).get("/").content.decode()


def test_the_page_costs_the_same_for_many(people, all_of_it, signed_in, assert_same_queries):
    client = signed_in(people.manager)

    def add():
        for title in ("late", "returned"):
            made = make.engagement(
                title=title, team=people.team, owner=people.manager, status="planned", ends="2020", review_state="returned",
                assessment_due_on=day(-3),
            )  # fmt: skip
            make.follow_up(made, due_on=day(-1))
            make.review_step(made, kind="returned", reason="dates", taken_by=people.analyst)

    assert_same_queries(add, lambda: client.get("/attention/"))
