"""Modbus/TCP and IEC 60870-5-104 messages in the bytes of a stream. Pure; never raises.

Modbus/TCP ("MODBUS Messaging on TCP/IP Implementation Guide" V1.0b, 3.1.3): transaction, protocol
(0), length, unit, then the function code; bit 7 of it marks an exception. IEC 104 (IEC
60870-5-104:2006, 5): 0x68, length, four control octets; only format I, whose first control octet is
even, carries an ASDU, which begins with the type identification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

MODBUS_PORT: Final = 502
IEC104_PORT: Final = 2404

_MODBUS_HEADER, _MODBUS_LONGEST = 7, 254
_IEC_START, _IEC_HEADER, _IEC_LONGEST = 0x68, 6, 253
_EXCEPTION: Final = 0x80


class Message(NamedTuple):
    """One message: its function code or type identification, and whom it addresses."""

    code: int
    unit: int  # Modbus: unit; IEC 104: common address of the ASDU
    is_exception: bool = False


#: Reads a stream's bytes: (messages, how many bytes they took); -1 where the bytes are none.
Reader = Callable[[bytes], tuple[list[Message], int]]


def read_modbus(data: bytes) -> tuple[list[Message], int]:
    """Return the whole messages at the beginning of ``data``, and how many bytes they take."""
    return _read(data, _modbus_at)


def read_iec104(data: bytes) -> tuple[list[Message], int]:
    """Return the whole ASDUs at the beginning of ``data``, and how many bytes they take."""
    return _read(data, _iec104_at)


READERS: Final[dict[int, tuple[str, Reader]]] = {
    MODBUS_PORT: ("modbus", read_modbus),
    IEC104_PORT: ("iec104", read_iec104),
}

#: What stands at a place: its length (0: more bytes are needed, -1: no message), and the message.
_Found = tuple[int, Message | None]


def _read(data: bytes, look: Callable[[bytes, int], _Found]) -> tuple[list[Message], int]:
    messages: list[Message] = []
    at = 0
    for length, message in _each(data, look):
        if length < 0:
            return messages, -1
        at += length
        if message is not None:
            messages.append(message)
    return messages, at


def _each(data: bytes, look: Callable[[bytes, int], _Found]) -> Iterator[_Found]:
    at = 0
    while at < len(data):
        length, message = look(data, at)
        if length == 0:
            return
        yield length, message
        if length < 0:
            return
        at += length


def _modbus_at(data: bytes, at: int) -> _Found:
    if len(data) - at < _MODBUS_HEADER + 1:
        return 0, None
    protocol, length = (int.from_bytes(data[at + n : at + n + 2]) for n in (2, 4))
    if protocol or not 2 <= length <= _MODBUS_LONGEST:
        return -1, None
    if len(data) - at < 6 + length:
        return 0, None
    code = data[at + 7]
    is_exception = bool(code & _EXCEPTION)
    return 6 + length, Message(code & ~_EXCEPTION, data[at + 6], is_exception)


def _iec104_at(data: bytes, at: int) -> _Found:
    if data[at] != _IEC_START:
        return -1, None
    if len(data) - at < 2:
        return 0, None
    length = data[at + 1]
    if not 4 <= length <= _IEC_LONGEST:
        return -1, None
    if len(data) - at < 2 + length:
        return 0, None
    asdu = data[at + _IEC_HEADER : at + 2 + length]
    if data[at + 2] & 1 or len(asdu) < 6:  # formats S and U carry none
        return 2 + length, None
    return 2 + length, Message(asdu[0], int.from_bytes(asdu[4:6], "little"))
