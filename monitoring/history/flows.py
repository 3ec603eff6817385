"""Flows of a time range: the finished ones of ``flow`` and the active ones of ``flow_live``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from capture_agent.schema import EVENT
from monitoring.history.addresses import inside, within
from monitoring.history.keyset import Bound, Keyset, Page, read_page, rows_of
from monitoring.history.names import applications_like
from monitoring.history.seen_flow import COLUMNS, SeenFlow
from monitoring.models import Flow, FlowDetail, FlowLive

END: Final = EVENT.categories.to_list().index("end")
#: Without ``since`` the last day is looked at, so that no question scans all partitions.
DEFAULT_SPAN: Final = timedelta(hours=24)
#: An active flow has a row at least every 60 s; one without for so long has lost its agent.
LOST_AFTER: Final = timedelta(minutes=5)

#: What flows can be ordered by, and the column that stands for it.
ORDERINGS: Final = {
    "last_seen": "time",
    "first_seen": "first_seen",
    "bytes": "bytes",
    "packets": "packets",
    "score": "score",
}
DEFAULT_ORDERING: Final = "-last_seen"


class Condition(Protocol):
    """A condition on stored flows that somebody else has made."""

    def sql_on(self, table: str) -> tuple[str, list[Any]]:
        """Return SQL of constants and its values, for the rows of "flow" or "flow_live"."""


@dataclass(frozen=True)
class FlowFilter:
    """Which flows; what is None or empty does not narrow.

    ``host`` is an address or a network and may be either end; ``text`` is part of an application's
    or server's name; ``is_local`` says whether a local host takes part.
    """

    since: datetime | None = None
    until: datetime | None = None
    interfaces: Sequence[int] | None = None
    host: str = ""
    peer: str = ""
    is_local: bool | None = None
    applications: Sequence[int] | None = None
    categories: Sequence[int] | None = None
    l4: int | None = None
    port: int | None = None
    vlan: int | None = None
    min_score: int | None = None
    states: Sequence[str] = ()
    text: str = ""
    #: Either end lies in one of these networks; empty for all.
    networks: Sequence[str] = ()
    condition: Condition | None = None


def flows(
    wanted: FlowFilter,
    now: datetime,
    *,
    ordering: str = DEFAULT_ORDERING,
    size: int = 100,
    cursor: str = "",
) -> Page[SeenFlow]:
    """Return a page of flows, ordered by a key of ORDERINGS or "-" and one; raises BadCursor."""
    keyset = Keyset(ordering, (ORDERINGS[ordering.removeprefix("-")], "flow_id"))
    page = read_page(partial(_rows, wanted, now), keyset, size, cursor)
    details = _details_of(page.rows)
    seen = [SeenFlow.of(row, details.get(row["flow_id"]), now, LOST_AFTER) for row in page.rows]
    return Page(seen, page.next, page.previous)


def active_flows(
    wanted: FlowFilter, now: datetime, *, ordering: str, start: int, size: int
) -> tuple[list[SeenFlow], int]:
    """Return active flows from number ``start`` on and how many there are, for numbered pages."""
    return _numbered(replace(wanted, states=("active",)), now, ordering, start, size)


def ended_flows(
    wanted: FlowFilter,
    now: datetime,
    *,
    ordering: str = DEFAULT_ORDERING,
    start: int,
    size: int,
) -> tuple[list[SeenFlow], int]:
    """Return finished flows from number ``start`` on and how many there are."""
    return _numbered(replace(wanted, states=("ended",)), now, ordering, start, size)


def _numbered(
    wanted: FlowFilter, now: datetime, ordering: str, start: int, size: int
) -> tuple[list[SeenFlow], int]:
    chosen = chosen_flows(wanted, now)[0]
    sign = "-" if ordering.startswith("-") else ""
    order = (sign + ORDERINGS[ordering.removeprefix("-")], f"{sign}flow_id")
    rows = _columns(chosen, is_live=chosen.model is FlowLive)
    page = list(rows.order_by(*order)[start : start + size])
    details = _details_of(page)
    seen = [SeenFlow.of(row, details.get(row["flow_id"]), now, LOST_AFTER) for row in page]
    return seen, chosen.count()


def flow_of_id(flow_id: int, now: datetime, among: FlowFilter | None = None) -> SeenFlow | None:
    """Return one flow, active or finished, or None; and None where the filter leaves it out."""
    wanted = among or FlowFilter()
    of_live = FlowLive.objects.filter(_chosen(wanted, FlowLive), flow_id=flow_id)
    of_ended = Flow.objects.filter(_chosen(wanted, Flow), flow_id=flow_id, event=END)
    live, ended = _columns(of_live, is_live=True), _columns(of_ended, is_live=False)
    row = live.first() or ended.order_by("-time").first()
    if row is None:
        return None
    return SeenFlow.of(row, _details_of([row]).get(flow_id), now, LOST_AFTER)


def chosen_flows(wanted: FlowFilter, now: datetime) -> list[QuerySet[Any]]:
    """Return the chosen rows of each table that may have any: finished flows, then active ones."""
    parts: list[QuerySet[Any]] = []
    if not wanted.states or "ended" in wanted.states:
        since = wanted.since or (wanted.until or now) - DEFAULT_SPAN
        parts.append(Flow.objects.filter(_chosen(wanted, Flow), event=END, time__gte=since))
    if not wanted.states or {"active", "lost"} & set(wanted.states):
        parts.append(FlowLive.objects.filter(_chosen(wanted, FlowLive), _liveness(wanted, now)))
    return parts


def intervals_of(flow_id: int, since: datetime) -> list[tuple[datetime, datetime, int, int]]:
    """Return a flow's (start, end, bytes to server, bytes to client) intervals, oldest first."""
    return list(
        Flow.objects.filter(flow_id=flow_id, time__gte=since)
        .order_by("time")
        .values_list("interval_start", "time", "bytes_to_server_delta", "bytes_to_client_delta")
    )


def _rows(
    wanted: FlowFilter, now: datetime, bound: Bound | None, columns: Sequence[str], size: int
) -> list[dict[str, Any]]:
    """Return the first rows of both tables, each read by its own index."""
    parts = [_columns(rows, is_live=rows.model is FlowLive) for rows in chosen_flows(wanted, now)]
    found = [row for part in parts for row in rows_of(part)(bound, columns, size)]
    return sorted(found, key=partial(_order, columns), reverse=columns[0].startswith("-"))[:size]


def _order(columns: Sequence[str], row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.removeprefix("-")] for column in columns)


def _liveness(wanted: FlowFilter, now: datetime) -> Q:
    """Return the condition for active flows, lost ones, or both."""
    states = set(wanted.states) & {"active", "lost"}
    if len(states) != 1:
        return Q()
    lost = Q(time__lt=now - LOST_AFTER)
    return lost if states == {"lost"} else ~lost


def _columns(rows: QuerySet[Any], *, is_live: bool) -> QuerySet[Any, dict[str, Any]]:
    """Return the columns that :class:`SeenFlow` is made of."""
    names = {name: F(path) for name, path in COLUMNS.items()}
    detail = ["detail"] if is_live else []
    columns: QuerySet[Any, dict[str, Any]] = rows.annotate(
        bytes=F("bytes_to_server") + F("bytes_to_client"),
        packets=F("packets_to_server") + F("packets_to_client"),
        **names,
    ).values(*_STORED, "bytes", "packets", *names, *detail)
    return columns


_STORED: Final = [
    name
    for name in (column.attname for column in FlowLive._meta.concrete_fields)
    if name != "detail"
]


def _details_of(rows: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return the details of these rows by flow; active ones carry theirs."""
    details = {row["flow_id"]: row["detail"] or {} for row in rows if "detail" in row}
    ended = [row for row in rows if "detail" not in row]
    if ended:
        times = {row["flow_id"]: row["time"] for row in ended}
        found = FlowDetail.objects.filter(flow_id__in=list(times), time__in=set(times.values()))
        # The query is wider than the pairs: a flow's earlier detail may be of another's last time.
        details |= {line.flow_id: line.detail for line in found if line.time == times[line.flow_id]}
    return details


def _chosen(wanted: FlowFilter, model: type[Flow] | type[FlowLive]) -> Q:
    """Return the filter's condition on the rows of one of the two tables."""
    exact = {
        "time__gte": wanted.since,
        "time__lte": wanted.until,
        "interface_id__in": wanted.interfaces,
        "application_id__in": wanted.applications,
        "category_id__in": wanted.categories,
        "l4": wanted.l4,
        "vlan": wanted.vlan,
        "score__gte": wanted.min_score,
    }
    condition = Q(**{name: value for name, value in exact.items() if value is not None})
    for host in filter(None, (wanted.host, wanted.peer)):
        condition &= within("client", host) | within("server", host)
    if wanted.networks:
        condition &= Q(inside("client", wanted.networks) | inside("server", wanted.networks))
    if wanted.condition is not None:
        text, values = wanted.condition.sql_on(model._meta.db_table)
        condition &= Q(RawSQL(text, values, output_field=BooleanField()))  # noqa: S611
    if wanted.port is not None:
        condition &= Q(client_port=wanted.port) | Q(server_port=wanted.port)
    if wanted.is_local is not None:
        remote = Q(direction=_REMOTE)
        condition &= ~remote if wanted.is_local else remote
    if wanted.text:
        condition &= Q(application_id__in=applications_like(wanted.text)) | _named(
            wanted.text, model
        )
    return condition


#: Neither end local; position in the enriched frame's ``direction``.
_REMOTE: Final = 3


def _named(text: str, model: type[Flow] | type[FlowLive]) -> Q:
    """Return the condition that the server's name contains the text."""
    if model is FlowLive:
        return Q(detail__server_name__icontains=text)
    return Q(
        Exists(
            FlowDetail.objects.filter(
                time=OuterRef("time"),
                flow_id=OuterRef("flow_id"),
                detail__server_name__icontains=text,
            )
        )
    )
