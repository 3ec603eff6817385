from ipaddress import ip_address

import pytest

from recipients.guard import Forbidden, is_allowed, judge, parse_networks, permitted

REFUSED = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",  # clouds' metadata
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",  # metadata over IPv6
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",  # 127.0.0.1 through NAT64
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",  # 127.0.0.1 through 6to4
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_public_is_refused_and_says_what_allows_it(text):
    assert not is_allowed(ip_address(text), ())
    with pytest.raises(Forbidden, match="NTOPWEB_OUTBOUND_ALLOW="):
        judge(text, ())


@pytest.mark.parametrize("text", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_what_is_public_is_allowed(text):
    assert str(judge(text, ())) == text or "ffff" in text


@pytest.mark.parametrize(
    ("allowed", "text", "expected"),
    [
        ("10.0.0.0/8", "10.255.255.255", True),
        ("10.0.0.0/8", "11.0.0.0", True),  # public
        ("10.0.0.0/9", "10.128.0.0", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("fd00::/8, 10.0.0.0/8", "fd12::1", True),
        ("fd00::/8", "fc00::1", False),
        ("::1", "::1", True),
    ],
)
def test_a_setting_opens_networks_and_nothing_beside_them(allowed, text, expected):
    assert is_allowed(ip_address(text), parse_networks(allowed)) is expected


def test_a_wrong_setting_is_refused_by_name():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/40"):
        parse_networks("10.0.0.0/40")


def test_of_several_addresses_only_the_permitted_remain():
    def resolve(host, port):
        return ["10.0.0.1", "1.1.1.1", "::1", "2606:4700:4700::1111"]

    assert permitted("mixed.example", 443, (), resolve) == ["1.1.1.1", "2606:4700:4700::1111"]
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1 is not public"):
        permitted("inside.example", 443, (), lambda host, port: ["10.0.0.1", "::1"])
