"""How a report's figures lead to their lists."""

from django import template

register = template.Library()


@register.simple_tag
def list_of(asked, conditions) -> str:
    """The address of the list behind a figure."""
    return asked.list_address(conditions)


@register.filter
def cells(table, row):
    """(column, cell) of a row, without the columns that are for files only."""
    return [pair for pair in zip(table.columns, row.cells, strict=True) if not pair[0].is_code]


@register.filter
def percent(cell) -> str:
    """The length of a bar."""
    return f"{100 * cell.share:.1f}%"


@register.filter
def told(chart) -> dict:
    """What the script that draws it needs."""
    return {"spec": chart.spec, "rows": list(chart.rows)}
