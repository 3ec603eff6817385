"""A browser, logged in, at a server with an hour of traffic."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.flags import CHROMIUM, FLAGS
from tests.browser.seed import seed
from tests.monitoring import builders

DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "no Chromium here: apt-get install chromium"
        if os.environ.get("NTOPWEB_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright runs a loop in this thread: for these tests only, others start their own.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def office(transactional_db: None) -> None:
    """An hour of a small office up to now."""
    seed(timezone.now())


class Visitor:
    """A page of a user's browser that keeps what went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("response", self._note)

    def _note(self, response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")
        if not response.url.startswith(self.url):
            self.faults.append(f"asked a stranger: {response.url}")

    def open(self, path: str, *, dark: bool = False, phone: bool = False) -> Page:
        """Open a page in a theme and size, and wait until it is drawn."""
        self.page.set_viewport_size(PHONE if phone else DESK)
        theme = "dark" if dark else "light"
        self.page.add_init_script(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
        self.page.goto(self.url + path)
        self.page.wait_for_load_state("load")
        return self.page


@pytest.fixture
def visit(browser: Browser, live_server, transactional_db: None) -> Iterator:
    """Return what opens a browser for a user with these groups or rights."""
    contexts = []

    def of(*groups: str, **fields: object) -> Visitor:
        user = builders.a_user("someone", *groups, **fields)
        client = Client()
        client.force_login(user)
        context = browser.new_context(viewport=DESK, timezone_id="Asia/Tokyo")
        contexts.append(context)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return Visitor(context.new_page(), live_server.url)

    yield of
    for context in contexts:
        context.close()
