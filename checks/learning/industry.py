"""From rows of industrial messages to what followed what between two machines. Pure."""

from __future__ import annotations

from typing import Final

import polars as pl

from checks.addresses import texts
from checks.derived import MESSAGE
from monitoring.enrichment.networks import Networks

#: Columns of MESSAGE that memory adds later.
LEARNED: Final = ("learned_after", "known_for", "verdict")
#: Type identifications of commands and of what is monitored (IEC 60870-5-101:2003, 7.2.1).
_COMMANDS: Final = (*range(45, 70), *range(100, 114))
_MONITORED: Final = (*range(1, 45), 70)
_PAIR: Final = ("interface_id", "vlan", "client", "server", "server_port", "protocol")


def messages(rows: pl.DataFrame, local: Networks) -> pl.DataFrame:
    """Return MESSAGE without what was learned, with ``began`` and ``key``, of the agent's rows."""
    ends = rows.with_columns(
        *(texts(rows[f"{s}_high"], rows[f"{s}_low"]).alias(s) for s in ("client", "server")),
        *(_is_local(rows, side, local) for side in ("client", "server")),
        pl.col("protocol").cast(pl.String),
        pl.col("code", "previous").cast(pl.Int64),
    )
    found = ends.group_by(*_PAIR, "is_from_server", "code", "previous", maintain_order=True).agg(
        pl.col("time").max(),
        pl.col("time").min().alias("began"),
        pl.col("client_is_local", "server_is_local").last(),
        pl.col("messages", "exceptions").sum().cast(pl.Int64),
    )
    words = "{} → {} {}: {} after {}"
    return found.with_columns(
        pl.col("exceptions").sum().over(_PAIR),
        *(_after(*one).alias(name) for name, one in _AFTER.items()),
        pl.format(words, "client", "server", "protocol", "code", pl.col("previous")).alias("name"),
        pl.format("|".join(["{}"] * 6), *_PAIR[1:], _in_order()).alias("key"),
    ).select(
        *(pl.col(name).cast(dtype) for name, dtype in MESSAGE.items() if name not in LEARNED),
        "began",
        "key",
    )


#: (codes, codes before them)
_AFTER: Final = {
    "to_command": (_COMMANDS, _MONITORED),
    "from_command": (_MONITORED, _COMMANDS),
    "between_commands": (_COMMANDS, _COMMANDS),
}


def _after(codes: tuple[int, ...], before: tuple[int, ...]) -> pl.Expr:
    """Return how many messages of some codes followed some others between the two machines."""
    is_iec = pl.col("protocol") == "iec104"
    is_one = is_iec & pl.col("code").is_in(codes) & pl.col("previous").is_in(before)
    return pl.col("messages").filter(is_one).sum().over(_PAIR)


def _in_order() -> pl.Expr:
    return pl.format("{}>{}", "previous", "code")


def _is_local(rows: pl.DataFrame, side: str, local: Networks) -> pl.Series:
    label = local.find(rows[f"{side}_high"].to_numpy(), rows[f"{side}_low"].to_numpy())
    return pl.Series(f"{side}_is_local", label > 0, dtype=pl.Boolean)
