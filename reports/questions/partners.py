"""Who works with whom, and how a framework went on over time."""

from itertools import combinations

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagements.choices import Kind
from reports import charts, groups
from reports.asked import Asked
from reports.questions.contact import TOPIC
from reports.questions.exercises import TOPIC as SERIES
from reports.questions.exercises import SeriesField, of_series
from reports.questions.wording import CALLED_OFF, DISTINCT, remarks
from reports.report import Report
from reports.tables import Answer, Column, Figure, Group, Row, Table, Text

SHOWN = ["12", "24", "48"]  # countries in the picture


class Network(Report):
    name, number, topic = "partners", "", TOPIC
    title = gettext_lazy("Who works with whom")
    question = gettext_lazy("Which countries meet in the same engagements, and how often?")
    of_its_records_alone = True

    def parameters(self):
        choices = [(n, n) for n in SHOWN]
        return {"shown": forms.ChoiceField(label=gettext_lazy("Countries in the picture"), choices=choices, initial="24")}

    def answer(self, asked: Asked) -> Answer:
        countries = groups.by_country(asked.facts)
        together = {
            (one, other): n
            for one, other in combinations(range(len(countries)), 2)
            if (n := countries[one].ids.intersection_cardinality(countries[other].ids))
        }
        pairs = sorted(together.items(), key=lambda item: (-item[1], item[0]))
        lines = [
            Row(
                [
                    Text(countries[one].code),
                    Text(countries[one].label, countries[one].href),
                    Text(countries[other].code),
                    Text(countries[other].label, countries[other].href),
                    Figure(n, (countries[one].clause, countries[other].clause)),
                ]
            )
            for (one, other), n in pairs
        ]
        table = Table(
            "partners",
            _("Pairs of countries, those that met most often first"),
            [
                Column("country_code", _("Code"), is_figure=False, is_code=True),
                Column("country", _("Country"), is_figure=False, is_heading=True),
                Column("partner_code", _("Code"), is_figure=False, is_code=True),
                Column("partner", _("With"), is_figure=False),
                Column("engagements", _("Engagements")),
            ],
            lines,
            empty=_("No two countries took part in the same engagement."),
        )
        first: list[Group] = countries[: int(asked.chosen["shown"])]
        picture = charts.network(
            "partners",
            _("The %(n)s countries in most engagements, each with each") % {"n": len(first)},
            first,
            {pair: n for pair, n in together.items() if max(pair) < len(first)},
            lambda one, other: asked.list_address((one.clause, other.clause)),
            note=" ".join(_shade(first, countries, pairs)),
        )
        return Answer(
            str(DISTINCT),
            [table],
            charts=[picture],
            remarks=remarks(
                _("Two countries meet where both took part in one engagement, themselves or by a ministry or force of theirs."),
                CALLED_OFF,
            ),
        )


def _shade(first: list[Group], countries: list[Group], pairs: list[tuple[tuple[int, int], int]]) -> list[str]:
    """What a square says, and what only the table has."""
    said = [_("The darker a square, the more engagements; each opens its list.")]
    left_out = sum(1 for pair, _n in pairs if max(pair) >= len(first))
    if left_out:
        more = ngettext(
            "The table has %(pairs)s more pair: filter by a country to see its partners alone.",
            "The table has %(pairs)s more pairs, of %(countries)s countries: filter by a country to see its partners alone.",
            left_out,
        )
        said.append(more % {"pairs": f"{left_out:,}", "countries": f"{len(countries):,}"})
    return said


class Timeline(Report):
    name, number, topic = "timeline", "", SERIES
    title = gettext_lazy("Timeline of a framework")
    question = gettext_lazy("What went on under a framework or in a series, when, and what overlapped?")

    def parameters(self):
        return {"series": SeriesField(required=True)}

    def answer(self, asked: Asked) -> Answer:
        rows = of_series(asked, asked.chosen["series"]).select_related("country")
        found = list(rows.order_by(F("starts_on").asc(nulls_last=True), "reference"))
        kinds = dict(Kind.choices)
        lines = [
            Row(
                [
                    Text(row.reference),
                    Text(row.title, row.get_absolute_url()),
                    Text(str(kinds[row.kind])),
                    Text(str(row.starts)),
                    Text(str(row.ends)),
                    Text(row.country.name if row.country else ""),
                ]
            )
            for row in found
        ]
        table = Table(
            "timeline",
            _("In the order in which they began"),
            [
                Column("reference", _("Reference"), is_figure=False, is_code=True),
                Column("title", _("Title"), is_figure=False, is_heading=True),
                Column("kind", _("Kind"), is_figure=False),
                Column("start", _("Start"), is_figure=False),
                Column("end", _("End"), is_figure=False),
                Column("held_in", _("Held in"), is_figure=False),
            ],
            lines,
            empty=_("Nothing under this framework matches this filter."),
        )
        dated = [row for row in found if row.starts_on]
        picture = charts.timeline("timeline", _("From first to last"), dated, asked.today)
        return Answer(
            _("Lists %(n)s engagements on record.") % {"n": len(found)},
            [table],
            charts=[picture],
            remarks=remarks(
                _("A pale bar says that only the month or the year is known. What goes on reaches to today."),
                _("%(n)s have no known start and are in the table only.") % {"n": len(found) - len(dated)}
                if len(found) > len(dated)
                else "",
                CALLED_OFF,
            ),
        )


REPORTS: list[Report] = [Network(), Timeline()]
