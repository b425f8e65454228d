"""What the pages of reports show of tables and pictures."""

from django import template

from reports.drawn import Drawn

register = template.Library()


@register.simple_tag
def drawn(table, asked) -> Drawn:
    """Its rows as markup: ``body`` and ``foot``."""
    return Drawn(table, asked.list_address)


@register.filter
def told(chart) -> dict:
    """What the script that draws it needs."""
    return {"spec": chart.spec, "rows": list(chart.rows)}
