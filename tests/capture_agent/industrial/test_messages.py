import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture_agent.demonstration.payloads import iec104, things
from capture_agent.industrial.messages import Message, read_iec104, read_modbus

READ = things.modbus(1, 3, b"\0\x64\0\x08", unit=9)
REFUSED = things.modbus(2, 0x83, b"\x02")
MEASURED = iec104.asdu(13, address=300)
COMMAND = iec104.asdu(45, cause=6)


@pytest.mark.parametrize(
    ("read", "data", "messages", "taken"),
    [
        (read_modbus, READ, [Message(3, 9)], len(READ)),
        (read_modbus, REFUSED, [Message(3, 1, is_exception=True)], len(REFUSED)),
        (read_modbus, READ + REFUSED, [Message(3, 9), Message(3, 1, True)], 2 * 9 + 3),
        (read_modbus, READ[:-1], [], 0),
        (read_modbus, READ + READ[:5], [Message(3, 9)], len(READ)),
        (read_modbus, b"GET / HTTP/1.1\r\n", [], -1),
        (read_modbus, b"", [], 0),
        (read_iec104, MEASURED, [Message(13, 300)], len(MEASURED)),
        (read_iec104, iec104.START_ACT + COMMAND, [Message(45, 1)], 6 + len(COMMAND)),
        (read_iec104, iec104.acknowledgement(4), [], 6),
        (read_iec104, COMMAND + MEASURED[:1], [Message(45, 1)], len(COMMAND)),
        (read_iec104, b"\x68\x03abc", [], -1),
        (read_iec104, b"\x16\x03\x01", [], -1),
    ],
)
def test_messages_are_found_where_they_are_whole(read, data, messages, taken):
    assert read(data) == (messages, taken)


@pytest.mark.parametrize("read", [read_modbus, read_iec104])
@given(data=st.binary(max_size=600))
def test_any_bytes_are_read_without_an_error(read, data):
    messages, taken = read(data)
    assert -1 <= taken <= len(data)
    assert all(0 <= message.code < 256 for message in messages)


@pytest.mark.parametrize(("read", "one"), [(read_modbus, READ), (read_iec104, MEASURED)])
@given(cut=st.integers(min_value=0, max_value=40))
def test_a_cut_stream_says_the_same_when_its_rest_is_kept(read, one, cut):
    stream = one * 3
    first, taken = read(stream[:cut])
    second, _ = read(stream[taken:cut] + stream[cut:])
    assert first + second == read(stream)[0]
