"""The page of one record: what it shows, what it leaves out, and that it costs the same for a long record."""

import pytest

from tests import make


@pytest.fixture
def analyst(people, signed_in):
    return signed_in(people.analyst)


def test_a_hidden_record_and_a_missing_one_get_the_same_answer(analyst):
    hidden = make.engagement(handling="restricted")
    answers = [analyst.get(f"/engagements/{reference}/") for reference in (hidden.reference, "ENG-2026-00000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [
        answer.content.replace(answer.wsgi_request.META["CSRF_COOKIE"].encode(), b"")
        if "CSRF_COOKIE" in answer.wsgi_request.META
        else answer.content
        for answer in answers
    ]
    assert len(bodies[0]) == len(bodies[1])
    assert hidden.title not in answers[0].content.decode()


@pytest.mark.parametrize("what", ["edit/", "archive/", "submit/", "verify/", "return/", "restore/"])
def test_every_door_of_a_hidden_record_is_as_closed_as_that_of_a_missing_one(analyst, what):
    hidden = make.engagement(handling="restricted", review_state="submitted")
    for reference in (hidden.reference, "ENG-2026-00000"):
        assert analyst.post(f"/engagements/{reference}/{what}", {"version": 1}).status_code == 404
    before = (hidden.review_state, hidden.version)
    hidden.refresh_from_db()
    assert (hidden.review_state, hidden.version, hidden.archived_at) == (*before, None)


def test_related_records_that_are_hidden_leave_no_trace(analyst):
    framework = make.framework()
    hidden = make.engagement(title="Secret sibling", handling="restricted", framework=framework)
    shown = make.engagement(title="Open", framework=framework, parent=hidden)
    shown.predecessors.add(hidden)
    hidden.predecessors.add(shown)
    make.outcome(shown, linked_engagement=hidden)
    response = analyst.get(shown.get_absolute_url())
    assert "Secret sibling" not in response.content.decode()
    assert response.context["series_length"] == 1


def test_what_is_not_known_says_so_and_is_not_zero(analyst):
    made = make.engagement(kind="training", starts="1948-05", countries=[make.country(), make.country()])
    page = analyst.get(made.get_absolute_url()).content.decode()
    assert "May 1948, end not known" in page
    assert "1 May 1948" not in page
    assert "not known" in page.partition("People on record")[2][:80]


def test_people_on_record_are_the_sum_of_what_is_known(analyst):
    made = make.engagement()
    make.participation(made, country=make.country(), personnel=100)
    reported = make.participation(made, country=make.country())
    make.strength_report(reported, total=20, as_of="2010-11")
    make.strength_report(reported, total=5, as_of="2009-01")
    make.participation(made, country=make.country())
    response = analyst.get(made.get_absolute_url())
    assert (response.context["strength"].people, response.context["strength"].known, response.context["strength"].of) == (120, 2, 3)


def test_the_latest_judgment_counts_and_the_lowest_stands_in_the_head(analyst):
    made = make.engagement()
    good, bad = make.outcome(made), make.outcome(made)
    make.assessment(made, outcome=good, rating="limited", assessed="2019")
    make.assessment(made, outcome=good, rating="exceeded", assessed="2020")
    make.assessment(made, outcome=bad, rating="substantial", assessed="2018")
    assert analyst.get(made.get_absolute_url()).context["lowest"].rating == "substantial"


def test_a_record_of_every_kind_with_every_row_opens(analyst):
    for kind in ["engagement", "exercise", "training", "peacekeeping"]:
        made = make.engagement(kind=kind, framework=make.framework(), themes=[make.theme()], strategies=[make.strategy()])
        make.participation(made, organization=make.organization(kind="armed_force", country=make.country()))
        for build in (
            make.outcome,
            make.challenge,
            make.follow_up,
            make.lesson,
            make.source,
            make.external_id,
            make.funding_line,
            make.assessment,
        ):
            build(made)
        make.after_action_review(made, planned="So it was meant.")
        page = analyst.get(made.get_absolute_url())
        assert page.status_code == 200
        assert "So it was meant." in page.content.decode()


def test_a_long_record_costs_the_same_queries_as_a_short_one(people, signed_in, assert_same_queries):
    made = make.engagement(kind="peacekeeping", framework=make.framework(), handling="official")
    client = signed_in(people.manager)

    def add():
        row = make.participation(made, country=make.country())
        make.strength_report(row)
        outcome = make.outcome(made, linked_engagement=make.engagement(framework=made.framework))
        make.assessment(made, outcome=outcome)
        for build in (make.challenge, make.follow_up, make.lesson, make.source, make.external_id, make.funding_line):
            build(made)
        made.strategies.add(make.strategy())
        made.themes.add(make.theme())
        made.legal_bases.add(make.legal_basis())
        made.mission.tasks.add(make.mission_task())
        made.predecessors.add(make.engagement())
        made.released_to.add(make.team())
        make.attachment(made, uploaded_by=people.analyst)
        make.comment(made, written_by=people.analyst, mentions=[people.viewer])

    assert_same_queries(add, lambda: client.get(made.get_absolute_url()), at_most=18)


def test_home_counts_only_what_the_reader_may_see_at_the_same_cost(people, signed_in, assert_same_queries):
    make.engagement(handling="restricted")
    make.engagement(kind="exercise", status="planned", starts="2020", ends="2020")
    client = signed_in(people.analyst)
    context = client.get("/").context
    assert context["total"] == 1
    assert [(group.code, [count for _one, count, _link in cells]) for group, cells in context["attention"]] == [
        ("late_close_out", [1]),
        ("thin", [1]),
    ]
    assert_same_queries(lambda: make.engagement(countries=[make.country()]), lambda: client.get("/"), at_most=18)


def test_the_marking_is_the_first_and_the_last_line(analyst):
    page = analyst.get(make.engagement(handling="official").get_absolute_url()).content.decode()
    assert page.count('class="marking official"') == 2


def test_stored_text_is_inert_on_the_record_page_and_its_form(people, signed_in):
    bad = '"><script>alert(1)</script>'
    made = make.engagement(title=bad, place=bad, summary=bad, iteration=bad, team=people.team, strategies=[make.strategy(name=bad)])
    make.participation(made, organization=make.organization(name="X" + bad), unit=bad, note=bad, contribution=bad)
    make.outcome(made, statement=bad, indicator=bad)
    make.source(made, title=bad, publisher=bad, supports=bad)
    make.challenge(made, description=bad)
    client = signed_in(people.analyst)
    for address in (made.get_absolute_url(), f"{made.get_absolute_url()}edit/", "/engagements/", "/", f"{made.get_absolute_url()}archive/"):
        assert "<script>alert" not in client.get(address).content.decode(), address


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("mar 2026", {"text": "March 2026, day not known"}),
        ("31 apr 2026", {"error": "April 2026 has 30 days. Write 30 Apr 2026 or Apr 2026."}),
        ("", {"text": ""}),
        ("%", {"error": "“%” is not read as a date. Write 14 Mar 2026, Mar 2026, 2026 or unknown."}),
    ],
)
def test_a_typed_date_is_read_back_in_words(analyst, text, answer):
    assert analyst.get("/engagements/read-date/", {"text": text}).json() == answer
