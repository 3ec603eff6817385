"""A host as ntopng gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from monitoring.history.profile import Slice
from monitoring.models import Host
from ntopweb.ntopng.names import breed_of
from ntopweb.ntopng.present import Present


@dataclass(frozen=True)
class HostFacts:
    """What is known of a host beside its row; the slices are of its flows of the last day."""

    now: Present
    applications: Sequence[Slice]
    protocols: Sequence[Slice]
    served: Sequence[Slice]
    contacted: Sequence[Slice]


def host_line(host: Host, now: Present) -> dict[str, Any]:
    """Return a line of the active hosts; ``thpt.bps`` is in bits/s."""
    address = str(host.address)
    return {
        "key": address.replace(".", "__").replace(":", "___"),
        "ip": address,
        "name": host.name or address,
        "vlan": host.vlan,
        "first_seen": int(host.first_seen.timestamp()),
        "last_seen": int(host.last_seen.timestamp()),
        "os": 0,
        "country": host.country,
        "num_alerts": now.alerts,
        "is_localhost": host.is_local,
        "is_broadcast_domain": host.is_local and bool(host.mac),
        "is_blacklisted": now.is_listed,
        **_kind(address),
        "bytes": {
            "total": host.bytes_sent + host.bytes_received,
            "sent": host.bytes_sent,
            "recvd": host.bytes_received,
        },
        "thpt": {"bps": now.bits_per_second, "pps": now.packets_per_second},
        "score": {
            "total": now.score_as_client + now.score_as_server,
            "as_client": now.score_as_client,
            "as_server": now.score_as_server,
        },
        "num_flows": {
            "total": now.flows_as_client + now.flows_as_server,
            "as_client": now.flows_as_client,
            "as_server": now.flows_as_server,
        },
    }


def _kind(address: str) -> dict[str, bool]:
    known = ip_address(address)
    return {
        "is_multicast": known.is_multicast,
        "is_broadcast": address == "255.255.255.255",
    }


def host_data(host: Host, facts: HostFacts) -> dict[str, Any]:
    """Return the flat object of ``get/host/data``; ``throughput_bps`` is in bytes/s."""
    now, address = facts.now, str(host.address)
    return {
        "ip": address,
        "ifid": host.interface_id,
        "vlan": host.vlan,
        "mac": host.mac or "00:00:00:00:00:00",
        "name": host.name or address,
        "localhost": host.is_local,
        "country": host.country,
        "city": host.city,
        "asn": host.asn or 0,
        "asname": host.as_name,
        "host_pool_id": host.pool_id or 0,
        "privatehost": ip_address(address).is_private,
        "broadcast_domain_host": host.is_local and bool(host.mac),
        "is_blacklisted": now.is_listed,
        **_kind(address),
        "seen.first": int(host.first_seen.timestamp()),
        "seen.last": int(host.last_seen.timestamp()),
        "duration": int((host.last_seen - host.first_seen).total_seconds()) + 1,
        "bytes.sent": host.bytes_sent,
        "bytes.rcvd": host.bytes_received,
        "packets.sent": host.packets_sent,
        "packets.rcvd": host.packets_received,
        "flows.as_client": host.flows_as_client,
        "flows.as_server": host.flows_as_server,
        "total_flows.as_client": host.flows_as_client,
        "total_flows.as_server": host.flows_as_server,
        "active_flows.as_client": now.flows_as_client,
        "active_flows.as_server": now.flows_as_server,
        "throughput_bps": now.bits_per_second / 8,
        "throughput_pps": now.packets_per_second,
        "score": now.score_as_client + now.score_as_server,
        "score.as_client": now.score_as_client,
        "score.as_server": now.score_as_server,
        "num_alerts": now.alerts,
        **_protocols(facts.protocols),
        "ndpi": {one.name: _application(one) for one in facts.applications},
        "used_ports": {
            "local_server_ports": _ports(facts.served),
            "remote_contacted_ports": _ports(facts.contacted),
        },
    }


def _protocols(slices: Sequence[Slice]) -> dict[str, int]:
    found = {f"{name}.bytes.{way}": 0 for name in ("tcp", "udp") for way in ("sent", "rcvd")}
    for one in slices:
        found[f"{one.name.lower()}.bytes.sent"] = one.sent
        found[f"{one.name.lower()}.bytes.rcvd"] = one.received
    return found


def _application(one: Slice) -> dict[str, Any]:
    return {
        "bytes.sent": one.sent,
        "bytes.rcvd": one.received,
        "num_flows": one.flows,
        "duration": 0,
        "breed": breed_of(one.name),
    }


def _ports(slices: Sequence[Slice]) -> dict[str, str]:
    """Return ntopng's ``{"tcp:443": …}`` of ports written as "443/TCP"."""
    named = (one.name.partition("/") for one in slices)
    return {f"{protocol.lower()}:{number}": protocol for number, _, protocol in named}
