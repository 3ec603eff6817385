"""IEC 60870-5-104 (2006): frames of formats U, S and I, and the ASDUs inside."""

from __future__ import annotations

import struct
from typing import Final

START_ACT: Final = b"\x68\x04\x07\0\0\0"
START_CON: Final = b"\x68\x04\x0b\0\0\0"


def asdu(kind: int, number: int = 0, *, address: int = 1, cause: int = 3) -> bytes:
    """Return a frame of format I with an ASDU of a type identification and one object."""
    body = struct.pack("<BBBBH", kind, 1, cause, 0, address) + b"\x01\0\0" + bytes(3)
    control = struct.pack("<HH", number << 1, 0)
    return bytes([0x68, len(control) + len(body)]) + control + body


def acknowledgement(number: int) -> bytes:
    """Return a frame of format S."""
    return b"\x68\x04" + struct.pack("<HH", 1, number << 1)
