"""Historical flows: clauses, top-k, the search of the flow explorer, a host's applications."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F, Sum

from monitoring.history.conversations import conversations
from monitoring.history.flows import END, FlowFilter, chosen_flows, ended_flows
from monitoring.history.names import applications_named
from monitoring.history.profile import by_application
from monitoring.history.traffic import Sums, hosts_of, top
from monitoring.models import Interface
from ntopweb.ntopng import windows
from ntopweb.ntopng.alerts.querying import clauses_of, rows_asked
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.clauses import reading, writing
from ntopweb.ntopng.clauses.flow_table import flow_table
from ntopweb.ntopng.clauses.tables import Table
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Answer, Refused
from ntopweb.ntopng.maps.conversation import conversation, flow_record, top_application
from ntopweb.ntopng.paging import Slice
from ntopweb.ntopng.parameters import Parameters
from ntopweb.ntopng.schemas import Tags

VIEW: Final = "monitoring.view_flow"

#: ntopng's keys of a top-k; those of IPv6 beside, or all its flows would be one line.
_KEYS: Final = "IPV4_SRC_ADDR,IPV4_DST_ADDR,IPV6_SRC_ADDR,IPV6_DST_ADDR,L7_PROTO"
_TOP: Final = 10
_LENGTH: Final = 10
#: Pairs of a host that are counted for a page of conversations.
_MOST: Final = 1000


def queried(asked: Asked) -> list[dict[str, str]]:
    """Return the finished flows that the clauses ask for, all values text."""
    table = flow_table()
    return _rows(asked, clauses_of(asked, table), table, rows_asked(asked))


def top_k(asked: Asked) -> list[dict[str, str]]:
    """Return the keys with the greatest sum (or other aggregate) of a value."""
    parameters, table = asked.parameters, flow_table()
    keys = parameters.text("select_keys_clause", _KEYS)
    value = parameters.text("select_values_clause", "BYTES")
    aggregate = parameters.text("topk_clause", "SUM")
    select = f"{keys}, {aggregate}({value}) {value}"
    clauses = reading.read(
        table, select, parameters.text("where_clause"), keys, order=f"{value} DESC"
    )
    most = parameters.number("maxhits_clause", _TOP, least=1, most=10_000)
    return _rows(asked, clauses, table, most)


def _rows(asked: Asked, clauses: reading.Clauses, table: Table, most: int) -> list[dict[str, str]]:
    interface, (begin, end) = asked.interface(), asked.parameters.span(asked.now)
    within = "f.event = %s AND f.interface_id = %s AND f.time >= %s AND f.time <= %s"
    values = [END, interface.pk, begin, end]
    found = writing.rows(table, clauses, within, values, most)
    return [{name: "" if v is None else str(v) for name, v in row.items()} for row in found]


def searched(asked: Asked) -> Answer:
    """Return a page of conversations (by preset), or of finished flows, as records."""
    interface, parameters = asked.interface(), asked.parameters
    preset = parameters.text("query_preset")
    if preset in ("top_conversations", "conversations"):
        records, total = _conversations(asked, interface)
    elif preset:
        raise Refused(INVALID_ARGUMENTS, f"query_preset: {preset!r} is not known here")
    else:
        records, total = _flows(asked, interface)
    page = {"records": records, "currentPage": 1, "perPage": parameters.number("length", _LENGTH)}
    beside = {"recordsTotal": total, "recordsFiltered": total, "draw": parameters.number("draw")}
    return Answer(page, beside=beside)


def _conversations(asked: Asked, interface: Interface) -> tuple[list[dict[str, Any]], int]:
    begin, end = asked.parameters.span(asked.now)
    wanted = wanted_flows(asked, interface)
    if wanted == _plain(wanted, interface):
        window = windows.sums_window(begin, end, asked.now, [interface.pk])
        pairs = [(one.client, one.server, one.sums.bytes) for one in conversations(window, _MOST)]
    else:
        pairs = _pairs(wanted, asked)
    page = _page(asked).of_rows(pairs)
    hosts = hosts_of([address for pair in page for address in pair[:2]], [interface.pk])
    times = int(begin.timestamp()), int(end.timestamp())
    records = [conversation(*pair, hosts=hosts, times=times) for pair in page]
    return records, len(pairs)


def _page(asked: Asked) -> Slice:
    found = Slice.of(asked.parameters)
    return found if found.length else Slice(found.start, _LENGTH)


def _plain(wanted: FlowFilter, interface: Interface) -> FlowFilter:
    """Return the filter of the same time that narrows nothing but the interface."""
    return FlowFilter(since=wanted.since, until=wanted.until, interfaces=[interface.pk])


def _pairs(wanted: FlowFilter, asked: Asked) -> list[tuple[str, str, int]]:
    """Return client, server and bytes of the pairs of the chosen flows, greatest first."""
    sums: dict[tuple[str, str], int] = {}
    for rows in chosen_flows(wanted, asked.now):
        groups = rows.values("client", "server").annotate(
            moved=Sum(F("bytes_to_server") + F("bytes_to_client"))
        )
        for row in groups.order_by("-moved")[:_MOST]:
            pair = (row["client"], row["server"])
            sums[pair] = sums.get(pair, 0) + int(row["moved"])
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return [(*pair, moved) for pair, moved in ranked]


def _flows(asked: Asked, interface: Interface) -> tuple[list[dict[str, Any]], int]:
    page = _page(asked)
    wanted = wanted_flows(asked, interface)
    found, total = ended_flows(wanted, asked.now, start=page.start, size=page.length or _LENGTH)
    hosts = hosts_of([side for one in found for side in (one.client, one.server)], [interface.pk])
    return [flow_record(one, hosts) for one in found], total


def wanted_flows(asked: Asked, interface: Interface) -> FlowFilter:
    """Return the filter of the parameters: ``value;eq`` each; raises INVALID_ARGUMENTS."""
    parameters = asked.parameters
    begin, end = parameters.span(asked.now)
    found: dict[str, Any] = {}
    for name, (own, read) in _FILTERS.items():
        for one in parameters.conditions(name):
            if one.operator not in ("eq", "gte"):
                raise Refused(INVALID_ARGUMENTS, f"{name}: only eq is known here")
            if own in found:
                raise Refused(INVALID_ARGUMENTS, f"{name}: there may be one only")
            found[own] = read(Parameters({name: one.value}), name)
    return FlowFilter(since=begin, until=end, interfaces=[interface.pk], **found)


def _address(parameters: Parameters, name: str) -> str:
    return parameters.host(name)[0]


def _port(parameters: Parameters, name: str) -> int:
    return parameters.number(name, most=65_535)


def _number(parameters: Parameters, name: str) -> int:
    return parameters.number(name, most=32_767)


def _applications(parameters: Parameters, name: str) -> list[int]:
    return applications_named(parameters.text(name))


_FILTERS: Final[dict[str, tuple[str, Any]]] = {
    "ip": ("host", _address),
    "cli_ip": ("host", _address),
    "srv_ip": ("peer", _address),
    "port": ("port", _port),
    "srv_port": ("port", _port),
    "cli_port": ("port", _port),
    "vlan_id": ("vlan", _number),
    "l4proto": ("l4", _number),
    "score": ("min_score", _number),
    "l7proto": ("applications", _applications),
}


def host_top(asked: Asked) -> list[dict[str, Any]]:
    """Return a host's applications by bytes; interface and host are in ``ts_query``."""
    tags, (begin, end) = Tags.of(asked.parameters.text("ts_query")), _top_span(asked)
    interface = asked.interface_of(tags["ifid"] or asked.parameters.text("ifid"))
    host, vlan = Parameters({"host": tags["host"], "vlan": tags["vlan"]}).host()
    wanted = FlowFilter(since=begin, until=end, interfaces=[interface.pk], host=host, vlan=vlan)
    found = by_application(host, wanted, asked.now)
    sums = [Sums(one.name, one.sent, one.received, 0, one.flows, 0) for one in found]
    query = f"ifid:{interface.pk},host:{host}"
    whole = sum(one.bytes for one in sums) or 1
    return [top_application(one, "host:ndpi", query, whole) for one in sums]


def interface_top(asked: Asked) -> list[dict[str, Any]]:
    """Return an interface's applications by bytes, from the roll-ups."""
    tags, (begin, end) = Tags.of(asked.parameters.text("ts_query")), _top_span(asked)
    interface = asked.interface_of(asked.parameters.text("ifid") or tags["ifid"])
    window = windows.sums_window(begin, end, asked.now, [interface.pk])
    sums = top("application", window, 50)
    whole = sum(one.bytes for one in sums) or 1
    return [top_application(one, "iface:ndpi", f"ifid:{interface.pk}", whole) for one in sums]


def _top_span(asked: Asked) -> Any:
    if asked.parameters.text("detail_view", "top_protocols") != "top_protocols":
        raise Refused(INVALID_ARGUMENTS, "detail_view: only top_protocols is known here")
    return asked.parameters.span(asked.now)


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/db/flows": reads(queried, VIEW),
    "get/db/topk_flows": reads(top_k, VIEW),
    "get/db/historical_db_search": reads(searched, VIEW),
    "get/host/top/ts_stats": reads(host_top, VIEW),
    "get/interface/top_ts_stats": reads(interface_top, VIEW),
}
