"""Interfaces: the list, their data, addresses, broadcast domains, applications, talkers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Sum

from alerts.models import Alert, State
from monitoring.history.flows import FlowFilter, chosen_flows
from monitoring.history.now import ACTIVE_HOST, now_of
from monitoring.history.points import points
from monitoring.history.traffic import hosts_of, top, totals_by_interface
from monitoring.history.window import Window
from monitoring.models import FlowLive, Host, Interface, LocalNetwork
from ntopweb.ntopng import windows
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from ntopweb.ntopng.maps.interface import InterfaceFacts, interface_data, talker

VIEW: Final = "monitoring.view_interface"
FLOWS: Final = "monitoring.view_flow"
HOSTS: Final = "monitoring.view_host"

#: Talkers are those of the last minutes, chosen among so many.
_TALKING: Final = timedelta(minutes=5)
_CANDIDATES: Final = 400
_TALKERS: Final = 10


def interface_list(asked: Asked) -> list[dict[str, Any]]:
    """Return the interfaces that the caller may see."""
    return [{"ifid": one.pk, "ifname": one.name, "name": one.name} for one in asked.interfaces()]


def data(asked: Asked) -> dict[str, Any]:
    """Return counters and rates of an interface."""
    interface = asked.interface()
    ids = [interface.pk]
    totals = totals_by_interface(windows.ever(asked.now, ids)).get(interface.pk)
    rates = points("category", windows.just_now(asked.now, ids), _DIRECTIONS)
    ever = points("category", windows.ever(asked.now, ids), _DIRECTIONS)
    facts = InterfaceFacts(
        now=now_of(asked.now, ids),
        moved=totals,
        rates={
            name: sum(line) / (len(line) * rates.seconds) if line else 0.0
            for name, line in rates.lines.items()
        },
        directions={name: int(sum(line)) for name, line in ever.lines.items()},
        **_live_facts(interface, asked),
    )
    return interface_data(interface, facts, asked.now)


_DIRECTIONS: Final = ("bytes_sent", "bytes_received", "packets_sent", "packets_received")


def _live_facts(interface: Interface, asked: Asked) -> dict[str, Any]:
    flows = active_rows(interface, asked).filter(score__gt=0)
    by_severity = flows.aggregate(
        notice=Count("flow_id", filter=Q(score__lt=50)),
        warning=Count("flow_id", filter=Q(score__gte=50, score__lt=100)),
        error=Count("flow_id", filter=Q(score__gte=100)),
    )
    engaged = Alert.objects.filter(interface=interface, state=State.ENGAGED).aggregate(
        notice=Count("id", filter=Q(score__lt=50)),
        warning=Count("id", filter=Q(score__gte=50, score__lt=100)),
        error=Count("id", filter=Q(score__gte=100)),
    )
    active = Host.objects.filter(interface=interface, last_seen__gte=asked.now - ACTIVE_HOST)
    return {
        "alerted": by_severity,
        "engaged": engaged,
        "macs": active.exclude(mac="").values("mac").distinct().count(),
        "anomalous": _anomalous(interface),
        "tcp": _tcp(active_rows(interface, asked)),
    }


def _anomalous(interface: Interface) -> dict[str, int]:
    """Return how many local and remote hosts an engaged alert of a host is about."""
    alerts = Alert.objects.filter(interface=interface, state=State.ENGAGED, family="host")
    hosts = Host.objects.filter(interface=interface)
    hosts = hosts.filter(
        Q(address__in=alerts.values("client")) | Q(address__in=alerts.values("server"))
    )
    return hosts.aggregate(
        local=Count("id", filter=Q(is_local=True)), remote=Count("id", filter=Q(is_local=False))
    )


def _tcp(flows: QuerySet[FlowLive]) -> dict[str, int]:
    """Return how often packets of the active flows came again or out of order."""
    sums = flows.aggregate(
        retransmissions=Sum(F("retransmissions_to_server") + F("retransmissions_to_client")),
        out_of_order=Sum(F("out_of_order_to_server") + F("out_of_order_to_client")),
    )
    return {name: int(number or 0) for name, number in sums.items()}


def active_rows(interface: Interface, asked: Asked, host: str = "") -> QuerySet[FlowLive]:
    """Return the active flows of an interface, of one host if given."""
    wanted = FlowFilter(interfaces=[interface.pk], states=("active",), host=host)
    return chosen_flows(wanted, asked.now)[0]


def bcast_domains(asked: Asked) -> dict[str, Any]:
    """Return the local networks that have hosts on the interface, and how many."""
    interface = asked.interface()
    local = Host.objects.filter(interface=interface, is_local=True)
    found = {}
    for network in LocalNetwork.objects.all():
        if hits := local.filter(address__within=network.network).count():
            found[network.network] = {"ghost_network": False, "hits": hits}
    return {"bcast_domains": found}


def address(asked: Asked) -> dict[str, Any]:
    """Return no address: an agent tells what it sees, not how its machine is called."""
    asked.interface()
    return {"addresses": []}


def l7_stats(asked: Asked) -> list[dict[str, Any]]:
    """Return applications by active flows (``count``), or by all bytes (``sinceStartup``)."""
    interface = asked.interface()
    most = asked.parameters.number("max_values", 5, least=1, most=1000)
    mode = asked.parameters.text("ndpistats_mode", "count")
    if mode == "count":
        found = _by_active_flows(interface, asked)
    elif mode == "sinceStartup":
        sums = top("application", windows.ever(asked.now, [interface.pk]), 1000)
        found = [(one.key, one.bytes) for one in sums]
    else:
        raise Refused(INVALID_ARGUMENTS, "ndpistats_mode is neither count nor sinceStartup")
    if not found:
        return [{"label": "No Flows", "value": 0}]
    kept = [{"label": name, "value": n, "url": f"/flows/?application={name}"} for name, n in found]
    rest = sum(number for _, number in found[most:])
    return [*kept[:most], *([{"label": "Other", "value": rest}] if rest else [])]


def _by_active_flows(interface: Interface, asked: Asked) -> list[tuple[str, int]]:
    rows = active_rows(interface, asked).values("application__name")
    counted = rows.annotate(number=Count("flow_id")).order_by("-number", "application__name")
    return [(row["application__name"], row["number"]) for row in counted]


def dscp_stats(asked: Asked) -> list[dict[str, Any]]:
    """Return no class: DSCP is not metered."""
    asked.interface()
    return []


def l4_counters(asked: Asked) -> list[dict[str, int]]:
    """Return active flows by IP protocol."""
    rows = active_rows(asked.interface(), asked).values("l4").annotate(number=Count("flow_id"))
    return [{"id": row["l4"], "count": row["number"]} for row in rows.order_by("l4")]


def l7_counters(asked: Asked) -> list[dict[str, Any]]:
    """Return active flows by application, by name."""
    counted = _by_active_flows(asked.interface(), asked)
    return [{"name": name, "count": number} for name, number in sorted(counted)]


def local_talkers(asked: Asked) -> list[dict[str, Any]]:
    """Return the local hosts that moved most in the last minutes."""
    return _talkers(asked, is_local=True)


def remote_talkers(asked: Asked) -> list[dict[str, Any]]:
    """Return the remote hosts that moved most in the last minutes."""
    return _talkers(asked, is_local=False)


def _talkers(asked: Asked, *, is_local: bool) -> list[dict[str, Any]]:
    interface = asked.interface()
    window = Window.last(_TALKING, asked.now, [interface.pk])
    sums = top("host", window, _CANDIDATES)
    hosts = hosts_of([one.key for one in sums], [interface.pk])
    named = [(hosts[one.key], one) for one in sums if one.key in hosts]
    chosen = [pair for pair in named if pair[0].is_local == is_local][:_TALKERS]
    return [talker(host, one, _TALKING.total_seconds()) for host, one in chosen]


def networks(asked: Asked) -> list[dict[str, Any]]:
    """Return the local networks with what their hosts moved and how bad they are."""
    interface = asked.interface()
    hosts = Host.objects.filter(interface=interface, is_local=True)
    return [
        _network(number, network, hosts.filter(address__within=network.network))
        for number, network in enumerate(LocalNetwork.objects.order_by("pk"))
    ]


def _network(number: int, network: LocalNetwork, hosts: QuerySet[Host]) -> dict[str, Any]:
    rows = list(hosts.values_list("bytes_sent", "bytes_received", "score"))
    return {
        "network_id": number,
        "network_key": network.network,
        "network_name": network.name or network.network,
        "num_hosts": len(rows),
        "bytes_sent": sum(row[0] for row in rows),
        "bytes_rcvd": sum(row[1] for row in rows),
        "score": sum(row[2] for row in rows),
    }


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/ntopng/interfaces": reads(interface_list, VIEW),
    "get/interface/data": reads(data, VIEW),
    "get/interface/bcast_domains": reads(bcast_domains, VIEW),
    "get/interface/address": reads(address, VIEW),
    "get/interface/l7/stats": reads(l7_stats, FLOWS),
    "get/interface/dscp/stats": reads(dscp_stats, FLOWS),
    "get/flow/l4/counters": reads(l4_counters, FLOWS),
    "get/flow/l7/counters": reads(l7_counters, FLOWS),
    "get/interface/top/local/talkers": reads(local_talkers, HOSTS),
    "get/interface/top/remote/talkers": reads(remote_talkers, HOSTS),
    "get/network/networks": reads(networks, "monitoring.view_localnetwork"),
}
