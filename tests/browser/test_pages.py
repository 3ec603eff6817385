"""Every page in both themes and sizes, and what moves on it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from monitoring.models import Flow, Host, Interface
from tests.monitoring import builders

pytestmark = pytest.mark.browser

PAGES = {
    "dashboard": lambda: "/admin/",
    "flows": lambda: "/flows/",
    "flow": lambda: f"/flows/{Flow.objects.first().flow_id}/",
    "hosts": lambda: "/hosts/",
    "host": lambda: f"/hosts/{Host.objects.get(address='192.168.1.1').pk}/",
    **{
        f"host {tab}": lambda tab=tab: (
            f"/hosts/{Host.objects.get(address='192.168.1.1').pk}/?tab={tab}"
        )
        for tab in ("applications", "peers", "ports", "names", "flows", "alerts")
    },
    "countries": lambda: "/countries/",
    "search": lambda: "/search/?q=192",
    "range": lambda: "/admin/?since=2026-01-05T08:00&until=2026-01-05T09:00",
    "interfaces": lambda: "/interfaces/",
    "interface": lambda: f"/interfaces/{Interface.objects.get(name='eth0').pk}/",
    "agents": lambda: "/agents/",
    "ledger": lambda: "/ledger/",
    "checks": lambda: "/checks/",
    "check": lambda: "/checks/flow_flood/",
    "admin": lambda: "/admin/monitoring/host/",
}


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_pages_open_without_a_fault(visit, office, dark, phone):
    visitor = visit(is_superuser=True)
    for url in PAGES.values():
        page = visitor.open(url(), dark=dark, phone=phone)
        assert page.locator("html.dark").count() == int(dark), page.url
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    assert [fault for fault in visitor.faults if "/ws/" not in fault] == []


@pytest.mark.parametrize("name", ["dashboard", "host", "interface"])
def test_charts_are_drawn(visit, office, name):
    page = visit("viewer").open(PAGES[name]())
    page.wait_for_selector("[data-chart] canvas")
    page.wait_for_selector("[data-drawn]")


def test_an_empty_chart_says_so(visit, db):
    builders.an_interface("eth0")
    page = visit("viewer").open("/admin/")
    expect(page.locator("[data-empty]").first).to_contain_text("No traffic in this time")
    for chart in page.locator("[data-chart]").all():
        expect(chart).to_be_hidden()


def test_a_new_flow_appears_without_reloading(visit, office):
    page = visit("viewer").open("/flows/")
    assert page.get_by_text("198.18.0.99").count() == 0
    page.evaluate("window.notReloaded = true")
    builders.a_live_flow(time=timezone.now() + timedelta(seconds=3), server="198.18.0.99")
    page.get_by_text("198.18.0.99").wait_for(timeout=15_000)
    assert page.evaluate("window.notReloaded")


def test_flows_are_found_by_typing_and_choosing(visit, office):
    builders.a_flow(time=timezone.now(), client="2001:db8::77", server="2001:db8::78")
    page = visit("viewer").open("/flows/")
    page.fill("[name=search]", "2001:db8::77")
    page.press("[name=search]", "Enter")
    page.wait_for_url(re.compile("search=2001"))
    assert page.locator("#flows tbody tr").count() == 1
    assert "application=" not in page.url  # what is empty does not stand in the URL
    page.select_option("[name=state]", "active")
    page.wait_for_url(re.compile("state=active"))
    expect(page.locator("#flows")).to_contain_text("No flows in this time with this filter")


def test_times_are_in_the_browsers_zone(visit, office):
    visitor = visit("viewer")
    visitor.open("/ledger/")
    page = visitor.open("/ledger/")
    shown = page.locator("#ledger tbody time").first
    tokyo = timezone.datetime.fromisoformat(shown.get_attribute("datetime")) + timedelta(hours=9)
    assert shown.inner_text() == f"{tokyo:%Y-%m-%d %H:%M:%S}"


def test_the_demonstration_is_removed_in_one_click(visit, office):
    page = visit(is_superuser=True).open("/admin/")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("are removed")).to_be_visible()
    assert not Interface.objects.filter(kind="demonstration").exists()


def test_a_check_is_switched_on_in_the_list_and_its_threshold_changed(visit, db):
    visitor = visit("operator")
    page = visitor.open("/checks/?search=flow_flood")
    row = page.locator("#check-flow_flood")
    with page.expect_response(re.compile("switch")):
        row.locator("input[name=is_enabled]").check(force=True)
    expect(row.locator("input[name=is_enabled]")).to_be_checked()
    row.get_by_role("link", name="Flow Flood", exact=True).click()
    page.fill("[name=threshold]", "1000000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".nt-reason")).to_contain_text("Must be from 1 to 65535")
    page.fill("[name=threshold]", "300")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved and in force")).to_be_visible()
    expect(page.locator("[name=threshold]")).to_have_value("300")


def test_a_capture_is_chosen_for_a_trial_of_a_script(visit, tmp_path):
    visitor = visit(is_superuser=True)
    page = visitor.open("/scripts/new/")
    page.select_option("#lua-on", "capture")
    (tmp_path / "some.pcap").touch()
    page.set_input_files("#lua-capture", tmp_path / "some.pcap")
    assert page.evaluate("document.getElementById('lua-capture').files[0].name") == "some.pcap"
    assert visitor.faults == []


def test_a_faulty_file_of_settings_is_chosen_and_refused_naming_the_field(visit, tmp_path, db):
    visitor = visit(is_superuser=True)
    page = visitor.open("/checks/")
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nchecks: {syn_flood: {enabled: perhaps}}\n")
    page.set_input_files("input[type=file]", bad)
    expect(page.get_by_text("enabled: must be true or false")).to_be_visible()
    assert visitor.faults == []


def test_a_user_logs_in_with_name_and_password(visit, browser, live_server):
    builders.a_user("anna", "viewer", password="correct horse")
    page = browser.new_context().new_page()
    page.goto(f"{live_server.url}/")
    page.fill("[name=username]", "anna")
    page.fill("[name=password]", "correct horse")
    page.press("[name=password]", "Enter")
    expect(page.get_by_text("Throughput by application")).to_be_visible()
    page.context.close()
