"""The register: filter, table, pages."""

from dataclasses import asdict
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, JsonResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.options import Options
from catalog.views.suggest import suggested
from engagements.columns import COLUMNS, chosen
from engagements.domain.completeness import with_completeness
from engagements.export.layouts import LAYOUTS
from engagements.facets import LONG, Facets
from engagements.filters import PAGE_PARAMETERS, EngagementFilter
from engagements.listed import cells, rows_of
from engagements.ordering import DEFAULT
from engagements.views.access import visible

PAGE_SIZES = [25, 50, 100, 200]
USUAL_SIZE = 50
FIRST = 8  # values of a long list that stand in the panel
# Parameters that the panel offers as ticked boxes from the short lists.
PANEL = [
    "region", "strategy", "kind", "type", "theme", "domain", "challenge", "objective", "outcome_type", "task", "funding",
]  # fmt: skip


@require_safe
def engagement_list(request):
    filterset = EngagementFilter(request.GET, queryset=visible(request.user), user=request.user, options=Options())
    is_right = filterset.form.is_valid()
    columns = chosen(request.GET.getlist("columns"))
    names = [column.name for column in columns]
    rows = filterset.qs
    if "completeness" in names:
        rows = with_completeness(rows)
    paginator = Paginator(rows, page_size(request.GET))
    number = request.GET.get("page", "1")
    if not number.isascii() or not number.isdecimal() or len(number) > 9 or not 1 <= int(number) <= max(paginator.num_pages, 1):
        raise Http404
    page = paginator.page(int(number))
    shown = rows_of(page.object_list)
    sort = (filterset.form.cleaned_data.get("sort") if is_right else "") or DEFAULT
    asked = filterset.described()
    context = {
        "filterset": filterset,
        "form": filterset.form,
        "panel": _panel(filterset),
        "chips": [(name, label, text, without(request.GET, name, value)) for name, label, value, text in asked],
        "clear": "?" + kept(request.GET),
        "columns": columns,
        "all_columns": COLUMNS,
        "headings": [(column, *_heading(request.GET, column, sort)) for column in columns],
        "sort": sort,
        "page": page,
        "rows": shown,
        "table": [list(zip(columns, cells(row, names), strict=True)) for row in shown],
        "page_sizes": PAGE_SIZES,
        "page_size": paginator.per_page,
        "export_layouts": LAYOUTS,
        "query_pairs": [
            (name, value) for name, values in request.GET.lists() for value in values if name not in {"page", "columns", "page_size"}
        ],
        "report_query": urlencode(
            [(name, value) for name, values in request.GET.lists() for value in values if value and name not in PAGE_PARAMETERS | {"sort"}]
        ),
        "column_pairs": [(name, value) for name, values in request.GET.lists() for value in values if name not in {"page", "columns"}],
    }
    is_swap = context["is_swap"] = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    response = render(request, "engagements/_results.html" if is_swap else "engagements/list.html", context)
    response["Vary"] = "HX-Request"
    return response


@require_safe
def facets(request):
    """{filter: {value: number of results it would leave}}; only what is not 0. 400 where a filter is not right.

    Of the long lists the first few come with their names, and those chosen, as "listed". ``of=country`` gives all of one
    list, best first; with ``match`` what the typed text may mean, each with its number.
    """
    query = request.GET.copy()
    name, text = query.pop("of", [""])[-1], query.pop("match", [""])[-1].strip()[:100]
    found = Facets(query, queryset=visible(request.user), user=request.user)
    if not found.is_right or (name and name not in LONG):
        return JsonResponse({}, status=400)
    if text and name:
        counts = found.of(name)
        offers = [offer | {"count": counts.get(code, 0)} for code, offer in suggested([LONG[name]], text)]
        return JsonResponse(sorted(offers, key=lambda offer: not offer["count"]), safe=False)
    if name:
        return JsonResponse([asdict(entry) for entry in found.listed(name)], safe=False)
    listed = {name: found.listed(name) for name in LONG}
    told = {
        name: {
            "first": [asdict(entry) for entry in entries[:FIRST]],
            "chosen": [asdict(entry) for entry in found.chosen(name)],
            "all": len(entries),
        }
        for name, entries in listed.items()
    }
    return JsonResponse({name: counts for name, counts in found.all().items() if name not in LONG} | {"listed": told})


def page_size(query: QueryDict) -> int:
    """The size asked for where it is one of those offered; the usual one otherwise."""
    wanted = query.get("page_size", "")
    return int(wanted) if wanted in {str(size) for size in PAGE_SIZES} else USUAL_SIZE


def without(query: QueryDict, name: str, value: str) -> str:
    """The address without one value of one filter, on the first page."""
    left = query.copy()
    left.pop("page", None)
    values = left.getlist(name)
    # The last value goes where the chip's value is not how it was typed.
    left.setlist(name, [other for other in values if other != value] if value in values else values[:-1])
    if not left.getlist(name):
        left.pop(name)
    return "?" + left.urlencode()


def kept(query: QueryDict) -> str:
    """What stays when all filters are cleared: columns, sort and page size."""
    left = QueryDict(mutable=True)
    for name in ("columns", "sort", "page_size"):
        if query.getlist(name):
            left.setlist(name, query.getlist(name))
    return left.urlencode()


def _heading(query: QueryDict, column, sort: str) -> tuple[str, str]:
    """Where a click on the heading leads, and how the column is sorted now (for aria-sort)."""
    if not column.sort:
        return "", ""
    now = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(sort, "")
    first = f"-{column.sort}" if column.sort in {"start", "updated"} else column.sort
    target = {"ascending": f"-{column.sort}", "descending": column.sort}.get(now, first)
    left = query.copy()
    left.pop("page", None)
    left["sort"] = target
    return "?" + left.urlencode(), now


def _panel(filterset) -> dict:
    """The short lists of the filter panel, in the order a reader scans them."""
    options = filterset.options
    data = filterset.data
    picked = {name: set(data.getlist(name)) for name in PANEL}
    regions: dict[str, list] = {}
    for region in options["region"]:
        regions.setdefault(region.group, []).append(region)
    schemes = list(regions.items())
    return {
        "first_scheme": schemes[0] if schemes else ("", []),
        "continents": [region for region in schemes[0][1] if region.depth == 0] if schemes else [],
        "sub_regions": [region for region in schemes[0][1] if region.depth] if schemes else [],
        "strategies": [strategy for strategy in options["strategy"] if strategy.depth == 0],
        "strategy_parts": [strategy for strategy in options["strategy"] if strategy.depth],
        "other_schemes": schemes[1:],
        "other_scheme_open": any(region.code in picked["region"] for _name, group in schemes[1:] for region in group),
        "options": options,
        "picked": picked,
        "named": _named(filterset),
    }


def _named(filterset) -> dict[str, list[tuple[str, str]]]:
    """(value, name) of what is chosen from each long list; the value itself where it is nothing."""
    known = {(name, code): text for name, _label, code, text in filterset.described()}
    return {
        name: [(value, known.get((name, value), value)) for value in dict.fromkeys(filterset.data.getlist(name)) if value] for name in LONG
    }
