"""Time series: ntopng 5.6's shape, which its published client reads, together with 6's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from monitoring.history.names import applications_named
from monitoring.history.points import Points, host_points, points
from monitoring.history.window import Window
from ntopweb.ntopng import windows
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from ntopweb.ntopng.maps.series import shaped
from ntopweb.ntopng.parameters import Parameters
from ntopweb.ntopng.schemas import SCHEMAS, Schema, Tags

VIEW: Final = "monitoring.view_traffic"
#: What is looked at unless times are given.
_SPAN: Final = 3600


def read(asked: Asked) -> dict[str, Any]:
    """Return the points of a schema; nothing at all for a schema that there is not."""
    name = asked.parameters.required("ts_schema")
    schema = SCHEMAS.get(name)
    if schema is None:
        return {}
    tags = Tags.of(asked.parameters.text("ts_query"))
    begin, end = asked.parameters.span(asked.now, _SPAN)
    limit = asked.parameters.number(
        "limit", windows.DEFAULT_POINTS, least=1, most=windows.MOST_POINTS
    )
    interface = asked.interface_of(tags["ifid"] or asked.parameters.text("ifid"))
    window = _whole(windows.series_window(begin, end, asked.now, [interface.pk], limit), asked.now)
    return shaped(name, schema, tags, _points(schema, tags, window), limit)


def _whole(window: Window, now: datetime) -> Window:
    """Return the window until the end of its last point, so that the newest traffic counts."""
    last = min(window.until, now).timestamp()
    until = ceil(last / window.step) * window.step
    return replace(window, until=datetime.fromtimestamp(until, UTC))


def _points(schema: Schema, tags: Tags, window: Window) -> Points:
    if schema.key and not tags[schema.key]:
        raise Refused(INVALID_ARGUMENTS, f"ts_query: {schema.key} is missing")
    if schema.key == "host":
        return _of_host(schema, tags, window)
    measures = sorted(set(schema.metrics.values()))
    return points(schema.dimension, window, measures, tags[schema.key] if schema.key else None)


def _of_host(schema: Schema, tags: Tags, window: Window) -> Points:
    address, vlan = Parameters({"host": tags["host"], "vlan": tags["vlan"]}).host()
    if schema.dimension == "flows":
        wanted = applications_named(tags["protocol"]) if tags["protocol"] else None
        return host_points(address, window, vlan, wanted)
    key = f"{address}@{vlan}" if vlan else address
    return points("host", window, sorted(set(schema.metrics.values())), key)


def types(asked: Asked) -> list[dict[str, Any]]:
    """Return the schemas, those of ``query`` alone where it is given."""
    wanted = asked.parameters.text("query")
    return [
        schema.described(name)
        for name, schema in SCHEMAS.items()
        if not wanted or schema.id == wanted
    ]


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/timeseries/ts": reads(read, VIEW),
    "get/timeseries/type/consts": reads(types, VIEW),
}
