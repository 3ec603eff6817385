"""How long a back-test takes over many stored flows.

Run: ``python -m tests.benchmarks.back_test [rows]`` (10,000,000 unless given) with DATABASE_URL of
a database whose flows may be thrown away: the table is emptied before and after. The flows are an
office's of one day: half of them TLS with a name, one in twenty with a risk of nDPI's, one in ten
with details. Tested are a rule over a few columns, a rule over a detail column, and all flow checks
at once. Wall time and CPU time of this process.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import django

TARGET_SECONDS = 300.0
ROWS = 10_000_000
UNTIL = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
SINCE = UNTIL - timedelta(days=1)

RULES = {
    "a rule over narrow columns": {
        "title": "Upload",
        "condition": "bytes_to_server > 90000 AND NOT in_network(server, '10.0.0.0/8')",
        "message": "{client} sent {bytes_to_server} bytes to {server}",
    },
    "a rule over a detail column": {
        "title": "Name",
        "condition": "server_name ILIKE '%host-7%' AND application = 'TLS'",
        "message": "{client} asked {server_name}",
    },
}

_FLOW = """
    INSERT INTO flow (time, flow_id, first_seen, interval_start, client_mac, server_mac,
        bytes_to_server, bytes_to_client, packets_to_server, packets_to_client, payload_to_server,
        payload_to_client, bytes_to_server_delta, bytes_to_client_delta, packets_to_server_delta,
        packets_to_client_delta, risk, interface_id, client_port, server_port,
        retransmissions_to_server, retransmissions_to_client, out_of_order_to_server,
        out_of_order_to_client, zero_window_to_server, zero_window_to_client, client_pool,
        server_pool, event, l4, vlan, tunnel, tcp_flags_to_server, tcp_flags_to_client,
        connection_state, application_id, category_id, breed, confidence, direction, score, client,
        server, client_country, server_country, checks)
    SELECT t, n, t - interval '20 s', t - interval '20 s', 0, 0, b, b * 3, 10, 12, b - 400,
        b * 3 - 480, b, b * 3, 10, 12, CASE WHEN n %% 20 = 0 THEN 1::bigint << (n %% 50 + 1)::int
        ELSE 0 END, 1, 40000, 443, 0, 0, 0, 0, 0, 0, 0, 0, 3, 6, 0, 0, 27, 27, 2, %(tls)s,
        %(category)s, 1, 7, 1, 0, ('10.0.' || n %% 8 || '.' || n %% 250)::inet,
        CASE WHEN n %% 3 = 0 THEN ('2001:db8::' || to_hex(n %% 500))::inet
        ELSE ('198.51.100.' || n %% 256)::inet END, '', 'DE', '{}'
    FROM (SELECT n, %(since)s::timestamptz + interval '86399 s' * (n / %(rows)s::float8) AS t,
        500 + (n * 7919) %% 99991 AS b
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS made"""
_DETAIL = """
    INSERT INTO flow_detail (time, flow_id, detail)
    SELECT time, flow_id, jsonb_build_object('server_name',
        'host-' || flow_id %% 1000 || '.example', 'tls_version', 'TLSv1.3')
    FROM flow WHERE flow_id %% 10 = 0"""


def fill(rows: int) -> None:
    """Store so many flows, spread over a day."""
    from django.db import connection

    from monitoring import storage
    from monitoring.models import Application, Category
    from monitoring.storage.tables import DETAILS, FLOWS

    for part in (FLOWS, DETAILS):
        storage.backend(connection).ensure(connection, part, [SINCE, UNTIL])
    numbers = {
        "tls": Application.objects.get_or_create(name="TLS")[0].pk,
        "category": Category.objects.get_or_create(name="Web")[0].pk,
        "since": SINCE,
        "rows": rows,
    }
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE flow, flow_detail")
        cursor.execute("SET synchronous_commit = off")
        for first in range(0, rows, 1_000_000):
            last = min(first + 1_000_000, rows) - 1
            cursor.execute(_FLOW, {**numbers, "first": first + 1, "last": last + 1})
        cursor.execute(_DETAIL, [])
        cursor.execute("ANALYZE flow, flow_detail")


def measure(name: str, subject: dict[str, Any], rows: int) -> float:
    """Run one back-test, print its line, return its seconds."""
    from checks.backtests import running, subjects
    from monitoring.enrichment import context

    wall, cpu = time.perf_counter(), time.process_time()
    result = running.over(subjects.of(subject), SINCE, UNTIL, context.build())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    said = f"{result['proposed']['findings']:,} findings, {result['proposed']['alerts']:,} alerts"
    print(f"{name}: {wall:.1f} s, CPU {cpu:.1f} s, {rows / wall:,.0f} flows/s; {said}", flush=True)
    assert result["rows"] == rows and not result["failures"], result["failures"]
    return wall


def main() -> int:
    """Print the figures; return 1 where a back-test takes longer than the target."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")
    django.setup()
    from django.db import connection

    began = time.perf_counter()
    fill(rows)
    print(f"{rows:,} flows stored in {time.perf_counter() - began:.0f} s", flush=True)
    subjects: dict[str, dict[str, Any]] = {name: {"rule": rule} for name, rule in RULES.items()}
    subjects["all flow checks at once"] = {"all": True}
    slowest = max(measure(name, subject, rows) for name, subject in subjects.items())
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE flow, flow_detail")
    print(f"slowest {slowest:.1f} s; target {TARGET_SECONDS:.0f} s for {ROWS:,} flows")
    return int(slowest * ROWS / rows > TARGET_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
