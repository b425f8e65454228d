"""What the records lack, how complete they are, and how long after the start they were entered."""

import datetime as dt

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import FrozenBitMap

from accounts.models import Team, User
from engagements.choices import MISSING
from engagements.domain.completeness import ENOUGH, completeness_of, score, with_missing
from engagements.facts import Facts
from engagements.sets import NOTHING, union
from reports import groups
from reports.asked import Asked
from reports.questions.upkeep import TOPIC
from reports.questions.wording import DISTINCT, remarks
from reports.report import Report
from reports.tables import Answer, Column, Conditions, Figure, Group, Heading, Row, Table, Text, crosstab

NOT_ALL_HAVE = {"series", "coordinates", "owner"}
LISTED = 50


class Quality(Report):
    name, number, topic = "quality", "R20", TOPIC
    title = gettext_lazy("What the records lack")
    question = gettext_lazy("Whose records lack what, how complete are they, and how long after the start were they entered?")
    held_only = False

    def parameters(self):
        choices = [("owner", gettext_lazy("Owners")), ("team", gettext_lazy("Teams"))]
        return {"by": forms.ChoiceField(label=gettext_lazy("By"), choices=choices, initial="owner")}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        by_owner = asked.chosen["by"] == "owner"
        rows = _of_owners(asked) if by_owner else _of_teams(asked)
        heading = Heading("owner", _("Owner")) if by_owner else Heading("team", _("Team"))
        lacking = facts.missing()
        columns = [
            Group(str(label), code, (("missing", code),), lacking.get(code, NOTHING)) for code, label in MISSING if code not in NOT_ALL_HAVE
        ]
        lacks = crosstab("quality", _("Distinct engagements by what is missing"), heading, rows, columns, facts.all, labels=groups.labels())
        entered = len(facts.days_late().of(facts.all))
        return Answer(
            str(DISTINCT),
            [lacks, _complete(heading, rows, facts), _thinnest(asked)],
            remarks(
                _("A record can lack several things: it then stands in several columns. “All” counts every record."),
                _("Completeness is the share of what belongs in a record of its kind and status; below %(enough)s %% it is thin.")
                % {"enough": ENOUGH},
                _("Late is the entry of a record by a person after the day on which it began: this is known of %(n)s of %(of)s.")
                % {"n": f"{entered:,}", "of": f"{len(facts.all):,}"},
            ),
        )


def _of_owners(asked: Asked) -> list[Group]:
    ids = asked.facts.column("owner")
    people = User.objects.filter(pk__in=[pk for pk in ids if pk]).order_by("name", "username")
    found = [Group(str(person), person.username, (("owner", person.username),), ids[person.pk]) for person in people]
    found.sort(key=lambda group: (-len(group.ids), group.label))
    if None in ids:
        found.append(Group(_("without an owner"), "none", (("missing", "owner"),), ids[None]))
    return found


def _of_teams(asked: Asked) -> list[Group]:
    ids = asked.facts.column("team")
    teams = Team.objects.filter(pk__in=ids)
    return [Group(team.name, team.code, (("team", team.code),), ids[team.pk]) for team in teams]


def lag_of(entered: dt.date, person: int | None, start: dt.date | None, precision: str) -> int | None:
    """Days from the first day to the entry by a person; None where ``countable.days_late`` knows none."""
    if person is None or start is None or precision != "day" or entered < start:
        return None
    return (entered - start).days


def _complete(heading: Heading, rows: list[Group], facts: Facts) -> Table:
    scores, late = facts.completeness(), facts.days_late()
    thin = union(ids for score, ids in scores.items() if score < ENOUGH)

    def line(code: str, label: str, ids: FrozenBitMap, conditions: Conditions) -> Row:
        total = sum(score * ids.intersection_cardinality(those) for score, those in scores.items())
        median = late.median(ids)
        return Row(
            [
                Text(code),
                Text(label),
                Figure(len(ids), conditions),
                Figure(round(total / len(ids), 1) if ids else None, suffix=" %" if ids else ""),
                Figure(ids.intersection_cardinality(thin), (*conditions, (("completeness", "thin"),))),
                Figure(len(late.of(ids))),
                Figure(None if median is None else round(median)),
                Figure(late.most(ids)),
            ]
        )

    return Table(
        "completeness",
        _("How complete, and how late"),
        [
            Column(f"{heading.name}_code", _("Code"), is_figure=False, is_code=True),
            Column(heading.name, heading.label, is_figure=False, is_heading=True),
            Column("records", _("Records")),
            Column("completeness_percent", _("Completeness, mean")),
            Column("thin", _("Thin")),
            Column("entered_late", _("Entered after the start")),
            Column("lag_days_median", _("Days late, median")),
            Column("lag_days_most", _("Days late, most")),
        ],
        [line(row.code, row.label, row.ids, (row.clause,)) for row in rows],
        line("TOTAL", _("Distinct total"), facts.all, ()),
    )


def _least_complete(facts: Facts, most: int) -> FrozenBitMap:
    """Few records among which the first ``most`` are, the least complete first, and of the same score those that began last."""
    found = NOTHING
    for percent, ids in sorted(facts.completeness().items()):
        if percent == 100 or len(found) >= most:
            break
        for _year, begun in sorted(facts.years("calendar").items(), key=lambda one: -(one[0] or 0)):
            if len(found) >= most:
                break
            found |= ids & begun
    return found


def _thinnest(asked: Asked) -> Table:
    """The records that lack most, with what they lack."""
    rows = with_missing(asked.rows.filter(pk__in=list(_least_complete(asked.facts, LISTED))).annotate(percent=score()))
    rows = rows.filter(percent__lt=100).select_related("owner", "team")
    lines = []
    for row in rows.order_by("percent", F("starts_on").desc(nulls_last=True), "reference")[:LISTED]:
        found = completeness_of(row)
        lag = lag_of(row.created_at.date(), row.created_by_id, row.starts_on, row.starts_precision)
        lines.append(
            Row(
                [
                    Text(row.reference),
                    Text(row.title, row.get_absolute_url(), row.period),
                    Text(str(row.owner or row.team)),
                    Figure(found.score, suffix=" %"),
                    Figure(lag),
                    Text(" ".join(str(check.sentence) for check in found.missing)),
                ]
            )
        )
    return Table(
        "thinnest",
        _("The %(n)s records that lack most") % {"n": len(lines)},
        [
            Column("reference", _("Reference"), is_figure=False, is_code=True),
            Column("title", _("Title"), is_figure=False, is_heading=True),
            Column("owner", _("Owner, or team"), is_figure=False),
            Column("completeness_percent", _("Completeness")),
            Column("lag_days", _("Days late")),
            Column("missing", _("What is missing"), is_figure=False),
        ],
        lines,
        empty=_("Every record of this filter is complete."),
    )


REPORTS: list[Report] = [Quality()]
