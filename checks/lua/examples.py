"""A script's example rows as tables, and whether the script does with them what it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import polars as pl
from django.core.exceptions import ValidationError

from capture_agent.schema import pack
from checks import frames
from checks.addresses import texts
from checks.lua.declared import DeclarationError, values
from checks.lua.process import EngineError, Job, Process

#: What a host's row has without being told.
HOST: dict[str, Any] = {
    "address": "192.168.1.10",
    "vlan": 0,
    "name": "host",
    "mac": "00:00:00:00:00:00",
    "is_local": True,
    "pool": 0,
    "country": "",
    "bytes_sent": 0,
    "bytes_received": 0,
    "bytes": 0,
    "packets_sent": 0,
    "score": 0,
    "is_rx_only": False,
    "is_broadcast": False,
    "is_multicast": False,
    "is_unicast": True,
    "is_blacklisted": False,
    "is_first_run": False,
    "l7": "",
    "silent_peers": 0,
    "silent_ports": 0,
    "unanswered_egress": 0,
    "unanswered_contacts": 0,
    "unanswered_ingress": 0,
    "countries": 0,
}


#: What is kept of a flow that becomes an example; what is not here, no script decides by.
_KEPT: Final = (
    *("client_port", "server_port", "l4", "vlan", "application", "category"),
    *("bytes_to_server", "bytes_to_client", "packets_to_server", "packets_to_client"),
    *("bits_per_second", "duration", "direction", "client_is_local", "server_is_local"),
    *("client_country", "server_country", "client_asn", "server_asn", "risk", "server_name"),
    *("retransmissions_to_server", "retransmissions_to_client", "rtt_client_ms", "rtt_server_ms"),
    *("tls_version", "tls_cipher", "tls_alpn", "tls_ja4", "tls_issuer_dn", "tls_subject_dn"),
    *("dns_query", "dns_query_type", "dns_rcode"),
    *("http_method", "http_url", "http_status", "http_user_agent"),
    *("ssh_client", "ssh_server", "ssh_client_hassh", "ssh_server_hassh"),
    *("rtp_codec", "rtp_streams", "rtp_loss", "rtp_jitter_ms", "rtp_mos"),
)


class ExampleError(ValueError):
    """A row that cannot be; the text names the column."""


class Verdict(NamedTuple):
    """An example's name, whether the script did as told, and what it did."""

    name: str
    is_met: bool
    text: str


def to_table(target: str, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return the one row as the frame that a script of the target sees; raises ExampleError."""
    return _host(row) if target == "host" else _flow(row)


def to_rows(target: str, table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as examples have them, without what is zero or empty."""
    if target == "host":
        kept = table.select(name for name in HOST if name in table.columns)
        return [
            {name: value for name, value in row.items() if value != HOST[name]}
            for row in kept.to_dicts()
        ]
    ends = [texts(table[f"{side}_high"], table[f"{side}_low"]) for side in ("client", "server")]
    sides = [end.alias(name) for end, name in zip(ends, ("client", "server"), strict=True)]
    kept = table.select(*sides, *_KEPT)
    return [
        {name: value for name, value in row.items() if value or name == "direction"}
        for row in kept.to_dicts()
    ]


def _host(row: Mapping[str, Any]) -> pl.DataFrame:
    if unknown := set(row) - set(HOST):
        raise ExampleError(f"{min(unknown)}: there is no such column of a host")
    table = pl.DataFrame([HOST | dict(row)])
    return table.with_columns(pl.datetime(2026, 1, 1, time_zone="UTC").alias("time"))


def _flow(row: Mapping[str, Any]) -> pl.DataFrame:
    schema = frames.FRAMES["flow"]
    values = frames.sample("flow", 1).row(0, named=True)
    values |= {name: None for name, dtype in schema.items() if _may_be_null(name, dtype)}
    for name, value in row.items():
        if name in ("client", "server"):
            values[f"{name}_high"], values[f"{name}_low"] = _packed(name, value)
        elif name in schema:
            values[name] = value
        else:
            raise ExampleError(f"{name}: there is no such column of a flow")
    try:
        return pl.DataFrame([values], schema=schema, strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        raise ExampleError(str(error).splitlines()[0]) from error


def _may_be_null(name: str, dtype: pl.DataType) -> bool:
    return name.startswith(("tls_", "dns_", "http_", "ssh_", "rtt_", "rtp_")) or (
        name in ("server_name", "risk_info", "os_hint", "client_list", "server_list", "name_list")
    )


def _packed(name: str, value: object) -> tuple[int, int]:
    try:
        return pack(str(value))
    except ValueError as error:
        raise ExampleError(f"{name}: {error}") from None


def prove(
    process: Process,
    target: str,
    source: str,
    chosen: Mapping[str, object],
    examples: Iterable[tuple[str, Mapping[str, Any], bool]],
) -> None:
    """Refuse a source that is no Lua or does not do with the examples as told.

    ``chosen`` are the parameters' values. Raises ValidationError that names the examples.
    """
    try:
        parameters = values(source, chosen)
        problem = process.compile(source)
        verdicts = [] if problem else judge(process, target, source, parameters, examples)
    except (DeclarationError, EngineError) as error:
        raise ValidationError({"source": str(error)}) from error
    if problem:
        raise ValidationError({"source": problem})
    if unmet := [f"{one.name}: {one.text}" for one in verdicts if not one.is_met]:
        raise ValidationError({"examples": unmet})


def judge(
    process: Process,
    target: str,
    source: str,
    parameters: dict[str, Any],
    examples: Iterable[tuple[str, Mapping[str, Any], bool]],
) -> list[Verdict]:
    """Run the source over each (name, row, whether it must alert)."""
    return [
        Verdict(name, *_judge(process, target, Job(0, source, parameters), row, is_alert))
        for name, row, is_alert in examples
    ]


def _judge(
    process: Process, target: str, job: Job, row: Mapping[str, Any], is_alert: bool
) -> tuple[bool, str]:
    try:
        table = to_table(target, row)
    except ExampleError as error:
        return False, str(error)
    kind = "host" if target == "host" else "flow"
    outcome = process.run(kind, table, [job])[0].outcome
    if outcome.last_error:
        return False, outcome.last_error.removeprefix("row 0: ")
    if not outcome.hits:
        return not is_alert, "must alert, and does not"
    hit = outcome.hits[0]
    told = f"alert of score {hit.score}: {hit.message}"
    return is_alert, told if is_alert else f"must not alert, and does: {told}"
