from pathlib import Path

import polars as pl
import pytest

from capture_agent.demonstration.capture import save
from capture_agent.demonstration.conversation import CLIENT, SERVER, Packet, Tcp
from capture_agent.demonstration.payloads import iec104, things
from capture_agent.emission import Emission
from capture_agent.industrial import beside, following
from capture_agent.industrial.following import Follower
from capture_agent.l2.beside import Beside
from capture_agent.l2.parse import Frame
from capture_agent.schema import INDUSTRIAL, unpack
from capture_agent.sources.ndpi import PcapSource
from tests.traffic.packets import START, endpoint, web_page

FAMILIES = pytest.mark.parametrize("family", [4, 6])


def conversation(family: int, port: int, *, vlan: int = 0, client_port: int = 40_000) -> Tcp:
    ends = endpoint(21, family, vlan=vlan), endpoint(80, family, vlan=vlan)
    return Tcp(*ends, (client_port, port), START).open()


def follow(packets: list[Packet]) -> pl.DataFrame:
    follower = Follower()
    follower.add(Frame(round(packet.time * 1e6), packet.frame) for packet in packets)
    return follower.rows()


def told(rows: pl.DataFrame) -> list[tuple[object, ...]]:
    return sorted(
        rows.select("is_from_server", "code", "previous", "messages", "exceptions").rows(),
        key=str,
    )


@FAMILIES
def test_requests_follow_requests_and_answers_count_exceptions(family):
    talk = conversation(family, 502)
    for number, code in enumerate((3, 3, 6, 3)):
        answer = things.modbus(number, code | 0x80, b"\x01") if code == 6 else b""
        answer = answer or things.modbus(number, code, b"\x02\0\0")
        talk.ask(things.modbus(number, code, b"\0\x01\0\x01"), answer)
    rows = follow(talk.close().packets)
    assert rows.schema == INDUSTRIAL
    assert told(rows) == [
        (False, 3, 3, 1, 0),
        (False, 3, 6, 1, 0),
        (False, 3, None, 1, 0),
        (False, 6, 3, 1, 0),
        (True, 3, None, 3, 0),
        (True, 6, None, 1, 1),
    ]
    row = rows.row(0, named=True)
    assert str(unpack(row["client_high"], row["client_low"])) == endpoint(21, family).address
    assert (row["client_port"], row["server_port"], row["protocol"]) == (40_000, 502, "modbus")


@FAMILIES
def test_asdus_of_both_sides_follow_each_other(family):
    talk = conversation(family, 2404, vlan=7)
    talk.ask(iec104.START_ACT, iec104.START_CON)
    talk.ask(iec104.asdu(100), iec104.asdu(9) + iec104.asdu(13, 1)).ask(iec104.asdu(45), b"")
    rows = follow(talk.packets)
    expected = [(False, 100, None, 1, 0), (False, 45, 13, 1, 0)]
    assert told(rows) == [*expected, (True, 13, 9, 1, 0), (True, 9, 100, 1, 0)]
    assert set(rows["vlan"]) == {7}


@FAMILIES
def test_a_message_cut_in_two_counts_once_and_a_repeated_segment_not_again(family):
    talk = conversation(family, 502)
    asked = things.modbus(1, 3, b"\0\x01\0\x01")
    talk.send(CLIENT, asked[:5]).send(CLIENT, asked[5:]).repeat(CLIENT, len(asked) - 5)
    assert told(follow(talk.packets)) == [(False, 3, None, 1, 0)]


def test_after_a_lost_segment_the_stream_is_read_anew():
    talk = conversation(4, 502)
    asked = things.modbus(1, 3, b"\0\x01\0\x01")
    for part in (asked[:5], asked[5:], asked):
        talk.send(CLIENT, part)
    packets = [packet for number, packet in enumerate(talk.packets) if number != 4]
    assert told(follow(packets))[0][1] == 3


def test_a_new_connection_begins_without_a_previous_code():
    one, other = conversation(4, 502), conversation(4, 502)
    for talk in (one, other):
        talk.send(CLIENT, things.modbus(1, 3, b"\0\x01\0\x01"))
    assert told(follow([*one.packets, *other.packets])) == [(False, 3, None, 2, 0)]


def test_what_is_counted_is_given_when_its_interval_is_over():
    follower, at = Follower(), 1_000_000_000_000
    talk = conversation(4, 502).send(CLIENT, things.modbus(1, 3, b"\0\x01\0\x01"))
    follower.add(Frame(at, packet.frame) for packet in talk.packets)
    assert follower.rows(before=at + 4_000_000).is_empty()
    assert follower.rows(before=at + 5_000_000).height == 1
    assert follower.rows().is_empty()


def test_the_conversation_that_was_silent_longest_is_forgotten(monkeypatch):
    monkeypatch.setattr(following, "MOST", 2)
    follower = Follower()
    asked = things.modbus(1, 3, b"\0\x01\0\x01")
    for port in (1, 2, 3, 1, 3):  # the second time the first is new again, the third is not
        packet = conversation(4, 502, client_port=port).send(CLIENT, asked).packets[-1]
        follower.add([Frame(1, packet.frame)])
    packet = conversation(4, 502, client_port=3).send(CLIENT, asked).send(CLIENT, asked).packets[-1]
    follower.add([Frame(1, packet.frame)])
    counted = follower.rows().filter(pl.col("previous").is_not_null())
    assert counted["client_port"].to_list() == [3]


@FAMILIES
def test_a_file_yields_its_messages_beside_the_meters_rows(tmp_path: Path, family):
    talk = conversation(family, 502)
    for number in range(3):
        talk.talk(things.modbus_poll(number))
    packets = [*talk.close().packets, *web_page(endpoint(22, family), endpoint(90, family))]
    path = tmp_path / "plant.pcap"
    save(path, packets)
    source = PcapSource([path], interface="plant", keep_time=True)
    side = beside.file_side(source)
    found = list(Beside(source, side, "plant", "pcap", beside.FRAME).emissions())
    rows = [e.table for e in found if isinstance(e, Emission) and e.frame == "industrial"]
    assert pl.concat(rows)["messages"].sum() == 6
    assert {e.frame for e in found if e is not None} >= {"flow", "host", "industrial"}


def test_server_sides_exceptions_do_not_change_what_a_request_follows():
    talk = conversation(4, 502)
    talk.ask(things.modbus(1, 3, b"\0\x01\0\x01"), things.modbus(1, 0x83, b"\x02"))
    talk.send(SERVER, things.modbus(1, 0x83, b"\x02")).send(CLIENT, things.modbus(2, 16, b"\0\1"))
    assert (False, 16, 3, 1, 0) in told(follow(talk.packets))
