"""The table of risks against nDPI's own enumeration and ntopng's catalogue."""

from __future__ import annotations

import csv

import pytest

from capture_agent import engine
from checks.base import Category
from checks.definitions.flow.ndpi_risks import CHECKS, TABLE
from tests.checks.builders import PEERS, a_flow, run


def test_every_bit_of_ndpi_has_one_check():
    ffi = pytest.importorskip("_lib_engine").ffi
    known = ffi.typeof("ndpi_risk_enum").elements
    bits = {
        int(bit) for bit, name in known.items() if name not in ("NDPI_NO_RISK", "NDPI_MAX_RISK")
    }
    assert {check.bit for check in CHECKS} == bits
    assert len(CHECKS) == len(bits) == 56


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.key)
@pytest.mark.parametrize(("client", "server"), PEERS)
def test_its_bit_fires_it_and_all_other_bits_do_not(check, client, server):
    others = (1 << 64) - 1 ^ 1 << check.bit
    silent = {"packets_to_client": 0} if check.bit == 46 else {}
    flows = [a_flow(client, server, risk=risk, **silent) for risk in (others, 1 << check.bit)]
    (found,) = run(check(), *flows)
    assert found["row"] == 1
    assert found["message"].startswith(f"{client} ")
    assert f" {server}:443" in found["message"]
    assert check.title not in found["message"]
    assert (found["score"], found["client_share"]) == (check.score, check.client_share)


@pytest.mark.parametrize(("columns", "fires"), [
    ({"packets_to_client": 0}, True),
    ({"packets_to_server": 0, "event": "update"}, True),
    ({"packets_to_client": 1, "packets_to_server": 1}, False),
    ({"packets_to_client": 0, "event": "detected"}, False),
])  # fmt: skip
def test_one_direction_is_not_known_at_once(columns, fires):
    check = next(check for check in CHECKS if check.key == "ndpi_unidirectional_traffic")
    assert bool(run(check(), a_flow(risk=1 << 46, **columns))) is fires


@pytest.mark.parametrize(("client", "server"), PEERS)
def test_a_question_for_a_services_name_is_no_mismatch(client, server):
    check = next(check for check in CHECKS if check.bit == 21)
    asked = [a_flow(client, server, risk=1 << 21, application=name) for name in LOOKED_UP]
    (found,) = run(check(), *asked, a_flow(client, server, risk=1 << 21, application="TLS.Teams"))
    assert found["row"] == len(LOOKED_UP)


#: As seen of Teams, Apple and Google names in captures of offices.
LOOKED_UP = ["DNS.Teams", "DNS.Azure", "DNS.Apple", "DNS.Google", "MDNS", "LLMNR"]
_LABEL = "r3---sn-4g5ednsl8f7x6wq2zk1m"


@pytest.mark.parametrize(("name", "fires"), [
    (f"{_LABEL}.googlevideo.com", False),
    (f"{_LABEL}.GoogleVideo.com", False),
    (f"{_LABEL}.notgooglevideo.com", True),
    (f"{_LABEL}.example", True),
    (None, True),
])  # fmt: skip
def test_a_machines_number_in_a_large_network_is_no_generated_name(name, fires):
    check = next(check for check in CHECKS if check.bit == 16)
    assert bool(run(check(), a_flow(risk=1 << 16, dns_query=name, server_name=name))) is fires
    assert len(run(check(items=()), a_flow(risk=1 << 16, dns_query=name))) == 1


_SEVERAL = "TLS Cert Mismatch: bank.example vs a.example; Weak TLS Cipher: RC4; Unsafe Protocol"


@pytest.mark.parametrize(("bit", "said", "told"), [
    (9, "TLS Cert Expired: 20/Nov/2020 - 20/Nov/2021",
     "got a certificate out of its time from 198.51.100.9:443 (20/Nov/2020 - 20/Nov/2021)"),
    (10, _SEVERAL,
     "got a certificate for another name from 198.51.100.9:443 (bank.example vs a.example)"),
    (8, _SEVERAL, "used a weak TLS cipher with 198.51.100.9:443 (RC4)"),
    (22, _SEVERAL, "used the unsafe protocol TLS with 198.51.100.9:443"),
    (55, "Probing Attempt; TLS Cert Expired: 1 - 2", "seems to probe 198.51.100.9:443"),
    (44, "Crawler/Bot: UA Mozilla/5.0 (compatible; bingbot/2.0; +http://bing.example); Risky ASN",
     "came as a crawler or bot to 198.51.100.9:443"
     " (UA Mozilla/5.0 (compatible; bingbot/2.0; +http://bing.example))"),
    (24, "Missing SNI TLS Extn: SNI should always be present; ALPN/SNI Mismatch: h2",
     "named no server in TLS to 198.51.100.9:443"),
    (55, "Probing Attempt", "seems to probe 198.51.100.9:443"),
    (55, "", "seems to probe 198.51.100.9:443"),
    (55, None, "seems to probe 198.51.100.9:443"),
])  # fmt: skip
def test_the_risk_is_told_once_with_ndpis_remark_on_it(bit, said, told):
    check = next(check for check in CHECKS if check.bit == bit)
    (found,) = run(check(), a_flow(risk=1 << bit, risk_info=said))
    assert found["message"] == f"10.0.0.7 {told}"


@pytest.mark.parametrize("bit", [35, 22])
def test_a_protocol_without_ports_has_none_in_the_message(bit):
    check = next(check for check in CHECKS if check.bit == bit)
    (found,) = run(check(), a_flow(risk=1 << bit, server_port=0))
    assert found["message"].endswith("with 198.51.100.9")


def test_ndpis_names_are_those_of_the_table():
    pytest.importorskip("_lib_engine")
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
    assert [engine.risk(int(row["bit"])) for row in rows] == [row["ndpi_name"] for row in rows]


@pytest.mark.parametrize(("key", "score", "share", "category", "attack"), [
    ("ndpi_url_possible_sql_injection", 150, 90, Category.SECURITY, "T1190"),
    ("known_proto_on_non_std_port", 50, 50, Category.SECURITY, "T1571"),
    ("tls_certificate_expired", 100, 10, Category.SECURITY, "T1078"),
    ("ndpi_error_code_detected", 10, 10, Category.NETWORK, "T1499"),
    ("ndpi_tls_fatal_alert", 10, 50, Category.OTHER, "T1557"),
    ("ndpi_clear_text_credentials", 100, 90, Category.SECURITY, "T1003"),
])  # fmt: skip
def test_scores_and_shares_are_ntopngs(key, score, share, category, attack):
    check = next(check for check in CHECKS if check.key == key)
    told = check.score, check.client_share, check.category, check.attack
    assert told == (score, share, category, attack)
    assert check.default_enabled
