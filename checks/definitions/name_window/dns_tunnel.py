"""Data hidden in names of DNS. ATT&CK T1071.004.

What is carried out must stand in the names, and no name may repeat, or a cache would answer it: a
tunnel asks for many different, long names below one domain. Method after V. Paxson et al.,
"Practical Comprehensive Bounds on Surreptitious Communication Over DNS", USENIX Security 2013: the
information in the distinct names per client and domain bounds what can have been carried; here it
is their number times their mean length, in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Check, Family, number
from checks.conditions import is_below
from checks.parameters import names as listed


@dataclass(frozen=True)
class DnsTunnel(Check):
    """Fires when a client asks for many different, long names below one domain in five minutes.

    At least ``names`` distinct ones, on average ``length`` characters left of the domain, and
    together ``carried`` bytes.
    """

    frame = "name_window"
    family = Family.FLOW
    title = "DNS Tunnel"
    score = 100
    attack = "T1071.004"
    attacker = "host"
    cooldown = 300.0
    needs = "packets"
    advice = "Content networks and antivirus look-ups put data in names, too: allow the domain."

    names: float = number("Names", 20, unit="names", minimum=2, maximum=100_000)
    length: float = number("Length", 20, unit="characters", minimum=1, maximum=250)
    carried: float = number("Carried", 1_000, unit="bytes", minimum=1, maximum=2**30)
    items: tuple[str, ...] = listed("Allowed domains", ("in-addr.arpa", "ip6.arpa", "sophosxl.net"))

    def when(self) -> pl.Expr:
        """Compare number, length and their product."""
        is_many = (pl.col("names") >= self.names) & (pl.col("name_length") >= self.length)
        return is_many & (self._carried() >= self.carried) & ~is_below(pl.col("domain"), self.items)

    def _carried(self) -> pl.Expr:
        return pl.col("names") * pl.col("name_length")

    def message(self) -> pl.Expr:
        """Name the domain, the number and the amount."""
        carried = self._carried().round(0).cast(pl.Int64)
        text = "{} asked for {} names below {} in five minutes, which can carry {} bytes"
        return pl.format(text, "address", "names", "domain", carried)

    def values(self) -> dict[str, pl.Expr]:
        """Return what was compared."""
        return {
            "domain": pl.col("domain"),
            "names": pl.col("names"),
            "names_limit": pl.lit(self.names),
            "name_length": pl.col("name_length").round(1),
            "length_limit": pl.lit(self.length),
            "carried": self._carried().round(0),
        }

    def identity(self) -> pl.Expr:
        """Return client and domain."""
        return pl.format("{}|{}|{}", "address", "domain", "vlan")
