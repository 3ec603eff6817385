"""One RTP stream: which of its numbers came, in what order, and how evenly (RFC 3550, A.1–A.8).

Lost is what was expected between the lowest and the highest sequence number and did not come.
Jitter is the mean of RFC 3550's interarrival jitter. It needs the time stamps' clock: that of a
static payload type (RFC 3551), else the usual clock nearest to what half a second of the stream
shows; until then there is no jitter. A difference over :data:`_PAUSE` is a pause, not jitter.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.packet import read_u16, read_u32

#: Packets that must follow one another for a stream to be believed.
CONFIRMED: Final = 5
#: Kinds of media: payload types, then Zoom's.
FIRST_KIND_OF_ZOOM: Final = 128

_NEAR: Final = 16  # numbers that a stream on probation may leave out
_DROPOUT, _MISORDER = 3_000, 100  # RFC 3550, A.1
_WINDOW: Final = 64  # numbers among which repeated packets are told from late ones
_NONE: Final = -1
_STEADY: Final = 2_700_000  # ticks between two packets at most: 30 s of the fastest clock
_PAUSE: Final = 1_000_000  # µs
_SHOWN: Final = 500_000  # µs
_OTHERS: Final = 50  # packets of another payload type after which it is the stream's own

_CLOCKS: Final = np.array([8_000, 16_000, 24_000, 32_000, 48_000, 90_000], np.int64)
_UNSURE: Final = 1.15
_STATIC: Final = np.zeros(128, np.int32)
for _types, _clock in (
    ((0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18), 8_000), ((6,), 16_000), ((10, 11), 44_100),
    ((16,), 11_025), ((17,), 22_050), ((14, 25, 26, 28, 31, 32, 33, 34), 90_000),
):  # fmt: skip
    _STATIC[list(_types)] = _clock


@compiled
def begin_stream(r: Any, at: Any, ssrc: Any, kind: Any, direction: Any, time: Any) -> None:
    """Begin a stream with the packet whose header is at ``at``; its place in a list stays."""
    r.ssrc, r.kind, r.direction = ssrc, kind, direction
    r.base = r.highest = read_u16(at + 2)
    r.window, r.span, r.hits, r.is_confirmed, r.bad = np.uint64(1), 1, 0, 0, _NONE
    r.received_before = r.lost_before = 0
    r.reordered = 0
    _begin_clock(r, at, time)


@compiled
def _begin_clock(r: Any, at: Any, time: Any) -> None:
    r.payload = read_u16(at) & 0x7F
    r.others = 0
    r.rate = _STATIC[r.payload]
    r.time = r.first_time = time
    r.stamp = r.first_stamp = read_u32(at + 4)
    r.jitter = np.float32(0)
    r.jitter_sum, r.jitter_count = 0.0, 0


@compiled
def follow_stream(r: Any, at: Any, time: Any) -> Any:
    """Take a packet into account; return whether the stream may still be one."""
    number = read_u16(at + 2)
    ahead = (number - np.int64(r.highest)) & 0xFFFF
    if not r.is_confirmed and not _is_steady(r, at, ahead):
        return False
    is_late = ahead == 0 or ahead > 0xFFFF - _MISORDER
    if is_late:
        if not _fill(r, (0x10000 - ahead) & 0xFFFF):
            return True
    elif ahead < _DROPOUT:
        _go_on(r, ahead)
    elif not _jump(r, number):
        return True
    _follow_clock(r, at, time, is_late)
    if not r.is_confirmed and r.hits >= CONFIRMED and r.stamp != r.first_stamp:
        r.is_confirmed = 1
    return True


@compiled
def _is_steady(r: Any, at: Any, ahead: Any) -> Any:
    """Return whether number and time stamp are close to the last ones."""
    ticks = _difference(read_u32(at + 4), np.int64(r.stamp))
    if ahead != 0 and ahead <= _NEAR:
        r.hits = min(np.int64(r.hits) + 1, 255)
    return (ahead <= _NEAR or ahead > 0xFFFF - _NEAR) and -_STEADY < ticks < _STEADY


@compiled
def _difference(later: Any, earlier: Any) -> Any:
    """Return the signed difference of two 32-bit numbers that wrap around."""
    return ((later - earlier + 0x80000000) & 0xFFFFFFFF) - 0x80000000


@compiled
def _go_on(r: Any, ahead: Any) -> None:
    r.highest += ahead
    r.span += 1
    kept = np.uint64(r.window << np.uint64(ahead)) if ahead < _WINDOW else np.uint64(0)
    r.window = np.uint64(kept | np.uint64(1))


@compiled
def _fill(r: Any, behind: Any) -> Any:
    """Note a late packet; return whether it is none that came before."""
    if behind < _WINDOW:
        bit = np.uint64(np.uint64(1) << np.uint64(behind))
        if r.window & bit:
            return False
        r.window |= bit
    r.base = min(np.int64(r.base), np.int64(r.highest) - behind)
    r.span += 1
    r.reordered += 1
    return True


@compiled
def _jump(r: Any, number: Any) -> Any:
    """Note a far number; return whether it is the second in a row: the sender began anew."""
    if number != r.bad:
        r.bad = (number + 1) & 0xFFFF
        return False
    r.lost_before = lost(r)
    r.received_before += r.span
    r.base, r.highest, r.span = number - 1, number, 2
    r.window, r.bad = np.uint64(3), _NONE
    return True


@compiled
def _follow_clock(r: Any, at: Any, time: Any, is_late: Any) -> None:
    if read_u16(at) & 0x7F != r.payload:  # an event between a codec's packets (RFC 4733)
        r.others = np.int64(r.others) + 1
        if r.others >= _OTHERS:
            summed, count = r.jitter_sum, r.jitter_count
            _begin_clock(r, at, time)
            r.jitter_sum, r.jitter_count = summed, count
        return
    r.others = 0
    stamp = read_u32(at + 4)
    if r.rate > 0:
        _follow_jitter(r, time - r.time, _difference(stamp, np.int64(r.stamp)))
    elif not is_late and time - r.first_time >= _SHOWN:
        _find_clock(r, stamp, time)
    r.time, r.stamp = time, stamp


@compiled
def _follow_jitter(r: Any, elapsed: Any, ticks: Any) -> None:
    """RFC 3550, A.8, in µs."""
    uneven = abs(elapsed - ticks * 1_000_000 / r.rate)
    if uneven > _PAUSE:
        return
    r.jitter += np.float32((uneven - r.jitter) / 16)
    r.jitter_sum += r.jitter
    r.jitter_count += 1


@compiled
def _find_clock(r: Any, stamp: Any, time: Any) -> None:
    shown = _difference(stamp, np.int64(r.first_stamp)) * 1_000_000 / (time - r.first_time)
    best, unlike = 0, _UNSURE
    for clock in _CLOCKS:
        if shown > 0 and max(shown / clock, clock / shown) < unlike:
            best, unlike = clock, max(shown / clock, clock / shown)
    r.rate = best
    r.first_time, r.first_stamp = time, stamp


@compiled
def received(r: Any) -> Any:
    """Return how many packets came, repeated ones counted once."""
    return np.int64(r.received_before) + np.int64(r.span)


@compiled
def lost(r: Any) -> Any:
    """Return how many packets did not come."""
    expected = np.int64(r.highest) - np.int64(r.base) + 1
    return np.int64(r.lost_before) + max(np.int64(0), expected - np.int64(r.span))


@compiled
def is_video(r: Any) -> Any:
    """Return whether a stream is of pictures: Zoom says so, elsewhere its clock does."""
    if r.kind >= FIRST_KIND_OF_ZOOM:
        return r.kind != FIRST_KIND_OF_ZOOM + 15
    return r.rate == 90_000 and r.payload != 14  # MPEG audio has the same clock
