"""A script is written, tried on the last flows, tested over days, saved, and alerts on the next."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.flooding import FLOODERS, write_flood
from tests.browser.test_alert_arrives import PATIENCE, _empty_storage, page, replay, up
from tests.house.running import Up

pytestmark = pytest.mark.browser
__all__ = ["_empty_storage", "page", "up"]

FLOWS = 60
#: After the condition, which is typed by hand.
REST = ' == flow.param("port") then\n  flow.triggerAlert(120, "probe from " .. flow.cli())\nend\n'


def test_a_script_is_written_tried_saved_and_alerts_on_the_next_flow(up: Up, page: Page) -> None:
    page.goto("/scripts/new/")
    page.select_option("#lua-target", "flow_end")
    write_script(page)

    page.click("#lua-try")
    expect(page.locator("#lua-cost")).to_contain_text(f"{2 * FLOWS} of {2 * FLOWS} flows match")
    shown = page.locator("#lua-matches tbody tr")
    expect(shown).to_have_count(50)
    expect(page.locator("#lua-matches")).to_contain_text(f"50 of {2 * FLOWS} matches shown")
    more = page.get_by_role("button", name="Show 50 more")
    while more.is_visible():
        more.click()
    expect(shown).to_have_count(2 * FLOWS)
    matches = page.locator("#lua-matches tr")
    for _, client, _ in FLOODERS:
        expect(matches.filter(has_text=f"probe from {client}")).not_to_have_count(0)
    assert up.get("alerts/?check=custom_lua_script")["results"] == []

    page.select_option("#lua-span", "7d")
    page.click("#lua-back-test")
    day = page.locator("#lua-days-table tbody tr")
    expect(day.first).to_contain_text(f"{datetime.now(UTC):%Y-}", timeout=PATIENCE)
    expect(page.locator("#lua-days-said")).to_contain_text(f"{2 * FLOWS} matches on 2 hosts")

    page.fill("[name=name]", "Probes")
    page.select_option("[name=state]", "enabled")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved and in force")).to_be_visible()
    time.sleep(3)  # as the page says: within seconds

    page.goto("/alerts/?check=custom_lua_script")
    expect(page.locator("#alerts")).to_contain_text("No alert fits this filter")
    write_flood(up.data.parent / "next.pcap", time.time() - 30, FLOWS)
    replay(up, up.data.parent / "next.pcap")
    rows = page.locator("#alerts tbody tr")
    expect(rows).to_have_count(len(FLOODERS), timeout=PATIENCE)
    for _, client, _ in FLOODERS:
        expect(rows.filter(has_text=f"probe from {client}")).to_have_count(1)


def write_script(page: Page) -> None:
    """Write as one does: a declaration, a method by completion, past an error, the rest."""
    editor = page.locator("#lua-editor")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("-- @param port number 9999 The port\n")
    expect(page.locator("[name=value_port]")).to_have_value("9999")
    page.keyboard.type("if flow.srv_po")
    completion = page.locator(".ace_autocomplete")
    expect(completion).to_be_visible()
    expect(completion).to_contain_text("flow.srv_port()")
    page.keyboard.press("Enter")
    expect(page.locator("#lua-problem")).to_have_text(re.compile("^Line "))
    page.keyboard.insert_text(REST)
    expect(page.locator("#lua-problem")).to_have_text("No error")
    assert page.input_value("#lua-source").startswith("-- @param port")
