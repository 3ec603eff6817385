"""Insecure protocols offered to the outside. Source: ntopng; ATT&CK T1021.001."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import About, FlowCheck
from checks.conditions import is_established


@dataclass(frozen=True)
class RemoteToLocalInsecureFlow(FlowCheck):
    """Fires when a remote client uses an unsafe or dangerous application of a local server.

    The application must have been seen in the packets, not guessed from the port, and a TCP
    handshake completed.
    """

    about = About.SERVER
    title = "Remote to Local Insecure Protocol"
    score = 100
    attack = "T1021.001"
    attacker = "client"
    victim = "server"

    def when(self) -> pl.Expr:
        """Look at flows from outside."""
        return pl.col("direction") == "remote_to_local"

    def refine(self) -> pl.Expr:
        """Look for what is insecure; leave out what was guessed, or never established."""
        is_bad = pl.col("category").is_in(["Malware", "Banned_Site"]) | self._is_unsafe()
        is_sure = pl.col("confidence").str.contains("DPI", literal=True)
        return is_bad & is_sure & is_established()

    def _is_unsafe(self) -> pl.Expr:
        return pl.col("breed").is_in(["Unsafe", "Potentially_Dangerous", "Dangerous"])

    def share(self) -> pl.Expr:
        """Give the client most of it where the application itself is unsafe."""
        return pl.when(self._is_unsafe()).then(90).otherwise(10)

    def message(self) -> pl.Expr:
        """Name the application and its breed."""
        text = "{} used the insecure {} ({}) of {}:{}"
        return pl.format(text, "client", "application", "breed", "server", "server_port")

    def values(self) -> dict[str, pl.Expr]:
        """Return what nDPI says."""
        return {name: pl.col(name) for name in ("application", "breed", "category")}
