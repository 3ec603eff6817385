"""From ARP and DHCP to segments, devices and who claims which address."""

from __future__ import annotations

import pytest

from capture_agent.schema import pack
from checks.learning import segments
from monitoring.enrichment.networks import Networks
from tests.checks.learning.builders import arp, l2

LOCAL = Networks.of([("10.0.0.0/8", 1)])
OWNER, OTHER = 0x02_00_00_00_00_01, 0x02_00_00_00_00_02
OWNERS, OTHERS = "02:00:00:00:00:01", "02:00:00:00:00:02"


def prepared(*given):
    return segments.prepare(l2(*given))


def dhcp(message, client, address="0.0.0.0", **columns):
    """Return a DHCP row; a server's has the client as its target."""
    if message in (1, 3):
        return arp("dhcp", "0.0.0.0", client, "255.255.255.255", dhcp_message=message, **columns)
    given = {"target_mac": client, "dhcp_message": message}
    return arp("dhcp", "10.0.0.1", OWNER, address, **given, **columns)


def test_a_segment_spans_from_the_lowest_to_the_highest_sender():
    given = [arp("arp_request", f"10.{n}.0.5", n) for n in (1, 0, 2)]
    (row,) = segments.segments(prepared(*given), LOCAL).to_dicts()
    assert (row["first_address"], row["last_address"]) == ("10.0.0.5", "10.2.0.5")
    assert row["span"] == 2 * 65_536 + 1
    assert row["foreign_networks"] == 0


def test_probes_and_link_local_addresses_are_no_ghosts():
    given = [
        arp("arp_request", "0.0.0.0", OWNER),
        arp("arp_request", "169.254.7.7", OWNER),
        arp("arp_request", "172.31.9.7", OTHER),
        arp("arp_reply", "172.31.9.8", OTHER),
    ]
    (row,) = segments.segments(prepared(*given), LOCAL).to_dicts()
    assert (row["foreign_networks"], row["foreign"]) == (1, "172.31.9.0/24")


def test_leases_that_are_asked_for_are_counted_by_minute_and_client():
    given = [dhcp(1, n % 3 + 1) for n in range(6)] + [dhcp(3, 1, after=120.0)]
    server = dict(zip(("dhcp_server_high", "dhcp_server_low"), pack("10.0.0.1"), strict=True))
    given.append(dhcp(5, 1, "10.0.0.20", **server))
    found = segments.segments(prepared(*given), LOCAL).sort("time").to_dicts()
    assert [(row["dhcp_requests"], row["dhcp_clients"]) for row in found] == [(6, 3), (1, 1)]
    assert found[0]["dhcp_servers"] == "10.0.0.1"


def test_who_asks_for_whom_is_counted():
    given = [arp("arp_request", "10.0.0.7", OWNER, f"10.0.1.{n}") for n in range(1, 66)]
    (row,) = segments.arp_windows(prepared(*given, given[0])).to_dicts()
    assert (row["address"], row["mac"]) == ("10.0.0.7", OWNERS)
    assert (row["targets"], row["requests"]) == (65, 66)


def test_devices_are_who_speaks_and_no_groups():
    given = [
        arp("arp_reply", "10.0.0.7", OWNER),
        dhcp(1, OTHER, dhcp_hostname="laptop"),
        arp("arp_request", "10.0.0.9", 0x01_00_5E_00_00_01),
    ]
    found = {row["mac"]: row for row in segments.devices(prepared(*given)).to_dicts()}
    assert found.keys() == {OWNERS, OTHERS}
    assert found[OWNERS]["address"] == "10.0.0.7"
    assert (found[OTHERS]["address"], found[OTHERS]["hostname"]) == ("", "laptop")


@pytest.mark.parametrize(("asks", "unasked"), [(0, 3), (1, 2), (3, 0), (5, 0)])
def test_an_answer_is_unasked_where_nobody_asked(asks, unasked):
    given = [arp("arp_reply", "10.0.0.1", OWNER, "10.0.0.7") for _ in range(3)]
    given += [arp("arp_request", "10.0.0.7", OTHER, "10.0.0.1") for _ in range(asks)]
    found = {row["address"]: row for row in segments.claims(prepared(*given)).to_dicts()}
    assert (found["10.0.0.1"]["claims"], found["10.0.0.1"]["unasked"]) == (3, unasked)


def test_a_lease_belongs_to_who_got_it():
    given = [arp("arp_gratuitous", "10.0.0.20", OTHER), dhcp(5, OTHER, "10.0.0.20")]
    (row,) = segments.claims(prepared(*given)).to_dicts()
    assert (row["address"], row["mac"], row["by_dhcp"]) == ("10.0.0.20", OTHERS, True)
