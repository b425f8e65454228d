"""What is planted for the rules of ``manage.py verify`` about parties, figures, texts and duplicates."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.db.models import Model

from catalog.models import Country, Domain, Membership, Organization
from engagements.models import Engagement
from tests import make
from tests.engagements.verification_cases import Planted, case, date, entry, without_rules

# Parties and places ------------------------------------------------------------------------------


def _state(**dates):
    return make.country(**dates)


@case
def country_lifetime() -> Planted:
    state, always = _state(starts="5 Mar 1960", ends="Jun 1990"), _state()
    for starts, ends in [("1959", "1961"), ("1960-03", "1990-06"), ("1960", "1960"), ("1990", "1990"), ("", ""), ("1950", "open")]:
        make.participation(entry(starts=starts, ends=ends), country=state)
    make.participation(entry(starts="1950", ends="1999"), country=state, starts="1960", ends="1990")
    make.participation(entry(starts="1950", ends="1950"), country=always)
    ministry = make.organization(kind="state_ministry", country=state)
    return [
        (make.participation(entry(starts="1959", ends="1959"), country=state).engagement, _life(state, "1959 is before 5 Mar 1960")),
        (make.participation(entry(starts="Jul 1990", ends="open"), country=state).engagement, _life(state, "Jul 1990 is after Jun 1990")),
        (
            make.participation(entry(starts="1950", ends="1999"), country=state, starts="1955", ends="1980").engagement,
            _life(state, "1955 is before 5 Mar 1960"),
        ),
        (
            make.participation(entry(starts="1950", ends="1999"), country=state, starts="1970", ends="1991").engagement,
            _life(state, "1991 is after Jun 1990"),
        ),
        (
            make.participation(entry(starts="1959", ends="1959"), organization=ministry).engagement,
            _life(state, "1959 is before 5 Mar 1960"),
        ),
    ]


def _life(state, reason: str) -> str:
    return f"{state.code} takes part outside its lifetime: {reason}."


@case
def place_lifetime() -> Planted:
    union, republic, territory = _state(starts="1950", ends="1991"), _state(starts="1992"), _state(starts="2002")
    union.successors.add(republic)
    entry(country=territory, starts="1999", ends="1999")
    entry(country=republic, starts="1991", ends="1993", also_held_in=[union])
    entry(country=union, starts="1960", ends="1960")
    return [
        (entry(country=union, starts="1992", ends="1992"), f"It is held in {union.code} outside its lifetime: 1992 is after 1991."),
        (entry(country=republic, starts="1985", ends="1985"), f"It is held in {republic.code} outside its lifetime: 1985 is before 1992."),
        (
            entry(country=territory, starts="2003", ends="2003", also_held_in=[union]),
            f"It is also held in {union.code} outside its lifetime: 2003 is after 1991.",
        ),
    ]


@case
def organization_lifetime() -> Planted:
    body = make.organization(starts="1949", ends="1991")
    make.participation(entry(starts="1949", ends="1949"), organization=body)
    entry(kind="peacekeeping", starts="1960", ends="1995", detail={"mandating_body": make.organization()})
    party = make.participation(entry(starts="1948", ends="1948"), organization=body)
    mission = entry(kind="peacekeeping", starts="1992", ends="1995", detail={"mandating_body": body})
    return [
        (party.engagement, f"{body} takes part outside its lifetime: 1948 is before 1949."),
        (mission, f"{body} mandates it outside its lifetime: 1992 is after 1991."),
    ]


@case
def not_yet_member() -> Planted:
    runs_it = make.organization()
    club = make.framework(kind="policy_framework", organization=runs_it)
    project, founder, later, guest = make.framework(parent=club), _state(), _state(), _state()
    for country, starts, body in [(founder, "2017", {"framework": club}), (later, "2023", {"framework": club})]:
        joined = Membership(country=country, **body)
        joined.starts = date(starts)
        joined.save()
    early = entry(framework=project, starts="2019", ends="2020", countries=[founder, later, guest])
    entry(framework=project, starts="2019", ends="2024", countries=[later])
    make.participation(entry(framework=project, starts="2019", ends="2020"), country=later, role="observer")
    elsewhere = _state()
    for body, starts, ends in [({"framework": club}, "2017", "2019"), ({"organization": runs_it}, "2019", "")]:
        joined = Membership(country=elsewhere, **body)
        joined.starts, joined.ends = date(starts), date(ends)
        joined.save()
    entry(framework=project, starts="2024", ends="2024", countries=[elsewhere])
    return [(early, f"{later.code} takes part in {project} when it was no member: 2019 is before 2023.")]


# Figures -----------------------------------------------------------------------------------------


@case
def scope_recount() -> Planted:
    without_rules("engagement_scope_counted")
    one, other, third = states = [_some_state(number) for number in (1, 2, 3)]
    for number in range(4):
        entry(countries=states[:number])
    make.participation(entry(countries=[one]), organization=_of_code(Organization, "many", partial(make.organization, kind="coalition")))
    force = _of_code(Organization, "force", partial(make.organization, kind="armed_force", country=one))
    make.participation(entry(countries=[one]), organization=force)
    make.participation(entry(countries=[one, other]), country=third, role="observer")
    make.participation(entry(countries=[one, other]), country=third, status="declined")
    two, none = entry(countries=[one, other]), entry()
    Engagement.objects.filter(pk=two.pk).update(scope="multilateral")
    Engagement.objects.filter(pk=none.pk).update(scope="bilateral")
    return [
        (two, "It says “Multilateral”, its participants make it “Bilateral”."),
        (none, "It says “Bilateral”, its participants make it “Incomplete”."),
    ]


@case
def sums() -> Planted:
    without_rules(
        "participation_women_within_personnel", "strengthreport_parts_within_total",
        "trainingprogram_completed_within_enrolled", "trainingprogram_women_within_enrolled",
    )  # fmt: skip
    make.strength_report(make.participation(entry(), personnel=3, women=3), total=3, female=1, male=2)
    entry(kind="training", detail={"enrolled": 3, "completed": 3, "women": 3})
    party = make.participation(entry(), personnel=3, women=4)
    report = make.strength_report(make.participation(entry()), total=3, female=1, male=1, as_of="2020-01")
    training = entry(kind="training", detail={"enrolled": 3, "completed": 4, "women": 1})
    return [
        (party.engagement, f"{party.party}: 4 women of 3 people."),
        (report.participation.engagement, f"{report.participation.party}, Jan 2020: 1 women and 1 men are not 3."),
        (training, "3 people enrolled, but 4 completed, 1 of them women."),
    ]


@case
def cost_shares() -> Planted:
    whole, more, state = entry(), entry(), _some_state(1)
    make.participation(whole, country=state, role="host", cost_share="60.00")
    make.participation(whole, country=state, role="lead", cost_share="60.00")
    make.participation(whole, country=_some_state(2), cost_share="40.00")
    make.participation(more, country=state, cost_share="60.00")
    make.participation(more, organization=make.organization(), cost_share="40.01")
    return [(more, "The cost shares add up to 100.01 percent.")]


@case
def coordinates() -> Planted:
    poland, fiji = (_of_code(Country, code, make.country) for code in ("POL", "FJI"))
    sea = _of_code(Domain, "maritime", make.domain)
    entry(country=poland, latitude="52.2300", longitude="21.0100")
    entry(country=poland, latitude="55.5000", longitude="18.0000")
    entry(country=fiji, latitude="-17.0000", longitude="-179.9000")
    entry(country=poland, latitude="-17.0000", longitude="178.0000", also_held_in=[fiji])
    entry(country=make.country(), latitude="0.0000", longitude="0.0000")
    entry(country=poland, latitude="58.5000", longitude="18.0000").domains.add(sea)
    turned_round = entry(country=poland, latitude="21.0100", longitude="52.2300")
    return [(turned_round, "21.0100, 52.2300 is 27.2 degrees outside POL.")]


# Texts -------------------------------------------------------------------------------------------


@case
def unreadable_text() -> Planted:
    make.participation(entry(place="Łódź", summary="First\nSecond\tthird"), note="Żółć")
    return [
        (entry(title="Bell \x07"), "engagement, title: letter 6 is U+0007, which can not be read."),
        (entry(summary="Cote\u0302"), "engagement, summary: its letters are not composed (NFC)."),
        (make.participation(entry(), note="a\nb").engagement, "participant, note: letter 2 is U+000A, which can not be read."),
        (
            make.strength_report(make.participation(entry(), unit="\ufffd")).participation.engagement,
            "participant, unit: letter 1 is U+FFFD, which can not be read.",
        ),
    ]


@case
def impossible_date() -> Planted:
    make.source(entry(starts="1900", ends="2200"), published="1815", accessed_on=dt.date(2020, 1, 1))
    return [
        (entry(starts="1899", ends="1901"), "engagement, start: 1899-01-01 can not be meant."),
        (entry(review_on=dt.date(2201, 1, 1)), "engagement, sustainability review: 2201-01-01 can not be meant."),
        (make.follow_up(entry(), due_on=dt.date(202, 1, 31)).engagement, "follow-up, due: 0202-01-31 can not be meant."),
        (make.funding_line(entry(), fiscal_year=202).engagement, "The fiscal year 202 can not be meant."),
    ]


@case
def empty_title() -> Planted:
    without_rules("engagement_title_given")
    seen, blank = entry(title="0"), entry()
    Engagement.objects.filter(pk=blank.pk).update(title="")
    assert seen.title
    return [(blank, "Its title can not be seen.")]


@case
def duplicates() -> Planted:
    one, other, third, force = _some_state(1), _some_state(2), _some_state(3), _of_code(Organization, "force", make.organization)
    mark = Engagement.objects.count()  # another number in the title is another engagement

    def talks(title: str, number: int, **fields) -> Engagement:
        dates = {"starts": "2012-03-05", "ends": "2012-03-09"}
        return entry(**dates | {"countries": [one, other], "title": f"{title} {mark}-{number}"} | fields)

    for number, (title, change) in enumerate(
        [
            ("Staff talks Berlin", {}),
            ("Warsaw staff talks", {"starts": "2013", "ends": "2013"}),
            ("Warsaw staff talks", {"kind": "exercise"}),
            ("Warsaw staff talks", {"countries": [one, third]}),
            ("Warsaw staff talks", {"starts": "2012-03-10", "ends": "open"}),
            ("Warsaw staff talks", {"parent": talks("Staff talks Warsaw", 5)}),
        ]
    ):
        if "parent" not in change:
            talks("Staff talks Warsaw", number)
        talks(title, number, **change)

    first = talks("Staff talks Warsaw", 6)
    twin = talks("Warsaw staf talks", 6, starts="2012-03")
    namesake = talks("STAFF TALKS WARSAW", 6, starts="2012-10", ends="2012-10", countries=[third])
    patrol, again = talks("Patrol north", 7, countries=[one]), talks("The patrol north", 7, countries=[one])
    for engagement in (patrol, again):
        make.participation(engagement, organization=force)
    return [
        (first, _twin_of(twin)),
        (namesake, f"It has the title and the year of {first.reference}."),
        (again, _twin_of(patrol)),
    ]


def _twin_of(other: Engagement) -> str:
    return f"It looks like {other.reference}, “{other.title}”: same days, two same parties, alike title."


def _some_state(number: int) -> Country:
    return _of_code(Country, f"MM{'ABC'[number - 1]}", make.country)


def _of_code(model: type[Model], code: str, build: Callable):
    """The entry of this code, made where there is none: a case may be planted twice."""
    return model.objects.filter(code=code).first() or build(code)
