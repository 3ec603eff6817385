import pytest

from monitoring.protocols import l4_name, l4_number, mac_text, tcp_flag_names


@pytest.mark.parametrize(
    ("text", "number"), [("TCP", 6), ("tcp", 6), ("17", 17), ("ICMPv6", 58), ("255", 255)]
)
def test_a_protocol_is_found_by_name_or_number(text, number):
    assert l4_number(text) == number


@pytest.mark.parametrize("text", ["256", "nothing", "-1", "", "6.0"])
def test_an_unknown_protocol_is_refused_by_name(text):
    with pytest.raises(ValueError, match="is no IP protocol"):
        l4_number(text)


def test_a_protocol_without_a_name_is_its_number():
    assert (l4_name(6), l4_name(250)) == ("TCP", "IP 250")


@pytest.mark.parametrize(
    ("flags", "names"), [(0, []), (2, ["SYN"]), (0x12, ["SYN", "ACK"]), (0x80, ["CWR"])]
)
def test_tcp_flags_are_named_lowest_bit_first(flags, names):
    assert tcp_flag_names(flags) == names


def test_a_mac_is_six_pairs_and_nothing_when_unknown():
    assert (mac_text(0x001B638445E6), mac_text(0)) == ("00:1b:63:84:45:e6", "")
