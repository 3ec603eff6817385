"""Screenshots of every page, both themes and sizes: ``python -m tests.browser.screenshots``.

Asks a running ntopweb, best the demonstration after some minutes (``manage.py up --demo``), and
writes ``docs/screenshots/<page>-<theme>-<width>.png`` with a palette of 128 colours. Names after
the options are the pages to take, all without. Prints what went wrong on a page, and how long the
server took.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.flags import CHROMIUM, FLAGS

SIZES: Final = {1400: (1400, 900), 390: (390, 844)}
THEMES: Final = ("light", "dark")
#: Milliseconds that charts and live parts are given.
_SETTLE: Final = 1_500
ROOT: Final = Path(__file__).resolve().parents[2]

#: Pages by name: a path, or (a list, what is followed there).
PAGES: Final[dict[str, str | tuple[str, str]]] = {
    "dashboard": "/admin/",
    "alerts": "/alerts/",
    "alert": ("/alerts/?ordering=-score", "#alerts tbody a.nt-link"),
    "alert-host": ("/alerts/?family=host", "#alerts tbody a.nt-link"),
    "flows": "/flows/",
    "flows-active": "/flows/?state=active",
    "flow": ("/flows/?ordering=-score", "#flows tbody a[href^='/flows/']"),
    "hosts": "/hosts/",
    "host": ("/hosts/?place=local&ordering=-score", "#hosts tbody a"),
    "checks": "/checks/",
    "check": "/checks/flow_flood/",
    "interfaces": "/interfaces/",
    "interface": ("/interfaces/", "#interfaces tbody a"),
    "agents": "/agents/",
    "ledger": "/ledger/",
    "search": "/search/?q=192.168",
    "countries": "/countries/",
    "flows-condition": "/flows/?q=application+%3D+%27TLS%27+AND+bytes_to_client+%3E+10000",
    "reports": "/reports/",
    "report": ("/reports/", "td.nt-wide a[href^='/reports/']"),
    "learned": "/learned/",
    "rules": "/admin/checks/userrule/",
    "rule": "/admin/checks/userrule/add/",
    "limits": "/admin/checks/thresholdrule/",
    "exclusions": "/admin/checks/exclusion/",
    "exclude": ("/alerts/?family=flow", "a[href$='/exclude/']"),
    "back-tests": "/back-tests/",
    "back-test": ("/back-tests/", "td.nt-wide a[href^='/back-tests/']"),
    "noise": "/alerts/noise/",
    "scripts": "/scripts/",
    "script": ("/scripts/", "td[data-label=Script] a"),
    "blacklists": "/admin/monitoring/blacklistsource/",
    "recipients": "/admin/recipients/recipient/",
    "recipient": "/admin/recipients/recipient/add/",
    "endpoints": "/admin/recipients/endpoint/",
    "endpoint": ("/admin/recipients/endpoint/", "#result_list tbody a"),
    "deliveries": "/admin/recipients/delivery/",
    "scheduled-reports": "/admin/recipients/reportschedule/",
    "silences": "/admin/recipients/silence/",
    "silence": "/admin/recipients/silence/add/",
    "maintenance": "/admin/recipients/maintenancewindow/",
    "inhibition": "/admin/recipients/inhibitionrule/",
    "pools": "/admin/monitoring/hostpool/",
    "networks": "/admin/monitoring/localnetwork/",
    "tokens": "/admin/monitoring/apitoken/",
    "tasks": "/admin/django_celery_beat/periodictask/",
    "api": "/api/docs/",
    "admin-users": "/admin/auth/user/",
    "admin-hosts": "/admin/monitoring/host/",
    "admin-agent": ("/admin/monitoring/agent/", "#result_list tbody a"),
}


@dataclass
class Shots:
    """A logged-in page of one theme and size, and what went wrong on it."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._note)

    def _note(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def open(self, where: str | tuple[str, str]) -> bool:
        """Open a page; return whether it is there."""
        if isinstance(where, str):
            answer = self.page.goto(self.url + where)
            return answer is not None and answer.ok
        self.page.goto(self.url + where[0])
        link = self.page.locator(where[1]).first
        if not link.count():
            return False
        self.page.goto(self.url + str(link.get_attribute("href")))
        return True

    def take(self) -> Image.Image:
        """Return what a viewer sees first, with a palette."""
        self.page.wait_for_timeout(_SETTLE)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self.faults.append(f"{wide} px too wide")
        shot = Image.open(io.BytesIO(self.page.screenshot()))
        return shot.convert("RGB").quantize(128, dither=Image.Dither.NONE)


def logged_in(browser: Browser, credentials: dict[str, str], theme: str, width: int) -> Shots:
    """Return a page of the administrator in a theme and size."""
    size = dict(zip(("width", "height"), SIZES[width], strict=True))
    context = browser.new_context(viewport=size, color_scheme=theme, timezone_id="Europe/Berlin")
    context.add_init_script(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
    page = context.new_page()
    page.goto(credentials["url"])
    page.fill("[name=username]", credentials["username"])
    page.fill("[name=password]", credentials["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile("/admin/$"))
    return Shots(page, credentials["url"])


def login_page(browser: Browser, url: str, theme: str, width: int) -> Image.Image:
    """Return the login as a stranger sees it."""
    size = dict(zip(("width", "height"), SIZES[width], strict=True))
    context = browser.new_context(viewport=size, color_scheme=theme)
    context.add_init_script(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
    shots = Shots(context.new_page(), url)
    shots.open("/admin/login/")
    image = shots.take()
    context.close()
    return image


def all_shots(
    browser: Browser, credentials: dict[str, str], names: list[str]
) -> Iterator[tuple[str, Image.Image]]:
    """Yield the name and the picture of every page that is there."""
    for theme in THEMES:
        for width in SIZES:
            if not names or "login" in names:
                image = login_page(browser, credentials["url"], theme, width)
                yield f"login-{theme}-{width}", image
            shots = logged_in(browser, credentials, theme, width)
            for name in names or PAGES:
                if name in PAGES and shots.open(PAGES[name]):
                    yield f"{name}-{theme}-{width}", shots.take()
                elif name != "login":
                    shots.faults.append(f"{name} is not there")
            for fault in shots.faults:
                print(f"{theme} {width}: {fault}", file=sys.stderr)
            shots.page.context.close()


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--credentials", type=Path, default=ROOT / "data" / "credentials.json")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "screenshots")
    options = parser.parse_args()
    credentials = json.loads(options.credentials.read_text())
    options.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name, image in all_shots(browser, credentials, options.pages):
            image.save(options.into / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
