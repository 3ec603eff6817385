"""What to tell of the picked rows: texts, compared values, scores and roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from checks.base import HIGHEST_SCORE, Check, Rule

#: Columns of the hits that no frame has: the addresses as text, and the check's title.
SIDES: Final = ("client", "server", "sender", "target", "dhcp_server")


@dataclass(frozen=True)
class Telling:
    """The expressions of what differs between the findings of a rule, and the columns they read."""

    expressions: tuple[pl.Expr, ...]
    columns: frozenset[str]

    def tell(self, hits: pl.DataFrame, facts: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
        """Return these columns: of ``facts``, or texts, values and what else depends on the row."""
        told = {column.name: column for column in hits.select(self.expressions)}
        return pl.DataFrame([told[name] if name in told else facts[name] for name in names])


def prepare(rule: Rule, score: int) -> Telling:
    """Return how to tell of a rule's hits."""
    expressions = [
        pl.coalesce(rule.message, "title").alias("message"),
        _to_json(rule.values).alias("values"),
        rule.identity.cast(pl.String).alias("identity"),
        *_varying(rule, score),
    ]
    names = {name for expression in expressions for name in expression.meta.root_names()}
    high_low = {f"{side}_{half}" for side in SIDES if side in names for half in ("high", "low")}
    return Telling(tuple(expressions), frozenset(names | high_low))


def _to_json(values: Mapping[str, pl.Expr]) -> pl.Expr:
    if not values:
        return pl.lit("{}")
    return pl.struct(value.alias(name) for name, value in values.items()).struct.json_encode()


def _varying(rule: Rule, score: int) -> list[pl.Expr]:
    """Return what depends on the row, of what most checks say once for all."""
    told: dict[str, pl.Expr | int | str] = {
        "score": rule.check.weight(score),
        "client_share": rule.check.share(),
        "attacker": rule.attacker,
        "victim": rule.victim,
    }
    varying = {name: value for name, value in told.items() if isinstance(value, pl.Expr)}
    if "score" in varying:
        varying["score"] = varying["score"].clip(1, HIGHEST_SCORE).cast(pl.Int16)
    if "client_share" in varying:
        varying["client_share"] = varying["client_share"].cast(pl.Int16)
    return [value.alias(name) for name, value in varying.items()]


def facts(rule: Rule, check_id: int, score: int) -> dict[str, object]:
    """Return what is the same for all findings of a rule; what varies stands in for later."""
    check, share = rule.check, rule.check.share()
    return {
        "check": check.key,
        "check_id": check_id,
        "title": check.title,
        "about": getattr(check, "about", ""),
        "score": score,
        "client_share": share if isinstance(share, int) else 0,
        "cooldown": check.cooldown,
        "attacker": rule.attacker if isinstance(rule.attacker, str) else "",
        "victim": rule.victim if isinstance(rule.victim, str) else "",
    }


FACTS: Final = pl.Schema(
    {
        "check": pl.String,
        "check_id": pl.Int16,
        "title": pl.String,
        "about": pl.String,
        "score": pl.Int16,
        "client_share": pl.Int16,
        "cooldown": pl.Float64,
        "attacker": pl.String,
        "victim": pl.String,
    }
)


def same_words(check: Check) -> tuple[object, ...]:
    """Return what two checks without parameters share when the same expressions tell of them."""
    kind = type(check)
    told: Sequence[object] = (kind.message, kind.values, kind.identity, kind.rules)
    return (*told, kind.weight, kind.share, kind.attackers, kind.victims)
