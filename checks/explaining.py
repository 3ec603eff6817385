"""For one flow: which checks matched, and which exclusion ate them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.backtests.stored import read_flow
from checks.models import Exclusion
from checks.names import kind_of
from checks.runner import Evaluation, Runner
from checks.settings_store import load_runner
from monitoring.enrichment.context import current


@dataclass(frozen=True)
class Match:
    """A check that matched a flow under the present settings."""

    check: str
    message: str
    score: int
    is_shadow: bool
    #: What hides it, None for nothing.
    hidden_by: Exclusion | None

    @property
    def title(self) -> str:
        """The check's title."""
        kind = kind_of(self.check)
        return kind.title if kind else self.check


def explain(flow_id: int) -> list[Match]:
    """Return what matches the stored rows of a flow now, what is hidden last; [] for no such flow.

    Rows are evaluated as they come in; nothing is counted and nobody is told.
    """
    rows = read_flow(flow_id, current())
    if rows.is_empty():
        return []
    evaluation = Runner.evaluate(load_runner(), "flow", rows)
    return [
        *_matches(evaluation.findings, is_shadow=False),
        *_matches(evaluation.shadow, is_shadow=True),
        *_hidden(evaluation),
    ]


def _matches(findings: pl.DataFrame, *, is_shadow: bool) -> list[Match]:
    once = findings.sort("score", descending=True).unique("check", maintain_order=True)
    rows = once.select("check", "message", "score").iter_rows()
    return [Match(key, message, score, is_shadow, None) for key, message, score in rows]


def _hidden(evaluation: Evaluation) -> list[Match]:
    once = evaluation.excluded.unique(["check", "exclusion"], maintain_order=True)
    known = Exclusion.objects.in_bulk(once["exclusion"].to_list())
    return [
        Match(key, "", 0, False, known[number])
        for key, number in once.select("check", "exclusion").iter_rows()
        if number in known
    ]
