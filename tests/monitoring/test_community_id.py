"""Against the vectors of the specification's repository (corelight/community-id-spec)."""

import pytest

from monitoring.community_id import community_id

VECTORS = [
    ("128.232.110.120", "66.35.250.204", 34855, 80, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    ("192.168.1.52", "8.8.8.8", 54585, 53, 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    ("192.168.0.89", "192.168.0.1", 8, 0, 1, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    ("fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, 58,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
]  # fmt: skip


@pytest.mark.parametrize(
    ("client", "server", "client_port", "server_port", "l4", "expected"), VECTORS
)
def test_it_is_what_the_specification_says(client, server, client_port, server_port, l4, expected):
    assert community_id(client, server, client_port, server_port, l4) == expected


@pytest.mark.parametrize(
    ("client", "server"), [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")]
)
@pytest.mark.parametrize("l4", [6, 17, 132])
def test_both_directions_have_one_id(client, server, l4):
    assert community_id(client, server, 1, 2, l4) == community_id(server, client, 2, 1, l4)


def test_ports_do_not_count_where_there_are_none():
    assert community_id("10.0.0.1", "10.0.0.2", 1, 2, 47) == community_id(
        "10.0.0.2", "10.0.0.1", 0, 0, 47
    )


def test_an_unanswered_icmp_message_has_a_direction():
    there = community_id("10.0.0.1", "10.0.0.2", 3, 1, 1)
    assert there != community_id("10.0.0.2", "10.0.0.1", 3, 1, 1)


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="does not appear to be"):
        community_id("10.0.0", "10.0.0.2", 1, 2, 6)
