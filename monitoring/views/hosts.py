"""Hosts: the list, and one host's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from monitoring.history.addresses import within
from monitoring.history.flows import FlowFilter, flows
from monitoring.history.hosts import ORDERINGS, hosts_with_bytes
from monitoring.history.keyset import BadCursor, Keyset, Page, read_page, rows_of
from monitoring.history.shares import applications_of, peers_of
from monitoring.models import Host
from monitoring.views.shell import Looking, page, show

_ROWS = 50
_PLACES = {"": "Local and remote", "local": "Local", "remote": "Remote"}
_ORDER_TITLES = {
    "-last_seen": "Last seen",
    "-bytes": "Traffic",
    "-score": "Score",
    "address": "Address",
}


@page("monitoring.view_host")
def host_list(request: HttpRequest) -> HttpResponse:
    """Return the hosts that the URL's filter leaves."""
    looking = Looking.of(request)
    ordering = request.GET.get("ordering", "-last_seen")
    ordering = ordering if ordering in _ORDER_TITLES else "-last_seen"
    keyset = Keyset(ordering, (ORDERINGS[ordering.removeprefix("-")], "id"))
    try:
        rows = rows_of(_narrowed(request, looking))
        found, problem = read_page(rows, keyset, _ROWS, request.GET.get("cursor", "")), ""
    except BadCursor:
        found, problem = Page([], None, None), "This page of the list is not there any more."
    return show(
        request,
        "monitoring/hosts.html",
        "Hosts",
        part="monitoring/hosts_table.html",
        looking=looking,
        page=found,
        problem=problem,
        places=_PLACES,
        place=request.GET.get("place", ""),
        search=request.GET.get("search", ""),
        ordering=ordering,
        orderings=_ORDER_TITLES,
        is_first="cursor" not in request.GET,
        is_narrowed=any(request.GET.get(name) for name in ("search", "place")),
        most=max((host.bytes for host in found.rows), default=0),
    )


def _narrowed(request: HttpRequest, looking: Looking) -> QuerySet[Any]:
    hosts = hosts_with_bytes()
    if looking.interface:
        hosts = hosts.filter(interface=looking.interface)
    if (place := request.GET.get("place")) in ("local", "remote"):
        hosts = hosts.filter(is_local=place == "local")
    for word in request.GET.get("search", "").split():
        hosts = hosts.filter(_about(word))
    return hosts


def _about(word: str) -> Q:
    """Return the condition for an address, a network, or part of a name, MAC or vendor."""
    try:
        return within("address", word)
    except ValueError:
        return Q(name__icontains=word) | Q(mac__icontains=word) | Q(mac_vendor__icontains=word)


@page("monitoring.view_host")
def host_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Return one host's page."""
    host = get_object_or_404(hosts_with_bytes(), pk=pk)
    looking, now = Looking.of(request), timezone.now()
    wanted = FlowFilter(
        host=host.address,
        interfaces=[host.interface_id],
        vlan=host.vlan,
        since=looking.window.since,
    )
    return show(
        request,
        "monitoring/host.html",
        f"Host {host.name or host}",
        part="monitoring/host_body.html",
        looking=looking,
        host=host,
        applications=applications_of(wanted, now),
        peers=peers_of(host.address, wanted, now),
        flows=flows(wanted, now, size=12).rows,
        others=Host.objects.filter(address=host.address)
        .exclude(pk=host.pk)
        .select_related("interface")[:5],
    )
