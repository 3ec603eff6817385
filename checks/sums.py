"""The frame ``traffic``: sums of the last minute, hour or day, for the threshold rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final, NamedTuple

import polars as pl
from django.db import connection

from capture_agent.schema import pack
from checks.frames import TRAFFIC
from checks.periodic import Status
from checks.runner import Runner
from checks.thresholds import FRAME
from monitoring.enrichment.context import current
from monitoring.enrichment.networks import Networks
from monitoring.models import HostPool, Interface, LocalNetwork

#: Sums take so long to be folded.
DELAY: Final = timedelta(seconds=15)
_TABLES: Final = {60: "traffic_10s", 300: "traffic_10s", 3600: "traffic_1m", 86_400: "traffic_1h"}
_COLUMNS: Final = ("bytes_sent", "bytes_received", "packets_sent", "packets_received")
_SUMS: Final = (*_COLUMNS, "flows", "score")


def evaluate(runner: Runner, now: datetime) -> Status:
    """Return what the threshold rules say of the sums until now."""
    checks = [entry.check for entry in runner.active if entry.check.frame == FRAME]
    table = to_table([asked_by(check) for check in checks], now)
    return Status(table, runner.evaluate(FRAME, table))


def asked_by(check: Any) -> Asked:
    """Return what a check over the frame asks for; without a target, for all."""
    return Asked(check.subject, check.seconds, getattr(check, "target", ""))


class Asked(NamedTuple):
    """Whose sums, over how many seconds, and of whom; "" for all."""

    subject: str
    seconds: int
    target: str


def to_table(asked: Iterable[Asked], now: datetime) -> pl.DataFrame:
    """Return the frame with what is asked for; who was named and is silent has zeros."""
    wanted: dict[tuple[str, int], set[str]] = {}
    for one in asked:
        wanted.setdefault((one.subject, one.seconds), set()).add(one.target)
    parts = [_part(*key, targets, now) for key, targets in sorted(wanted.items())]
    table: pl.DataFrame = pl.concat([TRAFFIC.to_frame(), *parts])
    return table


def _part(subject: str, period: int, targets: set[str], now: datetime) -> pl.DataFrame:
    """Return the rows of one subject and period."""
    sums: pl.DataFrame = pl.concat([_EMPTY, *_SUBJECTS[subject](period, targets, now)])
    silent = sorted(targets - {""} - set(sums["name"]))
    zeros = pl.DataFrame({"name": silent}, schema={"name": pl.String}).with_columns(
        pl.lit(None, pl.Int32).alias("interface_id"), *(pl.lit(0, pl.Int64).alias(n) for n in _SUMS)
    )
    rows: pl.DataFrame = pl.concat([sums, zeros.select(sums.columns)])
    about = pl.lit(subject).alias("subject"), pl.lit(period, pl.Int32).alias("period")
    return rows.with_columns(about).select(list(TRAFFIC))


_EMPTY: Final = pl.DataFrame(
    schema={"interface_id": pl.Int32, "name": pl.String, **dict.fromkeys(_SUMS, pl.Int64)}
)


def _read(dimension: str, period: int, now: datetime) -> pl.DataFrame:
    """Return (interface_id, name, sums) of the roll-up's keys in the period that ends now."""
    until = now - DELAY
    columns = ", ".join(f"sum({name})::bigint" for name in _SUMS)
    query = (
        f"SELECT interface_id, key, {columns} FROM {_TABLES[period]}"  # noqa: S608
        " WHERE dimension = %s AND bucket >= %s AND bucket < %s GROUP BY 1, 2"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [dimension, _floor(until, period), until])
        return pl.DataFrame(cursor.fetchall(), schema=_EMPTY.schema, orient="row")


def _floor(until: datetime, period: int) -> datetime:
    """Return the start of the bucket in which the period began."""
    bucket = {60: 10, 300: 10, 3600: 60, 86_400: 3600}[period]
    start = int((until - timedelta(seconds=period)).timestamp())
    return datetime.fromtimestamp(-(-start // bucket) * bucket, UTC)


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name, over all interfaces."""
    sums = rows.group_by("name", maintain_order=True).agg(pl.col(_SUMS).sum())
    return sums.with_columns(pl.lit(None, pl.Int32).alias("interface_id")).select(_EMPTY.columns)


def _plain(dimension: str) -> Any:
    """Return the reader of what the roll-ups know by name, on each interface."""

    def read(period: int, targets: set[str], now: datetime) -> Iterator[pl.DataFrame]:
        yield _read(dimension, period, now)

    return read


def _interfaces(period: int, targets: set[str], now: datetime) -> Iterator[pl.DataFrame]:
    names = dict(Interface.objects.values_list("pk", "name"))
    rows = _read("total", period, now)
    named = pl.col("interface_id").replace_strict(names, default="", return_dtype=pl.String)
    yield rows.with_columns(named.alias("name"))


def _hosts(period: int, now: datetime) -> pl.DataFrame:
    """Return the sums of hosts, with address and VLAN apart; those of no address are left out."""
    rows = _read("host", period, now)
    parts = pl.col("name").str.split("@")
    return rows.with_columns(
        parts.list.first().alias("address"), parts.list.get(1, null_on_oob=True).alias("vlan")
    ).filter(pl.col("address").str.contains(r"[.:]"))


def _vlans(period: int, targets: set[str], now: datetime) -> Iterator[pl.DataFrame]:
    rows = _hosts(period, now).with_columns(pl.col("vlan").fill_null("0").alias("name"))
    yield _summed(rows)


def _pools(period: int, targets: set[str], now: datetime) -> Iterator[pl.DataFrame]:
    names = dict(HostPool.objects.values_list("pk", "name"))
    rows = _hosts(period, now)
    labels = pl.Series(_find(current().pools, rows["address"]))
    named = labels.replace_strict(names, default=None, return_dtype=pl.String)
    yield _summed(rows.with_columns(named.alias("name")).filter(pl.col("name").is_not_null()))


def _networks(period: int, targets: set[str], now: datetime) -> Iterator[pl.DataFrame]:
    rows = _hosts(period, now)
    local = LocalNetwork.objects.values_list("network", flat=True) if "" in targets else ()
    for target in sorted(targets - {""} | set(local)):
        inside = pl.Series(_find(Networks.of([(str(ip_network(target)), 1)]), rows["address"]) > 0)
        if inside.any():
            yield _summed(rows.filter(inside).with_columns(pl.lit(target).alias("name")))


def _find(networks: Networks, addresses: pl.Series) -> Any:
    pairs = [pack(text) for text in addresses.to_list()]
    table = pl.DataFrame(pairs, schema={"high": pl.UInt64, "low": pl.UInt64}, orient="row")
    return networks.find(table["high"].to_numpy(), table["low"].to_numpy())


_SUBJECTS: Final = {
    "host": _plain("host"),
    "application": _plain("application"),
    "interface": _interfaces,
    "vlan": _vlans,
    "pool": _pools,
    "network": _networks,
}
