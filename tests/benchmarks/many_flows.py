"""A database full of flows for benchmarks: finished ones of one day, by COPY, as ingest does.

The active flows, hosts, sums and alerts that belong to them are there, too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

CLIENTS = 5_000  # addresses that open flows, a tenth of them IPv6
SERVERS = 5_000
APPLICATIONS = ("TLS", "DNS", "HTTP", "QUIC", "TLS.Google", "SSH", "NTP", "BitTorrent")
ACTIVE = 5_000
ALERTS = 5_000
DAY = timedelta(days=1)


def addresses(number: int, four: str, six: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return that many addresses, a tenth of them IPv6."""
    parts = rng.permutation(2**16)[:number] if number <= 2**16 else np.arange(number)
    is_six = rng.random(number) < 0.1
    texts = [
        f"{six}::{part:x}" if new else f"{four}.{part >> 8}.{part & 255}"
        for part, new in zip(parts, is_six, strict=True)
    ]
    return np.array(texts, dtype=object)


def made_flows(number: int, first: int, now: datetime, ids: dict[str, Any]) -> pl.DataFrame:
    """Return rows of ``flow``, ends spread over the day before ``now``."""
    from monitoring.storage.tables import FLOW, NULLABLE

    rng = np.random.default_rng(first)
    at = rng.integers(0, 86_400 * 10**6, number)
    times = np.datetime64(now.replace(tzinfo=None), "us") - at.astype("timedelta64[us]")
    lasted = rng.integers(0, 60 * 10**6, number).astype("timedelta64[us]")
    moved = rng.lognormal(8, 2, (2, number)).astype(np.int64) + 64
    pair = rng.zipf(1.3, number) % CLIENTS, rng.zipf(1.3, number) % SERVERS
    six = np.array([":" in text for text in ids["clients"]])
    servers = np.where(six[pair[0]], ids["servers6"][pair[1]], ids["servers4"][pair[1]])
    application = rng.integers(0, len(APPLICATIONS), number)
    known: dict[str, Any] = {
        "time": pl.Series(times).dt.replace_time_zone("UTC"),
        "first_seen": pl.Series(times - lasted).dt.replace_time_zone("UTC"),
        "interval_start": pl.Series(times - lasted).dt.replace_time_zone("UTC"),
        "flow_id": np.arange(first, first + number),
        "client": pl.Series(ids["clients"][pair[0]], dtype=pl.String),
        "server": pl.Series(servers, dtype=pl.String),
        "client_port": rng.integers(1024, 65_536, number),
        "server_port": np.array([443, 53, 80, 443, 443, 22, 123, 6881])[application],
        "l4": np.where(application % 2, 17, 6),
        "application_id": np.array(ids["applications"])[application],
        "category_id": np.full(number, ids["category"]),
        "interface_id": np.full(number, ids["interface"]),
        "event": np.full(number, ids["end"]),
        "direction": np.ones(number, dtype=np.int64),
        "score": np.where(rng.random(number) < 0.03, 60, 0),
        "server_country": pl.Series(["US"] * number),
        "client_country": pl.Series([""] * number),
        "checks": pl.Series(["{}"] * number),
    }
    for way, one in (("server", moved[0]), ("client", moved[1])):
        packets = one // 700 + 1
        known |= {f"bytes_to_{way}": one, f"bytes_to_{way}_delta": one}
        known |= {f"packets_to_{way}": packets, f"packets_to_{way}_delta": packets}
        known[f"payload_to_{way}"] = one * 9 // 10
    zeros = np.zeros(number, dtype=np.int64)
    return pl.DataFrame(
        {
            name: known[name]
            if name in known
            else pl.Series([None] * number, dtype=pl.Float32)
            if name in NULLABLE
            else zeros
            for name in FLOW
        }
    )


def fill(number: int, now: datetime) -> dict[str, Any]:
    """Fill the database; return what the calls need to know."""
    from django.db import connection

    from monitoring.ingest.store import copy
    from monitoring.storage import backend
    from monitoring.storage.tables import FLOWS, TRAFFIC

    ids = _names(now)
    moments = [now - DAY, now]
    for table in (FLOWS, *TRAFFIC.values()):
        backend(connection).ensure(connection, table, moments)
    size, parts = 100_000, []
    for first in range(0, number, size):
        rows = made_flows(min(size, number - first), first + 1, now, ids)
        with connection.cursor() as cursor:
            copy(cursor, "flow", rows)
        names = dict(zip(ids["applications"], APPLICATIONS, strict=True))
        name = pl.col("application_id").replace_strict(names).alias("name")
        parts.append(sums_of(rows.with_columns(name)))
    write_sums(parts)
    with connection.cursor() as cursor:
        _live(cursor, now)
        cursor.execute(_HOSTS)
    _alerts(ids, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return ids


def _live(cursor: Any, now: datetime) -> None:
    from monitoring.storage.tables import FLOW

    names = ", ".join(FLOW)
    cursor.execute(
        f"INSERT INTO flow_live ({names}, detail) SELECT {names}, NULL FROM flow"
        " ORDER BY flow_id LIMIT %s",
        [ACTIVE],
    )
    cursor.execute("UPDATE flow_live SET flow_id = flow_id + 2000000000, time = %s", [now])


#: Hosts as the flows have them.
_HOSTS = (
    "INSERT INTO monitoring_host (interface_id, vlan, address, name, mac, mac_vendor, is_local,"
    " country, as_name, city, first_seen, last_seen, bytes_sent, bytes_received, packets_sent,"
    " packets_received, flows_as_client, flows_as_server, score)"
    " SELECT interface_id, 0, client, '', '', '', true, '', '', '', min(first_seen), now(),"
    " sum(bytes_to_server), sum(bytes_to_client), sum(packets_to_server), sum(packets_to_client),"
    " count(*), 0, max(score) FROM flow GROUP BY interface_id, client"
)


#: Keys of peers in a step of time, as ingest bounds them; of all else there are fewer.
_STEPS = {"1m": 500, "1h": 1000, "1d": 2000}
_SUMS = ("bytes_sent", "bytes_received", "packets_sent", "packets_received", "flows", "score")
_KEY = ["bucket", "interface_id", "dimension", "key"]


def sums_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of some flows by minute, as ingest's parts are."""
    keys = {
        "total": pl.lit(""),
        "application": pl.col("name"),
        "category": pl.lit("Web"),
        "l4": pl.col("l4").replace_strict({6: "TCP", 17: "UDP"}),
        "host": pl.col("client"),
        "peers": pl.format("{} {}", "client", "server"),
    }
    moved = rows.select(
        pl.col("time").dt.truncate("1m").alias("bucket"),
        "interface_id",
        pl.col("bytes_to_server").alias("bytes_sent"),
        pl.col("bytes_to_client").alias("bytes_received"),
        pl.col("packets_to_server").alias("packets_sent"),
        pl.col("packets_to_client").alias("packets_received"),
        pl.lit(1).cast(pl.Int64).alias("flows"),
        "score",
        *("name", "l4", "client", "server"),
    )
    return pl.concat(
        moved.with_columns(pl.lit(name).alias("dimension"), key.alias("key"))
        .group_by(_KEY)
        .agg(pl.col(_SUMS).sum())
        for name, key in keys.items()
    )


def write_sums(parts: list[pl.DataFrame]) -> None:
    """Write the sums of all flows in each resolution."""
    from django.db import connection

    from monitoring.ingest.store import copy

    minutes = pl.concat(parts)
    for resolution, most in _STEPS.items():
        bucket = pl.col("bucket").dt.truncate(resolution)
        sums = minutes.with_columns(bucket).group_by(_KEY).agg(pl.col(_SUMS).sum())
        rank = pl.col("bytes_sent").rank("ordinal", descending=True).over(_KEY[:3])
        kept = sums.filter((pl.col("dimension") != "peers") | (rank <= most))
        with connection.cursor() as cursor:
            table = f"traffic_{resolution}"
            copy(cursor, table, kept.sort(_KEY).with_columns(pl.lit(0).alias("alerts")))


def _names(now: datetime) -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    from monitoring.history.flows import END
    from monitoring.models import Agent, ApiToken, Application, Category, Interface

    agent = Agent.objects.create(name="benchmark", token_hash="x")
    interface = Interface.objects.create(agent=agent, name="eth0", kind="live", last_seen=now)
    user = get_user_model()._default_manager.create_superuser("benchmark")
    token = ApiToken(user=user, name="benchmark")
    text = token.renew_token()
    token.save()
    rng = np.random.default_rng(7)
    return {
        "token": text,
        "interface": interface.pk,
        "end": END,
        "applications": [Application.objects.get_or_create(name=n)[0].pk for n in APPLICATIONS],
        "category": Category.objects.get_or_create(name="Web")[0].pk,
        "clients": addresses(CLIENTS, "10.1", "2001:db8:1", rng),
        "servers4": np.array([f"203.0.{n >> 8}.{n & 255}" for n in range(SERVERS)], dtype=object),
        "servers6": np.array([f"2001:db8:2::{n:x}" for n in range(SERVERS)], dtype=object),
    }


def _alerts(ids: dict[str, Any], now: datetime) -> None:
    from alerts.models import Alert

    Alert.objects.bulk_create(
        Alert(
            check_key="tls_certificate_expired" if number % 3 else "syn_scan",
            check_id=number % 3,
            family="flow" if number % 3 else "host",
            frame="flow" if number % 3 else "host",
            interface_id=ids["interface"],
            identity=str(number),
            entity=ids["clients"][number],
            client=ids["clients"][number],
            server=ids["servers4"][number % SERVERS] if number % 3 else None,
            score=60,
            severity="warning",
            count=1,
            first_seen=now - DAY * number / ALERTS,
            last_seen=now - DAY * number / ALERTS,
            cooldown=60,
            quiet_at=now,
            engaged_at=now,
            noted_at=now,
            message="an alert of the benchmark",
        )
        for number in range(ALERTS)
    )
