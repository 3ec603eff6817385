"""Receives ARP and DHCP frames from a network card, beside the meter's own handle.

The engine's capture functions give IP packets only, hence an ``AF_PACKET`` socket. A filter in the
kernel (classic BPF) leaves only what matters, so that the handle costs nothing on a busy link. The
kernel takes a VLAN tag off before the filter and tells it beside the frame; a second tag (or a
driver that leaves the first) is seen by the filter. Needs CAP_NET_RAW, as the meter does.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import time
from collections.abc import Iterator
from typing import Final

from capture_agent.l2.parse import Frame

_ETH_P_ALL: Final = 0x0003  # linux/if_ether.h
_SO_ATTACH_FILTER: Final = 26  # asm-generic/socket.h
_SOL_PACKET: Final = 263  # linux/socket.h
_PACKET_AUXDATA: Final = 8  # linux/if_packet.h
_TP_STATUS_VLAN_VALID: Final = 1 << 4
_AUXDATA: Final = struct.Struct("IIIHHHH")  # struct tpacket_auxdata
_LONGEST: Final = 2048
#: Frames taken at a time, so that a flood of ARP cannot hold up the meter.
AT_ONCE: Final = 2_000
_BUFFER: Final = 1024 * 1024

# Opcodes of linux/bpf_common.h: load halfword or byte at k, at X + k, X = IP header's length, …
_LDH, _LDB, _LDH_X, _LDX_IP = 0x28, 0x30, 0x48, 0xB1
_JEQ, _JSET, _RET = 0x15, 0x45, 0x06
_WHOLE: Final = 0xFFFF

#: (label, opcode, k, label to go to if true, if false); "" is the next instruction.
_Line = tuple[str, int, int, str, str]


#: (opcode, jump if true, jump if false, k)
Instruction = tuple[int, int, int, int]


class L2Socket:
    """The ARP, DHCP and DHCPv6 frames of one network card, both directions. Raises OSError."""

    def __init__(self, interface: str, code: list[Instruction] | None = None) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            _attach(self._socket, code or program())
            self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._socket.setblocking(False)
            self._socket.bind((interface, _ETH_P_ALL))
        except OSError:
            self._socket.close()
            raise

    def frames(self) -> Iterator[Frame]:
        """Yield what has come since the last call, at most ``AT_ONCE`` frames; never waits."""
        for _ in range(AT_ONCE):
            try:
                data, control, _, _ = self._socket.recvmsg(_LONGEST, 64)
            except OSError:  # nothing there, or the card went down, which the meter reports
                return
            yield Frame(time.time_ns() // 1000, data, vlan=_vlan(control))

    def close(self) -> None:
        """Stop receiving."""
        self._socket.close()


def program() -> list[Instruction]:
    """Return the filter: ARP and DHCP, up to one tag."""
    return _resolved([*_depth(0, 12), *_depth(1, 16)])


def ports_program(protocol: int, ports: tuple[int, ...]) -> list[Instruction]:
    """Return the filter of some ports, of source or destination, of TCP or UDP, up to one tag."""
    return _resolved([*_ports(0, 12, protocol, ports), *_ports(1, 16, protocol, ports)])


def _ports(depth: int, at: int, protocol: int, ports: tuple[int, ...]) -> list[_Line]:
    """Return the lines for an ethertype at byte ``at``, as :func:`_depth` does."""
    deeper, six, ip = str(depth + 1), f"{depth}v6", at + 2
    return [
        (str(depth), _LDH, at, "", ""),
        ("", _JEQ, 0x86DD, six, ""),
        ("", _JEQ, 0x8100, deeper, ""),
        ("", _JEQ, 0x88A8, deeper, ""),
        ("", _JEQ, 0x0800, "", "drop"),
        ("", _LDB, ip + 9, "", ""),
        ("", _JEQ, protocol, "", "drop"),
        ("", _LDH, ip + 6, "", ""),
        ("", _JSET, 0x1FFF, "drop", ""),
        ("", _LDX_IP, ip, "", ""),
        *_any_of(_LDH_X, ip, ports),
        (six, _LDB, ip + 6, "", ""),
        ("", _JEQ, protocol, "", "drop"),
        *_any_of(_LDH, ip + 40, ports),
    ]


def _any_of(load: int, at: int, ports: tuple[int, ...]) -> list[_Line]:
    """Return the lines that take a packet from or to one of the ports, and drop the rest."""
    lines: list[_Line] = []
    for place in (at, at + 2):
        lines.append(("", load, place, "", ""))
        lines += [("", _JEQ, port, "take", "") for port in ports]
    return [*lines[:-1], (*lines[-1][:4], "drop")]


def _resolved(body: list[_Line]) -> list[Instruction]:
    """Return the lines with their labels as distances, and the two ends behind them."""
    lines = [*body, ("take", _RET, _WHOLE, "", ""), ("2", _RET, 0, "", "")]
    place = {label: at for at, (label, *_) in enumerate(lines) if label}
    place["drop"] = place["2"]
    return [
        (opcode, place[yes] - at - 1 if yes else 0, place[no] - at - 1 if no else 0, k)
        for at, (_, opcode, k, yes, no) in enumerate(lines)
    ]


def _depth(depth: int, at: int) -> list[_Line]:
    """Return the lines for an ethertype at byte ``at``; a tag there leads to the next depth."""
    deeper, four, six, ip = str(depth + 1), f"{depth}v4", f"{depth}v6", at + 2
    return [
        (str(depth), _LDH, at, "", ""),
        ("", _JEQ, 0x0806, "take", ""),
        ("", _JEQ, 0x0800, four, ""),
        ("", _JEQ, 0x86DD, six, ""),
        ("", _JEQ, 0x8100, deeper, ""),
        ("", _JEQ, 0x88A8, deeper, "drop"),
        (four, _LDB, ip + 9, "", ""),
        ("", _JEQ, socket.IPPROTO_UDP, "", "drop"),
        ("", _LDH, ip + 6, "", ""),
        ("", _JSET, 0x1FFF, "drop", ""),  # a later fragment has no ports
        ("", _LDX_IP, ip, "", ""),
        ("", _LDH_X, ip, "", ""),
        ("", _JEQ, 67, "take", ""),
        ("", _JEQ, 68, "take", ""),
        ("", _LDH_X, ip + 2, "", ""),
        ("", _JEQ, 67, "take", ""),
        ("", _JEQ, 68, "take", "drop"),
        (six, _LDB, ip + 6, "", ""),
        ("", _JEQ, socket.IPPROTO_UDP, "", "drop"),
        ("", _LDH, ip + 40, "", ""),
        ("", _JEQ, 546, "take", ""),
        ("", _JEQ, 547, "take", ""),
        ("", _LDH, ip + 42, "", ""),
        ("", _JEQ, 546, "take", ""),
        ("", _JEQ, 547, "take", "drop"),
    ]


def _attach(handle: socket.socket, code: list[tuple[int, int, int, int]]) -> None:
    """Give the kernel a filter (struct sock_fprog), before binding, so that nothing slips by."""
    packed = b"".join(struct.pack("HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(packed)
    fprog = struct.pack("HP", len(code), ctypes.addressof(buffer))
    handle.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)


def _vlan(control: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in control:
        if level == _SOL_PACKET and kind == _PACKET_AUXDATA and len(data) >= _AUXDATA.size:
            status, _, _, _, _, tci, _ = _AUXDATA.unpack_from(data)
            return tci & 0x0FFF if status & _TP_STATUS_VLAN_VALID else 0
    return 0
