"""The platform's own parts: late, slow, lost, failed. Source: ntopng's checks and events.

A key that ntopng has twice, for interfaces and for the system, is here with its family before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Family, number
from checks.kinds import PlatformCheck


@dataclass(frozen=True)
class PeriodicActivityNotExecuted(PlatformCheck):
    """Fires when a periodic task is overdue by more than ``periods`` of its periods."""

    key = "periodic_activity_not_executed"
    title = "Periodic Activity Not Executed"
    score = 50
    attack = "T1562"
    kind = "task"
    advice = "Is the worker running, and has it time? See the health page."

    periods: float = number("Overdue", 3, unit="periods", minimum=1, maximum=1_000)

    def is_wrong(self) -> pl.Expr:
        """Compare the time since the last run with the period."""
        return pl.col("value") > pl.col("limit") * self.periods

    def message(self) -> pl.Expr:
        """Name the task and the times."""
        seconds = [pl.col(name).round(0).cast(pl.Int64) for name in ("value", "limit")]
        return pl.format("{} last ran {} s ago, due every {} s", "name", *seconds)


@dataclass(frozen=True)
class SlowPeriodicActivity(PlatformCheck):
    """Fires when a periodic task ran for longer than ``percent`` per cent of its period."""

    key = "slow_periodic_activity"
    title = "Slow Periodic Activity"
    score = 100
    kind = "duration"
    advice = "Give the machine more of what it lacks, or the task a longer period."

    percent: float = number("Share", 100, unit="%", minimum=1, maximum=10_000)

    def is_wrong(self) -> pl.Expr:
        """Compare the last run's duration with the period."""
        return pl.col("value") * 100 > pl.col("limit") * self.percent

    def message(self) -> pl.Expr:
        """Name the task and the times."""
        return pl.format("{} took {} s, due every {} s", "name", pl.col("value").round(1), "limit")


@dataclass(frozen=True)
class InterfaceDroppedAlerts(PlatformCheck):
    """Fires when an agent threw rows away unchecked: its spool was full, or they were refused.

    Over ``rows`` batches since the last look.
    """

    key = "interface_dropped_alerts"
    title = "Interface Alerts Drops"
    family = Family.INTERFACE
    score = 100
    attack = "T1562"
    kind = "rows"
    advice = "See the agent's counters and its folder of refused batches."

    rows: float = number("Batches", 0, unit="batches", minimum=0, maximum=1_000_000)

    def is_wrong(self) -> pl.Expr:
        """Compare what was lost since the last look."""
        return pl.col("value") > self.rows

    def message(self) -> pl.Expr:
        """Name the agent and the number."""
        return pl.format("{} lost {} batches: {}", "name", pl.col("value").cast(pl.Int64), "text")


@dataclass(frozen=True)
class DroppedAlerts(PlatformCheck):
    """Fires when findings could not be made into alerts; they are kept and counted."""

    key = "dropped_alerts"
    title = "System Alerts Drops"
    score = 100
    attack = "T1562"
    kind = "findings"

    findings: float = number("Findings", 0, unit="findings", minimum=0, maximum=1_000_000)

    def is_wrong(self) -> pl.Expr:
        """Compare the number of failed findings."""
        return pl.col("value") > self.findings

    def message(self) -> pl.Expr:
        """Name the number and the last reason."""
        count = pl.col("value").cast(pl.Int64)
        return pl.format("{} findings could not become alerts: {}", count, "text")


@dataclass(frozen=True)
class ExportersLimitExceeded(PlatformCheck):
    """Fires when more than ``exporters`` interfaces of NetFlow or sFlow sent in the last hour.

    ntopng compares with its licence; here the operator says how many there should be.
    """

    key = "exporters_limit_exceeded"
    title = "Exporters Limit Exceeded"
    score = 250
    default_enabled = False
    kind = "exporters"

    exporters: float = number("Exporters", 500, unit="exporters", minimum=1, maximum=1_000_000)

    def is_wrong(self) -> pl.Expr:
        """Compare the number."""
        return pl.col("value") > self.exporters

    def message(self) -> pl.Expr:
        """Name the number."""
        return pl.format("{} exporters send flows", pl.col("value").cast(pl.Int64))


@dataclass(frozen=True)
class SystemErrorSeen(PlatformCheck):
    """Fires when a background task failed in the last minutes."""

    key = "system_error"
    title = "System Error"
    score = 250
    kind = "error"
    advice = "The worker's log has the whole of it."

    failures: float = number("Failures", 0, unit="failures", minimum=0, maximum=1_000_000)

    def is_wrong(self) -> pl.Expr:
        """Compare the number of failures."""
        return pl.col("value") > self.failures

    def message(self) -> pl.Expr:
        """Name the task and the last error."""
        count = pl.col("value").cast(pl.Int64)
        return pl.format("{} failed {} times: {}", "name", count, "text")


@dataclass(frozen=True)
class NotPurged(PlatformCheck):
    """Fires when flows of which nothing came for ``minutes`` still stand as active."""

    key = "not_purged"
    title = "Not Purged"
    score = 50
    kind = "flows"

    minutes: float = number("Silent for", 15, unit="minutes", minimum=6, maximum=1_440)

    def is_wrong(self) -> pl.Expr:
        """Compare the age of the oldest."""
        return pl.col("value") > self.minutes * 60

    def message(self) -> pl.Expr:
        """Name the age of the oldest."""
        minutes = (pl.col("value") / 60).round(0).cast(pl.Int64)
        return pl.format("A flow is kept as active {} minutes after its last row", minutes)


@dataclass(frozen=True)
class ListDownloadFailed(PlatformCheck):
    """Fires while an enabled blacklist could not be read."""

    key = "list_download_failed"
    title = "List Download Failed"
    category = Category.SYSTEM
    score = 50
    kind = "list"

    def is_wrong(self) -> pl.Expr:
        """Look for an error."""
        return pl.col("text") != ""

    def message(self) -> pl.Expr:
        """Name the list and the reason."""
        return pl.format("The list {} could not be read: {}", "name", "text")


@dataclass(frozen=True)
class LoginFailed(PlatformCheck):
    """Fires when log-ins to this server fail more than ``attempts`` times in five minutes."""

    key = "login_failed"
    title = "Login Failed"
    category = Category.SECURITY
    score = 50
    attack = "T1110"
    kind = "logins"

    attempts: float = number("Attempts", 2, unit="attempts", minimum=0, maximum=10_000)

    def is_wrong(self) -> pl.Expr:
        """Compare the number."""
        return pl.col("value") > self.attempts

    def message(self) -> pl.Expr:
        """Name who and from where."""
        count = pl.col("value").cast(pl.Int64)
        return pl.format("{} failed log-ins as {} from {}", count, "text", "name")


CHECKS = (
    PeriodicActivityNotExecuted,
    SlowPeriodicActivity,
    InterfaceDroppedAlerts,
    DroppedAlerts,
    ExportersLimitExceeded,
    SystemErrorSeen,
    NotPurged,
    ListDownloadFailed,
    LoginFailed,
)
