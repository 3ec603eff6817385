"""Frames that no agent sends: made from rows that came, from sums, or from what was learned.

:mod:`checks.learning` and :mod:`checks.periodic` build them. Where a frame has ``time``, it is
event time; ``window`` is seconds of event time that a row sums up.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from capture_agent.schema import TIME

_Columns = dict[str, pl.DataType | type[pl.DataType]]

_PLACE: _Columns = {"interface_id": pl.Int32, "time": TIME}
_HOST: _Columns = {**_PLACE, "address": pl.String, "vlan": pl.UInt16}
_PAIR: _Columns = {
    **_PLACE,
    "name": pl.String,  # both ends in words
    "client": pl.String,
    "server": pl.String,
    "vlan": pl.UInt16,
    "client_is_local": pl.Boolean,
    "server_is_local": pl.Boolean,
}

#: What was learned of a thing, beside it.
_LEARNED: _Columns = {
    "learned_after": pl.Float64,  # seconds from the beginning of learning until it was first seen
    "known_for": pl.Float64,  # seconds since it was first seen
    "verdict": pl.String,  # the operator's: "allowed", "denied" or ""
}

#: Who talks to whom with what, as far as it was seen just now: one row for each thing that is
#: learned of ``kind`` "service", "port" or "destination".
CONTACT: Final = pl.Schema(
    {
        **_PAIR,
        "kind": pl.String,
        "server_port": pl.Int32,
        "l4": pl.UInt8,
        "application": pl.String,
        "domain": pl.String,  # registered domain, or the address
        "country": pl.String,  # the server's
        "flows": pl.Int64,
        **_LEARNED,
    }
)

#: What a local host did as client in a window; distinct counts.
HOST_WINDOW: Final = pl.Schema(
    {
        **_HOST,
        "window": pl.Float64,
        "flows": pl.Int64,
        "dns_servers": pl.Int64,
        "ntp_servers": pl.Int64,
        "smtp_servers": pl.Int64,
        "is_dns_server": pl.Boolean,  # others asked it
        "is_ntp_server": pl.Boolean,
        "is_smtp_server": pl.Boolean,
        "countries": pl.Int64,
        "domains": pl.Int64,  # registered domains that it asked for or contacted
        "names_asked": pl.Int64,
        "names_failed": pl.Int64,  # of these, that do not exist
        "failed_targets": pl.Int64,  # servers and ports that refused it or did not answer
        "remote_access": pl.Int64,  # flows of remote access with the outside, not yet over
        "remote_access_applications": pl.String,
    }
)

#: A client and one port of one server in a window.
PAIR_WINDOW: Final = pl.Schema(
    {
        **_PAIR,
        "window": pl.Float64,
        "server_port": pl.Int32,
        "l4": pl.UInt8,
        "application": pl.String,
        "category": pl.String,
        "flows": pl.Int64,
        "short_flows": pl.Int64,  # established, answered, over within seconds
        "bytes_to_server": pl.Int64,
        "bytes_to_client": pl.Int64,
    }
)

#: The names below one registered domain that one client asked for in a window.
NAME_WINDOW: Final = pl.Schema(
    {
        **_HOST,
        "window": pl.Float64,
        "domain": pl.String,
        "names": pl.Int64,  # distinct
        "name_length": pl.Float64,  # mean characters left of the domain
        "queries": pl.Int64,
        "bytes_sent": pl.Int64,
    }
)

#: A local network's hosts in one interval of the host frame.
NETWORK: Final = pl.Schema(
    {
        **_PLACE,
        "name": pl.String,  # the network
        "hosts": pl.Int64,
        "new_flows_received_per_second": pl.Int64,  # the sum of the hosts' highest seconds
        "syn_received_per_second": pl.Int64,
        "syn_received": pl.Int64,
        "syn_ack_sent": pl.Int64,
        "score": pl.Int64,
    }
)

#: TCP of a local network's flows that ended in a window.
NETWORK_WINDOW: Final = pl.Schema(
    {
        **_PLACE,
        "name": pl.String,
        "window": pl.Float64,
        "packets": pl.Int64,
        "retransmissions": pl.Int64,
        "out_of_order": pl.Int64,
    }
)

#: A local host whose MAC address carries the packets of hosts outside: a router.
GATEWAY: Final = pl.Schema({**_HOST, "mac": pl.String, "remote_hosts": pl.Int64})

#: A MAC address seen in ARP or DHCP, or one that has not been seen for long.
DEVICE: Final = pl.Schema(
    {
        **_PLACE,
        "name": pl.String,  # the MAC address, with its vendor and the name it gave
        "mac": pl.String,
        "vlan": pl.UInt16,
        "address": pl.String,
        "hostname": pl.String,
        "absent": pl.Float64,  # seconds since it was last seen
        **_LEARNED,
    }
)

#: An IPv4 address and the MAC address that claims it.
BINDING: Final = pl.Schema(
    {
        **_HOST,
        "mac": pl.String,
        "previous_mac": pl.String,  # whose it was; "" when unknown
        "by_dhcp": pl.Boolean,  # a DHCP server gave it away just now
        "claims": pl.Int64,  # ARP packets in which ``mac`` claims it
        "unasked": pl.Int64,  # of these, answers that nobody asked for
        "previous_claims": pl.Int64,  # ARP packets in which the previous one claims it, meanwhile
    }
)

#: ARP and DHCP of one interface and VLAN in a window.
SEGMENT: Final = pl.Schema(
    {
        **_PLACE,
        "name": pl.String,
        "vlan": pl.UInt16,
        "window": pl.Float64,
        "first_address": pl.String,
        "last_address": pl.String,
        "span": pl.Int64,  # addresses from the first to the last
        "foreign_networks": pl.Int64,  # /24 of senders outside all local networks
        "foreign": pl.String,  # some of them
        "dhcp_requests": pl.Int64,
        "dhcp_clients": pl.Int64,  # distinct
        "dhcp_servers": pl.String,
    }
)

#: One sender of ARP in a window.
ARP_WINDOW: Final = pl.Schema(
    {**_HOST, "mac": pl.String, "window": pl.Float64, "targets": pl.Int64, "requests": pl.Int64}
)

#: Flows of one client to one service of one server over an hour, as a series of beginnings.
RHYTHM: Final = pl.Schema(
    {
        **_PAIR,
        "server_port": pl.Int32,
        "l4": pl.UInt8,
        "application": pl.String,
        "flows": pl.Int64,
        "period": pl.Float64,  # seconds, the median of the intervals
        "spread": pl.Float64,  # median absolute deviation of the intervals over the period
        "skew": pl.Float64,  # Bowley's, of the intervals: 0 is even
        "bytes_spread": pl.Float64,  # of the bytes sent, as above
        "learned_period": pl.Float64,  # 0 when none was learned
        **_LEARNED,
    }
)

#: Messages of industrial control between a client and a server in a window: of one code, that
#: followed another.
MESSAGE: Final = pl.Schema(
    {
        **_PAIR,
        "server_port": pl.Int32,
        "protocol": pl.String,  # "modbus" or "iec104"
        "is_from_server": pl.Boolean,
        "code": pl.Int64,
        "previous": pl.Int64,  # null for the first and for Modbus' answers
        "messages": pl.Int64,
        "exceptions": pl.Int64,  # of the client and server, all codes together
        "to_command": pl.Int64,  # of IEC 104: a command after a measurement, all together
        "from_command": pl.Int64,  # a measurement after a command
        "between_commands": pl.Int64,  # a command after a command
        **_LEARNED,
    }
)

#: A measure at one time, and the band in which its past lets expect it.
_BAND: _Columns = {
    "interface_id": pl.Int32,
    "name": pl.String,
    "address": pl.String,  # of a host; null otherwise
    "kind": pl.String,  # "interface" or "host"
    "measure": pl.String,  # "bytes", "flows" or "score"
    "value": pl.Float64,
    "expected": pl.Float64,
    "deviation": pl.Float64,  # standard deviation of the past errors
    "points": pl.Int64,  # of the past
    "distances": pl.List(pl.Float64()),  # of the last points, in deviations, this one first
    "series": pl.String,  # JSON: the last points with their bands, for the alert's page
}
BAND: Final = pl.Schema(_BAND)

#: The platform's own parts: what is late, slow, lost or failed.
PLATFORM: Final = pl.Schema(
    {
        "interface_id": pl.Int32,  # null for what belongs to none
        "name": pl.String,
        "kind": pl.String,  # task, duration, rows, findings, exporters, list, logins, flows, error
        "value": pl.Float64,
        "limit": pl.Float64,  # what the platform itself holds for right; 0 for none
        "text": pl.String,
    }
)

DERIVED: Final[dict[str, pl.Schema]] = {
    "contact": CONTACT,
    "host_window": HOST_WINDOW,
    "pair_window": PAIR_WINDOW,
    "name_window": NAME_WINDOW,
    "network": NETWORK,
    "network_window": NETWORK_WINDOW,
    "gateway": GATEWAY,
    "device": DEVICE,
    "binding": BINDING,
    "segment": SEGMENT,
    "arp_window": ARP_WINDOW,
    "rhythm": RHYTHM,
    "message": MESSAGE,
    "band": BAND,
    "platform": PLATFORM,
}
