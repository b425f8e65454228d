"""The history page of a record: what each reader is told, two versions side by side, and what it costs."""

import re
from html import unescape

import pytest

from engagements.domain import lifecycle
from engagements.domain.handling import ask_to_lower, decide
from engagements.domain.past import Past
from engagements.domain.saving import claim
from engagements.models import Engagement
from history.context import acting
from history.models import Change
from history.word_marks import marks
from tests import make


def lines(response) -> list[tuple[str, str, str]]:
    """The rows of the tables of changes: (field, before, after); a text with marked words has them in [-…-] and {+…+}."""
    page = re.sub(r"\s+", " ", response.content.decode())
    found = []
    for cells in re.findall(r'<td role="cell" class="what">(.*?)</tr>', page):
        what, *values = (re.sub(r"</?td[^>]*>", "", part) for part in cells.split("</td>")[:-1])
        if len(values) == 1:
            values = [values[0].replace("<del>", "[-").replace("</del>", "-]").replace("<ins>", "{+").replace("</ins>", "+}"), ""]
        found.append((what, *(unescape(re.sub(r"<[^>]+>", "", value)).strip() for value in values)))
    return found


def rows(response) -> list[str]:
    """What the changed rows are called, with what was done to them."""
    page = re.sub(r"\s+", " ", response.content.decode())
    return [unescape(re.sub(r"<[^>]+>", "", name)).strip() for name in re.findall(r'<th scope="rowgroup"[^>]*>(.*?)</th>', page)]


def past(client, engagement, query=""):
    response = client.get(f"{engagement.get_absolute_url()}history/{query}")
    assert response.status_code == 200
    return response


def last_action() -> str:
    return Change.objects.latest("pk").action


@pytest.fixture
def record(people):
    """A verified record of the analyst's team, entered in one action."""
    with acting(actor=people.analyst, door="page"):
        return make.engagement(title="Talks", team=people.team, summary="The staffs met in Oslo.")


# In words -------------------------------------------------------------------------------------------------


def test_every_sort_of_change_is_told_in_words(record, people, signed_in):
    organization = make.organization(name="Joint Command")
    kept, dropped, fresh = (make.strategy(name=name) for name in ("Kept", "Dropped", "Fresh"))
    record.strategies.set([kept, dropped])
    row = make.participation(record, organization=organization, note="old")
    outcome = make.outcome(record, statement="Plans agreed", target="1000000.50")
    with acting(actor=people.analyst, door="page", reason="asked by the embassy"):
        record.starts, record.ends = make.PartialDate.parse("Mar 2012"), make.PartialDate.parse("open")
        record.is_virtual, record.status, record.country = True, "ongoing", make.country(name="Norway")
        record.latitude, record.longitude, record.review_on = "1.5", "2.25", "2030-02-28"
        record.save()
        record.strategies.set([kept, fresh])
        type(row).objects.filter(pk=row.pk).update(note="new", personnel=0)
        type(outcome).objects.filter(pk=outcome.pk).update(target="2.00")
        make.source(record, title="Joint statement", outcome=outcome)
        make.strength_report(row, total=7, as_of="2020")
    page = past(signed_in(people.analyst), record)
    newest = page.content.decode().partition("as it stands")[2].partition("</section>")[0]
    assert "asked by the embassy" in newest
    told = list(lines(page))[: newest.count('class="what"')]
    assert told == [
        ("Status", "Planned", "Ongoing"),
        ("Start", "", "Mar 2012"),
        ("End", "", "open-ended"),
        ("Held in", "", "Norway"),
        ("Latitude", "", "1.5000"),
        ("Longitude", "", "2.2500"),
        ("Held online", "no", "yes"),
        ("Sustainability review", "", "28 Feb 2030"),
        ("Strategies", "Dropped", "Fresh"),
        ("Personnel", "", "0"),
        ("Note", "old", "new"),
        ("As of", "", "2020"),
        ("Personnel type", "", "Troops"),
        ("Total", "", "7"),
        ("Target", "1000000.50", "2.00"),
        ("Title", "", "Joint statement"),
        ("Kind", "", "Other"),
        ("Certainty", "", "Confirmed"),
        ("Evidence for", "", "Plans agreed"),
    ]
    assert rows(page)[:5] == [
        "Record",
        "Participant: Joint Command, Participant",
        "Strength report: Joint Command, Participant, Troops added",
        "Outcome: Plans agreed",
        "Source: Joint statement added",
    ]


def test_a_long_text_has_its_words_marked(record, people, signed_in):
    text = "The staffs of both sides met in Oslo and agreed to plan the exercise of next spring together."
    Engagement.objects.filter(pk=record.pk).update(summary=text)
    Engagement.objects.filter(pk=record.pk).update(summary=text.replace("Oslo", "Bergen <b>"))
    told = lines(past(signed_in(people.analyst), record))[0]
    assert told == ("Summary", text.replace("Oslo", "[-Oslo-]{+Bergen <b>+}"), "")


def test_marks_lose_nothing_but_long_stretches_that_stayed():
    long = " ".join(f"w{number}" for number in range(100))
    found = marks(long, long.replace("w50", "x"))
    assert [(kind, text.strip()) for kind, text in found if kind != "same"] == [("gone", "w50"), ("new", "x")]
    assert "…" in found[0][1]
    assert len("".join(text for _, text in found)) < len(long)
    assert marks("short", "shorter") is None
    assert marks("a " * 5000, "b " * 5000) is None, "too long to compare word by word"
    assert marks("one two three " * 10, "quite another text " * 10) is None


def test_nothing_is_told_where_nothing_changed(record, people, signed_in):
    before = Change.objects.count()
    record.save()
    Engagement.objects.filter(pk=record.pk).update(title="Talks")
    assert Change.objects.count() == before


# Two versions ---------------------------------------------------------------------------------------------


def test_two_versions_are_compared_by_what_lies_between(record, people, signed_in):
    first = Past(record, people.analyst, Engagement.objects.visible_to(people.analyst)).versions[0].key
    for title in ("Second", "Third", "Fourth"):
        with acting(actor=people.analyst, door="page"):
            Engagement.objects.filter(pk=record.pk).update(title=title)
            if title == "Second":
                gone = make.lesson(record, observation="Came and went")
            if title == "Third":
                third, _ = last_action(), gone.delete()
    client = signed_in(people.analyst)
    assert lines(past(client, record, f"?from={first}&to={third}")) == [("Title", "Talks", "Third")]
    assert lines(past(client, record, f"?from={third}&to={first}")) == [("Title", "Talks", "Third")], "always from the older one"
    assert lines(past(client, record, f"?from={first}")) == [("Title", "Talks", "Fourth")]
    assert lines(past(client, record, f"?from={first}&to={first}")) == []
    for query in ("?from=nothing", f"?from={first}&to=nothing"):
        assert client.get(f"{record.get_absolute_url()}history/{query}").status_code == 404


def test_a_row_that_was_away_at_another_record_is_told_as_added_and_removed(record, people, signed_in):
    other = make.engagement(team=people.team)
    row = make.source(other, title="Came over")
    with acting(actor=people.analyst, door="page"):
        type(row).objects.filter(pk=row.pk).update(engagement=record, publisher="Both")
    client = signed_in(people.analyst)
    assert lines(past(client, record))[:3] == [("Title", "", "Came over"), ("Publisher", "", "Both"), ("Kind", "", "Other")]
    with acting(actor=people.analyst, door="page"):
        type(row).objects.filter(pk=row.pk).update(engagement=other)
    assert lines(past(client, record))[:2] == [("Title", "Came over", ""), ("Publisher", "Both", "")]
    assert rows(past(client, other))[0] == "Source: Came over added"


# Who is told what -----------------------------------------------------------------------------------------


@pytest.fixture
def verified(people):
    """Entered, corrected and returned as a draft, verified, then changed and verified again."""
    with acting(actor=people.analyst, door="page", reason="first draft"):
        made = make.engagement(title="Rough", team=people.team, owner=people.analyst, review_state="draft", created_by=people.analyst)
        make.source(made)
    seen = lambda: Engagement.objects.get(pk=made.pk)  # noqa: E731
    second = make.user("manager", clearance="restricted", teams=[people.team], username="second")
    for title in ("Clean", "Newer"):
        with acting(actor=people.analyst, door="page", reason="a remark for the team"):
            record = seen()
            claim(record, seen=record.version, actor=people.analyst)
            lifecycle.reopen_if_verified(record)
            Engagement.objects.filter(pk=made.pk).update(title=f"{title}, not yet checked")
        with acting(actor=people.analyst, door="page"):
            Engagement.objects.filter(pk=made.pk).update(title=title)
            if title == "Clean":
                lifecycle.submit(seen(), seen=seen().version, actor=people.analyst)
        with acting(actor=second, door="page"):
            lifecycle.verify(seen(), seen=seen().version, actor=second)
    return seen()


def test_a_reader_outside_the_team_is_told_what_stood_while_it_was_verified(verified, people, signed_in):
    page = past(signed_in(people.viewer), verified)
    text = page.content.decode()
    assert len(re.findall('<section class="entry"', text)) == 2
    assert lines(page)[0] == ("Title", "Clean", "Newer")
    assert ("Title", "", "Clean") in lines(page)
    for word in ("Rough", "not yet checked", "first draft", "a remark for the team", "Submitted", "Review step"):
        assert word not in text, word
    assert "Second" in text, "who verified it"


def test_its_own_people_are_told_everything(verified, people, signed_in):
    text = past(signed_in(people.analyst), verified).content.decode()
    for word in ("Rough", "Clean, not yet checked", "first draft", "a remark for the team", "Review step"):
        assert word in text, word


def test_what_a_record_said_under_a_higher_marking_is_told_to_those_cleared_for_it_only(people, signed_in):
    made = make.engagement(title="Plain", team=people.team)
    with acting(actor=people.manager, door="page"):
        Engagement.objects.filter(pk=made.pk).update(title="With names", handling="restricted")
    with acting(actor=people.manager, door="page"):
        Engagement.objects.filter(pk=made.pk).update(title="Without names")
    made.refresh_from_db()
    asked = ask_to_lower(made, handling="public", released_to=[], reason="It is over.", actor=people.manager)
    second = make.user("manager", clearance="restricted", teams=[people.team])
    decide(asked, agreed=True, note="", seen=made.version, actor=second)
    for person, told in ((people.viewer, False), (people.analyst, False), (people.manager, True)):
        text = past(signed_in(person), made).content.decode()
        assert ("With names" in text) is told, person
        assert "Without names" in text
    key = next(
        v for v in Past(made, people.manager, Engagement.objects.visible_to(people.manager)).versions if v.handling == "restricted"
    ).key
    assert signed_in(people.analyst).get(f"{made.get_absolute_url()}history/?from={key}").status_code == 404


def test_a_link_to_a_hidden_record_reads_like_an_empty_field(record, people, signed_in):
    seen, hidden = make.engagement(title="Open talks"), make.engagement(title="Secret thing", handling="restricted")
    steps = [("parent", seen), ("parent", hidden), ("parent", None)]
    for name, value in steps:
        with acting(actor=people.analyst, door="page"):
            Engagement.objects.filter(pk=record.pk).update(**{name: value})
    with acting(actor=people.analyst, door="page"):
        record.predecessors.add(hidden)
    page = past(signed_in(people.analyst), record)
    assert lines(page)[:2] == [("Part of", "Open talks", ""), ("Part of", "", "Open talks")]
    assert "Secret thing" not in page.content.decode()
    assert len(re.findall('<section class="entry"', page.content.decode())) == 3, "what only concerns the hidden one is no entry"


def test_the_right_of_today_decides(record, people, signed_in):
    linked = make.engagement(title="Was open once")
    Engagement.objects.filter(pk=record.pk).update(parent=linked)
    client = signed_in(people.analyst)
    assert "Was open once" in past(client, record).content.decode()
    Engagement.objects.filter(pk=linked.pk).update(handling="restricted", team=make.team("elsewhere"))
    assert "Was open once" not in past(client, record).content.decode()


# Cost -----------------------------------------------------------------------------------------------------


def test_fifty_actions_a_page_at_the_same_cost(record, people, signed_in):
    client = signed_in(people.analyst)
    for number in range(60):
        with acting(actor=people.analyst, door="page"):
            Engagement.objects.filter(pk=record.pk).update(title=f"Title {number}")
    first, second = (past(client, record, f"?page={page}").content.decode() for page in (1, 2))
    assert (len(re.findall('<section class="entry"', first)), len(re.findall('<section class="entry"', second))) == (50, 11)
    assert "Title 59" in first
    assert "Title 5<" in second
