"""What TCP's headers tell of a connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.capture_agent.traffic import FAMILIES, Timed, framed, handshake, ip, metered, tcp, udp

FAMILY = pytest.mark.parametrize("family", FAMILIES)
LATE = 0.2  # seconds: well after any reordering


def count(row: dict[str, Any], what: str) -> tuple[int, int]:
    """Return a counter to the server and to the client."""
    return row[f"{what}_to_server"], row[f"{what}_to_client"]


def sent(family: int, *segments: tuple[float, int, int], back: bool = False) -> list[Timed]:
    """Return segments of (time, bytes after the first sequence number, length)."""
    first = 501 if back else 101
    return [
        tcp(family, at, "A", first + offset, b"x" * size, back=back)
        for at, offset, size in segments
    ]


@FAMILY
def test_the_handshake_gives_a_round_trip_to_either_side(tmp_path: Path, family: int) -> None:
    row = metered(tmp_path, handshake(family, server=0.03, client=0.01)).flow()
    assert (row["rtt_server_ms"], row["rtt_client_ms"]) == (30, 10)


@FAMILY
def test_the_answer_is_to_the_last_syn(tmp_path: Path, family: int) -> None:
    packets = [tcp(family, 0, "S", 100), *handshake(family, at=1, server=0.02, client=0.004)]
    row = metered(tmp_path, packets).flow()
    assert (row["rtt_server_ms"], row["rtt_client_ms"]) == (20, 4)


@FAMILY
def test_a_repeated_answer_does_not_change_the_round_trips(tmp_path: Path, family: int) -> None:
    syn, answer, ack = handshake(family, server=0.02, client=0.03)
    again = tcp(family, 0.04, "SA", 500, back=True)
    row = metered(tmp_path, [syn, answer, again, ack]).flow()
    assert (row["rtt_server_ms"], row["rtt_client_ms"]) == (20, 30)


@FAMILY
@pytest.mark.parametrize(
    ("taken", "server_ms", "client_ms"),
    [(slice(0, 1), None, None), (slice(0, 2), 30, None), (slice(1, 3), None, 10),
     (slice(2, 3), None, None)],
)  # fmt: skip
def test_what_was_not_seen_of_the_handshake_is_null(
    tmp_path: Path, family: int, taken: slice, server_ms: float, client_ms: float
) -> None:
    row = metered(tmp_path, handshake(family)[taken]).flow()
    assert (row["rtt_server_ms"], row["rtt_client_ms"]) == (server_ms, client_ms)


@FAMILY
def test_bytes_are_the_ip_packet_and_payload_what_tcp_carries(tmp_path: Path, family: int) -> None:
    packets = [
        *handshake(family),
        *sent(family, (0.1, 0, 100), (0.2, 100, 50)),
        *sent(family, (0.3, 0, 1_000), back=True),
    ]
    row = metered(tmp_path, packets).flow()
    headers = 40 if family == 4 else 60
    assert count(row, "payload") == (150, 1_000)
    assert count(row, "packets") == (4, 2)
    assert count(row, "bytes") == (4 * headers + 150, 2 * headers + 1_000)


@FAMILY
def test_ethernets_padding_is_not_counted(tmp_path: Path, family: int) -> None:
    at, data = tcp(family, 0, "A", 101)
    row = metered(tmp_path, [(at, data + bytes(20))]).flow()
    assert (row["bytes_to_server"], row["payload_to_server"]) == (40 if family == 4 else 60, 0)


#: name, segments (time, offset, length), retransmissions, out of order
SEQUENCES: list[tuple[str, list[tuple[float, int, int]], int, int]] = [
    ("in order", [(0, 0, 100), (0, 100, 100), (0, 200, 100)], 0, 0),
    ("repeated", [(0, 0, 100), (LATE, 0, 100)], 1, 0),
    ("repeated twice", [(0, 0, 100), (LATE, 0, 100), (2 * LATE, 0, 100)], 2, 0),
    ("an old part", [(0, 0, 300), (LATE, 100, 50)], 1, 0),
    ("old and new bytes", [(0, 0, 100), (LATE, 50, 100), (2 * LATE, 150, 10)], 1, 0),
    ("swapped", [(0, 0, 100), (0.001, 200, 100), (0.002, 100, 100)], 0, 1),
    ("swapped just within 3 ms", [(0, 0, 9), (0.001, 19, 9), (0.004, 9, 10)], 0, 1),
    ("swapped just over 3 ms", [(0, 0, 9), (0.001, 19, 9), (0.004001, 9, 10)], 1, 0),
    ("lost, then sent again", [(0, 0, 100), (0.001, 200, 100), (LATE, 100, 100)], 1, 0),
    ("a hole filled in parts", [(0, 0, 9), (0, 29, 9), (0.001, 19, 10), (0.002, 9, 10)], 0, 2),
    ("a filled hole filled again", [(0, 0, 9), (0, 19, 9), (0, 9, 10), (0.001, 9, 10)], 1, 1),
    ("two holes", [(0, 0, 9), (0, 19, 9), (0, 39, 9), (0.001, 28, 11), (0.002, 9, 10)], 0, 2),
    ("one never filled", [(0, 0, 100), (0.001, 200, 100), (LATE, 300, 100)], 0, 0),
    ("keep-alives", [(0, 0, 100), (LATE, 99, 0), (2 * LATE, 99, 1), (3 * LATE, 100, 5)], 0, 0),
    ("acknowledgements", [(0, 0, 100), (LATE, 100, 0), (LATE, 100, 0), (LATE, 50, 0)], 0, 0),
]


@FAMILY
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize(
    ("segments", "retransmissions", "out_of_order"),
    [case[1:] for case in SEQUENCES],
    ids=[case[0] for case in SEQUENCES],
)
def test_retransmissions_and_reordering(
    tmp_path: Path,
    family: int,
    back: bool,
    segments: list[tuple[float, int, int]],
    retransmissions: int,
    out_of_order: int,
) -> None:
    opening = tcp(family, 0, "A", 101, ports=(40_000, 443))
    moved = [
        tcp(family, 1 + at, "A", 5_000 + offset, b"x" * size, back=back, ports=(40_000, 443))
        for at, offset, size in segments
    ]
    packets = [*moved] if not back else [opening, *moved]
    row = metered(tmp_path, packets).flow()
    chosen = 1 if back else 0
    assert count(row, "retransmissions")[chosen] == retransmissions
    assert count(row, "out_of_order")[chosen] == out_of_order
    assert count(row, "retransmissions")[1 - chosen] == 0
    assert count(row, "out_of_order")[1 - chosen] == 0


@FAMILY
@pytest.mark.parametrize(("after", "out_of_order"), [(0.05, 1), (0.0501, 0)])
def test_with_a_handshake_its_round_trip_tells_late_from_lost(
    tmp_path: Path, family: int, after: float, out_of_order: int
) -> None:
    late = 1 + after
    packets = handshake(family, server=0.04, client=0.01)
    packets += sent(family, (1, 100, 100), (late, 0, 100))
    row = metered(tmp_path, packets).flow()
    assert row["out_of_order_to_server"] == out_of_order
    assert row["retransmissions_to_server"] == 1 - out_of_order


@FAMILY
def test_sequence_numbers_wrap_round(tmp_path: Path, family: int) -> None:
    last = 2**32 - 50
    packets = [
        tcp(family, 0, "A", last, b"x" * 100),
        tcp(family, 0.1, "A", last + 100, b"x" * 100),
        tcp(family, 1.0, "A", last, b"x" * 100),
    ]
    row = metered(tmp_path, packets).flow()
    assert (row["retransmissions_to_server"], row["out_of_order_to_server"]) == (1, 0)


@FAMILY
def test_a_repeated_syn_is_a_retransmission(tmp_path: Path, family: int) -> None:
    row = metered(tmp_path, [tcp(family, at, "S", 100) for at in (0, 1, 3)]).flow()
    assert count(row, "retransmissions") == (2, 0)


@FAMILY
@pytest.mark.parametrize(
    ("flags", "window", "counted"), [("A", 0, 1), ("A", 1, 0), ("RA", 0, 0), ("FA", 0, 0)]
)
def test_zero_windows(tmp_path: Path, family: int, flags: str, window: int, counted: int) -> None:
    packets = [*handshake(family), tcp(family, 1, flags, 501, back=True, window=window)]
    assert count(metered(tmp_path, packets).flow(), "zero_window") == (0, counted)


@FAMILY
def test_flags_are_gathered_by_direction(tmp_path: Path, family: int) -> None:
    packets = [*handshake(family), tcp(family, 1, "PA", 101, b"x"), tcp(family, 2, "FA", 102)]
    assert count(metered(tmp_path, packets).flow(), "tcp_flags") == (0x1B, 0x12)


def conversation(family: int, *steps: str) -> list[Timed]:
    """Return segments with the flags of each step; a step with "<" comes from the server."""
    return [
        tcp(family, at, step.strip("<"), 500 if "<" in step else 100, back="<" in step)
        for at, step in enumerate(steps)
    ]


#: What Zeek's documentation says of conn_state, each by the shortest conversation that shows it.
STATES = [
    ("S0", ["S"]),
    ("S0", ["S", "S"]),
    ("S1", ["S", "SA<", "A"]),
    ("SF", ["S", "SA<", "A", "FA", "FA<", "A"]),
    ("SF", ["S", "SA<", "A", "FA<", "FA", "R<"]),
    ("REJ", ["S", "RA<"]),
    ("S2", ["S", "SA<", "A", "FA"]),
    ("S3", ["S", "SA<", "A", "FA<"]),
    ("RSTO", ["S", "SA<", "A", "R"]),
    ("RSTO", ["S", "SA<", "A", "R", "R<"]),
    ("RSTR", ["S", "SA<", "A", "R<"]),
    ("RSTR", ["S", "SA<", "A", "FA", "R<"]),
    ("RSTOS0", ["S", "R"]),
    ("RSTRH", ["SA<", "R<"]),
    ("SH", ["S", "F"]),
    ("SHR", ["SA<", "FA<"]),
    ("OTH", ["A", "A<"]),
    ("OTH", ["PA", "FA", "FA<"]),
]


@FAMILY
@pytest.mark.parametrize(("state", "steps"), STATES, ids=[f"{s}: {' '.join(t)}" for s, t in STATES])
def test_a_connections_state(tmp_path: Path, family: int, state: str, steps: list[str]) -> None:
    packets = conversation(family, *steps)
    assert metered(tmp_path, packets).flow()["connection_state"] == state


@FAMILY
def test_only_tcp_has_a_state(tmp_path: Path, family: int) -> None:
    assert metered(tmp_path, [udp(family, 0)]).flow()["connection_state"] == ""


@FAMILY
def test_a_segment_cut_before_its_header_ends_tells_nothing_of_tcp(
    tmp_path: Path, family: int
) -> None:
    from scapy.layers.inet import TCP

    cut = framed(ip(family) / bytes(TCP(sport=40_000, dport=8_888, flags="A"))[:8])
    seen = metered(tmp_path, [(0, cut), *handshake(family, at=1)])
    assert seen.flows()[-1]["rtt_server_ms"] == 30
    assert sum(row["packets_to_server"] for row in seen.flows()) <= 3
