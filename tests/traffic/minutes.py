"""The derived frames of a capture, made by the product's own functions, without a database.

Nothing was learned before the capture: learning begins with its first packet, as on a new
interface, and who first has an address owns it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from checks.derived import BINDING, CONTACT, MESSAGE, RHYTHM
from checks.learning import contacts, industry, segments, windows
from checks.learning.rhythms import STARTS, rhythms
from monitoring.enrichment.networks import Networks

Frame = tuple[str, pl.DataFrame]


def of_flows(flows: pl.DataFrame, networks: Networks, names: Sequence[str]) -> Iterator[Frame]:
    """Yield the frames of an enriched table of flows."""
    rows = windows.prepare(flows)
    yield "host_window", windows.host_windows(rows)
    yield "pair_window", windows.pair_windows(rows)
    yield "name_window", windows.name_windows(rows)
    yield "network_window", windows.network_windows(rows, networks, list(names))
    yield "gateway", contacts.gateways(rows)
    yield "contact", _learned(contacts.contacts(rows), CONTACT)
    yield "rhythm", _rhythm(rows)


def of_industry(rows: pl.DataFrame, networks: Networks) -> Iterator[Frame]:
    """Yield the frame of an enriched table of industrial messages."""
    yield "message", _learned(industry.messages(rows, networks), MESSAGE)


def _learned(things: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return things with what is known of them: when each was first seen since the first one."""
    spans = {
        "learned_after": pl.col("began") - pl.col("began").min(),
        "known_for": pl.col("time") - pl.col("began"),
    }
    seconds = {name: span.dt.total_microseconds() / 1e6 for name, span in spans.items()}
    told = things.with_columns(pl.lit("").alias("verdict"), **seconds)
    return told.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _rhythm(rows: pl.DataFrame) -> pl.DataFrame:
    outward = rows.filter((pl.col("event") == "end") & (pl.col("direction") == "local_to_remote"))
    place = ("interface_id", "client", "server", "vlan", "server_port", "l4", "application")
    starts = (
        outward.sort("first_seen")
        .group_by(place, maintain_order=True)
        .agg(
            pl.col("last_seen").max().alias("time"),
            (pl.col("first_seen").dt.timestamp("us") / 1e6).alias("starts"),
            pl.col("bytes_to_server").cast(pl.Float64).alias("sizes"),
        )
    )
    pairs = starts.select(pl.col(name).cast(dtype) for name, dtype in STARTS.items())
    nothing = {"learned_period": 0.0, "learned_after": 0.0, "known_for": 0.0}
    told = rhythms(pairs).with_columns(pl.lit("").alias("verdict"), **_literals(nothing))
    return told.select(pl.col(name).cast(dtype) for name, dtype in RHYTHM.items())


def _literals(values: dict[str, float]) -> dict[str, pl.Expr]:
    return {name: pl.lit(value) for name, value in values.items()}


def of_segments(l2: pl.DataFrame, local: Networks) -> Iterator[Frame]:
    """Yield the frames of an enriched table of ARP and DHCP."""
    rows = segments.prepare(l2)
    yield "segment", segments.segments(rows, local)
    yield "arp_window", segments.arp_windows(rows)
    claims = segments.claims(rows).with_columns(pl.lit("").alias("learned_value"))
    owned = segments.with_owners(claims)
    yield "binding", owned.select(pl.col(name).cast(dtype) for name, dtype in BINDING.items())
