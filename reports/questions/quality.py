"""What the records lack, how complete they are, and how long after the start they were entered."""

import datetime as dt
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from engagements.choices import MISSING
from engagements.domain.completeness import ENOUGH, completeness_of, score, with_missing
from engagements.sets import NOTHING
from reports import groups
from reports.asked import Asked
from reports.questions.upkeep import TOPIC
from reports.questions.wording import DISTINCT, remarks
from reports.report import Report
from reports.tables import Answer, Column, Conditions, Figure, Group, Heading, Row, Table, Text, crosstab

NOT_ALL_HAVE = {"series", "coordinates", "owner"}
LISTED = 50


@dataclass(frozen=True)
class Upkeep:
    """``percent`` of what belongs in the record; ``lag`` in days from its first day to its entry, None where there is none.

    There is none of a record that came with the program, that was entered before it began, or of which the day is not known.
    """

    percent: int
    lag: int | None


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
        upkeep = _upkeep(asked)
        entered = sum(one.lag is not None for one in upkeep.values())
        return Answer(
            str(DISTINCT),
            [lacks, _complete(heading, rows, upkeep), _thinnest(asked)],
            remarks(
                _("A record can lack several things: it then stands in several columns. “All” counts every record."),
                _("Completeness is the share of what belongs in a record of its kind and status; below %(enough)s %% it is thin.")
                % {"enough": ENOUGH},
                _("Late is the entry of a record by a person after the day on which it began: this is known of %(n)s of %(of)s.")
                % {"n": f"{entered:,}", "of": f"{len(upkeep):,}"},
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


def _upkeep(asked: Asked) -> dict[int, Upkeep]:
    columns = ("pk", "percent", "created_at", "created_by", "starts_on", "starts_precision")
    return {
        pk: Upkeep(percent, lag_of(at.date(), person, start, precision))
        for pk, percent, at, person, start, precision in asked.rows.annotate(percent=score()).values_list(*columns)
    }


def lag_of(entered: dt.date, person: int | None, start: dt.date | None, precision: str) -> int | None:
    if person is None or start is None or precision != "day" or entered < start:
        return None
    return (entered - start).days


def _complete(heading: Heading, rows: list[Group], upkeep: dict[int, Upkeep]) -> Table:
    def line(code: str, label: str, ids: Iterable[int], conditions: Conditions) -> Row:
        found = [upkeep[pk] for pk in ids]
        lags = [one.lag for one in found if one.lag is not None]
        return Row(
            [
                Text(code),
                Text(label),
                Figure(len(found), conditions),
                Figure(round(statistics.fmean(one.percent for one in found), 1) if found else None, suffix=" %" if found else ""),
                Figure(sum(one.percent < ENOUGH for one in found), (*conditions, (("completeness", "thin"),))),
                Figure(len(lags)),
                Figure(round(statistics.median(lags)) if lags else None),
                Figure(max(lags, default=None)),
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
        line("TOTAL", _("Distinct total"), upkeep, ()),
    )


def _thinnest(asked: Asked) -> Table:
    """The records that lack most, with what they lack."""
    rows = with_missing(asked.rows.annotate(percent=score())).filter(percent__lt=100).select_related("owner", "team")
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
