"""What makes two findings of a flow check the same, so that one cause is one alert.

A check says whom it is about. The rule: the number of alerts that one cause can make must not grow
with the number of addresses that somebody outside chooses. A scan of a network is about the
scanner; a flood from made-up addresses is about the network that it hits.
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from checks.addresses import inside


class About(StrEnum):
    """Whom the findings of a flow check are about."""

    #: Client and server: what these two do with each other.
    PAIR = "client and server"
    #: The client, whomever it contacts: what a program or a user does.
    CLIENT = "client"
    #: The server, whoever contacts it: what a service offers.
    SERVER = "server"
    #: The end inside; the client where both are, or none.
    LOCAL = "the local end"
    #: The client inside. From outside, where addresses are many and may be made up, the server's
    #: network (a /24 of IPv4, a /64 of IPv6).
    OPENER = "the local client, or the network contacted from outside"


def identity(about: About) -> pl.Expr:
    """Return the identity of a flow's finding, over its address columns and their texts."""
    return pl.format("{}|{}", _SUBJECTS[about](), "vlan")


def _pair() -> pl.Expr:
    return pl.format("{}|{}", "client", "server")


def _local() -> pl.Expr:
    is_inbound = pl.col("server_is_local") & ~pl.col("client_is_local")
    return pl.when(is_inbound).then("server").otherwise("client")


def _opener() -> pl.Expr:
    is_inbound = pl.col("server_is_local") & ~pl.col("client_is_local")
    return pl.when(is_inbound).then(pl.format("to {}", _network())).otherwise("client")


def _network() -> pl.Expr:
    """Return the server's network: the /24 as text, the /64 as its address's first half."""
    four = pl.col("server").str.replace(r"\.[0-9]+$", ".0/24")
    return (
        pl.when(inside("server", ["0.0.0.0/0"]))
        .then(four)
        .otherwise(pl.format("/64 {}", "server_high"))
    )


_SUBJECTS = {
    About.PAIR: _pair,
    About.CLIENT: lambda: pl.col("client"),
    About.SERVER: lambda: pl.col("server"),
    About.LOCAL: _local,
    About.OPENER: _opener,
}
