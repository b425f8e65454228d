"""The register: filter, table, pages."""

from dataclasses import asdict
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.options import Options
from catalog.views.suggest import suggested
from engagements.columns import COLUMNS, chosen
from engagements.export.layouts import LAYOUTS
from engagements.facets import LONG, Facets
from engagements.filter_panel import panel
from engagements.filters import PAGE_PARAMETERS, EngagementFilter
from engagements.listed import body_of, rows_of
from engagements.models import Engagement
from engagements.ordering import DATES, DEFAULT
from engagements.paging import EXACT, MOST_COUNTED, MOST_SKIPPED, PLACES, Counted, Page, Walk, counted, page_of
from engagements.search_order import Search
from engagements.search_walk import WordWalk
from engagements.search_words import terms_of
from engagements.set_walk import SetWalk
from engagements.views.access import visible

PAGE_SIZES = [25, 50, 100, 200]
USUAL_SIZE = 50
# Filters that an index of the engagements serves in the order of the list.
OF_THE_ENGAGEMENT = {
    "archived", "kind", "type", "status", "scope", "handling", "reason", "framework", "team", "owner", "year", "fiscal_year",
}  # fmt: skip
UNINDEXED = {"completeness"}  # sorts that no index has: each row is looked at
FIRST = 8  # values of a long list that stand in the panel


@require_safe
def engagement_list(request):
    # What one may see in all is asked by few pages: the sets and some values of filters want it.
    seen = SimpleLazyObject(lambda: visible(request.user))
    filterset = EngagementFilter(request.GET, queryset=seen, user=request.user, options=Options())
    is_right = filterset.form.is_valid()
    columns = chosen(request.GET.getlist("columns"))
    sort = (filterset.form.cleaned_data.get("sort") if is_right else "") or DEFAULT
    page = _page(filterset, sort, request.GET)
    rows = rows_of(page.pks, {column.name for column in columns}, filterset.options)
    asked = filterset.described()
    context = {
        "filterset": filterset,
        "form": filterset.form,
        "chips": [(name, label, text, without(request.GET, name, value)) for name, label, value, text in asked],
        "clear": "?" + kept(request.GET),
        "columns": columns,
        "shown_columns": {column.name for column in columns},
        "all_columns": COLUMNS,
        "headings": [(column, *_heading(request.GET, column, sort)) for column in columns],
        "sort": sort,
        "page": page,
        "rows": rows,
        "table": body_of(rows, columns),
        "previous": page.previous is not None and moved(request.GET, page.previous),
        "next": page.next is not None and moved(request.GET, page.next),
        "exact": moved(request.GET, {"count": EXACT}) if page.paginator.is_more else "",
        "most_skipped": MOST_SKIPPED,
        "by_date": "?" + urlencode([(name, value) for name, value in _pairs(_first_page(request.GET)) if name != "sort"]),
        "first_page": "?" + _first_page(request.GET).urlencode(),
        "page_sizes": PAGE_SIZES,
        "page_size": page.paginator.per_page,
        "export_layouts": LAYOUTS,
        "query_pairs": [(name, value) for name, value in _pairs(request.GET) if name not in {*PLACES, "columns", "page_size"}],
        "report_query": urlencode(
            [(name, value) for name, value in _pairs(request.GET) if value and name not in PAGE_PARAMETERS | {"sort"}]
        ),
    }
    is_swap = context["is_swap"] = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    if not is_swap:
        context["panel"] = panel(filterset, clear=context["clear"], found=_in_words(page.paginator) if is_right else "")
    response = render(request, "engagements/_results.html" if is_swap else "engagements/list.html", context)
    response["Vary"] = "HX-Request"
    return response


@require_safe
def facets(request):
    """{filter: {value: number of results it would leave}}; only what is not 0. 400 where a filter is not right.

    Of the long lists the first few come with their names, and those chosen, as "listed"; "total" is how many results there
    are. ``of=country`` gives all of one list, best first; with ``match`` what the typed text may mean, each with its number.
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
    numbers = {name: counts for name, counts in found.all().items() if name not in LONG}
    return JsonResponse(numbers | {"listed": told, "total": len(found.whole.ids)})


def _page(filterset: EngagementFilter, sort: str, query: QueryDict) -> Page:
    """By the indexes of the engagements themselves where those do; where more is asked, in the set of what the filter finds."""
    per_page = page_size(query)
    rows = Engagement.objects.visible_to(filterset.user, one_by_one=True)
    is_unindexed = sort.removeprefix("-") in UNINDEXED
    if filterset.form.is_valid() and (not _is_indexed(filterset, sort) or is_unindexed):
        if not is_unindexed and (page := _along_words(filterset, rows, sort, query, per_page)):
            return page
        many = Counted(len(filterset.ids), False, per_page)
        if is_unindexed and many.count > MOST_SKIPPED:
            return Page(many, [], is_too_many=True)
        return page_of(_set_walk(filterset, rows, sort), many, query)
    found = filterset.filter_queryset(rows) if filterset.form.is_valid() else rows.none()
    is_exact = query.get("count") == EXACT
    if is_exact and filterset.form.is_valid() and filterset.sets.are_kept:
        many = Counted(len(filterset.ids), False, per_page)  # remembered, and met in a moment
    else:
        many = counted(found, per_page, is_exact=is_exact)
    return page_of(Walk(found, sort, is_long=many.count >= MOST_COUNTED), many, query)


def _is_indexed(filterset: EngagementFilter, sort: str) -> bool:
    """An index has the rows of one value in the order of the dates. Those of two values may stand far from the beginning of either,
    and by another column those of one: what is completed is not among the newest, and no mandate is among the titles with an A."""
    asked = filterset.names_asked
    if not filterset.form.cleaned_data["archived"]:
        asked = asked - {"archived"}  # asked of every list
    is_near = not asked or (len(asked) == 1 and sort.removeprefix("-") in DATES)
    return asked <= OF_THE_ENGAGEMENT and (is_near or not filterset.sets.are_kept)


def _set_walk(filterset: EngagementFilter, rows: QuerySet, sort: str) -> SetWalk:
    return SetWalk(rows, sort, filterset.sets, filterset.ids, of=len(filterset.seen))


def _along_words(filterset: EngagementFilter, rows: QuerySet, sort: str, query: QueryDict, per_page: int) -> Page | None:
    """The page where common words are asked for that nobody asked for lately: all that have them are not looked for."""
    chosen = filterset.form.cleaned_data
    terms = terms_of(chosen["q"])
    if not terms or chosen["also"] or query.get("count") == EXACT or filterset.names_asked - OF_THE_ENGAGEMENT != {"q"}:
        return None
    search = Search(filterset.user, terms, filterset.sets)
    if not search.are_common(filterset.ids_without("q")):
        return None
    walk = WordWalk(filterset.filter_queryset(rows, without={"q"}), sort, search, lambda: _set_walk(filterset, rows, sort))
    return page_of(walk, Counted(MOST_COUNTED, True, per_page), query)


def _in_words(many: Counted) -> str:
    figure = number_format(many.count, use_l10n=True, force_grouping=True)
    return _("More than %(n)s") % {"n": figure} if many.is_more else figure


def page_size(query: QueryDict) -> int:
    """The size asked for where it is one of those offered; the usual one otherwise."""
    wanted = query.get("page_size", "")
    return int(wanted) if wanted in {str(size) for size in PAGE_SIZES} else USUAL_SIZE


def without(query: QueryDict, name: str, value: str) -> str:
    """The address without one value of one filter, on the first page."""
    left = _first_page(query)
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


def moved(query: QueryDict, to: dict[str, str]) -> str:
    """The address of another page of the same rows, or of this one with another count."""
    left = query.copy() if "count" in to else _first_page(query)
    if query.get("count") == EXACT:
        left["count"] = EXACT
    for name, value in to.items():
        left[name] = value
    return "?" + left.urlencode()


def _pairs(query: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() for value in values]


def _first_page(query: QueryDict) -> QueryDict:
    left = query.copy()
    for name in PLACES:
        left.pop(name, None)
    return left


def _heading(query: QueryDict, column, sort: str) -> tuple[str, str]:
    """Where a click on the heading leads, and how the column is sorted now (for aria-sort)."""
    if not column.sort:
        return "", ""
    now = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(sort, "")
    first = f"-{column.sort}" if column.sort in {"start", "updated"} else column.sort
    target = {"ascending": f"-{column.sort}", "descending": column.sort}.get(now, first)
    left = _first_page(query)
    left["sort"] = target
    return "?" + left.urlencode(), now
