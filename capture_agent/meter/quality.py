"""How good a call is: a flow's RTP streams in one row, and the mean opinion score (MOS) of them.

The score is ITU-T G.107's E-model, shortened as in Cole and Rosenbluth, "Voice over IP performance
monitoring" (2001): what loss and delay take away from a perfect line. A meter sees no one-way
delay, so only the packet's own 20 ms and a playout buffer of twice the jitter count: the score is
the best that a listener behind this point can get. Codecs' robustness is G.113's; one that is not
known counts as G.711 with loss concealment, and so do pictures.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.rtp import NOT_RTP
from capture_agent.meter.stream import FIRST_KIND_OF_ZOOM, is_video, lost, received

_BEST: Final = 93.2  # R of a line without loss and delay
_PACKET_MS: Final = 20.0
_BUFFER: Final = 2.0
_DELAY, _LATE, _LATE_MS = 0.024, 0.11, 177.3
_WORST: Final = 95.0
_ABSENT: Final = np.float32(-1)
#: Payload type → equipment impairment Ie and robustness Bpl (G.113, tables I.1 and I.4).
_CODECS: Final = {0: (0, 25.1), 8: (0, 25.1), 3: (20, 43), 4: (15, 16.1), 18: (11, 19)}
_IMPAIRMENT: Final = np.array([_CODECS.get(kind, (0, 25.1))[0] for kind in range(256)], np.float64)
_ROBUSTNESS: Final = np.array([_CODECS.get(kind, (0, 25.1))[1] for kind in range(256)], np.float64)

_NAMES: Final = {
    0: "PCMU", 3: "GSM", 4: "G723", 5: "DVI4", 6: "DVI4", 7: "LPC", 8: "PCMA", 9: "G722",
    10: "L16", 11: "L16", 12: "QCELP", 13: "CN", 14: "MPA", 15: "G728", 16: "DVI4", 17: "DVI4",
    18: "G729", 25: "CelB", 26: "JPEG", 28: "nv", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263",
    FIRST_KIND_OF_ZOOM + 13: "Zoom screen", FIRST_KIND_OF_ZOOM + 15: "Zoom audio",
    FIRST_KIND_OF_ZOOM + 16: "Zoom video",
}  # fmt: skip


def codec(kind: int) -> str:
    """Return a kind's name: RFC 3551's of a payload type, "dynamic 96" where that has none."""
    return _NAMES.get(kind, f"dynamic {kind}")


@compiled
def score(loss: Any, jitter: Any, kind: Any) -> Any:
    """Return the MOS, 1 to 4.41, at a loss in per cent and a jitter in ms."""
    delay = _PACKET_MS + _BUFFER * jitter
    late: Any = max(0.0, delay - _LATE_MS)
    ie, bpl = _IMPAIRMENT[kind], _ROBUSTNESS[kind]
    r = _BEST - _DELAY * delay - _LATE * late - ie - (_WORST - ie) * loss / (loss + bpl)
    if r <= 0:
        return 1.0
    return max(1.0, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r))


@compiled
def write_quality(s: Any, f: Any, r: Any) -> None:
    """Write what is known of a flow's calls into a row; the worse direction without a suffix."""
    r.rtp_codec = r.rtp_streams = -1
    r.rtp_loss = r.rtp_jitter_ms = r.rtp_mos = _ABSENT
    r.rtp_packets_to_server, r.rtp_lost_to_server, r.rtp_reordered_to_server = -1, -1, -1
    r.rtp_packets_to_client, r.rtp_lost_to_client, r.rtp_reordered_to_client = -1, -1, -1
    r.rtp_jitter_to_server_ms = r.rtp_mos_to_server = _ABSENT
    r.rtp_jitter_to_client_ms = r.rtp_mos_to_client = _ABSENT
    if f.rtp == 0 or f.rtp == NOT_RTP or f.rtp_streams == 0:
        return
    r.rtp_streams = f.rtp_streams
    packets, missing, late, jitter, mos = _way(s, f, r, 0)
    if packets > 0:
        r.rtp_packets_to_server, r.rtp_lost_to_server = packets, missing
        r.rtp_reordered_to_server = late
        r.rtp_jitter_to_server_ms, r.rtp_mos_to_server = jitter, mos
    packets, missing, late, jitter, mos = _way(s, f, r, 1)
    if packets > 0:
        r.rtp_packets_to_client, r.rtp_lost_to_client = packets, missing
        r.rtp_reordered_to_client = late
        r.rtp_jitter_to_client_ms, r.rtp_mos_to_client = jitter, mos


@compiled
def _way(s: Any, f: Any, r: Any, direction: Any) -> Any:
    """Return packets, lost, late, jitter in ms (-1: unknown) and MOS of one direction's streams.

    The score is that of the greatest stream of speech, or without any, of the greatest stream.
    """
    packets, missing, late = np.int64(0), np.int64(0), np.int64(0)
    summed, count, main = 0.0, np.int64(0), np.int64(-1)
    slot = np.int64(f.rtp) - 1
    while slot >= 0:
        stream = s.stream[slot]
        if stream.is_confirmed and stream.direction == direction:
            packets += received(stream)
            missing += lost(stream)
            late += np.int64(stream.reordered)
            summed += stream.jitter_sum
            count += stream.jitter_count
            if main < 0 or _is_before(stream, s.stream[main]):
                main = slot
        slot = np.int64(stream.next)
    if main < 0:
        return packets, missing, late, _ABSENT, _ABSENT
    jitter = _rounded(summed / count / 1000) if count > 0 else _ABSENT
    _worsen(r, packets, missing, jitter)
    return packets, missing, late, jitter, _score_of(r, s.stream[main])


@compiled
def _is_before(one: Any, other: Any) -> Any:
    """Return whether a stream rather than another one is what a user minds."""
    if is_video(one) != is_video(other):
        return not is_video(one)
    return received(one) > received(other)


@compiled
def _worsen(r: Any, packets: Any, missing: Any, jitter: Any) -> None:
    r.rtp_loss = max(r.rtp_loss, _rounded(100.0 * missing / (packets + missing)))
    r.rtp_jitter_ms = max(r.rtp_jitter_ms, jitter)


@compiled
def _score_of(r: Any, stream: Any) -> Any:
    gone, came = lost(stream), received(stream)
    uneven = 0.0
    if stream.jitter_count > 0:
        uneven = stream.jitter_sum / stream.jitter_count / 1000
    mos = _rounded(score(100.0 * gone / (gone + came), uneven, stream.kind))
    if r.rtp_mos < 0 or mos < r.rtp_mos:
        r.rtp_mos, r.rtp_codec = mos, stream.kind
    return mos


@compiled
def _rounded(value: Any) -> Any:
    """Return a number to two decimals: more are not known."""
    return np.float32(np.round(value * 100) / 100)
