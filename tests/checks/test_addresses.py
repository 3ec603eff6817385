"""Networks and texts, at the first and last address and one beyond, IPv4 and IPv6."""

from __future__ import annotations

import polars as pl
import pytest

from capture_agent.schema import pack
from checks.addresses import inside, is_multicast, texts

CASES = [
    ("192.0.2.0", ["192.0.2.0/24"], True),
    ("192.0.2.255", ["192.0.2.0/24"], True),
    ("192.0.3.0", ["192.0.2.0/24"], False),
    ("192.0.1.255", ["192.0.2.0/24"], False),
    ("192.0.2.1", ["192.0.2.1"], True),
    ("192.0.2.2", ["192.0.2.1"], False),
    ("255.255.255.255", ["0.0.0.0/0"], True),
    ("::1", ["0.0.0.0/0"], False),
    ("192.0.2.1", ["::/0"], True),
    ("2001:db8::", ["2001:db8::/32"], True),
    ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", ["2001:db8::/32"], True),
    ("2001:db9::", ["2001:db8::/32"], False),
    ("2001:db8:0:0:ffff::", ["2001:db8::/64"], True),
    ("2001:db8:0:1::", ["2001:db8::/64"], False),
    ("2001:db8::ff", ["2001:db8::/120"], True),
    ("2001:db8::100", ["2001:db8::/120"], False),
    ("2001:db8::1", ["192.0.2.0/24", "2001:db8::1"], True),
    ("192.0.2.1", [], False),
]


def a_table(*addresses):
    pairs = [pack(address) for address in addresses]
    columns = {"server_high": [p[0] for p in pairs], "server_low": [p[1] for p in pairs]}
    return pl.DataFrame(columns, schema={"server_high": pl.UInt64, "server_low": pl.UInt64})


@pytest.mark.parametrize(("address", "networks", "expected"), CASES)
def test_an_address_is_inside(address, networks, expected):
    found = a_table(address).select(pl.col("server_low"), inside("server", networks).alias("is"))
    assert found["is"].to_list() == [expected]


@pytest.mark.parametrize(("address", "expected"), [
    ("223.255.255.255", False), ("224.0.0.0", True), ("239.255.255.255", True),
    ("240.0.0.1", False),
    ("255.255.255.255", True), ("ff02::1", True), ("fe80::1", False), ("2001:db8::1", False),
])  # fmt: skip
def test_what_is_sent_to_many_is_known(address, expected):
    assert a_table(address).select(is_multicast("server")).item() == expected


def test_addresses_are_written_in_their_order():
    written = ["192.0.2.1", "2001:db8::1", "192.0.2.1", "::", "255.255.255.255", "::1"]
    table = a_table(*written)
    assert texts(table["server_high"], table["server_low"]).to_list() == written


def test_no_addresses_are_no_texts():
    table = a_table()
    assert texts(table["server_high"], table["server_low"]).to_list() == []
