"""The later of two editors sees both versions, chooses by field and by row, and loses nothing typed."""

import re

import pytest

from catalog.domain.merging import merge as merge_entries
from catalog.domain.unmerging import undo as undo_merger
from engagements.domain.merging import merge as merge_records
from engagements.domain.merging import undo as undo_merger_of_records
from engagements.domain.saving import claim
from engagements.models import Engagement
from history.seen import CHOOSE
from tests import make
from tests.engagements.forms import posted, send


@pytest.fixture
def lists(db):
    return {"type": make.type("talks", name="Staff talks"), "strategy": make.strategy("dialogue", name="Dialogue")}


@pytest.fixture
def record(people, lists):
    poland, usa = make.country("XPL", name="Poland"), make.country("XUS", name="United States")
    made = make.engagement(
        title="Ours", place="Warsaw", summary="As it began.", team=people.team, type=lists["type"], strategies=[lists["strategy"]],
        countries=[poland, usa], starts="2024-03",
    )  # fmt: skip
    make.outcome(made, statement="A plan is agreed.")
    return made


class Two:
    """Two people with the same form open: ``first`` saves, then ``second`` does."""

    def __init__(self, people, signed_in, record, page="edit"):
        self.record, self.address = record, f"{record.get_absolute_url()}{page}/"
        self.first, self.second = signed_in(people.analyst), signed_in(people.manager)
        self.early, self.late = self.first.get(self.address), self.second.get(self.address)

    def theirs(self, **changes):
        response = self.first.post(self.address, posted(self.first.get(self.address), **changes))
        assert response.status_code == 302, response.context["errors"]

    def mine(self, **changes):
        self.response = self.second.post(self.address, posted(self.late, **changes))
        return self.response

    def choose(self, **changes):
        """Save again from the page with the conflict; a choice is named by its label."""
        choices = {choice.label: choice.name for choice in self.response.context["editor"].conflict.choices}
        fields = {choices.get(name, name): value for name, value in changes.items()}
        self.response = self.second.post(self.address, posted(self.response, **fields))
        return self.response

    @property
    def table(self):
        return {choice.label: (choice.by, choice.theirs, choice.yours) for choice in self.response.context["editor"].conflict.choices}

    def stored(self):
        return Engagement.objects.get(pk=self.record.pk)


@pytest.fixture
def two(people, signed_in, record):
    return Two(people, signed_in, record)


# The page ----------------------------------------------------------------------------------------


def test_the_later_of_two_sees_both_versions_and_by_whom(two):
    two.theirs(title="Theirs", place="Gdynia")
    response = two.mine(title="Mine", summary="Mine alone.")
    page = response.content.decode()
    assert response.status_code == 409
    assert two.table == {
        "Title": ("both", "Theirs", "Mine"),
        "Place": ("theirs", "Gdynia", "Warsaw"),
        "Summary": ("yours", "As it began.", "Mine alone."),
    }
    assert "Analyst changed this on" in page
    assert 'value="Mine"' in page
    assert 'value="Gdynia"' in page
    assert (two.stored().title, two.stored().version) == ("Theirs", 2)


def test_saving_again_takes_what_only_they_changed_and_what_you_typed(two):
    two.theirs(title="Theirs", place="Gdynia")
    two.mine(title="Mine", summary="Mine alone.")
    assert two.choose().status_code == 302
    stored = two.stored()
    assert (stored.title, stored.place, stored.summary, stored.version) == ("Mine", "Gdynia", "Mine alone.", 3)


def test_each_field_goes_the_way_that_was_chosen(two):
    two.theirs(title="Theirs", place="Gdynia")
    two.mine(title="Mine", summary="Mine alone.")
    assert two.choose(Title="theirs", Place="yours", Summary="theirs").status_code == 302
    stored = two.stored()
    assert (stored.title, stored.place, stored.summary) == ("Theirs", "Warsaw", "As it began.")


def test_what_is_typed_into_the_form_below_counts_more_than_a_choice(two):
    two.theirs(title="Theirs")
    two.mine(title="Mine")
    assert two.choose(Title="theirs", title="Theirs and mine").status_code == 302
    assert two.stored().title == "Theirs and mine"


def test_a_choice_survives_a_refused_form_with_both_texts_in_sight(two):
    two.theirs(title="Theirs")
    two.mine(title="Mine", starts="31 Apr 2024")
    response = two.choose(Title="theirs")
    assert response.status_code == 200
    assert response.context["errors"] != []
    assert two.table["Title"] == ("both", "Theirs", "Mine")
    assert 'name="title" value="Theirs"' in response.content.decode()
    assert two.choose(Title="yours", starts="Apr 2024").status_code == 302
    assert (two.stored().title, two.stored().starts.iso) == ("Mine", "2024-04")


def test_a_row_more_keeps_the_table_and_the_choice(two):
    two.theirs(title="Theirs")
    two.mine(title="Mine")
    before = posted(two.response)["participants-TOTAL_FORMS"]
    response = two.choose(**{"Title": "theirs", "add-row": "participants"})
    assert int(posted(response)["participants-TOTAL_FORMS"][0]) == int(before[0]) + 1
    assert two.table["Title"] == ("both", "Theirs", "Mine")
    assert 'name="title" value="Theirs"' in response.content.decode()
    saved = two.choose(Title="yours")
    assert saved.status_code == 302, saved.context["errors"]
    assert two.stored().title == "Mine"


def test_a_third_editor_makes_a_new_conflict_and_choices_made_stay(two):
    two.theirs(title="Theirs", place="Gdynia")
    two.mine(title="Mine")
    two.theirs(title="A third")
    response = two.choose(Title="theirs", place="Sopot")
    assert response.status_code == 409
    assert two.table == {"Title": ("theirs", "A third", "Theirs"), "Place": ("yours", "Gdynia", "Sopot")}
    assert two.choose().status_code == 302
    assert (two.stored().title, two.stored().place, two.stored().version) == ("A third", "Sopot", 4)


def test_rows_that_both_changed_are_compared_one_by_one(two):
    poland, usa = two.record.participations.order_by("pk")
    two.theirs(
        **{"participants-0-personnel": "12", "participants-1-note": "Theirs", "participants-2-party": make.country(name="Kenya").name}
    )
    two.mine(**{"participants-0-personnel": "14", "participants-2-party": make.country(name="Ghana").name})
    kenya = two.record.participations.get(country__name="Kenya")
    assert {label: by for label, (by, *_texts) in two.table.items()} == {
        f"Participants, {poland}: Personnel": "both", f"Participants, {usa}: Note": "theirs", f"Participants, {kenya}": "theirs"
    }  # fmt: skip
    assert two.choose().status_code == 302
    rows = {row.country.name: (row.personnel, row.note) for row in two.record.participations.select_related("country")}
    assert rows == {"Poland": (14, ""), "United States": (None, "Theirs"), "Kenya": (None, ""), "Ghana": (None, "")}


def test_a_row_they_added_is_left_out_where_that_is_chosen(two):
    kenya = make.country(name="Kenya")
    two.theirs(**{"participants-2-party": kenya.name})
    two.mine(title="Mine")
    (label,) = [label for label in two.table if "Kenya" in label]
    assert two.table[label][2] == "not there"
    two.choose(**{label: "yours"})
    assert {row.country.name for row in two.record.participations.all()} == {"Poland", "United States"}


@pytest.mark.parametrize(("side", "statements"), [("theirs", []), ("yours", ["A better plan is agreed."])])
def test_a_row_they_removed_and_you_changed_is_yours_to_keep(two, side, statements):
    two.theirs(**{"outcomes-0-DELETE": "on"})
    two.mine(**{"outcomes-0-statement": "A better plan is agreed."})
    ((label, (by, theirs, yours)),) = two.table.items()
    assert (by, theirs) == ("both", "not there")
    assert "A better plan is agreed." in yours
    assert two.choose(**{label: side}).status_code == 302
    assert [row.statement for row in two.record.outcomes.all()] == statements


@pytest.mark.parametrize(("side", "statements"), [("theirs", []), ("yours", ["A plan is agreed."])])
def test_a_row_they_removed_comes_back_where_that_is_chosen(two, side, statements):
    two.theirs(**{"outcomes-0-DELETE": "on"})
    two.mine(title="Mine")
    (label,) = [label for label in two.table if label.startswith("Outcomes")]
    assert two.choose(**{label: side}).status_code == 302
    assert [row.statement for row in two.record.outcomes.all()] == statements


@pytest.mark.parametrize(("side", "statements"), [("theirs", ["Theirs."]), ("yours", [])])
def test_a_row_you_removed_and_they_changed_asks(two, side, statements):
    two.theirs(**{"outcomes-0-statement": "Theirs."})
    two.mine(**{"outcomes-0-DELETE": "on"})
    ((label, (by, _theirs, yours)),) = two.table.items()
    assert (by, yours) == ("both", "not there")
    assert two.choose(**{label: side}).status_code == 302
    assert [row.statement for row in two.record.outcomes.all()] == statements


def test_entries_of_a_list_are_compared_one_by_one(two, lists):
    peace, trade = make.strategy("peace", name="Peace"), make.strategy("trade", name="Trade")
    two.late = two.second.get(two.address)
    two.theirs(strategies=[lists["strategy"].pk, peace.pk])
    two.mine(strategies=[trade.pk])
    assert two.table == {
        "Strategies: Peace": ("theirs", "chosen", "not chosen"),
        "Strategies: Trade": ("yours", "not chosen", "chosen"),
        "Strategies: Dialogue": ("yours", "chosen", "not chosen"),
    }
    two.choose(**{"Strategies: Dialogue": "theirs"})
    assert {entry.name for entry in two.record.strategies.all()} == {"Peace", "Trade", "Dialogue"}


def test_links_written_in_one_line_are_compared_one_by_one(two):
    kenya, ghana = make.country("XKE", name="Kenya"), make.country("XGH", name="Ghana")
    two.theirs(also_held_in="Kenya (XKE)")
    two.mine(also_held_in="Ghana (XGH)")
    assert {label: by for label, (by, *_texts) in two.table.items()} == {
        "Also held in: Kenya (XKE)": "theirs", "Also held in: Ghana (XGH)": "yours"
    }  # fmt: skip
    two.choose()
    assert set(two.record.also_held_in.all()) == {kenya, ghana}


@pytest.mark.parametrize("version", [None, "0", "abc", "٣", "999999999999999999999"])
def test_a_save_that_does_not_say_what_it_saw_is_a_conflict_with_both_texts(two, version):
    two.theirs(title="Theirs")
    response = two.mine(title="Mine", version=version)
    assert response.status_code == 409
    assert two.table["Title"] == ("both", "Theirs", "Mine") or version in {"0", "999999999999999999999"}
    assert (two.stored().title, two.stored().version) == ("Theirs", 2)
    assert two.choose().status_code == 302
    assert two.stored().title == "Mine"


@pytest.mark.parametrize("name", ["seen_state", "conflict"])
def test_a_forged_memory_of_the_form_is_not_believed(two, name):
    two.theirs(title="Theirs", place="Gdynia")
    two.mine(title="Mine", **{name: "nonsense:1:2"})
    assert two.table["Title"] == ("both", "Theirs", "Mine")
    assert two.choose(**{name: "e30:1uabc:zzzz"}).status_code == 302


def test_a_change_that_is_not_on_the_form_still_asks_once(two, people):
    claim(two.stored(), seen=1, actor=people.analyst)
    response = two.mine(title="Mine")
    assert response.status_code == 409
    assert two.table == {"Title": ("yours", "Ours", "Mine")}
    assert two.choose().status_code == 302
    assert two.stored().title == "Mine"


def test_the_close_out_has_the_same_table(people, signed_in, record):
    two = Two(people, signed_in, record, "close-out")
    editing = Two(people, signed_in, record)
    editing.theirs(starts="2024-04")
    response = two.mine(starts="2024-05", ends="2024-05", status="completed")
    assert response.status_code == 409
    assert two.table["Start"] == ("both", "Apr 2024", "2024-05")
    assert two.choose(Start="theirs").status_code == 302
    assert two.stored().starts.iso == "2024-04"


def test_a_record_archived_meanwhile_stays_archived_and_what_was_typed_is_shown(two, people):
    two.first.post(f"{two.record.get_absolute_url()}archive/", {"version": "1"})
    Engagement.objects.filter(pk=two.record.pk).update(review_state="draft")
    two.record.refresh_from_db()
    if not two.record.is_archived:
        two.second.post(f"{two.record.get_absolute_url()}archive/", {"version": str(two.record.version)})
    response = two.mine(title="Mine")
    page = response.content.decode()
    assert response.status_code == 409
    assert 'value="Mine"' in page
    assert "archived by now" in page
    assert (two.stored().title, two.stored().is_archived) == ("Ours", True)
    assert two.choose().status_code == 403


def test_the_table_names_no_record_that_the_reader_may_not_see(two, people):
    hidden = make.engagement(title="Hidden thing", handling="restricted", team=make.team("elsewhere"))
    two.record.predecessors.add(hidden)
    claim(two.stored(), seen=1, actor=people.analyst)
    two.mine(title="Mine")
    assert "Hidden thing" not in two.response.content.decode()
    assert two.choose().status_code == 302
    assert list(two.record.predecessors.all()) == [hidden]


def test_a_form_for_another_record_is_not_the_memory_of_this_one(two, people, lists):
    other = make.engagement(title="Ours", place="Elsewhere", team=people.team, type=lists["type"], strategies=[lists["strategy"]])
    state = posted(two.second.get(f"{other.get_absolute_url()}edit/"))["seen_state"]
    two.theirs(place="Gdynia")
    two.mine(title="Mine", seen_state=state)
    assert two.table["Place"][0] == "both"


def test_choices_are_posted_by_a_browser_without_scripts(two):
    two.theirs(title="Theirs")
    two.mine(title="Mine")
    fields = posted(two.response)
    (name,) = [name for name in fields if name.startswith(CHOOSE)]
    assert fields[name] == ["yours"]
    assert send(two.second, two.address, fields | {name: ["theirs"]}).status_code == 302
    assert two.stored().title == "Theirs"


def test_more_rows_do_not_cost_more_queries_to_compare(two, people, assert_same_queries):
    claim(two.stored(), seen=1, actor=people.analyst)

    def ask():
        response = two.second.post(two.address, posted(two.late, title="Mine"))
        assert response.status_code == 409
        assert re.search("Two people changed this", response.content.decode())

    assert_same_queries(lambda: make.source(two.record), ask, at_most=80)


# What changes a record without its form -----------------------------------------------------------


def test_a_merger_of_catalog_entries_is_a_conflict_with_an_open_form_and_stands(two):
    loser = two.record.participations.get(country__code="XPL").country
    winner = make.country("XPO", name="Republic of Poland")
    merge_entries(loser, winner, actor=None)
    response = two.mine(title="Mine")
    assert response.status_code == 409
    assert (two.stored().title, two.stored().version) == ("Ours", 2)
    ((party, (by, theirs, yours)),) = [line for line in two.table.items() if line[0] != "Title"]
    assert party.endswith("Country or organization")
    assert (by, theirs, yours) == ("theirs", "Republic of Poland (XPO)", "Poland (XPL)")
    assert two.choose().status_code == 302
    assert {row.country.code for row in two.record.participations.all()} == {"XPO", "XUS"}
    assert two.stored().title == "Mine"


def test_a_merger_raises_the_version_of_every_record_it_touches_and_of_no_other(db):
    loser, winner = make.country(), make.country()
    body, kept_body = make.organization(), make.organization()
    task, kept_task = make.mission_task(), make.mission_task()
    held, also, partner = make.engagement(country=loser), make.engagement(also_held_in=[loser]), make.engagement(countries=[loser])
    mandated = make.engagement(kind="peacekeeping", detail={"mandating_body": body})
    tasked = make.engagement(kind="peacekeeping")
    tasked.mission.tasks.add(task)
    other = make.engagement(country=winner, countries=[winner])
    for pair in [(loser, winner), (body, kept_body), (task, kept_task)]:
        merge_entries(*pair, actor=None)
    versions = dict(Engagement.objects.values_list("pk", "version"))
    assert {made.pk for made in (held, also, partner, mandated, tasked)} == {pk for pk, version in versions.items() if version > 1}
    assert versions[other.pk] == 1


def test_the_way_back_from_a_merger_raises_the_versions_again(db):
    loser, winner = make.country(), make.country()
    partner, held, other = make.engagement(countries=[loser]), make.engagement(country=loser), make.engagement(country=winner)
    merge_entries(loser, winner, actor=None)
    loser.refresh_from_db()
    undo_merger(loser)
    versions = dict(Engagement.objects.values_list("pk", "version"))
    assert versions[partner.pk] > 2
    assert versions[held.pk] > 2
    assert versions[other.pk] == 1


def test_who_has_a_record_open_while_its_merger_is_undone_is_told(two, people, lists):
    other = make.engagement(title="Ours too", team=people.team, type=lists["type"], strategies=[lists["strategy"]])
    merger = merge_records(two.stored(), other, chosen={}, seen=1, seen_other=1, actor=people.manager)
    two.late = two.second.get(two.address)
    undo_merger_of_records(merger, actor=people.manager)
    assert two.mine(title="Mine").status_code == 409
    assert two.stored().title == "Ours"


@pytest.mark.parametrize("step", ["archive", "submit"])
def test_a_step_on_an_older_version_does_nothing_and_shows_what_changed(two, people, step):
    Engagement.objects.filter(pk=two.record.pk).update(review_state="draft")
    two.theirs(title="Theirs")
    response = two.first.post(f"{two.record.get_absolute_url()}{step}/", {"version": "1"}, follow=True)
    page = response.content.decode()
    assert response.redirect_chain[0][0] == f"{two.record.get_absolute_url()}history/"
    assert "Analyst changed this record on" in page
    assert "Theirs" in page
    assert (two.stored().is_archived, two.stored().review_state) == (False, "draft")
