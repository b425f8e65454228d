"""What counts as what: the words of the field, and the definition of every value of a closed list."""

from django.shortcuts import render

from catalog.words import glossary as terms
from catalog.words import value_words


def glossary(request):
    words = terms()
    names = {term["slug"]: term["term"] for term in words}
    shown = [term | {"see_also": [(slug, names[slug]) for slug in term.get("see", []) if slug in names]} for term in words]
    closed = [(name, name.replace("_", " ").capitalize(), list(values.values())) for name, values in value_words().items()]
    return render(request, "catalog/glossary.html", {"terms": shown, "closed_lists": closed, "nav_place": "lists"})
