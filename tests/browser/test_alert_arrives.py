"""What an operator sees when a rule is broken: every part is the real one, in its own process."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from checks.settings_store import LOOK_EVERY
from tests.browser.flooding import FLOODERS, write_flood, write_quiet
from tests.house.running import ROOT, Up, processes_of, wait_until

pytestmark = pytest.mark.browser

#: New flows that each flooder opens in one second; over the threshold that the operator sets.
FLOWS, THRESHOLD = 60, 40
#: Milliseconds for an alert to come, with an agent that may have to compile its meter first.
PATIENCE = 60_000
#: Milliseconds until every process has seen what was changed.
IN_FORCE = 2_000 * LOOK_EVERY


@pytest.fixture(autouse=True)
def _empty_storage() -> None:
    """Leave this process' database alone: everything here is in the servers of ``up``."""


@pytest.fixture
def up() -> Iterator[Up]:
    """Everything, with its own servers, and a capture of floods that nobody looks for yet."""
    folder = Path(f"/tmp/ntopweb-flood-{os.getpid()}")
    folder.mkdir()
    write_flood(folder / "before.pcap", time.time() - 900, FLOWS)
    running = Up(folder / "data", "--pcap", str(folder / "before.pcap"), "--keep-time")
    try:
        running.wait_for_green()
        wait_until(lambda: running.programs()["agent-pcap"]["state"] == "done", "replayed")
        yield running
        running.stop()
    finally:
        for pid in processes_of(folder):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder)


@pytest.fixture
def page(browser: Browser, up: Up) -> Iterator[Page]:
    """A browser of the administrator, who logged in with the password of the banner."""
    context = browser.new_context(base_url=up.credentials()["url"])
    page = context.new_page()
    page.goto("/")
    page.fill("[name=username]", up.credentials()["username"])
    page.fill("[name=password]", up.credentials()["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile("/admin/$"))
    yield page
    context.close()


def replay(up: Up, path: Path) -> None:
    """Let an agent of its own post a capture as it is, on the interface "lab"."""
    here = ["--interface", "lab", "--spool", str(up.data.parent / "spool"), "--name", "lab"]
    agent = [sys.executable, "-m", "capture_agent", "pcap", str(path), "--keep-time", *here]
    subprocess.run(
        [*agent, "--url", up.credentials()["ingest_url"]],
        env=os.environ | {"NTOPWEB_AGENT_TOKEN": up.credentials()["agent_token"]},
        cwd=ROOT,
        check=True,
        timeout=120,
    )


def test_an_alert_arrives_is_acknowledged_and_released_without_reloading(up: Up, page: Page):
    assert up.get("alerts/?check=flow_flood")["results"] == []
    enable_with_threshold(page)
    page.goto("/alerts/?check=flow_flood")
    expect(page.locator("#alerts")).to_contain_text("No alert fits this filter")
    page.evaluate("window.notReloaded = true")

    write_flood(up.data.parent / "flood.pcap", time.time() - 300, FLOWS)
    replay(up, up.data.parent / "flood.pcap")
    rows = page.locator("#alerts tbody tr")
    # Of each flooder and of whom it floods: a flood has two sides.
    wait_until(lambda: len(raised(up)) == 2 * len(FLOODERS), "raised")
    expect(rows).to_have_count(2 * len(FLOODERS), timeout=PATIENCE)
    for _, client, server in FLOODERS:
        expect(rows.filter(has_text=client)).not_to_have_count(0)
        expect(rows.filter(has_text=server)).not_to_have_count(0)
    assert page.evaluate("window.notReloaded")

    rows.filter(has_text=FLOODERS[1][1]).first.get_by_role("link", name="Flow Flood").click()
    expect(page.locator("#alert")).to_contain_text(f"over {THRESHOLD}")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alert")).to_contain_text("Acknowledged")
    page.evaluate("window.notReloaded = true")

    write_quiet(up.data.parent / "quiet.pcap", time.time() - 20, 15)
    replay(up, up.data.parent / "quiet.pcap")
    expect(page.locator("#alert .al-timeline")).to_contain_text("Released", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Release")).to_have_count(0)
    assert page.evaluate("window.notReloaded")
    states = {alert["state"] for alert in up.get("alerts/?check=flow_flood")["results"]}
    assert states == {"released"}


def raised(up: Up) -> list[dict[str, Any]]:
    """Return the floods that stand as alerts, also those that are over."""
    return up.get("alerts/?check=flow_flood")["results"]


def enable_with_threshold(page: Page) -> None:
    """Turn the check on in the list, and set its threshold on its page."""
    page.goto("/checks/?search=flow_flood")
    row = page.locator("#check-flow_flood")
    with page.expect_response(re.compile("switch")) as switched:
        row.locator("input[name=is_enabled]").check(force=True)
    assert switched.value.ok
    row.get_by_role("link", name="Flow Flood", exact=True).click()
    page.fill("[name=threshold]", str(THRESHOLD))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved and in force")).to_be_visible()
    page.wait_for_timeout(IN_FORCE)
