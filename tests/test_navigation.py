"""The main navigation marks the place where one is, and no other."""

import re

import pytest

PLACES = {
    "/": ["Home"],
    "/engagements/": ["Engagements"],
    "/engagements/new/": ["Engagements"],
    "/attention/": ["Attention"],
    "/review/": ["Review"],
    "/reports/": ["Reports"],
    "/reports/trend/": ["Reports"],
    "/case-studies/": ["Case studies"],
    "/imports/": ["Import"],
    "/imports/new/": ["Import"],
    "/imports/mappings/": ["Import"],
    "/lists/": ["Lists"],
    "/search/?q=imports": [],
    "/jobs/": [],
    "/preferences/": [],
    "/nowhere/": [],
}
MAIN = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)
MARKED = re.compile(r'aria-current="page">([^<]+)<')


@pytest.mark.once
@pytest.mark.parametrize("address", PLACES)
def test_the_entry_of_the_place_is_marked_and_no_other(address, people, signed_in):
    page = signed_in(people.manager).get(address).content.decode()
    assert MARKED.findall(MAIN.search(page).group()) == PLACES[address]
