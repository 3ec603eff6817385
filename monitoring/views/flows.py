"""Flows: the list of live and recent ones, and one with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from monitoring.api.conditions import read_condition
from monitoring.history.flows import (
    DEFAULT_ORDERING,
    ORDERINGS,
    FlowFilter,
    flow_of_id,
    flows,
)
from monitoring.history.keyset import BadCursor, Page
from monitoring.history.names import applications_named
from monitoring.history.search import parse_search
from monitoring.history.seen_flow import SeenFlow
from monitoring.models import Application
from monitoring.patience import TooSlow, patiently
from monitoring.views.csv import MOST_ROWS, csv_of, wants_csv
from monitoring.views.flow_groups import groups_of
from monitoring.views.flow_risks import remarks_of, risks_of
from monitoring.views.shell import Looking, page, show

_ROWS = 50
#: Rows of a file are read so many at a time.
_AT_ONCE = 5_000
#: Columns of the CSV file, and where they are.
_CSV = {
    "flow_id": "id",
    "state": "state",
    "first_seen": "first_seen",
    "last_seen": "last_seen",
    "duration_seconds": "duration",
    "client": "client",
    "client_port": "client_port",
    "server": "server",
    "server_port": "server_port",
    "l4": "l4_name",
    "vlan": "vlan",
    "interface": "interface_name",
    "application": "application_name",
    "category": "category_name",
    "bytes_to_server": "bytes_to_server",
    "bytes_to_client": "bytes_to_client",
    "packets_to_server": "packets_to_server",
    "packets_to_client": "packets_to_client",
    "score": "score",
    "risks": "risks",
    "info": "info",
    "community_id": "community_id",
}
_STATES = {"": "Any state", "active": "Active", "ended": "Ended", "lost": "Lost"}


@page("monitoring.view_flow")
def flow_list(request: HttpRequest) -> HttpResponse:
    """Return the flows that the URL's filter leaves, newest first."""
    looking = Looking.of(request)
    found, problem = _found(request, looking)
    ordering = _ordering(request)
    if wants_csv(request) and not problem:
        return csv_of("flows", _all_of(request, looking), _CSV)
    return show(
        request,
        "monitoring/flows.html",
        "Flows",
        part="monitoring/flows_table.html",
        looking=looking,
        page=found,
        problem=problem,
        states=_STATES,
        state=request.GET.get("state", ""),
        search=request.GET.get("search", ""),
        condition=request.GET.get("q", ""),
        application=request.GET.get("application", ""),
        applications=Application.objects.order_by("name").values_list("name", flat=True),
        ordering=ordering,
        is_first="cursor" not in request.GET,
        is_live=looking.is_live and "cursor" not in request.GET,
        is_narrowed=any(request.GET.get(name) for name in ("search", "state", "application", "q")),
    )


def _ordering(request: HttpRequest) -> str:
    wanted = request.GET.get("ordering", DEFAULT_ORDERING)
    return wanted if wanted.removeprefix("-") in ORDERINGS else DEFAULT_ORDERING


def _found(request: HttpRequest, looking: Looking) -> tuple[Page[SeenFlow], str]:
    """Return the page of flows, or an empty one and what was wrong with the filter."""
    try:
        wanted, cursor = _wanted(request, looking), request.GET.get("cursor", "")
        ordering = _ordering(request)
        with patiently():
            return flows(wanted, timezone.now(), ordering=ordering, size=_ROWS, cursor=cursor), ""
    except BadCursor:
        return Page([], None, None), "This page of the list is not there any more."
    except (ValueError, TooSlow) as error:
        return Page([], None, None), str(error)


def _wanted(request: HttpRequest, looking: Looking) -> FlowFilter:
    """Return the URL's filter; raises ValueError naming what is wrong with it."""
    application, state = request.GET.get("application", ""), request.GET.get("state", "")
    condition = request.GET.get("q", "").strip()
    return FlowFilter(
        since=looking.window.since,
        until=None if looking.is_live else looking.window.until,
        interfaces=looking.interface_ids,
        applications=applications_named(application) if application else None,
        states=(state,) if state in _STATES and state else (),
        condition=read_condition("flow", condition) if condition else None,
        **parse_search(request.GET.get("search", "")),
    )


def _all_of(request: HttpRequest, looking: Looking) -> Iterator[SeenFlow]:
    """Yield the flows of all pages, as many as a file has."""
    wanted, now, cursor = _wanted(request, looking), timezone.now(), ""
    for _ in range(MOST_ROWS // _AT_ONCE):
        with patiently(whole=True):
            part = flows(wanted, now, ordering=_ordering(request), size=_AT_ONCE, cursor=cursor)
        yield from part.rows
        if part.next is None:
            return
        cursor = part.next


@page("monitoring.view_flow")
def flow_detail(request: HttpRequest, flow_id: int) -> HttpResponse:
    """Return one flow's page; 404 when its partition is gone."""
    flow = flow_of_id(flow_id, timezone.now())
    if flow is None:
        raise Http404("There is no such flow; it may be older than flows are kept.")
    around = FlowFilter(host=flow.client, peer=flow.server, since=flow.last_seen - _AROUND)
    others = flows(around, timezone.now(), size=6).rows
    return show(
        request,
        "monitoring/flow.html",
        f"Flow {flow.client} → {flow.server}",
        part="monitoring/flow_body.html",
        flow=flow,
        groups=groups_of(flow),
        risks=risks_of(flow),
        remarks=remarks_of(flow),
        others=[other for other in others if other.id != flow.id][:5],
    )


#: How far before a flow others between the same hosts are shown.
_AROUND = timedelta(hours=1)
