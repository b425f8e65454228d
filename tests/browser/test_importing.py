"""A spreadsheet comes in the way a person does it: file, columns, a question, the check, the writing, and back."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from engagements.models import Engagement
from imports.models import Batch
from tests.browser.records import small_register
from tests.imports.pages import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
VISITS = (
    b"Date;Visitor;Host country;Kind of talks\n"
    b"03/05/2016;United States;Ghana;Staff talks\n"
    b"17/11/2018;United States;Golden Coast;Staff talks\n"
    b"31/04/2019;United States;Poland;Staff talks\n"
)


@pytest.fixture(autouse=True)
def known(transactional_db):
    return small_register()


def looked_at(page: Page) -> None:
    """No rule of accessibility is broken on the page as it is."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == [], page.url


def at(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


@with_and_without_script
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_a_file_comes_in_and_goes_back(visit, known, script, phone):
    page = visit(known.analyst, javascript=script, phone=phone)
    check = looked_at if script else lambda page: None
    page.goto("/imports/new/")
    check(page)
    page.set_input_files("[name=file]", {"name": "visits.csv", "mimeType": "text/csv", "buffer": VISITS})
    page.get_by_role("button", name="Send file").click()

    at(page, "How the file is read")
    expect(page.locator("[name=delimiter]")).to_have_value(";")
    expect(page.locator("table.sample tbody tr")).to_have_count(3)
    check(page)
    page.get_by_role("button", name="It is read correctly").click()

    at(page, "What the columns mean")
    for label, meaning in {
        "What “Date” means": "starts", "What “Visitor” means": "participant", "What “Host country” means": "participant",
        "What “Kind of talks” means": "type",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).select_option(meaning)
    page.locator("#k-strategies").fill("talks")
    page.locator("#k-status").select_option("completed")
    page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#preview table tbody tr")).to_have_count(3)
    expect(page.locator("#preview")).to_contain_text("3 May 2016")
    expect(page.locator("#preview")).to_contain_text("April 2019 has 30 days")
    check(page)
    page.get_by_role("button", name="Check the file").click()
    at(page, "visits.csv")
    work_off()
    page.goto(page.url)

    expect(page.locator("main")).to_contain_text("1 name waits for your answer")
    check(page)
    page.get_by_role("link", name="Answer them").click()
    check(page)
    page.locator(".qask input.inp").fill("GHA")
    if script:
        expect(page.locator(".qask input[value=other]")).to_be_checked()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save answers").click()
    work_off()
    page.goto(page.url)

    expect(page.locator("#problems")).to_contain_text("31/04/2019")
    check(page)
    page.get_by_label("Leave out the line that can not come in").check()
    page.get_by_role("button", name="Write 2 new records").click()
    assert Engagement.objects.count() == 4
    work_off()
    page.goto(page.url)

    expect(page.locator("main")).to_contain_text("What was done")
    assert Engagement.objects.count() == 6
    check(page)
    page.locator("section[aria-labelledby=h-records] tbody a").first.click()
    expect(page.locator("#provenance")).to_contain_text("visits.csv")
    page.locator("#provenance summary").first.click()
    expect(page.locator("#provenance")).to_contain_text("Kind of talks: Staff talks")
    page.locator("#provenance").get_by_role("link", name="visits.csv").click()

    page.get_by_role("link", name="See what taking it back would do").click()
    check(page)
    page.get_by_role("button", name="Take the import back").click()
    work_off()
    page.goto(page.url)
    expect(page.locator("main")).to_contain_text("This import was taken back")
    assert (Engagement.objects.count(), Batch.objects.get().state) == (4, "undone")


def test_the_preview_and_the_options_follow_what_is_chosen(visit, known):
    page = visit(known.analyst)
    page.goto("/imports/new/")
    page.set_input_files("[name=file]", {"name": "visits.csv", "mimeType": "text/csv", "buffer": VISITS})
    page.get_by_role("button", name="Send file").click()
    page.get_by_role("button", name="It is read correctly").click()
    page.get_by_label("What “Visitor” means", exact=True).select_option("title")
    expect(page.locator("#preview thead")).to_contain_text("Title")
    page.get_by_label("What “Date” means", exact=True).select_option("summary")
    expect(page.locator("#c0-0-order")).to_have_count(0)
    page.get_by_label("What “Date” means", exact=True).select_option("ends")
    expect(page.locator("#c0-0-order")).to_be_visible()
    page.locator("#c0-0-order").select_option("mdy")
    expect(page.locator("#preview")).to_contain_text("5 Mar 2016")
    assert Batch.objects.get().state == "mapping"


def test_progress_is_seen_without_a_hand(visit, known):
    page = visit(known.analyst)
    page.goto("/imports/new/")
    page.set_input_files("[name=file]", {"name": "visits.csv", "mimeType": "text/csv", "buffer": VISITS})
    page.get_by_role("button", name="Send file").click()
    page.get_by_role("button", name="It is read correctly").click()
    page.locator("#k-type").fill("staff_talks")
    page.locator("#k-strategies").fill("talks")
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("progress")).to_be_visible()
    looked_at(page)
    work_off()
    expect(page.locator("main")).to_contain_text("wait")
    expect(page.locator("progress")).to_have_count(0)
