"""Scripts of the database, from stored rows to alerts and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from alerts.lifecycle import process_round
from alerts.models import Alert, State
from checks.lua import running
from checks.lua.models import Run, Script, Visit
from checks.models import CheckSetting, sync_settings
from monitoring.enrichment.context import current
from monitoring.enrichment.rows import enrich_flows
from monitoring.models import Agent, Host, Interface
from ntopweb import lua
from tests.checks.lua.test_process import STUCK
from tests.pipeline.conftest import flows

pytestmark = pytest.mark.django_db

FAMILIES = [("192.168.1.10", "203.0.113.5"), ("fd00::10", "2001:db8::5")]


@pytest.fixture
def interface() -> Interface:
    sync_settings()
    agent = Agent.objects.create(name="probe", token_hash="x")
    now = datetime.now(UTC)
    return Interface.objects.create(agent=agent, name="eth0", kind="live", last_seen=now)


def a_script(source: str, target: str = "flow_end", **fields: Any) -> Script:
    script = Script.objects.create(
        name=fields.pop("name", "mine"),
        target=target,
        state=fields.pop("state", "enabled"),
        **fields,
    )
    script.write(source)
    return script


def look(interface: Interface, *rows: dict[str, Any]) -> int:
    now = datetime.now(UTC)
    table = enrich_flows(flows(*rows, now=now), current(), interface.pk)
    picked = lua.run_flows(table, now)
    process_round(now)
    return picked


def visit(interface: Interface, after: float = 0.0) -> int:
    now = datetime.now(UTC) + timedelta(seconds=after)
    Host.objects.update(last_seen=now)
    Interface.objects.update(last_seen=now)
    picked = lua.run_hosts(now)
    process_round(now)
    return picked


def a_host(interface: Interface, address: str, **fields: Any) -> Host:
    now = datetime.now(UTC)
    return Host.objects.create(
        interface=interface, address=address, first_seen=now, last_seen=now, **fields
    )


@pytest.mark.parametrize(("client", "server"), FAMILIES)
def test_a_flow_that_a_script_picks_is_an_alert_of_its_name_score_and_words(
    interface: Interface, client: str, server: str
) -> None:
    a_script(
        "-- @param port number 443\nif flow.srv_port() == flow.param('port') then"
        " flow.triggerAlert(180, 'to ' .. flow.srv()) end"
    )
    assert look(interface, {"client": client, "server": server}) == 1
    alert = Alert.objects.get()
    assert (alert.check_key, alert.family, alert.score) == ("custom_lua_script", "flow", 180)
    assert alert.message == f"mine: to {server}"
    assert (alert.client, alert.server, alert.count) == (client, server, 1)
    assert [flow["flow_id"] for flow in alert.flows] == [1]


def test_the_same_ends_are_one_alert_and_two_scripts_are_two(interface: Interface) -> None:
    a_script("flow.triggerAlert(10, 'x')", name="one")
    a_script("flow.triggerAlert(10, 'x')", name="two")
    look(interface, {"client_port": 1}, {"client_port": 2})
    assert sorted(Alert.objects.values_list("message", "count")) == [("one: x", 2), ("two: x", 2)]


def test_a_script_in_shadow_is_counted_and_tells_nobody(interface: Interface) -> None:
    a_script("flow.triggerAlert(10, 'x')", state="shadow")
    assert look(interface, {}) == 0
    assert not Alert.objects.exists()
    assert Run.objects.get().hits == 1


@pytest.mark.parametrize("how", ["off", "the switch of all"])
def test_what_is_off_does_not_run(interface: Interface, how: str) -> None:
    a_script("flow.triggerAlert(10, 'x')", state="off" if how == "off" else "enabled")
    if how != "off":
        CheckSetting.objects.get(key="custom_lua_script").change(is_enabled=False)
    assert look(interface, {}) == 0
    assert not Run.objects.exists()


def test_a_script_sees_the_event_of_its_hook_and_the_events_it_needs_are_wanted(
    interface: Interface,
) -> None:
    a_script("flow.triggerAlert(10, 'x')", target="flow_start")
    assert look(interface, {"event": "end"}, {"event": "start"}) == 1
    assert running.wanted_events() == {"start"}


def test_an_error_is_counted_with_its_line_and_the_others_run(interface: Interface) -> None:
    a_script("\nerror('no')", name="bad")
    a_script("flow.triggerAlert(10, 'x')", name="good")
    assert look(interface, {}) == 1
    run = Run.objects.get(script__name="bad")
    assert (run.rows, run.errors) == (1, 1)
    assert re.fullmatch(r"flow -?\d+: script:2: no", run.error)


@pytest.mark.parametrize("address", [client for client, _ in FAMILIES])
def test_a_host_scripts_error_names_the_host_on_the_scripts_page_and_in_the_list(
    interface: Interface, address: str, admin_client: Client
) -> None:
    a_host(interface, address)
    script = a_script("\nerror('no')", "host", name="bad")
    visit(interface)
    Run.objects.update(minute=datetime.now(UTC) - timedelta(minutes=50))
    for minutes in range(12):  # quiet ones since, more than the page shows
        Run.objects.create(script=script, minute=datetime.now(UTC) - timedelta(minutes=minutes))
    for url in ("/scripts/", f"/scripts/{script.pk}/"):
        assert f"host {address}: script:2: no" in admin_client.get(url).text


def test_a_script_that_is_killed_twice_is_quarantined_and_alerted_and_can_be_forgiven(
    interface: Interface, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = a_script(STUCK)
    real = lua.process().run
    monkeypatch.setattr(lua.process(), "run", lambda *args: real(*args, seconds=0.3))
    look(interface, {})
    script.refresh_from_db()
    assert (script.kills, script.is_running) == (1, True)
    look(interface, {})
    script.refresh_from_db()
    assert not script.is_running
    process_round(datetime.now(UTC))
    alert = Alert.objects.get(check_key="script_quarantined")
    assert "mine was stopped: it ran too long" in alert.message
    script.forgive()
    assert script.is_running


@pytest.mark.parametrize("address", ["192.168.1.10", "fd00::10"])
def test_a_host_alert_stands_until_its_script_completes_without_it(
    interface: Interface, address: str
) -> None:
    host = a_host(interface, address, is_local=True, bytes_sent=2000, bytes_received=1)
    a_script(
        "if host.bytes() > 1000 then host.triggerAlert(60, host.name() .. ' talks') end", "host"
    )
    assert visit(interface) == 1
    assert visit(interface, 60) == 1
    alert = Alert.objects.get()
    assert (alert.check_key, alert.state, alert.entity) == (
        "custom_host_lua_script",
        State.ENGAGED,
        address,
    )
    Host.objects.filter(pk=host.pk).update(bytes_sent=1)
    visit(interface, 120)
    alert.refresh_from_db()
    assert alert.state == State.RELEASED
    assert alert.events.last().text == "mine found nothing"


@pytest.mark.parametrize(
    "leaves", ["error('x')", "while true do end", "quarantine", "off, then silence"]
)
def test_an_alert_stands_where_the_script_did_not_complete(
    interface: Interface, leaves: str
) -> None:
    a_host(interface, "192.168.1.10")
    script = a_script("host.triggerAlert(60, 'x')", "host")
    visit(interface)
    if leaves == "quarantine":
        script.blame("it", datetime.now(UTC))
        script.blame("it", datetime.now(UTC))
    elif leaves.startswith("off"):
        Script.objects.update(state="off")
    else:
        script.write(leaves)
    visit(interface, 60)
    assert Alert.objects.get().state == State.ENGAGED


def test_a_host_to_be_skipped_is_not_visited_until_then(interface: Interface) -> None:
    a_host(interface, "192.168.1.10")
    a_host(interface, "fd00::10")
    until = int(datetime.now(UTC).timestamp()) + 90
    a_script(
        f"if host.ip() == 'fd00::10' then host.skipVisitedHost(true, {until}) end"
        " host.triggerAlert(host.isFirstCheckRun() and 10 or 20, 'x')",
        "host",
    )
    assert [visit(interface), visit(interface, 60), visit(interface, 120)] == [2, 1, 2]
    assert Alert.objects.filter(state=State.ENGAGED, score=20).count() == 2
    assert Visit.objects.count() == 2


def test_skipping_for_good_lasts(interface: Interface) -> None:
    a_host(interface, "192.168.1.10")
    a_script("host.skipVisitedHost(true) host.triggerAlert(10, 'x')", "host")
    assert [visit(interface), visit(interface, 60), visit(interface, 1e6)] == [1, 0, 0]
    assert Alert.objects.get().state == State.ENGAGED


def test_a_host_that_is_silent_is_not_visited(interface: Interface) -> None:
    a_host(interface, "192.168.1.10")
    quiet = a_host(interface, "192.168.1.11")
    a_script("host.triggerAlert(10, 'x')", "host")
    now = datetime.now(UTC)
    Host.objects.filter(pk=quiet.pk).update(last_seen=now - timedelta(minutes=5))
    assert lua.run_hosts(now) == 1
    assert lua.run_hosts(now + timedelta(minutes=5)) == 0


def test_a_version_is_kept_with_its_difference_and_a_rollback_is_a_new_one() -> None:
    script = a_script("return 0")
    script.write("flow.triggerAlert(1, 'x')\nreturn 0", note="alert")
    assert script.source.startswith("flow")
    assert script.latest is not None
    assert script.latest.diff()[1:] == ["+flow.triggerAlert(1, 'x')", " return 0"]
    script.write("return 0", note="back to 1")
    assert [version.number for version in script.versions.all()] == [3, 2, 1]


@pytest.mark.parametrize("source", ["-- @param x", "-- @param x colour red", "x" * 70_000])
def test_a_source_that_cannot_be_is_refused(source: str) -> None:
    with pytest.raises(ValidationError):
        a_script(source)


def test_the_table_of_hosts_has_what_the_methods_ask_for(interface: Interface) -> None:
    a_host(interface, "224.0.0.251")
    a_script(
        "dump_host() print(host.getNumContactedPeersAsClientTCPUDPNoTX(),"
        " host.getUnidirectionalTCPUDPFlowsStats().num_ingress)",
        "host",
    )
    visit(interface)
    run = Run.objects.get()
    assert run.error == ""
    assert "is_multicast = true" in run.console
    assert run.console.endswith("0\t0")
    assert isinstance(lua.run_flows(pl.DataFrame(), datetime.now(UTC)), int)
