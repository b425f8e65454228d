"""The brief: one record on paper, marked on every page; and the marking of pages and files that show several."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.choices import Handling
from accounts.templatetags.marking import highest_marking
from engagements.export.layouts import LAYOUTS
from tests import make

pytestmark = pytest.mark.django_db


def brief(client, record):
    response = client.get(f"{record.get_absolute_url()}brief/")
    return response.content.decode()


def full(team, **fields):
    record = make.engagement(
        kind="exercise", team=team, title="Northern shield", summary="Two weeks in the snow.", starts="2012-03", place="Bodø",
        strategies=[make.strategy(name="Joint exercises")], **fields,
    )  # fmt: skip
    make.participation(record, country=make.country(name="Ruritania"), personnel=1200, unit="2nd Brigade")
    make.assessment(record, outcome=make.outcome(record, statement="The staffs plan together."), rating="limited", assessor="J7")
    make.challenge(record, description="Few interpreters.")
    make.follow_up(record, text="Send the draft.")
    make.source(record, title="Joint communiqué")
    return record


def test_it_holds_the_record_who_took_it_and_when(people, signed_in):
    record = full(people.team)
    text = brief(signed_in(people.manager), record)
    for said in [
        "Northern shield", "Mar 2012", "Bodø", "Joint exercises", "Two weeks in the snow.", "Ruritania", "1,200", "2nd Brigade",
        "The staffs plan together.", "Limited", "J7", "Few interpreters.", "Send the draft.", "Joint communiqué",
        record.reference, "version 1", "taken by Manager",
    ]:  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize("handling", Handling.values)
def test_the_marking_stands_on_top_and_at_the_foot(handling, people, signed_in):
    record = make.engagement(handling=handling, team=people.team)
    text = brief(signed_in(people.manager), record)
    assert re.findall(r'<div class="mark"><b>(\w+)</b>', text) == [handling.upper()] * 2


def test_a_restricted_brief_names_the_teams_that_may_read_it(people, signed_in):
    record = make.engagement(handling="restricted", team=people.team, released_to=[make.team("j7", name="J7, Exercises")])
    assert "J5, Plans and Policy, J7, Exercises" in brief(signed_in(people.manager), record)


def test_what_is_not_verified_says_so(people, signed_in):
    draft = make.engagement(review_state="draft", team=people.team)
    assert "Not verified: its state of review is draft." in brief(signed_in(people.manager), draft)
    assert "Not verified" not in brief(signed_in(people.manager), make.engagement())


def test_a_hidden_record_has_no_brief_and_leaves_no_trace_in_that_of_another(people, signed_in):
    hidden = make.engagement(title="Zanzibar talks", handling="restricted", team=make.team())
    client = signed_in(people.analyst)
    assert client.get(f"{hidden.get_absolute_url()}brief/").status_code == 404
    shown = make.engagement(parent=hidden)
    make.outcome(shown, linked_engagement=hidden)
    assert "Zanzibar" not in brief(client, shown)


def test_stored_text_is_inert_on_it(people, signed_in):
    bad = '"><script>alert(1)</script>'
    record = make.engagement(title=bad, place=bad, summary=bad, team=people.team)
    make.participation(record, unit=bad, contribution=bad)
    make.outcome(record, statement=bad, indicator=bad)
    make.source(record, title=bad, publisher=bad)
    assert "<script>alert" not in brief(signed_in(people.manager), record)


def test_a_long_record_costs_the_same_queries_as_a_short_one(people, signed_in, assert_same_queries):
    record = make.engagement(kind="peacekeeping", handling="restricted", team=people.team)
    client = signed_in(people.manager)

    def add():
        make.strength_report(make.participation(record, country=make.country()))
        make.assessment(record, outcome=make.outcome(record, linked_engagement=make.engagement()))
        for build in (make.challenge, make.follow_up, make.source):
            build(record)
        record.strategies.add(make.strategy())

    assert_same_queries(add, lambda: brief(client, record))


def test_the_record_leads_to_its_brief_and_back(people, signed_in):
    record = make.engagement()
    client = signed_in(people.viewer)
    assert f'href="{record.get_absolute_url()}brief/"' in client.get(record.get_absolute_url()).content.decode()
    assert f'href="{record.get_absolute_url()}"' in brief(client, record)


# Pages with several records --------------------------------------------------------------------------


def markings(client, page, **headers):
    return re.findall(r'<div class="marking (\w+)"', client.get(page, headers=headers).content.decode())


def test_each_page_with_records_carries_the_highest_marking_among_them_above_and_below(people, signed_in):
    series = make.framework()
    for handling in ("public", "official", "restricted"):
        make.engagement(title=f"Talks, {handling}", handling=handling, team=people.team, framework=series)
    pages = ["/", "/engagements/", f"/frameworks/{series.code}/"]
    for who, highest in (("viewer", "public"), ("analyst", "official"), ("manager", "restricted")):
        client = signed_in(getattr(people, who))
        for page in pages:
            assert markings(client, page) == [highest] * 2, (who, page)


def test_a_list_is_marked_by_what_it_shows_and_not_by_what_was_filtered_out(people, signed_in):
    make.engagement(handling="restricted", team=people.team, kind="exercise")
    make.engagement(handling="official", kind="training")
    client = signed_in(people.manager)
    assert markings(client, "/engagements/?kind=training") == ["official"] * 2
    assert markings(client, "/engagements/?kind=peacekeeping") == []
    assert markings(client, "/engagements/?kind=banquet") == []


def test_a_filter_that_swaps_the_rows_swaps_the_marking_too(people, signed_in):
    make.engagement(handling="restricted", team=people.team)
    text = signed_in(people.manager).get("/engagements/", headers={"HX-Request": "true"}).content.decode()
    assert re.findall(r'<div id="(marking-\w+)" hx-swap-oob="innerHTML">\s*<div class="marking (\w+)"', text) == [
        ("marking-top", "restricted"),
        ("marking-last", "restricted"),
    ]


def test_a_case_study_is_marked_by_the_records_it_is_told_from(people, signed_in):
    from engagements.models import CaseStudy

    story = CaseStudy.objects.create(code="story", title="Story", narrative="It began.")
    story.engagements.add(make.engagement(handling="official"), make.engagement())
    assert markings(signed_in(people.analyst), story.get_absolute_url()) == ["official"] * 2
    assert markings(signed_in(people.viewer), story.get_absolute_url()) == ["public"] * 2


@pytest.mark.parametrize("page", ["", "edit/", "close-out/", "history/", "archive/", "handling/"])
def test_every_page_of_a_record_is_marked_above_and_below(page, people, signed_in):
    record = make.engagement(handling="restricted", team=people.team, released_to=[make.team()])
    assert markings(signed_in(people.manager), record.get_absolute_url() + page) == ["restricted"] * 2


def test_the_highest_of_nothing_is_no_marking(people):
    assert highest_marking([], None, "", [[]]) == ""
    assert highest_marking(["public"], [make.engagement(handling="official")], ("public",)) == "official"


# Files -----------------------------------------------------------------------------------------------


def test_every_layout_has_the_marking_of_its_record_in_each_row():
    assert {name: layout.header[-1] for name, layout in LAYOUTS.items()} == dict.fromkeys(LAYOUTS, "handling")


def test_an_empty_file_has_a_marking_in_its_name_too(people, signed_in):
    for layout in LAYOUTS:
        response = signed_in(people.manager).get(f"/engagements/export/?layout={layout}&kind=peacekeeping")
        assert response["Content-Disposition"].endswith('-public.csv"')
        assert b"".join(response.streaming_content).count(b"\r\n") == 1


# On paper ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", ["brief.css", "program.css"])
def test_the_marking_is_repeated_on_each_printed_page(sheet):
    """Held by the style sheet: a header group comes again on every page, what is fixed at the foot too."""
    text = (Path(settings.BASE_DIR) / "static/entente" / sheet).read_text()
    printed = text[text.index("@media print") :]
    assert "display: table-header-group; break-inside: avoid" in printed
    assert "display: table-footer-group; break-inside: avoid" in printed
    assert re.search(r"\{ position: fixed; bottom: 0;", printed)
