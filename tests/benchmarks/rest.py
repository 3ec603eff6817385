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
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from tests.benchmarks.many_flows import fill
from tests.benchmarks.platform import Platform, platform


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
        return str(four[number * 1009 % len(four)])  # the first are the busiest: not one by one

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
