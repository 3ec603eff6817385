"""Small flow frames for scripts."""

from __future__ import annotations

import polars as pl

from checks.lua.columns import Columns
from checks.lua.examples import to_table
from checks.lua.sandbox import Limits, Outcome, Sandbox

#: IPv4 and IPv6, TLS and DNS, one answered and one not.
FLOWS = (
    {
        "client": "192.168.1.7",
        "server": "93.184.216.34",
        "client_port": 40000,
        "server_port": 443,
        "l4": 6,
        "application": "TLS.Google",
        "category": "Web",
        "server_name": "www.example.org",
        "tls_issuer_dn": "C=US, O=GoDaddy.com, CN=Go Daddy",
        "tls_subject_dn": "CN=www.example.org",
        "tls_version": "TLSv1.2",
        "tls_ja4": "t12d1516h2_8daaf6152771_02713d6af862",
        "bytes_to_server": 1000,
        "bytes_to_client": 9000,
        "packets_to_server": 5,
        "packets_to_client": 8,
        "rtt_client_ms": 1.5,
        "rtt_server_ms": 20.0,
        "retransmissions_to_server": 2,
        "risk": 1 << 7,
        "direction": "local_to_remote",
        "client_is_local": True,
        "server_country": "US",
        "server_asn": 15133,
        "event": "detected",
    },
    {
        "client": "2001:db8::7",
        "server": "2001:db8::53",
        "client_port": 50000,
        "server_port": 53,
        "l4": 17,
        "application": "DNS",
        "category": "Network",
        "server_name": "bad name.example",
        "dns_query": "bad name.example",
        "dns_query_type": 1,
        "dns_rcode": 3,
        "bytes_to_server": 80,
        "packets_to_server": 1,
        "vlan": 12,
        "direction": "local",
        "event": "end",
    },
)


def flow_table(*flows: dict[str, object]) -> pl.DataFrame:
    """Return an enriched flow frame of the given columns; texts that are left out are null."""
    return pl.concat([to_table("flow_end", flow) for flow in flows or FLOWS]).rechunk()


def run(source: str, *flows: dict[str, object], **limits: float) -> Outcome:
    """Run a flow script over the flows, without a process."""
    table = flow_table(*flows)
    sandbox = Sandbox(Columns("flow", table), table.height, Limits(**limits))  # type: ignore[arg-type]
    return sandbox.run(source, "flow", {"limit": 5, "name": "x", "on": True})


def printed(expression: str) -> list[str]:
    """Return what an expression of Lua gives for each of FLOWS."""
    return run(f"print({expression})").console.split("\n")
