"""What both changed, what one did, and what is in no question: three states of a form compared."""

import pytest

from history.conflicts import Difference, compare, merge, paired

# Three states ------------------------------------------------------------------------------------


def test_each_difference_says_who_made_it():
    base = {"main": {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}}
    theirs = {"main": {"a": "2", "b": "1", "c": "2", "d": "2", "e": "1"}}
    yours = {"main": {"a": "1", "b": "3", "c": "3", "d": "2", "e": "1"}}
    assert compare(base, theirs, yours) == [
        Difference("main", "a", by="theirs"), Difference("main", "b", by="yours"), Difference("main", "c", by="both")
    ]  # fmt: skip
    assert [difference.by for difference in compare(None, theirs, yours)] == ["both", "both", "both"]


def test_several_entries_differ_one_by_one_and_merge_without_a_question():
    base, theirs, yours = ({"main": {"s": entries}} for entries in (["a", "b"], ["a", "b", "c"], ["a", "d"]))
    differences = compare(base, theirs, yours)
    assert {(found.item, found.by) for found in differences} == {("b", "yours"), ("c", "theirs"), ("d", "yours")}
    assert sorted(merge(theirs, yours, differences, {})["main"]["s"]) == ["a", "c", "d"]
    other = {found.key: "yours" if found.by == "theirs" else "theirs" for found in differences}
    assert sorted(merge(theirs, yours, differences, other)["main"]["s"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("base", "theirs", "yours", "by", "left", "other"),
    [
        ({"x": "1"}, None, {"x": "1"}, "theirs", [], ["rows/7"]),  # they removed what you left alone
        ({"x": "1"}, None, {"x": "2"}, "both", ["rows/7"], []),  # they removed what you changed
        ({"x": "1"}, {"x": "1"}, "removed", "yours", [], ["rows/7"]),
        ({"x": "1"}, {"x": "2"}, "removed", "both", [], ["rows/7"]),
        (None, {"x": "2"}, None, "theirs", ["rows/7"], []),  # they added it
    ],
)
def test_a_row_goes_and_stays_by_who_changed_it(base, theirs, yours, by, left, other):
    def state(row):
        return {} if row is None else {"rows/7": None if row == "removed" else row}

    (difference,) = differences = compare(state(base), state(theirs), state(yours))
    assert (difference.by, difference.field) == (by, "")
    for choices, expected in [({}, left), ({difference.key: "yours" if difference.default == "theirs" else "theirs"}, other)]:
        merged = merge(state(theirs), state(yours), differences, choices)
        assert [part for part, fields in merged.items() if fields is not None] == expected


def test_a_row_that_both_added_is_one():
    theirs = {"participants/9": {"party": "Kenya", "role": "host", "note": "x"}}
    yours = {"participants/+0": {"party": "Kenya", "role": "host", "note": "y"}, "participants/+1": {"party": "Ghana", "role": "host"}}
    assert list(paired(theirs, yours, {"participants": ("party", "role")})) == ["participants/9", "participants/+1"]
    assert list(paired(theirs, yours, {})) == ["participants/+0", "participants/+1"]
