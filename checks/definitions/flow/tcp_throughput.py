"""TCP that carries little, or is told to wait. Source: ntopng; ATT&CK T1499."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import About, Category, FlowCheck
from checks.conditions import TCP, is_application, is_established, payload, percent
from checks.parameters import names, number

#: Chats and remote shells send a few bytes at a time by nature; ntopng's list.
_TALKATIVE = ("MDNS", "ntop", "Signal", "QQ", "IRC", "Telnet", "SSH", "Telegram")
_PHONES = ("KakaoTalk", "WhatsApp", "WhatsAppCall", "WeChat")


@dataclass(frozen=True)
class LowGoodput(FlowCheck):
    """Fires when at most ``percent`` of an established TCP flow's bytes are payload."""

    key = "low_goodput"
    about = About.LOCAL
    title = "Low Goodput"
    category = Category.NETWORK
    score = 10
    attack = "T1499"
    needs = "packets"

    percent: float = number("Payload", 60, unit="%", minimum=0, maximum=100)
    min_packets: float = number(
        "Packets", 4, unit="packets", minimum=4, maximum=1_000_000, help="Fewer say nothing"
    )
    excluded_applications: tuple[str, ...] = names("Excluded applications", (*_TALKATIVE, *_PHONES))

    def when(self) -> pl.Expr:
        """Compare payload with all bytes."""
        packets = pl.col("packets_to_server") + pl.col("packets_to_client")
        is_low = self._share() <= self.percent
        return (pl.col("l4") == TCP) & (packets >= self.min_packets) & is_low

    def refine(self) -> pl.Expr:
        """Leave out what was never established, and the excluded applications."""
        excluded = self.excluded_applications
        is_excluded = is_application(*excluded) if excluded else pl.lit(False)
        return is_established() & ~is_excluded

    def _share(self) -> pl.Expr:
        return percent(payload(), pl.col("bytes_to_server") + pl.col("bytes_to_client"))

    def message(self) -> pl.Expr:
        """Name both and the share."""
        share = self._share().round(0).cast(pl.Int64)
        text = "{} to {}:{}: only {} % of the bytes are payload"
        return pl.format(text, "client", "server", "server_port", share)

    def values(self) -> dict[str, pl.Expr]:
        """Return the share and its limit."""
        return {"payload_percent": self._share().round(1), "percent_limit": pl.lit(self.percent)}


@dataclass(frozen=True)
class ZeroTcpWindow(FlowCheck):
    """Fires when a TCP peer tells the other to wait: a segment with window 0."""

    key = "zero_tcp_window"
    about = About.LOCAL
    title = "TCP Zero Window"
    category = Category.NETWORK
    score = 10
    client_share = 90
    attack = "T1499"
    events = ("update", "end")
    needs = "packets"

    def when(self) -> pl.Expr:
        """Look at both directions."""
        return (pl.col("zero_window_to_server") > 0) | (pl.col("zero_window_to_client") > 0)

    def message(self) -> pl.Expr:
        """Name both and who had to wait."""
        text = "{} to {}:{}: the client closed its window {} times, the server {} times"
        counts = ("zero_window_to_server", "zero_window_to_client")
        return pl.format(text, "client", "server", "server_port", *counts)

    def values(self) -> dict[str, pl.Expr]:
        """Return the counts."""
        return {name: pl.col(name) for name in ("zero_window_to_server", "zero_window_to_client")}


CHECKS = (LowGoodput, ZeroTcpWindow)
