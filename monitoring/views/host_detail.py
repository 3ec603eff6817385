"""One host's page: what it is, and in tabs what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from monitoring.history.flows import FlowFilter, flows
from monitoring.history.hosts import hosts_with_bytes
from monitoring.history.profile import by_application, by_peer, by_port, names_of
from monitoring.history.traffic import hosts_of
from monitoring.models import Host
from monitoring.views.shell import Looking, page, show

_ROWS: Final = 50
_FEW: Final = 8


@page("monitoring.view_host")
def host_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Return one host's page with the tab that the URL names."""
    host = get_object_or_404(hosts_with_bytes(), pk=pk)
    looking = Looking.of(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    wanted = FlowFilter(
        host=host.address,
        interfaces=[host.interface_id],
        vlan=host.vlan,
        since=looking.window.since,
        until=None if looking.is_live else looking.window.until,
    )
    return show(
        request,
        "monitoring/host.html",
        f"Host {host.name or host}",
        part="monitoring/host_body.html",
        looking=looking,
        host=host,
        tabs={name: label for name, (label, _) in TABS.items()},
        tab=tab,
        **TABS[tab][1](host, wanted),
    )


def _overview(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    now = timezone.now()
    peers = by_peer(host.address, wanted, now, _FEW)
    return {
        "applications": by_application(host.address, wanted, now, _FEW),
        "peers": _named(peers, host),
        "flows": flows(wanted, now, size=_FEW).rows,
        "others": Host.objects.filter(address=host.address)
        .exclude(pk=host.pk)
        .select_related("interface")[:5],
    }


def _applications(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    return {"slices": by_application(host.address, wanted, timezone.now(), _ROWS)}


def _peers(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    return {"peers": _named(by_peer(host.address, wanted, timezone.now(), _ROWS), host)}


def _named(slices: list[Any], host: Host) -> list[tuple[Any, Host | None]]:
    """Return slices by peer, each with the host that the peer is."""
    named = hosts_of([one.name for one in slices], [host.interface_id])
    return [(one, named.get(one.name)) for one in slices]


def _ports(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    now = timezone.now()
    return {
        "served": by_port(host.address, wanted, now, served=True),
        "contacted": by_port(host.address, wanted, now, served=False),
    }


def _names(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    return {"names": names_of(wanted, timezone.now())}


def _flows(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    return {"flows": flows(wanted, timezone.now(), size=_ROWS).rows}


def _nothing(host: Host, wanted: FlowFilter) -> dict[str, Any]:
    """Return nothing: an app to the right fills the tab."""
    return {}


_Tab = tuple[str, Callable[[Host, FlowFilter], dict[str, Any]]]
#: Tabs by their name in the URL: label, and what gives the context.
TABS: Final[dict[str, _Tab]] = {
    "overview": ("Overview", _overview),
    "applications": ("Applications", _applications),
    "peers": ("Peers", _peers),
    "ports": ("Ports", _ports),
    "names": ("Names", _names),
    "flows": ("Flows", _flows),
    "alerts": ("Alerts", _nothing),
}
