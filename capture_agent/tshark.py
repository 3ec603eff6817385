"""Calling tshark: whether it is there, and per packet the fields that name a flow and its content.

The fields come as lines of tab-separated text (``-T fields``): the quickest that tshark offers,
some thousand packets a second. Where a field occurs several times the first one counts, so that of
a tunnel it is the outer packet, whose flow the meter sees too.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import polars as pl

from capture_agent.schema import pack

#: tshark's fields: our column → its name.
FIELDS: Final = {
    "time": "frame.time_epoch",
    "protocols": "frame.protocols",
    "source": "ip.src",
    "target": "ip.dst",
    "source6": "ipv6.src",
    "target6": "ipv6.dst",
    "l4": "ip.proto",
    "l46": "ipv6.nxt",
    "tcp_source": "tcp.srcport",
    "tcp_target": "tcp.dstport",
    "udp_source": "udp.srcport",
    "udp_target": "udp.dstport",
    "tls_sni": "tls.handshake.extensions_server_name",
    "tls_alpn": "tls.handshake.extensions_alpn_str",
    "dns_query": "dns.qry.name",
    "dns_query_type": "dns.qry.type",
    "dns_rcode": "dns.flags.rcode",
    "http_method": "http.request.method",
    "http_host": "http.host",
    "http_url": "http.request.full_uri",
    "http_status": "http.response.code",
    "http_user_agent": "http.user_agent",
    "http_content_type": "http.content_type",
    "ssh": "ssh.protocol",
}
#: The columns that a flow row takes over, with the type they have there.
METADATA: Final = {
    "server_name": pl.String,
    "tls_alpn": pl.String,
    "dns_query": pl.String,
    "dns_query_type": pl.UInt16,
    "dns_rcode": pl.UInt16,
    "http_method": pl.String,
    "http_url": pl.String,
    "http_status": pl.UInt16,
    "http_user_agent": pl.String,
    "http_content_type": pl.String,
}
#: What a flow's two ends are called in a key: the smaller (address, port) is the low end.
KEY: Final = ("l4", "low_high", "low_low", "low_port", "up_high", "up_low", "up_port")
_TRANSPORT: Final = r":(?:tcp|udp|sctp|icmp|icmpv6)(?::([^:]+))?"
_NAMELESS: Final = ("data", "ip", "ipv6")


def program() -> str:
    """Return tshark's path. Raises OSError that says how to get it."""
    if path := shutil.which("tshark"):
        return path
    raise OSError("tshark is not installed, which this needs: apt-get install tshark")


def check(path: Path) -> None:
    """Raise OSError with tshark's own reason if it cannot read the file."""
    first = [program(), "-n", "-r", str(path), "-c", "1", "-T", "fields", "-e", "frame.number"]
    done = subprocess.run(first, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise OSError(f"tshark cannot read {path}: {said[-1].removeprefix('tshark: ')}")


def command(source: list[str]) -> list[str]:
    """Return the command that prints the fields of a source, ``-r FILE`` or ``-i CARD``."""
    fields = [part for name in FIELDS.values() for part in ("-e", name)]
    return [program(), "-n", "-l", *source, "-T", "fields", "-E", "occurrence=f", *fields]


def file_command(path: Path) -> list[str]:
    """Return the command that prints the fields of a capture file."""
    return command(["-r", str(path)])


def facts(lines: bytes) -> pl.DataFrame:
    """Return what tshark's lines say, one row a packet that belongs to a flow.

    Columns: ``time`` (µs since 1970), ``KEY``, ``from_low`` (the low end sent it), ``application``
    ("" for none), ``ssh`` and those of ``METADATA`` (null for none).
    """
    schema = dict.fromkeys(FIELDS, pl.String)
    if not lines:
        raw = pl.DataFrame(schema=schema)
    else:
        raw = pl.read_csv(
            lines, separator="\t", quote_char=None, has_header=False, schema=schema,
            truncate_ragged_lines=True, missing_columns="insert", encoding="utf8-lossy",
        )  # fmt: skip
    table = raw.select(
        (pl.col("time").cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64),
        pl.col("protocols").str.extract(_TRANSPORT).fill_null("").alias("application"),
        pl.coalesce("source", "source6").alias("source"),
        pl.coalesce("target", "target6").alias("target"),
        _protocol(),
        _port("tcp_source", "udp_source").alias("source_port"),
        _port("tcp_target", "udp_target").alias("target_port"),
        pl.col("ssh"),
        pl.coalesce("tls_sni", "http_host", "dns_query").alias("server_name"),
        *(
            pl.col(name).cast(kind, strict=False)
            for name, kind in METADATA.items()
            if name != "server_name"
        ),
    )
    return _keyed(table.drop_nulls(["time", "source", "target", "l4"]))


def _protocol() -> pl.Expr:
    """Return the transport; behind IPv6's extension headers ``ipv6.nxt`` does not tell it."""
    told = pl.coalesce("l4", "l46").cast(pl.UInt8, strict=False)
    tcp, udp = pl.col("tcp_source").is_not_null(), pl.col("udp_source").is_not_null()
    return (
        pl.when(tcp)
        .then(pl.lit(6))
        .when(udp)
        .then(pl.lit(17))
        .otherwise(told)
        .cast(pl.UInt8)
        .alias("l4")
    )


def _port(*names: str) -> pl.Expr:
    return pl.coalesce(*names).cast(pl.UInt16, strict=False).fill_null(0)


def _keyed(table: pl.DataFrame) -> pl.DataFrame:
    """Replace the two ends by the key's columns, which do not depend on the direction."""
    texts = pl.concat([table["source"], table["target"]]).unique().to_list()
    known = {text: parts for text in texts if (parts := _pack(text)) is not None}
    addresses = pl.DataFrame(
        [(text, *parts) for text, parts in known.items()],
        schema={"text": pl.String, "high": pl.UInt64, "low": pl.UInt64},
        orient="row",
    )
    for end in ("source", "target"):
        named = addresses.select(
            pl.col("text").alias(end),
            pl.col("high").alias(f"{end}_high"),
            pl.col("low").alias(f"{end}_low"),
        )
        table = table.join(named, on=end, how="inner", maintain_order="left")
    nameless = pl.col("application").is_in(_NAMELESS)
    return table.with_columns(
        *key("source", "target"),
        is_low("source", "target").alias("from_low"),
        pl.when(nameless).then(pl.lit("")).otherwise("application").alias("application"),
    ).select("time", *KEY, "from_low", "application", "ssh", *METADATA)


def _pack(text: str) -> tuple[int, int] | None:
    try:
        return pack(text)
    except ValueError:
        return None


def is_low(end: str, other: str) -> pl.Expr:
    """Return whether an end, named by its columns' prefix, is the low one."""
    parts = [
        (pl.col(f"{end}_{part}"), pl.col(f"{other}_{part}")) for part in ("high", "low", "port")
    ]
    (high, high2), (low, low2), (port, port2) = parts
    return (high < high2) | ((high == high2) & ((low < low2) | ((low == low2) & (port <= port2))))


def key(end: str, other: str) -> list[pl.Expr]:
    """Return the key's columns from two ends named by their columns' prefixes."""
    low = is_low(end, other)
    return [
        pl.when(low if side == "low" else ~low)
        .then(pl.col(f"{end}_{part}"))
        .otherwise(pl.col(f"{other}_{part}"))
        .alias(f"{side}_{part}")
        for side in ("low", "up")
        for part in ("high", "low", "port")
    ]
