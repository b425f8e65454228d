"""A Chromium, a site to walk through, and a watch over every page: no console error, no request to anywhere else."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
]  # fmt: skip
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# Milliseconds that anything may take before it counts as not coming: two workers share two cores with the server and Chromium.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


def find_chromium() -> str:
    """The program named by CHROMIUM, or the one found on this machine."""
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail(
            f"There is no program {named}, which CHROMIUM names." if named
            else "These tests need Chromium: apt-get install chromium, or name one by CHROMIUM=/path/to/chromium.",
            pytrace=False,
        )  # fmt: skip
    return found


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread. Django refuses the database to such a thread unless told otherwise,
    # and then uses connections of their own there, which have to be closed before the loop ends.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            yield browser
            browser.close()
            connections.close_all()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(scope="package")
def site(django_db_setup) -> Iterator[LiveServer]:
    """The program on a port of its own. Not pytest-django's live_server: that one empties the database after each test."""
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


class Visitor:
    """One person at one browser window; everything that goes wrong in it is written down."""

    def __init__(self, browser: Browser, address: str, user=None, *, javascript=True, phone=False):
        self.address = address
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            viewport=PHONE if phone else WIDE,
            has_touch=phone,
            java_script_enabled=javascript,
            reduced_motion="reduce",
            locale="en-US",
        )
        self.context.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.expected: set[int] = set()
        self.context.on("request", self._asked)
        if user is not None:
            self.sign_in(user)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def sign_in(self, user) -> None:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        self.context.add_cookies([{
            "name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": self.address,
        }])  # fmt: skip

    def _asked(self, request) -> None:
        if not request.url.startswith((self.address, "data:", "about:", "blob:")):
            self.faults.append(f"asks elsewhere: {request.url}")

    def _said(self, message) -> None:
        told = any(f"status of {status}" in message.text for status in self.expected)
        if message.type in {"error", "warning"} and not told:
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")


@pytest.fixture
def visit(chromium, site) -> Iterator[Callable[..., Page]]:
    """``visit(user, javascript=False, phone=True)``: a page in which this person is signed in."""
    visitors: list[Visitor] = []

    def start(user=None, *, expected=(), **options) -> Page:
        visitor = Visitor(chromium, site.url, user, **options)
        visitor.expected = set(expected)
        visitors.append(visitor)
        return visitor.page

    yield start
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
