"""The REST APIs over many flows: ``python -m tests.benchmarks.rest [--flows 1000000]``.

A database of its own is filled with finished flows of one day by COPY, as ingest writes them, with
the hosts, sums and alerts that belong to them. Then one web process of ``up`` answers, as a client
that pages would ask: the calls that are used most, of ``/api/v1/`` and of ntopng's REST v2, one
after the other over one connection, and at last several clients that page through the flows at
once. Per call: answers per second, the 95th percentile of their time as the client sees it, and the
CPU time of an answer, web process and PostgreSQL together, which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import numpy as np
import polars as pl

from tests.benchmarks.platform import Platform, platform

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
    pair = rng.integers(0, CLIENTS, number), rng.zipf(1.3, number) % SERVERS
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
    size = 100_000
    for first in range(0, number, size):
        rows = made_flows(min(size, number - first), first + 1, now, ids)
        with connection.cursor() as cursor:
            copy(cursor, "flow", rows)
    with connection.cursor() as cursor:
        _live(cursor, now)
        for statement in _HOSTS + _sums():
            cursor.execute(statement)
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


#: Hosts as the flows have them; sums likewise, with the bounds that ingest has.
_HOSTS = [
    "INSERT INTO monitoring_host (interface_id, vlan, address, name, mac, mac_vendor, is_local,"
    " country, as_name, city, first_seen, last_seen, bytes_sent, bytes_received, packets_sent,"
    " packets_received, flows_as_client, flows_as_server, score)"
    " SELECT interface_id, 0, client, '', '', '', true, '', '', '', min(first_seen), now(),"
    " sum(bytes_to_server), sum(bytes_to_client), sum(packets_to_server), sum(packets_to_client),"
    " count(*), 0, max(score) FROM flow GROUP BY interface_id, client",
]


def _sums() -> list[str]:
    keys = {
        "total": "''",
        "application": "(SELECT name FROM monitoring_application a WHERE a.id = application_id)",
        "category": "'Web'",
        "l4": "CASE l4 WHEN 6 THEN 'TCP' ELSE 'UDP' END",
        "host": "host(client)",
        "peers": "host(client) || ' ' || host(server)",
    }
    steps = {"1m": ("minute", 500), "1h": ("hour", 1000), "1d": ("day", 2000)}
    return [
        f"INSERT INTO traffic_{resolution} (bucket, interface_id, dimension, key, bytes_sent,"
        " bytes_received, packets_sent, packets_received, flows, score, alerts)"
        " SELECT bucket, interface_id, dimension, key, sent, received, p1, p2, flows, score, 0"
        " FROM (SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY sent DESC) AS place"
        f" FROM (SELECT date_trunc('{step}', time) AS bucket, interface_id,"
        f" '{name}' AS dimension, {key} AS key, sum(bytes_to_server) AS sent,"
        " sum(bytes_to_client) AS received, sum(packets_to_server) AS p1,"
        " sum(packets_to_client) AS p2, count(*) AS flows, sum(score) AS score FROM flow"
        f" GROUP BY 1, 2, 4) g) r WHERE place <= {most if name == 'peers' else CLIENTS}"
        for name, key in keys.items()
        for resolution, (step, most) in steps.items()
    ]


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


@dataclass
class Call:
    """A call by name: ``ask`` makes the request number n and checks its answer."""

    name: str
    ask: Callable[[httpx.Client, int], Any]
    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def measure(self, server: Platform, client: httpx.Client, seconds: float) -> None:
        """Ask for so long; note the CPU seconds of the web process and of PostgreSQL, too."""
        before = _cpu(server)
        self.drive(client, seconds)
        self.cpu = _cpu(server) - before

    def drive(self, client: httpx.Client, seconds: float) -> None:
        """Ask one time after the other for so long, after one that does not count."""
        self.ask(client, 0)
        until = time.monotonic() + seconds
        for number in count(1):
            begin = time.perf_counter()
            self.ask(client, number)
            self.seconds.append(time.perf_counter() - begin)
            if time.monotonic() > until:
                return

    def line(self) -> str:
        """Return the call's figures."""
        ordered = sorted(self.seconds)
        worst = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
        cpu = f"{1000 * self.cpu / len(ordered):>9.1f} CPU ms" if self.cpu else ""
        rate = len(ordered) / sum(ordered)
        return f"{self.name:<40}{rate:>8.1f} /s{worst * 1000:>9.1f} ms p95{cpu}"


def _cpu(server: Platform) -> float:
    return sum(server.cpu_seconds(name) for name in server.processes if name in ("web", "postgres"))


def get(client: httpx.Client, path: str, **given: Any) -> Any:
    """Return the JSON of an answer that is 200; raises RuntimeError for any other."""
    answer = client.get(path, params=given)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} {answer.url}: {answer.text[:300]}")
    return answer.json()


class Pages:
    """A client that follows ``next`` through all flows, and begins anew at the end."""

    def __init__(self, path: str) -> None:
        self.path = self.next = path
        self.rows = 0

    def __call__(self, client: httpx.Client, number: int) -> None:
        page = get(client, self.next)
        self.rows += len(page["results"])
        self.next = page["next"] or self.path


def calls(ids: dict[str, Any], now: datetime) -> Iterator[Call]:
    """Yield the calls: v1's, then ntopng's."""
    ifid, end = ids["interface"], int(now.timestamp())
    when = {"ifid": ifid, "epoch_begin": end - 86_400, "epoch_end": end}
    four = [one for one in ids["clients"] if ":" not in one]
    v1, v2 = "/api/v1", "/lua/rest/v2"

    def host(number: int) -> str:
        return str(four[number % len(four)])

    yield Call("v1 flows, paging, 1000 a page", Pages(f"{v1}/flows/?limit=1000"))
    yield Call("v1 flows of a host", lambda c, n: get(c, f"{v1}/flows/", host=host(n), limit=100))
    yield Call("v1 hosts, paging", Pages(f"{v1}/hosts/?limit=100"))
    yield Call("v1 alerts, paging", Pages(f"{v1}/alerts/?limit=100"))
    yield Call(
        "v1 traffic of an application",
        lambda c, n: get(c, f"{v1}/traffic/", application="TLS", resolution="1m", limit=1000),
    )
    yield Call("v2 interface/data", lambda c, n: get(c, f"{v2}/get/interface/data.lua", ifid=ifid))
    yield Call(
        "v2 host/active, paging",
        lambda c, n: get(
            c, f"{v2}/get/host/active.lua", ifid=ifid, currentPage=n % 500 + 1, perPage=100
        ),
    )
    yield Call(
        "v2 flow/active, paging",
        lambda c, n: get(
            c, f"{v2}/get/flow/active.lua", ifid=ifid, currentPage=n % 50 + 1, perPage=100
        ),
    )
    yield Call(
        "v2 host/data", lambda c, n: get(c, f"{v2}/get/host/data.lua", ifid=ifid, host=host(n))
    )
    series = {"ts_schema": "iface:traffic_rxtx", "ts_query": f"ifid:{ifid}", **when}
    yield Call(
        "v2 timeseries, an interface's day",
        lambda c, n: get(c, f"{v2}/get/timeseries/ts.lua", **series),
    )
    yield Call(
        "v2 timeseries, a host's day",
        lambda c, n: get(
            c,
            f"{v2}/get/timeseries/ts.lua",
            **series | {"ts_schema": "host:traffic", "ts_query": f"ifid:{ifid},host:{host(n)}"},
        ),
    )
    yield Call("v2 alert/top, a day", lambda c, n: get(c, f"{v2}/get/alert/top.lua", **when))
    yield Call(
        "v2 alert list by clauses",
        lambda c, n: get(
            c,
            f"{v2}/get/alert/list/alerts.lua",
            alert_family="flow",
            where_clause="score > 50",
            maxhits_clause=100,
            **when,
        ),
    )
    yield Call(
        "v2 db/flows of a host by clauses",
        lambda c, n: get(
            c,
            f"{v2}/get/db/flows.lua",
            select_clause="IPV4_DST_ADDR,SUM(TOTAL_BYTES) TOT",
            where_clause=f"IPV4_SRC_ADDR=('{host(n)}')",
            group_by_clause="IPV4_DST_ADDR",
            order_by_clause="TOT DESC",
            **when,
        ),
    )
    yield Call(
        "v2 top conversations, a day",
        lambda c, n: get(
            c,
            f"{v2}/get/db/historical_db_search.lua",
            query_preset="top_conversations",
            length=10,
            **when,
        ),
    )


def client_of(server: Platform, token: str) -> httpx.Client:
    """Return a client with the token and one connection."""
    headers = {"Authorization": f"Token {token}"}
    return httpx.Client(base_url=server.options.url, headers=headers, timeout=120)


def paging_at_once(server: Platform, token: str, clients: int, seconds: float) -> str:
    """Return how many rows and pages a second several clients get that page at once."""
    taken = [Call(f"client {n}", Pages("/api/v1/flows/?limit=1000")) for n in range(clients)]

    def drive(one: Call) -> None:
        with client_of(server, token) as client:
            one.drive(client, seconds)

    begin = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(drive, taken))
    lasted = time.monotonic() - begin
    whole = Call(f"{clients} clients page at once", lambda c, n: None)
    whole.seconds = [one for call in taken for one in call.seconds]
    pages = len(whole.seconds) / lasted
    return f"{whole.line()}; together {pages:.1f} pages/s, {1000 * pages:,.0f} flows/s"


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each call")
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    os.environ["NTOPWEB_API_CALLS_PER_MINUTE"] = "1000000"
    with platform() as server:
        now = datetime.now(UTC)
        begin = time.monotonic()
        ids = fill(options.flows, now)
        print(f"{options.flows:,} flows filled in {time.monotonic() - begin:.0f} s", flush=True)
        server.start_process("web", lambda: _answers(server))
        with client_of(server, ids["token"]) as client:
            for call in calls(ids, now):
                call.measure(server, client, options.seconds)
                print(call.line(), flush=True)
        print(paging_at_once(server, ids["token"], options.clients, 2 * options.seconds))
        print(f"web process: {server.peak_bytes('web') / 2**20:.0f} MiB at most")


def _answers(server: Platform) -> bool:
    try:
        return httpx.get(f"{server.options.url}/lua/rest/v2/x.lua", timeout=5).status_code == 404
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    main()
