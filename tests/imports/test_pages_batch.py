"""A batch from the check to the writing and back: what the pages say, and that the buttons do exactly that."""

import csv
import io

import pytest
from django.db import connection
from django.utils.html import escape

from engagements.models import Engagement
from imports import panels
from imports.models import Batch, Line
from jobs.models import Job
from tests import make
from tests.imports.pages import brought_in, checked, press, say, work_off

COLUMNS = {"c1_0_to": "title", "c2_0_to": "participant", "c3_0_to": "participant", "c3_0_role": "host", "c4_0_to": "summary"}


@pytest.fixture
def client(people, signed_in):
    return signed_in(people.analyst)


@pytest.fixture
def needed(db) -> dict:
    """The lists that the file speaks of, and what the file does not say."""
    for code, name in (("XNO", "Norland"), ("XPO", "Polania"), ("XGA", "Gallia")):
        make.country(code, name)
    return {"k_type": make.type().code, "k_strategies": make.strategy().code, "k_status": "completed", "missing": "", **COLUMNS}


HEAD = "Date,Title,Visitor,Host,Remarks\n"
GOOD = HEAD + "2016-05-03,Talks in Warsaw,Norland,Polania,first\n2018-11-17,Talks in Paris,Norland,Gallia,second\n"
WRONG = GOOD + '2019-04-31,"<b>Talks</b>",Norland,Gallia,=cmd()\n'
UNKNOWN = (
    GOOD + "2020-01-02,Talks in Rome,Norland,Italica,\n2020-01-03,More talks in Rome,Norland,Italica,\n2021-01-02,Talks,Atlantis,Norland,\n"
)


def body(client, batch: Batch, page="") -> str:
    return client.get(f"/imports/{batch.key}/{page}").content.decode()


def rows(client, batch: Batch) -> dict[str, tuple]:
    context = client.get(f"/imports/{batch.key}/").context
    return {row.label: (row.records, row.lines) for row in context["counted"]}


# What the check found ------------------------------------------------------------------------------


def test_the_page_counts_records_and_lines_and_each_figure_leads_to_them(client, needed):
    batch = checked(client, brought_in(client, WRONG), **needed)
    assert batch.state == "checked"
    assert rows(client, batch) == {"New record": (2, 2), "Can not come in": (0, 1)}
    context = client.get(f"/imports/{batch.key}/").context
    counted = {row.label: row for row in context["counted"]}
    plan = client.get(counted["New record"].records_at).context["page"].object_list
    assert [row.title for row in plan] == ["Talks in Warsaw", "Talks in Paris"]
    shown = client.get(counted["Can not come in"].lines_at).context["rows"]
    assert [(line.number, dict(cells)["Title"]) for line, cells, *_records in shown] == [(4, "<b>Talks</b>")]


def test_lines_that_are_the_same_as_another_are_counted_apart(client, needed):
    """So that the lines of the table come to those of the file."""
    batch = checked(client, brought_in(client, GOOD + GOOD.removeprefix(HEAD)), doubled="merge", **needed)
    assert rows(client, batch) == {"New record": (2, 2), "Same as another line": (None, 2)}
    assert "4 lines" in body(client, batch)
    (same,) = [row for row in client.get(f"/imports/{batch.key}/").context["counted"] if row.label == "Same as another line"]
    shown = client.get(same.lines_at).context["rows"]
    assert [(line.number, dict(cells)["Title"]) for line, cells, *_records in shown] == [(4, "Talks in Warsaw"), (5, "Talks in Paris")]
    assert [line.number for line, *_rest in client.get(f"{same.lines_at}&line=5").context["rows"]] == [5]


def test_a_problem_has_line_column_value_and_sentence_and_is_escaped(client, needed):
    batch = checked(client, brought_in(client, WRONG), **needed)
    (problem,) = client.get(f"/imports/{batch.key}/").context["problems"]
    assert (problem["line"], problem["column"], problem["value"], problem["is_wrong"]) == (4, "Date", "2019-04-31", True)
    assert problem["sentence"].startswith("April 2019 has 30 days.")
    for page in ("", "lines/?show=wrong"):
        assert "<b>Talks" not in body(client, batch, page)
    assert escape("<b>Talks</b>") in body(client, batch, "lines/?show=wrong")


def test_at_most_a_hundred_problems_are_shown_and_all_are_in_the_file(client, needed):
    bad = "".join(f"2019-04-31,Talks {number},Norland,Gallia,\n" for number in range(120))
    batch = checked(client, brought_in(client, GOOD + bad), **needed)
    context = client.get(f"/imports/{batch.key}/").context
    assert (len(context["problems"]), context["problem_lines"]) == (100, 120)
    content = b"".join(client.get(f"/imports/{batch.key}/lines/download/")).decode()
    assert len(list(csv.reader(io.StringIO(content)))) == 121


def test_lines_are_found_by_number_and_state(client, needed):
    batch = checked(client, brought_in(client, WRONG), **needed)
    numbers = lambda query: [line.number for line, _cells, *_records in client.get(f"/imports/{batch.key}/lines/?{query}").context["rows"]]  # noqa: E731
    assert (numbers(""), numbers("show=problems"), numbers("line=3"), numbers("line=x")) == ([2, 3, 4], [4], [3], [])
    assert client.get(f"/imports/{batch.key}/lines/?show=nothing").status_code == 404
    assert client.get(f"/imports/{batch.key}/plan/?outcome=nothing").status_code == 404


def test_a_batch_costs_the_same_queries_for_one_problem_and_for_fifty(client, needed, assert_same_queries):
    batch = checked(client, brought_in(client, WRONG), **needed)
    number = iter(range(100, 1000))

    def add():
        problems = [{"column": "Date", "value": "x", "sentence": "No.", "severity": "error"}]
        Line.objects.create(batch=batch, number=next(number), cells=["a"], state="wrong", problems=problems, has_problems=True)

    for page, most in (("", 12), ("lines/", 10)):
        assert_same_queries(add, lambda page=page: client.get(f"/imports/{batch.key}/{page}"), at_most=most)


# Writing ------------------------------------------------------------------------------------------


def test_the_button_says_what_it_does_and_does_it_once(client, needed, people):
    batch = checked(client, brought_in(client, GOOD), **needed)
    page = client.get(f"/imports/{batch.key}/")
    assert page.context["button"] == "Write 2 new records"
    assert Engagement.objects.count() == 0
    press(client, batch, "commit", plan=batch.plan)
    press(client, batch, "commit", plan=batch.plan)
    assert (batch.state, Engagement.objects.count()) == ("done", 2)
    record = Engagement.objects.get(title="Talks in Warsaw")
    assert (record.review_state, record.team, record.owner, record.handling) == ("draft", people.team, people.analyst, "official")
    page = client.get(f"/imports/{batch.key}/")
    assert {row.engagement.title for row in page.context["records"]} == {"Talks in Warsaw", "Talks in Paris"}
    assert record.get_absolute_url() in page.content.decode()


def test_the_same_file_again_has_nothing_to_write(client, needed):
    press(client, first := checked(client, brought_in(client, GOOD), **needed), "commit", plan=first.plan)
    again = checked(client, brought_in(client, GOOD), **needed)
    assert rows(client, again) == {"New record": (0, 0), "On record already": (2, 2)}
    assert "There is nothing to write: everything in the file is on record as it is." in body(client, again)


def test_where_nothing_is_to_be_written_the_page_says_what_of_the_file_is_on_record_and_it_can_be_checked_again(client, needed):
    """What is on record may have been taken back since."""
    first = checked(client, brought_in(client, GOOD), **needed)
    press(client, first, "commit", plan=first.plan)
    again = checked(client, brought_in(client, WRONG), **needed)
    assert "what can come in is on record as it is" in body(client, again)
    client.post(f"/imports/{first.key}/undo/")
    work_off()
    press(client, again, "check")
    assert rows(client, again)["New record"] == (2, 2)
    none = checked(client, brought_in(client, HEAD + WRONG.splitlines()[-1] + "\n"), c0_0_to="starts", **needed)
    assert "no line of the file can come in" in body(client, none)
    assert f"/imports/{none.key}/do/check/" in body(client, none)


def test_with_a_wrong_line_nothing_is_written_unless_it_is_left_out(client, needed):
    batch = checked(client, brought_in(client, WRONG), **needed)
    response = press(client, batch, "commit", plan=batch.plan)
    assert (batch.state, Engagement.objects.count()) == ("checked", 0)
    assert "Some lines can not come in." in client.get(response["Location"]).content.decode()
    press(client, batch, "commit", plan=batch.plan, valid_only="on")
    assert (batch.state, Engagement.objects.count()) == ("done", 2)
    assert rows(client, batch)["Can not come in"] == (0, 1)


def test_what_was_not_looked_at_is_not_written(client, needed):
    batch = checked(client, brought_in(client, GOOD), **needed)
    seen = batch.plan
    checked(client, batch, c4_0_to="place")
    response = press(client, batch, "commit", plan=seen)
    assert Engagement.objects.count() == 0
    assert "It was checked again since you opened the page." in client.get(response["Location"]).content.decode()


def test_nobody_else_writes_it(client, needed, people, signed_in):
    batch = checked(client, brought_in(client, GOOD), **needed)
    manager = signed_in(people.manager)
    assert "who brought it in, writes it" in body(manager, batch)
    assert press(manager, batch, "commit", plan=batch.plan).status_code == 403
    steward = make.user("steward", clearance="official", teams=[people.team])
    assert press(signed_in(steward), batch, "commit", plan=batch.plan).status_code == 403
    assert Engagement.objects.count() == 0


def test_a_step_that_is_none_and_one_at_the_wrong_time(client, needed):
    batch = brought_in(client, GOOD)
    assert client.post(f"/imports/{batch.key}/do/nothing/").status_code == 404
    response = press(client, batch, "commit", plan="")
    assert "Check the file first." in client.get(response["Location"]).content.decode()
    response = press(client, batch, "cancel")
    assert "It is not at work." in client.get(response["Location"]).content.decode()


def test_while_it_is_at_work_the_page_shows_how_far_and_it_can_be_cancelled(client, needed):
    batch = brought_in(client, GOOD)
    say(client, batch, do="check", **needed)
    page = client.get(f"/imports/{batch.key}/")
    assert (batch.state, page.context["is_working"]) == ("checking", True)
    assert f'hx-get="/imports/{batch.key}/progress/"' in page.content.decode()
    assert "It waits for its turn." in client.get(f"/imports/{batch.key}/progress/", headers={"HX-Request": "true"}).content.decode()
    assert "at work now" in body(client, batch, "mapping/")
    client.post(f"/imports/{batch.key}/do/cancel/")
    batch.refresh_from_db()
    assert (batch.state, Job.objects.get().state) == ("cancelled", "cancelled")
    work_off()
    assert client.get(f"/imports/{batch.key}/progress/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert checked(client, batch).state == "checked"


# Taking back --------------------------------------------------------------------------------------


def test_taking_back_lists_what_stays_and_leaves_exactly_that(client, needed):
    batch = checked(client, brought_in(client, GOOD), **needed)
    press(client, batch, "commit", plan=batch.plan)
    edited = Engagement.objects.get(title="Talks in Paris")
    make.lesson(edited)
    page = client.get(f"/imports/{batch.key}/undo/")
    assert (page.context["removed"], page.context["restored"]) == (1, 0)
    assert [row.engagement for row in page.context["kept"]] == [edited]
    client.post(f"/imports/{batch.key}/undo/")
    work_off()
    batch.refresh_from_db()
    assert (batch.state, list(Engagement.objects.all())) == ("undone", [edited])
    assert [row.engagement for row in client.get(f"/imports/{batch.key}/records/").context["page"].object_list] == [edited]
    response = client.get(f"/imports/{batch.key}/undo/", follow=True)
    assert "Only a batch that is written can be taken back." in response.content.decode()


# Beside the record, and on the home page -------------------------------------------------------------


def test_a_record_says_where_it_comes_from_and_shows_the_cells_to_its_own_people(client, needed, people, signed_in):
    batch = checked(client, brought_in(client, GOOD), **needed)
    press(client, batch, "commit", plan=batch.plan)
    record = Engagement.objects.get(title="Talks in Warsaw")
    own = client.get(record.get_absolute_url()).content.decode()
    assert f'href="/imports/{batch.key}/"' in own
    assert ("Line 2" in own, "first</li>" in own) == (True, True)
    make.verified(record)
    stranger = signed_in(make.user("analyst", clearance="official", teams=[make.team("navy")]))
    outside = stranger.get(record.get_absolute_url()).content.decode()
    assert ("visits.csv" in outside, "Line 2" in outside, "first</li>" in outside) == (True, True, False)
    assert "/imports/" + batch.key not in outside


def test_who_is_not_cleared_for_the_file_is_not_told_of_it(people):
    record = make.engagement(team=people.team)
    batch = Batch.objects.create(name="a.csv", sha256="0" * 64, team=people.team, owner=people.manager, handling="official")
    batch.imported.create(engagement=record, group="g", action="created", version_after=1)
    assert [panels.record(record, person) != [] for person in (people.analyst, people.viewer)] == [True, False]


def test_a_page_shows_nothing_of_a_file_that_is_marked_higher_than_the_page(client, people):
    batch = Batch.objects.create(
        name="secret name.csv",
        sha256="0" * 64,
        team=people.team,
        owner=people.analyst,
        handling="official",
        state="checked",
        headings=["A"],
    )
    Line.objects.create(batch=batch, number=2, group="g", cells=["secret cell"])
    shown = {}
    for handling in ("public", "official"):
        record = make.engagement(team=people.team, handling=handling)
        batch.imported.create(engagement=record, group="g", action="created", version_after=1)
        page = client.get(record.get_absolute_url()).content.decode()
        shown[handling] = ("secret name" in page, "secret cell" in page, f"/imports/{batch.key}/" in page)
    assert shown == {"public": (False, False, True), "official": (True, True, True)}
    home = client.get("/").content.decode()
    assert (f"/imports/{batch.key}/" in home, "secret name" in home) == (True, False)


def test_lines_of_a_record_that_is_marked_higher_now_are_gone_from_the_batch(client, needed, people):
    batch = checked(client, brought_in(client, GOOD), **needed)
    press(client, batch, "commit", plan=batch.plan)
    Engagement.objects.filter(title="Talks in Paris").update(handling="restricted")
    for page in ("", "lines/", "plan/", "records/"):
        assert ("Warsaw" in body(client, batch, page), "Paris" in body(client, batch, page)) == (True, False), page


def test_a_page_of_the_batch_is_marked_as_high_as_what_it_shows(client, needed, people):
    people.analyst.clearance = "restricted"
    people.analyst.save()
    batch = checked(client, brought_in(client, GOOD, handling="official"), **needed)
    press(client, batch, "commit", plan=batch.plan)
    assert "<b>RESTRICTED</b>" not in body(client, batch)
    Engagement.objects.filter(title="Talks in Paris").update(handling="restricted")
    for page in ("", "lines/", "records/"):
        assert "<b>RESTRICTED</b>" in body(client, batch, page), page


def test_the_home_page_names_the_batches_that_wait_for_their_owner(client, needed, people, signed_in):
    batch = checked(client, brought_in(client, UNKNOWN), **needed)
    home = client.get("/").content.decode()
    assert f"/imports/{batch.key}/questions/" in home
    assert batch.key not in signed_in(people.manager).get("/").content.decode()


# Control totals -----------------------------------------------------------------------------------


def test_control_totals_are_compared_and_those_that_differ_stand_first(client, needed):
    text = "Year,Country,Program,Title,People,Cost\n2020,Norland,A,Course,3,10\n2020,Norland,A,Program Totals,3,10\n"
    text += "2020,Polania,A,Course two,4,20\n2020,Polania,A,Program Totals,5,20\n"
    words = {"a_column": "Title", "a_text": "Program Totals", "a_key0": "Year", "a_key1": "Country", "a_key2": "Program"}
    columns = {"c0_0_to": "ignore", "c1_0_to": "participant", "c2_0_to": "ignore", "c3_0_to": "title", "c4_0_to": "participant.personnel"}
    others = {name: value for name, value in needed.items() if not name.startswith("c")}
    batch = brought_in(client, text, "totals.csv")
    checked(client, batch, **others, **words, **columns, c5_0_to="ignore", a_people="People", a_cost="Cost")
    page = client.get(f"/imports/{batch.key}/totals/")
    assert [(row.country, row.printed_people, row.sum_people, row.agrees) for row in page.context["page"].object_list] == [
        ("Polania", 5, 4, False),
        ("Norland", 3, 3, True),
    ]
    assert (page.context["all"], page.context["same"], page.context["differ"]) == (2, 1, 1)
    content = b"".join(client.get(f"/imports/{batch.key}/totals/?format=csv")).decode()
    assert content.splitlines()[0] == "report_year,country,program,printed_people,sum_people,printed_cost,sum_cost"
    assert "2020,Polania,A,5,4,20.00,20.00" in content


# Names --------------------------------------------------------------------------------------------


def question(batch, text):
    return batch.questions.get(text=text)


def test_one_answer_settles_all_lines_and_the_file_is_checked_again(client, needed):
    batch = checked(client, brought_in(client, UNKNOWN), **needed)
    assert (batch.state, {row.text: row.lines for row in batch.questions.all()}) == ("questions", {"Italica": 2, "Atlantis": 1})
    italica, atlantis = question(batch, "Italica"), question(batch, "Atlantis")
    data = {
        "question": [italica.pk, atlantis.pk],
        f"q{italica.pk}": "other",
        f"q{italica.pk}-text": "Gallia",
        f"q{atlantis.pk}": "",
        "do": "save",
    }
    client.post(f"/imports/{batch.key}/questions/", data)
    page = client.get(f"/imports/{batch.key}/questions/")
    assert ([item.question.text for item in page.context["asked"]], page.context["answered"]) == (["Atlantis"], 1)
    response = client.post(f"/imports/{batch.key}/questions/", {"question": atlantis.pk, f"q{atlantis.pk}": "leave:lines", "do": "save"})
    assert response["Location"] == f"/imports/{batch.key}/"
    work_off()
    batch.refresh_from_db()
    assert batch.state == "checked"
    assert rows(client, batch) == {"New record": (4, 4), "Left out": (0, 1)}
    answered = client.get(f"/imports/{batch.key}/questions/?show=answered").context["asked"]
    assert {item.question.text: item.answered for item in answered} == {"Italica": "XGA", "Atlantis": "these lines are left out"}


def test_an_answer_that_names_nothing_stays_with_its_sentence(client, needed):
    batch = checked(client, brought_in(client, UNKNOWN), **needed)
    italica, atlantis = question(batch, "Italica"), question(batch, "Atlantis")
    data = {"question": [italica.pk, atlantis.pk], f"q{italica.pk}-text": "Nowhere at all", f"q{atlantis.pk}": "leave:name", "do": "save"}
    page = client.post(f"/imports/{batch.key}/questions/", data)
    assert page.status_code == 200
    (item,) = page.context["faults"]
    assert (item.question, item.typed, item.chosen) == (italica, "Nowhere at all", "other")
    assert "Nowhere at all" in item.fault
    atlantis.refresh_from_db()
    italica.refresh_from_db()
    assert (atlantis.answer, italica.answer) == ({"leave": "name"}, None)


def test_only_who_keeps_the_list_makes_a_name_another_spelling(client, needed, people, signed_in):
    batch = checked(client, brought_in(client, UNKNOWN), **needed)
    italica = question(batch, "Italica")
    assert f"q{italica.pk}-remember" not in body(client, batch, "questions/")
    data = {"question": italica.pk, f"q{italica.pk}-text": "Gallia", f"q{italica.pk}-remember": "on", "do": "save"}
    gallia = make.Country.objects.get(code="XGA")
    client.post(f"/imports/{batch.key}/questions/", data)
    assert not gallia.aliases.exists()
    steward = signed_in(make.user("steward", clearance="official", teams=[people.team]))
    batch.questions.update(answer=None)
    assert f"q{italica.pk}-remember" in body(steward, batch, "questions/")
    steward.post(f"/imports/{batch.key}/questions/", data)
    assert [alias.text for alias in gallia.aliases.all()] == ["Italica"]


def test_questions_come_by_pages_at_the_same_cost(client, needed, assert_same_queries):
    batch = checked(client, brought_in(client, UNKNOWN), **needed)
    number = iter(range(1000))

    def add():
        batch.questions.create(kind="party", text=f"Name {next(number)}", lines=1, suggestions=[])

    assert_same_queries(add, lambda: client.get(f"/imports/{batch.key}/questions/"), at_most=12)
    assert len(client.get(f"/imports/{batch.key}/questions/").context["asked"]) == 25


def test_a_large_file_says_that_others_wait_only_where_one_writes_at_a_time(client, needed, monkeypatch):
    monkeypatch.setattr("imports.views.batch.MANY", 1)
    batch = checked(client, brought_in(client, GOOD), **needed)
    told = "nobody else can save until it is done" in body(client, batch)
    assert told == (connection.vendor == "sqlite")
    monkeypatch.setattr("imports.views.batch.MANY", 100)
    assert "nobody else can save" not in body(client, batch)
