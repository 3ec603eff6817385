"""An active flow as ntopng gives it."""

from __future__ import annotations

from typing import Any

from monitoring.history.seen_flow import SeenFlow


def flow_line(flow: SeenFlow, *, verbose: bool) -> dict[str, Any]:
    """Return a line of the active flows; ``thpt.bps`` is in bits/s, times in milliseconds."""
    to_server = _percentage(flow.bytes_to_server, flow.bytes)
    line = {
        "key": str(flow.id),
        "hash_id": str(flow.id),
        "first_seen": int(flow.first_seen.timestamp()),
        "last_seen": int(flow.last_seen.timestamp()),
        "duration": int(flow.duration),
        "vlan": flow.vlan,
        "bytes": flow.bytes,
        "client": {
            "ip": flow.client,
            "name": flow.client,
            "port": flow.client_port,
            "is_broadcast_domain": flow.client_is_local,
        },
        "server": {
            "ip": flow.server,
            "name": flow.detail.get("server_name") or flow.server,
            "port": flow.server_port,
        },
        "protocol": {"l4": flow.l4_name, "l7": flow.application_name},
        "thpt": {"bps": flow.bits_per_second, "pps": _packets_per_second(flow)},
        "breakdown": {"cli2srv": to_server, "srv2cli": 100 - to_server},
        "score": str(flow.score),
    }
    return line | _verbose(flow) if verbose else line


def _percentage(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _packets_per_second(flow: SeenFlow) -> float:
    seconds = (flow.last_seen - flow.interval_start).total_seconds()
    moved = flow.packets_to_server_delta + flow.packets_to_client_delta
    return float(moved / max(seconds, 1.0))


def _verbose(flow: SeenFlow) -> dict[str, Any]:
    return {
        "packets": flow.packets,
        "tcp": {
            "nw_latency": {"cli": flow.rtt_client_ms or 0.0, "srv": flow.rtt_server_ms or 0.0},
            "retransmissions": {
                "cli2srv": flow.retransmissions_to_server,
                "srv2cli": flow.retransmissions_to_client,
            },
            "out_of_order": {
                "cli2srv": flow.out_of_order_to_server,
                "srv2cli": flow.out_of_order_to_client,
            },
        },
    }
