"""docs/exports.md says what layouts.py does."""

import os
from pathlib import Path

import pytest

from engagements.export import dictionary

DOCS = Path(__file__).parents[2] / "docs/exports.md"


@pytest.mark.once
def test_the_tables_of_the_documentation_are_those_of_the_program():
    """After a wanted change: UPDATE_GOLDEN=1 script/test tests/engagements/test_export_docs.py."""
    text, wanted = DOCS.read_text(), dictionary.markdown()
    before, _, rest = text.partition(dictionary.START)
    after = rest.partition(dictionary.END)[2]
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(f"{before}{wanted}{after}")
    assert wanted in DOCS.read_text()
