"""Conditions and measures that several checks share, as expressions."""

from __future__ import annotations

import re
from collections.abc import Collection

import polars as pl

TCP = 6
UDP = 17
#: ICMP and ICMPv6.
ICMP = (1, 58)

SYN = 0x02
ACK = 0x10

#: Up to so many names, comparing with each is quicker than one regular expression for all.
_FEW = 5

#: Zeek's states in which a handshake was completed.
_ESTABLISHED = ("S1", "SF", "S2", "S3", "RSTO", "RSTR")


def is_application(*masters: str) -> pl.Expr:
    """Return whether the application is one of these, or is carried by one: "DNS.Google" is DNS."""
    name = pl.col("application")
    if len(masters) <= _FEW:
        tests = ((name == m) | name.str.starts_with(f"{m}.") for m in masters)
        return pl.any_horizontal(tests)
    return name.str.contains(rf"^(?:{'|'.join(map(re.escape, masters))})(?:\.|$)")


def is_below(name: pl.Expr, domains: Collection[str]) -> pl.Expr:
    """Return whether a name in lower case is one of the domains or below one; False for none."""
    suffixes = [re.escape(domain.lower().strip(".")) for domain in domains]
    return name.str.contains(rf"(?:^|\.)(?:{'|'.join(suffixes)})$") if suffixes else pl.lit(False)


def is_any_of(column: str, words: Collection[str | int]) -> pl.Expr:
    """Return whether a column is one of these; False for none."""
    return pl.col(column).is_in(list(words)) if words else pl.lit(False)


def is_excluded(applications: Collection[str], categories: Collection[str]) -> pl.Expr:
    """Return whether the operator left the flow's application or category out."""
    by_name = is_application(*applications) if applications else pl.lit(False)
    return is_any_of("category", categories) | by_name


def is_established() -> pl.Expr:
    """Return whether a TCP handshake was completed, or the flow is not TCP.

    Exporters do not know states: there, an answer counts.
    """
    answered = pl.col("packets_to_client") > 0
    state = pl.col("connection_state")
    return (pl.col("l4") != TCP) | state.is_in(_ESTABLISHED) | ((state == "") & answered)


def percent(part: pl.Expr | str, whole: pl.Expr | str) -> pl.Expr:
    """Return a part of a whole in per cent; 0 of nothing, where plain division gives NaN."""
    part, whole = (pl.col(e) if isinstance(e, str) else e for e in (part, whole))
    return part.cast(pl.Float64) * 100 / whole.clip(lower_bound=1)


def payload() -> pl.Expr:
    """Return the bytes above L4, both directions."""
    return pl.col("payload_to_server") + pl.col("payload_to_client")
