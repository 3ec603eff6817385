"""The wire contract between agents and server: the frames, their columns and how a batch is posted.

A *frame* is a table of rows to be checked with a fixed schema. A *batch* is one frame's table,
posted as one HTTP request: an Arrow IPC stream inside a zstd body, or JSON for programs without
Arrow. Units, everywhere: bytes at L3 (the IP header and what follows), seconds, milliseconds where
the name ends in ``_ms``, aware UTC with microseconds.

Addresses are two UInt64 columns, ``<role>_high`` and ``<role>_low``; IPv4 is ``::ffff:a.b.c.d``
(RFC 4291, 2.5.5.2), so that a network is two integer comparisons. MAC addresses are one UInt64; 0
means unknown.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Final

import numpy as np
import polars as pl

VERSION: Final = 1

#: Where batches are posted, below the server's URL.
PATH: Final = "/ingest/v1/batches"
#: Where an agent asks what the server wants of it (``{"events": ["start", …], "clock": "…"}``).
WANTED_PATH: Final = "/ingest/v1/wanted"
CONTENT_TYPE: Final = "application/vnd.apache.arrow.stream"
JSON_CONTENT_TYPE: Final = "application/json"

#: Request headers of a batch. ``Authorization: Token …`` names the agent.
HEADER_SESSION: Final = "X-Ntopweb-Session"  # UUID, new at each start of the agent
HEADER_SEQUENCE: Final = "X-Ntopweb-Sequence"  # from 1, one more for each batch of the session
HEADER_FRAME: Final = "X-Ntopweb-Frame"  # a key of FRAMES
HEADER_SCHEMA: Final = "X-Ntopweb-Schema"  # VERSION
HEADER_INTERFACE: Final = "X-Ntopweb-Interface"  # the observation point's name
HEADER_KIND: Final = "X-Ntopweb-Interface-Kind"  # one of INTERFACE_KINDS
HEADER_SENT_AT: Final = "X-Ntopweb-Sent-At"  # RFC 3339; the server answers with the skew it sees
HEADER_COUNTERS: Final = "X-Ntopweb-Counters"  # JSON object of the agent's COUNTERS since its start

INTERFACE_KINDS: Final = ("live", "pcap", "netflow", "sflow", "syslog", "demonstration", "api")

#: What an agent counts, each since its start and over all its sources.
COUNTERS: Final = (
    "received",  # packets or records that reached the source
    "parsed",  # of these, understood
    "refused",  # of these, not understood
    "kernel_drops",  # lost before the source saw them
    "flow_table_evictions",  # flows ended early because the table was full
    "untracked_hosts",  # times that a flow's end found no place in the full table of hosts
    "spooled_batches",  # waiting on disk now
    "spool_drops",  # batches thrown away because the spool was full
    "rejected_batches",  # refused by the server for their content
    "sent_rows",  # rows in acknowledged batches
)

_Columns = dict[str, pl.DataType | type[pl.DataType]]

TIME = pl.Datetime("us", "UTC")
EVENT = pl.Enum(["start", "detected", "update", "end"])
CONNECTION_STATE = pl.Enum(  # Zeek's conn_state; "" for what is not TCP
    ["", "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"]
)
TUNNEL = pl.Enum(["", "GTP", "CAPWAP", "TZSP", "L2TP", "VXLAN", "GRE"])

#: A flow: totals since its first packet and, in ``*_delta``, what came since its previous row.
_FLOW: _Columns = {
    "flow_id": pl.Int64,  # positive, unique over all agents
    "event": EVENT,
    "first_seen": TIME,
    "last_seen": TIME,
    "interval_start": TIME,  # the deltas cover interval_start … last_seen
    "client_high": pl.UInt64,
    "client_low": pl.UInt64,
    "server_high": pl.UInt64,
    "server_low": pl.UInt64,
    "client_port": pl.UInt16,
    "server_port": pl.UInt16,
    "l4": pl.UInt8,  # IANA protocol number
    "vlan": pl.UInt16,  # 0: untagged
    "client_mac": pl.UInt64,
    "server_mac": pl.UInt64,
    "tunnel": TUNNEL,
    "bytes_to_server": pl.UInt64,
    "bytes_to_client": pl.UInt64,
    "packets_to_server": pl.UInt64,
    "packets_to_client": pl.UInt64,
    "payload_to_server": pl.UInt64,  # bytes above L4
    "payload_to_client": pl.UInt64,
    "bytes_to_server_delta": pl.UInt64,
    "bytes_to_client_delta": pl.UInt64,
    "packets_to_server_delta": pl.UInt64,
    "packets_to_client_delta": pl.UInt64,
    "tcp_flags_to_server": pl.UInt8,  # OR of the flags seen
    "tcp_flags_to_client": pl.UInt8,
    "connection_state": CONNECTION_STATE,
    "retransmissions_to_server": pl.UInt32,
    "retransmissions_to_client": pl.UInt32,
    "out_of_order_to_server": pl.UInt32,
    "out_of_order_to_client": pl.UInt32,
    "zero_window_to_server": pl.UInt32,
    "zero_window_to_client": pl.UInt32,
    "rtt_client_ms": pl.Float32,  # SYN-ACK to ACK; null without a handshake
    "rtt_server_ms": pl.Float32,  # SYN to SYN-ACK
    "application": pl.String,  # nDPI's name, as "TLS.Google"
    "category": pl.String,
    "breed": pl.String,
    "confidence": pl.String,
    "risk": pl.UInt64,  # nDPI's bitmap
    "risk_info": pl.String,  # nDPI's texts of the risks, "; " between
    "server_name": pl.String,  # SNI, HTTP host, DNS name asked, …
    "tls_version": pl.String,
    "tls_cipher": pl.String,
    "tls_alpn": pl.String,
    "tls_ja4": pl.String,
    "tls_issuer_dn": pl.String,
    "tls_subject_dn": pl.String,
    "tls_not_before": TIME,
    "tls_not_after": TIME,
    "tls_sha1": pl.String,
    "dns_query": pl.String,
    "dns_query_type": pl.UInt16,
    "dns_rcode": pl.UInt16,
    "dns_answers": pl.String,
    "http_method": pl.String,
    "http_url": pl.String,
    "http_status": pl.UInt16,
    "http_user_agent": pl.String,
    "http_content_type": pl.String,
    "ssh_client": pl.String,
    "ssh_server": pl.String,
    "ssh_client_hassh": pl.String,
    "ssh_server_hassh": pl.String,
    "os_hint": pl.String,
    "tcp_fingerprint": pl.String,
    "entropy": pl.Float32,
    # Of calls over RTP, null for other flows. ``rtp_loss``, ``rtp_jitter_ms`` and ``rtp_mos`` are
    # those of the worse direction; MOS is ITU-T G.107's estimate, 1 (bad) to 4.41.
    "rtp_codec": pl.String,  # "PCMU", "dynamic 111", "Zoom audio"
    "rtp_streams": pl.UInt16,  # distinct SSRCs, both directions
    "rtp_loss": pl.Float32,  # per cent
    "rtp_jitter_ms": pl.Float32,  # mean interarrival jitter, RFC 3550
    "rtp_mos": pl.Float32,
    "rtp_packets_to_server": pl.UInt32,  # that came
    "rtp_packets_to_client": pl.UInt32,
    "rtp_lost_to_server": pl.UInt32,
    "rtp_lost_to_client": pl.UInt32,
    "rtp_reordered_to_server": pl.UInt32,  # came after a later one
    "rtp_reordered_to_client": pl.UInt32,
    "rtp_jitter_to_server_ms": pl.Float32,
    "rtp_jitter_to_client_ms": pl.Float32,
    "rtp_mos_to_server": pl.Float32,
    "rtp_mos_to_client": pl.Float32,
}
FLOW: Final = pl.Schema(_FLOW)

#: The columns beside those of ``flow`` itself: they go into the flow's JSON detail when not null.
FLOW_DETAIL: Final = tuple(list(FLOW)[list(FLOW).index("risk_info") :])

_PER_SECOND = (  # highest count within one second of the interval
    "new_flows",  # flows the host opened
    "new_flows_received",  # flows opened to it
    "syn_sent",
    "syn_received",
    "syn_ack_sent",
    "syn_ack_received",
    "fin_sent",
    "fin_received",
    "rst_sent",
    "rst_received",
    "icmp_sent",
    "icmp_received",
    "dns_sent",
    "dns_received",
    "snmp_sent",
    "snmp_received",
)

#: A host's last five seconds: sums, and in ``*_per_second`` the highest second.
_HOST: _Columns = {
    "time": TIME,  # the interval's end
    "interval": pl.Float32,  # seconds
    "host_high": pl.UInt64,
    "host_low": pl.UInt64,
    "vlan": pl.UInt16,
    "mac": pl.UInt64,
    "name": pl.String,  # as seen in the host's own DHCP, mDNS or DNS traffic, where it was
    "bytes_sent": pl.UInt64,
    "bytes_received": pl.UInt64,
    "packets_sent": pl.UInt64,
    "packets_received": pl.UInt64,
    **dict.fromkeys(_PER_SECOND, pl.UInt32),
    **dict.fromkeys([f"{name}_per_second" for name in _PER_SECOND], pl.UInt32),
    "unanswered": pl.UInt32,  # flows of the host that nobody answered, found in this interval
    "unanswered_received": pl.UInt32,  # flows to the host that it did not answer
    "failed": pl.UInt32,  # its TCP flows refused by RST or ICMP
    "failed_received": pl.UInt32,
    "peers": pl.UInt32,  # distinct hosts it opened flows to, in 5 s
    "peers_received": pl.UInt32,  # distinct hosts that opened flows to it, in 5 s
    "ports": pl.UInt32,  # distinct server ports it contacted, in 5 s
    "ports_received": pl.UInt32,  # distinct own ports that were contacted, in 5 s
    "peers_60s": pl.UInt32,
    "peers_received_60s": pl.UInt32,
    "ports_60s": pl.UInt32,
    "ports_received_60s": pl.UInt32,
    "active_flows": pl.UInt32,  # as client, now
    "active_flows_received": pl.UInt32,  # as server, now
}
HOST: Final = pl.Schema(_HOST)

#: An interface's last five seconds; one row even when nothing came.
_INTERFACE: _Columns = {
    "time": TIME,
    "interval": pl.Float32,
    "bytes": pl.UInt64,
    "packets": pl.UInt64,
    "new_flows": pl.UInt32,
    "ended_flows": pl.UInt32,
    "active_flows": pl.UInt32,
    "active_hosts": pl.UInt32,
    "received": pl.UInt64,  # packets or records that reached the source
    "refused": pl.UInt64,
    "dropped": pl.UInt64,  # by the kernel, or said lost by the exporter
    "evicted_flows": pl.UInt32,
    "retransmissions": pl.UInt32,
    "out_of_order": pl.UInt32,
}
INTERFACE: Final = pl.Schema(_INTERFACE)

#: An application's last five seconds on the interface.
_APPLICATION: _Columns = {
    "time": TIME,
    "interval": pl.Float32,
    "application": pl.String,
    "category": pl.String,
    "bytes_to_server": pl.UInt64,
    "bytes_to_client": pl.UInt64,
    "packets_to_server": pl.UInt64,
    "packets_to_client": pl.UInt64,
    "new_flows": pl.UInt32,
}
APPLICATION: Final = pl.Schema(_APPLICATION)

L2_EVENT = pl.Enum(["arp_request", "arp_reply", "arp_gratuitous", "dhcp"])
#: One ARP or DHCP packet.
_L2: _Columns = {
    "time": TIME,
    "event": L2_EVENT,
    "vlan": pl.UInt16,
    "sender_mac": pl.UInt64,
    "target_mac": pl.UInt64,
    "sender_high": pl.UInt64,
    "sender_low": pl.UInt64,
    "target_high": pl.UInt64,
    "target_low": pl.UInt64,
    "dhcp_message": pl.UInt8,  # option 53, RFC 2132; null for ARP
    "dhcp_hostname": pl.String,
    "dhcp_fingerprint": pl.String,  # option 55, comma-separated
    "dhcp_server_high": pl.UInt64,  # option 54
    "dhcp_server_low": pl.UInt64,
}
L2: Final = pl.Schema(_L2)

INDUSTRIAL_PROTOCOL = pl.Enum(["modbus", "iec104"])
#: Messages of industrial control within five seconds: those of one code that followed another in
#: one conversation. In Modbus a request follows a request, in IEC 104 any ASDU any other.
_INDUSTRIAL: _Columns = {
    "time": TIME,  # the interval's end
    "vlan": pl.UInt16,
    "client_high": pl.UInt64,
    "client_low": pl.UInt64,
    "server_high": pl.UInt64,
    "server_low": pl.UInt64,
    "client_port": pl.UInt16,
    "server_port": pl.UInt16,
    "protocol": INDUSTRIAL_PROTOCOL,
    "is_from_server": pl.Boolean,
    "unit": pl.UInt16,  # Modbus: the unit; IEC 104: the common address
    "code": pl.UInt8,  # Modbus: the function code; IEC 104: the type identification
    "previous": pl.UInt8,  # the code before; null for the first and for Modbus' answers
    "messages": pl.UInt32,
    "exceptions": pl.UInt32,  # of these, Modbus' exceptions
}
INDUSTRIAL: Final = pl.Schema(_INDUSTRIAL)

FRAMES: Final[dict[str, pl.Schema]] = {
    "flow": FLOW,
    "host": HOST,
    "interface": INTERFACE,
    "application": APPLICATION,
    "l2": L2,
    "industrial": INDUSTRIAL,
}

#: Columns that a JSON row of a flow must have; all others may be left out.
FLOW_REQUIRED: Final = ("first_seen", "last_seen", "client", "server", "l4")

_MAPPED: Final = 0xFFFF << 32
_LOW: Final = (1 << 64) - 1
_NO_OCTETS: Final = bytes(8)
_MAPPED_OCTETS: Final = bytes(10) + b"\xff\xff"
#: So many addresses are written as they come, most of them from memory; of more, each once.
_FEW: Final = 1 << 14


def pack(address: str | IPv4Address | IPv6Address) -> tuple[int, int]:
    """Return an address as (high, low); raises ValueError for what is no address."""
    parsed = ip_address(address) if isinstance(address, str) else address
    number = int(parsed)
    return (0, _MAPPED | number) if parsed.version == 4 else (number >> 64, number & _LOW)


def unpack(high: int, low: int) -> IPv4Address | IPv6Address:
    """Return the address of (high, low), IPv4 where it is mapped."""
    if high == 0 and low >> 32 == 0xFFFF:
        return IPv4Address(low & 0xFFFFFFFF)
    return IPv6Address(high << 64 | low)


def texts(high: pl.Series, low: pl.Series) -> pl.Series:
    """Return addresses as text, IPv4 plain."""
    if high.len() <= _FEW:
        return pl.Series("text", written(high, low), dtype=pl.String)
    pairs = pl.DataFrame({"high": high, "low": low})
    known = pairs.unique()
    words = pl.Series("text", written(known["high"], known["low"]), dtype=pl.String)
    with_words = known.with_columns(words)
    return pairs.join(with_words, on=["high", "low"], how="left", maintain_order="left")["text"]


def written(high: pl.Series, low: pl.Series) -> list[str]:
    """Return addresses as text, IPv4 plain, each by itself."""
    words = np.column_stack((high.to_numpy(), low.to_numpy())).astype(">u8")
    return [_written(octets) for octets in words.view("V16").ravel().tolist()]


@lru_cache(1 << 16)
def _written(octets: bytes) -> str:
    """Return one address as text; the C library writes what it writes as RFC 5952 has it."""
    if octets.startswith(_MAPPED_OCTETS):
        return inet_ntop(AF_INET, octets[12:])
    if octets.startswith(_NO_OCTETS):  # the C library writes the end of some of these as IPv4
        return str(IPv6Address(octets))
    return inet_ntop(AF_INET6, octets)


def empty(frame: str) -> pl.DataFrame:
    """Return the typed empty table of a frame; raises KeyError for an unknown one."""
    return pl.DataFrame(schema=FRAMES[frame])
