"""What scripts said as findings: the same table that built-in checks make."""

from __future__ import annotations

from collections.abc import Iterable
from json import dumps
from typing import Final, NamedTuple

import polars as pl

from checks.addresses import texts
from checks.lua.sandbox import Hit
from checks.runner import FINDINGS, Evaluation
from checks.totals import spread

#: ntopng's keys of the two.
FLOW_CHECK: Final = "custom_lua_script"
HOST_CHECK: Final = "custom_host_lua_script"
#: A flow's alert is over when no flow of the same ends was picked for so long (seconds).
FLOW_COOLDOWN: Final = 300.0
#: A host's alert is over when its script says so; this is for a host that is seen no more.
HOST_COOLDOWN: Final = 86_400.0

_ROWS: Final = pl.Schema(
    {"script": pl.Int64, "name": pl.String, "row": pl.UInt32, "score": pl.Int16, "text": pl.String}
)


class Said(NamedTuple):
    """A script by number and name, and the rows it picked."""

    script: int
    name: str
    hits: list[Hit]


def of_flows(table: pl.DataFrame, said: Iterable[Said], check_id: int) -> Evaluation:
    """Return the findings of flow scripts over an enriched flow frame.

    The same script, client, server and server's port are the same finding.
    """
    rows = _rows(said)
    hits = table[rows["row"]]
    ends = rows.select("script").with_columns(
        texts(hits["client_high"], hits["client_low"]).alias("client"),
        texts(hits["server_high"], hits["server_low"]).alias("server"),
        hits["server_port"],
    )
    identity = ends.select(pl.format("{}|{}|{}|{}", "script", "client", "server", "server_port"))
    told = rows.with_columns(identity.to_series().alias("identity"))
    sides = {"attacker": "client", "victim": "server", "cooldown": FLOW_COOLDOWN}
    return _evaluation(told, table.height, FLOW_CHECK, check_id, sides)


def of_hosts(table: pl.DataFrame, said: Iterable[Said], check_id: int) -> Evaluation:
    """Return the findings of host scripts over a table of hosts (``address``, ``vlan``)."""
    rows = _rows(said)
    hits = table[rows["row"]].select("address", "vlan")
    ends = rows.select("script").with_columns(hits.get_columns())
    identity = ends.select(host_identity())
    told = rows.with_columns(identity.to_series().alias("identity"))
    sides = {"attacker": "host", "victim": "", "cooldown": HOST_COOLDOWN}
    return _evaluation(told, table.height, HOST_CHECK, check_id, sides)


def host_identity() -> pl.Expr:
    """Return what a host script's finding is known by: script, address and VLAN."""
    return pl.format("{}|{}|{}", "script", "address", "vlan").alias("identity")


def _rows(said: Iterable[Said]) -> pl.DataFrame:
    rows = [
        (entry.script, entry.name, hit.row, hit.score, hit.message)
        for entry in said
        for hit in entry.hits
    ]
    return pl.DataFrame(rows, schema=_ROWS, orient="row")


def _evaluation(
    rows: pl.DataFrame, height: int, check: str, check_id: int, facts: dict[str, object]
) -> Evaluation:
    findings = rows.with_columns(
        pl.lit(check).alias("check"),
        pl.lit(check_id).alias("check_id"),
        pl.lit(50).alias("client_share"),
        pl.format("{}: {}", "name", "text").alias("message"),
        pl.Series("values", [dumps({"script": name}) for name in rows["name"]], dtype=pl.String),
        *(pl.lit(value).alias(name) for name, value in facts.items()),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items())
    return Evaluation(findings, *_per_row(findings, height), [])


def _per_row(findings: pl.DataFrame, height: int) -> tuple[pl.Series, pl.Series]:
    """Return each row's score, the sum over its scripts, and its checks."""
    sums = findings.group_by("row").agg(pl.col("score").sum(), pl.col("check_id").unique())
    return spread(sums, height)
