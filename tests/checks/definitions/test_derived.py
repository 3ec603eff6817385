# ruff: noqa: E501 -- a case is a row, and reads as one
"""Each check of a derived frame at its limit and just over, for IPv4 and IPv6 hosts."""

from __future__ import annotations

import json

import pytest

from checks.registry import discover
from tests.checks.builders import HOSTS, run, the

WINDOW = {"window": 300.0, "flows": 100}
NEW = {"learned_after": 7_200.1, "known_for": 3_600.0, "verdict": ""}
KNOWN = {**NEW, "learned_after": 7_200.0}
OLD = {**NEW, "known_for": 3_600.1}
SERVICE = {"kind": "service", "application": "SSH", "server": "10.0.0.9", "server_port": 22}
PORT = {"kind": "port", "application": "HTTP", "server": "10.0.0.9", "server_port": 8080, "l4": 6}
RARE = {"kind": "destination", "domain": "example.com", "server": "198.51.100.9"}
LOGIN = {"application": "SSH", "server": "10.0.0.9", "server_port": 22}
OUT = {
    "client_is_local": True,
    "server_is_local": False,
    "server": "198.51.100.9",
    "category": "Web",
}
MB50 = 50_000_000
EVEN = {
    **OUT,
    "flows": 12,
    "period": 60.0,
    "spread": 0.15,
    "skew": 0.5,
    "bytes_spread": 0.15,
    "verdict": "",
}
NAMES = {"domain": "t.example", "names": 50, "name_length": 20.0}
BAND = {
    "value": 140.0,
    "expected": 100.0,
    "deviation": 10.0,
    "points": 144,
    "distances": [4.0, 3.1, 3.1, 0.2],
}
MOVED = {"mac": "02:00:00:00:00:02", "previous_mac": "02:00:00:00:00:01", "by_dhcp": False}
NET = {"name": "10.0.0.0/8", "hosts": 10}
TASK = {"kind": "task", "name": "Traffic roll-ups", "limit": 10.0}
SUM = {"period": 3_600, "bytes_sent": 10_000_000_000, "name": "10.0.0.7"}

IEC = {"protocol": "iec104", "code": 13, "previous": 9, "server": "10.0.0.9"}
MODBUS = {"protocol": "modbus", "code": 3, "previous": 3, "server": "10.0.0.9"}
ORDER = {"learned_after": 21_600.1, "known_for": 3_600.0, "verdict": ""}
LEARNED_ORDER = {**ORDER, "learned_after": 21_600.0}

#: check, parameters, columns that do not fire, columns that do
CASES = [
    ("iec_unexpected_type_id", {}, IEC, {**IEC, "code": 14}),
    ("iec_unexpected_type_id", {"items": ("14",)}, {**IEC, "code": 14}, IEC),
    ("iec_unexpected_type_id", {}, {**MODBUS, "code": 14}, {**IEC, "code": 14, "is_from_server": True}),
    ("iec_invalid_command_transition", {}, {**IEC, "to_command": 20, "from_command": 20, "between_commands": 5}, {**IEC, "to_command": 21}),
    ("iec_invalid_command_transition", {}, {**IEC, "from_command": 20}, {**IEC, "from_command": 21}),
    ("iec_invalid_command_transition", {}, {**IEC, "between_commands": 5}, {**IEC, "between_commands": 6}),
    ("iec_invalid_transition", {}, {**IEC, **LEARNED_ORDER}, {**IEC, **ORDER}),
    ("iec_invalid_transition", {}, {**IEC, **ORDER, "known_for": 3_600.1}, {**IEC, **LEARNED_ORDER, "verdict": "denied"}),
    ("iec_invalid_transition", {}, {**IEC, **ORDER, "verdict": "allowed"}, {**IEC, **ORDER}),
    ("iec_invalid_transition", {}, {**IEC, **ORDER, "previous": None}, {**IEC, **ORDER}),
    ("modbus_unexpected_function_code", {}, MODBUS, {**MODBUS, "code": 43}),
    ("modbus_unexpected_function_code", {}, {**MODBUS, "code": 43, "is_from_server": True}, {**MODBUS, "code": 43}),
    ("modbus_too_many_exceptions", {}, {**MODBUS, "exceptions": 5}, {**MODBUS, "exceptions": 6}),
    ("modbus_too_many_exceptions", {}, {**IEC, "exceptions": 6}, {**MODBUS, "exceptions": 6}),
    ("modbus_invalid_transition", {}, {**MODBUS, **LEARNED_ORDER}, {**MODBUS, **ORDER}),
    ("modbus_invalid_transition", {}, {**MODBUS, **ORDER, "known_for": 3_600.1}, {**MODBUS, **LEARNED_ORDER, "verdict": "denied"}),
    ("countries_contacts", {}, {**WINDOW, "countries": 100}, {**WINDOW, "countries": 101}),
    ("domain_names_contacts", {}, {**WINDOW, "domains": 250}, {**WINDOW, "domains": 251}),
    ("dns_contacts", {}, {**WINDOW, "dns_servers": 5}, {**WINDOW, "dns_servers": 6}),
    ("dns_contacts", {}, {**WINDOW, "dns_servers": 6, "is_dns_server": True}, {**WINDOW, "dns_servers": 6}),
    ("ntp_contacts", {}, {**WINDOW, "ntp_servers": 5}, {**WINDOW, "ntp_servers": 6}),
    ("ntp_contacts", {}, {**WINDOW, "ntp_servers": 6, "is_ntp_server": True}, {**WINDOW, "ntp_servers": 6}),
    ("smtp_contacts", {}, {**WINDOW, "smtp_servers": 5}, {**WINDOW, "smtp_servers": 6}),
    ("smtp_contacts", {}, {**WINDOW, "smtp_servers": 6, "is_smtp_server": True}, {**WINDOW, "smtp_servers": 6}),
    ("remote_connection", {}, {**WINDOW, "remote_access": 0}, {**WINDOW, "remote_access": 1}),
    ("generated_domain_lookups", {}, {"names_failed": 9, "names_asked": 9}, {"names_failed": 10, "names_asked": 10}),
    ("generated_domain_lookups", {}, {"names_failed": 59, "names_asked": 100}, {"names_failed": 60, "names_asked": 100}),
    ("generated_domain_lookups", {}, {"names_failed": 60, "names_asked": 100, "is_dns_server": True}, {"names_failed": 60, "names_asked": 100}),
    ("slow_scan", {}, {"failed_targets": 60}, {"failed_targets": 61}),
    ("brute_force", {}, {**LOGIN, "short_flows": 15}, {**LOGIN, "short_flows": 16}),
    ("brute_force", {}, {**LOGIN, "short_flows": 150, "application": "PostgreSQL"}, {**LOGIN, "short_flows": 151, "application": "LDAP"}),
    ("brute_force", {"applications": ()}, {**LOGIN, "short_flows": 151}, {**LOGIN, "short_flows": 151, "application": "Kerberos"}),
    ("brute_force", {"busy_applications": ()}, {**LOGIN, "short_flows": 151, "application": "MySQL"}, {**LOGIN, "short_flows": 16}),
    ("brute_force", {}, {**LOGIN, "short_flows": 16, "application": "TLS"}, {**LOGIN, "short_flows": 16, "application": "RDP"}),
    ("large_upload", {}, {**OUT, "bytes_to_server": MB50}, {**OUT, "bytes_to_server": MB50 + 1}),
    ("large_upload", {}, {**OUT, "bytes_to_server": 2 * MB50, "bytes_to_client": 10_000_000}, {**OUT, "bytes_to_server": 2 * MB50, "bytes_to_client": 9_999_999}),
    ("large_upload", {}, {**OUT, "bytes_to_server": 2 * MB50, "category": "Cloud"}, {**OUT, "bytes_to_server": 2 * MB50}),
    ("large_upload", {}, {**OUT, "bytes_to_server": 2 * MB50, "server_is_local": True}, {**OUT, "bytes_to_server": 2 * MB50}),
    ("dns_tunnel", {}, {**NAMES, "names": 49}, NAMES),
    ("dns_tunnel", {}, {**NAMES, "name_length": 19.9, "names": 99}, NAMES),
    ("dns_tunnel", {"carried": 1}, {**NAMES, "names": 19}, {**NAMES, "names": 20}),
    ("dns_tunnel", {"items": ["example"]}, NAMES, {**NAMES, "domain": "t.notexample"}),
    ("lateral_movement", {}, {**SERVICE, **KNOWN}, {**SERVICE, **NEW}),
    ("lateral_movement", {}, {**SERVICE, **OLD}, {**SERVICE, **NEW}),
    ("lateral_movement", {}, {**SERVICE, **NEW, "verdict": "allowed"}, {**SERVICE, **OLD, "verdict": "denied"}),
    ("lateral_movement", {}, {**SERVICE, **NEW, "application": "MDNS"}, {**SERVICE, **NEW}),
    ("lateral_movement", {"learning": 600}, {**SERVICE, **NEW, "learned_after": 600.0}, {**SERVICE, **NEW, "learned_after": 600.1}),
    ("server_ports_contacts", {}, {**PORT, **KNOWN}, {**PORT, **NEW}),
    ("server_ports_contacts", {}, {**PORT, **NEW, "kind": "service"}, {**PORT, **NEW}),
    ("server_ports_contacts", {}, {**PORT, **OLD}, {**PORT, **OLD, "verdict": "denied"}),
    ("rare_destination", {}, {**RARE, **NEW, "learned_after": 604_800.0}, {**RARE, **NEW, "learned_after": 604_800.1}),
    ("device_connection_disconnection", {}, KNOWN, NEW),
    ("device_connection_disconnection", {}, {**OLD, "verdict": "allowed", "absent": 86_400.0}, {**OLD, "verdict": "allowed", "absent": 86_400.1}),
    ("device_connection_disconnection", {}, {**OLD, "absent": 90_000.0}, {**OLD, "verdict": "denied"}),
    ("flow_flood_victim", {}, {**NET, "new_flows_received_per_second": 32_768}, {**NET, "new_flows_received_per_second": 32_769}),
    ("syn_flood_victim", {}, {**NET, "syn_received_per_second": 32_768}, {**NET, "syn_received_per_second": 32_769}),
    ("syn_scan_victim", {}, {**NET, "syn_received": 32_868, "syn_ack_sent": 100}, {**NET, "syn_received": 32_869, "syn_ack_sent": 100}),
    ("network_score_per_host", {}, {**NET, "score": 2_000}, {**NET, "score": 2_001}),
    ("network_score_per_host", {}, {**NET, "hosts": 9, "score": 2_001}, {**NET, "score": 2_001}),
    ("network_issues", {}, {**NET, "packets": 1_000, "retransmissions": 150}, {**NET, "packets": 1_000, "retransmissions": 151}),
    ("network_issues", {}, {**NET, "packets": 1_000, "out_of_order": 150}, {**NET, "packets": 1_000, "out_of_order": 151}),
    ("network_issues", {}, {**NET, "packets": 999, "retransmissions": 900}, {**NET, "packets": 1_000, "retransmissions": 900}),
    ("unexpected_gateway", {}, {"remote_hosts": 4}, {"remote_hosts": 5}),
    ("ip_reassignment", {}, {**MOVED, "previous_mac": ""}, MOVED),
    ("ip_reassignment", {}, {**MOVED, "by_dhcp": True}, MOVED),
    ("ip_reassignment", {}, {**MOVED, "previous_mac": MOVED["mac"]}, MOVED),
    ("arp_spoofing", {}, {**MOVED, "unasked": 4}, {**MOVED, "unasked": 5}),
    ("arp_spoofing", {}, {**MOVED, "unasked": 5, "previous_mac": ""}, {**MOVED, "unasked": 5}),
    ("broadcast_domain_too_large", {}, {"span": 65_536}, {"span": 65_537}),
    ("broadcast_domain_too_large", {"prefix": 24}, {"span": 256}, {"span": 257}),
    ("ghost_networks", {}, {"foreign_networks": 0}, {"foreign_networks": 1, "foreign": "172.31.9.0/24"}),
    ("dhcp_storm", {}, {"dhcp_requests": 120, "window": 60.0}, {"dhcp_requests": 121, "window": 60.0}),
    ("dhcp_storm", {}, {"dhcp_requests": 120, "window": 5.0}, {"dhcp_requests": 121, "window": 5.0}),
    ("dhcp_storm", {}, {"dhcp_requests": 600, "window": 300.0}, {"dhcp_requests": 606, "window": 300.0}),
    ("arp_scan", {}, {"targets": 64}, {"targets": 65}),
    ("beaconing", {}, {**EVEN, "flows": 11}, EVEN),
    ("beaconing", {}, {**EVEN, "spread": 0.151}, EVEN),
    ("beaconing", {}, {**EVEN, "bytes_spread": 0.151}, EVEN),
    ("beaconing", {}, {**EVEN, "skew": -0.51}, {**EVEN, "skew": -0.5}),
    ("beaconing", {}, {**EVEN, "period": 4.9}, {**EVEN, "period": 5.0}),
    ("beaconing", {"learning": 60}, {**EVEN, "learned_after": 59.9}, {**EVEN, "learned_after": 60.0}),
    ("beaconing", {"learning": 60}, {**EVEN, "learned_after": 0.0}, {**EVEN, "verdict": "denied"}),
    ("beaconing", {}, {**EVEN, "verdict": "allowed"}, {**EVEN, "verdict": "denied"}),
    ("beaconing", {}, {**EVEN, "application": "NTP"}, {**EVEN, "application": "TLS"}),
    ("beaconing", {}, {**EVEN, "server_is_local": True}, EVEN),
    ("periodicity_changed", {}, {"period": 90.0, "learned_period": 60.0}, {"period": 90.1, "learned_period": 60.0}),
    ("periodicity_changed", {}, {"period": 30.0, "learned_period": 60.0}, {"period": 29.9, "learned_period": 60.0}),
    ("periodicity_changed", {}, {"period": 90.0, "learned_period": 0.0}, {"period": 9.0, "learned_period": 60.0}),
    *(
        (key, {}, {**BAND, **about, **inside}, {**BAND, **about})
        for key, about in {
            "flows_anomaly": {"kind": "host", "measure": "flows"},
            "score_anomaly": {"kind": "host", "measure": "score"},
            "score_behavior": {"kind": "interface", "measure": "score"},
            "traffic_behavior": {"kind": "interface", "measure": "bytes"},
        }.items()
        for inside in (
            {"distances": [4.0, 3.1, 3.0, 9.0]}, {"distances": [4.0, 3.1]}, {"points": 143}, {"measure": "packets"},
            {"value": 60.0},
        )
    ),
    ("traffic_behavior", {"misses": 4, "width": 2}, {**BAND, "kind": "interface", "measure": "bytes"}, {**BAND, "kind": "interface", "measure": "bytes", "distances": [3.0, 2.5, 2.1, 2.1]}),
    ("traffic_behavior", {"side": "under"}, {**BAND, "kind": "interface", "measure": "bytes"}, {**BAND, "kind": "interface", "measure": "bytes", "value": 60.0}),
    ("traffic_behavior", {"side": "both"}, {**BAND, "kind": "interface", "measure": "bytes", "points": 1}, {**BAND, "kind": "interface", "measure": "bytes", "value": 60.0}),
    ("periodic_activity_not_executed", {}, {**TASK, "value": 30.0}, {**TASK, "value": 30.1}),
    ("slow_periodic_activity", {}, {**TASK, "kind": "duration", "value": 10.0}, {**TASK, "kind": "duration", "value": 10.1}),
    ("interface_dropped_alerts", {}, {"kind": "rows", "value": 0.0}, {"kind": "rows", "value": 1.0}),
    ("dropped_alerts", {}, {"kind": "findings", "value": 0.0}, {"kind": "findings", "value": 1.0}),
    ("exporters_limit_exceeded", {"exporters": 3}, {"kind": "exporters", "value": 3.0}, {"kind": "exporters", "value": 4.0}),
    ("system_error", {}, {"kind": "error", "value": 0.0}, {"kind": "error", "value": 1.0}),
    ("not_purged", {}, {"kind": "flows", "value": 900.0}, {"kind": "flows", "value": 901.0}),
    ("list_download_failed", {}, {"kind": "list", "text": ""}, {"kind": "list", "text": "404"}),
    ("login_failed", {}, {"kind": "logins", "value": 2.0}, {"kind": "logins", "value": 3.0}),
    *(
        (f"rule_{key}", {}, {**SUM, "subject": subject}, {**SUM, "subject": subject, "bytes_received": 1})
        for key, subject in {
            "host": "host", "interface": "interface", "network": "network", "host_pool": "pool",
            "vlan": "vlan", "application": "application",
        }.items()
    ),
    ("rule_host", {}, {**SUM, "subject": "network", "bytes_received": 1}, {**SUM, "subject": "host", "bytes_received": 1}),
    ("rule_host", {"metric": "flows", "limit": 5, "period": "5 minutes"}, {"subject": "host", "period": 300, "flows": 5}, {"subject": "host", "period": 300, "flows": 6}),
    ("rule_host", {"metric": "bits/s", "limit": 8, "period": "1 minute"}, {"subject": "host", "period": 60, "bytes_sent": 60}, {"subject": "host", "period": 60, "bytes_sent": 61}),
    ("rule_host", {"metric": "packets", "limit": 8, "operator": "under"}, {"subject": "host", "period": 3_600, "packets_sent": 8}, {"subject": "host", "period": 3_600, "packets_sent": 7}),
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("key", "parameters", "below", "above"), CASES)
def test_it_fires_over_its_limit_and_not_at_it(key, parameters, below, above, host):
    who = {"address": host, "client": host, "name": "x", "mac": "02:00:00:00:00:07"}
    known = {name: value for name, value in who.items() if name in _columns(key)}
    found = run(the(key, **parameters), {**known, **below}, {**known, **above})
    assert [entry["row"] for entry in found] == [1]
    assert "{}" not in found[0]["message"] and found[0]["identity"]
    assert isinstance(json.loads(found[0]["values"]), dict)


def _columns(key):
    from checks.frames import FRAMES

    return FRAMES[discover()[key].frame]


@pytest.mark.parametrize(("items", "host", "fires"), [
    (["10.0.0.0/24"], "10.0.0.7", False), (["10.0.1.0/24"], "10.0.0.7", True),
    (["2001:db8::/64"], "2001:db8::7", False), (["10.0.0.0/8"], "2001:db8::7", True),
])  # fmt: skip
def test_a_known_gateway_is_left_out(items, host, fires):
    gateway = {"address": host, "remote_hosts": 50}
    assert bool(run(the("unexpected_gateway", items=items), gateway)) is fires


def test_every_check_of_a_derived_frame_has_a_case():
    from checks.derived import DERIVED

    frames = {*DERIVED, "traffic"}
    derived = {key for key, kind in discover().items() if kind.frame in frames}
    assert {key for key, *_ in CASES} == derived


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("key", "columns", "client", "server"), [
    ("lateral_movement", {**SERVICE, **NEW}, "attacker", ""),
    ("server_ports_contacts", {**PORT, **NEW}, "", "victim"),
    ("brute_force", {**LOGIN, "short_flows": 16}, "attacker", "victim"),
    ("large_upload", {**OUT, "bytes_to_server": 2 * MB50}, "victim", ""),
    ("beaconing", EVEN, "attacker", ""),
])  # fmt: skip
def test_who_attacks_and_who_suffers(key, columns, client, server, host):
    (found,) = run(the(key), {**columns, "client": host})
    roles = {found["attacker"]: "attacker", found["victim"]: "victim"}
    assert (roles.get("client", ""), roles.get("server", "")) == (client, server)


def test_a_band_says_what_the_alert_draws():
    told = run(
        the("traffic_behavior"),
        {**BAND, "kind": "interface", "measure": "bytes", "series": "[[1, 2, 3, 4]]"},
    )
    values = json.loads(told[0]["values"])
    assert (values["lower"], values["upper"], values["value"]) == (70.0, 130.0, 140.0)
    assert values["series"] == "[[1, 2, 3, 4]]"
