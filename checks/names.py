"""What a check is called, be it built in or the operator's own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import lru_cache

from checks.base import Check
from checks.models import ThresholdRule, UserRule
from checks.registry import discover

#: Seconds for which a process trusts what it read of the operator's rules.
_TRUSTED = 5.0

#: What the keys of the operator's rules begin with.
_PREFIXES = ("own_", "threshold_")

_running: dict[str, type[Check]] = {}


def remember(checks: Iterable[Check]) -> None:
    """Note the rules of a runner that was made, so that their findings need no look-up."""
    own = {check.key: type(check) for check in checks if check.key not in discover()}
    _running.clear()
    _running.update(own)


def running() -> Mapping[str, type[Check]]:
    """Return the checks built in, and the rules that this process runs; asks no database."""
    return {**discover(), **_running}


def kind_of(key: str) -> type[Check] | None:
    """Return the check of a key; None for one that there is not, or that cannot be built."""
    return own_rules().get(key) if key.startswith(_PREFIXES) else discover().get(key)


def own_rules() -> Mapping[str, type[Check]]:
    """Return the operator's rules by key, as they were a few seconds ago at most."""
    return _read(int(time.monotonic() / _TRUSTED))


@lru_cache(maxsize=1)
def _read(moment: int) -> Mapping[str, type[Check]]:
    found = {}
    rows: list[UserRule | ThresholdRule] = [*UserRule.objects.all(), *ThresholdRule.objects.all()]
    for row in rows:
        try:
            found[row.key] = type(row.build())
        except ValueError:  # stored before the language changed: it has no words of its own
            continue
    return found
