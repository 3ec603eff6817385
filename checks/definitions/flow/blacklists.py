"""Flows with a peer or name of a blacklist. Source: ntopng's three checks of these keys."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import About, FlowCheck
from checks.conditions import ICMP

#: Categories of lists, and of nDPI, that are a nuisance rather than malware.
_HARMLESS = ("Mining", "Advertisement")


@dataclass(frozen=True)
class Blacklisted(FlowCheck):
    """Fires on flows to a name on a malware list, where neither address is itself on a list."""

    key = "blacklisted"
    title = "Blacklisted Flow"
    score = 200
    client_share = 90

    def when(self) -> pl.Expr:
        """Look at the list of names, and at the category, which such a list sets."""
        return pl.col("name_list").is_not_null() | (pl.col("category") == "Malware")

    def refine(self) -> pl.Expr:
        """Leave out harmless lists, and what is told by address."""
        by_name = pl.col("name_list").is_not_null() & ~pl.col("category").is_in(_HARMLESS)
        by_address = pl.col("client_list").is_not_null() | pl.col("server_list").is_not_null()
        return (by_name | (pl.col("category") == "Malware")) & ~by_address

    def message(self) -> pl.Expr:
        """Name the client, the server and the list."""
        name = pl.coalesce("server_name", "server")
        source = pl.coalesce("name_list", pl.lit("the engine's malware category"))
        return pl.format("{} contacted {}, listed by {}", "client", name, source)

    def values(self) -> dict[str, pl.Expr]:
        """Return the name and the list."""
        return {"server_name": pl.col("server_name"), "list": pl.col("name_list")}


@dataclass(frozen=True)
class BlacklistedClientContact(FlowCheck):
    """Fires when a remote client on a blacklist contacts a local server."""

    key = "blacklisted_client_contact"
    about = About.CLIENT
    title = "Blacklisted Client Contact"
    attacker = "client"

    def when(self) -> pl.Expr:
        """Look at flows from outside."""
        is_from_outside = pl.col("direction") == "remote_to_local"
        return pl.col("client_list").is_not_null() & is_from_outside

    def weight(self, score: int) -> pl.Expr:
        """Weigh a contact that nobody answered with a fifth."""
        answered = pl.col("packets_to_client") > 0
        return pl.when(answered).then(score).otherwise(max(score // 5, 1))

    def victims(self) -> pl.Expr:
        """Name the server, unless it is on a list itself."""
        is_listed = pl.col("server_list").is_not_null()
        return pl.when(is_listed).then(pl.lit("")).otherwise(pl.lit("server"))

    def message(self) -> pl.Expr:
        """Name the client and the list."""
        text = "Blacklisted client {} (listed by {}) contacted {}:{}"
        return pl.format(text, "client", "client_list", "server", "server_port")

    def values(self) -> dict[str, pl.Expr]:
        """Return the list, and whether the server answered."""
        return {"list": pl.col("client_list"), "packets_to_client": pl.col("packets_to_client")}


@dataclass(frozen=True)
class BlacklistedServerContact(FlowCheck):
    """Fires when a local client contacts a remote server on a blacklist."""

    key = "blacklisted_server_contact"
    title = "Blacklisted Server Contact"
    score = 200
    client_share = 90
    attacker = "server"
    victim = "client"

    def when(self) -> pl.Expr:
        """Look at flows to the outside."""
        is_to_outside = pl.col("direction") == "local_to_remote"
        return pl.col("server_list").is_not_null() & is_to_outside

    def weight(self, score: int) -> pl.Expr:
        """Weigh a ping with a twentieth."""
        return pl.when(pl.col("l4").is_in(ICMP)).then(max(score // 20, 1)).otherwise(score)

    def message(self) -> pl.Expr:
        """Name the server and the list."""
        text = "{} contacted the blacklisted server {}:{} (listed by {})"
        return pl.format(text, "client", "server", "server_port", "server_list")

    def values(self) -> dict[str, pl.Expr]:
        """Return the list and the name asked for."""
        return {"list": pl.col("server_list"), "server_name": pl.col("server_name")}


CHECKS = (Blacklisted, BlacklistedClientContact, BlacklistedServerContact)
