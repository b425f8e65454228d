"""What stands in the cells: recounted in plain Python over random records, for readers who see different things."""

import csv
import datetime as dt
import io
import random

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalog.models import Country
from catalog.partial_dates import PartialDate
from engagements import choices
from engagements.export import lists
from engagements.export.guard import unguard
from engagements.export.layouts import LAYOUTS
from engagements.export.stream import csv_chunks
from engagements.models import Engagement
from tests import make
from tests.engagements import export_recount

WORDS = ["Exercise", "=1+1", "'quoted", "-5", "a; b", "x | y", "back\\slash", 'say "no"', "two\r\nlines", "Å, β", "  @x", "5"]


def read(layout, queryset, **options):
    text = b"".join(csv_chunks(LAYOUTS[layout], queryset, **options)).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def as_written(value):
    if value is None:
        return ""
    return lists.join(value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=12)
def test_every_cell_is_what_a_plain_recount_gives(db, layout, seed):
    with transaction.atomic():
        readers = a_register(random.Random(seed))
        for reader in readers:
            visible = Engagement.objects.visible_to(reader)
            part = visible.filter(title__gt="E")
            for rows in (visible, part):
                found = [{name: unguard(cell) for name, cell in row.items()} for row in read(layout, rows, visible=visible)]
                wanted = export_recount.rows(layout, rows, visible)
                assert len(found) == len(wanted)
                for got, row in zip(found, wanted, strict=True):
                    assert list(row) == list(got) == LAYOUTS[layout].header
                    assert {name: (got[name], value) for name, value in row.items() if got[name] != as_written(value)} == {}
        transaction.set_rollback(True)


def test_handling_is_the_last_column_and_a_stable_name_the_first():
    for layout in LAYOUTS.values():
        assert layout.header[-1] == "handling"
        assert layout.header[0] in {"id", "engagement_id"}
        assert len(set(layout.header)) == len(layout.header)


def test_a_date_is_written_as_far_as_it_is_known(db):
    for starts in ["14 May 1948", "May 1948", "1948", "unknown"]:
        make.engagement(title=starts, starts=starts, ends="open")
    found = {row["title"]: (row["start_date"], row["start_precision"], row["end_date"], row["end_precision"]) for row in rows_of_all()}
    assert found == {
        "14 May 1948": ("1948-05-14", "day", "", "open"),
        "May 1948": ("1948-05", "month", "", "open"),
        "1948": ("1948", "year", "", "open"),
        "unknown": ("", "unknown", "", "open"),
    }


@pytest.mark.parametrize(
    ("starts", "first_month", "year"),
    [
        ("2024-09-30", 10, "2024"),
        ("2024-10-01", 10, "2025"),
        ("2024-10", 10, "2025"),
        ("2024", 10, ""),
        ("2024", 1, "2024"),
        ("2024-12", 1, "2024"),
    ],
)
def test_a_fiscal_year_is_named_for_the_year_in_which_it_ends(db, settings, starts, first_month, year):
    settings.FISCAL_YEAR_FIRST_MONTH = first_month
    make.engagement(starts=starts)
    assert [row["fiscal_year"] for row in rows_of_all()] == [year]


def test_what_is_not_known_is_blank_and_none_is_0(db):
    for title, people in [("none known", [None, None]), ("known to be none", [0, None]), ("some", [0, 40])]:
        engagement = make.engagement(title=title)
        for number in people:
            make.participation(engagement, personnel=number)
    found = {row["title"]: (row["personnel_total"], row["participant_count"], row["outcome_count"]) for row in rows_of_all()}
    assert found == {"none known": ("", "2", "0"), "known to be none": ("0", "2", "0"), "some": ("40", "2", "0")}


def test_a_party_in_two_roles_is_one_participant(db):
    engagement = make.engagement()
    france = make.country("XFR", "Franconia")
    for role in ["lead", "host", "observer"]:
        make.participation(engagement, country=france, role=role, personnel=10)
    make.participation(engagement, role="participant", status="declined", personnel=99)
    row = rows_of_all()[0]
    assert (row["participants"], row["lead"], row["participant_iso3"]) == ("Franconia", "Franconia", "XFR")
    assert (row["participant_count"], row["personnel_total"]) == ("1", "30")


def test_many_children_of_several_sorts_do_not_multiply_each_other(db):
    engagement = make.engagement(strategies=[make.strategy(), make.strategy()], themes=[make.theme(), make.theme(), make.theme()])
    for _ in range(4):
        make.participation(engagement, personnel=1)
        make.outcome(engagement)
    row = rows_of_all()[0]
    assert (row["participant_count"], row["personnel_total"], row["outcome_count"]) == ("4", "4", "4")
    assert (len(lists.split(row["strategies"])), len(lists.split(row["themes"]))) == (2, 3)


def test_what_the_reader_may_not_see_is_not_named_beside_what_they_may(db):
    hidden = make.engagement(handling="restricted")
    shown = make.engagement(parent=hidden)
    shown.predecessors.add(hidden)
    make.outcome(shown, linked_engagement=hidden)
    visible = Engagement.objects.visible_to(make.user())
    assert hidden.reference not in str([read(layout, visible, visible=visible) for layout in LAYOUTS])
    everything = Engagement.objects.all()
    assert [row["parent_id"] for row in read("engagements", visible, visible=everything)] == [hidden.reference]
    assert [row["led_to_id"] for row in read("outcomes", visible, visible=everything)] == [hidden.reference]


def test_no_rows_are_a_header_alone(db):
    for name, layout in LAYOUTS.items():
        header = (",".join(layout.header) + "\r\n").encode()
        assert b"".join(csv_chunks(layout, Engagement.objects.none())) == header, name
        assert b"".join(csv_chunks(layout, Engagement.objects.all())) == header, name


def rows_of_all():
    return read("engagements", Engagement.objects.all())


# Random records ----------------------------------------------------------------------------------


def a_register(dice: random.Random) -> list[User]:
    """A handful of engagements with all sorts of children; three people who see different ones of them."""
    teams = [make.team(), make.team()]
    readers = [make.user(), make.user("analyst", clearance="official"), make.user("manager", clearance="restricted", teams=teams[:1])]
    countries = [make.country(m49="004" if n else "", name=f"{dice.choice(WORDS)} {n}") for n in range(4)]
    bodies = [make.organization(name=f"{dice.choice(WORDS)} body"), make.organization(kind="armed_force", country=countries[0])]
    words = {"strategies": make.strategy, "themes": make.theme, "domains": make.domain, "objectives": make.objective}
    entries = {name: [build(name=f"{dice.choice(WORDS)} {n}", sort=dice.randint(0, 1)) for n in range(3)] for name, build in words.items()}
    entries["legal_bases"] = [make.legal_basis()]
    framework, categories = make.framework(name="a; b"), [make.challenge_category(), make.challenge_category()]
    made: list[Engagement] = []
    for _ in range(dice.randint(1, 6)):
        kind = dice.choice(list(choices.Kind))
        engagement = make.engagement(
            kind=kind, title=dice.choice(WORDS), place=dice.choice(["", *WORDS]), summary=dice.choice(["", *WORDS]), **when(dice),
            handling=dice.choice(list(choices.Handling)), review_state=dice.choice(["verified", "verified", "draft"]),
            team=dice.choice(teams), owner=dice.choice([None, *readers]), country=dice.choice([None, *countries]),
            framework=dice.choice([None, framework]), iteration=dice.choice(["", "12", "=2"]), parent=dice.choice([None, *made]),
            is_virtual=dice.choice([True, False]), review_on=dice.choice([None, dt.date(2030, 1, 31)]),
            **dice.choice([{}, {"latitude": "-5.25", "longitude": "0"}]),
        )  # fmt: skip
        made.append(engagement)
        for name, items in entries.items():
            getattr(engagement, name).set(dice.sample(items, dice.randint(0, len(items))))
        engagement.also_held_in.set(dice.sample(countries, dice.randint(0, 2)))
        engagement.released_to.set(dice.sample(teams, dice.randint(0, 2)))
        engagement.predecessors.set(dice.sample(made[:-1], min(len(made) - 1, dice.randint(0, 2))))
        with_children(dice, engagement, [*countries, *bodies], categories, made)
    return readers


def when(dice):
    starts = dice.choice(["", "2019-05-14", "2019-11", "2020", "1948-05"])
    return {"starts": PartialDate.parse(starts), "ends": PartialDate.parse(dice.choice(["", "open", "2021-02", "2022"]))}


def number(dice):
    return dice.choice([None, 0, 5, 120])


def with_children(dice, engagement, parties, categories, made):
    taken = set()
    for _ in range(dice.randint(0, 6)):
        party, role = dice.choice(parties), dice.choice(["lead", "participant", "observer", "recipient", "trainer", "recipient", "co_lead"])
        if (party, role) in taken:
            continue
        taken.add((party, role))
        participation = make.participation(
            engagement, role=role, personnel=number(dice), personnel_planned=number(dice), unit=dice.choice(["", *WORDS]),
            status=dice.choice(list(choices.ParticipationStatus)), cost_share=dice.choice([None, "0", "12.5"]), note=dice.choice(WORDS),
            delegation_level=dice.choice(["", "minister"]), as_of=dice.choice(["", "2020-03"]),
            **{"country": party} if isinstance(party, Country) else {"organization": party},
        )  # fmt: skip
        if dice.random() < 0.4:
            as_of = dice.choice(["", "2020", "2020-03-31"])
            make.strength_report(participation, as_of=as_of, total=dice.choice([0, 7]), female=dice.choice([None, 0]))
    for _ in range(dice.randint(0, 3)):
        outcome = make.outcome(
            engagement, statement=dice.choice(WORDS), baseline=dice.choice([None, "0", "-5.5", "1000000.25"]), unit=dice.choice(["", "%"]),
            linked_engagement=dice.choice([None, *made]),
        )  # fmt: skip
        for _ in range(dice.randint(0, 3)):
            an_assessment(dice, engagement, outcome=outcome)
    for _ in range(dice.randint(0, 2)):
        an_assessment(dice, engagement)
        make.challenge(engagement, category=dice.choice(categories))
        url, currency = dice.choice(["", "https://example.org/?a=1;b=2"]), dice.choice(["EUR", "USD"])
        make.source(engagement, title=dice.choice(WORDS), publisher=dice.choice(["", *WORDS]), url=url)
        make.funding_line(engagement, planned=dice.choice([None, "0", "10.50"]), actual=dice.choice([None, "7"]), currency=currency)


def an_assessment(dice, engagement, **fields):
    fields |= {"rating": dice.choice(list(choices.Rating)), "assessed": dice.choice(["", "2020", "2021-05"])}
    make.assessment(engagement, rationale=dice.choice(WORDS), next_review_on=dt.date(2030, 1, 1), **fields)
