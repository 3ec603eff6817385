"""What TCP's headers tell: state, retransmissions, order, zero windows, handshake round trips.

A segment that begins before the next expected byte is *out of order* if it fills a hole soon after
the hole appeared (within 3 ms or the handshake's round trip, as Wireshark's analysis has it), else
a *retransmission*. Keep-alives (one byte or none before the next expected) are neither.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.direction import ACK_FLAG, FIN_FLAG, RST_FLAG, SYN_FLAG
from capture_agent.meter.packet import l4_address, read_u16, read_u32
from capture_agent.meter.records import (
    ESTABLISHED,
    FIN_TO_CLIENT,
    FIN_TO_SERVER,
    HOLES,
    RST_TO_CLIENT,
    RST_TO_SERVER,
    SEQUENCE_TO_CLIENT,
    SEQUENCE_TO_SERVER,
    SYN,
    SYN_ACK,
)
from capture_agent.schema import CONNECTION_STATE

_HEADER: Final = 20
_WRAP: Final = 0xFFFFFFFF
_HALF: Final = 1 << 31
_REORDERING: Final = 3_000  # µs

_STATES: Final = list(CONNECTION_STATE.categories)
S0, S1, SF, REJ = (_STATES.index(name) for name in ("S0", "S1", "SF", "REJ"))
S2, S3, RSTO, RSTR = (_STATES.index(name) for name in ("S2", "S3", "RSTO", "RSTR"))
RSTOS0, RSTRH, SH, SHR = (_STATES.index(name) for name in ("RSTOS0", "RSTRH", "SH", "SHR"))
OTH: Final = _STATES.index("OTH")


@compiled
def follow(s: Any, f: Any, p: Any, direction: Any, time: Any) -> None:
    """Take one TCP packet into account; one whose header was not captured is passed over."""
    at = l4_address(p, _HEADER)
    if at == 0 or p.transport_size < _HEADER:
        return
    flags = np.int64(p.flags)
    f.flags[direction] |= np.uint8(flags)
    _follow_handshake(f, flags, direction, time)
    _follow_end(f, flags, direction)
    length = np.int64(p.payload_size)
    if (flags & (SYN_FLAG | FIN_FLAG | RST_FLAG)) == 0 and read_u16(at + 14) == 0:
        f.zero_window[direction] += 1
    if (flags & RST_FLAG) == 0:
        extra = (1 if flags & SYN_FLAG else 0) + (1 if flags & FIN_FLAG else 0)
        _follow_sequence(s, f, direction, read_u32(at + 4), length, extra, time)


@compiled
def _follow_handshake(f: Any, flags: Any, direction: Any, time: Any) -> None:
    opening = flags & (SYN_FLAG | ACK_FLAG)
    if opening == SYN_FLAG and direction == 0:
        f.seen |= SYN
        if (f.seen & SYN_ACK) == 0:
            f.syn_time = time  # the last SYN before the answer: the answer is to that one
    elif opening == SYN_FLAG | ACK_FLAG and direction == 1:
        if (f.seen & SYN_ACK) == 0:
            f.syn_ack_time = time
            if f.seen & SYN:
                f.rtt_server = np.float32((time - f.syn_time) / 1000.0)
        f.seen |= SYN_ACK
    elif opening == ACK_FLAG and direction == 0 and (f.seen & (SYN_ACK | ESTABLISHED)) == SYN_ACK:
        f.seen |= ESTABLISHED
        f.rtt_client = np.float32((time - f.syn_ack_time) / 1000.0)


@compiled
def _follow_end(f: Any, flags: Any, direction: Any) -> None:
    if flags & FIN_FLAG:
        f.seen |= FIN_TO_SERVER if direction == 0 else FIN_TO_CLIENT
    if flags & RST_FLAG and (f.seen & (RST_TO_SERVER | RST_TO_CLIENT)) == 0:
        f.seen |= RST_TO_SERVER if direction == 0 else RST_TO_CLIENT


@compiled
def _follow_sequence(
    s: Any, f: Any, direction: Any, sequence: Any, length: Any, extra: Any, time: Any
) -> None:
    known = SEQUENCE_TO_SERVER if direction == 0 else SEQUENCE_TO_CLIENT
    end = (sequence + length + extra) & _WRAP
    if (f.seen & known) == 0:
        f.seen |= known
        f.next_sequence[direction] = end
        return
    expected = np.int64(f.next_sequence[direction])
    ahead = (sequence - expected) & _WRAP
    if ahead < _HALF:
        if ahead > 0:
            _open_hole(f, direction, expected, sequence, time)
        f.next_sequence[direction] = end
        return
    if length + extra == 0 or (length <= 1 and extra == 0 and ahead == _WRAP):
        return
    if _fill_hole(f, direction, sequence, end, time):
        f.out_of_order[direction] += 1
        s.out_of_order += 1
    else:
        f.retransmissions[direction] += 1
        s.retransmissions += 1
    if ((end - expected) & _WRAP) < _HALF:
        f.next_sequence[direction] = end


@compiled
def _open_hole(f: Any, direction: Any, start: Any, end: Any, time: Any) -> None:
    """Remember what is missing, in place of the oldest if there is no room."""
    chosen = 0
    for index in range(HOLES):
        if f.hole_time[direction, index] < f.hole_time[direction, chosen]:
            chosen = index
    f.hole_start[direction, chosen] = start
    f.hole_end[direction, chosen] = end
    f.hole_time[direction, chosen] = time


@compiled
def _fill_hole(f: Any, direction: Any, start: Any, end: Any, time: Any) -> Any:
    """Shrink the hole that a late segment falls into; return whether it is only out of order."""
    limit = max(_REORDERING, np.int64((f.rtt_server + f.rtt_client) * 1000))
    for index in range(HOLES):
        opened = f.hole_time[direction, index]
        hole_start = np.int64(f.hole_start[direction, index])
        size = (np.int64(f.hole_end[direction, index]) - hole_start) & _WRAP
        if opened == 0 or ((start - hole_start) & _WRAP) >= size:
            continue
        if ((end - hole_start) & _WRAP) >= size:
            f.hole_time[direction, index] = 0 if start == hole_start else opened
            f.hole_end[direction, index] = start
        else:
            f.hole_start[direction, index] = end
        return time - opened <= limit
    return False


@compiled
def connection_state(f: Any) -> Any:
    """Return the number of the flow's state after Zeek's ``conn_state``.

    One whose beginning was missed is OTH; both FINs make SF even if a RST follows.
    """
    seen = f.seen
    if (seen & (SYN | SYN_ACK)) == 0:
        return OTH
    to_server, to_client = (seen & FIN_TO_SERVER) != 0, (seen & FIN_TO_CLIENT) != 0
    answered = (seen & SYN_ACK) != 0
    if (seen & SYN) == 0:
        return RSTRH if seen & RST_TO_CLIENT else SHR if to_client else OTH
    if not answered:
        if seen & RST_TO_CLIENT:
            return REJ
        return RSTOS0 if seen & RST_TO_SERVER else SH if to_server else S0
    if to_server and to_client:
        return SF
    if seen & (RST_TO_SERVER | RST_TO_CLIENT):
        return RSTO if seen & RST_TO_SERVER else RSTR
    return S2 if to_server else S3 if to_client else S1
