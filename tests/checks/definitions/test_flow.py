# ruff: noqa: E501 -- a case is a row, and reads as one
"""Each flow check just below and just above its limit, for IPv4 and IPv6."""

from __future__ import annotations

import json

import pytest

from checks.base import About
from checks.parameters import ParameterError
from checks.registry import discover
from tests.checks.builders import PEERS, a_flow, run, the

GIB = 2**30
INBOUND = {"direction": "remote_to_local", "client_is_local": False, "server_is_local": True}
UNSAFE = {**INBOUND, "application": "Telnet", "breed": "Unsafe"}
BOTH_WAYS = {"bytes_to_server": 60, "bytes_to_client": 40, "payload_to_server": 90}
SMALL = {"packets_to_server": 2, "payload_to_server": 1, "payload_to_client": 0}
MANY = {"packets_to_server": 10, "packets_to_client": 10}
DNS = {"application": "DNS", "l4": 17, "connection_state": "", "server_port": 53}
REFLECTING = {
    **INBOUND,
    "application": "NTP",
    "l4": 17,
    "connection_state": "",
    "bytes_to_server": 2_000,
}
BIG = {"category": "Web", "bytes_to_server": GIB + 1}

_CLIENTS = ("10.0.0.0/8", "2001:db8::/48")
_NEVER = [f"{network} client never SSH" for network in _CLIENTS]
_ONLY = [f"{network} client only {name}" for network in _CLIENTS for name in ("TLS", "DNS")]
_SERVES = [f"{address} server only IPP" for address in ("198.51.100.9", "2001:db8:f::/64")]

#: check, parameters, columns that do not fire, columns that do
CASES = [
    ("device_protocol_not_allowed", {"items": _NEVER}, {"application": "TLS"}, {"application": "SSH"}),
    ("device_protocol_not_allowed", {"items": _NEVER}, {"application": ""}, {"application": "SSH.GitHub"}),
    ("device_protocol_not_allowed", {"items": _ONLY}, {"application": "DNS.Google"}, {"application": "HTTP"}),
    ("device_protocol_not_allowed", {"items": _ONLY}, {"application": "TLS"}, {"application": "SSH"}),
    ("device_protocol_not_allowed", {"items": _SERVES}, {"application": "SSH", "server_high": 0, "server_low": 0xFFFF_0102_0304}, {"application": "SSH"}),
    ("blacklisted", {}, {"name_list": None}, {"name_list": "URLhaus", "server_name": "x.example"}),
    ("blacklisted", {}, {"category": "Web"}, {"category": "Malware"}),
    ("blacklisted", {}, {"category": "Malware", "server_list": "a"}, {"category": "Malware"}),
    ("blacklisted", {}, {"name_list": "NoCoin", "category": "Mining"}, {"name_list": "NoCoin"}),
    ("blacklisted_client_contact", {}, {"client_list": "a"}, {**INBOUND, "client_list": "a"}),
    ("blacklisted_server_contact", {}, {**INBOUND, "server_list": "a"}, {"server_list": "a"}),
    ("country_check", {"items": ["CN"]}, {"server_country": "DE"}, {"server_country": "CN"}),
    ("country_check", {"items": ["CN", "RU"]}, {"client_country": ""}, {"client_country": "RU"}),
    ("elephant_flows", {}, {**BIG, "bytes_to_server": GIB}, BIG),
    ("elephant_flows", {}, {**BIG, "category": "Cloud"}, {"bytes_to_client": GIB + 1}),
    ("elephant_flows", {"local_to_remote": 10}, {"bytes_to_client": 11}, {"bytes_to_server": 11}),
    ("elephant_flows", {"local_to_remote": 10}, {**INBOUND, "bytes_to_server": 11}, {**INBOUND, "bytes_to_client": 11}),
    ("elephant_flows", {}, {**BIG, "server_is_local": True}, BIG),
    ("elephant_flows", {"excluded_applications": ["TLS"]}, BIG, {**BIG, "application": "SSH"}),
    ("long_lived", {}, {"duration": 43_200.0}, {"duration": 43_200.1}),
    ("long_lived", {}, {"duration": 9e9, "category": "Database"}, {"duration": 9e9}),
    ("remote_access", {}, {"category": "RemoteAccess", "direction": "local"}, {"category": "RemoteAccess"}),
    ("remote_access", {}, {"category": "Web"}, {"category": "VPN"}),
    ("remote_access", {}, {"category": "Cloud"}, {"category": "FileSharing", **INBOUND}),
    ("remote_to_local_insecure_flow", {}, {**UNSAFE, "breed": "Acceptable"}, UNSAFE),
    ("remote_to_local_insecure_flow", {}, {**UNSAFE, "direction": "local_to_remote"}, UNSAFE),
    ("remote_to_local_insecure_flow", {}, {**UNSAFE, "confidence": "Match by port"}, UNSAFE),
    ("remote_to_local_insecure_flow", {}, {**UNSAFE, "connection_state": "S0"}, UNSAFE),
    ("remote_to_local_insecure_flow", {}, {**UNSAFE, "connection_state": "", "packets_to_client": 0}, {**UNSAFE, "connection_state": "", "packets_to_client": 1}),
    ("remote_to_local_insecure_flow", {}, {**INBOUND}, {**UNSAFE, "l4": 17, "connection_state": ""}),
    ("remote_to_local_insecure_flow", {}, {**INBOUND, "category": "Web"}, {**INBOUND, "category": "Malware"}),
    ("unexpected_dns", {}, {"application": "TLS.DoH_DoT"}, {"application": "DNS"}),
    ("unexpected_dns", {"items": ["198.51.100.9", "2001:db8:f::/48"]}, {"application": "DNS"}, {"application": "DNS", "server_high": 0, "server_low": 0xFFFF_0808_0808}),
    ("unexpected_dns", {}, {"application": "DNSCrypt"}, {"application": "DNS.Google"}),
    ("unexpected_dhcp", {}, {"application": "DHCP", "server_port": 68}, {"application": "DHCP", "server_port": 67}),
    ("unexpected_dhcp", {}, {"application": "DHCPV6", "server_port": 546}, {"application": "DHCPV6", "server_port": 547}),
    ("unexpected_ntp", {}, {"application": "DNS"}, {"application": "NTP"}),
    ("unexpected_smtp", {}, {"application": "IMAP"}, {"application": "SMTPS"}),
    ("web_mining", {}, {"category": "Crypto_Currency"}, {"category": "Mining"}),
    ("tcp_packets_issues", {}, {"packets_to_server": 100, "retransmissions_to_server": 15}, {"packets_to_server": 100, "retransmissions_to_server": 16}),
    ("tcp_packets_issues", {}, {"packets_to_client": 100, "out_of_order_to_client": 15}, {"packets_to_client": 100, "out_of_order_to_client": 16}),
    ("tcp_packets_issues", {}, {"packets_to_server": 9, "retransmissions_to_server": 9}, {"packets_to_server": 10, "retransmissions_to_server": 9}),
    ("tcp_packets_issues", {"retransmissions": 100}, {"retransmissions_to_server": 10}, {"out_of_order_to_server": 10}),
    ("tcp_packets_issues", {}, {"l4": 17, "retransmissions_to_server": 9}, {"retransmissions_to_server": 9}),
    ("connection_failed", {}, {"connection_state": "REJ"}, {"connection_state": "S0"}),
    ("connection_failed", {}, {"connection_state": "", "tcp_flags_to_server": 0x12, "packets_to_client": 0}, {"connection_state": "", "tcp_flags_to_server": 0x02, "packets_to_client": 0}),
    ("connection_failed", {}, {"connection_state": "", "tcp_flags_to_server": 0x02, "packets_to_client": 1}, {"connection_state": "S0"}),
    ("connection_failed", {}, {"l4": 17, "connection_state": ""}, {"connection_state": "S0"}),
    ("tcp_connection_refused", {}, {"connection_state": "RSTR"}, {"connection_state": "REJ"}),
    ("tcp_flow_reset", {}, {"connection_state": "SF"}, {"connection_state": "RSTO"}),
    ("tcp_no_data_exchanged", {}, {"payload_to_server": 0, "payload_to_client": 1}, {"payload_to_server": 0, "payload_to_client": 0}),
    ("remote_to_remote", {}, {"direction": "local_to_remote"}, {"direction": "remote"}),
    ("vlan_bidirectional_traffic", {"items": [7]}, {"vlan": 8, **BOTH_WAYS}, {"vlan": 7, **BOTH_WAYS}),
    ("vlan_bidirectional_traffic", {"items": [7]}, {"vlan": 7, **BOTH_WAYS, "bytes_to_client": 0}, {"vlan": 7, **BOTH_WAYS}),
    ("vlan_bidirectional_traffic", {"items": [7]}, {"vlan": 7, **BOTH_WAYS, "server_is_local": True}, {"vlan": 7, **BOTH_WAYS}),
    ("broadcast_non_udp_traffic", {}, {"server_mac": 2**48 - 1, "l4": 17}, {"server_mac": 2**48 - 1, "l4": 1}),
    ("broadcast_non_udp_traffic", {}, {"server_mac": 2**48 - 2}, {"server_high": 0, "server_low": 0xFFFF_FFFF_FFFF}),
    ("low_goodput", {}, {**BOTH_WAYS, "payload_to_server": 61, "payload_to_client": 0}, {**BOTH_WAYS, "payload_to_server": 60, "payload_to_client": 0}),
    ("low_goodput", {}, {**BOTH_WAYS, "payload_to_server": 1, "payload_to_client": 0, "application": "SSH"}, {**BOTH_WAYS, "payload_to_server": 1, "payload_to_client": 0}),
    ("low_goodput", {"excluded_applications": []}, {**BOTH_WAYS, "connection_state": "S0"}, {**BOTH_WAYS, "payload_to_server": 1, "payload_to_client": 0, "application": "SSH"}),
    ("low_goodput", {}, {**BOTH_WAYS, **SMALL, "packets_to_client": 1}, {**BOTH_WAYS, **SMALL, "packets_to_client": 2}),
    ("zero_tcp_window", {}, {"zero_window_to_server": 0}, {"zero_window_to_server": 1}),
    ("zero_tcp_window", {}, {"zero_window_to_client": 0}, {"zero_window_to_client": 1}),
    ("data_exfiltration", {}, {"l4": 1, "bytes_to_server": 256 * 20, **MANY}, {"l4": 58, "bytes_to_server": 257 * 200, **MANY, "packets_to_server": 190}),
    ("data_exfiltration", {"min_bytes": 5_120}, {"l4": 1, "bytes_to_server": 5_120}, {"l4": 1, "bytes_to_server": 5_121}),
    ("data_exfiltration", {}, {"l4": 17, "bytes_to_server": 90_000}, {"l4": 1, "bytes_to_server": 90_000}),
    ("dns_data_exfiltration", {}, {**DNS, "packets_to_server": 30, "packets_to_client": 30}, {**DNS, "packets_to_server": 31, "packets_to_client": 30}),
    ("dns_data_exfiltration", {"packets": 10}, {**DNS, "l4": 6}, DNS),
    ("invalid_dns_query", {}, {**DNS, "dns_query": f"{'a' * 63}.example"}, {**DNS, "dns_query": f"{'a' * 64}.example"}),
    ("invalid_dns_query", {}, {**DNS, "dns_query": ".".join(["a"] * 10)}, {**DNS, "dns_query": ".".join(["a"] * 11)}),
    ("invalid_dns_query", {}, {**DNS, "dns_query": ".".join(["a" * 49] * 5 + ["b" * 3])}, {**DNS, "dns_query": ".".join(["a" * 49] * 5 + ["b" * 4])}),
    ("invalid_dns_query", {}, {**DNS, "dns_query": "_sip._tcp.a-b.example"}, {**DNS, "dns_query": "a$b.example"}),
    ("invalid_dns_query", {}, {**DNS, "dns_query": "a$b.SophosXL.net"}, {**DNS, "dns_query": "a$b.notsophosxl.net"}),
    ("invalid_dns_query", {"items": []}, {**DNS, "dns_query": ".".join("0" * 32) + ".ip6.arpa"}, {**DNS, "dns_query": "a..example"}),
    ("invalid_dns_query", {}, {**DNS, "dns_query": None}, {**DNS, "dns_query": "a b.example"}),
    ("tor_traffic", {}, {"application": "TLS.Torrent"}, {"application": "TLS.Tor"}),
    ("tor_traffic", {}, {"application": "TLS"}, {"application": "Tor"}),
    ("encrypted_dns", {}, {"application": "DNS"}, {"application": "TLS.DoH_DoT"}),
    ("encrypted_dns", {}, {"application": "QUIC.DoH_DoT", "direction": "local"}, {"application": "DoH_DoT"}),
    ("internal_service_across_border", {}, {"application": "SMBv23", "server_is_local": True}, {"application": "SMBv23"}),
    ("internal_service_across_border", {}, {"application": "LDAP", "connection_state": "S0"}, {"application": "LDAP", **INBOUND}),
    ("dns_zone_transfer", {}, {**DNS, "dns_query_type": 253}, {**DNS, "dns_query_type": 252}),
    ("dns_zone_transfer", {}, {**DNS, "dns_query_type": None}, {**DNS, "dns_query_type": 251}),
    ("reflection_amplification", {}, {**REFLECTING, "bytes_to_client": 20_000}, {**REFLECTING, "bytes_to_client": 20_001}),
    ("reflection_amplification", {"factor": 2}, {**REFLECTING, "bytes_to_client": 10_000}, {**REFLECTING, "bytes_to_client": 10_001}),
    ("reflection_amplification", {}, {**REFLECTING, "bytes_to_client": 90_000, "l4": 6}, {**REFLECTING, "bytes_to_client": 90_000}),
    ("tcp_no_data_exchanged", {}, {"l4": 17, "payload_to_server": 0, "payload_to_client": 0}, {"payload_to_server": 0, "payload_to_client": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("client", "server"), PEERS)
@pytest.mark.parametrize(("key", "parameters", "below", "above"), CASES)
def test_it_fires_above_its_limit_and_not_below(key, parameters, below, above, client, server):
    check = the(key, **parameters)
    found = run(check, a_flow(client, server, **below), a_flow(client, server, **above))
    assert [entry["row"] for entry in found] == [1]
    assert client in found[0]["message"]
    assert "{}" not in found[0]["message"]
    assert isinstance(json.loads(found[0]["values"]), dict)
    assert found[0]["identity"].startswith(_subject(check.about, client, server, above))


def _subject(about, client, server, columns):
    if about is About.SERVER or (about is About.LOCAL and columns.get("server_is_local")):
        return server
    return client


@pytest.mark.parametrize("key", [
    "unexpected_dns", "unexpected_dhcp", "unexpected_ntp", "unexpected_smtp", "connection_failed",
    "tcp_no_data_exchanged",
])  # fmt: skip
@pytest.mark.parametrize("server", ["255.255.255.255", "224.0.0.251", "ff02::1:2"])
def test_what_is_sent_to_many_is_left_out(key, server):
    everything = {
        "application": {"unexpected_dhcp": "DHCP", "unexpected_ntp": "NTP", "unexpected_smtp": "SMTP"}.get(key, "DNS"),
        "server_port": 67,
        "connection_state": "S0",
        "payload_to_server": 0,
        "payload_to_client": 0,
    }  # fmt: skip
    assert len(run(the(key), a_flow(**everything))) == 1
    assert run(the(key), a_flow(server=server, **everything)) == []


#: check, columns, score, client's share, attacker, victim
TOLD = [
    ("blacklisted_client_contact", {**INBOUND, "client_list": "a", "packets_to_client": 1}, 50, 50, "client", "server"),
    ("blacklisted_client_contact", {**INBOUND, "client_list": "a", "packets_to_client": 0}, 10, 50, "client", "server"),
    ("blacklisted_client_contact", {**INBOUND, "client_list": "a", "server_list": "b"}, 50, 50, "client", ""),
    ("blacklisted_server_contact", {"server_list": "a"}, 200, 90, "server", "client"),
    ("blacklisted_server_contact", {"server_list": "a", "l4": 1}, 10, 90, "server", "client"),
    ("blacklisted_server_contact", {"server_list": "a", "l4": 58}, 10, 90, "server", "client"),
    ("remote_to_local_insecure_flow", UNSAFE, 100, 90, "client", "server"),
    ("remote_to_local_insecure_flow", {**INBOUND, "category": "Malware"}, 100, 10, "client", "server"),
    ("ndpi_unsafe_protocol", {"risk": 1 << 22, "packets_to_client": 10}, 10, 50, "client", ""),
    ("ndpi_unsafe_protocol", {"risk": 1 << 22, "packets_to_client": 11}, 10, 50, "server", ""),
    ("ndpi_url_possible_xss", {"risk": 1 << 1}, 150, 90, "client", "server"),
    ("binary_application_transfer", {"risk": 1 << 4}, 150, 50, "server", "client"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "columns", "score", "share", "attacker", "victim"), TOLD)
def test_score_share_and_roles_follow_the_flow(key, columns, score, share, attacker, victim):
    (found,) = run(the(key), a_flow(**columns))
    told = found["score"], found["client_share"], found["attacker"], found["victim"]
    assert told == (score, share, attacker, victim)


@pytest.mark.parametrize(("column", "share", "attacker", "victim"), [
    ("server_country", 90, "server", "client"), ("client_country", 50, "client", "server"),
])  # fmt: skip
def test_the_peer_in_the_listed_country_attacks(column, share, attacker, victim):
    (found,) = run(the("country_check", items=["KP"]), a_flow(**{column: "KP"}))
    assert (found["client_share"], found["attacker"], found["victim"]) == (share, attacker, victim)
    assert "KP" in found["message"]


def test_a_scan_is_one_identity_and_two_servers_are_two():
    scan = [a_flow(connection_state="S0", server=f"198.51.100.{n}") for n in range(5)]
    assert len({found["identity"] for found in run(the("connection_failed"), *scan)}) == 1
    listed = [a_flow(server_list="a", server=f"198.51.100.{n}") for n in range(5)]
    found = run(the("blacklisted_server_contact"), *listed)
    assert len({entry["identity"] for entry in found}) == 5


#: What one scanner, one spoofed flood and one visitor of many may raise many thousand times.
NOISY = [
    "connection_failed",
    "ndpi_unidirectional_traffic",
    "ndpi_tcp_issues",
    "ndpi_probing_attempt",
]
NOISE = {"connection_state": "S0", "risk": 1 << 46 | 1 << 50 | 1 << 55, "packets_to_client": 0}


@pytest.mark.parametrize("key", NOISY)
@pytest.mark.parametrize("base", ["198.51.100.{}", "2001:db8:f::{}"])
def test_a_scan_of_many_servers_is_one_alert(key, base):
    flows = [a_flow(server=base.format(n), **NOISE) for n in range(1, 60)]
    found = run(the(key), *flows)
    assert len(found) == 59
    assert {entry["identity"] for entry in found} == {"10.0.0.7|0"}


@pytest.mark.parametrize("key", NOISY)
@pytest.mark.parametrize(("clients", "servers", "subject"), [
    ("198.51.100.{}", "10.0.0.{}", f"to network 0:{0xFFFF_0A00_00}|0"),
    ("2001:db8:f::{}", "fd00:0:0:1::{}", f"to network {0xFD00_0000_0000_0001}:0|0"),
])  # fmt: skip
def test_a_flood_from_made_up_addresses_is_one_alert_of_the_network(key, clients, servers, subject):
    flows = [a_flow(clients.format(n), servers.format(n), **INBOUND, **NOISE) for n in range(1, 60)]
    assert {entry["identity"] for entry in run(the(key), *flows)} == {subject}


def test_a_bad_certificate_is_one_alert_whoever_meets_it():
    flows = [a_flow(client=f"10.0.0.{n}", risk=1 << 9) for n in range(1, 60)]
    found = run(the("tls_certificate_expired"), *flows)
    assert {entry["identity"] for entry in found} == {"198.51.100.9|0"}


#: Findings of a pair of hosts: neither end alone can make many without being what is looked for.
PAIRS = {
    "binary_application_transfer", "blacklisted", "blacklisted_server_contact",
    "data_exfiltration", "dns_data_exfiltration", "elephant_flows", "long_lived",
    "tcp_packets_issues", "web_mining",
}  # fmt: skip


def test_every_flow_check_says_whom_it_is_about():
    pairs = {
        key for key, kind in discover().items() if kind.frame == "flow" and kind.about is About.PAIR
    }
    assert {key for key in pairs if not key.startswith("ndpi_")} == PAIRS


@pytest.mark.parametrize("vlan", [0, 7])
def test_the_vlan_is_part_of_the_identity(vlan):
    (found,) = run(the("web_mining"), a_flow(category="Mining", vlan=vlan))
    assert found["identity"].endswith(f"|{vlan}")


@pytest.mark.parametrize(("items", "share", "attacker"), [
    (_NEVER, 90, "client"), ([*_SERVES, *_NEVER], 90, "client"), (_SERVES, 10, "server"),
])  # fmt: skip
@pytest.mark.parametrize(("client", "server"), PEERS)
def test_the_device_that_offends_gets_most_of_the_score(items, share, attacker, client, server):
    check = the("device_protocol_not_allowed", items=items)
    (found,) = run(check, a_flow(client, server, application="SSH"))
    assert (found["client_share"], found["attacker"]) == (share, attacker)
    assert found["message"].startswith({"client": client, "server": server}[attacker])


@pytest.mark.parametrize("line", [
    "10.0.0.0/8", "10.0.0.0/8 client SSH", "10.0.0.0/33 client never SSH", "x client only DNS",
    "10.0.0.0/8 both never SSH", "10.0.0.0/8 client sometimes SSH",
])  # fmt: skip
def test_a_line_that_cannot_be_read_is_refused(line):
    with pytest.raises(ParameterError, match="items"):
        the("device_protocol_not_allowed", items=[line])


def test_without_lines_no_device_offends():
    assert run(the("device_protocol_not_allowed"), a_flow(application="SSH")) == []
