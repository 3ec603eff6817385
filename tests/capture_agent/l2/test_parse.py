"""ARP, DHCP and DHCPv6 frames become rows; anything else, and any rubbish, none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture_agent import schema
from capture_agent.l2.parse import LINUX_SLL, LINUX_SLL2, RAW, Frame, parse, table

from .packets import OTHERS, WANTED

FRAMES = [data for _, data, _ in WANTED]


@pytest.mark.parametrize(("data", "columns"), [w[1:] for w in WANTED], ids=[w[0] for w in WANTED])
def test_it_reads_who_says_what(data: bytes, columns: dict[str, Any]) -> None:
    row = parse(Frame(1_000_000, data))
    assert row is not None
    assert row["time"] == 1_000_000
    assert {name: row[name] for name in columns} == columns


@pytest.mark.parametrize("data", [o[1] for o in OTHERS], ids=[o[0] for o in OTHERS])
def test_other_frames_are_no_rows(data: bytes) -> None:
    assert parse(Frame(0, data)) is None


def test_a_tag_that_the_kernel_took_off_is_the_vlan() -> None:
    row = parse(Frame(0, FRAMES[0], vlan=99))
    assert row and row["vlan"] == 99


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (LINUX_SLL, bytes(6) + bytes.fromhex("020000000010") + bytes(2)),
        (LINUX_SLL2, None),
    ],
)
def test_linux_cooked_captures_are_read(link: int, head: bytes | None) -> None:
    ethertype, payload = FRAMES[0][12:14], FRAMES[0][14:]
    cooked = head + ethertype if head else ethertype + bytes(18)
    row = parse(Frame(0, cooked + payload, link))
    assert row and row["event"] == "arp_request"


def test_raw_ip_captures_are_read() -> None:
    for name, data, columns in WANTED:
        if name.startswith("DHCP"):
            row = parse(Frame(0, data[14:], RAW))
            assert row and row["dhcp_message"] == columns["dhcp_message"], name


def test_the_table_has_the_frames_schema() -> None:
    rows = table(Frame(n, data) for n, data in enumerate(FRAMES))
    assert (rows.schema, rows.height) == (schema.L2, len(FRAMES))
    assert table([]).schema == schema.L2


@given(st.sampled_from(FRAMES), st.data())
def test_no_bytes_raise(frame: bytes, data: st.DataObject) -> None:
    cut = frame[: data.draw(st.integers(0, len(frame)))]
    changed = bytearray(cut)
    for at, value in data.draw(st.dictionaries(st.integers(0, 400), st.integers(0, 255))).items():
        if at < len(changed):
            changed[at] = value
    table([Frame(0, bytes(changed), link) for link in (1, RAW, LINUX_SLL, LINUX_SLL2)])
