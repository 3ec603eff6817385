"""Evaluate the enabled checks over a table: all in one select, then the words of the picked rows.

Nothing here knows a database: settings come in as :class:`Active` checks, findings go out as a
table. A check whose expression fails costs the batch nothing but that check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple, Protocol

import numpy as np
import polars as pl

from capture_agent.schema import EVENT
from checks import frames, picking, telling
from checks.addresses import texts
from checks.base import Check, Rule
from checks.picking import FAILURES, Numbers
from checks.totals import indices, totals_of

#: A table of findings: one row per picked row and rule.
FINDINGS: Final = pl.Schema(
    {
        "row": pl.UInt32,  # index into the evaluated table
        "check": pl.String,
        "check_id": pl.Int16,
        "score": pl.Int16,
        "client_share": pl.Int16,  # per cent
        "message": pl.String,
        "values": pl.String,  # JSON
        "identity": pl.String,
        "cooldown": pl.Float64,  # seconds
        "attacker": pl.String,  # "client", "server", "host" or ""
        "victim": pl.String,
    }
)

#: What exclusions hid: a row per picked row, rule and the exclusion that came first.
EXCLUDED: Final = pl.Schema(
    {"row": pl.UInt32, "check": pl.String, "check_id": pl.Int16, "exclusion": pl.Int64}
)


class Hides(Protocol):
    """The exclusions of a frame."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the frame that they read."""

    def find(
        self, table: pl.DataFrame, rules: Numbers, rows: Numbers, failures: list[tuple[int, str]]
    ) -> Numbers:
        """Return for each picked (rule, row) the exclusion that hides it, 0 for none."""


class Excludes(Protocol):
    """All exclusions; see :class:`checks.exclusions.Exclusions`."""

    def of_frame(self, frame: str, checks: Sequence[str]) -> Hides:
        """Return those that may hide a finding of these rules, given by their checks' keys."""


class Active(NamedTuple):
    """An enabled check with its parameters, its stable small number and its score."""

    check: Check
    id: int
    score: int
    #: The rows that it looks at, None for all; asked of picked rows only.
    where: pl.Expr | None = None
    #: Whether it is shown but told to nobody.
    is_shadow: bool = False
    #: What is to be stopped when it fails; "" for the check.
    source: str = ""


class Evaluation(NamedTuple):
    """What the checks say of a table."""

    #: As FINDINGS.
    findings: pl.DataFrame
    #: Int16 per row of the table: the sum over its checks, at most 250.
    scores: pl.Series
    #: List(Int16) per row: the ids of the checks that picked it.
    checks: pl.Series
    #: (key, error) of checks that failed; to be quarantined.
    failures: list[tuple[str, str]]
    #: As FINDINGS, of the checks in shadow; they count in no score.
    shadow: pl.DataFrame = FINDINGS.to_frame()
    #: As EXCLUDED: what exclusions hid.
    excluded: pl.DataFrame = EXCLUDED.to_frame()


class Runner:
    """Evaluates a snapshot of the settings; make a new one when they change."""

    def __init__(self, active: Iterable[Active], exclusions: Excludes | None = None) -> None:
        self.active = tuple(active)
        by_frame: dict[str, list[Active]] = {}
        for entry in self.active:
            by_frame.setdefault(entry.check.frame, []).append(entry)
        self.plans = {
            frame: Plan(frame, entries, exclusions) for frame, entries in by_frame.items()
        }

    def evaluate(self, frame: str, table: pl.DataFrame) -> Evaluation:
        """Return what the checks say of an enriched table; raises KeyError for an unknown frame."""
        if frame not in frames.FRAMES:
            raise KeyError(frame)
        if frame not in self.plans or table.is_empty():
            findings = FINDINGS.to_frame()
            return Evaluation(findings, *totals_of(findings, table.height), [])
        return self.plans[frame].evaluate(table)

    def wanted_events(self) -> set[str]:
        """Return the events of flows that some check looks at."""
        return {event for entry in self.active for event in entry.check.events}


class Plan:
    """The checks of one frame, prepared; rules of equal wording stand together."""

    def __init__(
        self, frame: str, active: Sequence[Active], exclusions: Excludes | None = None
    ) -> None:
        unsorted = [(entry, _scoped(entry, r)) for entry in active for r in entry.check.rules()]
        words = [_wording(rule) or number for number, (_, rule) in enumerate(unsorted)]
        self._wordings = np.sort([words.index(word) for word in words])
        pairs = [
            pair
            for _, pair in sorted(
                zip(map(words.index, words), unsorted, strict=True), key=itemgetter(0)
            )
        ]
        self.rules = [rule for _, rule in pairs]
        self.conditions = picking.conditions(self.rules)
        self._events = np.array([_event_bits(rule.check) for rule in self.rules], dtype=np.uint8)
        self._refinements = {
            number: (picking.Single(number, rule.refine), list(dict.fromkeys(_roots(rule.refine))))
            for number, rule in enumerate(self.rules)
            if rule.refine is not None
        }
        self._tellings = [telling.prepare(rule, entry.score) for entry, rule in pairs]
        facts = [telling.facts(rule, entry.id, entry.score) for entry, rule in pairs]
        self._facts = pl.DataFrame(facts, schema=telling.FACTS)
        self._sources = [entry.source or rule.check.key for entry, rule in pairs]
        self._is_shadow = np.array([entry.is_shadow for entry, _ in pairs], dtype=bool)
        keys = [rule.check.key for rule in self.rules]
        self._hides = exclusions.of_frame(frame, keys) if exclusions else None

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the frame that are read."""
        asked = {name for condition in self.conditions for name in _roots(condition.when)}
        roots = asked.union(*(names for _, names in self._refinements.values()))
        told = frozenset[str]().union(*(entry.columns for entry in self._tellings))
        return told | roots | (self._hides.columns if self._hides else frozenset())

    def evaluate(self, table: pl.DataFrame) -> Evaluation:
        """Return the findings, and per row the score and the checks."""
        failures: dict[int, str] = {}
        picked = picking.pick(table, self.conditions, failures)
        rules, rows = self._on_events(table, *_concatenate(picked))
        rules, rows = self._refine(table, rules, rows, failures)
        faulty: list[tuple[int, str]] = []
        hidden_by = (
            self._hides.find(table, rules, rows, faulty) if self._hides else np.zeros(len(rules))
        )
        excluded = self._excluded(rules, rows, hidden_by)
        rules, rows = rules[hidden_by == 0], rows[hidden_by == 0]
        aside = self._is_shadow[rules]
        findings = self._tell(table, rules[~aside], rows[~aside], failures)
        shadow = self._tell(table, rules[aside], rows[aside], failures)
        failed = {self._sources[rule]: error for rule, error in failures.items()}
        failed |= {f"exclusion:{number}": error for number, error in faulty}
        per_row = totals_of(findings, table.height)
        return Evaluation(findings, *per_row, sorted(failed.items()), shadow, excluded)

    def _excluded(self, rules: Numbers, rows: Numbers, hidden_by: Numbers) -> pl.DataFrame:
        """Return EXCLUDED; what is in shadow is hidden, too, but is no hit."""
        hidden = (hidden_by != 0) & ~self._is_shadow[rules]
        if not hidden.any():
            return EXCLUDED.to_frame()
        facts = self._facts[rules[hidden]].select("check", "check_id")
        columns = [indices(rows[hidden]), *facts, pl.Series("exclusion", hidden_by[hidden])]
        return pl.DataFrame(columns).select(list(EXCLUDED))

    def _on_events(
        self, table: pl.DataFrame, rules: Numbers, rows: Numbers
    ) -> tuple[Numbers, Numbers]:
        """Keep the rows whose event the check looks at."""
        if "event" not in table.columns:
            return rules, rows
        event = table["event"].to_physical().to_numpy()[rows].astype(np.uint8)
        keep = self._events[rules] & np.left_shift(np.uint8(1), event) != 0
        return rules[keep], rows[keep]

    def _refine(
        self, table: pl.DataFrame, rules: Numbers, rows: Numbers, failures: dict[int, str]
    ) -> tuple[Numbers, Numbers]:
        """Keep the picked rows that are all that their rule asks for; ``rules`` are in order."""
        keep = np.ones(len(rules), dtype=bool)
        for rule in self._refinements.keys() & set(np.unique(rules).tolist()):
            first, last = np.searchsorted(rules, [rule, rule + 1])
            condition, names = self._refinements[rule]
            asked = [table[name].gather(rows[first:last]) for name in names or table.columns[:1]]
            picked = picking.pick(pl.DataFrame(asked), [condition], failures)
            keep[first:last] = False
            for _, hits in picked:
                keep[first + hits] = True
        return rules[keep], rows[keep]

    def _tell(
        self, table: pl.DataFrame, rules: Numbers, rows: Numbers, failures: dict[int, str]
    ) -> pl.DataFrame:
        """Return the findings of the picked rows; rules whose words fail go to ``failures``."""
        if not len(rules):
            return FINDINGS.to_frame()
        hits, facts = self._gather(table, rules, rows), self._facts[rules]
        hits, facts = hits.hstack(facts.select("title", "about")), facts.hstack([indices(rows)])
        told = [FINDINGS.to_frame()]
        for rule, part in self._parts(rules):
            try:
                told.append(self._tellings[rule].tell(hits[part], facts[part], FINDINGS))
            except FAILURES as error:
                failures |= dict.fromkeys(rules[part].tolist(), picking.describe(error))
        return pl.concat(told)

    def _gather(self, table: pl.DataFrame, rules: Numbers, rows: Numbers) -> pl.DataFrame:
        """Return what the words read, at the picked rows."""
        tellings = (self._tellings[rule] for rule in np.unique(rules).tolist())
        needed = frozenset[str]().union(*(entry.columns for entry in tellings))
        hits = table.select(name for name in table.columns if name in needed)[rows]
        return hits.hstack(
            [
                texts(hits[f"{side}_high"], hits[f"{side}_low"]).alias(side)
                for side in telling.SIDES
                if side in needed and side not in hits.columns and f"{side}_high" in hits.columns
            ]
        )

    def _parts(self, rules: Numbers) -> Iterator[tuple[int, slice]]:
        """Yield the parts of equal wording, each with one of its rules."""
        _, starts = np.unique(self._wordings[rules], return_index=True)
        bounds = [*starts.tolist(), len(rules)]
        for start, stop in pairwise(bounds):
            yield int(rules[start]), slice(start, stop)


def _roots(expression: pl.Expr) -> list[str]:
    names: list[str] = expression.meta.root_names()
    return names


def _scoped(entry: Active, rule: Rule) -> Rule:
    """Return the rule of the rows that the entry looks at."""
    if entry.where is None:
        return rule
    both = entry.where if rule.refine is None else entry.where & rule.refine
    return replace(rule, refine=both)


def _wording(rule: Rule) -> tuple[object, ...]:
    """Return what rules of equal wording share; empty for a rule of its own words."""
    return telling.same_words(rule.check) if picking.looks_for_bit(rule.check) else ()


def _event_bits(check: Check) -> int:
    """Return the events a check looks at as bits, all for none named."""
    known = EVENT.categories.to_list()
    return sum(1 << known.index(event) for event in check.events) or 0xFF


def _concatenate(picked: Sequence[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    """Return all picked rules and rows, ordered by rule."""
    if not picked:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rules, rows = (np.concatenate(part) for part in zip(*picked, strict=True))
    order = np.argsort(rules, kind="stable")
    return rules[order], rows[order]
