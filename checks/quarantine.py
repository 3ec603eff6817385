"""What failed at run time: stopped until somebody saves it again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import Model

from checks.models import CheckSetting, Exclusion, Override, ThresholdRule, Trial, UserRule

#: What a key of a failure may begin with, and what it is then the number of.
_NUMBERED: Final[dict[str, type[Model]]] = {
    "exclusion:": Exclusion,
    "override:": Override,
    "trial:": Trial,
    "threshold_": ThresholdRule,
}


def quarantine(failures: Iterable[tuple[str, str]], now: datetime) -> list[str]:
    """Stop what failed and keep the error; return the keys of what was running.

    The caller raises one system alert for each. It comes back when it is saved again.
    """
    stopped = []
    for key, error in failures:
        change = {"quarantined_at": now, "quarantine_error": error, "updated_at": now}
        if sum(rows.filter(quarantined_at=None).update(**change) for rows in _rows_of(key)):
            stopped.append(key)
    return stopped


def _rows_of(key: str) -> list[Any]:
    for start, model in _NUMBERED.items():
        if key.startswith(start) and key.removeprefix(start).isdecimal():
            return [model._default_manager.filter(pk=int(key.removeprefix(start)))]
    return [model._default_manager.filter(key=key) for model in (CheckSetting, UserRule)]
