"""Names to settle: one question for a name, and what the same person answered for an earlier file."""

import pytest

from tests import make
from tests.imports.pages import brought_in, checked, press, work_off

FILE = "Date,Title,Visitor,Host\n2020-01-02,Talks in Rome,Norland,Italica\n2020-01-03,More talks,Italica,Norland\n"
COLUMNS = {"c1_0_to": "title", "c2_0_to": "participant", "c3_0_to": "country", "c3_1_to": "participant", "c3_1_role": "host"}


@pytest.fixture
def client(people, signed_in):
    return signed_in(people.analyst)


@pytest.fixture
def needed(db) -> dict:
    make.country("XNO", "Norland")
    make.country("XIT", "Italy")
    make.organization("pact", name="Pact")
    return {"k_type": make.type().code, "k_strategies": make.strategy().code, "k_status": "completed", "missing": "", **COLUMNS}


def answered(client, batch, **said):
    """Answer the questions, by their texts; check again."""
    data = {"do": "check", "question": []}
    for text, choice in said.items():
        question = batch.questions.get(text=text)
        data["question"].append(question.pk)
        data |= {f"q{question.pk}": choice} if choice.startswith("leave") else {f"q{question.pk}": "other", f"q{question.pk}-text": choice}
    assert client.post(f"/imports/{batch.key}/questions/", data).status_code == 302
    work_off()
    batch.refresh_from_db()


def shown(client, batch) -> list[tuple]:
    """(name, what is chosen, what is typed, whether it is from before) of each question on the page."""
    page = client.get(f"/imports/{batch.key}/questions/")
    return [(one.question.text, one.chosen, one.typed, one.is_from_before) for one in page.context["asked"]]


def test_a_name_that_is_host_and_country_is_asked_for_once_and_its_lines_counted_once(client, needed):
    batch = checked(client, brought_in(client, FILE), **needed)
    assert [(row.kind, row.text, row.lines) for row in batch.questions.all()] == [("party", "Italica", 2)]
    assert batch.counts["questions"] == 1
    answered(client, batch, Italica="XIT")
    assert (batch.state, batch.counts["create"]) == ("checked", 2)


def test_a_participant_that_is_an_organization_leaves_the_country_to_be_asked_for(client, needed):
    batch = checked(client, brought_in(client, FILE), **needed)
    answered(client, batch, Italica="pact")
    assert [(row.kind, row.text, row.lines) for row in batch.questions.filter(answer__isnull=True)] == [("country", "Italica", 1)]


def test_what_one_answered_for_an_earlier_file_is_chosen_and_settles_nothing_by_itself(client, needed, people, signed_in):
    first = checked(client, brought_in(client, FILE), **needed)
    answered(client, first, Italica="XIT")
    press(client, first, "commit", plan=first.plan)
    again = checked(client, brought_in(client, FILE), **needed)
    assert (again.state, again.questions.get().answer) == ("questions", None)
    assert shown(client, again) == [("Italica", "other", "XIT", True)]
    assert "As you answered for an earlier file" in client.get(f"/imports/{again.key}/questions/").content.decode()
    manager = signed_in(people.manager)
    assert shown(manager, again) == [("Italica", "", "", False)]
    answered(client, again, Italica="leave:name")
    third = checked(client, brought_in(client, FILE), **needed)
    assert shown(client, third) == [("Italica", "leave:name", "", True)]


@pytest.mark.parametrize(("codes", "is_told"), [(["QQA", "QQB", "QQC", "QQD", "999"], True), (["QQA", "QQB", "QQC", "QQD", "Dane"], False)])
def test_many_codes_that_no_list_knows_are_said_to_be_of_another_system_perhaps(client, needed, codes, is_told):
    """In it a code that is known may mean another country, and that one would not be asked about."""
    lines = [f"2020-01-0{number},Talks {number},{code},Norland\n" for number, code in enumerate(codes, 1)]
    batch = checked(client, brought_in(client, "Date,Title,Visitor,Host\n" + "".join(lines)), **needed)
    page = client.get(f"/imports/{batch.key}/questions/")
    assert page.context["foreign_codes"] == (5 if is_told else 0)
    assert ("5 codes are in no list here" in page.content.decode()) is is_told
