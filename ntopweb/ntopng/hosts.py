"""Hosts: who is active, what is known of one, which applications it uses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from monitoring.history.addresses import parse_place
from monitoring.history.flows import FlowFilter
from monitoring.history.hosts import hosts_with_bytes
from monitoring.history.now import ACTIVE_HOST
from monitoring.history.profile import by_application, by_l4, by_port
from monitoring.models import Host, Interface
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from ntopweb.ntopng.maps.host import HostFacts, host_data, host_line
from ntopweb.ntopng.paging import Numbered
from ntopweb.ntopng.present import facts_of

HOSTS: Final = "monitoring.view_host"
FLOWS: Final = "monitoring.view_flow"

#: What a host's applications and ports are of.
_PROFILE: Final = timedelta(hours=24)
#: ntopng's columns to order by, and ours.
_COLUMNS: Final = {
    "ip": "address",
    "name": "name",
    "since": "first_seen",
    "last": "last_seen",
    "alerts": "score",
    "score": "score",
    "country": "country",
    "vlan": "vlan",
    "num_flows": "known_flows",
    "traffic": "bytes",
    "thpt": "bytes",
}
_MODES: Final = {
    "all": Q(),
    "local": Q(is_local=True),
    "remote": Q(is_local=False),
    "broadcast_domain": Q(is_local=True) & ~Q(mac=""),
}


def host_interfaces(asked: Asked) -> dict[str, list[dict[str, int]]]:
    """Return on which interfaces a host is known."""
    address, vlan = asked.parameters.host()
    hosts = Host.objects.filter(address=address, interface__in=asked.interfaces())
    if vlan is not None:
        hosts = hosts.filter(vlan=vlan)
    key = address if vlan is None else f"{address}@{vlan}"
    numbers = hosts.order_by("interface_id").values_list("interface_id", flat=True).distinct()
    return {key: [{"ifid": number} for number in numbers]}


def active(asked: Asked) -> dict[str, Any]:
    """Return a page of the hosts that were seen in the last minutes."""
    interface = asked.interface()
    page = Numbered.of(asked.parameters)
    column = page.column if page.column in _COLUMNS else "ip"
    sign = "-" if page.descending else ""
    hosts = _chosen(interface, asked).annotate(
        known_flows=F("flows_as_client") + F("flows_as_server")
    )
    rows = list(hosts.order_by(f"{sign}{_COLUMNS[column]}", f"{sign}id")[page.start : page.stop])
    facts = facts_of(rows, interface, asked.now)
    lines = [host_line(host, facts[host.pk]) for host in rows]
    return page.answer(lines, hosts.count(), column)


def _chosen(interface: Interface, asked: Asked) -> QuerySet[Any]:
    parameters = asked.parameters
    mode = parameters.text("mode", "all")
    if mode not in _MODES:
        raise Refused(INVALID_ARGUMENTS, f"mode is none of {', '.join(_MODES)}")
    numbers = {"vlan": "vlan", "pool": "pool_id", "asn": "asn"}
    exact: dict[str, Any] = {
        column: parameters.number(name, most=2**32)
        for name, column in numbers.items()
        if name in parameters
    }
    texts = {"country": "country__iexact", "mac": "mac__iexact", "network_cidr": "address__within"}
    exact |= {texts[name]: parameters.text(name) for name in texts if name in parameters}
    since = asked.now - ACTIVE_HOST
    rows = hosts_with_bytes().filter(interface=interface, last_seen__gte=since)
    return rows.filter(_MODES[mode], _version(parameters.text("version")), **_checked(exact))


def _version(text: str) -> Q:
    """Return the condition for IPv4 (4) or IPv6 (6) hosts."""
    networks = {"4": Q(address__within="0.0.0.0/0"), "6": Q(address__within="::/0")}
    return networks.get(text, Q())


def _checked(exact: dict[str, Any]) -> dict[str, Any]:
    if "address__within" in exact:
        try:
            exact["address__within"] = parse_place(exact["address__within"])
        except ValueError as error:
            raise Refused(INVALID_ARGUMENTS, f"network_cidr: {error}") from error
    return exact


def data(asked: Asked) -> dict[str, Any]:
    """Return all that is known of a host."""
    interface = asked.interface()
    host = asked.host(interface)
    wanted = _profile(host, asked)
    facts = HostFacts(
        now=facts_of([host], interface, asked.now)[host.pk],
        applications=by_application(str(host.address), wanted, asked.now),
        protocols=by_l4(str(host.address), wanted, asked.now),
        served=by_port(str(host.address), wanted, asked.now, served=True),
        contacted=by_port(str(host.address), wanted, asked.now, served=False),
    )
    return host_data(host, facts)


def _profile(host: Host, asked: Asked) -> FlowFilter:
    return FlowFilter(
        since=asked.now - _PROFILE,
        interfaces=[host.interface_id],
        host=str(host.address),
        vlan=host.vlan,
    )


def l7_stats(asked: Asked) -> list[dict[str, Any]]:
    """Return a host's applications by bytes of the last 24 hours."""
    host = asked.host(asked.interface())
    found = by_application(str(host.address), _profile(host, asked), asked.now, limit=1000)
    return [{"label": one.name, "value": one.bytes, "duration": 0} for one in found]


def l4_data(asked: Asked) -> list[dict[str, Any]]:
    """Return a host's IP protocols by bytes of the last 24 hours."""
    host = asked.host(asked.interface())
    found = by_l4(str(host.address), _profile(host, asked), asked.now)
    whole = sum(one.bytes for one in found) or 1
    return [
        {
            "protocol": one.name,
            "bytes_sent": one.sent,
            "bytes_rcvd": one.received,
            "total_bytes": one.bytes,
            "total_percentage": round(100 * one.bytes / whole, 1),
        }
        for one in found
    ]


def dscp_stats(asked: Asked) -> list[dict[str, Any]]:
    """Return no class: DSCP is not metered."""
    asked.host(asked.interface())
    return []


def find(asked: Asked) -> dict[str, Any]:
    """Return the hosts whose address or name contains the text, the last seen first."""
    text = asked.parameters.required("query")
    hosts = Host.objects.filter(interface__in=asked.interfaces())
    hosts = hosts.filter(Q(name__icontains=text) | Q(address__startswith=text))
    found = hosts.select_related("interface").order_by("-last_seen", "id")[:20]
    return {
        "results": [
            {
                "name": host.name or str(host),
                "ip": str(host.address),
                "type": "ip",
                "ifid": host.interface_id,
                "link": f"/hosts/{host.pk}/",
            }
            for host in found
        ]
    }


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/host/interfaces": reads(host_interfaces, HOSTS),
    "get/host/active": reads(active, HOSTS),
    "get/host/data": reads(data, HOSTS, FLOWS),
    "get/host/l7/stats": reads(l7_stats, HOSTS, FLOWS),
    "get/host/l4/data": reads(l4_data, HOSTS, FLOWS),
    "get/host/dscp/stats": reads(dscp_stats, HOSTS),
    "get/host/find": reads(find, HOSTS),
}
