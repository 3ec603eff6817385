"""Interfaces: the list, and one interface's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from monitoring.history.now import ACTIVE_HOST
from monitoring.history.traffic import hosts_of, top, totals_by_interface
from monitoring.models import Interface
from monitoring.views.shell import Looking, page, show


@page("monitoring.view_interface")
def interface_list(request: HttpRequest) -> HttpResponse:
    """Return all interfaces with what they saw in the chosen time."""
    looking, now = Looking.of(request), timezone.now()
    active = Q(hosts__last_seen__gte=now - ACTIVE_HOST)
    interfaces = Interface.objects.select_related("agent").annotate(
        active_hosts=Count("hosts", filter=active)
    )
    sums = totals_by_interface(looking.window)
    rows = [(interface, sums.get(interface.pk)) for interface in interfaces]
    return show(
        request,
        "monitoring/interfaces.html",
        "Interfaces",
        part="monitoring/interfaces_table.html",
        looking=looking,
        rows=rows,
        alive_since=now - timedelta(minutes=1),
        most=max((sum_.bytes for sum_ in sums.values()), default=0),
    )


@page("monitoring.view_interface")
def interface_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Return one interface's page."""
    interface = get_object_or_404(Interface.objects.select_related("agent"), pk=pk)
    looking = Looking.of(request)
    window = replace(looking.window, interfaces=[interface.pk])
    talkers = top("host", window)
    named = hosts_of([sums.key for sums in talkers], [interface.pk])
    return show(
        request,
        "monitoring/interface.html",
        f"Interface {interface.name}",
        part="monitoring/interface_body.html",
        looking=looking,
        interface=interface,
        total=totals_by_interface(window).get(interface.pk),
        applications=top("application", window),
        talkers=[(sums, named.get(sums.key)) for sums in talkers],
        protocols=top("l4", window, 6),
        counters=[(name.replace("_", " "), value) for name, value in interface.counters.items()],
        alive_since=timezone.now() - timedelta(minutes=1),
    )
