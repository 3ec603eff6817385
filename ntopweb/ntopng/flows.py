"""Active flows."""

from __future__ import annotations

from typing import Any, Final

from monitoring.history.flows import FlowFilter, active_flows
from monitoring.history.names import applications_named
from monitoring.models import Interface
from monitoring.protocols import l4_number
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from ntopweb.ntopng.maps.flow import flow_line
from ntopweb.ntopng.paging import Numbered

#: ntopng's columns to order by, and ours.
_COLUMNS: Final = {
    "bytes": "bytes",
    "thpt": "bytes",
    "last_seen": "last_seen",
    "first_seen": "first_seen",
    "duration": "first_seen",
    "score": "score",
}


def active(asked: Asked) -> dict[str, Any]:
    """Return a page of the active flows, of one host if asked for."""
    interface = asked.interface()
    page = Numbered.of(asked.parameters)
    column = page.column if page.column in _COLUMNS else "first_seen"
    ordering = ("-" if page.descending else "") + _COLUMNS[column]
    found, total = active_flows(
        _wanted(interface, asked), asked.now, ordering=ordering, start=page.start, size=page.size
    )
    verbose = asked.parameters.flag("verbose")
    return page.answer([flow_line(flow, verbose=verbose) for flow in found], total, column)


def _wanted(interface: Interface, asked: Asked) -> FlowFilter:
    parameters = asked.parameters
    host, tagged = parameters.host() if "host" in parameters else ("", None)
    vlan = parameters.number("vlan", most=4095) if "vlan" in parameters else tagged
    application = parameters.text("application")
    return FlowFilter(
        interfaces=[interface.pk],
        host=host,
        vlan=vlan,
        l4=_l4(parameters.text("l4proto")),
        applications=applications_named(application) if application else None,
    )


def _l4(text: str) -> int | None:
    try:
        return l4_number(text) if text else None
    except ValueError as error:
        raise Refused(INVALID_ARGUMENTS, f"l4proto: {error}") from error


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/flow/active": reads(active, "monitoring.view_flow"),
}
