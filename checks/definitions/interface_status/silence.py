"""Interfaces and exporters from which nothing comes. Source: ntopng's two checks of these keys.

Which of the two fires says where to look: an agent that still reports but sees nothing has no
traffic; an agent or exporter that does not report is itself gone. Capture files come to an end
and programs post when they like, so neither is watched.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, InterfaceStatusCheck, number

#: Kinds of interfaces that are expected to go on for ever.
_ENDLESS = ("live", "netflow", "sflow", "syslog")


@dataclass(frozen=True)
class Silent(InterfaceStatusCheck):
    """Nothing came for ``seconds``."""

    category = Category.INTERNALS
    score = 250
    seconds: float

    def _is_watched(self) -> pl.Expr:
        return pl.col("kind").is_in(_ENDLESS) & (pl.col("age") > self.seconds)

    def values(self) -> dict[str, pl.Expr]:
        """Return the silence and what came in the last minute."""
        came = {name: pl.col(name) for name in ("silence", "packets", "flows")}
        return came | {"seconds": pl.lit(self.seconds)}


@dataclass(frozen=True)
class NoIfActivity(Silent):
    """Fires when an agent reports no packet and no flow of an interface in the last minute."""

    key = "no_if_activity"
    title = "No Traffic Activity"
    advice = "Check the cable, the mirror port and the capture filter."

    seconds: float = number("Silence", 60, unit="seconds", minimum=60, maximum=86_400)

    def when(self) -> pl.Expr:
        """Look at interfaces whose agent reports."""
        nothing = (pl.col("packets") == 0) & (pl.col("flows") == 0)
        return self._is_watched() & nothing & (pl.col("silence") <= self.seconds)

    def message(self) -> pl.Expr:
        """Name the interface."""
        return pl.format("{} of {} sees no traffic", "name", "agent")


@dataclass(frozen=True)
class NoProbeOrExporterActivity(Silent):
    """Fires when an agent, or an exporter behind it, has sent nothing for ``seconds``."""

    key = "no_probe_or_exporter_activity"
    title = "No Exporter Activity"
    advice = "Check that the agent runs and reaches the server; disable an agent that is gone."

    seconds: float = number("Silence", 60, unit="seconds", minimum=30, maximum=86_400)

    def when(self) -> pl.Expr:
        """Compare the time since the last batch."""
        return self._is_watched() & (pl.col("silence") > self.seconds)

    def message(self) -> pl.Expr:
        """Name the interface and the time."""
        silence = pl.col("silence").round(0).cast(pl.Int64)
        return pl.format("{} of {} has sent nothing for {} s", "name", "agent", silence)


CHECKS = (NoIfActivity, NoProbeOrExporterActivity)
