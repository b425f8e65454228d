"""The pictures themselves; script/screenshots starts the site and calls this: ADDRESS CHROMIUM FOLDER."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
MOST_BYTES = 250 * 1024


def sign_in(browser: Browser, address: str) -> dict:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("manager")
    page.get_by_label("Password").fill(os.environ["DEMO_PASSWORD"])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")
    state = context.storage_state()
    context.close()
    return state


def home(page: Page) -> None:
    page.goto("/")


def filtered_list(page: Page) -> None:
    page.goto("/engagements/?region=m49:002&region_mode=held&strategy=training_capacity&strategy=peacekeeping")


def record(page: Page) -> None:
    page.goto("/engagements/?q=African Partnership Flight&kind=training&sort=start")
    page.locator(".reg td.t a").first.click()
    page.locator(".facts").wait_for()


def quick_log(page: Page) -> None:
    page.goto("/engagements/log/")
    page.locator("[name=type]").select_option(label="Staff talks or working group")
    page.locator("[name=participants-0-party]").fill("United States (USA)")
    page.locator("[name=participants-1-party]").press_sequentially("pol")
    page.locator(".listbox [role=option]").first.wait_for()


SHOTS = [
    ("home", home, WIDE, "light"),
    ("list", filtered_list, WIDE, "light"),
    ("record", record, WIDE, "dark"),
    ("quick-log", quick_log, WIDE, "light"),
    ("phone", filtered_list, PHONE, "light"),
    ("phone-record", record, PHONE, "light"),
]


def main(address: str, chromium: str, folder: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        state = sign_in(browser, address)
        for name, show, screen, theme in SHOTS:
            context = browser.new_context(base_url=address, storage_state=state, color_scheme=theme, reduced_motion="reduce", **screen)
            page = context.new_page()
            show(page)
            if page.locator("#errors").count():
                sys.exit(f"{name}: {page.locator('#errors').inner_text()}")
            page.evaluate("scrollTo(0, 0)")
            path = Path(folder) / f"{name}.png"
            page.screenshot(path=path)
            context.close()
            size = path.stat().st_size
            print(f"{path} {size // 1024} KB")
            if size > MOST_BYTES:
                sys.exit(f"{path} is larger than {MOST_BYTES // 1024} KB.")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
