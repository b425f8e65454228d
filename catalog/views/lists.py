"""The index of all lists, and the page of one list."""

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, Value
from django.http import Http404
from django.shortcuts import render

from catalog.canonical import canonical
from catalog.registry import BY_SLUG, LISTS, CatalogList
from catalog.trees import in_tree_order

PAGE = 200
IN_USE = Q(retired_on=None, merged_into=None)


def list_of(slug: str) -> CatalogList:
    """The list of this name, or 404."""
    try:
        return BY_SLUG[slug]
    except KeyError:
        raise Http404 from None


def lists(request):
    """Every list with its number of entries, counted in one query."""
    queries = [
        catalog_list.model.objects.order_by()
        .values(slug=Value(catalog_list.slug))
        .annotate(used=Count("pk", filter=IN_USE), retired=Count("pk", filter=~IN_USE))
        for catalog_list in LISTS
    ]
    counts = {row["slug"]: row for row in queries[0].union(*queries[1:], all=True)}
    nothing = {"used": 0, "retired": 0}
    found = [(catalog_list, counts.get(catalog_list.slug, nothing)) for catalog_list in LISTS]
    return render(request, "catalog/lists.html", {"lists": found, "nav_place": "lists"})


def entry_list(request, slug):
    """The entries of one list: searched, sorted, retired ones only on request."""
    catalog_list = list_of(slug)
    text, sort = request.GET.get("q", "").strip()[:200], request.GET.get("sort", "")
    with_retired = request.GET.get("retired") == "1"
    rows = catalog_list.rows()
    if not with_retired:
        rows = rows.filter(IN_USE)
    if text:
        rows = _matching(rows, catalog_list, text)
    sorts = {"name": "name", "code": "code"} | {column.name: column.sort for column in catalog_list.columns}
    ordered = sorts.get(sort.removeprefix("-"))
    if ordered:
        column = F(ordered)
        by = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
        rows = rows.order_by(by, "name", "pk")
    if catalog_list.is_tree and not ordered:
        rows = in_tree_order(rows)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    entries = [(entry, [column.value(entry) for column in catalog_list.columns]) for entry in page]
    context = {
        "list": catalog_list,
        "entries": entries,
        "page": page,
        "q": text,
        "sort": sort if ordered else "",
        "with_retired": with_retired,
        "may_add": request.user.has_perm(catalog_list.permission("add")),
        "nav_place": "lists",
    }
    return render(request, "catalog/list.html", context)


def _matching(rows, catalog_list: CatalogList, text: str):
    """Entries with ``text`` in code, name, definition, abbreviation or another spelling."""
    key = canonical(text)
    found = Q(code__icontains=text) | Q(definition__icontains=text)
    if key:
        found |= Q(key__contains=key)
    for name in ("abbreviation", "iso2", "m49"):
        if any(field.name == name for field in catalog_list.model._meta.fields):
            found |= Q(**{f"{name}__iexact": text})
    if catalog_list.has_spellings and key:
        aliases = catalog_list.model.aliases.rel.related_model
        found |= Q(pk__in=aliases.objects.order_by().filter(key__contains=key).values("entry"))
    return rows.filter(found)
