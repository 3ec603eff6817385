"""Meter a live interface until SIGTERM, then print its counters and CPU seconds as JSON.

Run inside a namespace: ``python -m tests.live.meter_link INTERFACE [--idle-timeout S]``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
from typing import Any

import polars as pl

from capture_agent.schema import unpack
from capture_agent.sources.ndpi import LiveSource

SHOWN = (
    "event",
    "client_port",
    "server_port",
    "l4",
    "application",
    "server_name",
    "bytes_to_server",
    "bytes_to_client",
    "packets_to_server",
    "packets_to_client",
    "http_status",
    "dns_query",
    "rtt_server_ms",
)


def described(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the tests look at of one flow row."""
    return {name: row[name] for name in SHOWN} | {
        "client": str(unpack(row["client_high"], row["client_low"])),
        "server": str(unpack(row["server_high"], row["server_low"])),
        "lasted": (row["last_seen"] - row["first_seen"]).total_seconds(),
    }


def main() -> None:
    """Capture until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interface")
    parser.add_argument("--idle-timeout", type=float, default=120)
    parser.add_argument("--rows", action="store_true", help="print the flows' rows, too")
    options = parser.parse_args()
    source = LiveSource(options.interface, idle_timeout=options.idle_timeout)
    signal.signal(signal.SIGTERM, lambda *_: source.stop())
    flows, interface = [], []
    ready = False
    for emission in source.emissions():
        if not ready:  # the first tick: the card is open and the code compiled
            print("ready", flush=True)
            ready = True
        if emission is None:
            continue
        if emission.frame == "flow":
            flows.append(emission.table)
            if options.rows:
                print(
                    json.dumps([described(r) for r in emission.table.iter_rows(named=True)]),
                    flush=True,
                )
        elif emission.frame == "interface":
            interface.append(emission.table)
    table = pl.concat(flows) if flows else pl.DataFrame()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "counters": source.counters,
                "packets": int(sum(t["packets"].sum() for t in interface)),
                "ended": int((table["event"] == "end").sum()) if len(table) else 0,
                "cpu_seconds": used.ru_utime + used.ru_stime,
                "max_rss_kb": used.ru_maxrss,
                "pid": os.getpid(),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
