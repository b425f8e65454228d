"""What was done: by country, region, strategy, objective and year."""

from collections.abc import Iterable
from dataclasses import replace

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports import charts, groups
from reports.asked import Asked
from reports.places import Place, shown
from reports.questions.wording import CALLED_OFF, DISTINCT, overlap, remarks
from reports.report import Report
from reports.tables import MOST_ROWS, Answer, Chart, Group, Heading, Rows, Table, crosstab, with_share

TOPIC = gettext_lazy("Activity")
SHARE = gettext_lazy("The share of multilateral engagements is of those of which the scope is known.")


def _with_share(by_scope: Table) -> Table:
    return with_share(by_scope, "multilateral", ["bilateral", "multilateral"], "multilateral_percent", _("Multilateral"))


class ByCountry(Report):
    name, number, topic = "countries", "R1", TOPIC
    of_its_records_alone = True
    title = gettext_lazy("Engagements by country and year")
    question = gettext_lazy("With whom did we do how much, and when?")

    def parameters(self):
        return {"years": groups.years_field()}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        rows = groups.by_country(facts)
        nobody = facts.all - groups.covered(rows)
        table = crosstab(
            "countries",
            _("Distinct engagements by country and year of their start"),
            Heading("country", _("Country")),
            rows,
            groups.by_year(facts, asked.chosen["years"]),
            facts.all,
            labels=groups.labels(),
            empty=_("No country takes part in what this filter finds."),
        )
        return Answer(
            str(DISTINCT),
            [table],
            charts=[charts.bars("countries", _("The %(n)s countries in most engagements") % {"n": min(len(rows), charts.MOST_BARS)}, rows)],
            remarks=remarks(
                _("A country counts where it took part itself or by a ministry or force of its own; who declined does not."),
                overlap(_("The countries"), rows),
                _("%(n)s have no country among their participants; they are in the total.") % {"n": f"{len(nobody):,}"} if nobody else "",
                CALLED_OFF,
            ),
        )


class ByRegion(Report):
    name, number, topic = "regions", "R2", TOPIC
    of_its_records_alone = True
    title = gettext_lazy("Engagements by region and kind")
    question = gettext_lazy("Where do we do what?")

    def parameters(self):
        return {"scheme": groups.scheme_field()}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        mode = asked.filterset.form.cleaned_data.get("region_mode") or "either"
        rows = groups.by_region(facts, asked.options, asked.chosen["scheme"], mode)
        table = crosstab(
            "regions",
            _("Distinct engagements by region and kind"),
            Heading("region", _("Region")),
            rows,
            groups.by_kind(facts),
            facts.all,
            labels=groups.labels(),
        )
        nowhere = len(facts.all - groups.covered(rows))
        return Answer(
            str(DISTINCT),
            [table],
            charts=[charts.multiples("regions", _("The regions, kind by kind"), rows, groups.by_kind(facts))],
            remarks=remarks(
                _("A region counts a record that was %(mode)s it; a country belongs to the regions of which it was part on that day.")
                % {
                    "mode": {"held": _("held in"), "involving": _("involving a country of")}.get(
                        mode, _("held in or involving a country of")
                    )
                },
                overlap(_("The regions of the first rank"), rows),
                _("%(n)s belong to no region of this scheme; they are in the total.") % {"n": f"{nowhere:,}"} if nowhere else "",
                CALLED_OFF,
            ),
        )


class ByStrategy(Report):
    name, number, topic = "strategies", "R3", TOPIC
    of_its_records_alone = True
    title = gettext_lazy("Engagements by strategy")
    question = gettext_lazy("Under which strategy do we work, with one partner or with many, and since when?")

    def parameters(self):
        return {"years": groups.years_field()}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        rows = groups.by_entry(facts, asked.options, "strategy", "strategies")
        heading = Heading("strategy", _("Strategy"))
        empty = _("What this filter finds is filed under no strategy.")
        by_scope = crosstab(
            "strategies", _("Distinct engagements by strategy and scope"), heading, rows, groups.by_scope(facts), facts.all,
            labels=groups.labels(), empty=empty,
        )  # fmt: skip
        by_scope = _with_share(by_scope)
        years = groups.by_year(facts, asked.chosen["years"])
        by_year = crosstab(
            "strategies_years", _("Distinct engagements by strategy and year of their start"), heading, rows, years, facts.all,
            labels=groups.labels(), empty=empty,
        )  # fmt: skip
        return Answer(
            str(DISTINCT),
            [by_scope, by_year],
            charts=[charts.multiples("strategies", _("The main strategies, by scope"), rows, groups.by_scope(facts)[:2])],
            remarks=remarks(
                _("A strategy counts the engagements of its parts too."),
                SHARE,
                overlap(_("The main strategies"), rows),
                CALLED_OFF,
            ),
        )


class ByObjective(Report):
    name, number, topic = "objectives", "R4", TOPIC
    of_its_records_alone = True
    title = gettext_lazy("Engagements by objective")
    question = gettext_lazy("Which objective or line of effort does the work serve, and which work serves none?")

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        linked = groups.by_entry(facts, asked.options, "objective", "objectives")
        unlinked = Group(_("linked to no objective"), "unlinked", (("missing", "objective"),), facts.all - groups.covered(linked))
        table = crosstab(
            "objectives", _("Distinct engagements by objective and kind"), Heading("objective", _("Objective")), [*linked, unlinked],
            groups.by_kind(facts), facts.all, labels=groups.labels(),
        )  # fmt: skip
        return Answer(
            str(DISTINCT),
            [table],
            charts=[charts.bars("objectives", _("The main objectives, and what serves none"), [*linked, unlinked])],
            remarks=remarks(
                _("An objective counts the engagements of its parts too."),
                overlap(_("The main objectives and the unlinked"), [*linked, unlinked]),
                CALLED_OFF,
            ),
        )


class Trend(Report):
    name, number, topic = "trend", "R16", TOPIC
    of_its_records_alone = True
    title = gettext_lazy("Trend by year")
    question = gettext_lazy("Do we do more or less than before, with one partner or with many?")

    def parameters(self):
        return {"years": groups.years_field()}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        years = groups.by_year(facts, asked.chosen["years"], most=None)
        heading = Heading("year", _("Year of the start"))
        by_kind = crosstab(
            "trend", _("Distinct engagements by year and kind"), heading, years, groups.by_kind(facts), facts.all, labels=groups.labels(),
        )  # fmt: skip
        by_scope = crosstab(
            "trend_scope", _("Distinct engagements by year and scope"), heading, years, groups.by_scope(facts), facts.all,
            labels=groups.labels(),
        )  # fmt: skip
        by_scope = _with_share(by_scope)
        running = _("The year %(year)s is still running.") % {"year": asked.today.year}
        return Answer(
            str(DISTINCT),
            [by_kind, by_scope],
            charts=[
                charts.over_years("trend", _("Year by year, kind by kind"), years, groups.by_kind(facts)),
                charts.over_years("trend_scope", _("With one partner, with many"), years, groups.by_scope(facts)[:2]),
            ],
            remarks=remarks(_("An engagement counts in the year in which it began."), SHARE, running, CALLED_OFF),
        )


class WorldMap(Report):
    name, number, topic = "map", "R17", TOPIC
    of_its_records_alone = True
    title = gettext_lazy("Map of engagements")
    question = gettext_lazy("Where in the world, and with whom, do we work?")

    def parameters(self):
        choices = [("partners", gettext_lazy("Countries that took part")), ("places", gettext_lazy("Countries it was held in"))]
        return {"shade": forms.ChoiceField(label=gettext_lazy("Shaded"), choices=choices, initial="partners")}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        of_partners = asked.chosen["shade"] == "partners"
        rows = groups.by_country(facts) if of_partners else groups.by_place(facts)
        table = crosstab(
            "map",
            _("Distinct engagements by country and kind"),
            Heading("country", _("Country")),
            rows,
            groups.by_kind(facts),
            facts.all,
            labels=groups.labels(),
            empty=_("No country is on record for what this filter finds."),
        )
        former = groups.former_states()
        gone = [row for row in rows if row.code in former]
        picture = charts.world("map", str(self.title), rows, lambda row: asked.list_address((row.clause,)))
        places, spots, said = self._places(asked)
        return Answer(
            str(DISTINCT),
            [table, places],
            charts=[picture, spots],
            remarks=remarks(
                _("A country counts where it took part.") if of_partners else _("A country counts where the engagement was held in it."),
                _("In the table only, as they are no more: %(states)s.")
                % {"states": ", ".join(f"{row.label} {len(row.ids)}" for row in gone)}
                if gone
                else "",
                said,
                CALLED_OFF,
                _("Borders are those of Natural Earth, as they are in fact and not by right."),
            ),
        )

    def _places(self, asked: Asked) -> tuple[Table, Chart, str]:
        """The places with coordinates as table and as points, and how many engagements have none."""
        facts = asked.facts
        places, on_page = shown(facts, MOST_ROWS)
        nowhere = facts.all - places.ids

        def listed(found: Iterable[Place]) -> Table:
            rows = [place.group for place in found]
            if nowhere:
                rows.append(Group(_("without coordinates"), "none", (("missing", "coordinates"),), nowhere))
            return crosstab(
                "places", _("Distinct engagements by place and kind"), Heading("place", _("Place")), rows, groups.by_kind(facts),
                facts.all, labels=groups.labels(), empty=_("No place with coordinates is on record for what this filter finds."),
            )  # fmt: skip

        table = listed(on_page.first)
        if on_page.count > len(on_page.first):
            rows = Rows(table.rows[:MOST_ROWS], on_page.count + bool(nowhere), lambda: listed(places).rows)
            table = replace(table, rows=rows)
        spots = on_page.points
        drawn = charts.points("places", _("Places as points"), spots, lambda spot: asked.list_address((spot.clause,)))
        said = _("%(n)s of %(of)s have no coordinates and are not among the points.") % {
            "n": f"{len(nowhere):,}",
            "of": f"{len(facts.all):,}",
        }
        is_closer = len(spots) < on_page.count
        if is_closer:
            close = _("The %(places)s places are drawn as %(points)s points: what lies close together is one.")
            said += " " + close % {"places": f"{on_page.count:,}", "points": f"{len(spots):,}"}
        return table, drawn, said if nowhere or is_closer else ""


REPORTS: list[Report] = [ByCountry(), ByRegion(), ByStrategy(), ByObjective(), Trend(), WorldMap()]
