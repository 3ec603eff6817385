"""Conversations, finished flows and applications as ntopng's explorers have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitoring.history.seen_flow import SeenFlow
from monitoring.history.traffic import Sums
from monitoring.models import Host
from monitoring.templatetags.units import bytes_text
from ntopweb.ntopng.names import numbers_of


def conversation(
    client: str, server: str, moved: int, *, hosts: Mapping[str, Host], times: tuple[int, int]
) -> dict[str, Any]:
    """Return a pair and what it exchanged; ``bytes`` is for reading, as "1.2 MB"."""
    begin, end = times
    return {
        "cli_ip": _end(client, hosts, "cli_ip"),
        "srv_ip": _end(server, hosts, "srv_ip"),
        "cli_name": _name(client, hosts),
        "srv_name": _name(server, hosts),
        "bytes": bytes_text(moved),
        "total_bytes": moved,
        "vlan_id": {"value": 0, "label": "", "title": ""},
        "tstamp": begin,
        "filter": {
            "epoch_begin": begin,
            "epoch_end": end,
            "bpf": f"host {client} and host {server}",
        },
    }


def _name(address: str, hosts: Mapping[str, Host]) -> str:
    known = hosts.get(address)
    return known.name if known else ""


def _end(address: str, hosts: Mapping[str, Host], key: str) -> dict[str, Any]:
    name = _name(address, hosts)
    known = hosts.get(address)
    return {
        "value": address,
        "ip": address,
        "name": name,
        "label": name or address,
        "title": address,
        "reference": f"/hosts/{known.pk}/" if known else "",
        "tag_key": key,
    }


def flow_record(flow: SeenFlow, hosts: Mapping[str, Host]) -> dict[str, Any]:
    """Return a finished flow as a record."""
    begin, end = int(flow.first_seen.timestamp()), int(flow.last_seen.timestamp())
    times = (begin, end)
    pair = conversation(flow.client, flow.server, flow.bytes, hosts=hosts, times=times)
    return {
        **pair,
        "rowid": str(flow.id),
        "first_seen": {"value": begin},
        "last_seen": {"value": end},
        "cli_port": {"value": str(flow.client_port), "label": str(flow.client_port)},
        "srv_port": {"value": str(flow.server_port), "label": str(flow.server_port)},
        "l4proto": {"value": str(flow.l4), "label": flow.l4_name},
        "l7proto": {
            "value": str(numbers_of(flow.application_name)[1]),
            "label": flow.application_name,
        },
        "score": {"value": flow.score, "label": str(flow.score)},
        "packets": flow.packets,
        "info": {"value": flow.info, "label": flow.info},
        "vlan_id": {"value": flow.vlan, "label": str(flow.vlan or ""), "title": ""},
    }


def top_application(sums: Sums, schema: str, query: str, whole: int) -> dict[str, Any]:
    """Return an application's bytes and its part of ``whole`` in per cent."""
    return {
        "protocol": {"id": str(numbers_of(sums.key)[1]), "label": sums.key},
        "traffic": sums.bytes,
        "percentage": round(100 * sums.bytes / whole, 2),
        "ts_schema": schema,
        "ts_query": f"{query},protocol:{sums.key}",
    }
