"""The tables that migrations do not describe: their columns, indexes and the span of a partition.

A row of ``flow`` has a fixed width but for its addresses (4 or 16 bytes), its round trips (may be NULL) and its
checks: :mod:`monitoring.storage.binary` depends on that. Enumerations are positions in the wire schema's Enum.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

#: The columns of ``flow`` after its time, in the order in which they are written.
FLOW: Final = {
    "time": "timestamptz",
    "flow_id": "bigint",
    "interface_id": "integer",
    "event": "smallint",
    "first_seen": "timestamptz",
    "interval_start": "timestamptz",
    "client": "inet",
    "server": "inet",
    "client_port": "integer",
    "server_port": "integer",
    "l4": "smallint",
    "vlan": "smallint",
    "tunnel": "smallint",
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
    "tcp_flags_to_server": "smallint",
    "tcp_flags_to_client": "smallint",
    "connection_state": "smallint",
    "retransmissions_to_server": "integer",
    "retransmissions_to_client": "integer",
    "out_of_order_to_server": "integer",
    "out_of_order_to_client": "integer",
    "zero_window_to_server": "integer",
    "zero_window_to_client": "integer",
    "rtt_client_ms": "real",
    "rtt_server_ms": "real",
    "application_id": "smallint",
    "category_id": "smallint",
    "breed": "smallint",
    "confidence": "smallint",
    "risk": "bigint",
    "direction": "smallint",
    "client_country": "char(2)",
    "server_country": "char(2)",
    "client_pool": "integer",
    "server_pool": "integer",
    "score": "smallint",
    "checks": "smallint[]",
}
NULLABLE: Final = ("rtt_client_ms", "rtt_server_ms")

DETAIL: Final = {"time": "timestamptz", "flow_id": "bigint", "detail": "jsonb"}

#: What is summed in every roll-up.
SUMS: Final = (
    *("bytes_sent", "bytes_received", "packets_sent", "packets_received"),
    *("flows", "score", "alerts"),
)
TRAFFIC: Final = {
    "bucket": "timestamptz",
    "interface_id": "integer",
    "dimension": "text",
    "key": "text",
    **dict.fromkeys(SUMS, "bigint"),
}
#: Seconds of a bucket.
RESOLUTIONS: Final = {"traffic_10s": 10, "traffic_1m": 60, "traffic_1h": 3600, "traffic_1d": 86_400}


@dataclass(frozen=True)
class Partitioned:
    """A table split by time: its columns, the column that splits it and the span of one part."""

    name: str
    columns: dict[str, str]
    by: str
    span: timedelta
    unique: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    segment_by: str = "interface_id"  # of TimescaleDB's columnstore

    @property
    def definition(self) -> str:
        """The columns as SQL."""
        return ", ".join(
            f"{name} {kind}{'' if name in NULLABLE else ' NOT NULL'}"
            for name, kind in self.columns.items()
        )


_KEY = ("bucket", "interface_id", "dimension", "key")
PARTITIONED: Final = (
    Partitioned(
        "flow",
        FLOW,
        "time",
        timedelta(days=1),
        indexes=(
            "brin (time) WITH (pages_per_range = 32)",
            "btree (time DESC, flow_id DESC) WHERE event = 3",
            "btree (flow_id)",
            "btree (client, time DESC)",
            "btree (server, time DESC)",
        ),
    ),
    Partitioned(
        "flow_detail",
        DETAIL,
        "time",
        timedelta(days=1),
        indexes=("btree (flow_id)",),
        segment_by="",
    ),
    *(
        Partitioned(name, TRAFFIC, "bucket", span, unique=_KEY)
        for name, span in (
            ("traffic_10s", timedelta(hours=6)),
            ("traffic_1m", timedelta(days=1)),
            ("traffic_1h", timedelta(days=30)),
            ("traffic_1d", timedelta(days=360)),
        )
    ),
)

_FLOW_LIVE = ", ".join(
    f"{name} {kind}{'' if name in NULLABLE else ' NOT NULL'}" for name, kind in FLOW.items()
)
#: The tables that are not split. Parts carry the transaction that wrote them: see :mod:`monitoring.rollup`.
PLAIN: Final = (
    f"CREATE TABLE flow_live ({_FLOW_LIVE}, detail jsonb, PRIMARY KEY (flow_id))"
    " WITH (fillfactor = 70)",
    "CREATE INDEX flow_live_time ON flow_live (time DESC, flow_id DESC)",
    "CREATE TABLE traffic_part (transaction xid8 NOT NULL DEFAULT pg_current_xact_id(), "
    + ", ".join(f"{name} {kind} NOT NULL" for name, kind in TRAFFIC.items())
    + ")",
    "CREATE INDEX traffic_part_transaction ON traffic_part (transaction)",
)
