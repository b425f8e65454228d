"""What may be on record already: while it is entered and on the page of duplicates, and only of what one may see."""

import pytest

from catalog.partial_dates import PartialDate
from engagements.domain.duplicates import likely_pairs
from engagements.domain.twins import likely_twins, say_two
from engagements.models import Engagement, NotTwins
from tests import make
from tests.engagements.forms import posted, send
from tests.walk import quiet


@pytest.fixture
def parties(db):
    return [make.country("XQA", "France"), make.country("XQB", "Poland"), make.country("XQC", "Norway")]


def twins(user, *, kind="engagement", starts="", ends="", parties=(), title="", **options):
    dates = {"starts": PartialDate.parse(starts), "ends": PartialDate.parse(ends)}
    return [twin.engagement for twin in likely_twins(user, kind=kind, parties=parties, title=title, **dates, **options)]


# What is likely the same -------------------------------------------------------------------------


def test_two_shared_participants_and_a_shared_day_are_enough(people, parties):
    made = make.engagement(title="Talks", starts="10 Mar 2019", ends="12 Mar 2019", countries=parties[:2])
    for starts, ends in [("12 Mar 2019", ""), ("Mar 2019", ""), ("2019", ""), ("1 Jan 2019", "open"), ("", "11 Mar 2019")]:
        assert twins(people.viewer, starts=starts, ends=ends, parties=parties) == [made], (starts, ends)
    assert twins(people.viewer, starts="13 Mar 2019", parties=parties) == []
    assert twins(people.viewer, starts="10 Mar 2019", parties=parties[1:]) == []
    assert twins(people.viewer, kind="exercise", starts="10 Mar 2019", parties=parties) == []


def test_an_alike_title_and_a_shared_day_are_enough(people):
    made = make.engagement(title="Northern Shield exercise", starts="Mar 2019", ends="Mar 2019")
    for title in ("Northern Shield Exercise", "northern sheild exercise", "Exercise Northern Shield", "Nörthern Shield"):
        assert twins(people.viewer, starts="4 Mar 2019", title=title) == [made], title
    for title in ("Southern Shield exercise", "Northern Shield exercise 2", ""):
        assert twins(people.viewer, starts="4 Mar 2019", title=title) == [], title
    assert twins(people.viewer, starts="4 Apr 2019", title="Northern Shield exercise") == []


def test_a_title_in_other_letters_is_found_as_it_is_written(people):
    made = make.engagement(title="Переговоры", starts="2019", ends="2019")
    assert twins(people.viewer, starts="2019", title="Переговоры") == [made]


def test_an_armed_force_counts_as_its_country(people, parties):
    france, poland, _norway = parties
    force = make.organization(kind="armed_force", country=france)
    made = make.engagement(starts="10 Mar 2019", ends="10 Mar 2019", countries=[poland])
    make.participation(made, organization=force)
    assert twins(people.viewer, starts="10 Mar 2019", parties=[france, poland]) == [made]
    assert twins(people.viewer, starts="10 Mar 2019", parties=[force, poland]) == [made]


def test_who_declined_is_not_shared(people, parties):
    made = make.engagement(starts="10 Mar 2019", ends="10 Mar 2019", countries=parties[:1])
    make.participation(made, country=parties[1], status="declined")
    assert twins(people.viewer, starts="10 Mar 2019", parties=parties) == []


def test_without_a_date_both_the_title_and_the_participants_must_fit(people, parties):
    made = make.engagement(title="Annual staff talks", starts="2019", ends="2019", countries=parties[:2])
    assert twins(people.viewer, parties=parties, title="Annual staff talks") == [made]
    assert twins(people.viewer, parties=parties, title="Port visit") == []
    assert twins(people.viewer, title="Annual staff talks") == []


def test_what_goes_on_for_years_is_no_twin_of_what_began_in_another_year(people, parties):
    made = make.engagement(kind="peacekeeping", starts="Apr 2013", ends="open", status="ongoing", countries=parties)
    assert twins(people.viewer, kind="peacekeeping", starts="2015", ends="open", parties=parties) == []
    assert twins(people.viewer, kind="peacekeeping", starts="2013", ends="open", parties=parties) == [made]


def test_a_visit_is_no_twin_of_a_program_that_has_been_going_on_for_years_unless_it_is_called_alike(people, parties):
    made = make.engagement(title="State partnership program", starts="2004", ends="open", status="ongoing", countries=parties)
    visit = {"starts": "5 Oct 2026", "ends": "6 Oct 2026", "parties": parties}
    assert twins(people.viewer, **visit, title="Border talks") == []
    assert twins(people.viewer, **visit, title="State partnership programme") == [made]
    assert twins(people.viewer, **visit | {"starts": "5 Oct 2004", "ends": "6 Oct 2004"}, title="Border talks") == [made]


def test_another_iteration_the_predecessor_and_the_whole_are_no_twins(people, parties):
    series = make.framework()
    made = make.engagement(title="Cobra Gold", framework=series, iteration="41", starts="2019", ends="2019", countries=parties)
    asked = {"starts": "2019", "title": "Cobra Gold", "parties": parties}
    assert twins(people.viewer, **asked) == [made]
    assert twins(people.viewer, **asked, series=(series.pk, "41")) == [made]
    assert twins(people.viewer, **asked, series=(series.pk, "42")) == []
    assert twins(people.viewer, **asked, exclude={made.pk}) == []
    assert twins(people.viewer, **asked, parent=made.pk) == []


def test_the_predecessor_with_the_very_same_days_is_one_all_the_same(people, parties):
    made = make.engagement(title="Staff talks", starts="10 Mar 2019", ends="12 Mar 2019", countries=parties)
    same = {"starts": "10 Mar 2019", "ends": "12 Mar 2019", "parties": parties, "exclude": {made.pk}}
    assert twins(people.viewer, **same) == [made]


def test_the_most_alike_come_first_and_five_at_most(people, parties):
    for number in range(7):
        make.engagement(title=f"Other matter {number}", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties)
    best = make.engagement(title="Port visit of frigates", starts="10 Mar 2019", ends="11 Mar 2019", countries=parties)
    found = twins(people.viewer, starts="10 Mar 2019", parties=parties, title="Port visit, frigates")
    assert len(found) == 5
    assert found[0] == best


def test_the_answer_costs_the_same_queries_for_one_record_and_for_fifty(people, parties, assert_same_queries):
    assert_same_queries(
        lambda: make.engagement(title="Port visit", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties),
        lambda: twins(people.viewer, starts="10 Mar 2019", parties=parties, title="Port visit"),
        at_most=8,
    )


# Only what one may see ---------------------------------------------------------------------------

HIDDEN = [
    {"handling": "restricted"},
    {"handling": "official"},
    {"review_state": "draft"},
    {"archived_at": "2020-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_hidden_record_is_never_a_twin(hidden, people, parties):
    make.engagement(title="Port visit", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties, team=make.team(), **hidden)
    assert twins(people.viewer, starts="10 Mar 2019", parties=parties, title="Port visit") == []


def _typed(**fields):
    return {"kind": "engagement", "starts": "10 Mar 2019", "title": "Port visit", "typed_by": "x"} | fields


def test_what_is_answered_while_one_types_is_the_same_with_and_without_a_hidden_record(people, parties, signed_in):
    client = signed_in(people.analyst)
    rows = {f"participants-{number}-party": party.name for number, party in enumerate(parties)}
    before = client.post("/engagements/twins/", _typed(**rows))
    make.engagement(
        title="Port visit", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties, handling="restricted", team=make.team()
    )
    after = client.post("/engagements/twins/", _typed(**rows))
    assert before.content == after.content
    assert before.status_code == after.status_code == 200
    shown = make.engagement(title="Port visit", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties)
    assert shown.reference in client.post("/engagements/twins/", _typed(**rows)).content.decode()


def test_half_typed_answers_break_nothing(people, parties, signed_in):
    client = signed_in(people.analyst)
    made = make.engagement(title="Port visit", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties)
    rows = {f"participants-{number}-party": party.name for number, party in enumerate(parties)} | {"participants-8-party": "Fran"}
    assert made.reference in client.post("/engagements/twins/", _typed(**rows, ends="10 M", type="", iteration="")).content.decode()
    for strange in ({"type": "9" * 30}, {"kind": "party"}, {"starts": "\x00"}, {"title": ""}, {"framework": "x (y)"}, {"parent": "(("}, {}):
        assert client.post("/engagements/twins/", _typed(**strange)).status_code == 200, strange


def test_asking_while_one_types_does_not_lead_away_when_the_session_is_over(db, client):
    answer = client.post("/engagements/twins/", _typed(), headers={"HX-Request": "true"})
    assert (answer.status_code, dict(answer.headers).get("HX-Redirect")) == (204, None)
    assert "typed_before_sign_in" not in client.session


# Saving ------------------------------------------------------------------------------------------


@pytest.fixture
def filled(people, parties, signed_in):
    """An analyst's browser, and a quick log of what is on record already."""
    client = signed_in(people.analyst)
    kind = make.type(kind="engagement")
    strategy = make.strategy()
    made = make.engagement(title="Port visit", starts="10 Mar 2019", ends="10 Mar 2019", countries=parties, type=kind)
    page = client.get("/engagements/log/")
    fields = posted(
        page, type=kind.pk, title="Visit to the port", starts="10 Mar 2019", strategies=[strategy.pk],
        **{f"participants-{number}-party": party.name for number, party in enumerate(parties[:2])},
    )  # fmt: skip
    return client, fields, made


def test_saving_asks_first_and_keeps_what_was_typed(filled):
    client, fields, made = filled
    page = send(client, "/engagements/log/", fields)
    text = page.content.decode()
    assert Engagement.objects.count() == 1
    assert "This may be on record already" in text
    assert f'<a href="{made.get_absolute_url()}" target="_blank" rel="noopener">' in text
    assert "3 same participants" not in text
    assert "2 same participants" in text
    again = posted(page)
    assert {name: again[name] for name in ("title", "starts", "participants-0-party")} == {
        name: fields[name] for name in ("title", "starts", "participants-0-party")
    }


def test_save_anyway_saves_and_remembers_that_they_are_two(filled, people):
    client, fields, made = filled
    page = send(client, "/engagements/log/", fields | {"another": ["1"]})
    answer = send(client, "/engagements/log/", posted(page, different=made.reference))
    assert answer.headers["Location"] == "/engagements/log/"  # "log another" is not forgotten
    new = Engagement.objects.get(title="Visit to the port")
    assert NotTwins.objects.values_list("first", "second", "said_by").get() == (made.pk, new.pk, people.analyst.pk)
    assert "On the page “Duplicates” this can be taken back." in client.get("/engagements/log/").content.decode()
    assert likely_pairs(people.manager) == []


def test_a_twin_that_came_since_is_asked_about_too(filled, parties):
    client, fields, made = filled
    page = send(client, "/engagements/log/", fields)
    late = make.engagement(starts="10 Mar 2019", ends="10 Mar 2019", countries=parties, type=made.type)
    page = send(client, "/engagements/log/", posted(page, different=made.reference))
    assert late.reference in page.content.decode()
    assert Engagement.objects.count() == 2
    assert not NotTwins.objects.exists()


def test_a_form_with_errors_does_not_ask_about_twins_yet(filled):
    client, fields, _made = filled
    text = send(client, "/engagements/log/", fields | {"strategies": []}).content.decode()
    assert "Choose at least one strategy." in text
    assert "This may be on record already" not in text


def test_the_full_form_asks_too_and_a_copy_does_not_ask_about_what_it_follows(people, parties, signed_in):
    client = signed_in(people.analyst)
    made = make.engagement(title="Staff talks", starts="Mar 2019", ends="Mar 2019", countries=parties, strategies=[make.strategy()])
    page = client.get(f"/engagements/new/?copy={made.reference}")
    without_date = send(client, f"/engagements/new/?copy={made.reference}", posted(page))
    assert without_date.status_code == 302
    next_year = send(client, f"/engagements/new/?copy={made.reference}", posted(page, starts="Mar 2020", title="Staff talks again"))
    assert next_year.status_code == 302
    alone = send(client, "/engagements/new/", posted(page, starts="Mar 2019", predecessors=""))
    assert "This may be on record already" in alone.content.decode()


def test_changing_a_record_asks_nothing(people, parties, signed_in):
    client = signed_in(people.manager)
    one, _other = (
        make.engagement(title="Port visit", starts="Mar 2019", ends="Mar 2019", countries=parties, strategies=[make.strategy()])
        for _ in range(2)
    )
    assert send(client, f"{one.get_absolute_url()}edit/", posted(client.get(f"{one.get_absolute_url()}edit/"))).status_code == 302


# The page of duplicates --------------------------------------------------------------------------


def pairs(user):
    return {(pair.first, pair.second) for pair in likely_pairs(user)}


def two(parties, **fields):
    common = {"starts": "10 Mar 2019", "ends": "12 Mar 2019", "title": "Port visit", "countries": parties[:2]} | fields
    return [make.engagement(**common) for _ in range(2)]


def test_pairs_are_alike_titles_with_a_shared_day_and_two_parties_one_title_and_year_one_iteration_or_the_very_days(people, parties):
    series = make.framework()
    expected = set()
    for fields in [
        {},
        {"title": "Unlike", "starts": "2011", "ends": "2011", "countries": []},
        {"title": "Series", "framework": series, "iteration": "7", "starts": "", "ends": "", "countries": []},
    ]:
        expected.add(tuple(sorted(made.pk for made in two(parties, **fields))))
    one, other = two(parties, starts="5 May 2015", ends="6 May 2015")
    Engagement.objects.filter(pk=other.pk).update(title="Something else")
    expected.add((one.pk, other.pk))
    assert pairs(people.manager) == expected


def test_what_differs_is_no_pair(people, parties):
    two(parties, kind="exercise")[1].delete()
    two(parties)[1].delete()
    two(parties, starts="10 Mar 2021", ends="12 Mar 2021")[1].delete()
    whole, part = two(parties, title="Whole", starts="2001", ends="2001")
    Engagement.objects.filter(pk=part.pk).update(parent=whole)
    before, after = two(parties, title="Before", starts="2002", ends="2002")
    after.predecessors.add(before)
    archived = two(parties, title="Gone", starts="2003", ends="2003")[0]
    Engagement.objects.filter(pk=archived.pk).update(archived_at="2020-01-01T00:00:00Z")
    assert pairs(people.manager) == set()


def test_a_pair_that_is_two_is_not_shown_again(people, parties, signed_in):
    one, other = two(parties)
    client = signed_in(people.manager)
    assert "1</b> pair" in client.get("/duplicates/").content.decode()
    assert client.post("/duplicates/two/", {"first": one.reference, "second": other.reference}).headers["Location"] == "/duplicates/"
    assert "No pair looks like one engagement" in client.get("/duplicates/").content.decode()
    say_two(other, one, actor=people.analyst)
    assert NotTwins.objects.get().said_by == people.manager


def test_a_pair_that_was_called_two_by_a_slip_is_compared_again(people, parties, signed_in):
    one, other = two(parties)
    say_two(one, other, actor=people.analyst)
    client = signed_in(people.manager)
    page = client.get("/duplicates/").content.decode()
    assert ("No pair looks like one engagement" in page, page.count("Compare them again")) == (True, 1)
    client.post("/duplicates/two/", {"first": one.reference, "second": other.reference, "again": "1"})
    page = client.get("/duplicates/").content.decode()
    assert ("1</b> pair" in page, "Compare them again" in page) == (True, False)
    say_two(one, other, actor=people.analyst)
    Engagement.objects.filter(pk=other.pk).update(handling="restricted", team=make.team())
    page = client.get("/duplicates/").content.decode()
    assert (one.reference in page, "Compare them again" in page) == (False, False)
    assert client.post("/duplicates/two/", {"first": one.reference, "second": other.reference, "again": "1"}).status_code == 404
    assert NotTwins.objects.exists()


def test_an_analyst_sorts_out_the_own_teams_records_and_a_manager_all_that_he_sees(people, parties, signed_in):
    own, foreign, mixed = (
        two(parties),
        two(parties, title="Foreign", starts="2001", ends="2001"),
        two(parties, title="Mixed", starts="2002", ends="2002"),
    )
    Engagement.objects.update(team=make.team())
    Engagement.objects.filter(pk__in=[own[0].pk, own[1].pk, mixed[0].pk]).update(team=people.team)
    assert pairs(people.analyst) == {(own[0].pk, own[1].pk)}
    assert pairs(people.manager) == {tuple(made.pk for made in pair) for pair in (own, foreign, mixed)}
    for person in (people.steward, people.viewer, people.administrator):
        assert signed_in(person).get("/duplicates/").status_code == 403
        assert signed_in(person).post("/duplicates/two/", {}).status_code == 403
    client = signed_in(people.analyst)
    for first, second in [(own[0], mixed[1]), (own[0], own[0])]:
        assert client.post("/duplicates/two/", {"first": first.reference, "second": second.reference}).status_code == 404
    assert not NotTwins.objects.exists()


def test_a_hidden_record_is_in_no_pair_and_no_count(people, parties, signed_in):
    two(parties)
    client = signed_in(people.manager)
    before = client.get("/duplicates/").content
    make.engagement(
        title="Port visit", starts="10 Mar 2019", ends="12 Mar 2019", countries=parties[:2], handling="restricted", team=make.team()
    )
    after = client.get("/duplicates/").content
    assert quiet(before) == quiet(after)


def test_fifty_pairs_a_page_at_the_cost_of_one(people, parties, signed_in, assert_same_queries):
    client = signed_in(people.manager)
    days = iter(range(1, 60))

    def add():
        day = next(days)
        two(parties, title=f"Visit {day:03d}", starts=f"{day % 28 + 1} {'Jan' if day < 29 else 'Mar' if day < 57 else 'Jun'} 2019", ends="")

    assert_same_queries(add, lambda: client.get("/duplicates/"), at_most=12)
    two(parties, title="Visit 099", starts="1 Aug 2019", ends="")
    page = client.get("/duplicates/").content.decode()
    assert page.count('class="twin-pair"') == 50
    assert "51</b> pairs" in page
    assert client.get("/duplicates/?page=2").content.decode().count('class="twin-pair"') == 1
    assert client.get("/duplicates/?page=x").status_code == 200
