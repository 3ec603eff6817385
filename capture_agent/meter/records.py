"""The meter's memory, as numpy dtypes. Times are µs since 1970 unless said otherwise.

Pairs are indexed by direction: 0 is to the server, 1 to the client. Counters are signed, because
mixing signed and unsigned 64-bit numbers makes floats in compiled code.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent import schema
from capture_agent.engine import PACKET

#: Most flows that the table can hold; a meter's capacity may be less. Untouched memory is free.
MOST_FLOWS: Final = 1 << 19
MOST_HOSTS: Final = 1 << 17
MOST_APPLICATIONS: Final = 1 << 13
#: Entries of the table of distinct peers and ports, for all hosts together.
MOST_DISTINCT: Final = 1 << 20
MOST_ROWS: Final = 1 << 14
#: RTP streams that are followed, in all flows together.
MOST_STREAMS: Final = 1 << 15
#: Bytes for the texts of waiting rows, and how much one row may need at most.
TEXT_BYTES: Final = 1 << 23
ROW_TEXT_BYTES: Final = 1 << 14
#: Bytes for one flow's metadata while it is gathered.
SCRATCH_BYTES: Final = ROW_TEXT_BYTES

#: nDPI's protocols are numbered below 1,024; a flow's master and application make one number.
PROTOCOL_BITS: Final = 10
PROTOCOL_MASK: Final = (1 << PROTOCOL_BITS) - 1

#: Holes in the sequence numbers that are remembered per direction.
HOLES: Final = 3

#: Bits of ``seen``: what a TCP flow showed, or what was already told of it.
SYN, SYN_ACK, ESTABLISHED = 1, 2, 4
FIN_TO_SERVER, FIN_TO_CLIENT = 8, 16
RST_TO_SERVER, RST_TO_CLIENT = 32, 64  # only the first RST is noted
SEQUENCE_TO_SERVER, SEQUENCE_TO_CLIENT = 128, 256  # next_sequence is known
UNREACHABLE = 512  # ICMP said so
DISSECTED = 1024  # nDPI is done
TOLD_DETECTED, TOLD_UNANSWERED, TOLD_FAILED, TOLD_NEW = 2048, 4096, 8192, 16384

FLOW: Final = np.dtype(
    [
        ("client_high", "u8"), ("client_low", "u8"), ("server_high", "u8"), ("server_low", "u8"),
        ("hash", "u4"), ("older", "i4"), ("newer", "i4"), ("seen", "i4"),
        ("client_port", "u2"), ("server_port", "u2"), ("vlan", "u2"),
        ("l4", "u1"), ("tunnel", "u1"), ("flags", "u1", (2,)), ("dissections", "u1"),
        ("breed", "u1"), ("confidence", "u1"), ("rtp_doubts", "u1"),
        ("master", "u2"), ("application", "u2"), ("fingerprint", "u2"), ("category", "i4"),
        ("flow_id", "i8"), ("first", "i8"), ("last", "i8"), ("row_last", "i8"), ("listed", "i8"),
        ("bytes", "i8", (2,)), ("packets", "i8", (2,)), ("payload", "i8", (2,)),
        ("row_bytes", "i8", (2,)), ("row_packets", "i8", (2,)),
        ("frame_bytes", "i8", (2,)), ("frame_packets", "i8", (2,)),
        ("client_mac", "i8"), ("server_mac", "i8"),
        ("engine", "i8"), ("metadata", "i8"), ("risk", "i8"),
        ("next_sequence", "u4", (2,)), ("hole_start", "u4", (2, HOLES)),
        ("hole_end", "u4", (2, HOLES)), ("hole_time", "i8", (2, HOLES)),
        ("retransmissions", "i4", (2,)), ("out_of_order", "i4", (2,)), ("zero_window", "i4", (2,)),
        ("syn_time", "i8"), ("syn_ack_time", "i8"), ("rtt_client", "f4"), ("rtt_server", "f4"),
        ("client_host", "i4"), ("server_host", "i4"), ("rtp", "i4"), ("rtp_streams", "i4"),
    ],
    align=True,
)  # fmt: skip

#: Text columns of a flow row, in the order of their numbers in ``ROW["text"]``.
TEXTS: Final = (
    "risk_info", "server_name", "tls_alpn", "tls_ja4", "tls_issuer_dn", "tls_subject_dn",
    "tls_sha1", "dns_query", "dns_answers", "http_url", "http_user_agent", "http_content_type",
    "ssh_client", "ssh_server", "ssh_client_hassh", "ssh_server_hassh", "tcp_fingerprint",
)  # fmt: skip
#: Texts that are names of a number, and numbers that may be absent; -1 is absent.
NUMBERS: Final = (
    "tls_version", "tls_cipher", "http_method", "os_hint", "dns_query_type", "dns_rcode",
    "http_status", "tls_not_before", "tls_not_after",
)  # fmt: skip
#: What precedes the texts in a flow's metadata, which is followed by (number, length, bytes) each.
METADATA: Final = np.dtype(
    [("size", "i4"), ("entropy", "f4"), ("number", "i8", (len(NUMBERS),))], align=True
)

_NUMERIC: Final = {
    str(name): np.dtype({"Float32": "f4"}.get(str(kind), "i8"))
    for name, kind in schema.FLOW.items()
    if kind.is_numeric() and name not in NUMBERS and not name.endswith(("_high", "_low"))
}
ROW: Final = np.dtype(
    [
        *((f"{role}_{half}", "u8") for role in ("client", "server") for half in ("high", "low")),
        *_NUMERIC.items(),
        ("event", "u1"), ("connection_state", "u1"), ("tunnel", "u1"),
        ("breed", "u1"), ("confidence", "u1"),
        ("first_seen", "i8"), ("last_seen", "i8"), ("interval_start", "i8"),
        ("application", "i4"), ("category", "i4"), ("rtp_codec", "i4"),
        ("number", "i8", (len(NUMBERS),)), ("text", "i4", (len(TEXTS),)),
    ],
    align=True,
)  # fmt: skip

#: One RTP stream: an SSRC in one direction of a flow. Its numbers go on beyond 16 bits.
STREAM: Final = np.dtype(
    [
        ("ssrc", "u4"), ("next", "i4"), ("kind", "u2"), ("direction", "u1"), ("hits", "u1"),
        ("is_confirmed", "u1"), ("payload", "u1"), ("others", "u1"),
        ("base", "i8"), ("highest", "i8"), ("window", "u8"), ("span", "i8"), ("bad", "i8"),
        ("received_before", "i8"), ("lost_before", "i8"), ("reordered", "i8"),
        ("first_time", "i8"), ("time", "i8"), ("first_stamp", "u4"), ("stamp", "u4"),
        ("rate", "i4"), ("jitter", "f4"), ("jitter_sum", "f8"), ("jitter_count", "i8"),
    ],
    align=True,
)  # fmt: skip

#: Host counters: a sum and the highest second each; the names of schema.HOST's ``*_per_second``.
PEAKS: Final = tuple(
    name.removesuffix("_per_second") for name in schema.HOST if name.endswith("_per_second")
)
#: Distinct counts of a host, in schema.HOST's order.
DISTINCT: Final = ("peers", "peers_received", "ports", "ports_received")
NAME_BYTES: Final = 64

HOST: Final = np.dtype(
    [
        ("high", "u8"), ("low", "u8"), ("hash", "u4"), ("vlan", "u2"), ("name_length", "u2"),
        ("used", "i4"), ("second", "i4"), ("last", "i4"), ("sketch", "i4", (len(DISTINCT),)),
        ("mac", "i8"), ("bytes", "i8", (2,)), ("packets", "i8", (2,)),
        ("sum", "i4", (len(PEAKS),)), ("now", "i4", (len(PEAKS),)), ("peak", "i4", (len(PEAKS),)),
        ("unanswered", "i4", (2,)), ("failed", "i4", (2,)), ("active", "i4", (2,)),
        ("distinct", "i4", (len(DISTINCT),)), ("distinct_60s", "i4", (len(DISTINCT),)),
        ("name", "u1", (NAME_BYTES,)),
    ],
    align=True,
)  # fmt: skip

#: Answers of DNS that are remembered for hosts yet to come.
MOST_NAMES: Final = 1 << 12
NAME: Final = np.dtype(
    [("high", "u8"), ("low", "u8"), ("length", "i4"), ("name", "u1", (NAME_BYTES,))], align=True
)

#: One value seen with one host: for 60 s, so that both windows are counted exactly.
SEEN_VALUE: Final = np.dtype(
    [("key", "u8"), ("host", "i4"), ("kind", "i2"), ("epoch", "i4")], align=True
)
SKETCHES: Final = 512
#: Intervals of 5 s in a sketch's 60 s, and its registers (a standard error of 1.04/√512 = 4.6 %).
EPOCHS: Final = 12
REGISTERS: Final = 512

#: Shapes of SYN whose fingerprints are remembered; a shape is 8 bytes and 40 of options.
MOST_FINGERPRINTS: Final = 1 << 12
SHAPE_WORDS: Final = 6
FINGERPRINT_BYTES: Final = 32
FINGERPRINT: Final = np.dtype(
    [("shape", "u8", (SHAPE_WORDS,)), ("text", "u1", (FINGERPRINT_BYTES,)), ("os_hint", "i4")],
    align=True,
)

APPLICATION: Final = np.dtype(
    [
        ("code", "i8"), ("bytes", "i8", (2,)), ("packets", "i8", (2,)), ("new_flows", "i8"),
        ("category", "i4"),
    ],
    align=True,
)  # fmt: skip

#: Addresses of the C functions that the meter calls.
CALLS: Final = (
    "capture_next", "ndpi_detection_process_packet", "ndpi_detection_giveup", "ndpi_calloc",
    "ndpi_flow_free", "ndpi_malloc", "ndpi_free", "ndpi_stack_is_tls_like", "inet_ntop",
)  # fmt: skip
CALL: Final = np.dtype([(name, "i8") for name in CALLS])

_SCALARS: Final = (
    "handle", "header", "dissector", "fingerprinter",
    "packet_at", "result_at", "scratch_at", "record_at",
    "tick", "shift",  # event time now, and what is added to a capture's times
    "pending", "packet_time",  # whether the packet was read but not consumed, and its own time
    "idle", "capacity", "next_id", "want_start", "sweep",
    "index_mask", "flow_count", "flow_free", "flow_unused", "oldest", "newest",
    "row_count", "text_count", "text_used", "scratch_used",
    "received", "parsed", "refused", "cut", "evictions", "read_errors",  # cut: of the refused
    "interval_start", "bytes", "packets", "new_flows", "ended_flows", "retransmissions",
    "out_of_order", "epoch",
    "host_count", "host_free", "host_unused", "host_active", "hosts_untracked", "host_capacity",
    "distinct_count", "distinct_untracked", "sketch_count",
    "application_count", "fingerprint_count",
    "stream_count", "stream_free", "stream_unused", "streams_untracked",
)  # fmt: skip

STATE: Final = np.dtype(
    [
        *((name, "i8") for name in _SCALARS),
        ("call", CALL),
        ("packet", PACKET, (1,)),
        ("result", "i8", (8,)),
        ("shape", "u8", (SHAPE_WORDS,)),
        ("scratch", "u1", (SCRATCH_BYTES,)),
        ("service", "u1", (65536,)),
        ("risk_name", "u1", (64, 64)),
        ("flow_index", "u8", (2 * MOST_FLOWS,)),
        ("flow_spare", "i4", (MOST_FLOWS,)),
        ("due", "u4", (MOST_FLOWS,)),
        ("flow", FLOW, (MOST_FLOWS,)),
        ("row", ROW, (MOST_ROWS,)),
        ("text", "u1", (TEXT_BYTES,)),
        ("host_index", "u8", (2 * MOST_HOSTS,)),
        ("host_spare", "i4", (MOST_HOSTS,)),
        ("host", HOST, (MOST_HOSTS,)),
        ("name", NAME, (MOST_NAMES,)),
        ("distinct_index", "u4", (2 * MOST_DISTINCT,)),
        ("distinct", SEEN_VALUE, (MOST_DISTINCT,)),
        ("sketch_spare", "i4", (SKETCHES,)),
        ("sketch", "u1", (SKETCHES, EPOCHS, REGISTERS)),
        ("fingerprint_index", "u2", (2 * MOST_FINGERPRINTS,)),
        ("fingerprint", FINGERPRINT, (MOST_FINGERPRINTS,)),
        ("application_index", "i4", (2 * MOST_APPLICATIONS,)),
        ("application", APPLICATION, (MOST_APPLICATIONS,)),
        ("stream_spare", "i4", (MOST_STREAMS,)),
        ("stream", STREAM, (MOST_STREAMS,)),
    ],
    align=True,
)  # fmt: skip


def in_state(name: str) -> int:
    """Return the offset of a part of the block, in bytes."""
    fields: Any = STATE.fields
    return int(fields[name][1])
