"""Local hosts whose attempts come to nothing, over minutes: names that are not there, slow scans.

Malware that generates names asks for many to find the few that its master registered: most do not
exist. Method after M. Antonakakis et al., "From Throw-Away Traffic to Bots: Detecting the Rise of
DGA-Based Malware", USENIX Security 2012, which clusters such answers (NXDOMAIN); here their number
and share per host, since a clean host's mistakes are few and repeat themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import number
from checks.conditions import percent
from checks.kinds import HostWindowCheck


@dataclass(frozen=True)
class GeneratedDomainLookups(HostWindowCheck):
    """Fires when a local host asks for many names that do not exist, and mostly for such.

    At least ``names`` distinct ones in five minutes, and ``failed`` per cent of those asked.
    """

    key = "generated_domain_lookups"
    title = "Generated Domain Look-ups"
    score = 100
    attack = "T1568.002"
    needs = "packets"
    advice = "Resolvers, mail filters that ask blacklists by DNS, and misspelt search domains."

    names: float = number("Names that fail", 10, unit="names", minimum=2, maximum=100_000)
    failed: float = number("Failed", 60, unit="%", minimum=1, maximum=100)

    def when(self) -> pl.Expr:
        """Compare number and share."""
        is_many = pl.col("names_failed") >= self.names
        return is_many & (self._percent() >= self.failed) & ~pl.col("is_dns_server")

    def _percent(self) -> pl.Expr:
        return percent("names_failed", "names_asked")

    def message(self) -> pl.Expr:
        """Name both counts."""
        text = "{} asked for {} names in five minutes, of which {} do not exist"
        return pl.format(text, "address", "names_asked", "names_failed")

    def values(self) -> dict[str, pl.Expr]:
        """Return number and share with their limits."""
        return {
            "names_failed": pl.col("names_failed"),
            "names_limit": pl.lit(self.names),
            "failed_percent": self._percent().round(1),
            "failed_limit": pl.lit(self.failed),
        }


@dataclass(frozen=True)
class SlowScan(HostWindowCheck):
    """Fires when more than ``targets`` servers and ports fail a local host in five minutes.

    A scan that stays below the limits of a minute shows over five.
    """

    key = "slow_scan"
    title = "Slow Scan"
    score = 100
    attack = "T1595"
    advice = "Peer-to-peer programs and monitoring systems look alike: exclude them."

    targets: float = number("Targets", 60, unit="servers and ports", minimum=2, maximum=65_535)

    def when(self) -> pl.Expr:
        """Compare the distinct targets."""
        return pl.col("failed_targets") > self.targets

    def message(self) -> pl.Expr:
        """Name how many."""
        text = "{} tried {} servers and ports in five minutes that refused or did not answer"
        return pl.format(text, "address", "failed_targets")

    def values(self) -> dict[str, pl.Expr]:
        """Return the number and its limit."""
        return {"failed_targets": pl.col("failed_targets"), "targets": pl.lit(self.targets)}


CHECKS = (GeneratedDomainLookups, SlowScan)
