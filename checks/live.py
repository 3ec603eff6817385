"""The runner of a process that sees traffic: it also counts, and now and then measures."""

from __future__ import annotations

import time

import polars as pl

from checks import costs
from checks.runner import Evaluation, Runner
from checks.tallies import TALLIES


class LiveRunner(Runner):
    """Evaluates as any runner does, and notes what exclusions hid, shadows said and checks cost."""

    def evaluate(self, frame: str, table: pl.DataFrame) -> Evaluation:
        """Return what the checks say of an enriched table; raises KeyError for an unknown frame."""
        began = time.perf_counter()
        evaluation = super().evaluate(frame, table)
        now = time.perf_counter()
        TALLIES.note(table, evaluation)
        if frame in self.plans and costs.is_due(frame, table.height, now):
            TALLIES.note_costs(
                frame, table.height, costs.shares(self.plans[frame], table, now - began)
            )
        TALLIES.flush_if_due(now)
        return evaluation
