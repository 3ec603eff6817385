"""Adding up what a back-test finds, portion by portion, to what a page shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from checks.addresses import texts

#: Bars of the timeline.
BARS: Final = 60
EXAMPLES: Final = 20
_KEY: Final = ["check", "identity", "minute"]


@dataclass
class Summary:
    """What one side of a back-test (as proposed, as at present) would have said."""

    since: datetime
    until: datetime
    findings: int = 0
    by_check: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)
    _hosts: set[str] = field(default_factory=set)
    _moments: list[pl.DataFrame] = field(default_factory=list)

    def add(self, table: pl.DataFrame, findings: pl.DataFrame) -> None:
        """Add the findings of an evaluated table."""
        if findings.is_empty():
            return
        self.findings += findings.height
        for check, count in findings["check"].value_counts().iter_rows():
            self.by_check[check] = self.by_check.get(check, 0) + count
        rows = _beside(table, findings)
        self._hosts.update(rows["host"].unique().to_list())
        minutes = rows.group_by(
            "check", "identity", pl.col("last_seen").dt.truncate("1m").alias("minute")
        ).agg(pl.len().alias("count"), pl.col("cooldown").first())
        self._moments.append(minutes)
        if len(self.examples) < EXAMPLES:
            self.examples += _shown(self._new(rows).head(EXAMPLES - len(self.examples)))

    def _new(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return one row of each flow that is no example yet; a long flow has many."""
        known = [example["flow_id"] for example in self.examples]
        once = rows.unique("flow_id", keep="first", maintain_order=True)
        return once.filter(~pl.col("flow_id").is_in(known))

    def to_json(self) -> dict[str, Any]:
        """Return the sums, the timeline, and how many alerts the findings would have been."""
        moments = pl.concat(self._moments) if self._moments else None
        return {
            "findings": self.findings,
            "hosts": len(self._hosts),
            "alerts": 0 if moments is None else _alerts(moments),
            "by_check": dict(sorted(self.by_check.items(), key=lambda each: -each[1])),
            "timeline": self._timeline(moments),
            "examples": self.examples,
        }

    def _timeline(self, moments: pl.DataFrame | None) -> list[dict[str, Any]]:
        """Return BARS bars: when each begins, and its findings."""
        width = (self.until - self.since) / BARS
        bars = [0] * BARS
        if moments is not None:
            for minute, count in moments.select("minute", "count").iter_rows():
                bars[min(max(int((minute - self.since) / width), 0), BARS - 1)] += count
        starts = [self.since + number * width for number in range(BARS)]
        return [{"at": s.isoformat(), "findings": n} for s, n in zip(starts, bars, strict=True)]


def _alerts(moments: pl.DataFrame) -> int:
    """Return how many alerts: one per identity, and one more after each silence of a cool-down."""
    ordered = moments.group_by(_KEY).agg(pl.col("cooldown").first()).sort(_KEY)
    silence = pl.col("minute").diff().over("check", "identity").dt.total_seconds()
    begins = silence.is_null() | (silence > pl.col("cooldown") + 60)
    return int(ordered.select(begins.sum()).item())


def _beside(table: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Return the findings with the flow that each is about, and its host."""
    rows = table[findings["row"]]
    sides = {
        side: texts(rows[f"{side}_high"], rows[f"{side}_low"]) for side in ("client", "server")
    }
    host = pl.when(pl.col("attacker") == "server").then("server").otherwise("client").alias("host")
    return findings.with_columns(
        rows["flow_id"], rows["last_seen"], *(text.alias(side) for side, text in sides.items())
    ).with_columns(host)


def _shown(rows: pl.DataFrame) -> list[dict[str, Any]]:
    names = ("check", "flow_id", "client", "server", "message", "score")
    at = pl.col("last_seen").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("at")
    return rows.select(at, *names).to_dicts()


def span(value: timedelta) -> str:
    """Return a time range in words: "24 h"."""
    hours = value.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} h"
