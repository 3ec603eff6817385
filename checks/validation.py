"""Whether a check's expressions fit its frame: tried on no rows, and on three harmless ones."""

from __future__ import annotations

import polars as pl

from checks import frames, telling
from checks.base import Check, Rule
from checks.picking import FAILURES, describe


def validate(check: Check) -> None:
    """Raise ValueError, naming the part and the reason, unless the check can run on its frame."""
    try:
        rules = check.rules()
    except FAILURES as error:
        raise ValueError(f"{check.key}: {describe(error)}") from error
    for rule in rules:
        for table in (frames.empty(check.frame), frames.sample(check.frame)):
            _try(rule, table)


def _try(rule: Rule, table: pl.DataFrame) -> None:
    for condition in (rule.when, rule.refine):
        if condition is not None:
            _try_condition(rule, condition, table)
    texts = {side: pl.lit("192.0.2.1") for side in telling.SIDES if f"{side}_high" in table.columns}
    hits = table.with_columns(title=pl.lit(rule.check.title), about=pl.lit(""), **texts)
    try:
        hits.select(telling.prepare(rule, rule.check.score).expressions)
        message = hits.select(rule.message.alias("message"))["message"]
    except FAILURES as error:
        raise ValueError(f"{rule.check.key}: words: {describe(error)}") from error
    if message.dtype != pl.String:
        raise ValueError(f"{rule.check.key}: message: is {message.dtype}, not text")


def _try_condition(rule: Rule, condition: pl.Expr, table: pl.DataFrame) -> None:
    try:
        picked = table.select(condition.alias("when"))["when"]
    except FAILURES as error:
        raise ValueError(f"{rule.check.key}: condition: {describe(error)}") from error
    if picked.dtype != pl.Boolean:
        raise ValueError(f"{rule.check.key}: condition: is {picked.dtype}, not a yes or no")
