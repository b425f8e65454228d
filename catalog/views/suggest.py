"""What the combobox offers while a person types."""

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.http import JsonResponse
from django.utils.translation import gettext as _

from catalog.canonical import canonical
from catalog.models import Country, Organization
from catalog.registry import BY_KIND, BY_MODEL
from catalog.resolution import label

MOST = 12
KINDS = {"party": [Country, Organization]} | {kind: [catalog_list.model] for kind, catalog_list in BY_KIND.items()}


def suggest(request):
    """``?kind=party&q=nig`` → [{value, label, code, kind}], best first; ``value`` is what the text box then holds."""
    models = KINDS.get(request.GET.get("kind", "party"))
    if models is None:
        return JsonResponse({"error": _("There is no list of this kind.")}, status=400)
    text = request.GET.get("q", "").strip()[:100]
    return JsonResponse([offer for _code, offer in suggested(models, text)], safe=False)


def suggested(models, text: str) -> list[tuple[str, dict[str, str]]]:
    """(code, what the combobox shows) of the entries that ``text`` may mean, best first."""
    found = [entry for model in models for entry in _best(model, text)]
    found.sort(key=lambda entry: (entry.rank, entry.sort, entry.key))
    return [(entry.code, _offer(entry)) for entry in found[:MOST]]


def _offer(entry) -> dict[str, str]:
    return {"value": label(entry), "label": entry.name, "code": _shown_code(entry), "kind": BY_MODEL[type(entry)].kind}


def _shown_code(entry) -> str:
    return entry.code if isinstance(entry, Country) else getattr(entry, "abbreviation", "") or entry.code


def _best(model, text: str):
    """The first entries in use: code exact, name from its start, spelling from its start, a word from its start."""
    rows = model.objects.in_use()
    if not text:
        return rows.annotate(rank=Value(0))[:MOST]
    key = canonical(text) or text
    code, start, word = Q(code__iexact=text), Q(key__startswith=key) | Q(code__istartswith=text), Q(key__contains=f" {key}")
    if model is Country:
        code |= Q(iso2__iexact=text)
    if any(field.name == "abbreviation" for field in model._meta.fields):
        code |= Q(abbreviation__iexact=text)
        start |= Q(abbreviation__istartswith=text)
    spelled_start = Q(pk=None)
    if hasattr(model, "aliases"):
        spelled = model.aliases.rel.related_model.objects.order_by().filter(entry=OuterRef("pk"))
        spelled_start = Q(Exists(spelled.filter(key__startswith=key)))
        word |= Q(Exists(spelled.filter(key__contains=f" {key}")))
    ranks = [When(condition, then=rank) for rank, condition in enumerate((code, start, spelled_start, word))]
    rank = Case(*ranks, default=len(ranks), output_field=IntegerField())
    return rows.annotate(rank=rank).filter(rank__lt=4).order_by("rank", "sort", "key")[:MOST]
