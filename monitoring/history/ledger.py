"""Sums over the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from monitoring.models import LedgerLine


@dataclass(frozen=True)
class Totals:
    """What batches brought: rows = stored + refused; ``repeated`` batches count once in rows."""

    batches: int
    rows: int
    stored: int
    refused: int
    repeated: int
    findings: int
    milliseconds: float | None


def totals(lines: QuerySet[LedgerLine]) -> Totals:
    """Return the sums over these lines; ``milliseconds`` is the mean, None without a line."""
    sums = {
        name: Coalesce(Sum(name), 0)
        for name in ("rows", "stored", "refused", "repeated", "findings")
    }
    return Totals(
        **lines.order_by().aggregate(batches=Count("id"), milliseconds=Avg("milliseconds"), **sums)
    )
