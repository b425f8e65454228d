"""How long a close-out takes a person: a browser that types one key every 200 ms and looks at each field first.

    DEMO_PASSWORD=... .venv/bin/python script/measure_close_out.py http://127.0.0.1:8000

Against a running development server with its demo accounts; the record that is closed out is made first and stays.
"""

import os
import sys
import time

from playwright.sync_api import Page, sync_playwright

KEY, LOOK = 200, 800  # milliseconds: 60 words a minute, and a look at each field before it is filled
STATUS_AND_ROWS = [
    ("ends", "6 Nov 2026"),
    ("participants-0-status", "attended"),
    ("participants-0-personnel", "12"),
    ("participants-1-status", "attended"),
    ("participants-1-personnel", "9"),
    ("outcomes-0-type", 1),
    ("outcomes-0-statement", "The staffs agreed a joint exercise plan for 2027."),
    ("assessments-0-rating", "substantial"),
    ("assessments-0-rationale", "Three of four points were settled."),
    ("lessons-0-observation", "The interpreters came a day late."),
    ("lessons-0-lesson", "Book them before the tickets."),
    ("follow_ups-0-text", "Send the draft plan."),
    ("follow_ups-0-due_on", "2027-01-15"),
]


def main(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 900})
        page.goto("/accounts/login/")
        page.get_by_label("User name").fill("analyst")
        page.get_by_label("Password").fill(os.environ["DEMO_PASSWORD"])
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        _make_a_record(page)
        started = time.monotonic()
        page.get_by_role("link", name="Close out").click()
        for name, value in STATUS_AND_ROWS:
            _answer(page, name, value)
        page.wait_for_timeout(LOOK)
        page.get_by_role("button", name="Close out").click()
        page.get_by_text("is recorded as").wait_for()
        keys = sum(len(value) for _name, value in STATUS_AND_ROWS if isinstance(value, str))
        print(f"{time.monotonic() - started:.0f} s for {len(STATUS_AND_ROWS)} fields and about {keys} keys")
        browser.close()


def _make_a_record(page: Page) -> None:
    page.goto("/engagements/log/")
    page.locator("[name=type]").select_option(index=1)
    page.locator("[name=title]").fill(f"Talks that are over {time.time():.0f}")
    page.locator("[name=participants-0-party]").fill("Bhutan")
    page.locator("[name=participants-1-party]").fill("Fiji")
    page.locator("[name=starts]").fill("2 Nov 2026")
    page.locator("[name=ends]").fill("open")
    page.locator("[name=strategies]").first.check()
    page.get_by_role("button", name="Save and open").click()
    page.wait_for_load_state()
    if page.get_by_role("button", name="Save anyway").count():  # an earlier run made the same
        page.get_by_role("button", name="Save anyway").click()
    page.get_by_text("is recorded as").wait_for()
    if not page.get_by_role("link", name="Close out").count():
        sys.exit("The record that was made is not open: it can not be closed out.")


def _answer(page: Page, name: str, value: str | int) -> None:
    field = page.locator(f"[name={name}]")
    page.wait_for_timeout(LOOK)
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(index=value) if isinstance(value, int) else field.select_option(value)
    elif field.get_attribute("type") == "date":
        field.fill(str(value))
        page.wait_for_timeout(KEY * 8)
    else:
        field.click()
        page.keyboard.press("Control+A")
        field.press_sequentially(str(value), delay=KEY)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
