"""Each format, with lines that mean something and lines that do not."""

from __future__ import annotations

import pytest

from monitoring.lists.parsers import parse

CASES = [  # format, text, networks, names
    ("ip", "# note\n192.0.2.1\n198.51.100.0/24 ; SBL1\n", "192.0.2.1/32 198.51.100.0/24", ""),
    ("ip", "2001:db8::1\n2001:db8:1::/48 # v6\n", "2001:db8::1/128 2001:db8:1::/48", ""),
    ("ip", "192.0.2.1 # Scanning Host CN\n192.0.2.1\n", "192.0.2.1/32", ""),
    ("ip", "192.0.2.7/24\n", "192.0.2.0/24", ""),
    ("ip_csv", "Number,IP address,Rating\n1,192.0.2.9,0.5\n", "192.0.2.9/32", ""),
    ("ip_csv", '2,"2001:db8::9",0.4\n', "2001:db8::9/128", ""),
    ("ip_occurencies", "192.0.2.1\t3\n192.0.2.2\t2\n", "192.0.2.1/32", ""),
    ("ip_occurencies", "2001:db8::5 12\n2001:db8::6 1\n", "2001:db8::5/128", ""),
    ("hosts", "127.0.0.1 localhost\n127.0.0.1\tBad.Example\n", "", "bad.example"),
    ("hosts", "::1 worse.example www.worse.example\n", "", "worse.example www.worse.example"),
    ("hosts", "0.0.0.0 bad.example # why\nplain.example\n", "", "bad.example plain.example"),
    ("domain", "*.ads.example\n.more.example\n", "", "ads.example more.example"),
    ("domain", "xn--80ak6aa92e.com\n192.0.2.3\n", "192.0.2.3/32", "xn--80ak6aa92e.com"),
]


@pytest.mark.parametrize(("kind", "text", "networks", "names"), CASES)
def test_it_reads_the_format(kind, text, networks, names):
    entries = parse(kind, text)
    assert (" ".join(entries.networks), " ".join(entries.names)) == (networks, names)
    assert entries.count == len(networks.split()) + len(names.split())


@pytest.mark.parametrize(
    "line", ["0.0.0.0/0", "10.0.0.0/7", "::/0", "2001::/15", "12345", "<html>", "a b"]
)
def test_what_is_too_wide_or_nothing_is_refused(line):
    entries = parse("ip", line)
    assert entries.networks == ()
    assert entries.refused == 1


@pytest.mark.parametrize("network", ["10.0.0.0/8", "2001::/16"])
def test_the_widest_network_is_taken(network):
    assert parse("ip", network).networks == (network,)


@pytest.mark.parametrize(
    "name",
    ["localhost", "-bad.example", "a" * 64 + ".example", "bad..example", "exa mple.com", "a.b_.1"],
)
def test_what_is_no_name_is_left_out(name):
    assert parse("domain", name).names == ()


def test_an_unknown_format_is_an_error():
    with pytest.raises(KeyError):
        parse("xml", "")
