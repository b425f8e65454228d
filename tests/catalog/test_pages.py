"""The pages of the lists: who opens them, what they cost, what a steward may do, and that nothing typed is lost."""

import datetime as dt

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from catalog.models import Country, Organization, Strategy, Theme
from catalog.registry import LISTS
from catalog.trees import descendants, in_tree_order, with_descendants
from engagements.choices import Kind
from tests import make

IDS = [catalog_list.slug for catalog_list in LISTS]
BUILDERS = {"engagement_type": make.type, "region_scheme": make.scheme}


def build(catalog_list, **fields):
    return BUILDERS.get(catalog_list.kind, getattr(make, catalog_list.kind, None))(**fields)


def address(name, *args):
    return reverse(f"catalog:{name}", args=args)


def new_entry(catalog_list):
    """What a steward types for a new entry of the list."""
    scheme = make.scheme("own") if catalog_list.kind == "region" else None
    data = {"code": "XQZ" if catalog_list.kind == "country" else "own:new-word" if scheme else "new-word", "name": "New word", "sort": "0"}
    data |= {"definition": "What belongs here.", "rows-TOTAL_FORMS": "0", "rows-INITIAL_FORMS": "0"}
    for name, field in _choices(catalog_list):
        data[name] = field.choices[0][0]
    if scheme:
        data["scheme"] = "own"
    if catalog_list.kind == "organization":
        data["kind"] = "ngo"
    return data


def seen(client, where):
    """What the page says it shows, sent back with a change."""
    return {"seen": client.get(where).context["form"]["seen"].value()}


def _choices(catalog_list):
    model = catalog_list.model
    return [(field.name, field) for field in model._meta.fields if field.choices and field.editable]


@pytest.mark.parametrize("catalog_list", LISTS, ids=IDS)
def test_everyone_reads_a_list_and_an_entry_and_only_stewards_write(catalog_list, people, signed_in):
    entry = build(catalog_list)
    viewer, steward = signed_in(people.viewer), signed_in(people.steward)
    for client in (viewer, steward):
        assert client.get(catalog_list.address).status_code == 200
        assert client.get(entry.get_absolute_url()).status_code == 200
        assert client.get(f"{catalog_list.address}?q=a&retired=1&sort=-code&page=3").status_code == 200
    for page, method in [("edit", "get"), ("edit", "post"), ("merge", "get"), ("merge", "post"), ("retire", "post")]:
        where = address(page, catalog_list.slug, entry.code)
        for person in (people.viewer, people.analyst, people.manager, people.administrator):
            assert getattr(signed_in(person), method)(where).status_code == 403, (page, person)
    assert viewer.get(address("new", catalog_list.slug)).status_code == 403
    for page in ("edit", "merge"):
        assert steward.get(address(page, catalog_list.slug, entry.code)).status_code == 200
    assert steward.get(address("new", catalog_list.slug)).status_code == 200


@pytest.mark.parametrize("catalog_list", LISTS, ids=IDS)
def test_a_list_costs_the_same_for_one_entry_and_for_many(catalog_list, people, signed_in, assert_same_queries):
    client = signed_in(people.viewer)
    assert_same_queries(lambda: build(catalog_list), lambda: client.get(catalog_list.address), at_most=5)


@pytest.mark.parametrize("catalog_list", LISTS, ids=IDS)
def test_a_steward_adds_an_entry_and_changes_it(catalog_list, people, signed_in):
    client = signed_in(people.steward)
    data = new_entry(catalog_list)
    response = client.post(address("new", catalog_list.slug), data)
    assert response.status_code == 302, response.context and response.context["form"].errors
    entry = catalog_list.model.objects.get(code=data["code"])
    assert response.url == entry.get_absolute_url()
    changed = data | {"code": "another-code", "name": "Newer word", "definition": "Better said."}
    where = address("edit", catalog_list.slug, entry.code)
    stale = seen(client, where)
    assert client.post(where, changed | stale).status_code == 302
    entry.refresh_from_db()
    assert (entry.code, entry.name, entry.definition) == (data["code"], "Newer word", "Better said.")
    for late in (stale, {}):  # someone else had the page open, or says nothing of what was seen
        refused = client.post(where, changed | late | {"definition": "Typed meanwhile."})
        assert refused.status_code == 409
        assert "Two people changed this at the same time" in refused.content.decode()
        assert "Typed meanwhile." in refused.content.decode()
    entry.refresh_from_db()
    assert entry.definition == "Better said."
    assert client.post(where, changed | {"definition": "Compared.", "seen": refused.context["form"]["seen"].value()}).status_code == 302


@pytest.mark.parametrize("catalog_list", LISTS, ids=IDS)
def test_nothing_typed_is_lost_on_an_error(catalog_list, people, signed_in):
    data = new_entry(catalog_list) | {"name": "", "definition": "A long thought.", "code": "not a code!"}
    response = signed_in(people.steward).post(address("new", catalog_list.slug), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "A long thought." in page
    assert 'value="not a code!"' in page
    assert 'href="#id_name"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_name_error"' in page
    assert not catalog_list.model.objects.exists()


def test_the_index_counts_what_is_in_use(people, signed_in):
    make.theme(retired_on=dt.date(2020, 1, 1))
    make.theme()
    response = signed_in(people.viewer).get(address("lists"))
    counts = {catalog_list.slug: count for catalog_list, count in response.context["lists"]}
    assert (counts["themes"]["used"], counts["themes"]["retired"]) == (1, 1)
    assert (counts["countries"]["used"], counts["countries"]["retired"]) == (0, 0)


def test_retired_entries_are_shown_on_request_only(people, signed_in):
    theme = make.theme(name="Horse cavalry")
    client = signed_in(people.steward)
    assert client.post(address("retire", "themes", theme.code)).status_code == 302
    assert client.get(address("list", "themes")).context["entries"] == []
    assert "Horse cavalry" in client.get(address("list", "themes") + "?retired=1").content.decode()
    assert client.post(address("retire", "themes", theme.code), {"undo": "1"}).status_code == 302
    assert "Horse cavalry" in client.get(address("list", "themes")).content.decode()
    assert client.get(address("retire", "themes", theme.code)).status_code == 405


@pytest.mark.parametrize("text", ["ghana", "GHA", "gold coast", "%", "_", "' OR 1=1", "x" * 300, "ß", "(((", "\\"])
def test_the_search_box_takes_any_text(text, people, signed_in):
    country = make.country("GHA", "Ghana")
    country.aliases.create(text="Gold Coast")
    page = signed_in(people.viewer).get(address("list", "countries"), {"q": text})
    assert page.status_code == 200
    assert [entry for entry, _cells in page.context["entries"]] == ([country] if text in {"ghana", "GHA", "gold coast"} else [])


@pytest.mark.parametrize(
    "query", ["sort=password", "sort=-key__regex", "sort=created_by__password", "page=0", "page=abc", "page=-1", "page=9999999999999"]
)
def test_a_meaningless_sort_or_page_changes_nothing(query, people, signed_in):
    make.theme()
    assert signed_in(people.viewer).get(f"{address('list', 'themes')}?{query}").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/lists/nothing/", "/lists/themes/nothing/", "/countries/QQQ/", "/regions/m49/999/", "/organizations/x/", "/lists/themes/x/edit/"],
)
def test_what_is_not_there_is_not_found(path, people, signed_in):
    assert signed_in(people.steward).get(path).status_code == 404


def test_a_merged_entry_leads_to_the_one_that_stayed(people, signed_in):
    loser = make.country("XQA", "Rurutania")
    make.country("XQB", "Ruritania")
    make.engagement(title="Zenda talks", countries=[loser])
    client = signed_in(people.steward)
    where = address("merge", "countries", "XQA")
    chosen = client.get(where, {"into": "Ruritania (XQB)"})
    assert "Merge “Rurutania” into “Ruritania”?" in chosen.content.decode()
    assert [panel.count for panel in chosen.context["panels"] if panel.count is not None] == [1]
    assert client.get(where, {"into": "nowhere at all"}).status_code == 422
    assert client.get(where, {"into": "XQA"}).status_code == 422
    assert client.post(where, {"into": "XQB"}).url == "/countries/XQB/"
    assert client.get("/countries/XQA/").url == "/countries/XQB/"
    assert "Zenda talks" in client.get("/countries/XQB/").content.decode()


def test_spellings_are_kept_in_order_and_refused_by_line(people, signed_in):
    make.theme("other", name="Other word").aliases.create(text="Taken")
    data = {"code": "word", "name": "Word", "group": "subject", "sort": "0", "spellings": "First\n\nTaken\nfirst\nOther word\nLast"}
    client = signed_in(people.steward)
    response = client.post(address("new", "themes"), data)
    assert response.context["form"].errors["spellings"] == ["Line 4: “first” stands in line 1 already."]
    assert "First\n\nTaken\nfirst\nOther word\nLast" in response.content.decode()
    data["spellings"] = "First\nTaken\nOther word\nLast"
    errors = client.post(address("new", "themes"), data).context["form"].errors["spellings"]
    assert errors == ["Line 3: “Other word” already leads to Other word (other).", "Line 2: “Taken” already leads to Other word (other)."]
    data["spellings"] = "First\nLast\nWord"
    response = client.post(address("new", "themes"), data)
    assert response.status_code == 302, response.context["form"].errors
    theme = Theme.objects.get(code="word")
    assert {alias.text for alias in theme.aliases.all()} == {"First", "Last"}
    kept = theme.aliases.get(text="Last")
    where = address("edit", "themes", "word")
    client.post(where, data | {"spellings": "LAST\nNew"} | seen(client, where))
    assert {alias.text for alias in theme.aliases.all()} == {"LAST", "New"}
    assert theme.aliases.get(text="LAST").pk == kept.pk
    taken = client.post(address("new", "themes"), {"code": "w2", "name": "new", "group": "subject", "sort": "0"})
    assert taken.context["form"].errors["name"] == ["“New” already leads to Word (word)."]


def test_a_spelling_of_a_country_may_have_a_time(people, signed_in):
    make.country("COD", "DR Congo")
    client = signed_in(people.steward)
    data = {"name": "DR Congo", "sort": "0", "rows-TOTAL_FORMS": "0", "rows-INITIAL_FORMS": "0"}
    data["spellings"] = "Zaire; Oct 1971; 17 May 1997\nCongo Free State; 1885; 1908"
    where = address("edit", "countries", "COD")
    assert client.post(where, data | seen(client, where)).status_code == 302
    zaire = Country.objects.get(code="COD").aliases.get(text="Zaire")
    assert (str(zaire.starts), str(zaire.ends)) == ("Oct 1971", "17 May 1997")
    page = client.get(where).content.decode()
    assert "Zaire; Oct 1971; 17 May 1997" in page
    data["spellings"] = "Zaire; Oct 1971; 31 Apr 1997\nBack; 1999; 1990"
    errors = client.post(where, data | seen(client, where)).context["form"].errors["spellings"]
    assert errors[0].startswith("Line 1: April 1997 has 30 days")
    assert errors[1] == "Line 2: The end is before the start."


def membership_rows(*rows, initial=0):
    data = {"rows-TOTAL_FORMS": str(len(rows)), "rows-INITIAL_FORMS": str(initial)}
    for number, row in enumerate(rows):
        data |= {f"rows-{number}-{name}": value for name, value in row.items()}
    return data


def test_memberships_are_kept_below_their_organization(people, signed_in):
    make.country("GHA", "Ghana")
    make.country("TGO", "Togo")
    client = signed_in(people.steward)
    base = {"code": "pact", "name": "Pact", "kind": "military_alliance", "sort": "0"}
    empty = {"country": "", "status": "member", "starts": "", "ends": "", "note": ""}
    rows = membership_rows({"country": "ghana", "status": "member", "starts": "1815"}, {"country": "TGO", "status": "observer"}, empty)
    assert client.post(address("new", "organizations"), base | rows).status_code == 302
    pact = Organization.objects.get(code="pact")
    assert [(row.country.code, row.status, str(row.starts)) for row in pact.memberships.order_by("country__code")] == [
        ("GHA", "member", "1815"),
        ("TGO", "observer", "not known"),
    ]
    page = client.get(pact.get_absolute_url()).content.decode()
    assert "since 1815" in page
    ghana = pact.memberships.get(country__code="GHA")
    togo = pact.memberships.get(country__code="TGO")
    rows = membership_rows(
        {"id": ghana.pk, "country": "Ghana (GHA)", "status": "member", "starts": "1815", "ends": "Mar 1990"},
        {"id": togo.pk, "country": "Togo (TGO)", "status": "observer", "DELETE": "on"},
        initial=2,
    )
    where = address("edit", "organizations", "pact")
    assert client.post(where, base | rows | seen(client, where)).status_code == 302
    assert [(row.country.code, str(row.ends)) for row in pact.memberships.all()] == [("GHA", "Mar 1990")]
    assert "1 earlier" in client.get(pact.get_absolute_url()).content.decode().replace("One earlier", "1 earlier")


def test_a_wrong_membership_is_named_by_its_row_and_nothing_is_saved(people, signed_in):
    make.country("GHA", "Ghana")
    base = {"code": "pact", "name": "Pact", "kind": "military_alliance", "sort": "0"}
    rows = membership_rows(
        {"country": "Ghanna", "status": "member", "starts": "31 Apr 1990"},
        {"country": "GHA", "status": "member"},
        {"country": "Ghana", "status": "member"},
    )
    response = signed_in(people.steward).post(address("new", "organizations"), base | rows)
    page = response.content.decode()
    assert response.status_code == 422
    assert "“Ghanna” is not known. Ghana (GHA)?" in page
    assert "April 1990 has 30 days" in page
    assert "This stands in row 2 already." in page
    assert "Memberships, row 1: Country" in page
    assert 'href="#id_rows-0-country"' in page
    assert 'value="Ghanna"' in page
    assert not Organization.objects.exists()


def test_an_entry_is_not_put_below_itself(people, signed_in):
    top = make.strategy("top")
    middle = make.strategy("middle", parent=top)
    make.strategy("bottom", parent=middle)
    client = signed_in(people.steward)
    data = {"name": "Top", "sort": "0"}
    for parent, sentence in [("top", "can not be part of itself"), ("bottom", "lies below this entry")]:
        response = client.post(address("edit", "strategies", "top"), data | {"parent": parent})
        assert sentence in str(response.context["form"].errors["parent"])
    where = address("edit", "strategies", "middle")
    assert client.post(where, {"name": "Middle", "sort": "0", "parent": ""} | seen(client, where)).status_code == 302
    assert Strategy.objects.get(code="middle").parent is None


def test_a_region_keeps_to_its_scheme(people, signed_in):
    scheme = make.scheme("own")
    other = make.region(scheme=make.scheme("other"))
    client = signed_in(people.steward)
    data = {"code": "wrong:1", "name": "North", "scheme": scheme.code, "parent": other.code, "sort": "0"}
    errors = client.post(address("new", "regions"), data).context["form"].errors
    assert errors["parent"] == ["This region is of another scheme."]
    assert errors["code"] == ["Write own: and then the region's own code."]


def test_trees_are_read_from_one_query(db, django_assert_num_queries):
    top = make.strategy()
    children = [make.strategy(parent=top) for _ in range(3)]
    leaf = make.strategy(parent=children[1])
    with django_assert_num_queries(1):
        assert descendants(Strategy, [top.pk]) == {leaf.pk, *(child.pk for child in children)}
    assert with_descendants(Strategy, [children[1].pk]) == sorted([children[1].pk, leaf.pk])
    assert with_descendants(Strategy, []) == []
    ordered = in_tree_order(Strategy.objects.all())
    assert [entry.depth for entry in ordered] == [0, 1, 1, 2, 1]
    assert ordered[ordered.index(leaf) - 1] == children[1]


def test_a_tree_is_shown_with_its_indents(people, signed_in):
    make.strategy(parent=make.strategy(parent=make.strategy()))
    page = signed_in(people.viewer).get(address("list", "strategies")).content.decode()
    assert 'class="d1"' in page
    assert 'class="d2"' in page


# Profiles -----------------------------------------------------------------------------------------


def test_a_profile_counts_and_names_only_what_its_reader_may_see(people, signed_in):
    country, partner, hidden_partner = make.country("XQA"), make.country("XQB"), make.country("XQC")
    make.engagement(title="Open talks", countries=[country, partner], starts="2020-01-05", status="completed")
    make.engagement(title="Coming visit", countries=[country, partner], starts="2099-01-05")
    make.engagement(title="Secret talks", countries=[country, hidden_partner], handling="restricted", team=people.team, starts="2021")
    seen = signed_in(people.viewer).get("/countries/XQA/")
    panels = {panel.anchor: panel for panel in seen.context["panels"]}
    assert panels["engagements"].count == 2
    assert panels["partners"].context["partners"] == [(partner, 2, "/engagements/?country=XQA&also=country%3AXQB")]
    contact = panels["contact"].context["contact"]
    assert (contact.last.title, contact.next.title) == ("Open talks", "Coming visit")
    assert "Secret talks" not in seen.content.decode()
    assert "/engagements/?country=XQA" in seen.content.decode()
    cleared = signed_in(people.manager).get("/countries/XQA/")
    assert {panel.anchor: panel for panel in cleared.context["panels"]}["engagements"].count == 3


def test_a_profile_shows_what_belongs_together_then_and_now(people, signed_in):
    country = make.country("XQA")
    pact = make.organization(name="Pact")
    starts = {"starts_on": dt.date(1990, 1, 1), "starts_precision": "year"}
    pact.memberships.create(country=country, **starts, ends_on=dt.date(2000, 1, 1), ends_precision="year")
    make.region(name="North", countries=[(country, "2001")])
    sections = {section.anchor: section for section in signed_in(people.viewer).get("/countries/XQA/").context["sections"]}
    assert sections["memberships"].rows == []
    assert sections["memberships"].earlier[0][2] == "1990 to 2000"
    assert sections["regions"].rows[0][2] == "since 2001"


def test_a_series_lists_its_iterations_in_order(people, signed_in):
    series = make.framework("series")
    for year in (2022, 2019, 2020):
        make.engagement(title=f"Iteration {year}", framework=series, starts=str(year), countries=[make.country(), make.country()])
    panels = signed_in(people.viewer).get("/frameworks/series/").context["panels"]
    panel = next(panel for panel in panels if panel.anchor == "iterations")
    assert [row.title for row in panel.context["rows"]] == ["Iteration 2019", "Iteration 2020", "Iteration 2022"]
    assert {row.parties for row in panel.context["rows"]} == {2}


@pytest.mark.parametrize("catalog_list", LISTS, ids=IDS)
def test_a_profile_costs_the_same_for_one_use_and_for_many(catalog_list, people, signed_in, assert_same_queries):
    entry = build(catalog_list)
    partner = make.country()
    client = signed_in(people.viewer)

    def use():
        fields = {"countries": [partner], "starts": "2020-02"}
        if catalog_list.kind == "country":
            fields["countries"] = [partner, entry]
        elif catalog_list.kind == "organization":
            entry.memberships.create(country=make.country())
        elif catalog_list.kind == "framework":
            fields["framework"] = entry
        elif catalog_list.kind == "region":
            make.member_of(entry, make.country())
        engagement = make.engagement(**fields)
        if catalog_list.kind == "theme":
            engagement.themes.add(entry)
        if catalog_list.kind == "organization":
            make.participation(engagement, organization=entry)
        if catalog_list.is_tree:
            build(catalog_list, parent=entry)

    # Sets that are remembered elsewhere are asked for each time within a test's transaction.
    assert_same_queries(use, lambda: client.get(entry.get_absolute_url()), at_most=30)


def test_thousands_of_engagements_are_told_as_a_reader_writes_them():
    panel = {"total": 8660, "by_kind": [(Kind.EXERCISE, 3180, "/exercises/")], "latest": [], "address": "/all/"}
    told = render_to_string("catalog/uses/engagements.html", {"panel": panel})
    assert "<b>3,180</b> Exercise" in told
    assert "Open all 8,660 engagements" in told
