"""The picked rows with what an alert shows of them: who, when, and the flow as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl

from checks.addresses import texts
from checks.runner import Evaluation

#: So many flows a finding keeps as a snapshot; partitions of flows vanish, alerts stay.
MOST: Final = 5

_SHOWN: Final = (
    "flow_id",
    "first_seen",
    "last_seen",
    "client",
    "client_port",
    "server",
    "server_port",
    "l4",
    "vlan",
    "application",
    "server_name",
    "bytes_to_server",
    "bytes_to_client",
    "packets_to_server",
    "packets_to_client",
    "score",
    "issues",
)
_READ: Final = frozenset(
    {
        *(*_SHOWN, "interface_id", "event"),
        *(f"{side}_{half}" for side in ("client", "server") for half in ("high", "low")),
    }
)
_NO_TEXT: Final = pl.lit(None, dtype=pl.String)


def rows(
    frame: str, table: pl.DataFrame, evaluation: Evaluation, now: datetime | None
) -> pl.DataFrame:
    """Return the findings, each beside its row's entity, times, addresses and sample."""
    found = evaluation.findings
    picked, place = np.unique(found["row"].to_numpy(), return_inverse=True)
    if frame == "flow":
        read = [name for name in table.columns if name in _READ]
        subjects = _flow_subjects(table.select(read)[picked], evaluation, picked)
    else:
        subjects = _subjects(table[picked], now)
    beside = subjects[place]
    return found.hstack(beside).with_columns(
        _role("attacker"), _role("victim"), *_place_host(frame, table)
    )


def _subjects(table: pl.DataFrame, now: datetime | None) -> pl.DataFrame:
    subject, host = _subject(table), pl.col("address") if "address" in table.columns else _NO_TEXT
    vlan = pl.col("vlan").cast(pl.Int32) if "vlan" in table.columns else pl.lit(0)
    time = pl.col("time") if "time" in table.columns else pl.lit(now).cast(pl.Datetime("us", "UTC"))
    entity = pl.when(vlan > 0).then(pl.format("{}@{}", subject, vlan)).otherwise(subject)
    return table.select(
        pl.col("interface_id"),
        entity.alias("entity"),
        vlan.alias("vlan"),
        pl.when(host != "").then(host).alias("host"),
        time.alias("first_seen"),
        time.alias("last_seen"),
        *(_if_there(side, pl.String, table) for side in ("client", "server")),
        *(_if_there(f"{side}_port", pl.Int32, table) for side in ("client", "server")),
        _NO_TEXT.alias("sample"),
        pl.lit(None, dtype=pl.Int64).alias("flow_id"),
        pl.lit(False).alias("is_end"),
    )


def _subject(table: pl.DataFrame) -> pl.Expr:
    """Return whom a row is about: an address, where it has none a name, else the interface."""
    words = [pl.col(name) for name in ("address", "name") if name in table.columns]
    said = [pl.when(word != "").then(word) for word in words]
    return pl.coalesce(*said, pl.format("interface {}", "interface_id"))


def _if_there(name: str, dtype: type[pl.DataType], table: pl.DataFrame) -> pl.Expr:
    """Return a column of a frame that has it, else nothing."""
    return (pl.col(name) if name in table.columns else pl.lit(None)).cast(dtype).alias(name)


def _flow_subjects(
    table: pl.DataFrame, evaluation: Evaluation, picked: np.ndarray[Any, np.dtype[Any]]
) -> pl.DataFrame:
    sided = table.with_columns(
        texts(table[f"{side}_high"], table[f"{side}_low"]).alias(side)
        for side in ("client", "server")
        if side not in table.columns
    )
    times = pl.col("first_seen", "last_seen").dt.to_string("iso:strict").name.prefix("shown_")
    return sided.with_columns(
        pl.format("{} → {}", _endpoint("client"), _endpoint("server")).alias("entity"),
        (pl.col("event").cast(pl.String) == "end").alias("is_end"),
        times,
        evaluation.scores[picked].alias("score"),
        _issues(evaluation.findings),
    ).select(
        *("interface_id", "entity", "vlan", "first_seen", "last_seen"),
        *("client", "server", "client_port", "server_port", "flow_id", "is_end"),
        _NO_TEXT.alias("host"),
        _sample().alias("sample"),
    )


def _sample() -> pl.Expr:
    """Return a flow as JSON."""
    shown = {name: pl.col(f"shown_{name}").alias(name) for name in ("first_seen", "last_seen")}
    return pl.struct(shown.get(name, pl.col(name)) for name in _SHOWN).struct.json_encode()


def _issues(findings: pl.DataFrame) -> pl.Series:
    """Return the issues of each picked row, in the order of rows, the highest scored first."""
    ordered = findings.select("row", "check", "score").sort(
        "row", "score", descending=[False, True], maintain_order=True
    )
    issues = ordered.group_by("row", maintain_order=True).agg(
        pl.struct("check", "score").alias("issues")
    )
    return issues["issues"]


def _endpoint(side: str) -> pl.Expr:
    """Return address and port, as "[2001:db8::1]:443"; the address alone without ports."""
    address, port = pl.col(side), pl.col(f"{side}_port")
    bracketed = pl.when(address.str.contains(":", literal=True)).then(pl.format("[{}]", address))
    with_port = pl.format("{}:{}", bracketed.otherwise(address), port)
    return pl.when(port > 0).then(with_port).otherwise(address)


def _role(role: str) -> pl.Expr:
    """Return the address of who has the role."""
    who = pl.col(role)
    sides = pl.when(who == "client").then("client").when(who == "server").then("server")
    return sides.when(who == "host").then("host").alias(role)


def _place_host(frame: str, table: pl.DataFrame) -> list[pl.Expr]:
    """Return where a host stands: as server where it is the victim, else as client."""
    if frame == "flow" or "client" in table.columns:
        return []
    is_victim = pl.col("victim") == "host"
    return [
        pl.when(~is_victim).then("host").alias("client"),
        pl.when(is_victim).then("host").alias("server"),
    ]
