"""The time series that there are, by ntopng's names, and which of our sums each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Schema:
    """A time series of several metrics.

    ``metrics`` are ntopng's names and the measure that each is, of the roll-up ``dimension`` (all
    of it, or the key that the tag ``key`` names), or of a host's flows where that is "flows".
    ``share`` is the part of the measure that each metric has. A counter is told per second, and
    has a total; a gauge is told as it is.
    """

    id: str
    label: str
    unit: str
    dimension: str
    metrics: Mapping[str, str]
    key: str = ""
    is_counter: bool = True
    share: float = 1.0
    priority: int = 0

    def described(self, name: str) -> dict[str, Any]:
        """Return the schema as ``get/timeseries/type/consts`` lists it."""
        return {
            "schema": name,
            "id": self.id,
            "label": self.label,
            "measure_unit": self.unit,
            "scale": self.label,
            "priority": self.priority,
            "default_visible": self.priority == 0,
            "timeseries": {metric: _described(metric) for metric in self.metrics},
        }


_COLOURS: Final = {"bytes_sent": "#c6d9fd", "bytes_rcvd": "#90ee90"}


def _described(metric: str) -> dict[str, Any]:
    found = {
        "label": metric.replace("_", " ").capitalize(),
        "color": _COLOURS.get(metric, "#8884d8"),
    }
    return {**found, "invert_direction": True} if metric == "bytes_rcvd" else found


_BOTH: Final = {"bytes_sent": "bytes_sent", "bytes_rcvd": "bytes_received"}

SCHEMAS: Final[dict[str, Schema]] = {
    "iface:traffic_rxtx": Schema("iface", "Traffic", "bps", "category", _BOTH),
    "iface:traffic": Schema("iface", "Traffic, both ways", "bps", "total", {"bytes": "bytes"}),
    "iface:packets": Schema("iface", "Packets", "pps", "total", {"packets": "packets"}, priority=1),
    "iface:flows": Schema(
        "iface", "New flows", "number", "total", {"num_flows": "flows"}, is_counter=False
    ),
    "iface:hosts": Schema(
        "iface", "Active hosts", "number", "host", {"num_hosts": "keys"}, is_counter=False
    ),
    "iface:score": Schema(
        "iface",
        "Score",
        "number",
        "l4",
        {"cli_score": "score", "srv_score": "score"},
        is_counter=False,
        share=0.5,
    ),
    "iface:ndpi": Schema("iface", "Application", "bps", "application", _BOTH, key="protocol"),
    "iface:ndpi_categories": Schema("iface", "Category", "bps", "category", _BOTH, key="category"),
    "iface:l4protos": Schema("iface", "IP protocol", "bps", "l4", _BOTH, key="l4proto"),
    "country:traffic": Schema("country", "Traffic", "bps", "country", _BOTH, key="country"),
    "host:traffic": Schema("host", "Traffic", "bps", "host", _BOTH, key="host"),
    "host:packets": Schema(
        "host",
        "Packets",
        "pps",
        "host",
        {"packets_sent": "packets_sent", "packets_rcvd": "packets_received"},
        key="host",
        priority=1,
    ),
    "host:score": Schema(
        "host",
        "Score",
        "number",
        "flows",
        {"score_as_cli": "score_as_client", "score_as_srv": "score_as_server"},
        key="host",
        is_counter=False,
    ),
    "host:ndpi": Schema("host", "Application", "bps", "flows", _BOTH, key="host"),
}


@dataclass(frozen=True)
class Tags:
    """What a query names, as ``ifid:3,host:10.0.0.7``."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Tags:
        """Return the tags; each is split at its first colon, so that IPv6 addresses are whole."""
        pairs = (part.strip().partition(":") for part in text.split(",") if part.strip())
        return cls({name.strip(): value.strip() for name, _, value in pairs})

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")
