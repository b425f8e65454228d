"""The columns as the tables of docs/exports.md; a test keeps the two equal."""

from django.utils.translation import override

from engagements.export.layouts import LAYOUTS

START, END = "<!-- columns: written by engagements/export/dictionary.py -->", "<!-- end of columns -->"


def markdown() -> str:
    with override("en"):
        return "\n".join([START, *(line for layout in LAYOUTS.values() for line in _table(layout)), END])


def _table(layout):
    yield f"\n### {layout.name}\n\n{layout.row} {layout.note}\n"
    yield "| column | type | what it says |\n|---|---|---|"
    for column in layout.columns:
        words = f" ({', '.join(column.closed.values)})" if column.closed else ""
        cells = [f"`{column.name}`", column.type.value, f"{column.description}{words}"]
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
