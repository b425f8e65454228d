"""Definitions of the closed lists and the glossary, as they stand in fixtures/catalog/."""

from functools import lru_cache

from django.conf import settings

from catalog.fixture_files import _read_toml, tables


@lru_cache(maxsize=1)
def value_words() -> dict[str, dict[str, dict]]:
    """Per closed list and value: its name, its definition, and what else the file says of it."""
    lists = _read_toml(settings.FIXTURES / "catalog" / "value_words.toml")
    return {name: {entry["code"]: entry for entry in entries} for name, entries in lists.items()}


def definition(list_name: str, code: str) -> str:
    """What a value of a closed list means; nothing where the list does not say."""
    return value_words().get(list_name, {}).get(code, {}).get("definition", "")


@lru_cache(maxsize=1)
def glossary() -> list[dict]:
    """The terms of the field in alphabetical order: term, slug, definition, see."""
    return sorted((term for _, term in tables("term", "catalog")), key=lambda term: term["term"].casefold())
