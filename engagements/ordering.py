"""The sorts a reader may ask for; each is total, so that no two pages share a row."""

from django.db.models import F

from engagements.domain.completeness import with_completeness

COLUMNS = {
    "start": "starts_on",
    "end": "ends_on",
    "title": "title",
    "kind": "kind",
    "type": "type__name",
    "status": "status",
    "scope": "scope",
    "place": "country__name",
    "framework": "framework__name",
    "review": "review_state",
    "handling": "handling",
    "updated": "updated_at",
    "entered": "created_at",
    "reference": "reference",
    "completeness": "completeness",
}
SORTS = [*COLUMNS, *(f"-{name}" for name in COLUMNS)]
DEFAULT = "-start"


def ordered(rows, sort: str = ""):
    """``rows`` by one of SORTS, what is not known last, then by reference."""
    sort = sort or DEFAULT
    if sort.removeprefix("-") == "completeness":
        rows = with_completeness(rows)
    column = F(COLUMNS[sort.removeprefix("-")])
    return rows.order_by(column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True), "reference")
