"""The page of all checks, made from the code: what each fires on, its parameters, what it needs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from checks.base import Check, Family
from checks.parameters import Items, Number, Parameter, parameters_of
from checks.registry import discover

#: ntopng's rows that are left out: key, family, why.
LEFT_OUT: Final = Path(__file__).with_name("left_out.csv")

#: What ``python -m tests.benchmarks.detection --save`` measured: key, trials and what came of them.
MEASURED: Final = Path(__file__).with_name("measured.csv")

_INTRODUCTION: Final = """# Checks

Made by `manage.py checks_docs`; do not edit. Keys are ntopng's where it has the check. A check is
evaluated over a *frame*: `flow`, `host` and `interface` rows as they come in, and frames made from
them over minutes, from sums, or from what was learned. Severity follows from the score: under 10
info, 50 notice, 100 warning, 200 error, 250 critical, else emergency.

An alert goes on while findings come, and is released when none came for the time that is named.
"""


def render() -> str:
    """Return the page as Markdown."""
    kinds = discover()
    lines = [_INTRODUCTION, f"There are {len(kinds)} checks.\n"]
    for family in Family:
        members = sorted(
            (kind for kind in kinds.values() if kind.family == family),
            key=lambda k: k.title.lower(),
        )
        if members:
            lines += [f"## {family.capitalize()} checks ({len(members)})\n"]
            lines += [line for kind in members for line in _check(kind)]
    return "\n".join([*lines, *_left_out()]).rstrip() + "\n"


def _check(kind: type[Check]) -> Iterator[str]:
    state = "on" if kind.default_enabled else "off"
    yield f"### {kind.title}\n"
    yield f"`{kind.key}` · {kind.category} · score {kind.score} · {state} by default\n"
    yield f"{kind.describe()}\n"
    yield from _parameters(kind)
    facts = {
        "Frame": kind.frame + (f" ({', '.join(kind.events)})" if kind.events else ""),
        "Same alert": str(getattr(kind, "about", "")),
        "ATT&CK": kind.attack,
        "Attacker": kind.attacker,
        "Victim": kind.victim,
        "Released after": f"{kind.cooldown:g} s",
        "Needs": kind.needs,
        "False alarms": kind.advice,
        "Measured": measured().get(kind.key, ""),
    }
    yield from (f"- {name}: {fact}" for name, fact in facts.items() if fact)
    yield ""


@cache
def measured() -> dict[str, str]:
    """Return in words how many attacks each measured check caught, and how often it was wrong."""
    with MEASURED.open(encoding="utf-8", newline="") as file:
        return {row["check"]: _MEASURED.format(**row) for row in csv.DictReader(file)}


_MEASURED: Final = (
    "{caught} of {trials} generated attacks caught; {wrong} false alarms in {trials} times"
    " {ordinary} (`python -m tests.benchmarks.detection --seeds {trials}`)"
)


def _parameters(kind: type[Check]) -> Iterator[str]:
    parameters = parameters_of(kind)
    if not parameters:
        return
    yield "| parameter | default | unit | bounds | |"
    yield "|---|---|---|---|---|"
    for name, parameter in parameters.items():
        cells = (f"`{name}`", _default(parameter), parameter.unit, _bounds(parameter))
        yield f"| {' | '.join(cells)} | {parameter.title}. {parameter.help}".rstrip() + " |"
    yield ""


def _default(parameter: Parameter) -> str:
    value: Any = parameter.default
    if isinstance(parameter, Items):
        return ", ".join(value) or "none"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _bounds(parameter: Parameter) -> str:
    if isinstance(parameter, Number):
        return f"{parameter.minimum:,g} to {parameter.maximum:,g}"
    return ", ".join(getattr(parameter, "options", ()))


def _left_out() -> Iterator[str]:
    with LEFT_OUT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    yield "## Left out\n"
    yield "Rows of ntopng's catalogue that are no check here, and why.\n"
    yield "| key | family | reason |"
    yield "|---|---|---|"
    for row in rows:
        if row["key"] not in discover():
            yield f"| `{row['key']}` | {row['family']} | {row['reason']} |"
