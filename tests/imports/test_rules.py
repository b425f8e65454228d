"""The rules asked of plain values answer as the database does."""

import datetime as dt
from itertools import islice, product

import pytest
from django.apps import apps
from django.db.models import CheckConstraint, Value

from engagements.models import Engagement, Participation, StrengthReport
from imports.rules import _Condition, _names_in, rules_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2020, 5, 17)
CONSTRAINTS = [
    (model, constraint)
    for model in apps.get_app_config("engagements").get_models()
    for constraint in model._meta.constraints
    if isinstance(constraint, CheckConstraint) and "pk" not in _names_in(constraint.condition)
]


def samples(field) -> list:
    """Values worth asking of a column: none, plain, at and beyond an edge."""
    if field.is_relation:
        return [None, 1]
    kind = field.get_internal_type()
    if field.choices or kind in {"CharField", "TextField"}:
        return [None, "", "nonsense", *[value for value, _label in field.flatchoices][-2:], "EUR", "eur"]
    if kind == "DateField":
        return [None, DAY, DAY + dt.timedelta(1)]
    if kind == "BooleanField":
        return [None, True, False]
    return [None, -1, 0, 1, 90, 91, 181]


@pytest.mark.parametrize(("model", "constraint"), CONSTRAINTS, ids=lambda item: getattr(item, "name", ""))
def test_each_condition_answers_as_the_database(model, constraint):
    columns = {field.name: field for field in model._meta.concrete_fields}
    names = sorted(_names_in(constraint.condition))
    condition = _Condition(model, constraint)
    for values in islice(product(*(samples(columns[name]) for name in names)), 200):
        given = dict(zip(names, values, strict=True))
        in_database = constraint.condition.check({name: Value(value, columns[name]) for name, value in given.items()})
        assert condition.holds({columns[name].attname: value for name, value in given.items()}) == in_database, given


def broken(model, **values):
    given = {"kind": "engagement"} if model is Engagement else {}
    return sorted(rules_of(model).broken(given | values))


def test_fields_answer_as_in_a_form():
    assert broken(Engagement, title="x" * 301) == [("title", "Ensure this value has at most 300 characters (it has 301).")]
    assert broken(Participation, country_id=1, personnel=-1) == [("personnel", "Ensure this value is greater than or equal to 0.")]
    assert broken(Participation, country_id=1, personnel=5, women=6) == [("", "More women than people.")]
    assert broken(Participation, country_id=1, organization_id=2) == [("", "Name a country or an organization, not both.")]
    assert broken(StrengthReport, total=5, female=2, male=2) == [("", "Women and men do not add up to the total.")]
    assert broken(Engagement, title="Talks", latitude=5) == [("", "Give both latitude and longitude, or neither.")]
    assert broken(Engagement, title="Talks\0") == [("title", "Null characters are not allowed.")]
    assert {column for column, _sentence in broken(Engagement, title="Talks", kind="party")} == {"", "kind"}


def test_what_is_right_breaks_nothing():
    assert broken(Engagement, title="Talks", starts_on=DAY, starts_precision="day", summary="", status_reason="") == []
    assert broken(Participation, organization_id=2, role="host", personnel=0, women=0, cost_share=None, note="") == []
