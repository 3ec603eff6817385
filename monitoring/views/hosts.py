"""Hosts: the list."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from monitoring.history.addresses import parse_place, within
from monitoring.history.hosts import ORDERINGS, hosts_with_bytes
from monitoring.history.keyset import BadCursor, Keyset, Page, read_page, rows_of
from monitoring.models import Host
from monitoring.views.csv import csv_of, wants_csv
from monitoring.views.shell import Looking, page, show

_ROWS = 50
_PLACES = {"": "Local and remote", "local": "Local", "remote": "Remote"}
_DEFAULT_ORDERING = "-last_seen"
#: Columns of the CSV file, and where they are.
_CSV = {
    "address": "address",
    "vlan": "vlan",
    "interface": "interface.name",
    "name": "name",
    "mac": "mac",
    "mac_vendor": "mac_vendor",
    "is_local": "is_local",
    "pool": "pool",
    "country": "country",
    "asn": "asn",
    "as_name": "as_name",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
    "bytes_sent": "bytes_sent",
    "bytes_received": "bytes_received",
    "packets_sent": "packets_sent",
    "packets_received": "packets_received",
    "flows_as_client": "flows_as_client",
    "flows_as_server": "flows_as_server",
    "score": "score",
}


@page("monitoring.view_host")
def host_list(request: HttpRequest) -> HttpResponse:
    """Return the hosts that the URL's filter leaves."""
    looking = Looking.of(request)
    ordering = request.GET.get("ordering", _DEFAULT_ORDERING)
    ordering = ordering if ordering.removeprefix("-") in ORDERINGS else _DEFAULT_ORDERING
    if wants_csv(request):
        return csv_of("hosts", _narrowed(request, looking).order_by(ordering, "id"), _CSV)
    if host := _the_one(request):
        return redirect("host", pk=host)
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
        is_first="cursor" not in request.GET,
        is_narrowed=any(request.GET.get(name) for name in ("search", "place")),
        most=max((host.bytes for host in found.rows), default=0),
    )


def _the_one(request: HttpRequest) -> int | None:
    """Return the host that is meant when its address is searched for and nobody else has it."""
    if request.GET.keys() - {"search", "interface", "place"}:
        return None
    try:
        place = parse_place(request.GET.get("search", ""))
    except ValueError:
        return None
    found = Host.objects.filter(address=place) if isinstance(place, str) else Host.objects.none()
    keys = list(found.values_list("pk", flat=True)[:2])
    return keys[0] if len(keys) == 1 else None


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
    """Return the condition for an address, a network, a country, or part of a name or MAC."""
    if word.startswith("country:"):
        return Q(country__iexact=word.removeprefix("country:"))
    try:
        return within("address", word)
    except ValueError:
        return Q(name__icontains=word) | Q(mac__icontains=word) | Q(mac_vendor__icontains=word)
