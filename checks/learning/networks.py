"""From the host frame to local networks, in the ingest pass: sums over their hosts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from checks.derived import NETWORK
from monitoring.enrichment.networks import Networks


def network_frame(hosts: pl.DataFrame, networks: Networks, names: Sequence[str]) -> pl.DataFrame:
    """Return NETWORK of an enriched host frame: a row per interface, local network and interval.

    The sum of the hosts' highest seconds is at least the network's own highest second.
    """
    inside = hosts.filter("is_local")
    label = networks.find(inside["host_high"].to_numpy(), inside["host_low"].to_numpy())
    found = (
        inside.with_columns(pl.Series("label", label, dtype=pl.Int32))
        .filter(pl.col("label") > 0)
        .group_by("interface_id", "time", "label")
        .agg(
            pl.len().alias("hosts"),
            pl.col("new_flows_received_per_second", "syn_received_per_second").cast(pl.Int64).sum(),
            pl.col("syn_received", "syn_ack_sent", "score").cast(pl.Int64).sum(),
        )
    )
    labels = dict(enumerate(names, 1))
    named = pl.col("label").replace_strict(labels, default="", return_dtype=pl.String)
    return found.with_columns(named.alias("name")).select(
        pl.col(name).cast(dtype) for name, dtype in NETWORK.items()
    )
