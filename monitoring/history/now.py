"""What is going on right now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitoring.history.flows import LOST_AFTER
from monitoring.history.traffic import totals_by_interface
from monitoring.history.window import Window
from monitoring.models import FlowLive, Host

#: Roll-ups of the finest resolution are complete so long after their time.
_SETTLED: Final = timedelta(seconds=10)
_SPAN: Final = timedelta(seconds=30)
#: A host counts as active for so long after its last packet.
ACTIVE_HOST: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Now:
    """Rates over the last half minute and what is active."""

    bits_per_second: float
    packets_per_second: float
    active_flows: int
    active_hosts: int
    local_hosts: int


def now_of(now: datetime, interfaces: Sequence[int] | None = None) -> Now:
    """Return the counters of these interfaces, or of all."""
    until = now - _SETTLED
    sums = totals_by_interface(Window(until - _SPAN, until, interfaces)).values()
    seconds = _SPAN.total_seconds()
    live = FlowLive.objects.filter(time__gte=now - LOST_AFTER)
    hosts = Host.objects.filter(last_seen__gte=now - ACTIVE_HOST)
    if interfaces is not None:
        live, hosts = live.filter(interface__in=interfaces), hosts.filter(interface__in=interfaces)
    return Now(
        bits_per_second=sum(one.bytes for one in sums) * 8 / seconds,
        packets_per_second=sum(one.packets for one in sums) / seconds,
        active_flows=live.count(),
        active_hosts=hosts.count(),
        local_hosts=hosts.filter(is_local=True).count(),
    )
