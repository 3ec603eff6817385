"""ntopng's published client, unmodified: every public method, with live and historical data."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from ntopweb.ntopng.schemas import SCHEMAS
from tests.monitoring import builders
from tests.ntopng.conftest import SERVER4, SERVER6, V4, V6, an_alert

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = pytest.mark.parametrize(("host", "server"), [(V4, SERVER4), (V6, SERVER6)])
MEBIBYTE = 2**20


def some_alerts(network) -> None:
    at = {"interface": network.interface}
    an_alert(**at)
    an_alert(client=V6, server=SERVER6, **at)
    an_alert("syn_flood", "host", score=100, attacker=V4, **at)
    an_alert("syn_flood", "host", score=100, client=V6, attacker=V6, **at)


@BOTH
def test_every_method_works(network, viewer_token, run, host, server):
    some_alerts(network)
    found = run("every_method", viewer_token, network.ifid, host)
    assert len(found) == 13 + 16 + 5 + 27 + 12
    assert found["Ntopng.get_interfaces_list"][0]["ifid"] == network.ifid
    assert found["Ntopng.get_host_interfaces_list"] == {host: [{"ifid": network.ifid}]}
    assert found["Interface.get_data"]["num_flows"] == 2
    assert {one["ip"] for one in found["Interface.get_active_hosts"]} == {V4, V6, SERVER4, SERVER6}
    assert len(found["Interface.get_active_hosts_paginated"]["data"]) == 3
    (record,) = found["Interface.get_all_alerts"]["records"]
    assert record["cli_ip"]["ip"] == host
    assert found["Host.get_host_data"]["bytes.rcvd"] == 600
    (flow,) = found["Host.get_active_flows_paginated"]["data"]
    assert (flow["client"]["ip"], flow["server"]["ip"]) == (host, server)
    assert {row["cli_ip"] for row in found["Historical.get_flow_alerts"]} == {V4, V6}
    assert {row["ip"] for row in found["Historical.get_host_alerts"]} == {V4, V6}
    assert found["Historical.get_mac_alerts"] == []
    assert found["Historical.get_timeseries"]["columns"] == ["bytes_sent", "bytes_rcvd"]
    assert found["Historical.timeseries_to_pandas"]["data"] == []
    totals = found["Historical.get_host_timeseries_stats"]["by_serie"]
    assert [one["total"] for one in totals] == pytest.approx([1000, 5000])
    assert len(found["Historical.get_timeseries_metadata"]) == len(SCHEMAS)
    assert len(found["Historical.get_flows"]) == 2
    (pair,) = found["Historical.get_top_conversations"]
    assert (pair["cli_ip"]["ip"], pair["srv_ip"]["ip"]) == (host, server)
    assert found["Historical.get_host_top_protocols"][0]["percentage"] == 50
    severities = found["Report.get_alerts_by_severity"]
    assert severities["columns"] == ["Alert type", "Severity"]
    assert [row[1] for row in severities["data"]] == ["Error", "Warning"]
    assert found["Report.get_alerts_by_count"]["data"][0][1] == "50 %"
    assert found["Report.get_top_conversations"]["data"][0][1::2] == [host, server]
    assert found["Report.get_upload_download"] == pytest.approx([1000 / MEBIBYTE, 5000 / MEBIBYTE])
    assert found["Report.get_interfaces_count"] == 1


def texts(pdf: bytes) -> str:
    """Return what is written on the pages of an fpdf document."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    read = []
    for stream in streams:
        try:
            read.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    return "\n".join(re.findall(r"\((.*)\) Tj", "\n".join(read)))


@pytest.mark.parametrize(
    ("host", "title"),
    [
        (None, "Interface Report"),
        (V4, f"Host {V4} Report"),
        (V6, f"Host {V6} Report"),
        ("198.51.100.9", "Host 198.51.100.9 Report"),
    ],
)
@pytest.mark.parametrize("with_alerts", [True, False])
def test_the_report_is_built(network, viewer_token, run, tmp_path, host, title, with_alerts):
    if with_alerts:
        some_alerts(network)
    at = network.now.replace(second=0, microsecond=0) - timedelta(hours=2)
    sums = {"bytes_sent": 3 * MEBIBYTE, "bytes_received": 5 * MEBIBYTE, "bucket": at}
    for dimension, key in (("category", "Video"), ("host", V4), ("host", V6)):
        builders.some_traffic(dimension, key, resolution="1m", interface=network.interface, **sums)
    said = run("report", viewer_token, network.ifid, *([host] if host else []))
    assert "not available" not in said
    pdf = Path(tmp_path / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF")
    assert pdf.count(b"/Subtype /Image") >= 5
    written = texts(pdf)
    assert title in written
    assert "of 1 interfaces" in written
    moved = "0.00 / 0.00" if host == "198.51.100.9" else "3.00 / 5.00"
    assert f"Total Sent/Received: {moved} MB" in written


@pytest.mark.parametrize("user", ["-", "viewer", "None"])
def test_wrong_credentials_do_not_connect(network, cast, run, user):
    said = run("connect", user, "wrong", network.ifid, V4, fails=True)
    assert "ValueError: Invalid credentials or URL specified" in said


def test_a_password_connects(network, cast, run):
    cast.viewer.set_password("open sesame")
    cast.viewer.save()
    said = run("connect", "viewer", "open sesame", network.ifid, V4)
    assert said.splitlines()[-1] == "nas"


@pytest.mark.parametrize("host", ["198.51.100.9", "2001:db8:9::9"])
def test_an_unknown_host_is_said_to_be(network, viewer_token, run, host):
    said = run("connect", "-", viewer_token, network.ifid, host, fails=True)
    assert "Bad response code 404" in said


def test_an_unknown_interface_is_said_to_be(network, viewer_token, run):
    said = run("connect", "-", viewer_token, 77_777, V4, fails=True)
    assert "Bad response code 400" in said
