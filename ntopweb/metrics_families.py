"""The metrics that there are: name, kind, labels and what they say. docs/metrics.md lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

COUNTER: Final = "counter"
GAUGE: Final = "gauge"
Samples = Iterable[tuple[Sequence[str], float]]


@dataclass(frozen=True)
class Family:
    """A metric; the name of a counter ends in ``_total``."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str

    def of(self, samples: Samples) -> Metric:
        """Return it with these values, each under the values of its labels."""
        kind = CounterMetricFamily if self.kind == COUNTER else GaugeMetricFamily
        found = kind(self.name, self.help, labels=self.labels)
        for labels, value in samples:
            found.add_metric(list(labels), value)
        return found


_WHERE: Final = ("agent", "interface", "frame")
_ROWS: Final = {
    "batches": "Batches accepted.",
    "rows": "Rows received: stored and refused ones.",
    "stored_rows": "Rows stored.",
    "refused_rows": "Rows refused; by reason in ntopweb_ingest_refused_by_reason_total.",
    "repeated_batches": "Batches that came again and were counted only.",
    "findings": "Findings of the ingest pass.",
    "seconds": "Time that the ingest pass took.",
}
INGEST: Final = {
    name: Family(f"ntopweb_ingest_{name}_total", COUNTER, _WHERE, words)
    for name, words in _ROWS.items()
}
REFUSED: Final = Family(
    "ntopweb_ingest_refused_by_reason_total", COUNTER, ("reason",), "Rows refused, by reason."
)
RECORDS: Final = Family(
    "ntopweb_agent_records_total",
    COUNTER,
    ("agent", "state"),
    "Packets or records that an agent's sources received, parsed and refused since it started.",
)
DROPPED: Final = Family(
    "ntopweb_agent_dropped_total",
    COUNTER,
    ("agent", "kind"),
    "What an agent lost since it started: kernel_drops, spool_drops, rejected_batches, "
    "flow_table_evictions.",
)
INTERFACE: Final = Family(
    "ntopweb_interface_dropped_total",
    COUNTER,
    ("agent", "interface", "kind"),
    "What was lost on an interface since its agent started.",
)
SEEN: Final = Family(
    "ntopweb_agent_last_seen_timestamp_seconds", GAUGE, ("agent",), "When an agent last called."
)
ENTRIES: Final = Family(
    "ntopweb_queue_entries",
    GAUGE,
    ("queue",),
    "What waits: batches for scripts, findings for the lifecycle, events of alerts for the "
    "decision, deliveries, traffic_parts to be folded.",
)
AGE: Final = Family(
    "ntopweb_queue_oldest_age_seconds", GAUGE, ("queue",), "How long the oldest of these waits."
)
TASKS: Final = Family(
    "ntopweb_celery_queue_tasks", GAUGE, ("queue",), "Tasks that wait for a worker of Celery."
)
CHECK_COST: Final = Family(
    "ntopweb_check_cost_seconds_per_row",
    GAUGE,
    ("check", "frame"),
    "Time that a check takes per row, in the last batch that was measured.",
)
CHECK_SHARE: Final = Family(
    "ntopweb_check_cost_ratio", GAUGE, ("check", "frame"), "Its share of its frame's checks."
)
LUA: Final = {
    name: Family(f"ntopweb_lua_script_{name}", GAUGE, ("script",), words)
    for name, words in {
        "cpu_seconds_per_hour": "Time of a core that a script took in the last hour.",
        "rows_per_hour": "Flows or hosts that a script saw in the last hour.",
        "hits_per_hour": "Alerts that a script triggered in the last hour.",
        "errors_per_hour": "Rows at which a script failed in the last hour.",
        "quarantined": "1 for a script that was stopped for taking too long or too much.",
    }.items()
}
DELIVERIES: Final = Family(
    "ntopweb_deliveries",
    GAUGE,
    ("endpoint", "state"),
    "Messages on record, by state; a minute old at most.",
)
ENDPOINT: Final = Family(
    "ntopweb_endpoint_enabled", GAUGE, ("endpoint",), "0 for an endpoint that is switched off."
)
CLIENTS: Final = Family(
    "ntopweb_websocket_clients", GAUGE, (), "Open WebSockets of all web processes."
)
WS_DROPPED: Final = Family(
    "ntopweb_websocket_dropped_total",
    COUNTER,
    ("reason",),
    "WebSockets closed by the server: too_slow, or not_allowed any more.",
)
ALERTS: Final = Family(
    "ntopweb_alerts_engaged", GAUGE, ("severity",), "Alerts that are engaged now."
)
SCRAPE: Final = Family(
    "ntopweb_metrics_collect_seconds", GAUGE, (), "How long it took to collect all of this."
)

FAMILIES: Final = (
    *INGEST.values(),
    *(REFUSED, RECORDS, DROPPED, INTERFACE, SEEN, ENTRIES, AGE, TASKS, CHECK_COST, CHECK_SHARE),
    *LUA.values(),
    *(DELIVERIES, ENDPOINT, CLIENTS, WS_DROPPED, ALERTS, SCRAPE),
)
