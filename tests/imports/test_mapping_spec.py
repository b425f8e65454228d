"""A mapping as a document: read strictly, written as it was read, and checked against the headings of a file."""

import copy
import json

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from imports.mapping import targets
from imports.mapping.parsed import ERROR, REVIEW
from imports.mapping.spec import MARK, Mapping
from imports.mapping.targets import PROTECTED, Reads
from tests.imports.mapping_made import mapping

pytestmark = pytest.mark.once

WHOLE = {
    MARK: 1,
    "name": "Everything",
    "about": "All that a document can say.",
    "file": {"delimiter": ";", "header_rows": 2, "decimal": ","},
    "missing": ["-9", "n/a"],
    "constants": {
        "kind": "training",
        "strategies": ["training_capacity"],
        "funding.currency": "USD",
        "participants": [{"party": "USA", "role": "trainer"}],
    },
    "columns": [
        {"column": "title", "to": "title"},
        {"column": "start", "to": "starts", "order": "mdy", "first_of_month": "month", "unreadable": "flag"},
        {"column": "end", "to": "ends", "open_when": {"column": "active", "values": ["Yes"]}},
        {"column": "country", "to": "participant", "role": "recipient", "resolve": "country", "values": {"UK": "GBR", "none": None}},
        {"column": "people", "to": "participant.personnel", "only": {"column": "kind", "values": ["a", ""]}},
        {"from": "Poland", "until": "Spain", "to": "strength.total", "gather": "heading", "personnel_type": "troops"},
        {"column": "cost", "to": "funding.actual", "currency": "USD"},
        {"column": "place", "to": "country", "contains": {", US": "USA"}},
        {"column": "id", "to": "external_id", "system": "un-dpo"},
    ],
    "group_by": ["title", "start"],
    "identity": ["id"],
    "aggregates": {"when": {"column": "title", "contains": "Totals"}, "keys": ["country"], "sums": {"people": "people", "cost": "cost"}},
    "flags": [{"column": "title", "say": "Look.", "equals": "x"}],
    "doubled": "merge",
}


def test_a_document_is_written_as_it_was_read():
    assert Mapping.from_dict(WHOLE).to_dict() == WHOLE
    assert Mapping.from_json(Mapping.from_dict(WHOLE).to_json()) == Mapping.from_dict(WHOLE)


def put(document, path, value):
    found = copy.deepcopy(document)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ([MARK], 2, "entente_mapping"),
        ([MARK], True, "entente_mapping"),
        (["name"], 3, "name"),
        (["nam"], "x", "nam"),
        (["missing"], "-9", "missing"),
        (["missing"], [3], "missing"),
        (["doubled"], "twice", "doubled"),
        (["file"], {"decimal": None}, "file.decimal"),
        (["constants", "review_state"], "verified", "constants.review_state"),
        (["constants", "nonsense"], "x", "constants.nonsense"),
        (["constants", "reference"], "x", "constants.reference"),
        (["constants", "kind"], ["a", "b"], "constants.kind"),
        (["constants", "participants", 0, "role"], "boss", "constants.participants[1].role"),
        (["constants", "participants", 0, "rule"], "x", "constants.participants[1]"),
        (["columns", 0], "title", "columns[1]"),
        (["columns", 0, "to"], "titel", "columns[1].to"),
        (["columns", 0, "to"], "version", "columns[1].to"),
        (["columns", 0, "orderd"], "mdy", "columns[1]"),
        (["columns", 1, "order"], "ydm", "columns[2].order"),
        (["columns", 1, "century_from"], "50", "columns[2].century_from"),
        (["columns", 2, "open_when"], {"column": "active", "is": "Yes"}, "columns[3].open_when"),
        (["columns", 3, "values"], {"UK": 3}, "columns[4].values.UK"),
        (["columns", 3, "role"], "boss", "columns[4].role"),
        (["columns", 5, "column"], "x", "columns[6]"),
        (["columns", 5, "gather"], "cell", "columns[6].gather"),
        (["columns", 5, "to"], "title", "columns[6].gather"),
        (["columns", 6, "currency"], "usd", "columns[7].currency"),
        (["columns", 6, "times"], "billion", "columns[7].times"),
        (["columns", 7, "contains"], {", US": None}, "columns[8].contains"),
        (["columns", 8, "system"], "un dpo", "columns[9].system"),
        (["columns", 8, "guarded"], 1, "columns[9].guarded"),
        (["aggregates", "when"], {"column": "title"}, "aggregates.when"),
        (["aggregates", "sums", "price"], "cost", "aggregates.sums"),
        (["aggregates", "keys"], ["a", "b", "c", "d"], "aggregates.keys"),
        (["flags", 0, "contains"], "y", "flags[1]"),
        (["group_by"], {"title": 1}, "group_by"),
    ],
)
def test_a_slip_is_said_with_its_place(path, value, place):
    with pytest.raises(ValidationError) as caught:
        Mapping.from_dict(put(WHOLE, path, value))
    (sentence,) = caught.value.messages
    assert sentence.startswith(f"{place}: ") or (len(path) == 1 and f"“{place}”" in sentence)


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_what_the_program_writes_alone_is_refused_by_name(name):
    with pytest.raises(ValidationError, match=f"“{name}” is written by the program alone"):
        mapping({"column": "x", "to": name})


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "[" * 100_000, '"x"', "{}", "null"])
def test_what_is_no_mapping_is_refused_in_a_sentence(text):
    with pytest.raises(ValidationError):
        Mapping.from_json(text)


NAMES = [*WHOLE, "to", "column", "from", "until", "values", "when"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(list(WHOLE)), JSON))
def test_any_json_is_a_mapping_or_a_sentence(document):
    try:
        made = Mapping.from_dict({MARK: 1, **document})
    except ValidationError:
        return  # any other exception fails
    assert Mapping.from_dict(made.to_dict()) == made


# The registry of targets ---


def test_each_group_of_targets_has_its_label_and_none_is_protected():
    shown = [target for _label, group in targets.all() for target in group]
    assert {target.name for target in shown} == set(targets.by_name())
    assert not PROTECTED & set(targets.by_name())
    assert all(str(target.label) for target in shown)


def test_closed_lists_offer_their_values_and_lists_their_entries():
    for target in targets.by_name().values():
        assert bool(target.options) == (target.reads is Reads.CHOICE), target.name
        assert bool(target.entries) == (target.reads in {Reads.ENTRY, Reads.ENTRIES}), target.name


# Against a file ---


def told(made, headings, severity=ERROR):
    return [problem.sentence for problem in made.check(headings) if problem.severity == severity]


def test_columns_that_the_file_lacks_are_named():
    made = mapping({"column": "Title", "to": "title"}, {"column": "when", "to": "starts"}, group_by=["where"])
    assert [(p.column, p.value) for p in made.check(["TITLE "]) if "no column" in p.sentence] == [("when", "when"), ("group_by", "where")]


def test_type_and_strategies_are_asked_for_but_not_of_our_own_file():
    assert told(mapping({"column": "a", "to": "title"}), ["a"]) == [
        "Say the type: a column, or one type for all lines.",
        "Say which strategies it serves: a column, or the same for all lines.",
    ]
    assert told(mapping({"column": "a", "to": "title"}, {"column": "id", "to": "reference"}), ["a", "id"]) == []


COMPLETE = {"type": "staff_talks", "strategies": ["dialogue_trust"]}


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([{"column": "b", "to": "participant.personnel"}], "Say which column names the party that this belongs to."),
        ([{"column": "b", "to": "strength.total"}], "Say which column names the party that this belongs to."),
        ([{"column": "b", "to": "starts.month"}], "Say which column is the year of this date."),
        ([{"column": "b", "to": "external_id"}], "Say which system this number is of."),
        ([{"column": "b", "to": "title"}], "Two columns are “Title”. Choose one of them."),
        (
            [{"column": "b", "to": "funding.actual", "currency": "EUR"}],
            "Say where the money comes from: a column, or one source for all lines.",
        ),
    ],
)
def test_what_is_missing_from_a_mapping_is_said(rules, sentence):
    assert told(mapping({"column": "a", "to": "title"}, *rules, constants=COMPLETE), ["a", "b"]) == [sentence]


def test_several_columns_may_add_to_a_text_or_a_list():
    rules = [{"column": column, "to": to} for column in "ab" for to in ("summary", "themes", "participant", "participant.note")]
    assert told(mapping(*rules, constants=COMPLETE), ["a", "b"]) == []


def test_a_constant_that_can_not_be_read_is_said():
    made = mapping({"column": "a", "to": "title"}, constants=COMPLETE | {"starts": "yesterday"})
    assert [sentence.partition(":")[0] for sentence in told(made, ["a"])] == ["constants.starts"]


def test_columns_that_nothing_is_made_of_are_named_without_keeping_the_file_out():
    made = mapping({"column": "a", "to": "title"}, constants=COMPLETE)
    assert told(made, ["a"], REVIEW) == []
    assert told(made, ["a", "b", "c"], REVIEW) == ["Not used, but kept with each line: b, c."]


def test_the_documents_are_json():
    assert json.loads(Mapping.from_dict(WHOLE).to_json()) == WHOLE
