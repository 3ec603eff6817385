"""From flows to what hosts, pairs, names and networks did in five minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checks.learning import contacts, windows
from monitoring.enrichment.networks import Networks
from tests.checks.learning.builders import NOW, SIDES, flow, flows

DNS = {
    "application": "DNS",
    "l4": 17,
    "connection_state": "",
    "server_port": 53,
    "category": "Network",
}


def prepared(*given):
    return windows.prepare(flows(*given))


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_a_host_is_counted_with_whom_it_contacts(client, server, remote, network):
    given = [
        flow(client, remote, server_country="DE", server_name="a.example.co.uk"),
        flow(client, remote, server_country="FR", server_name="b.example.co.uk"),
        flow(client, server, **DNS, dns_query="x.example.org", dns_rcode=3),
        flow(client, remote, **DNS, dns_query="y.example.org", dns_rcode=0),
        flow(client, server, application="NTP", l4=17),
        flow(client, remote, application="SMTPS"),
        flow(client, remote, category="VPN", application="WireGuard", event="update"),
        flow(client, server, category="VPN", event="update"),
        flow(client, remote, connection_state="S0", packets_to_client=0, server_port=81),
        flow(client, remote, connection_state="REJ", server_port=82),
    ]
    (row,) = windows.host_windows(prepared(*given)).to_dicts()
    assert (row["address"], row["flows"], row["window"]) == (client, 10, 300.0)
    assert (row["dns_servers"], row["ntp_servers"], row["smtp_servers"]) == (2, 1, 1)
    assert (row["countries"], row["domains"]) == (2, 2)
    assert (row["names_asked"], row["names_failed"]) == (2, 1)
    assert (row["remote_access"], row["remote_access_applications"]) == (1, "WireGuard")
    assert row["failed_targets"] == 2
    assert not row["is_dns_server"]


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_who_is_asked_is_a_server_of_it(client, server, remote, network):
    given = [flow(client, server, **DNS), flow(server, remote, **DNS)]
    found = {row["address"]: row for row in windows.host_windows(prepared(*given)).to_dicts()}
    assert found[server]["is_dns_server"] and not found[client]["is_dns_server"]


def test_a_remote_client_has_no_row_and_windows_are_of_event_time():
    given = [
        flow("198.51.100.1", "10.0.0.9"),
        flow("10.0.0.7", "198.51.100.1"),
        flow("10.0.0.7", "198.51.100.1", after=299),
    ]
    found = windows.host_windows(prepared(*given))
    assert found["address"].to_list() == ["10.0.0.7", "10.0.0.7"]
    assert sorted(found["time"]) == [NOW + timedelta(seconds=s) for s in (1, 300)]


def test_a_flows_last_row_counts():
    one = flow("10.0.0.7", "10.0.0.9", event="update", bytes_to_server=10)
    later = one | {"event": "end", "bytes_to_server": 30, "last_seen": NOW + timedelta(seconds=60)}
    (row,) = windows.pair_windows(prepared(one, later)).to_dicts()
    assert (row["flows"], row["bytes_to_server"]) == (1, 30)


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_short_sessions_are_over_within_twenty_seconds_and_said_something(
    client, server, remote, network
):
    long = {"last_seen": NOW + timedelta(seconds=20.1)}
    given = [
        flow(client, server, last_seen=NOW + timedelta(seconds=20)),
        flow(client, server, **long),
        flow(client, server, payload_to_client=0),
        flow(client, server, event="update"),
    ]
    (row,) = windows.pair_windows(prepared(*given)).to_dicts()
    assert (row["client"], row["server"], row["flows"], row["short_flows"]) == (
        client,
        server,
        4,
        1,
    )


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_names_are_counted_below_their_registered_domain(client, server, remote, network):
    asked = [
        "aaaa.t.example.co.uk",
        "BBBBBB.t.example.co.uk",
        "bbbbbb.t.example.co.uk",
        "example.org",
    ]
    given = [flow(client, server, **DNS, dns_query=name) for name in asked]
    found = {r["domain"]: r for r in windows.name_windows(prepared(*given)).to_dicts()}
    tunnel = found["example.co.uk"]
    assert (tunnel["names"], tunnel["queries"], tunnel["address"]) == (2, 3, client)
    assert tunnel["name_length"] == pytest.approx((6 + 8 + 8) / 3)
    assert found["example.org"]["name_length"] == 0


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_a_networks_tcp_is_summed_once_for_each_flow(client, server, remote, network):
    bad = {"packets_to_server": 10, "packets_to_client": 30, "retransmissions_to_client": 4}
    given = [
        flow(client, server, **bad),
        flow(client, remote, **bad, out_of_order_to_server=1),
        flow(client, server, **bad, l4=17),
        flow(client, server, **bad, event="update"),
    ]
    table = windows.network_windows(prepared(*given), Networks.of([(network, 1)]), [network])
    (row,) = table.to_dicts()
    assert row["name"] == network
    assert (row["packets"], row["retransmissions"], row["out_of_order"]) == (80, 8, 1)


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_what_is_learned_of_flows(client, server, remote, network):
    given = [
        flow(client, server, application="SSH", server_port=22),
        flow(client, remote, server_name="www.example.com", application="TLS.Google"),
        flow(remote, server, application="HTTP", server_port=8080),
    ]
    found = contacts.contacts(prepared(*given)).to_dicts()
    assert sorted((row["kind"], row["name"]) for row in found) == sorted([
        ("service", f"{client} → {server} SSH"),
        ("port", f"{server} TCP 22 (SSH)"),
        ("port", f"{server} TCP 8080 (HTTP)"),
        ("destination", "example.com"),
    ])  # fmt: skip


@pytest.mark.parametrize(("columns", "learns"), [
    ({}, True),
    ({"packets_to_client": 0, "payload_to_client": 0}, False),
    ({"payload_to_client": 0}, False),
    ({"payload_to_client": 0, "l4": 17}, True),
])  # fmt: skip
def test_a_scan_teaches_nothing(columns, learns):
    found = contacts.contacts(prepared(flow("10.0.0.7", "10.0.0.9", **columns)))
    assert bool(found.height) is learns


@pytest.mark.parametrize(("client", "server", "remote", "network"), SIDES)
def test_a_router_is_whose_mac_carries_the_outside(client, server, remote, network):
    router = network.partition("/")[0].replace("10.0.0.0", "10.0.0.").replace("::", "::")
    router = "10.0.0.1" if "." in client else "fd00::1"
    far = [f"198.51.100.{n}" if "." in client else f"2001:db8::{n}" for n in range(1, 6)]
    given = [flow(client, there, client_mac=7, server_mac=1) for there in far]
    given.append(flow(client, router, client_mac=7, server_mac=1))
    found = contacts.gateways(prepared(*given)).to_dicts()
    told = [(row["address"], row["mac"], row["remote_hosts"]) for row in found]
    assert told == [(router, "00:00:00:00:00:01", 5)]
