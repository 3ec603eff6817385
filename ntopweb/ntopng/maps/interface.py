"""An interface as ntopng gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from monitoring.history.now import Now
from monitoring.history.traffic import Sums, host_key
from monitoring.models import Host, Interface

#: ntopng's default maxima, which its percentages of hosts, flows and MACs are of.
_MOST: Final = 131_072


@dataclass(frozen=True)
class InterfaceFacts:
    """What is known of an interface. ``rates`` are per second, ``directions`` sums of all time.

    "Sent" is what clients sent, "received" what servers did. ``alerted`` (active flows) and
    ``engaged`` (alerts) count notice, warning and error.
    """

    now: Now
    moved: Sums | None
    rates: Mapping[str, float]
    directions: Mapping[str, int]
    alerted: Mapping[str, int]
    engaged: Mapping[str, int]
    macs: int
    anomalous: Mapping[str, int]
    tcp: Mapping[str, int]


def interface_data(interface: Interface, facts: InterfaceFacts, now: datetime) -> dict[str, Any]:
    """Return the object of ``get/interface/data``; rates are bytes and packets per second."""
    moved, counters = facts.moved, interface.agent.counters
    return {
        "ifid": str(interface.pk),
        "ifname": interface.name,
        "name": interface.name,
        "is_view": False,
        "epoch": int(now.timestamp()),
        "localtime": now.strftime("%H:%M:%S %z"),
        "uptime": _uptime(now - interface.first_seen),
        "speed": 0,
        "bytes": moved.bytes if moved else 0,
        "packets": moved.packets if moved else 0,
        "drops": int(counters.get("kernel_drops", 0)),
        "num_live_captures": 0,
        **_counts(facts),
        **_rates(facts),
        **_alerts(facts),
        "tcpPacketStats": {**facts.tcp, "lost": 0},
    }


def _uptime(since: Any) -> str:
    minutes = max(int(since.total_seconds()) // 60, 0)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _counts(facts: InterfaceFacts) -> dict[str, Any]:
    now = facts.now
    return {
        "num_flows": now.active_flows,
        "num_hosts": now.active_hosts,
        "num_local_hosts": now.local_hosts,
        "num_local_hosts_anomalies": facts.anomalous["local"],
        "num_remote_hosts_anomalies": facts.anomalous["remote"],
        "num_devices": facts.macs,
        "flows_pctg": _percentage(now.active_flows),
        "hosts_pctg": _percentage(now.active_hosts),
        "macs_pctg": _percentage(facts.macs),
    }


def _percentage(number: int) -> int:
    return min(max(round(100 * number / _MOST), 1), 100)


def _rates(facts: InterfaceFacts) -> dict[str, Any]:
    rates, sums = facts.rates, facts.directions
    return {
        "throughput_bps": facts.now.bits_per_second / 8,
        "throughput_pps": facts.now.packets_per_second,
        "throughput": {
            "upload": {"bps": rates["bytes_sent"], "pps": rates["packets_sent"]},
            "download": {"bps": rates["bytes_received"], "pps": rates["packets_received"]},
        },
        "bytes_upload": sums["bytes_sent"],
        "bytes_download": sums["bytes_received"],
        "packets_upload": sums["packets_sent"],
        "packets_download": sums["packets_received"],
        "local2remote": sums["bytes_sent"],
        "remote2local": sums["bytes_received"],
    }


def _alerts(facts: InterfaceFacts) -> dict[str, int]:
    found = {"dropped_alerts": 0}
    for name, counts in (("alerted_flows", facts.alerted), ("engaged_alerts", facts.engaged)):
        found[name] = sum(counts.values())
        found |= {f"{name}_{severity}": number for severity, number in counts.items()}
    return found


def talker(host: Host, sums: Sums, seconds: float) -> dict[str, Any]:
    """Return a line of the top talkers; ``throughput`` is in bits/s, ``value`` in bytes."""
    name = host.name or host_key(host)
    return {
        "name": name,
        "label": name,
        "address": str(host.address),
        "ip": str(host.address),
        "throughput": sums.bytes * 8 / seconds,
        "throughput_type": "bps",
        "value": sums.bytes,
        "url": f"/hosts/{host.pk}/",
    }
