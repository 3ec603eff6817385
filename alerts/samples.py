"""The picked rows with what an alert shows of them: who, when, and the flow as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Final

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
_NO_TEXT: Final = pl.lit(None, dtype=pl.String)


def rows(
    frame: str, table: pl.DataFrame, evaluation: Evaluation, now: datetime | None
) -> pl.DataFrame:
    """Return the findings, each beside its row's entity, times, addresses and sample."""
    picked = evaluation.findings["row"].unique().sort()
    subjects = _subjects(frame, table[picked], now).with_columns(picked)
    if frame == "flow" and picked.len():
        subjects = subjects.with_columns(_flows(subjects, evaluation).alias("sample"))
    found = evaluation.findings.join(subjects, on="row", how="left", maintain_order="left")
    return found.with_columns(_role("attacker"), _role("victim"), *_place_host(frame, table))


def _subjects(frame: str, table: pl.DataFrame, now: datetime | None) -> pl.DataFrame:
    if frame == "flow":
        return _flow_subjects(table)
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


def _flow_subjects(table: pl.DataFrame) -> pl.DataFrame:
    sided = table.with_columns(
        texts(table[f"{side}_high"], table[f"{side}_low"]).alias(side)
        for side in ("client", "server")
        if side not in table.columns
    )
    return sided.with_columns(
        pl.format("{} → {}", _endpoint("client"), _endpoint("server")).alias("entity"),
        _NO_TEXT.alias("host"),
        (pl.col("event").cast(pl.String) == "end").alias("is_end"),
    )


def _endpoint(side: str) -> pl.Expr:
    """Return address and port, as "[2001:db8::1]:443"; the address alone without ports."""
    address, port = pl.col(side), pl.col(f"{side}_port")
    bracketed = pl.when(address.str.contains(":", literal=True)).then(pl.format("[{}]", address))
    with_port = pl.format("{}:{}", bracketed.otherwise(address), port)
    return pl.when(port > 0).then(with_port).otherwise(address)


def _flows(subjects: pl.DataFrame, evaluation: Evaluation) -> pl.Series:
    """Return each picked flow as JSON, its issues from the highest scored on."""
    issues = (
        evaluation.findings.sort("score", descending=True, maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(pl.struct("check", "score").alias("issues"))
    )
    totals = pl.DataFrame({"score": evaluation.scores}).with_row_index("row")
    shown = (
        subjects.drop("score", strict=False)
        .join(issues, on="row", how="left", maintain_order="left")
        .join(totals, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("first_seen", "last_seen").dt.to_string("iso:strict"))
    )
    return shown.select(pl.struct(_SHOWN).struct.json_encode()).to_series()


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
