"""The trial of a script on its page: on stored flows, on one flow, on a capture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from scapy.all import IP, TCP, Ether, IPv6, wrpcap

from checks.lua import trial
from checks.lua.models import Script
from tests.checks.lua.test_pages import fields, saved
from tests.monitoring.builders import a_flow, an_interface

pytestmark = pytest.mark.django_db


TRY = {
    "target": "flow_end",
    "source": "print(flow.l7_proto_name()) flow.triggerAlert(42, flow.cli())",
}


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_a_trial_on_stored_flows_saves_nothing(admin: Client, address: str) -> None:
    interface = an_interface()
    flow = a_flow(interface=interface, client=address)
    a_flow(interface=interface)
    said = admin.post("/scripts/try/", {**TRY, "flow": flow.flow_id}).json()
    assert (said["rows"], said["hits"], said["stopped"]) == (1, 1, "")
    assert said["matches"][0]["message"] == address
    assert said["matches"][0]["url"] == f"/flows/{flow.flow_id}/"
    assert admin.post("/scripts/try/", {**TRY, "count": 100}).json()["rows"] == 2
    assert not Script.objects.exists()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "no stored flow"),
        ({"flow": "7"}, "not stored"),
        ({"flow": "x"}, "flow: must be"),
        ({"count": "0"}, "count: must be"),
        ({"target": "host"}, "No host"),
        ({"target": "x"}, "target: "),
        ({"values": "["}, "values: no JSON"),
    ],
)
def test_a_trial_on_nothing_says_why(admin: Client, changed: dict[str, str], reason: str) -> None:
    if "values" in changed:
        a_flow(interface=an_interface())
    answer = admin.post("/scripts/try/", {**TRY, **changed})
    assert answer.status_code == 200  # an error of the script is none of the page's
    assert reason in answer.json()["error"]


def a_capture(folder: Path) -> SimpleUploadedFile:
    packets = [
        Ether() / IP(src="192.0.2.1", dst="192.0.2.2") / TCP(sport=1024, dport=23, flags="S"),
        Ether() / IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP(sport=1024, dport=23, flags="S"),
    ]
    for packet in packets:
        packet.time = 1_800_000_000
    wrpcap(str(folder / "x.pcap"), packets)
    return SimpleUploadedFile("x.pcap", (folder / "x.pcap").read_bytes())


def test_a_trial_on_a_capture_meters_it_as_the_agent_does_and_once(
    admin: Client, viewer: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = admin.post("/scripts/captures/", {"capture": a_capture(tmp_path)}).json()
    assert read["flows"] == 2
    monkeypatch.setattr(trial, "_metered", lambda data: pytest.fail("it is metered again"))
    assert admin.post("/scripts/captures/", {"capture": a_capture(tmp_path)}).json() == read
    said = admin.post("/scripts/try/", {**TRY, "capture": read["capture"]}).json()
    assert sorted(one["message"] for one in said["matches"]) == ["192.0.2.1", "2001:db8::1"]
    assert {one["url"] for one in said["matches"]} == {""}
    other = viewer.post("/scripts/try/", {**TRY, "capture": read["capture"]}).json()
    assert other["forgotten"]


def test_what_is_no_capture_is_said(admin: Client) -> None:
    broken = SimpleUploadedFile("x.pcap", b"no capture at all, but some bytes")
    said = admin.post("/scripts/captures/", {"capture": broken}).json()
    assert said["error"].startswith("capture: ")
    assert "choose a file" in admin.post("/scripts/captures/").json()["error"]


@pytest.mark.parametrize("alerts", [True, False])
def test_a_tried_flow_is_kept_as_an_example(admin: Client, alerts: bool) -> None:
    a_flow(interface=an_interface(), server="192.0.2.9", server_port=2323)
    source = f"if flow.srv_port() == {2323 if alerts else 1} then flow.triggerAlert(9, 'x') end"
    said = admin.post("/scripts/try/", {**TRY, "source": source, "count": 10}).json()
    (one,) = said["matches" if alerts else "quiet"]
    assert (one["row"]["server"], one["row"]["server_port"]) == ("192.0.2.9", 2323)
    kept = [{"name": one["about"], "row": one["row"], "alerts": alerts}]
    assert saved(admin, source=source, examples=json.dumps(kept)).examples.count() == 1
    refused = admin.post("/scripts/new/", fields(name="2", source=source, examples=json.dumps(
        [kept[0] | {"alerts": not alerts}])))  # fmt: skip
    assert "alert, and does" in refused.context["reasons"]["examples"]
