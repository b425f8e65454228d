"""docs/features.md says where each concept is shown; this visits every page it names, on the loaded fixtures."""

import re
from pathlib import Path

import pytest

from tests import make

TABLE = Path(__file__).parent.parent / "docs" / "features.md"
# The numbers of the feature table of the domain description; gaps between its groups are its own.
EXPECTED = {
    f"F{number:03d}"
    for first, last in [(1, 39), (40, 54), (60, 80), (90, 100), (110, 117), (120, 130), (140, 145), (150, 163), (170, 182)]
    for number in range(first, last + 1)
}


def rows():
    found = re.findall(r"^\| (F\d{3}) \| (.+?) \| (.+?) \| (.+?) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {number: (concept, where, page) for number, concept, where, page in found}


def test_every_concept_has_one_row():
    assert set(rows()) == EXPECTED


@pytest.mark.once
@pytest.mark.parametrize("number", sorted(EXPECTED))
def test_the_page_of_each_concept_shows_it(seeded, signed_in, number):
    _concept, _where, page = rows()[number]
    pages = re.findall(r"`(/[^`]*)`", page)
    if not pages:
        assert re.search(r"waits for issue \d", page), "Name a page, or the issue it waits for."
        return
    client = signed_in(make.user("steward" if "/admin/" in page else "manager", clearance="restricted"))
    for address in pages:
        path, _, anchor = address.partition("#")
        response = client.get(path, follow=True)
        assert response.status_code == 200, address
        if response.streaming:
            assert b"\n" in b"".join(response.streaming_content)
            continue
        if path.startswith("/engagements/?"):
            assert response.context["form"].is_valid(), response.context["form"].errors
            assert response.context["page"].paginator.count > 0, f"{address} finds nothing"
        if anchor:
            assert f'id="{anchor}"' in response.content.decode(), address
