"""Finding records: sign in, filter, chips, sort, pages, columns, download, shortcuts, the way back."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.records import small_register

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture(autouse=True)
def known(transactional_db):
    return small_register()


def titles(page: Page) -> list[str]:
    """Those of the list as it stands: only after something was waited for that comes together with the rows."""
    return page.locator(".reg td.t a").all_inner_texts()


def expect_titles(page: Page, *wanted: str) -> None:
    expect(page.locator(".reg td.t a")).to_have_text(wanted)


def expect_heading(page: Page, words: str) -> None:
    """Of a page whose scripts run by now, so that it hears the next key."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    page.wait_for_load_state()


def expect_found(page: Page, number: int) -> None:
    expect(page.locator(".count b")).to_have_text(str(number))


def choose(page: Page, name: str, value: str, script: bool) -> None:
    """Tick one box of the filter panel; without a script the button asks for the results."""
    page.locator(f"[data-filters] input[name={name}][value='{value}']").check()
    if not script:
        page.get_by_role("button", name="Show results").click()


@with_and_without_script
def test_a_person_signs_in_and_comes_to_the_page_asked_for(visit, script):
    page = visit(javascript=script)
    page.goto("/engagements/?kind=exercise")
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/engagements/\?kind=exercise$"))
    expect_titles(page, "Flintlock 2024")


def test_a_wrong_password_is_said_and_the_name_stays(visit):
    page = visit()
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("User name")).to_have_value("analyst")


@with_and_without_script
def test_region_and_strategy_narrow_the_list_and_the_address_says_so(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/")
    expect_found(page, 4)
    choose(page, "region", "m49:002", script)
    expect_found(page, 3)
    choose(page, "strategy", "talks", script)
    expect_found(page, 2)
    expect(page.locator(".reg td.t a")).to_have_count(2)
    assert set(titles(page)) == {"Staff talks with Ghana", "Flintlock 2024"}
    expect(page).to_have_url(re.compile(r"region=m49%3A002.*strategy=talks"))
    if script:
        assert "start=" not in page.url, "what nobody asked for stays out of the address"
    page.goto(page.url)
    expect_found(page, 2)


@with_and_without_script
def test_chips_go_one_by_one_and_the_panel_follows(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/?region=m49:002&strategy=talks&kind=exercise")
    expect_found(page, 1)
    page.get_by_role("link", name="Remove Kind Exercise").click()
    expect_found(page, 2)
    expect(page.locator("[data-filters] input[value=exercise]")).not_to_be_checked()
    page.get_by_role("link", name="Remove Strategy Bilateral").click()
    expect_found(page, 3)
    page.get_by_role("link", name="Remove Region Africa").click()
    expect_found(page, 4)
    expect(page.locator(".fchip")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/engagements/\??$"))


@with_and_without_script
def test_a_heading_sorts_and_the_order_outlasts_the_next_filter(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/")
    page.locator("thead").get_by_role("link", name="Title").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Title")
    assert titles(page) == sorted(titles(page))
    if script:
        expect(page.locator("th[aria-sort] a")).to_be_focused()
    choose(page, "strategy", "talks", script)
    expect_found(page, 3)
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Title")


@with_and_without_script
def test_pages_and_columns_are_chosen(visit, known, script):
    for number in range(24):
        make.engagement(title=f"Port visit {number:02}", type=known.staff_talks, team=known.team)
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Rows a page").select_option("25")
    page.locator(".pop-body").get_by_label("Reference").check()
    page.locator(".pop-body").get_by_label("Kind").uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".pager")).to_contain_text("1 to 25 of 28")
    expect(page.locator("thead th").last).to_have_text("Reference")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".pager")).to_contain_text("26 to 28 of 28")
    expect(page.locator(".reg td.t a")).to_have_count(3)
    expect(page.locator("thead th").last).to_have_text("Reference")


def test_a_country_is_found_by_name_and_stays_for_a_second_one(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/")
    page.locator("summary", has_text="Country or organization").click()
    box = page.get_by_role("combobox", name="Add Country")
    for typed, number in [("pola", 1), ("ken", 3)]:
        box.fill(typed)
        expect(page.get_by_role("option").first).to_be_visible()
        box.press("Enter")
        expect_found(page, number)
    expect(page.locator("[data-chosen=country] input:checked")).to_have_count(2)


def test_a_filter_that_is_not_right_is_named_and_shows_nothing(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/?region=nowhere")
    expect(page.locator("#errors")).to_contain_text("nowhere")
    expect_titles(page)
    page.get_by_role("link", name="Clear all filters").click()
    expect_found(page, 4)


@with_and_without_script
def test_a_record_opens_from_the_list(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/")
    page.get_by_role("link", name="Staff talks with Ghana").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff talks with Ghana")
    expect(page.locator(".facts")).to_contain_text("Mar 2023")


def test_links_inside_a_page_do_not_load_it_anew(visit, known):
    page = visit(known.analyst)
    page.goto(known.old.get_absolute_url())
    page.evaluate("window.loaded = 'once'")
    page.locator(".toc").get_by_role("link", name="Sources").click()
    expect(page).to_have_url(re.compile("#sources$"))
    page.go_back()
    assert page.evaluate("window.loaded") == "once"


@with_and_without_script
def test_the_file_has_the_rows_of_the_filtered_list(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/")
    choose(page, "region", "m49:002", script)
    expect_found(page, 3)
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download file").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["title"] for row in rows} == set(titles(page))
    assert re.fullmatch(r"entente-engagements-\d{4}-\d\d-\d\d-public\.csv", download.value.suggested_filename)


def test_back_shows_the_list_as_it_was_before_the_filter(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/")
    choose(page, "region", "m49:002", True)
    expect_found(page, 3)
    choose(page, "kind", "exercise", True)
    expect_found(page, 1)
    page.go_back()
    expect_found(page, 3)
    expect(page.locator("[data-filters] input[value=exercise]")).not_to_be_checked()
    page.go_back()
    expect_found(page, 4)
    page.go_forward()
    expect_found(page, 3)
    expect(page.locator("[data-filters] input[value='m49:002']")).to_be_checked()


def test_shortcuts_find_step_open_and_explain(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/?sort=title")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.locator("#find").blur()
    for key, title in [("j", "Flintlock 2024"), ("j", "Logistics course in Nairobi"), ("k", "Flintlock 2024")]:
        page.keyboard.press(key)
        expect(page.locator(".reg td.t a", has_text=title)).to_be_focused()
    page.keyboard.press("Enter")
    expect_heading(page, "Flintlock 2024")
    page.keyboard.press("?")
    expect_heading(page, "Keyboard shortcuts")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect_heading(page, "Engagements")
    page.keyboard.press("l")
    expect_heading(page, "Log an engagement")


@with_and_without_script
def test_on_the_phone_filters_are_a_sheet_that_opens_and_closes(visit, known, script):
    page = visit(known.analyst, javascript=script, phone=True)
    page.goto("/engagements/")
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("link", name="Filters").click()
    expect(page.locator("#filters")).to_be_visible()
    page.locator("#filters input[value='m49:150']").check()
    if script:
        expect(page.locator("[data-found]")).to_have_text("1")
        page.get_by_role("link", name="Show results").click()
    else:
        page.get_by_role("button", name="Show results").click()
    expect(page.locator("#filters")).to_be_hidden()
    expect_found(page, 1)
    expect_titles(page, "Staff talks with Poland")


def test_an_expired_session_leads_to_sign_in_and_back_to_the_same_list(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/?kind=exercise")
    page.context.clear_cookies()
    choose(page, "region", "m49:002", True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect_titles(page, "Flintlock 2024")
