"""Finds the ARP and DHCP frames of a capture file, pcap or pcapng, without reading the rest.

A compiled walk over the mapped file looks at each record's header and at the few bytes that name
its protocol; only what matches becomes a Python object. A 725 MB file of 2,000,000 packets costs
about a tenth of a second. A file that ends in the middle of a record ends there; one that is no
capture has no frames (the meter's own reader says so in words).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from capture_agent.l2.parse import ETHERNET, LINUX_SLL, LINUX_SLL2, RAW, Frame
from capture_agent.meter.compiled import compiled

_INTERFACES: Final = 256  # of one pcapng section; a packet of a further one is passed over
_PCAP_MAGIC: Final = {  # first four bytes: (byte order, ticks a second)
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_PCAPNG_MAGIC: Final = b"\x0a\x0d\x0d\x0a"
_RAW_LINKS: Final = (12, 14)  # DLT_RAW as some systems write it


#: What is looked for: ARP, DHCP and DHCPv6; or TCP of Modbus' and IEC 104's ports.
L2, INDUSTRIAL = 0, 1


def frames(path: Path, kind: int = L2) -> Iterator[Frame]:
    """Yield a file's frames of a kind (some others that look alike too), in order."""
    with path.open("rb") as file:
        if file.seek(0, 2) < 24:
            return
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    data.madvise(mmap.MADV_SEQUENTIAL)
    yield from _found(
        data, kind
    )  # the map goes with its last reference: Numba may hold one for long


def _found(data: mmap.mmap, wanted: int) -> Iterator[Frame]:
    view = np.frombuffer(data, np.uint8)
    magic = data[:4]
    if magic in _PCAP_MAGIC:
        order, ticks = _PCAP_MAGIC[magic]
        hits = scan_pcap(view, order == "<", ticks // 1_000_000, wanted)
    elif magic == _PCAPNG_MAGIC:
        hits = scan_pcapng(view, wanted)
    else:
        hits = np.empty((0, 4), np.int64)
    for time, link, start, length in hits.tolist():
        yield Frame(time, data[start : start + length], link)


@compiled
def _number(data: Any, at: int, size: int, little: bool) -> int:
    value = 0
    for k in range(size):
        value = value << 8 | int(data[at + (size - 1 - k if little else k)])
    return value


@compiled
def _is_wanted_ip(data: Any, at: int, end: int, ethertype: int, wanted: int) -> bool:
    """Say whether an IP packet is UDP of DHCP or DHCPv6, or TCP of an industrial port."""
    protocol = 17 if wanted == L2 else 6
    if ethertype == 0x0800:
        if at + 20 > end or data[at + 9] != protocol or _number(data, at + 6, 2, False) & 0x1FFF:
            return False
        ports = at + (data[at] & 15) * 4
        low, high = 67, 68
    else:
        if at + 40 > end or data[at + 6] != protocol:
            return False
        ports = at + 40
        low, high = 546, 547
    if ports + 8 > end:
        return False
    one, other = _number(data, ports, 2, False), _number(data, ports + 2, 2, False)
    if wanted == INDUSTRIAL:
        return one == 502 or one == 2404 or other == 502 or other == 2404
    return low <= one <= high or low <= other <= high


@compiled
def _header(data: Any, start: int, link: int) -> tuple[int, int]:
    """Return where a frame's payload and the ethertype before it stand; payload 0: unknown link."""
    if link == ETHERNET:
        return start + 14, start + 12
    if link == LINUX_SLL:
        return start + 16, start + 14
    if link == LINUX_SLL2:
        return start + 20, start
    return (start if link == RAW else 0), start


@compiled
def is_wanted(data: Any, start: int, end: int, link: int, wanted: int) -> bool:
    """Say whether a frame is of a kind, behind any VLAN tags."""
    at, kind = _header(data, start, link)
    if at == 0 or at + 8 > end:
        return False
    if link == RAW:
        return _is_wanted_ip(data, at, end, 0x86DD if data[at] >> 4 == 6 else 0x0800, wanted)
    ethertype = _number(data, kind, 2, False)
    while ethertype == 0x8100 or ethertype == 0x88A8 or ethertype == 0x9100:
        if at + 8 > end:
            return False
        ethertype = _number(data, at + 2, 2, False)
        at += 4
    if ethertype == 0x0806:
        return wanted == L2 and at + 28 <= end
    is_ip = ethertype == 0x0800 or ethertype == 0x86DD
    return is_ip and _is_wanted_ip(data, at, end, ethertype, wanted)


@compiled
def _append(hits: Any, count: int, time: int, link: int, start: int, length: int) -> Any:
    if count == hits.shape[0]:
        more = np.empty((2 * count, 4), np.int64)
        more[:count] = hits
        hits = more
    hits[count, 0], hits[count, 1], hits[count, 2], hits[count, 3] = time, link, start, length
    return hits


@compiled
def scan_pcap(data: Any, little: bool, per_microsecond: int, wanted: int = L2) -> Any:
    """Return rows of (microseconds, link type, offset, length), shape (n, 4), of a pcap file."""
    hits, count = np.empty((64, 4), np.int64), 0
    link = _number(data, 20, 4, little) & 0xFFFF
    if link == _RAW_LINKS[0] or link == _RAW_LINKS[1]:
        link = RAW
    at = 24
    while at + 16 <= data.size:
        length = _number(data, at + 8, 4, little)
        start = at + 16
        at = start + length
        if at > data.size:
            break
        if is_wanted(data, start, at, link, wanted):
            seconds = _number(data, start - 16, 4, little)
            fraction = _number(data, start - 12, 4, little) // per_microsecond
            hits = _append(hits, count, seconds * 1_000_000 + fraction, link, start, length)
            count += 1
    return hits[:count]


@compiled
def _resolution(data: Any, at: int, end: int, little: bool) -> int:
    """Return the if_tsresol of an interface's options: 6 or n for 10^-n s, 128 + n for 2^-n s."""
    while at + 4 <= end:
        code, length = _number(data, at, 2, little), _number(data, at + 2, 2, little)
        if code == 0:
            break
        if code == 9 and length == 1 and at + 5 <= end:
            return int(data[at + 4])
        at += 4 + (length + 3) // 4 * 4
    return 6


@compiled
def _microseconds(stamp: int, resolution: int) -> int:
    """Return a time stamp in microseconds; 0 for a resolution that no clock has."""
    power = resolution & 0x7F
    if resolution & 0x80:
        return (
            (stamp >> power) * 1_000_000 + (((stamp & ((1 << power) - 1)) * 1_000_000) >> power)
            if power <= 40
            else 0
        )
    if power > 18:
        return 0
    return int(stamp // 10 ** (power - 6) if power >= 6 else stamp * 10 ** (6 - power))


@compiled
def scan_pcapng(data: Any, wanted: int = L2) -> Any:
    """Return rows of (microseconds, link type, offset, length), shape (n, 4), of a pcapng file."""
    hits, count = np.empty((64, 4), np.int64), 0
    links, resolutions = np.zeros(_INTERFACES, np.int64), np.zeros(_INTERFACES, np.int64)
    known, little, at = 0, True, 0
    while at + 12 <= data.size:
        if _number(data, at, 4, True) == 0x0A0D0D0A:
            little, known = data[at + 8] == 0x4D, 0
        kind, size = _number(data, at, 4, little), _number(data, at + 4, 4, little)
        end = at + size
        if size < 12 or end > data.size:
            break
        if kind == 1 and known < _INTERFACES and size >= 20:
            link = _number(data, at + 8, 2, little)
            links[known] = RAW if link == _RAW_LINKS[0] or link == _RAW_LINKS[1] else link
            resolutions[known] = _resolution(data, at + 16, end - 4, little)
            known += 1
        elif kind == 6 and size >= 32 and _number(data, at + 8, 4, little) < known:
            which, length = _number(data, at + 8, 4, little), _number(data, at + 20, 4, little)
            start = at + 28
            fits = start + length <= end - 4
            if fits and is_wanted(data, start, start + length, links[which], wanted):
                stamp = _number(data, at + 12, 4, little) << 32 | _number(data, at + 16, 4, little)
                time = _microseconds(stamp, resolutions[which])
                hits = _append(hits, count, time, links[which], start, length)
                count += 1
        at = end
    return hits[:count]
