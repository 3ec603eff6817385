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
    return pl.format("{}|{}", _SUBJECTS[about], "vlan")


def identity_by_row() -> pl.Expr:
    """Return the identity where each row says whom it is about, in a column ``about``."""
    subjects = [
        pl.when(pl.col("about") == about).then(subject) for about, subject in _SUBJECTS.items()
    ]
    return pl.format("{}|{}", pl.coalesce(subjects), "vlan")


def _is_inbound() -> pl.Expr:
    return pl.col("server_is_local") & ~pl.col("client_is_local")


def _network() -> pl.Expr:
    """Return the server's network: the halves of its address, without what is the host's."""
    is_ipv4 = inside("server", ["0.0.0.0/0"])
    low = pl.when(is_ipv4).then(pl.col("server_low") // 256).otherwise(0)
    return pl.format("to network {}:{}", "server_high", low)


_SUBJECTS = {
    About.PAIR: pl.format("{}|{}", "client", "server"),
    About.CLIENT: pl.col("client"),
    About.SERVER: pl.col("server"),
    About.LOCAL: pl.when(_is_inbound()).then("server").otherwise("client"),
    About.OPENER: pl.when(_is_inbound()).then(_network()).otherwise("client"),
}
