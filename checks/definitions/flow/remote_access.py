"""Remote desktops, tunnels and file sharing across the border. Source: ntopng; ATT&CK T1133."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import About, Category, FlowCheck

_CATEGORIES = ("RemoteAccess", "VPN", "FileSharing")


@dataclass(frozen=True)
class RemoteAccess(FlowCheck):
    """Fires on remote access, VPN and file sharing (nDPI's categories) with a remote peer."""

    about = About.LOCAL
    title = "Remote Access"
    category = Category.NETWORK
    score = 10
    attack = "T1133"

    def when(self) -> pl.Expr:
        """Look at flows that are not local on both sides."""
        category = pl.col("category")
        is_remote_access = pl.any_horizontal(category == name for name in _CATEGORIES)
        return is_remote_access & (pl.col("direction") != "local")

    def message(self) -> pl.Expr:
        """Name the application."""
        return pl.format("{} from {} to {}:{}", "application", "client", "server", "server_port")

    def values(self) -> dict[str, pl.Expr]:
        """Return what nDPI says."""
        return {"application": pl.col("application"), "category": pl.col("category")}
