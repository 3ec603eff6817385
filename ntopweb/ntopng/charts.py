"""The charts and tables of a host's page: applications, protocols, ports, peers of the last day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from iso3166 import countries_by_alpha2

from monitoring.history.flows import FlowFilter
from monitoring.history.profile import Slice, by_application, by_l4, by_peer, by_port
from monitoring.history.traffic import hosts_of, top
from monitoring.history.window import Window
from monitoring.models import Host
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.envelope import NOT_FOUND, Refused
from ntopweb.ntopng.names import breed_of, category_of
from ntopweb.ntopng.parameters import Parameters

_SPAN: Final = timedelta(hours=24)
#: Parts of a chart that are named, and hosts of an interface's.
_NAMED: Final = 10
_ALL: Final = 1000

Look = Callable[[str, FlowFilter, Asked], list[Slice]]


def _slices(asked: Asked, look: Look) -> list[Slice]:
    host = _host(asked)
    wanted = FlowFilter(
        since=asked.now - _SPAN,
        interfaces=[host.interface_id],
        host=str(host.address),
        vlan=host.vlan,
    )
    return look(str(host.address), wanted, asked)


def _host(asked: Asked) -> Host:
    """Return the host, on the first interface that has it where none is named: ntopng's habit."""
    if "ifid" in asked.parameters:
        return asked.host(asked.interface())
    address, _ = asked.parameters.host()
    rows = Host.objects.filter(address=address, interface__in=asked.interfaces())
    found = rows.order_by("-last_seen").first()
    if found is None:
        raise Refused(NOT_FOUND, "there is no such host")
    return asked.host(asked.interface_of(str(found.interface_id)))


def _applications(host: str, wanted: FlowFilter, asked: Asked) -> list[Slice]:
    return by_application(host, wanted, asked.now, limit=_ALL)


def _protocols(host: str, wanted: FlowFilter, asked: Asked) -> list[Slice]:
    return by_l4(host, wanted, asked.now)


def _peers(host: str, wanted: FlowFilter, asked: Asked) -> list[Slice]:
    return by_peer(host, wanted, asked.now, limit=_ALL)


def _served(host: str, wanted: FlowFilter, asked: Asked) -> list[Slice]:
    return by_port(host, wanted, asked.now, served=True, limit=_ALL)


def _contacted(host: str, wanted: FlowFilter, asked: Asked) -> list[Slice]:
    return by_port(host, wanted, asked.now, served=False, limit=_ALL)


def _chart(look: Look, name: Callable[[str], str] = str) -> Callable[[Asked], dict[str, Any]]:
    """Return the endpoint of a chart; parts that ``name`` calls alike are one."""

    def chart(asked: Asked) -> dict[str, Any]:
        sums: dict[str, int] = {}
        for one in _slices(asked, look):
            sums[name(one.name)] = sums.get(name(one.name), 0) + one.bytes
        return pie(sums.items())

    return chart


def pie(parts: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """Return a chart's labels and bytes, greatest first, small ones as "Other"."""
    ordered = sorted(parts, key=lambda one: (-one[1], one[0]))
    named, rest = ordered[:_NAMED], sum(number for _, number in ordered[_NAMED:])
    shown = [*named, *([("Other", rest)] if rest else [])]
    return {"labels": [name for name, _ in shown], "series": [number for _, number in shown]}


def _table(look: Look, key: str) -> Callable[[Asked], list[dict[str, Any]]]:
    """Return the endpoint of a table whose lines are called ``key``."""

    def table(asked: Asked) -> list[dict[str, Any]]:
        return _lines(_slices(asked, look), key)

    return table


def _lines(slices: Sequence[Slice], key: str) -> list[dict[str, Any]]:
    whole = sum(one.bytes for one in slices) or 1
    return [
        {
            key: one.name,
            "bytes_sent": one.sent,
            "bytes_rcvd": one.received,
            "tot_bytes": one.bytes,
            "num_flows": one.flows,
            "percentage": round(100 * one.bytes / whole, 1),
        }
        for one in slices
    ]


def directions(asked: Asked) -> dict[str, Any]:
    """Return what the host sent and received."""
    found = _slices(asked, _protocols)
    sums = sum(one.sent for one in found), sum(one.received for one in found)
    return {"labels": ["Sent", "Rcvd"], "series": list(sums)}


def top_hosts(asked: Asked) -> dict[str, Any]:
    """Return the hosts of an interface that moved most in the last day."""
    interface = asked.interface()
    sums = top("host", Window.last(_SPAN, asked.now, [interface.pk]), _ALL)
    known = hosts_of([one.key for one in sums], [interface.pk])
    names = {key: host.name or key for key, host in known.items()}
    return pie((names.get(one.key, one.key), one.bytes) for one in sums)


def country_name(asked: Asked) -> dict[str, str]:
    """Return the name of a country by its two letters."""
    found = countries_by_alpha2.get(asked.parameters.required("country_id").upper())
    if found is None:
        raise Refused(NOT_FOUND, "there is no such country")
    return {"name": found.apolitical_name}


def resolved(asked: Asked) -> dict[str, str]:
    """Return the name of a host as its own traffic told it; nobody is asked."""
    address, _ = Parameters(asked.parameters.given).host()
    rows = Host.objects.filter(address=address, interface__in=asked.interfaces())
    named = rows.exclude(name="").order_by("-last_seen").first()
    return {"ip": address, "name": named.name if named else address}


_MAY: Final = ("monitoring.view_host", "monitoring.view_flow")

ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/host/l4/proto_data": reads(_chart(_protocols), *_MAY),
    "get/host/l4/traffic_data": reads(directions, *_MAY),
    "get/host/l4/contacted_hosts_data": reads(_chart(_peers), *_MAY),
    "get/host/l7/proto_data": reads(_chart(_applications), *_MAY),
    "get/host/l7/cat_data": reads(_chart(_applications, category_of), *_MAY),
    "get/host/l7/breed_data": reads(_chart(_applications, breed_of), *_MAY),
    "get/host/l7/data": reads(_table(_applications, "application"), *_MAY),
    "get/host/port/srv_port_data": reads(_chart(_served), *_MAY),
    "get/host/port/cli_port_data": reads(_chart(_contacted), *_MAY),
    "get/host/port/table_port_data": reads(_table(_served, "port"), *_MAY),
    "get/host/flows/data": reads(_table(_peers, "peer"), *_MAY),
    "get/host/resolve_host_name": reads(resolved, "monitoring.view_host"),
    "get/interface/top/hosts": reads(top_hosts, "monitoring.view_host"),
    "get/country/country_name": reads(country_name, "monitoring.view_host"),
}
