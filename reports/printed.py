"""A report, and the profile of a country, as documents to print: from the same answers and panels as their pages."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.profiles import Section
from catalog.registry import Panel
from printing.document import Block, Cell, Column, Document, Facts, Grid, Picture, Prose, figure
from reports.pictures import as_svg
from reports.tables import Answer, Chart, Figure, Row, Table

MOMENT, DAY = "j M Y, H:i", "j M Y"


def _foot(name: str, reader: Any) -> str:
    facts = {"name": name, "who": reader, "when": date_format(timezone.now(), MOMENT)}
    return _("%(name)s · as of %(when)s UTC · taken by %(who)s") % facts


# A report ----------------------------------------------------------------------------------------


def report_of(report: Any, asked: Any, answer: Answer, marking: str, reader: Any) -> Document:
    """All rows of all its tables: what the page leaves to the files is in it too."""
    chosen = [(str(asked.form[name].label), _chosen(asked.form.fields[name], value)) for name, value in asked.chosen.items()]
    filters = [(str(label), str(text)) for label, text, _href in asked.described()]
    document = Document(
        title=str(report.title),
        marking=marking,
        foot=_foot(str(report.title), reader),
        over=str(report.topic),
        lines=[str(report.question)],
    )
    if chosen or filters:
        document.blocks.append(Facts([*filters, *chosen]))
    said = " ".join(str(part) for part in [answer.claim, *answer.remarks, _("Only records the reader may see.")])
    document.blocks.append(Prose(said))
    document.blocks += [_picture(chart) for chart in answer.charts if chart.rows]
    document.blocks += [_grid(table) for table in answer.tables]
    return document


def _chosen(field: Any, value: Any) -> str:
    """A parameter in the words of its box."""
    return str(dict(getattr(field, "choices", [])).get(value, value if value is not None else _("none")))


def _picture(chart: Chart) -> Picture:
    return Picture(str(chart.title), as_svg(chart), str(chart.alt))


def _grid(table: Table) -> Grid:
    """Its columns as on the page: codes and bars are not shown. The column that names the rows comes first."""
    shown = [place for place, column in enumerate(table.columns) if not (column.is_code or column.is_bar)]
    shown.sort(key=lambda place: not table.columns[place].is_heading)
    columns = [Column(str(table.columns[place].label), table.columns[place].is_figure) for place in shown]

    def line(row: Row) -> list[Cell]:
        return [_cell(row, place, row.level if place == shown[0] else 0) for place in shown]

    return Grid(
        str(table.caption), columns, [line(row) for row in table.rows], line(table.total) if table.total else None,
        empty=str(table.empty or _("Nothing matches this filter.")),
    )  # fmt: skip


def _cell(row: Row, place: int, level: int) -> Cell:
    cell = row.cells[place]
    if isinstance(cell, Figure):
        return Cell(figure(cell.value, cell.suffix), level=level)
    return Cell(str(cell.shown or cell.text), str(cell.small), level)


# A country ---------------------------------------------------------------------------------------


def profile_of(page: dict[str, Any], marking: str, reader: Any) -> Document:
    """``page`` is the context of the profile's page (catalog/views/entries.py)."""
    entry = page["entry"]
    document = Document(
        title=str(entry.name), marking=marking, foot=_foot(str(entry.name), reader), over=f"{capfirst(page['list'].one)} · {entry.code}"
    )
    facts = [(str(label), str(_("not recorded") if value in {"", None} else value)) for label, value in page["facts"]]
    if page["spellings"]:
        facts.append((_("Other spellings"), ", ".join(alias.text for alias in page["spellings"])))
    document.blocks.append(Facts(facts))
    if entry.definition:
        document.blocks.append(Prose(entry.definition, _("Definition")))
    for panel in page["panels"]:
        document.blocks += PRINTED[panel.anchor](panel)
    for section in page["sections"]:
        document.blocks += _section(section)
    return document


def _section(section: Section) -> list[Block]:
    columns = [Column(capfirst(str(heading))) for heading in section.headings]
    found = []
    for title, rows in ((section.title, section.rows), (_("%(title)s, earlier") % {"title": section.title}, section.earlier)):
        if rows:
            found.append(Grid(f"{title} {len(rows)}", columns, [[Cell(str(cell or "")) for cell in row] for row in rows]))
    return found


def _contact(panel: Panel) -> list[Block]:
    contact = panel.context["contact"]
    last = f"{contact.last}, {contact.last.period}" if contact.last else _("never on record")
    coming = f"{contact.next}, {contact.next.period}" if contact.next else _("Nothing is planned.")
    gap = _("not known")
    if panel.context["gone"]:
        gap = _("not counted: the state existed until %(until)s") % {"until": panel.context["gone"]}
    elif contact.last:
        n = contact.days_ago
        gap = ngettext("%(n)s day since then", "%(n)s days since then", n) % {"n": figure(n)} if n else _("none: it goes on today")
    return [Facts([(_("Last"), last), (_("Gap"), gap), (_("Next"), coming)])]


def _engagements(panel: Panel) -> list[Block]:
    context = panel.context
    counts = [(str(kind.label), figure(n)) for kind, n, _address in context["by_kind"]]
    columns = [Column(_("Title")), Column(_("Kind")), Column(_("Dates")), Column(_("Held in")), Column(_("Status"))]
    rows = [
        [
            Cell(row.title), Cell(row.get_kind_display()), Cell(str(row.period)),
            Cell(str(row.country) if row.country else _("not recorded")), Cell(row.get_status_display()),
        ]
        for row in context["latest"]
    ]  # fmt: skip
    note = _("The latest %(shown)s of %(all)s, newest start first.") % {"shown": len(rows), "all": figure(context["total"])}
    empty = _("No engagement that you may see is recorded with it.")
    return [Grid(f"{panel.title} {figure(context['total'])}", columns, rows, note=note, empty=empty), Facts(counts)]


def _partners(panel: Panel) -> list[Block]:
    heading = _("Engagements together") if panel.context["is_country"] else _("Engagements")
    rows = [[Cell(str(country), country.code), Cell(figure(n))] for country, n, _address in panel.context["partners"]]
    note = _("Each engagement is counted once for a country, whatever its roles; a ministry or force counts as its country.")
    return [Grid(panel.title, [Column(_("Country")), Column(heading, True)], rows, note=note)]


def _trend(panel: Panel) -> list[Block]:
    chart = panel.context["chart"]
    return [_picture(chart)] if chart.rows else []


def _agreements(panel: Panel) -> list[Block]:
    columns = [Column(_("Title")), Column(_("Type")), Column(_("Dates")), Column(_("Status"))]
    rows = [[Cell(row.title), Cell(str(row.type)), Cell(str(row.period)), Cell(row.get_status_display())] for row in panel.context["rows"]]
    return [Grid(f"{panel.title} {panel.count}", columns, rows)]


def _follow_ups(panel: Panel) -> list[Block]:
    columns = [Column(_("Next step")), Column(_("Owner")), Column(_("Due")), Column(_("Engagement"))]
    rows = [
        [
            Cell(row.text),
            Cell(row.owner),
            Cell(date_format(row.due_on, DAY) if row.due_on else _("not recorded")),
            Cell(str(row.engagement)),
        ]
        for row in panel.context["rows"]
    ]
    return [Grid(f"{panel.title} {panel.count}", columns, rows)]


# The panels of a country's page by their anchor; a new one fails its test until it is here.
PRINTED: dict[str, Callable[[Panel], list[Block]]] = {
    "contact": _contact,
    "engagements": _engagements,
    "partners": _partners,
    "trend": _trend,
    "agreements": _agreements,
    "follow-ups": _follow_ups,
}
