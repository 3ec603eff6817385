"""Checks of the derived frames (:mod:`checks.derived`): what each kind is about and when it ends.

A window is evaluated every half minute, so an alert outlives a few rounds without a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from checks.amounts import in_bytes, whole
from checks.base import Category, Check, Family
from checks.parameters import choice, number

#: Longest learning period and alarm, in seconds: a month.
_MONTH = 2_592_000


def spell(title: str, default: float) -> Any:
    """Declare how long a thing is learned before what is new of it counts."""
    return number(title, default, unit="seconds", minimum=60, maximum=_MONTH)


@dataclass(frozen=True)
class HostWindowCheck(Check):
    """A check of what a local host did in five minutes."""

    frame = "host_window"
    family = Family.HOST
    attacker = "host"
    cooldown = 300.0

    def identity(self) -> pl.Expr:
        """Return address and VLAN."""
        return pl.format("{}|{}", "address", "vlan")


@dataclass(frozen=True)
class Contacts(HostWindowCheck):
    """More distinct ``column`` in five minutes than ``threshold``; ``noun`` says what they are."""

    column: ClassVar[str] = ""
    noun: ClassVar[str] = ""
    threshold: float

    def when(self) -> pl.Expr:
        """Compare the count."""
        return pl.col(self.column) > self.threshold

    def message(self) -> pl.Expr:
        """Name the count."""
        limit = pl.lit(self.threshold)
        text = f"{{}} contacted {{}} {self.noun} in five minutes, over {{}}"
        return pl.format(text, "address", self.column, limit)

    def values(self) -> dict[str, pl.Expr]:
        """Return count and threshold."""
        return {self.column: pl.col(self.column), "threshold": pl.lit(self.threshold)}


@dataclass(frozen=True)
class PairCheck(Check):
    """A check of a client and a port of a server; the same findings are of the same three."""

    frame = "pair_window"
    family = Family.FLOW
    attacker = "client"
    victim = "server"
    cooldown = 300.0

    def identity(self) -> pl.Expr:
        """Return client, server, port and VLAN."""
        return pl.format("{}|{}|{}|{}", "client", "server", "server_port", "vlan")


@dataclass(frozen=True)
class LearnedCheck(Check):
    """Fires on what is new after learning, and on what the operator denied.

    New is what was first seen more than ``learning`` seconds after learning began; it counts for
    ``alarm`` seconds, or until the operator allows it, or denies it, which counts for ever.
    """

    cooldown = 600.0
    learning: float
    alarm: float

    def when(self) -> pl.Expr:
        """Look at the verdict, and at the times."""
        is_new = (pl.col("learned_after") > self.learning) & (pl.col("known_for") <= self.alarm)
        unsaid = pl.col("verdict") == ""
        return (pl.col("verdict") == "denied") | (unsaid & is_new)

    def how(self) -> pl.Expr:
        """Return "new" or "denied"."""
        is_denied = pl.col("verdict") == "denied"
        return pl.when(is_denied).then(pl.lit("denied")).otherwise(pl.lit("new"))

    def values(self) -> dict[str, pl.Expr]:
        """Return the times and the verdict."""
        seconds = {name: pl.col(name).round(0) for name in ("learned_after", "known_for")}
        return {**seconds, "verdict": self.how(), "learning": pl.lit(self.learning)}


@dataclass(frozen=True)
class ContactCheck(LearnedCheck):
    """A check of who talks to whom; ``kind`` is what is learned."""

    frame = "contact"
    kind: ClassVar[str] = ""

    def when(self) -> pl.Expr:
        """Look at rows of the kind."""
        return (pl.col("kind") == self.kind) & super().when()


@dataclass(frozen=True)
class NetworkCheck(Check):
    """A check of a local network; two findings are the same when the network is."""

    frame = "network"
    family = Family.NETWORK
    cooldown = 120.0

    def identity(self) -> pl.Expr:
        """Return the network."""
        return pl.col("name")


@dataclass(frozen=True)
class SegmentCheck(Check):
    """A check of the ARP and DHCP of one interface and VLAN."""

    frame = "segment"
    family = Family.NETWORK
    cooldown = 300.0
    needs = "ARP and DHCP, from an agent that captures packets"

    def identity(self) -> pl.Expr:
        """Return interface and VLAN."""
        return pl.format("{}|{}", "interface_id", "vlan")


@dataclass(frozen=True)
class BandCheck(Check):
    """Fires when a measure leaves the band that its past lets expect.

    The band is the forecast of exponential smoothing plus and minus ``width`` standard deviations
    of its past errors, after at least ``points`` points of five minutes. One point outside may be
    chance: ``misses`` in a row are not. ``side`` says whether falling below it counts, too. The
    alert's page draws the points and their bands.
    """

    frame = "band"
    category = Category.NETWORK
    cooldown = 900.0
    default_enabled = False
    needs = "some hours of traffic to learn from"
    advice = "Widen the band, or ask for more points outside it in a row."
    kind: ClassVar[str] = ""
    measure: ClassVar[str] = ""
    noun: ClassVar[str] = ""

    width: float = number("Width", 3, unit="deviations", minimum=1, maximum=100)
    misses: float = number("Points outside", 3, unit="points", minimum=1, maximum=12)
    points: float = number("Past", 144, unit="points", minimum=12, maximum=2_000)
    side: str = choice("Side", "over", ("over", "under", "both"))

    def when(self) -> pl.Expr:
        """Compare with the band."""
        about = (pl.col("kind") == self.kind) & (pl.col("measure") == self.measure)
        nearest = pl.col("distances").list.head(int(self.misses)).list.min()
        is_long = pl.col("distances").list.len() >= int(self.misses)
        is_sure = (pl.col("points") >= self.points) & is_long
        return about & is_sure & (nearest > self.width) & self._is_on_side()

    def _is_on_side(self) -> pl.Expr:
        above = pl.col("value") > pl.col("expected")
        sides = {"over": above, "under": ~above, "both": pl.lit(True)}
        return sides[self.side]

    def _edge(self, sign: int) -> pl.Expr:
        edge = pl.col("expected") + sign * self.width * pl.col("deviation")
        return edge.clip(lower_bound=0).round(1)

    def message(self) -> pl.Expr:
        """Name the value and the band."""
        told = in_bytes if self.measure == "bytes" else whole
        amounts = [told(value) for value in (pl.col("value"), *self._edges())]
        noun = f" {self.noun}".rstrip()
        text = f"{{}}: {{}}{noun} in five minutes, expected from {{}} to {{}}"
        return pl.format(text, "name", *amounts)

    def _edges(self) -> tuple[pl.Expr, pl.Expr]:
        return self._edge(-1), self._edge(1)

    def values(self) -> dict[str, pl.Expr]:
        """Return the value, the band, and the points to draw."""
        lower, upper = self._edges()
        return {
            "value": pl.col("value"),
            "expected": pl.col("expected").round(1),
            "lower": lower,
            "upper": upper,
            "width": pl.lit(self.width),
            "series": pl.col("series"),
        }

    def identity(self) -> pl.Expr:
        """Return whose measure it is."""
        return pl.format("{}|{}", "kind", "name")


@dataclass(frozen=True)
class PlatformCheck(Check):
    """A check of the platform's own parts; ``kind`` is what of them."""

    frame = "platform"
    family = Family.SYSTEM
    category = Category.INTERNALS
    cooldown = 180.0
    kind: ClassVar[str] = ""

    def when(self) -> pl.Expr:
        """Look at rows of the kind."""
        return (pl.col("kind") == self.kind) & self.is_wrong()

    def is_wrong(self) -> pl.Expr:
        """Return whether a row of the kind is over its limit."""
        raise NotImplementedError

    def values(self) -> dict[str, pl.Expr]:
        """Return value, limit and text."""
        return {"value": pl.col("value"), "limit": pl.col("limit"), "text": pl.col("text")}

    def identity(self) -> pl.Expr:
        """Return the part."""
        return pl.col("name")
