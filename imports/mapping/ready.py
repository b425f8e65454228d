"""The mappings that ship with the program: one for each given file, and one for each of our own layouts."""

from functools import cache

from django.conf import settings

from engagements.export.layouts import LAYOUTS
from imports.mapping.own import CODE, own_mapping
from imports.mapping.spec import Mapping

FOLDER = settings.BASE_DIR / "fixtures" / "mappings"


@cache
def shipped() -> dict[str, Mapping]:
    """Those of fixtures/mappings/ by code, read strictly: a slip in one is an error at once."""
    return {path.stem: Mapping.from_json(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def ready_mappings() -> dict[str, dict]:
    """The documents by code."""
    documents = {code: mapping.to_dict() for code, mapping in shipped().items()}
    return documents | {f"{CODE}{name}": own_mapping(name).to_dict() for name in LAYOUTS}
