"""What hosts do right now: rates, active flows and engaged alerts, asked for many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, Sum

from alerts.models import Alert, State
from capture_agent.schema import pack
from monitoring.enrichment.context import current
from monitoring.history.flows import FlowFilter, chosen_flows
from monitoring.history.points import sums_of
from monitoring.history.traffic import host_key
from monitoring.models import Host, Interface
from ntopweb.ntopng import windows


@dataclass(frozen=True)
class Present:
    """A host's rates over the last half minute, its active flows, engaged alerts and score."""

    bits_per_second: float = 0.0
    packets_per_second: float = 0.0
    flows_as_client: int = 0
    flows_as_server: int = 0
    score_as_client: int = 0
    score_as_server: int = 0
    alerts: int = 0
    is_listed: bool = False


def facts_of(hosts: Sequence[Host], interface: Interface, now: datetime) -> dict[int, Present]:
    """Return what each of these hosts of an interface does now, by its id."""
    ids = [interface.pk]
    window = windows.just_now(now, ids)
    seconds = (window.until - window.since).total_seconds()
    sums = sums_of("host", [host_key(host) for host in hosts], window)
    addresses = [str(host.address) for host in hosts]
    flows = {side: _flows(side, addresses, interface, now) for side in ("client", "server")}
    alerts = _alerts(addresses, interface)
    listed = listed_of(addresses)
    found = {}
    for host in hosts:
        moved, place = sums.get(host_key(host)), (str(host.address), host.vlan)
        clients, servers = flows["client"].get(place, (0, 0)), flows["server"].get(place, (0, 0))
        found[host.pk] = Present(
            bits_per_second=moved.bytes * 8 / seconds if moved else 0.0,
            packets_per_second=moved.packets / seconds if moved else 0.0,
            flows_as_client=clients[0],
            flows_as_server=servers[0],
            score_as_client=clients[1],
            score_as_server=servers[1],
            alerts=alerts[place],
            is_listed=str(host.address) in listed,
        )
    return found


def _flows(
    side: str, addresses: Sequence[str], interface: Interface, now: datetime
) -> dict[tuple[str, int], tuple[int, int]]:
    """Return number and score of the active flows by address and VLAN of one side."""
    rows = chosen_flows(FlowFilter(interfaces=[interface.pk], states=("active",)), now)[0]
    groups = rows.filter(**{f"{side}__in": addresses}).values(side, "vlan")
    counted = groups.annotate(number=Count("flow_id"), worst=Sum("score"))
    return {(row[side], row["vlan"]): (row["number"], row["worst"]) for row in counted}


def _alerts(addresses: Sequence[str], interface: Interface) -> Counter[tuple[str, int]]:
    """Return how many engaged alerts a host is either end of."""
    engaged = Alert.objects.filter(state=State.ENGAGED, interface=interface)
    found: Counter[tuple[str, int]] = Counter()
    for side in ("client", "server"):
        groups: Any = engaged.filter(**{f"{side}__in": addresses}).values(side, "vlan")
        for row in groups.annotate(number=Count("id")):
            found[row[side], row["vlan"]] += row["number"]
    return found


def listed_of(addresses: Sequence[str]) -> frozenset[str]:
    """Return those of the addresses that a blacklist has."""
    if not addresses:
        return frozenset()
    halves = np.array([pack(address) for address in addresses], dtype=np.uint64)
    labels = current().listed.find(halves[:, 0], halves[:, 1])
    return frozenset(address for address, label in zip(addresses, labels, strict=True) if label)
