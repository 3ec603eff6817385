"""Calls: loss, order and jitter of the RTP streams inside a UDP flow (RFC 3550, appendix A).

A *stream* is one SSRC in one direction; a flow has up to :data:`MOST_OF_FLOW`. RTP lies in the
datagram itself, behind TURN's channel header (RFC 8656, 12.4), or behind Zoom's: 8 bytes of its
servers (first byte 5) on their ports, then a media header that begins with the media's kind, as
Michel et al. found ("Enabling Passive Measurement of Zoom Performance", IMC 2022); between two
clients the media header comes alone. STUN, DTLS, ZRTP and RTCP have other first bytes (RFC 7983,
RFC 5761). nDPI is not asked: it is done before the call is.

Nothing marks RTP, so a stream is on probation until :data:`CONFIRMED` packets followed one another
in order, with time stamps that move, and are believable. A flow that gives only
:data:`MOST_DOUBTS` reasons not to believe is not looked at again.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.foreign import load8
from capture_agent.meter.packet import l4_address, read_u16, read_u32
from capture_agent.meter.records import MOST_STREAMS
from capture_agent.meter.stream import FIRST_KIND_OF_ZOOM, begin_stream, follow_stream

#: Streams of a flow at most; more are counted as untracked.
MOST_OF_FLOW: Final = 8
MOST_DOUBTS: Final = 48
#: In ``f.rtp``: the flow is not looked at again. Else the first stream's slot plus 1, or 0.
NOT_RTP: Final = -1

_UDP_HEADER: Final = 8
_RTP_HEADER: Final = 12
_VERSION: Final = 2  # the first byte's upper two bits
_CHANNEL_FIRST, _CHANNEL_LAST, _CHANNEL_HEADER = 0x40, 0x4F, 4
_ZOOM_SERVER, _ZOOM_SERVER_HEADER = 5, 8
_ZOOM_PORTS: Final = (8801, 8810)
_ZOOM_SCREEN, _ZOOM_AUDIO, _ZOOM_VIDEO = 13, 15, 16
_ZOOM_SCREEN_HEADER, _ZOOM_AUDIO_HEADER, _ZOOM_VIDEO_HEADER = 27, 19, 24
_RTCP: Final = (64, 95)
_NOTHING: Final = -1
#: Streams up to which a flow's first packets get one; beyond, only flows that last.
_GENEROUS: Final = MOST_STREAMS * 3 // 4
_LASTING: Final = 3  # packets
_STALE: Final = 1_000_000  # µs without a packet, on probation: its place may go to another


@compiled
def follow_rtp(s: Any, f: Any, p: Any, direction: Any, time: Any) -> None:
    """Take one UDP packet into account, if it may be RTP."""
    if f.rtp == NOT_RTP or p.payload_size < _RTP_HEADER:
        return
    at = l4_address(p, _UDP_HEADER + _RTP_HEADER)
    if at == 0:
        return
    captured = np.int64(p.ip_content) + np.int64(p.ip_content_len) - at
    size: Any = min(np.int64(p.payload_size), captured - _UDP_HEADER)
    at += _UDP_HEADER
    start = _media_at(f, at, size)
    if start >= 0 and _is_header(at + start, size - start):
        _follow(s, f, at + start, _kind(at, start), direction, time)


@compiled
def _kind(at: Any, start: Any) -> Any:
    """Return the payload type, or Zoom's kind of media above all payload types."""
    first = np.int64(load8(at))
    if first == _ZOOM_SERVER:
        return FIRST_KIND_OF_ZOOM + np.int64(load8(at + _ZOOM_SERVER_HEADER))
    if first < _CHANNEL_FIRST:
        return FIRST_KIND_OF_ZOOM + first
    return np.int64(load8(at + start + 1)) & 0x7F


@compiled
def _media_at(f: Any, at: Any, size: Any) -> Any:
    """Return after how many bytes of the payload RTP's header may begin, or :data:`_NOTHING`."""
    first = np.int64(load8(at))
    if first >> 6 == _VERSION:
        return np.int64(0)
    if _CHANNEL_FIRST <= first <= _CHANNEL_LAST:
        fits = read_u16(at + 2) + _CHANNEL_HEADER <= size
        return np.int64(_CHANNEL_HEADER if fits else _NOTHING)
    if first == _ZOOM_SERVER and _is_to_zoom(f):
        header = _zoom_header(np.int64(load8(at + _ZOOM_SERVER_HEADER)))
        return np.int64(header + _ZOOM_SERVER_HEADER if header > 0 else _NOTHING)
    header = _zoom_header(first)
    return np.int64(header if header > 0 else _NOTHING)


@compiled
def _is_to_zoom(f: Any) -> Any:
    low, high = _ZOOM_PORTS
    return low <= f.server_port <= high or low <= f.client_port <= high


@compiled
def _zoom_header(kind: Any) -> Any:
    """Return the length of Zoom's media header of a kind; 0 for what holds no RTP."""
    if kind == _ZOOM_AUDIO:
        return _ZOOM_AUDIO_HEADER
    if kind == _ZOOM_VIDEO:
        return _ZOOM_VIDEO_HEADER
    return _ZOOM_SCREEN_HEADER if kind == _ZOOM_SCREEN else 0


@compiled
def _is_header(at: Any, size: Any) -> Any:
    """Return whether a header of RTP, not of RTCP, fits into ``size`` bytes."""
    if size < _RTP_HEADER:
        return False
    first, second = np.int64(load8(at)), np.int64(load8(at + 1)) & 0x7F
    is_rtcp = _RTCP[0] <= second <= _RTCP[1]
    return first >> 6 == _VERSION and not is_rtcp and _RTP_HEADER + 4 * (first & 15) <= size


@compiled
def _follow(s: Any, f: Any, at: Any, kind: Any, direction: Any, time: Any) -> None:
    ssrc = read_u32(at + 8)
    slot = _find(s, f, ssrc, direction)
    if slot < 0:
        slot = _take(s, f, direction, time)
        if slot >= 0:
            begin_stream(s.stream[slot], at, ssrc, kind, direction, time)
        _doubt(s, f)
        return
    stream = s.stream[slot]
    was_confirmed = stream.is_confirmed
    if not follow_stream(stream, at, time):
        begin_stream(stream, at, ssrc, kind, direction, time)
        _doubt(s, f)
    elif stream.is_confirmed and not was_confirmed:
        f.rtp_streams += 1


@compiled
def _find(s: Any, f: Any, ssrc: Any, direction: Any) -> Any:
    slot = np.int64(f.rtp) - 1
    while slot >= 0:
        stream = s.stream[slot]
        if stream.ssrc == ssrc and stream.direction == direction:
            return slot
        slot = np.int64(stream.next)
    return np.int64(-1)


@compiled
def _take(s: Any, f: Any, direction: Any, time: Any) -> Any:
    """Return a slot for a new stream of the flow, or -1 when it gets none."""
    count, oldest = 0, np.int64(-1)
    slot = np.int64(f.rtp) - 1
    while slot >= 0:
        stream = s.stream[slot]
        count += 1
        if not stream.is_confirmed and (oldest < 0 or stream.time < s.stream[oldest].time):
            oldest = slot
        slot = np.int64(stream.next)
    if count >= MOST_OF_FLOW:
        if oldest >= 0 and time - s.stream[oldest].time > _STALE:
            return oldest
        s.streams_untracked += 1
        return np.int64(-1)
    if s.stream_count > _GENEROUS and f.packets[direction] < _LASTING:
        return np.int64(-1)
    return _allocate(s, f)


@compiled
def _allocate(s: Any, f: Any) -> Any:
    """Return a free slot, put in front of the flow's list, or -1 when there is none."""
    if s.stream_free > 0:
        s.stream_free -= 1
        slot = np.int64(s.stream_spare[s.stream_free])
    elif s.stream_unused < MOST_STREAMS:
        slot = np.int64(s.stream_unused)
        s.stream_unused += 1
    else:
        s.streams_untracked += 1
        return np.int64(-1)
    s.stream_count += 1
    s.stream[slot].next = np.int64(f.rtp) - 1
    f.rtp = slot + 1
    return slot


@compiled
def _doubt(s: Any, f: Any) -> None:
    """Note a reason to believe that the flow is no RTP; after enough of them, believe it."""
    if f.rtp_streams > 0:
        return
    f.rtp_doubts += 1
    if f.rtp_doubts > MOST_DOUBTS:
        free_streams(s, f)
        f.rtp = NOT_RTP


@compiled
def free_streams(s: Any, f: Any) -> None:
    """Give back what the flow's streams took."""
    slot = np.int64(f.rtp) - 1
    while slot >= 0:
        s.stream_spare[s.stream_free] = slot
        s.stream_free += 1
        s.stream_count -= 1
        slot = np.int64(s.stream[slot].next)
    f.rtp = 0
