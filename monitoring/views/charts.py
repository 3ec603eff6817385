"""What charts draw, as JSON: times in milliseconds since 1970, values in bits/s."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from monitoring.history.conversations import conversations, countries
from monitoring.history.flows import flow_of_id, intervals_of
from monitoring.history.traffic import Series, directions, host_key, hosts_of, stacked
from monitoring.models import Host
from monitoring.models.traffic import DIMENSIONS
from monitoring.views.shell import Looking, page


@page("monitoring.view_interface")
def traffic_chart(request: HttpRequest, dimension: str) -> HttpResponse:
    """Return the rates of a dimension's greatest keys over time."""
    if dimension not in DIMENSIONS:
        raise Http404
    return _answer(stacked(dimension, Looking.of(request).window))


@page("monitoring.view_host")
def host_chart(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what a host sent and received over time."""
    host = get_object_or_404(Host, pk=pk)
    window = replace(Looking.of(request).window, interfaces=[host.interface_id])
    return _answer(directions("host", host_key(host), window))


@page("monitoring.view_flow")
def flow_chart(request: HttpRequest, flow_id: int) -> HttpResponse:
    """Return what a flow moved each way over its life; each point is the end of an interval."""
    flow = flow_of_id(flow_id, timezone.now())
    if flow is None:
        raise Http404
    ends, there, back = [], [], []
    for start, end, to_server, to_client in intervals_of(flow_id, flow.first_seen):
        seconds = max((end - start).total_seconds(), 1.0)
        ends.append(end)
        there.append(8 * to_server / seconds)
        back.append(8 * to_client / seconds)
    lines = {"To server": there, "To client": back}
    return _answer(Series(60, ends, lines))


@page("monitoring.view_interface")
def conversation_chart(request: HttpRequest) -> HttpResponse:
    """Return the greatest conversations as a graph: clients on the left, servers on the right.

    An address may stand on both sides, so that the graph has no cycle; ``value`` is bytes.
    """
    looking = Looking.of(request)
    found = conversations(looking.window)
    keys = {key for one in found for key in (one.client, one.server)}
    named = hosts_of(sorted(keys), looking.interface_ids)
    ends = {(side, getattr(one, side)) for one in found for side in ("client", "server")}
    nodes = [_node(side, key, named.get(key), looking.query) for side, key in sorted(ends)]
    links = [
        {
            "source": f"client {one.client}",
            "target": f"server {one.server}",
            "value": one.sums.bytes,
            "url": f"{reverse('flows')}?search={one.client}+{one.server}&{looking.query}",
        }
        for one in found
    ]
    return JsonResponse({"nodes": nodes, "links": links})


def _node(side: str, key: str, host: Host | None, query: str) -> dict[str, Any]:
    link = f"{reverse('host', args=[host.pk])}?{query}" if host else ""
    local = bool(host and host.is_local)
    label = (host.name if host else "") or key
    place = int(side == "server")
    return {"name": f"{side} {key}", "label": label, "local": local, "depth": place, "url": link}


@page("monitoring.view_interface")
def country_chart(request: HttpRequest) -> HttpResponse:
    """Return the bytes of each country, by its ISO 3166-1 number."""
    found = countries(Looking.of(request).window)
    return JsonResponse(
        {
            "countries": [
                {"id": one.number, "code": one.code, "name": one.name, "bytes": one.sums.bytes}
                for one in found
            ]
        }
    )


def _answer(series: Series) -> JsonResponse:
    return JsonResponse(
        {
            "seconds": series.seconds,
            "times": [milliseconds(moment) for moment in series.times],
            "lines": [
                {"name": name or "Total", "values": [round(value) for value in values]}
                for name, values in series.lines.items()
            ],
        }
    )


def milliseconds(moment: datetime) -> int:
    """Return a time as JavaScript has it."""
    return int(moment.timestamp() * 1000)
