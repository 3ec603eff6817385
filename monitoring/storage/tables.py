"""The tables of flows and traffic: columns, indexes, the time they are cut by and kept for.

A column's SQL type is also what :mod:`monitoring.ingest.rows` encodes for COPY. Order matters on
disk only: eight-byte columns first, so that rows carry no padding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

#: Columns of ``flow``; see :class:`monitoring.models.Flow`.
FLOW: Final[dict[str, str]] = {
    "time": "timestamptz",
    "flow_id": "bigint",
    "first_seen": "timestamptz",
    "interval_start": "timestamptz",
    "client_mac": "bigint",
    "server_mac": "bigint",
    "bytes_to_server": "bigint",
    "bytes_to_client": "bigint",
    "packets_to_server": "bigint",
    "packets_to_client": "bigint",
    "payload_to_server": "bigint",
    "payload_to_client": "bigint",
    "bytes_to_server_delta": "bigint",
    "bytes_to_client_delta": "bigint",
    "packets_to_server_delta": "bigint",
    "packets_to_client_delta": "bigint",
    "risk": "bigint",
    "interface_id": "integer",
    "client_port": "integer",
    "server_port": "integer",
    "retransmissions_to_server": "integer",
    "retransmissions_to_client": "integer",
    "out_of_order_to_server": "integer",
    "out_of_order_to_client": "integer",
    "zero_window_to_server": "integer",
    "zero_window_to_client": "integer",
    "client_pool": "integer",
    "server_pool": "integer",
    "event": "smallint",
    "l4": "smallint",
    "vlan": "smallint",
    "tunnel": "smallint",
    "tcp_flags_to_server": "smallint",
    "tcp_flags_to_client": "smallint",
    "connection_state": "smallint",
    "application_id": "smallint",
    "category_id": "smallint",
    "breed": "smallint",
    "confidence": "smallint",
    "direction": "smallint",
    "score": "smallint",
    "client": "inet",
    "server": "inet",
    "rtt_client_ms": "real",
    "rtt_server_ms": "real",
    "client_country": "varchar(2)",
    "server_country": "varchar(2)",
    "checks": "smallint[]",
}
#: Columns of ``flow`` that may be null.
NULLABLE: Final = frozenset({"rtt_client_ms", "rtt_server_ms", "detail"})

_DETAIL: Final = {"time": "timestamptz", "flow_id": "bigint", "detail": "jsonb"}

_TRAFFIC: Final = {
    "bucket": "timestamptz",
    "interface_id": "integer",
    "dimension": "varchar(20)",
    "key": "text",
    "bytes_sent": "bigint",
    "bytes_received": "bigint",
    "packets_sent": "bigint",
    "packets_received": "bigint",
    "flows": "bigint",
    "score": "bigint",
    "alerts": "bigint",
}


@dataclass(frozen=True)
class Table:
    """A table cut by ``time`` into parts of ``span``; ``kept`` is its key of RETENTION_DAYS."""

    name: str
    columns: dict[str, str]
    time: str
    span: timedelta
    kept: str
    primary_key: tuple[str, ...] = ()
    indexes: dict[str, str] = field(default_factory=dict)
    #: Options of the columnstore (segmentby); None for rows that are still changed.
    segment_by: str | None = None
    #: Storage parameters of each partition.
    options: str = ""

    @property
    def retention(self) -> timedelta:
        """How long its rows are kept."""
        return timedelta(days=settings.RETENTION_DAYS[self.kept])

    @property
    def definition(self) -> str:
        """The columns and the key as CREATE TABLE has them."""
        return define(self.columns, self.primary_key)

    def floor(self, moment: datetime) -> datetime:
        """Return the start of the part that a moment lies in."""
        return _EPOCH + (moment - _EPOCH) // self.span * self.span


def define(columns: dict[str, str], primary_key: tuple[str, ...]) -> str:
    """Return the columns and the key as CREATE TABLE has them."""
    lines = [
        f"{name} {sql}{'' if name in NULLABLE else ' NOT NULL'}" for name, sql in columns.items()
    ]
    key = [f"PRIMARY KEY ({', '.join(primary_key)})"] if primary_key else []
    return ", ".join([*lines, *key])


def _traffic(resolution: str, span: timedelta) -> Table:
    return Table(
        name=f"traffic_{resolution}",
        columns=_TRAFFIC,
        time="bucket",
        span=span,
        kept=f"traffic_{resolution}",
        primary_key=("dimension", "bucket", "interface_id", "key"),
        # Sums are updated in place while their bucket fills; room for it on the page (HOT).
        options="fillfactor = 70",
    )


#: Pages and the REST API read flows by time, by either end, by application and by number.
FLOWS: Final = Table(
    name="flow",
    columns=FLOW,
    time="time",
    span=timedelta(days=1),
    kept="flow",
    indexes={
        "flow_time": "(time, flow_id)",
        "flow_client": "(client, time)",
        "flow_server": "(server, time)",
        "flow_application": "(application_id, time)",
        "flow_number": "(flow_id)",
    },
    segment_by="interface_id",
)
DETAILS: Final = Table(
    name="flow_detail",
    columns=_DETAIL,
    time="time",
    span=timedelta(days=1),
    kept="flow",
    indexes={"flow_detail_number": "(flow_id, time)"},
    segment_by="",
)
TRAFFIC: Final = {
    "10s": _traffic("10s", timedelta(hours=6)),
    "1m": _traffic("1m", timedelta(days=1)),
    "1h": _traffic("1h", timedelta(days=30)),
    "1d": _traffic("1d", timedelta(days=365)),
}
#: Every table that is cut by time.
TABLES: Final = (FLOWS, DETAILS, *TRAFFIC.values())

#: The latest row of each active flow: rows come and go, so vacuum often.
LIVE: Final = (
    f"CREATE TABLE flow_live ({define({**FLOW, 'detail': 'jsonb'}, ('flow_id',))})"
    " WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = -1)",
    "CREATE INDEX flow_live_time ON flow_live (time, flow_id)",
    "CREATE INDEX flow_live_interface ON flow_live (interface_id)",
)
#: Sums that wait to be folded: one row a batch, an Arrow table (:mod:`monitoring.rollup`).
PARTS: Final = (
    "CREATE TABLE traffic_part (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " arrow bytea NOT NULL)"
    " WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)",
    "ALTER TABLE traffic_part ALTER COLUMN arrow SET STORAGE EXTERNAL",
)
